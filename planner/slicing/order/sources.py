"""One changed source file: what it newly defines, no longer defines, and uses."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from planner.slicing.grouping.traits import changed_lines, stem
from planner.slicing.grouping.words import identifiers
from planner.slicing.order.languages import Definition, Import, Language


class Place(NamedTuple):
    """A line of a file, from 1."""

    path: str
    line: int


class Source:
    """A changed file of a known language, before and after.

    Attributes:
        old_path: its path before; empty where it is new.
        new_path: its path after; empty where it is gone.
    """

    def __init__(
        self, language: Language, old_path: str, old: str, new_path: str, new: str
    ) -> None:
        self.language = language
        self.old_path, self.new_path = old_path, new_path
        self._old, self._new = old, new
        added, removed = changed_lines(old, new)
        self._added = self._words(added)
        self._removed = self._words(removed)

    def _words(self, lines: list[str]) -> Counter[str]:
        return identifiers("\n".join(map(self.language.code, lines)))

    @cached_property
    def before(self) -> dict[str, Definition]:
        """What it defined."""
        return self.language.definitions(self._old)

    @cached_property
    def after(self) -> dict[str, Definition]:
        """What it defines now."""
        return self.language.definitions(self._new)

    @property
    def defines(self) -> frozenset[str]:
        """What it defines and did not."""
        return frozenset(self.after.keys() - self.before.keys())

    @property
    def drops(self) -> frozenset[str]:
        """What it defined and does not any more."""
        return frozenset(self.before.keys() - self.after.keys())

    @cached_property
    def old_words(self) -> frozenset[str]:
        """The identifiers of the old text."""
        return frozenset(identifiers(self._old))

    @cached_property
    def new_words(self) -> frozenset[str]:
        """The identifiers of the new text."""
        return frozenset(identifiers(self._new))

    @cached_property
    def old_imports(self) -> tuple[Import, ...]:
        """What it imported."""
        return tuple(self.language.imports(self.old_path, self._old)) if self.old_path else ()

    @cached_property
    def new_imports(self) -> tuple[Import, ...]:
        """What it imports now."""
        return tuple(self.language.imports(self.new_path, self._new)) if self.new_path else ()

    @property
    def takes_up(self) -> frozenset[str]:
        """The names that it imports anew, or has in added lines alone and does not define."""
        listed = _listed(self.new_imports) - _listed(self.old_imports)
        known = self.old_words | self.after.keys()
        return frozenset(self._added) - known | {name for name, _ in listed}

    @property
    def lets_go(self) -> frozenset[str]:
        """The names that it imports no more, or has in removed lines alone and did not define."""
        listed = _listed(self.old_imports) - _listed(self.new_imports)
        known = self.new_words | self.before.keys()
        return frozenset(self._removed) - known | {name for name, _ in listed}

    def uses(self, name: str, of: "Source", *, is_rare: bool) -> bool:
        """Whether a name in its added lines can be that of another source.

        Args:
            is_rare: whether few files have the name; else it must be imported from there.
        """
        side = _Side(self.new_imports, self.new_words, self._new)
        defined = _Defined(of.new_path, of.after[name])
        return _can_be(side, name, self, defined, is_rare=is_rare)

    def used(self, name: str, of: "Source", *, is_rare: bool) -> bool:
        """Whether a name in its removed lines can have been that of another source."""
        side = _Side(self.old_imports, self.old_words, self._old)
        defined = _Defined(of.old_path, of.before[name])
        return _can_be(side, name, self, defined, is_rare=is_rare)

    def line_using(self, name: str) -> Place:
        """Return where the new text has a name first."""
        return Place(self.new_path, _first(self._new, name))

    def line_used(self, name: str) -> Place:
        """Return where the old text had a name first."""
        return Place(self.old_path, _first(self._old, name))


class _Side(NamedTuple):
    imports: tuple[Import, ...]
    words: frozenset[str]
    text: str


class _Defined(NamedTuple):
    path: str
    definition: Definition


def _can_be(user: _Side, name: str, source: Source, of: _Defined, *, is_rare: bool) -> bool:
    if not source.language.lists_names:
        return is_rare
    listing = [one for one in user.imports if name in one.names]
    if any(is_at(of.path, one.paths) for one in listing):
        return True
    if not is_rare:
        return False
    stems = stems_of(of.path)
    if listing or "conftest" in stems:  # pytest finds fixtures by their name alone
        return True
    is_attribute = re.search(rf"\.{re.escape(name)}\b", user.text) is not None
    return is_attribute and (of.definition.is_member or not stems.isdisjoint(user.words))


def _listed(imports: Iterable[Import]) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((name, one.paths) for one in imports for name in one.names)


def is_at(path: str, places: Iterable[str]) -> bool:
    """Whether a path is one of some places, which are paths or the ends of paths."""
    return any(
        f"/{path}".endswith(place) if place.startswith("/") else path == place for place in places
    )


def stems_of(path: str) -> frozenset[str]:
    """The names by which a file is imported: its own, or that of its folder for an index."""
    folder, name = posixpath.split(path)
    own = posixpath.splitext(name)[0]
    if own in ("__init__", "index", "mod"):
        own = posixpath.basename(folder)
    return frozenset((own, stem(path)))


def _first(text: str, name: str) -> int:
    match = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)
    return text.count("\n", 0, match.start()) + 1 if match else 1
