"""One changed source file: what it newly defines, no longer defines, and uses."""

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from planner.slicing.grouping.traits import Difference, stem
from planner.slicing.grouping.words import Text, identifiers
from planner.slicing.order.languages import Definition, Import, Language


class Place(NamedTuple):
    """A line of a file, from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Version:
    """A file as it is before or after the change.

    Attributes:
        path: empty where there is no such file.
    """

    def __init__(self, language: Language, path: str, text: Text) -> None:
        self._language = language
        self.path = path
        self._text = text

    @property
    def text(self) -> str:
        """Its text."""
        return self._text.text

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """What it defines."""
        return self._language.definitions(self.text)

    @property
    def words(self) -> frozenset[str]:
        """Its identifiers."""
        return self._text.words

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """What it imports."""
        return tuple(self._language.imports(self.path, self.text)) if self.path else ()

    def defined(self, name: str) -> Place:
        """Return where it defines a name."""
        return Place(self.path, self.definitions[name].line)

    def used(self, name: str) -> Place:
        """Return where it has a name first."""
        at = _find(name, self.text)
        return Place(self.path, self.text.count("\n", 0, max(at, 0)) + 1)


def _find(name: str, text: str) -> int:
    """Return where a text has a name that is not a part of another one; -1 where it has not.

    A regular expression would be compiled for each name, and try each character of the text.
    """
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _is_of_name(text[at - 1 : at]) and not _is_of_name(text[end : end + 1]):
            break
        at = text.find(name, at + 1)
    return at


def _is_of_name(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")


class Source:
    """A changed file of a known language.

    Attributes:
        old: as it was.
        new: as it is.
        added: the identifiers of the lines that only the new version has.
        removed: those of the lines that only the old one has.
    """

    def __init__(
        self,
        language: Language,
        versions: tuple[Version, Version],
        changed: tuple[frozenset[str], frozenset[str]],
    ) -> None:
        self.language = language
        self.old, self.new = versions
        self.added, self.removed = changed

    @property
    def mirrored(self) -> "Source":
        """The same with the time reversed: what it drops is what this one defines."""
        return Source(self.language, (self.new, self.old), (self.removed, self.added))

    @property
    def defines(self) -> frozenset[str]:
        """What it defines and did not."""
        return frozenset(self.new.definitions.keys() - self.old.definitions.keys())

    @property
    def takes_up(self) -> frozenset[str]:
        """The names that it imports anew, or has in added lines alone and does not define."""
        listed = _listed(self.new.imports) - _listed(self.old.imports)
        known = self.old.words | self.new.definitions.keys()
        return self.added - known | {name for name, _ in listed}

    @property
    def is_added(self) -> bool:
        """Whether its path is new."""
        return self.new.path not in ("", self.old.path)

    def uses(self, name: str, of: "Source", *, is_rare: bool) -> bool:
        """Whether a name that it takes up can be that of another source.

        Args:
            is_rare: whether few files have the name; else it must be imported from there.
        """
        if not self.language.lists_names:
            return is_rare
        listing = [one for one in self.new.imports if name in one.names]
        if any(is_at(of.new.path, one.paths) for one in listing):
            return True
        if not is_rare:
            return False
        stems = stems_of(of.new.path)
        if listing or "conftest" in stems:  # pytest finds fixtures by their name alone
            return True
        is_attribute = re.search(rf"\.{re.escape(name)}\b", self.new.text) is not None
        is_member = of.new.definitions[name].is_member
        return is_attribute and (is_member or not stems.isdisjoint(self.new.words))


def source(language: Language, paths: tuple[str, str], texts: Difference) -> Source:
    """Return a changed file, by its paths before and after; empty where there is none."""
    added, removed = (
        frozenset(identifiers("\n".join(map(language.code, lines))))
        for lines in (texts.added, texts.removed)
    )
    old, new = (Version(language, *one) for one in zip(paths, (texts.old, texts.new), strict=True))
    return Source(language, (old, new), (added, removed))


def _listed(imports: Iterable[Import]) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((name, one.paths) for one in imports for name in one.names)


def is_at(path: str, places: Sequence[str]) -> bool:
    """Whether a path is one of some places, which are paths or the ends of paths."""
    return path in places or f"/{path}".endswith(
        tuple(place for place in places if place.startswith("/"))
    )


def stems_of(path: str) -> frozenset[str]:
    """The names by which a file is imported: its own, or that of its folder for an index."""
    folder, name = posixpath.split(path)
    own = posixpath.splitext(name)[0]
    if own in ("__init__", "index", "mod"):
        own = posixpath.basename(folder)
    return frozenset((own, stem(path)))
