"""What a plan says of a big change: which of its slices hold a path, and what crosses them."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text
from planner.plan.branches import dependency
from planner.plan.model import Chosen, Plan
from planner.rules import CROSSED_SLICE
from planner.scopes.fence import Fence
from planner.slicing.change import Change
from planner.slicing.order.edges import Edge


class Declared(NamedTuple):
    """The open slices of plans, and the items that each holds.

    Attributes:
        slices: in the order of the plans.
        members: by slice, the items that it holds; of several slices the first has an item.
        shared: the items that no slice holds and all may touch.
        findings: the items that two slices hold a part of.
    """

    slices: tuple[Chosen, ...] = ()
    members: tuple[tuple[int, ...], ...] = ()
    shared: frozenset[int] = frozenset()
    findings: tuple[Diagnostic, ...] = ()


def declared(plans: Sequence[Plan], change: Change) -> Declared:
    """Return which open slices of plans hold the items of a change."""
    fence = Fence(plans)
    members: list[list[int]] = [[] for _ in fence.open]
    number = {chosen.key: at for at, chosen in enumerate(fence.open)}
    shared, findings = set(), []
    for at, item in enumerate(change.items):
        holders: dict[int, tuple[bytes, Location]] = {}
        for path in item.paths:
            for chosen, entry in fence.holders(path):
                holders.setdefault(number[chosen.key], (path, entry.location))
        if not holders and all(map(fence.shared_by, item.paths)):
            shared.add(at)
        if holders:
            members[next(iter(holders))].append(at)
        if len(holders) > 1 and not _is_divided(plans, fence, holders):
            findings.append(_held_twice(fence, holders))
    return Declared(fence.open, tuple(map(tuple, members)), frozenset(shared), tuple(findings))


def _is_divided(
    plans: Sequence[Plan], fence: Fence, holders: dict[int, tuple[bytes, Location]]
) -> bool:
    """Whether several slices hold one path, each waiting for another, as --by-hunk writes it."""
    slices = [fence.open[one] for one in holders]
    return len({path for path, _ in holders.values()}) == 1 and all(
        _waits(plans, one, other) or _waits(plans, other, one)
        for one, other in combinations(slices, 2)
    )


def _held_twice(fence: Fence, holders: dict[int, tuple[bytes, Location]]) -> Diagnostic:
    (first, (path, location)), (second, (other, where)) = list(holders.items())[:2]
    ours, theirs = (fence.open[one].slice_.id for one in (first, second))
    what = f"{path_text(path)!r}"
    if other != path:
        what += f" and {path_text(other)!r} cannot be separated, and"
        message = f"{what} belong to {ours!r} and {theirs!r}"
    else:
        message = f"{what} is held by {ours!r} and by {theirs!r}"
    return CROSSED_SLICE.at(
        location,
        f"{message}; it is proposed for {ours!r}",
        "let one slice hold it, or list it as `shared`",
        related=(Related(where, f"held by {theirs!r} here"),),
        slices=[ours, theirs],
    )


def crossings(
    plans: Sequence[Plan], found: Declared, change: Change, names: Sequence[str]
) -> Iterator[Diagnostic]:
    """Yield a warning for each slice of a plan that needs another one which it does not wait for.

    Args:
        names: the id of the slice of each item.
    """
    chosen_of = {item: n for n, items in enumerate(found.members) for item in items}
    seen: set[tuple[str, str]] = set()
    for edge in change.edges:
        after = chosen_of.get(edge.after)
        pair = (names[edge.before], names[edge.after])
        if after is None or pair[0] == pair[1] or pair in seen:
            continue
        chosen = found.slices[after]
        before = chosen_of.get(edge.before)
        if before is None or not _waits(plans, chosen, found.slices[before]):
            seen.add(pair)
            yield _crossed(chosen, pair[0], edge)


def _waits(plans: Sequence[Plan], chosen: Chosen, other: Chosen) -> bool:
    """Whether a slice depends on another one, directly or not."""
    todo, seen = [chosen], {chosen.key}
    while todo:
        one = todo.pop()
        if one.key == other.key:
            return True
        found = (dependency(plans, one.plan, name) for name in one.slice_.depends_on)
        for next_ in filter(None, found):
            if next_.key not in seen:
                seen.add(next_.key)
                todo.append(next_)
    return False


def _crossed(chosen: Chosen, needed: str, edge: Edge) -> Diagnostic:
    return CROSSED_SLICE.at(
        chosen.plan.where(chosen.slice_.node, "id"),
        f"the slice {chosen.slice_.id!r} needs {needed!r} and does not depend on it: "
        f"{edge.because.text}",
        f"add it: depends_on: [{needed}]",
        slices=[needed, chosen.slice_.id],
    )
