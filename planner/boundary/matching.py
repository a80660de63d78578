"""Which of many patterns hold a path, at a cost that does not grow with their number.

Literal names and folders are looked up. A wildcard pattern is indexed by one feature that every
path it holds must have (the folder it starts in, a whole segment, a few bytes of text), the
rarest such feature in the set, and tested only on paths that have it.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby

from planner.boundary.pattern import DEEP, STAR, Pattern, Segment, is_wild, literal_path
from planner.boundary.translation import expression

_GRAM = 4  # bytes of an indexed text: long enough to be rare, short enough to look up
_KINDS = ("any", "prefix", "head", "tail", "name", "text")
_Key = tuple[str, bytes]  # one of `_KINDS`, and the bytes
_Index = dict[bytes, list[int]]


class PatternSet:
    """Patterns in their order, to be asked which of them hold a path.

    Args:
        patterns: the patterns; answers are indices into them.
        below: each also holds everything below what it holds, as an `exclude` does.
    """

    def __init__(self, patterns: Sequence[Pattern], *, below: bool = False) -> None:
        self._patterns = patterns
        self._below = below
        self._asked: bytes | None = None
        self._answer: int | None = None
        self._tests: dict[int, Callable[[bytes], object]] = {}
        self._paths: _Index = {}
        self._folders: _Index = {}
        wild: dict[int, list[_Key]] = {}
        for index, pattern in enumerate(patterns):
            folder, literal = pattern.folder, pattern.literal
            if folder:
                self._folders.setdefault(folder, []).append(index)
            elif literal is None:
                wild[index] = _keys(pattern, below=below)
            else:
                self._paths.setdefault(literal, []).append(index)
                if below:
                    self._folders.setdefault(literal, []).append(index)
        counts = Counter(key for keys in wild.values() for key in keys)
        indexes: dict[str, _Index] = {kind: {} for kind in _KINDS}
        for index, keys in wild.items():
            kind, text = min(keys, key=lambda key: counts[key], default=("any", b""))
            indexes[kind].setdefault(text, []).append(index)
        self._any, self._prefixes, self._heads, self._tails, self._names, self._texts = (
            indexes[kind] for kind in _KINDS
        )
        self._longest = max(map(len, (*self._folders, *self._prefixes)), default=-1)
        self._head_lengths, self._tail_lengths, self._text_lengths = (
            sorted(set(map(len, index))) for index in (self._heads, self._tails, self._texts)
        )

    def first(self, path: bytes) -> int | None:
        """Return the index of the first pattern that holds the path, or None."""
        if not self._patterns:
            return None
        if path is self._asked:  # a verdict asks twice or thrice for the same path
            return self._answer
        held, candidates = self._find(path)
        best = min(held) if held else None
        for index in candidates:
            if (best is None or index < best) and self._test(index)(path):
                best = index
        self._asked, self._answer = path, best
        return best

    def every(self, path: bytes) -> tuple[int, ...]:
        """List the indices of all patterns that hold the path, in order."""
        held, candidates = self._find(path)
        held.extend(index for index in candidates if self._test(index)(path))
        return tuple(sorted(set(held)))

    def _find(self, path: bytes) -> tuple[list[int], list[int]]:
        """Look up the patterns that hold the path, and those that have to be tested on it."""
        held = [*self._paths[path]] if path in self._paths else []
        candidates = [*self._any[b""]] if self._any else []
        folders, prefixes = self._folders, self._prefixes
        at = path.find(b"/") if self._longest > 0 else -1
        while 0 <= at <= self._longest:
            folder = path[:at]
            if folder in folders:
                held += folders[folder]
            if folder in prefixes:
                candidates += prefixes[folder]
            at = path.find(b"/", at + 1)
        if self._names or self._heads or self._tails or self._texts:
            candidates += self._by_name(path)
        return held, candidates

    def _by_name(self, path: bytes) -> list[int]:
        """List the patterns to be tested because of the segments of the path."""
        names = path.split(b"/")
        candidates: list[int] = []
        if self._names:
            for name in set(names):
                candidates += self._names.get(name, ())
        last = names[-1]
        for length in self._head_lengths:
            candidates += self._heads.get(last[:length], ())
        for length in self._tail_lengths:
            candidates += self._tails.get(last[-length:], ())
        for length in self._text_lengths:
            for text in _grams(path, length):
                candidates += self._texts.get(text, ())
        return candidates

    def _test(self, index: int) -> Callable[[bytes], object]:
        test = self._tests.get(index)
        if test is None:
            pattern = self._patterns[index]
            plain = None if self._below else _plain_test(pattern)
            test = plain or re.compile(expression(pattern, below=self._below)).fullmatch
            self._tests[index] = test
        return test


def _grams(text: bytes, length: int) -> set[bytes]:
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def _keys(pattern: Pattern, *, below: bool) -> list[_Key]:
    """List what every path of a wildcard pattern has, cheapest to look up first."""
    keys: list[_Key] = [("prefix", pattern.prefix[:-1])] if pattern.prefix else []
    last = pattern.segments[-1]
    if last != (DEEP,) and not below:  # below an excluded name, the last name is another one
        head, tail = _ends(last)
        keys += [("head", head)] if head else []
        keys += [("tail", tail)] if tail else []
    for segment in pattern.segments:
        name = literal_path((segment,))
        if name is not None:
            keys.append(("name", name))
            continue
        for is_wildcard, run in groupby(segment, is_wild):
            if not is_wildcard:
                text = bytes(run)
                keys.extend(("text", gram) for gram in sorted(_grams(text, min(len(text), _GRAM))))
    return keys


def _ends(segment: Segment) -> tuple[bytes, bytes]:
    """Return the text before the first wildcard and the text after the last one."""
    wild = [at for at, atom in enumerate(segment) if is_wild(atom)] or [len(segment)]
    return bytes(segment[: wild[0]]), bytes(segment[wild[-1] + 1 :])


def _plain_test(pattern: Pattern) -> Callable[[bytes], bool] | None:
    """Return a test without a regular expression for the commonest shape, FOLDER/[**/]HEAD*TAIL.

    Compiling an expression costs as much as a hundred of these tests.
    """
    *names, last = pattern.segments
    deep = names[-1:] == [(DEEP,)]
    if deep:
        names.pop()
    parent = literal_path(names)
    wild = [atom for atom in last if is_wild(atom)]
    if parent is None or wild not in ([], [STAR]):
        return None
    folder = parent + b"/" if names else b""
    head, tail = _ends(last)
    most = sys.maxsize if wild else len(head)

    def holds(path: bytes) -> bool:
        at = path.rfind(b"/") + 1
        name = path[at:]
        return (
            path.startswith(folder)
            and (deep or at == len(folder))
            and name.startswith(head)
            and name.endswith(tail)
            and len(head) + len(tail) <= len(name) <= most
        )

    return holds
