"""Which open slices depend on which, directly or not, also across plans."""

from collections.abc import Sequence
from typing import NamedTuple

from planner import graph
from planner.plan.branches import dependency
from planner.plan.model import Chosen, Plan, Slice


def slice_waits(slices: Sequence[Slice]) -> list[list[int]]:
    """List for each open slice of a plan the indices of the open ones that it depends on."""
    places = {slices[at].id: at for at in reversed(range(len(slices)))}
    waits = []
    for slice_ in slices:
        known = {places[name] for name in slice_.depends_on if name and name in places}
        waits.append(sorted(at for at in known if slice_.is_open and slices[at].is_open))
    return waits


class SliceOrder(NamedTuple):
    """Which slices cannot run in parallel, because one waits for the other, directly or not."""

    places: dict[tuple[str, str], int]
    before: list[int]

    def is_path(self, one: Chosen, other: Chosen) -> bool:
        """Return whether a dependency path leads from one slice to the other, either way.

        Of several slices with the same id the first counts; an unknown one has no path.
        """
        a, b = self.places.get(one.key), self.places.get(other.key)
        if a is None or b is None:
            return False
        return bool(self.before[a] >> b & 1 or self.before[b] >> a & 1)


def slice_order(plans: Sequence[Plan]) -> SliceOrder:
    """Return the dependency paths between the open slices of all plans.

    A path leads through open slices only: nothing waits for a closed one, so what comes before
    and after it may run in parallel. In a circle all slices wait for each other.
    """
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.open_slices]
    places = {every[at].key: at for at in reversed(range(len(every)))}
    waits = []
    for chosen in every:
        needed = (dependency(plans, chosen.plan, name) for name in chosen.slice_.depends_on)
        waits.append(sorted({places[one.key] for one in needed if one and one.key in places}))
    return SliceOrder(places, graph.reachable(waits))


def all_dependencies(plans: Sequence[Plan], chosen: Chosen) -> list[Chosen]:
    """List the slices that a slice depends on, directly or not, the nearest first."""
    known = {chosen.key}
    found: list[Chosen] = []
    todo = [chosen]
    for one in todo:
        for name in one.slice_.depends_on:
            needed = dependency(plans, one.plan, name)
            if needed is not None and needed.key not in known:
                known.add(needed.key)
                found.append(needed)
                todo.append(needed)
    return found
