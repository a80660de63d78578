"""Which hunks of a file need each other: for a name, a bracket, or a quote."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from planner import graph
from planner.repository.lines import Hunk
from planner.slicing.order.languages import language_of

_WORD: Final = re.compile(r"[^\W\d][\w$]*")
# What an import binds, in its last group; several lines are seen as lines of a list.
_IMPORTS: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import\b(.+?)(?:[ \t]from\b.*)?$"
    r"|^[ \t]*(?:const|let|var)\b(.+?)=[ \t]*(?:await[ \t]+)?(?:require|import)\(.*$"
    r"|^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?use[ \t]+(.+)$"
    r"|^[ \t]*(?:[\w.]+[ \t]+)?\"(?:[^\"\s]*/)?([^\"\s/]+)\"$"
    r"|^[ \t]*([\w$]+(?:[ \t]+as[ \t]+[\w$]+)?,?)[ \t]*\r?$",
    re.MULTILINE,
)
_NO_NAMES: Final = frozenset(["as", "type", "static", "self", "super", "crate", "std"])
_PAIRS: Final = tuple(
    re.compile(one, re.MULTILINE)
    for one in (
        r"(\()|\)",
        r"(\[)|\]",
        r"(\{)|\}",
        r"(/\*)|\*/",
        r"(<!--)|-->",
        r"^[ \t]*#(?:(if)|endif)",
    )
)
_QUOTES: Final = ('"', "`", "'''")


class Lines(NamedTuple):
    """Hunks of a file with the lines that they add and remove."""

    hunks: tuple[Hunk, ...]
    added: str
    removed: str


def words(text: str) -> list[str]:
    """Return the names of a text and all else that is spelled as one, of any length."""
    return _WORD.findall(text)


def tied(path: str, old: str, new: str, near: Sequence[Lines]) -> list[list[int]]:
    """Group what cannot be separated, each group and the groups in order.

    Two have to stay together where both have a word that the file did not have, or no longer has,
    and where one changes the definition or the import of a name that the other has.

    Args:
        old: the whole file as it was.
        new: the same as it is.
    """
    having: dict[object, list[int]] = {}
    before, after = frozenset(words(old)), frozenset(words(new))
    sides = [(frozenset(words(some.added)), frozenset(words(some.removed))) for some in near]
    for at, (added, removed) in enumerate(sides):
        for name in added - before:
            having.setdefault(("new", name), []).append(at)
        for name in removed - after:
            having.setdefault(("gone", name), []).append(at)
    for at, name in (*_defined(path, old, new, near), *_imported(near)):
        having.setdefault(("bound", name), []).append(at)
    for at, (added, removed) in enumerate(sides):
        for name in added | removed:
            if ("bound", name) in having:
                having["bound", name].append(at)
    waits: list[list[int]] = [[] for _ in near]
    for numbers in having.values():
        for first, second in pairwise(numbers):
            waits[first].append(second)
            waits[second].append(first)
    return sorted(sorted(group) for group in graph.components(waits))


def _defined(path: str, old: str, new: str, near: Sequence[Lines]) -> Iterator[tuple[int, str]]:
    """The names whose definition is on a changed line, each with the number of its lines."""
    language = language_of(path)
    if language is None:
        return
    for side, is_new in ((old, False), (new, True)):
        names: dict[int, list[str]] = {}
        for name, definition in language.definitions(side).items():
            names.setdefault(definition.line - 1, []).append(name)
        for at, some in enumerate(near):
            for line in (line for hunk in some.hunks for line in _span(hunk, is_new=is_new)):
                for name in names.get(line, ()):
                    yield at, name


def _span(hunk: Hunk, *, is_new: bool) -> range:
    start, count = (hunk.new, hunk.added) if is_new else (hunk.old, hunk.removed)
    return range(start, start + count)


def _imported(near: Sequence[Lines]) -> Iterator[tuple[int, str]]:
    """The names that an import binds on one side only, each with the number of its lines."""
    for at, some in enumerate(near):
        added, removed = (
            {
                name
                for match in _IMPORTS.finditer(side)
                for name in words(match[match.lastindex or 0])
            }
            for side in (some.added, some.removed)
        )
        for name in sorted((added ^ removed) - _NO_NAMES):
            yield at, name


def is_closed(some: Lines) -> bool:
    """Return whether all brackets and quotes are closed as they were, so that none needs others."""
    return all(_depths(pair, some.added) == _depths(pair, some.removed) for pair in _PAIRS) and all(
        (some.added.count(quote) + some.removed.count(quote)) % 2 == 0 for quote in _QUOTES
    )


def _depths(pair: re.Pattern[str], text: str) -> tuple[int, int]:
    """How many more brackets are opened than closed: at the end, and at the lowest point."""
    depth = lowest = 0
    for match in pair.finditer(text):
        depth += 1 if match.lastindex else -1
        lowest = min(lowest, depth)
    return depth, lowest
