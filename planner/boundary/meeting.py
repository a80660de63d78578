"""What many patterns have to do with each other: who can meet whom, who takes away what.

Every pattern is seen from four sides, each a text that must be the beginning of the other's or
the other way round. The side with the fewest fellows finds them, so no pair is looked at twice
and few in vain.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import DEEP, Pattern, Segment

_END = b"\0"  # no path has it: marks that the text is the whole name
_HIGH = b"\xff"  # no UTF-8 has it: sorts after whatever begins with the text before it
_FEW = 8


class Sides(NamedTuple):
    """What a pattern looks like from four sides; an empty text agrees with every other.

    `lead` is what its paths begin with, `trail` what they end with (read backwards, with a slash
    in front of the path), `name` what their last segment begins with, `folder` the one before it.
    """

    lead: bytes
    trail: bytes
    name: bytes
    folder: bytes

    def agree(self, other: "Sides") -> bool:
        """Whether both may hold one path."""
        return all(map(_agree, self, other))


def _agree(one: bytes, other: bytes) -> bool:
    return one.startswith(other) or other.startswith(one)


def sides(pattern: Pattern) -> Sides:
    """See the pattern from its four sides."""
    segments = pattern.segments
    literal = pattern.literal
    if pattern.is_folder:
        return Sides((literal or b"") + b"/", b"", b"", b"")
    if literal is not None:
        trail = b"/" + literal
        return Sides(literal + _END, trail[::-1] + _END, _start(segments[-1]), _parent(segments))
    lead = b""
    for segment in segments:
        start = _start(segment)
        lead += start.replace(_END, b"/")
        if not start.endswith(_END):
            break
    trail = b""
    for segment in reversed(segments):
        if segment == (DEEP,):
            break
        end = _start(segment[::-1])
        trail += end.replace(_END, b"/")
        if not end.endswith(_END):
            break
    return Sides(lead, trail, _start(segments[-1]), _parent(segments))


def _start(segment: Segment) -> bytes:
    """The literal text that the segment starts with; closed if that is all of it."""
    for at, atom in enumerate(segment):
        if atom > 255:
            return bytes(segment[:at])
    return bytes(segment) + _END


def _parent(segments: Sequence[Segment]) -> bytes:
    if len(segments) < 2 or segments[-1] == (DEEP,):
        return b""
    return _start(segments[-2])


class _Side:
    """One side of all patterns: who agrees with a text."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._exact: dict[bytes, list[int]] = {}
        for index, text in enumerate(texts):
            self._exact.setdefault(text, []).append(index)
        self._order = sorted(range(len(texts)), key=texts.__getitem__)
        self._sorted = [texts[index] for index in self._order]
        self._lengths = sorted(set(map(len, texts)))

    def fellows(self, text: bytes) -> list[list[int]]:
        """The patterns whose text begins with this one, or is the beginning of it."""
        found = []
        for length in self._lengths:
            if length >= len(text):
                break
            if text[:length] in self._exact:
                found.append(self._exact[text[:length]])
        low, high = bisect_left(self._sorted, text), bisect_left(self._sorted, text + _HIGH)
        found.append(self._order[low:high])
        return found


def pairs(patterns: Sequence[Pattern], *, most: int | None = None) -> list[tuple[int, int]]:
    """All pairs of indices (i < j) that may hold a path in common, sorted.

    Args:
        most: stop at so many pairs: the first ones by their second index.
    """
    seen = [sides(pattern) for pattern in patterns]
    rows = [_Side(texts) for texts in zip(*seen, strict=True)]
    found: list[tuple[int, int]] = []
    for index, here in enumerate(seen):
        best: list[list[int]] = []
        fewest = len(patterns) + 1
        for row, text in zip(rows, here, strict=True):
            if not text:
                continue
            fellows = row.fellows(text)
            count = sum(map(len, fellows))
            if count < fewest:
                best, fewest = fellows, count
            if count <= _FEW:
                break
        fellows = best or [list(range(len(patterns)))]
        found.extend(
            (other, index)
            for group in fellows
            for other in group
            if other < index and here.agree(seen[other])
        )
        if most is not None and len(found) >= most:
            break
    return sorted(found[:most])


class Pool:
    """Patterns by number, each once, and which of them hold a path.

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
        """The number of the pattern, a new one if it is new."""
        number = self._numbers.setdefault(pattern.text, len(self.patterns))
        if number == len(self.patterns):
            self.patterns.append(pattern)
            self._known.clear()
        return number

    def add(self, patterns: tuple[Pattern, ...]) -> frozenset[int]:
        """The numbers of the patterns."""
        known = self._added.get(id(patterns))
        if known is None:
            # The patterns are kept beside the numbers, so that the id stays theirs.
            known = self._added[id(patterns)] = (patterns, frozenset(map(self.number, patterns)))
        return known[1]

    def holding(self, path: bytes) -> frozenset[int]:
        """The numbers of those that hold the path."""
        if not self._known:
            self._set = PatternSet(self.patterns, below=self._below)
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = frozenset(self._set.every(path))
        return known

    def covers(self, patterns: Sequence[Pattern]) -> list[frozenset[int]]:
        """For each of these, the numbers of those that plainly hold all that it holds.

        The same pattern does, and one that holds the folder it is in with everything below.
        """
        folders: dict[bytes, set[int]] = {}
        for number, pattern in enumerate(self.patterns):
            if _is_whole(pattern):
                folders.setdefault(pattern.prefix, set()).add(number)
        everything = folders.get(b"", set())
        found = []
        for pattern in patterns:
            prefix = pattern.prefix
            cover = everything | folders.get(prefix, set())
            if pattern.text in self._numbers:
                cover.add(self._numbers[pattern.text])
            found.append(frozenset(cover | self.holding(prefix[:-1]) if prefix else cover))
        return found


def _is_whole(pattern: Pattern) -> bool:
    """Whether it holds everything below a folder that it names: `src/` or `src/**`."""
    *names, last = pattern.segments
    is_open = last == (DEEP,) and all(atom < 256 for name in names for atom in name)
    return pattern.is_folder or is_open
