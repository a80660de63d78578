"""Groups the items of a change: by what they are, by what they have in common, and by size."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from planner import graph
from planner.paths import path_text
from planner.slicing.change import Change, Item
from planner.slicing.grouping import affinity, shape
from planner.slicing.grouping.affinity import ATTACH, JOIN, OTHERWISE, Likeness
from planner.slicing.grouping.linkage import UNIT, Linkage, Pair
from planner.slicing.grouping.shape import Pairing

_LEAST_ALIKE: Final = 0.3  # of a test and its source: many files have the same name
_LEAST_MECHANICAL: Final = 2  # items that make a slice of their own


class Size(NamedTuple):
    """How many files are changed, and how many lines are added or removed."""

    files: int
    lines: int

    def fits(self, budget: "Size") -> bool:
        """Whether it is no more than another size."""
        return self.files <= budget.files and self.lines <= budget.lines


class Groups(NamedTuple):
    """The items in groups.

    Attributes:
        members: the items of each group.
        mechanical: the group of what only moves or changes its format; -1 where there is none.
        alike: what pairs of items have in common.
        pairings: what belongs together by what it is.
        hot: the items that each change adds to.
    """

    members: list[list[int]]
    mechanical: int
    alike: Mapping[Pair, Likeness]
    pairings: Sequence[Pairing]
    hot: frozenset[int]

    @property
    def group_of(self) -> dict[int, int]:
        """The group of each item."""
        return {item: group for group, members in enumerate(self.members) for item in members}

    def closeness(self, item: int, group: int) -> float:
        """Return how close an item is on average to the other items of a group, from 0 to 1."""
        others = [other for other in self.members[group] if other != item]
        return sum(self._close(item, other) for other in others) / len(others) if others else 0.0

    def _close(self, item: int, other: int) -> float:
        alike = self.alike.get((min(item, other), max(item, other)))
        return alike.probability if alike else OTHERWISE / UNIT


def grouped(change: Change, budget: Size) -> Groups:
    """Group the items of a change, each group by its first item, the groups by theirs."""
    items = change.items
    names = [path_text(item.name) for item in items]
    history = affinity.together([item.paths for item in items], change.history)
    alike = affinity.likenesses([item.traits for item in items], change.rarity, history)
    hot = frozenset(n for n, name in enumerate(names) if shape.is_hot(name))
    mechanical = _mechanical(change, hot)
    apart = {*mechanical, *(hot if len(hot) < len(items) else ())}
    pairings = [
        one
        for one in shape.pairings(names)
        if apart.isdisjoint(one[:2]) and not (one.needs_likeness and _is_unlike(alike, one))
    ]
    close = {
        pair: round(one.probability * UNIT) for pair, one in alike.items() if apart.isdisjoint(pair)
    }
    linkage = Linkage(len(items), close, OTHERWISE)
    for first, second in (*(one[:2] for one in pairings), *_circles(change)):
        _join(linkage, first, second)
    linkage.join_all(JOIN)
    linkage.attach_singles(ATTACH)
    groups = [one for one in linkage.groups() if apart.isdisjoint(one)]
    groups = _cut(groups, close, change, budget, pairings)
    if mechanical:
        groups.insert(0, mechanical)
    found = Groups(groups, 0 if mechanical else -1, alike, pairings, hot)
    for item in sorted(hot - {one for group in groups for one in group}):
        _attach(found, item)
    return _without_circles(found, change)


def _is_unlike(alike: Mapping[Pair, Likeness], pairing: Pairing) -> bool:
    first, second = sorted(pairing[:2])
    return (first, second) not in alike or alike[first, second].probability < _LEAST_ALIKE


def _join(linkage: Linkage, first: int, second: int) -> None:
    first, second = linkage.group_of(first), linkage.group_of(second)
    if first != second:
        linkage.join(first, second)


def _mechanical(change: Change, hot: frozenset[int]) -> list[int]:
    """The items that only move or change their format, and that nothing waits for."""
    ordered = {
        item
        for edge in change.edges
        if edge.before != edge.after
        for item in (edge.before, edge.after)
    }
    found = [
        number
        for number, item in enumerate(change.items)
        if item.is_mechanical and number not in ordered and number not in hot
    ]
    is_apart = _LEAST_MECHANICAL <= len(found) < len(change.items)
    return found if is_apart else []


def _waits(change: Change, group_of: Callable[[int], int], groups: int) -> list[set[int]]:
    waits: list[set[int]] = [set() for _ in range(groups)]
    for edge in change.edges:
        before, after = group_of(edge.before), group_of(edge.after)
        if before != after:
            waits[after].add(before)
    return waits


def _circles(change: Change) -> list[Pair]:
    """Pairs of items that wait for each other, directly or not."""
    waits = _waits(change, lambda item: item, len(change.items))
    return [pair for group in graph.components(waits) for pair in pairwise(group)]


def _without_circles(found: Groups, change: Change) -> Groups:
    """Make one group of groups that wait for each other."""
    own = found.group_of
    waits = _waits(change, own.__getitem__, len(found.members))
    merged: list[list[int]] = []
    mechanical = -1
    for circle in sorted(graph.components(waits), key=min):
        if found.mechanical in circle:
            mechanical = len(merged)
        merged.append(sorted(item for group in circle for item in found.members[group]))
    return found._replace(members=merged, mechanical=mechanical)


def _attach(found: Groups, item: int) -> None:
    """Put an item into the group that it is closest to; the first one of several."""
    groups = [one for one in range(len(found.members)) if one != found.mechanical]
    if not groups:
        found.members.append([item])
        return
    best = max(groups, key=lambda group: (_with(found, item, group), -group))
    found.members[best].append(item)


def _with(found: Groups, item: int, group: int) -> float:
    return found.closeness(item, group)


def _cut(
    groups: list[list[int]],
    close: Mapping[Pair, int],
    change: Change,
    budget: Size,
    pairings: Sequence[Pairing],
) -> list[list[int]]:
    """Cut the groups that are over the budget where their parts have least in common."""
    circles = _circles(change)

    def fits(members: Sequence[int]) -> bool:
        sizes = [size(change.items, [member]) for member in members]
        # One item over the budget stays over it, alone or not: its lines do not count.
        within = [one for one in sizes if one.fits(budget)]
        total = Size(sum(one.files for one in within), sum(one.lines for one in within))
        return total.fits(budget) and len(sizes) - len(within) <= 1

    found = []
    for group in groups:
        if fits(group):
            found.append(group)
            continue
        number = {item: at for at, item in enumerate(group)}
        inner = {
            (number[first], number[second]): value
            for (first, second), value in close.items()
            if first in number and second in number
        }
        linkage = Linkage(len(group), inner, OTHERWISE)
        for first, second in (*(one[:2] for one in pairings), *circles):
            if first in number and second in number:
                _join(linkage, number[first], number[second])
        linkage.join_all(0, lambda members, group=group: fits([group[one] for one in members]))  # type: ignore[misc]
        parts = [[group[one] for one in part] for part in linkage.groups()]
        found += _packed(parts, fits)
    return sorted(found)


def _packed(parts: list[list[int]], fits: Callable[[Sequence[int]], bool]) -> list[list[int]]:
    """Join parts that have nothing in common but their place, as long as they fit."""
    packed: list[list[int]] = []
    for part in parts:
        if packed and fits(packed[-1] + part):
            packed[-1] = packed[-1] + part
        else:
            packed.append(part)
    return [sorted(part) for part in packed]


def size(items: Sequence[Item], members: Sequence[int]) -> Size:
    """Return how many files and lines some items change, without what tools wrote."""
    edits = [edit for item in members for edit in items[item].edits]
    counted = [one for one in edits if not shape.is_weightless(path_text(one.new.path))]
    return Size(len(counted), sum(one.lines for one in counted))
