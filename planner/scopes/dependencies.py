"""Which slices depend on which: dependency paths between the open ones."""

from collections.abc import Sequence
from typing import NamedTuple

from planner import graph
from planner.plan.model import Plan, Slice


def slice_waits(slices: Sequence[Slice]) -> list[list[int]]:
    """For each open slice the indices of the open slices that it depends on, in order."""
    places: dict[str, int] = {}
    for at, slice_ in enumerate(slices):
        if slice_.id:
            places.setdefault(slice_.id, at)
    waits = []
    for slice_ in slices:
        known = {places[name] for name in slice_.depends_on if name in places}
        waits.append(sorted(at for at in known if slice_.is_open and slices[at].is_open))
    return waits


class SliceOrder(NamedTuple):
    """Which slices cannot run in parallel, because one waits for the other, however far."""

    places: dict[str, int]
    before: tuple[int, ...]

    def is_path(self, one: str, other: str) -> bool:
        """Whether a dependency path leads from one slice to the other, either way.

        Two slices of one id are told apart by nobody; an unknown id has no path.
        """
        a, b = self.places.get(one), self.places.get(other)
        if a is None or b is None:
            return False
        return bool(self.before[a] >> b & 1 or self.before[b] >> a & 1)


def slice_order(plan: Plan) -> SliceOrder:
    """The dependency paths between the open slices, to be asked for any two of them.

    A path leads over open slices alone: a closed one holds nobody back, so what came before and
    behind it may run in parallel. In a circle everyone waits for everyone.
    """
    places: dict[str, int] = {}
    for at, slice_ in enumerate(plan.slices):
        places.setdefault(slice_.id, at)
    return SliceOrder(places, tuple(graph.reached(slice_waits(plan.slices))))
