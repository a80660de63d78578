"""Which of many patterns hold a path, at a cost that does not grow with their number.

Literal names and folders are looked up. A wildcard pattern is filed under one thing that every
path it holds must have (the folder it starts in, a whole segment, a few bytes of text), the
rarest such thing among its fellows, and tried only where a path has it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from planner.boundary.pattern import DEEP, STAR, Pattern, Segment, expression

_GRAM = 4  # bytes of text a pattern may be filed under: long enough to be rare, short to look up
_Key = tuple[str, bytes]
_File = dict[bytes, list[int]]


class PatternSet:
    """Patterns in their order, to be asked which of them hold a path.

    Args:
        patterns: the patterns; answers are indices into them.
        below: each also holds everything below what it holds, as an `exclude` does.
    """

    def __init__(self, patterns: Sequence[Pattern], *, below: bool = False) -> None:
        self._patterns = patterns
        self._below = below
        self._tests: dict[int, Callable[[bytes], object]] = {}
        self._paths: _File = {}
        self._folders: _File = {}
        wild: dict[int, list[_Key]] = {}
        for index, pattern in enumerate(patterns):
            folder = _whole_folder(pattern)
            literal = pattern.literal
            if folder is not None:
                self._folders.setdefault(folder, []).append(index)
            elif literal is None:
                wild[index] = _keys(pattern, below=below)
            else:
                self._paths.setdefault(literal, []).append(index)
                if below:
                    self._folders.setdefault(literal, []).append(index)
        counts = Counter(key for keys in wild.values() for key in keys)
        filed: dict[str, _File] = {kind: {} for kind in _KINDS}
        for index, keys in wild.items():
            kind, text = min(keys, key=lambda key: counts[key], default=("any", b""))
            filed[kind].setdefault(text, []).append(index)
        self._any, self._prefixes, self._heads, self._tails, self._names, self._texts = (
            filed[kind] for kind in _KINDS
        )
        self._longest = max(map(len, (*self._folders, *self._prefixes)), default=-1)
        self._head_lengths, self._tail_lengths, self._text_lengths = (
            sorted(set(map(len, file))) for file in (self._heads, self._tails, self._texts)
        )

    def first(self, path: bytes) -> int | None:
        """The index of the first pattern that holds the path, or None."""
        if not self._patterns:
            return None
        held, candidates = self._find(path)
        best = min(held) if held else None
        for index in candidates:
            if (best is None or index < best) and self._test(index)(path):
                best = index
        return best

    def every(self, path: bytes) -> tuple[int, ...]:
        """The indices of all patterns that hold the path, in order."""
        held, candidates = self._find(path)
        held.extend(index for index in candidates if self._test(index)(path))
        return tuple(sorted(set(held)))

    def _find(self, path: bytes) -> tuple[list[int], list[int]]:
        """The patterns that hold the path by look-up, and those to be tried on it."""
        held = [*self._paths[path]] if path in self._paths else []
        found = [*self._any[b""]] if self._any else []
        folders, prefixes = self._folders, self._prefixes
        at = path.find(b"/") if self._longest > 0 else -1
        while 0 <= at <= self._longest:
            folder = path[:at]
            if folder in folders:
                held += folders[folder]
            if folder in prefixes:
                found += prefixes[folder]
            at = path.find(b"/", at + 1)
        if self._names or self._heads or self._tails or self._texts:
            found += self._by_name(path)
        return held, found

    def _by_name(self, path: bytes) -> list[int]:
        """The patterns to be tried on a path for what its names hold."""
        names = path.split(b"/")
        found: list[int] = []
        if self._names:
            for name in set(names):
                found += self._names.get(name, ())
        last = names[-1]
        for length in self._head_lengths:
            found += self._heads.get(last[:length], ())
        for length in self._tail_lengths:
            found += self._tails.get(last[-length:], ())
        for length in self._text_lengths:
            for text in {path[at : at + length] for at in range(len(path) - length + 1)}:
                found += self._texts.get(text, ())
        return found

    def _test(self, index: int) -> Callable[[bytes], object]:
        test = self._tests.get(index)
        if test is None:
            pattern = self._patterns[index]
            test = None if self._below else _plain_test(pattern)
            test = test or re.compile(expression(pattern, below=self._below)).fullmatch
            self._tests[index] = test
        return test


def _whole_folder(pattern: Pattern) -> bytes | None:
    """The folder of a pattern that holds everything below one: `src/` or `src/**`."""
    if pattern.is_folder:
        return pattern.literal
    *names, last = pattern.segments
    if names and last == (DEEP,) and all(map(_is_literal, names)):
        return b"/".join(map(bytes, names))
    return None


_KINDS = ("any", "prefix", "head", "tail", "name", "text")


def _keys(pattern: Pattern, *, below: bool) -> list[_Key]:
    """What every path has that the wildcard pattern holds; cheap to look up comes first."""
    keys: list[_Key] = [("prefix", pattern.prefix[:-1])] if pattern.prefix else []
    last = pattern.segments[-1]
    if last != (DEEP,) and not below:  # below an excluded name, the last name is another one
        wild = [place for place, atom in enumerate(last) if atom > 255] or [len(last)]
        head, tail = bytes(last[: wild[0]]), bytes(last[wild[-1] + 1 :])
        keys += [("head", head)] if head else []
        keys += [("tail", tail)] if tail else []
    for segment in pattern.segments:
        if _is_literal(segment):
            keys.append(("name", bytes(segment)))
        for text in _texts(segment):
            length = min(len(text), _GRAM)
            keys.extend(("text", text[at : at + length]) for at in range(len(text) - length + 1))
    return keys


def _texts(segment: Segment) -> list[bytes]:
    """The runs of literal bytes of a segment that has wildcards."""
    texts = [bytearray()]
    for atom in () if _is_literal(segment) else segment:
        if atom > 255:
            texts.append(bytearray())
        else:
            texts[-1].append(atom)
    return [bytes(text) for text in texts if text]


def _is_literal(segment: Segment) -> bool:
    return all(atom <= 255 for atom in segment)


def _plain_test(pattern: Pattern) -> Callable[[bytes], bool] | None:
    """A test without a regular expression for the commonest shape, FOLDER/[**/]HEAD*TAIL.

    Compiling an expression costs as much as a hundred of these tests.
    """
    *names, last = pattern.segments
    deep = bool(names) and names[-1] == (DEEP,)
    if deep:
        names.pop()
    if not all(map(_is_literal, names)) or sum(atom > 255 for atom in last) > 1:
        return None
    if not _is_literal(last) and STAR not in last:
        return None
    folder = b"".join(bytes(name) + b"/" for name in names)
    star = last.index(STAR) if STAR in last else len(last)
    head, tail = bytes(last[:star]), bytes(last[star + 1 :])
    least = 0 if star < len(last) else len(head)

    def holds(path: bytes) -> bool:
        at = path.rfind(b"/") + 1
        name = path[at:]
        return (
            path.startswith(folder)
            and (deep or at == len(folder))
            and name.startswith(head)
            and name.endswith(tail)
            and len(name) >= len(head) + len(tail)
            and (not least or len(name) == least)
        )

    return holds
