"""Which open slices depend on which, directly or not."""

from collections.abc import Sequence
from typing import NamedTuple

from planner import graph
from planner.plan.model import Plan, Slice


def slice_waits(slices: Sequence[Slice]) -> list[list[int]]:
    """List for each open slice the indices of the open slices that it depends on, in order."""
    places = _places(slices)
    waits = []
    for slice_ in slices:
        known = {places[name] for name in slice_.depends_on if name and name in places}
        waits.append(sorted(at for at in known if slice_.is_open and slices[at].is_open))
    return waits


def _places(slices: Sequence[Slice]) -> dict[str, int]:
    """Return the index of the slice with each id, of the first one if there are several."""
    return {slices[at].id: at for at in reversed(range(len(slices)))}


class SliceOrder(NamedTuple):
    """Which slices cannot run in parallel, because one waits for the other, directly or not."""

    places: dict[str, int]
    before: list[int]

    def is_path(self, one: str, other: str) -> bool:
        """Return whether a dependency path leads from one slice to the other, either way.

        Of several slices with the same id the first counts; an unknown id has no path.
        """
        a, b = self.places.get(one), self.places.get(other)
        if a is None or b is None:
            return False
        return bool(self.before[a] >> b & 1 or self.before[b] >> a & 1)


def slice_order(plan: Plan) -> SliceOrder:
    """Return the dependency paths between the open slices.

    A path leads through open slices only: nothing waits for a closed one, so what comes before
    and after it may run in parallel. In a circle all slices wait for each other.
    """
    return SliceOrder(_places(plan.slices), graph.reachable(slice_waits(plan.slices)))
