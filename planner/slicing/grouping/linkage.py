"""Average linkage: joins the two groups that are closest on average until none are close enough."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Final, NamedTuple

UNIT: Final = 1_000_000
"""What a closeness of 1 is: closeness is counted in whole numbers, so that sums are exact."""

Pair = tuple[int, int]


Fits = Callable[[Sequence[int]], bool]


class Link(NamedTuple):
    """How two groups hang together; closeness is from 0 to UNIT.

    Attributes:
        mean: how close they are on average.
        most: how close their closest items are.
        other: how close either is to the closest of all other groups.
        size: how many items the smaller one has.
        loose: how close the items of the looser one are on average; of a single item `mean`.
        tight: the same of the tighter one.
        have_source: whether both have source code.
    """

    mean: float
    most: int
    other: float
    size: int
    loose: float
    tight: float
    have_source: bool


class Linkage:
    """Groups of the items 0 … n-1; each is named by its least item.

    Args:
        items: how many items there are.
        close: how close two items are, from 0 to UNIT, for those pairs that are not `otherwise`.
        otherwise: how close all other pairs are.
        sources: the items that are source code.
    """

    def __init__(
        self, items: int, close: Mapping[Pair, int], otherwise: int, sources: Iterable[int] = ()
    ) -> None:
        self._otherwise = otherwise
        self._sources = set(sources)  # the groups that have any
        self._group_of = list(range(items))
        self._size = [1] * items  # of each group
        self.members: dict[int, list[int]] = {item: [item] for item in range(items)}
        # By group and neighbour: how much closer their pairs are than `otherwise`, all together.
        self._excess: dict[int, dict[int, int]] = {item: {} for item in range(items)}
        self._most: dict[int, dict[int, int]] = {item: {} for item in range(items)}
        self._inner: dict[int, int] = {}  # how close the pairs within a group are, all together
        for (first, second), value in close.items():
            if value != otherwise:
                self._excess[first][second] = self._excess[second][first] = value - otherwise
                self._most[first][second] = self._most[second][first] = value

    def closeness(self, first: int, second: int) -> float:
        """Return how close two groups are on average, from 0 to UNIT."""
        pairs = self._size[first] * self._size[second]
        return self._otherwise + self._excess[first].get(second, 0) / pairs

    def join(self, first: int, second: int) -> int:
        """Make one group of two, and return its name."""
        kept, gone = min(first, second), max(first, second)
        for item in self.members[gone]:
            self._group_of[item] = kept
        pairs = self._size[kept] * self._size[gone]
        across = self._otherwise * pairs + self._excess[kept].get(gone, 0)
        self._inner[kept] = self._inner.get(kept, 0) + self._inner.pop(gone, 0) + across
        self.members[kept] = sorted(self.members[kept] + self.members.pop(gone))
        self._size[kept] += self._size[gone]
        if gone in self._sources:
            self._sources.add(kept)
        _merge(self._excess, kept, gone, add)
        _merge(self._most, kept, gone, max)
        return kept

    def join_items(self, first: int, second: int) -> None:
        """Make one group of those that two items are in."""
        first, second = self.group_of(first), self.group_of(second)
        if first != second:
            self.join(first, second)

    def join_all(self, least: float, fits: Fits = lambda _members: True) -> None:
        """Join the closest groups until none are as close as `least`.

        Only pairs that have more in common than `otherwise` are looked at. Of equally close ones
        the first are joined.

        Args:
            fits: whether some items may be one group.
        """
        heap = self._heap(least)
        while heap:
            negative, first, second = heapq.heappop(heap)
            if not self._is_current(first, second, -negative):
                continue
            if not fits(self.members[first] + self.members[second]):
                continue
            self._push(heap, self.join(first, second), least)

    def _heap(self, least: float) -> list[tuple[float, int, int]]:
        """Return the pairs that are as close as `least`, as a heap with the closest on top."""
        heap = [
            (-closeness, first, second)
            for first in self.members
            for second, closeness in self._neighbours(first)
            if first < second and closeness >= least
        ]
        heapq.heapify(heap)
        return heap

    def _push(self, heap: list[tuple[float, int, int]], group: int, least: float) -> None:
        for other, closeness in self._neighbours(group):
            if closeness >= least:
                heapq.heappush(heap, (-closeness, min(group, other), max(group, other)))

    def _neighbours(self, group: int) -> Iterator[tuple[int, float]]:
        """Yield the groups with which a group has more in common than `otherwise`, or less."""
        size, sizes = self._size[group], self._size
        for other, excess in self._excess[group].items():
            yield other, self._otherwise + excess / (size * sizes[other])

    def _is_current(self, first: int, second: int, closeness: float) -> bool:
        return (
            first in self.members
            and second in self.members
            and self.closeness(first, second) == closeness
        )

    def join_likely(self, least: float, is_one: Callable[[Link], bool]) -> None:
        """Join the closest groups, as long as these are `least` close and likely one group.

        Two that are not are kept apart: their pairs have nothing in common from then on.
        """
        heap = self._heap(least)
        while heap:
            negative, first, second = heapq.heappop(heap)
            if not self._is_current(first, second, -negative):
                continue
            if is_one(self._link(first, second)):
                self._push(heap, self.join(first, second), least)
            else:
                apart = -self._otherwise * self._size[first] * self._size[second]
                self._excess[first][second] = self._excess[second][first] = apart
                self._most[first][second] = self._most[second][first] = 0

    def _link(self, first: int, second: int) -> Link:
        closeness = self.closeness(first, second)
        others = max(self._closest(first, second), self._closest(second, first))
        inner = sorted(self._within(one, closeness) for one in (first, second))
        size = min(self._size[first], self._size[second])
        have_source = self._sources.issuperset((first, second))
        most = self._most[first][second]
        return Link(closeness, most, others, size, inner[0], inner[1], have_source)

    def _closest(self, group: int, but: int) -> float:
        """Return how close a group is to its closest neighbour but one; 0 where it has none."""
        others = (close for other, close in self._neighbours(group) if other != but)
        return max(others, default=0.0)

    def _within(self, group: int, alone: float) -> float:
        size = self._size[group]
        return self._inner[group] / (size * (size - 1) / 2) if size > 1 else alone

    def group_of(self, item: int) -> int:
        """Return the group that an item is in."""
        return self._group_of[item]

    def groups(self) -> list[list[int]]:
        """Return the groups, by their least item."""
        return [self.members[group] for group in sorted(self.members)]


def _merge(
    of: dict[int, dict[int, int]], kept: int, gone: int, both: Callable[[int, int], int]
) -> None:
    """Give one group what another one has with all others."""
    ours, theirs = of[kept], of.pop(gone)
    ours.pop(gone, None)
    theirs.pop(kept, None)
    for other, value in theirs.items():
        ours[other] = both(ours[other], value) if other in ours else value
        del of[other][gone]
        of[other][kept] = ours[other]
