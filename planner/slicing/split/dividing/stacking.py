"""Which slice is stacked on which, as the plans say."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from planner import graph
from planner.errors import PlannerError
from planner.plan.branches import dependency
from planner.plan.model import Chosen, Plan
from planner.slicing.change import Change
from planner.slicing.order.stacks import stacked
from planner.slicing.split.dividing.assigned import Assigned
from planner.slicing.split.dividing.layout import Layout
from planner.slicing.split.dividing.prefixes import needs


class Stack(NamedTuple):
    """The slices that get a branch, in an order in which they can land.

    Attributes:
        slices: none of them comes before one that it depends on.
        on: for each the place of the slice that it is stacked on; None where it is on none.
        below: for each the places of the slices that its branch contains, its own included.
    """

    slices: tuple[Chosen, ...]
    on: tuple[int | None, ...]
    below: tuple[set[int], ...]


def stack(plans: Sequence[Plan], assigned: Assigned, change: Change, *, is_chain: bool) -> Stack:
    """Stack the slices that hold a changed path as the plans say.

    Args:
        is_chain: put all into one stack, also in the order that names demand.

    Raises:
        PlannerError: slices depend on each other.
    """
    live = _in_plan_order(plans, assigned.live)
    waits = _waits(plans, live)
    in_circles = graph.ordered(waits)[1]
    if in_circles:
        ids = " and ".join(repr(live[at].slice_.id) for at in in_circles)
        raise PlannerError(f"the slices {ids} wait for each other", hint="planner lint")
    if is_chain:
        order = _chain_order(waits, live, assigned, change)
        lower = {upper: one for one, upper in pairwise(order)}
        on = [lower.get(at) for at in range(len(live))]
    else:
        order, on = stacked(waits)
    place = {at: number for number, at in enumerate(order)}
    placed = [None if on[at] is None else place[on[at]] for at in order]  # type: ignore[index]
    return Stack(tuple(live[at] for at in order), tuple(placed), tuple(_below(placed)))


def _in_plan_order(plans: Sequence[Plan], live: Sequence[Chosen]) -> list[Chosen]:
    known = {chosen.key: chosen for chosen in live}
    every = ((plan.path, slice_.id) for plan in plans for slice_ in plan.open_slices)
    return [known[key] for key in every if key in known]


def _waits(plans: Sequence[Plan], live: Sequence[Chosen]) -> list[set[int]]:
    """For each slice those that it depends on; through such as change nothing."""
    number = {chosen.key: at for at, chosen in enumerate(live)}
    waits = []
    for chosen in live:
        todo, seen = [chosen], {chosen.key}
        found = set()
        for one in todo:
            for needed in _needed(plans, one):
                if needed.key in number and needed.key != chosen.key:
                    found.add(number[needed.key])
                elif needed.key not in seen:
                    seen.add(needed.key)
                    todo.append(needed)
        waits.append(found)
    return waits


def _needed(plans: Sequence[Plan], chosen: Chosen) -> Iterator[Chosen]:
    """The slices that one depends on, and the one whose branch it names as its base."""
    for name in chosen.slice_.depends_on:
        needed = dependency(plans, chosen.plan, name)
        if needed is not None:
            yield needed
    for plan in plans if chosen.slice_.base else ():
        for slice_ in plan.open_slices:
            if lands_on(chosen, Chosen(plan, slice_)):
                yield Chosen(plan, slice_)


def lands_on(chosen: Chosen, other: Chosen) -> bool:
    """Whether the base of a slice is the branch of another one."""
    base = chosen.slice_.base
    names = (entry.text for entry in other.slice_.branch)
    return bool(base) and chosen.key != other.key and base in names


def _chain_order(
    waits: Sequence[set[int]], live: Sequence[Chosen], assigned: Assigned, change: Change
) -> list[int]:
    number = {chosen.key: at for at, chosen in enumerate(live)}
    whole = {path: number[chosen.key] for path, chosen in assigned.held.items()}
    more = [set(one) for one in waits]
    for before, after, because in needs(change, Layout(whole, {})):
        if before != after and because.kind != "moves":
            more[after].add(before)
    order, in_circles = graph.ordered(more)
    return graph.ordered(waits)[0] if in_circles else order


def _below(on: Sequence[int | None]) -> Iterator[set[int]]:
    found: list[set[int]] = []
    for at, lower in enumerate(on):
        found.append({at} if lower is None else found[lower] | {at})
        yield found[-1]
