"""Slices that a change of plans moves from one plan file to another."""

from collections.abc import Iterator, Sequence
from typing import Final

from planner.check.plans.differences import Difference, differences
from planner.plan.document import nodes
from planner.plan.model import Chosen, Plan


def moves(before: Sequence[Plan], after: Sequence[Plan]) -> tuple[tuple[Chosen, Chosen], ...]:
    """Return the slices whose id is gone from one plan and new in another, before and after."""
    old, new = (
        {one.key: one for plan in plans for one in (Chosen(plan, each) for each in plan.slices)}
        for plans in (before, after)
    )
    gone = {key[1]: one for key, one in old.items() if key not in new}
    return tuple(
        (gone.pop(key[1]), one) for key, one in new.items() if key not in old and key[1] in gone
    )


_KEYS: Final = {"gates": "gates", "limits": "limits", "base": "base", "branches": "branch"}
"""The keys of a plan that decide for its slices, each with the key of a slice beside it."""


def of_plans(was: Chosen, now: Chosen) -> Iterator[Difference]:
    """Yield what differs for a slice that was moved: in itself, and in what its plan says for it.

    What only the patterns of the plans say is told by the paths that it accepts.
    """
    own = now.slice_.node.items
    for each in differences(_alone(was), _alone(now)):
        beside = own.get(_KEYS.get(each.keys[0], ""))
        if isinstance(beside, nodes.Mapping):
            is_own = each.keys[-1] in beside.items
        else:
            is_own = beside is not None and each.keys[0] != "gates"
        if each.slice_id or (each.keys[0] in _KEYS and not is_own):
            yield each


def _alone(one: Chosen) -> Plan:
    """The plan of a slice without the others."""
    node = one.slice_.node
    items = {**one.plan.node.items, "slices": nodes.Sequence([node], node.line, node.column)}
    return one.plan._replace(slices=(one.slice_,), node=one.plan.node._replace(items=items))
