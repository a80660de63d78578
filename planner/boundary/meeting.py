"""Which of many patterns may hold a path in common, and which hold all that another holds.

Every pattern is described by four literal texts, its sides. Two patterns can meet only if on
each side one text starts with the other. The side with the fewest such peers is used to list
them, so each pair is examined once, and few in vain.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import DEEP, Pattern, Segment, is_wild

_END = b"\0"  # not in any path: marks that the text is the whole name
_HIGH = b"\xff"  # not in UTF-8: sorts after everything that starts with the text before it
_FEW = 8  # peers; looking for a side with fewer would cost more than it saves


class Sides(NamedTuple):
    """Literal texts that all paths of a pattern have; an empty text agrees with every other.

    `lead` is what its paths start with, `trail` what they end with (read backwards, with a slash
    before the path), `name` what their last segment starts with, `folder` the one before it.
    """

    lead: bytes
    trail: bytes
    name: bytes
    folder: bytes

    def agree(self, other: "Sides") -> bool:
        """Return whether both may hold the same path."""
        return all(map(_agree, self, other))


def _agree(one: bytes, other: bytes) -> bool:
    return one.startswith(other) or other.startswith(one)


def sides(pattern: Pattern) -> Sides:
    """Return the sides of the pattern."""
    segments = pattern.segments
    lead = _leading(segments)
    if pattern.is_folder:
        return Sides(lead, b"", b"", b"")
    trail = _leading([segment[::-1] for segment in reversed(segments)])
    if pattern.is_literal:
        lead, trail = lead[:-1] + _END, trail + _END
    *parents, last = segments
    folder = _start(parents[-1]) if parents and last != (DEEP,) else b""
    return Sides(lead, trail, _start(last), folder)


def _leading(segments: Iterable[Segment]) -> bytes:
    """Return the text that the segments start with, a slash after each that is all literal."""
    text = b""
    for segment in segments:
        start = _start(segment)
        text += start.replace(_END, b"/")
        if not start.endswith(_END):
            break
    return text


def _start(segment: Segment) -> bytes:
    """Return the literal text that the segment starts with; with `_END` if that is all of it."""
    for at, atom in enumerate(segment):
        if is_wild(atom):
            return bytes(segment[:at])
    return bytes(segment) + _END


class _SideIndex:
    """One side of all patterns, to be asked which of them agree with a text."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._exact: dict[bytes, list[int]] = {}
        for index, text in enumerate(texts):
            self._exact.setdefault(text, []).append(index)
        self._order = sorted(range(len(texts)), key=texts.__getitem__)
        self._sorted = [texts[index] for index in self._order]
        self._lengths = sorted(set(map(len, texts)))

    def peers(self, text: bytes) -> list[list[int]]:
        """List, in groups, the patterns whose text starts with this one, or the other way round."""
        groups = []
        for length in self._lengths:
            if length >= len(text):
                break
            if text[:length] in self._exact:
                groups.append(self._exact[text[:length]])
        low, high = bisect_left(self._sorted, text), bisect_left(self._sorted, text + _HIGH)
        groups.append(self._order[low:high])
        return groups


def pairs(patterns: Sequence[Pattern], *, most: int | None = None) -> list[tuple[int, int]]:
    """List all pairs of indices (i < j) that may hold a path in common, sorted.

    Args:
        most: stop after this many pairs: the first ones by their second index.
    """
    all_sides = [sides(pattern) for pattern in patterns]
    side_indexes = [_SideIndex(texts) for texts in zip(*all_sides, strict=True)]
    meeting: list[tuple[int, int]] = []
    for index, own_sides in enumerate(all_sides):
        best: list[list[int]] = []
        fewest = len(patterns) + 1
        for side_index, text in zip(side_indexes, own_sides, strict=True):
            if not text:
                continue
            peers = side_index.peers(text)
            count = sum(map(len, peers))
            if count < fewest:
                best, fewest = peers, count
            if count <= _FEW:
                break
        meeting.extend(
            (other, index)
            for group in best or [list(range(len(patterns)))]
            for other in group
            if other < index and own_sides.agree(all_sides[other])
        )
        if most is not None and len(meeting) >= most:
            break
    return sorted(meeting[:most])


class Pool:
    """Patterns by number, each once, to be asked which of them hold a path.

    Args:
        below: each also holds everything below what it holds, as an `exclude` does.
    """

    def __init__(self, *, below: bool) -> None:
        self.patterns: list[Pattern] = []
        self._numbers: dict[str, int] = {}
        self._below = below
        self._set = PatternSet(())
        self._known: dict[bytes, frozenset[int]] = {}
        self._added: dict[int, tuple[tuple[Pattern, ...], frozenset[int]]] = {}

    def number(self, pattern: Pattern) -> int:
        """Return the number of the pattern; a new pattern gets the next one."""
        number = self._numbers.setdefault(pattern.text, len(self.patterns))
        if number == len(self.patterns):
            self.patterns.append(pattern)
            self._known.clear()
        return number

    def add(self, patterns: tuple[Pattern, ...]) -> frozenset[int]:
        """Return the numbers of the patterns."""
        if id(patterns) not in self._added:
            # Keeping the tuple alive keeps its id from being reused.
            self._added[id(patterns)] = (patterns, frozenset(map(self.number, patterns)))
        return self._added[id(patterns)][1]

    def holding(self, path: bytes) -> frozenset[int]:
        """Return the numbers of those that hold the path."""
        if not self._known:
            self._set = PatternSet(self.patterns, below=self._below)
        if path not in self._known:
            self._known[path] = frozenset(self._set.every(path))
        return self._known[path]

    def covers(self, patterns: Sequence[Pattern]) -> list[frozenset[int]]:
        """Return, for each of these, the numbers of those that obviously hold all that it holds.

        That is the same pattern, and one that holds everything in a folder above it.
        """
        folders: dict[bytes, set[int]] = {}
        for number, pattern in enumerate(self.patterns):
            if pattern.folder is not None:
                folders.setdefault(pattern.folder, set()).add(number)
        everything = folders.get(b"", set())
        covers = []
        for pattern in patterns:
            folder = pattern.prefix[:-1]
            cover = everything | folders.get(folder, set())
            if pattern.text in self._numbers:
                cover.add(self._numbers[pattern.text])
            covers.append(frozenset(cover | self.holding(folder) if folder else cover))
        return covers
