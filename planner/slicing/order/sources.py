"""One changed source file: what it newly defines, no longer defines, and uses."""

import re
from collections import Counter
from functools import cached_property
from typing import NamedTuple

from planner.slicing.grouping.traits import changed_lines
from planner.slicing.grouping.words import identifiers
from planner.slicing.order.languages import Import, Language


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
    def before(self) -> dict[str, int]:
        """What it defined, with the line of each."""
        return self.language.definitions(self._old)

    @cached_property
    def after(self) -> dict[str, int]:
        """What it defines now, with the line of each."""
        return self.language.definitions(self._new)

    @property
    def defines(self) -> dict[str, int]:
        """What it defines and did not, with the line of each."""
        return {name: line for name, line in self.after.items() if name not in self.before}

    @property
    def drops(self) -> dict[str, int]:
        """What it defined and does not any more, with the line of each."""
        return {name: line for name, line in self.before.items() if name not in self.after}

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
        """The names in its added lines that it does not define and did not have before."""
        return frozenset(self._added) - self.old_words - self.after.keys()

    @property
    def lets_go(self) -> frozenset[str]:
        """The names in its removed lines that it did not define and has no more."""
        return frozenset(self._removed) - self.new_words - self.before.keys()

    def uses(self, name: str, stems: frozenset[str]) -> bool:
        """Whether a name in its added lines can be that of another file with one of these names."""
        return self._can_be(name, stems, self.new_imports, self.new_words, self._new)

    def used(self, name: str, stems: frozenset[str]) -> bool:
        """Whether a name in its removed lines can have been that of such a file."""
        return self._can_be(name, stems, self.old_imports, self.old_words, self._old)

    def _can_be(
        self,
        name: str,
        stems: frozenset[str],
        imports: tuple[Import, ...],
        words: frozenset[str],
        text: str,
    ) -> bool:
        if not self.language.lists_names or any(name in one.names for one in imports):
            return True
        if "conftest" in stems:  # pytest finds these by their name alone
            return True
        is_attribute = re.search(rf"\.{re.escape(name)}\b", text) is not None
        return is_attribute and not stems.isdisjoint(words)

    def line_using(self, name: str) -> Place:
        """Return where the new text has a name first."""
        return Place(self.new_path, _first(self._new, name))

    def line_used(self, name: str) -> Place:
        """Return where the old text had a name first."""
        return Place(self.old_path, _first(self._old, name))


def _first(text: str, name: str) -> int:
    match = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)
    return text.count("\n", 0, match.start()) + 1 if match else 1
