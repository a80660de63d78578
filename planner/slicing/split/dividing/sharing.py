"""To which slice a path goes that several may touch."""

from collections import ChainMap
from collections.abc import Mapping, Sequence

from planner.paths import path_bytes
from planner.slicing.change import Change
from planner.slicing.grouping import affinity
from planner.slicing.grouping.affinity import OTHERWISE, Likeness
from planner.slicing.grouping.linkage import UNIT, Pair
from planner.slicing.order.edges import Edge
from planner.slicing.split.dividing.assigned import Assigned
from planner.slicing.split.dividing.layout import Layout
from planner.slicing.split.dividing.prefixes import is_broken, needs
from planner.slicing.split.dividing.stacking import Stack


def settled(assigned: Assigned, change: Change, found: Stack, layout: Layout) -> Layout:
    """Return where all paths go, also those that are only shared.

    These go where they break least, then where most is like them, then to the first slice.
    """
    number = {chosen.key: at for at, chosen in enumerate(found.slices)}
    slice_of = dict(layout.whole)
    if assigned.shared:
        likely = _Likely(change, slice_of, len(found.slices))
        edges = _by_path(change)
        for path, sharing in assigned.shared.items():
            own = change._replace(edges=tuple(edges.get(path, ())))
            ranks = []
            for at in sorted(number[one.key] for one in sharing if one.key in number):
                there = layout._replace(whole=ChainMap({path: at}, slice_of))
                breaks = _breaks(own, there, found)
                ranks.append((breaks, -likely.closeness(path, at), at))
            slice_of[path] = min(ranks)[-1]
    return layout._replace(whole=slice_of)


def _by_path(change: Change) -> dict[bytes, list[Edge]]:
    """What must come before what, by each of the two paths."""
    found: dict[bytes, list[Edge]] = {}
    for edge in change.edges:
        for place in {edge.because.defined.path, edge.because.used.path}:
            found.setdefault(path_bytes(place), []).append(edge)
    return found


def _breaks(own: Change, layout: Layout, found: Stack) -> int:
    """How many names are missing where a path, whose edges these are, is in a slice."""
    return sum(is_broken(*one, found.below) for one in needs(own, layout))


class _Likely:
    """How much a path has in common with those that slices hold."""

    def __init__(self, change: Change, slice_of: Mapping[bytes, int], slices: int) -> None:
        items = change.items
        history = affinity.together([item.paths for item in items], change.history)
        self._alike: Mapping[Pair, Likeness] = affinity.likenesses(
            [item.traits for item in items], change.rarity, history
        )
        self._item_of = {path: at for at, item in enumerate(items) for path in item.paths}
        self._members: Sequence[set[int]] = [set() for _ in range(slices)]
        for path, slice_ in slice_of.items():
            self._members[slice_].add(self._item_of[path])

    def closeness(self, path: bytes, slice_: int) -> float:
        """Return how close a path is on average to what a slice holds, from 0 to 1."""
        item = self._item_of[path]
        if item in self._members[slice_]:  # they cannot be separated
            return 1.0
        close = [self._close(item, other) for other in sorted(self._members[slice_])]
        return sum(close) / len(close) if close else 0.0

    def _close(self, item: int, other: int) -> float:
        alike = self._alike.get((min(item, other), max(item, other)))
        return alike.probability if alike else OTHERWISE / UNIT
