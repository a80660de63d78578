"""Average linkage: joins the two groups that are closest on average until none are close enough."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Final

UNIT: Final = 1_000_000
"""What a closeness of 1 is: closeness is counted in whole numbers, so that sums are exact."""

Pair = tuple[int, int]


Fits = Callable[[Sequence[int]], bool]


class Linkage:
    """Groups of the items 0 … n-1; each is named by its least item.

    Args:
        items: how many items there are.
        close: how close two items are, from 0 to UNIT, for those pairs that are not `otherwise`.
        otherwise: how close all other pairs are.
    """

    def __init__(self, items: int, close: Mapping[Pair, int], otherwise: int) -> None:
        self._otherwise = otherwise
        self._group_of = list(range(items))
        self.members: dict[int, list[int]] = {item: [item] for item in range(items)}
        # By group and neighbour: how much closer their pairs are than `otherwise`, all together.
        self._excess: dict[int, dict[int, int]] = {item: {} for item in range(items)}
        for (first, second), value in close.items():
            if value != otherwise:
                self._excess[first][second] = self._excess[second][first] = value - otherwise

    def closeness(self, first: int, second: int) -> float:
        """Return how close two groups are on average, from 0 to UNIT."""
        pairs = len(self.members[first]) * len(self.members[second])
        return self._otherwise + self._excess[first].get(second, 0) / pairs

    def join(self, first: int, second: int) -> int:
        """Make one group of two, and return its name."""
        kept, gone = min(first, second), max(first, second)
        for item in self.members[gone]:
            self._group_of[item] = kept
        self.members[kept] = sorted(self.members[kept] + self.members.pop(gone))
        ours, theirs = self._excess[kept], self._excess.pop(gone)
        ours.pop(gone, None)
        theirs.pop(kept, None)
        for other, excess in theirs.items():
            ours[other] = ours.get(other, 0) + excess
            del self._excess[other][gone]
        for other in theirs:
            self._excess[other][kept] = ours[other]
        return kept

    def join_all(self, least: float, fits: Fits = lambda _members: True) -> None:
        """Join the closest groups until none are as close as `least`.

        Only pairs that have more in common than `otherwise` are looked at. Of equally close ones
        the first are joined.

        Args:
            fits: whether some items may be one group.
        """
        heap = [
            (-self.closeness(first, second), first, second)
            for first, others in self._excess.items()
            for second in others
            if first < second
        ]
        heapq.heapify(heap)
        while heap and -heap[0][0] >= least:
            negative, first, second = heapq.heappop(heap)
            if not self._is_current(first, second, -negative):
                continue
            if not fits(self.members[first] + self.members[second]):
                continue
            kept = self.join(first, second)
            for other in self._excess[kept]:
                pair = (kept, other) if kept < other else (other, kept)
                heapq.heappush(heap, (-self.closeness(*pair), *pair))

    def _is_current(self, first: int, second: int, closeness: float) -> bool:
        return (
            first in self.members
            and second in self.members
            and self.closeness(first, second) == closeness
        )

    def attach_singles(self, least: float) -> None:
        """Join each group of one item to the closest other group that is as close as `least`.

        All are compared before any is joined.
        """
        chosen = []
        for single in (group for group, members in self.members.items() if len(members) == 1):
            best = max(
                self._excess[single],
                key=lambda group, single=single: (self.closeness(single, group), -group),  # type: ignore[misc]
                default=None,
            )
            if best is not None and self.closeness(single, best) >= least:
                chosen.append((single, best))
        for single, best in chosen:
            first, second = self.group_of(single), self.group_of(best)
            if first != second:
                self.join(first, second)

    def group_of(self, item: int) -> int:
        """Return the group that an item is in."""
        return self._group_of[item]

    def groups(self) -> list[list[int]]:
        """Return the groups, by their least item."""
        return [self.members[group] for group in sorted(self.members)]
