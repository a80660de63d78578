"""Which hunks of a file need each other: for a name, a bracket, or a quote."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise, product
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
_FUNCTION: Final = re.compile(
    r"\b(?:def|func|fn|fun|function)\b"
    r"|^[ \t]*(?!(?:if|else|for|while|switch|catch|with|return|do|try)\b)"
    r".*\)[^;()]*(?:\{|=>)\s*$"
)
_CLAUSE: Final = re.compile(
    r"^[ \t]*(try|except|finally|if|elif|else|for|while|with|match|case)\b", re.MULTILINE
)
_MODES: Final = re.compile(  # how all else in the file is read
    r"^(?:from __future__ import|['\"]use (?:strict|client|server)['\"]|#!|// \+build|//go:build)",
    re.MULTILINE,
)
_QUOTES: Final = ('"', "`", "'''")
_MOVED_WORDS: Final = 2  # of a line: a "return" is the same by chance


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
    where one changes the definition or the import of a name that the other has, where a line moves
    from one to the other, and where both gain or lose a name or a clause of one function, such as a
    parameter or an `except`. All do where one changes how the file is read, such as a `__future__`.

    Args:
        old: the whole file as it was.
        new: the same as it is.
    """
    having: dict[object, list[int]] = {}
    for at, name in _names(path, old, new, near):
        having.setdefault(name, []).append(at)
    return graph.tied(len(near), chain.from_iterable(map(pairwise, having.values())))


def _names(
    path: str, old: str, new: str, near: Sequence[Lines]
) -> Iterator[tuple[int, tuple[object, str]]]:
    """What others must not lack, with the number of the lines that have it."""
    before, after = frozenset(words(old)), frozenset(words(new))
    bound = [*_defined(path, old, new, near), *_imported(near)]
    yield from ((at, ("bound", name)) for at, name in bound)
    names = frozenset(name for _, name in bound)
    for at, some in enumerate(near):
        added, removed = frozenset(words(some.added)), frozenset(words(some.removed))
        yield from ((at, ("new", name)) for name in added - before)
        yield from ((at, ("gone", name)) for name in removed - after)
        yield from ((at, ("bound", name)) for name in names & (added | removed))
    yield from _moved(near)
    yield from _in_functions(path, old, new, near)
    if any(_MODES.search(side) for some in near for side in (some.added, some.removed)):
        yield from ((at, ("mode", "")) for at in range(len(near)))


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


def _moved(near: Sequence[Lines]) -> Iterator[tuple[int, tuple[object, str]]]:
    """The lines that only one of them removes and only one adds: between two they are double."""
    sides = (_having(some.removed for some in near), _having(some.added for some in near))
    for line in sorted(sides[0].keys() & sides[1].keys()):
        places = [side[line] for side in sides]
        if all(len(one) == 1 for one in places) and len(words(line)) >= _MOVED_WORDS:
            yield from ((at, ("moved", line)) for one in places for at in one)


def _having(texts: Iterable[str]) -> dict[str, set[int]]:
    """By line, the numbers of the texts that have it."""
    found: dict[str, set[int]] = {}
    for at, text in enumerate(texts):
        for line in text.splitlines():
            found.setdefault(line.strip(), set()).add(at)
    return found


def _in_functions(
    path: str, old: str, new: str, near: Sequence[Lines]
) -> Iterator[tuple[int, tuple[object, str]]]:
    """The names that lines gain or lose, with the function: what is local is not new to a file."""
    language = language_of(path)
    if language is None:
        return
    sides = [
        (_functions(side, language.comment), is_new) for side, is_new in ((old, False), (new, True))
    ]
    for at, some in enumerate(near):
        spans = [
            (functions, _span(hunk, is_new=is_new))
            for functions, is_new in sides
            for hunk in some.hunks
        ]
        inside = {functions[span[end]] for functions, span in spans if span for end in (0, -1)}
        names = sorted(frozenset(words(some.added)) ^ frozenset(words(some.removed)))
        yield from ((at, one) for one in product(sorted(inside - {""}), names))
        # Where an "except" goes or comes, its "try" is among these as well.
        if sorted(_CLAUSE.findall(some.added)) != sorted(_CLAUSE.findall(some.removed)):
            yield from ((at, (function, ":")) for function in sorted(inside))


def _functions(text: str, comment: str) -> list[str]:
    """For each line the innermost function that it is in, by its indentation, as it is written.

    Empty for a line that is in none.
    """
    found: list[str] = []
    around: list[tuple[int, str]] = []  # the indentation and the start of each function
    for line in text.split("\n"):
        code = line.lstrip()
        # A closing bracket is in what it closes, however little it is indented.
        if code and not code.startswith((comment, ")", "]", "}")):
            indentation = len(line) - len(code)
            while around and around[-1][0] >= indentation:
                around.pop()
            if _FUNCTION.search(line):
                around.append((indentation, code.partition("(")[0]))
        found.append(around[-1][1] if around else "")
    return found


def is_closed(some: Lines) -> bool:
    """Return whether brackets are open as they were, and no quote is, so that none needs others."""
    return all(
        _depths(pair, some.added) == _depths(pair, some.removed) for pair in _PAIRS
    ) and not any(side.count(quote) % 2 for quote in _QUOTES for side in (some.added, some.removed))


def _depths(pair: re.Pattern[str], text: str) -> tuple[int, int]:
    """How many more brackets are opened than closed: at the end, and at the lowest point."""
    depth = lowest = 0
    for match in pair.finditer(text):
        depth += 1 if match.lastindex else -1
        lowest = min(lowest, depth)
    return depth, lowest
