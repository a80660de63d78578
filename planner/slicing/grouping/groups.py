"""Groups the items of a change: by what they are, by what they have in common, and by size."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from planner import graph
from planner.paths import path_text
from planner.repository.activity import OwnCommit
from planner.slicing.change import Change, Item
from planner.slicing.grouping import affinity, shape
from planner.slicing.grouping.affinity import LEAST, OTHERWISE, Likeness, is_one
from planner.slicing.grouping.linkage import Linkage, Pair
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
    """The items in groups: first those of the plan's slices, then what is mechanical, then others.

    Attributes:
        members: the items of each group.
        declared: how many of the groups are slices of the plan; these may be empty.
        mechanical: the group of what only moves or changes its mode or format; -1 for none.
        alike: what pairs of items have in common.
        close: how close they are, from 0 to UNIT.
        pairings: what belongs together by what it is.
        hot: the items that are shared, or that each change adds to.
    """

    members: list[list[int]]
    declared: int
    mechanical: int
    alike: Mapping[Pair, Likeness]
    close: Mapping[Pair, int]
    pairings: Sequence[Pairing]
    hot: frozenset[int]

    @property
    def group_of(self) -> dict[int, int]:
        """The group of each item."""
        return {item: group for group, members in enumerate(self.members) for item in members}

    def closeness(self, item: int, group: int) -> float:
        """Return how close an item is on average to the other items of a group, from 0 to UNIT."""
        others = [other for other in self.members[group] if other != item]
        return mean_closeness(self.close, item, others)


def grouped(
    change: Change,
    budget: Size,
    *,
    declared: Sequence[Sequence[int]] = (),
    shared: frozenset[int] = frozenset(),
    commits: Sequence[OwnCommit] | None = None,
) -> Groups:
    """Group the items of a change, each group by its first item, the groups by theirs.

    Args:
        budget: what is over it is cut.
        declared: the items of each slice of the plan.
        shared: the items that all slices of the plan may touch.
        commits: those of the branch, to keep their files together.
    """
    items = change.items
    names = [path_text(item.name) for item in items]
    history = affinity.together([item.paths for item in items], change.history)
    alike = affinity.likenesses([item.traits for item in items], change.rarity, history)
    known = {item for members in declared for item in members}
    hot = shared.union(n for n, name in enumerate(names) if n not in known and shape.is_hot(name))
    mechanical = [] if commits else _mechanical(change, hot | known)
    apart = {*known, *mechanical, *(hot if known or len(hot) < len(items) else ())}
    pairings = [
        one
        for one in shape.pairings(names)
        if apart.isdisjoint(one[:2]) and not (one.needs_likeness and _is_unlike(alike, one))
    ]
    left = {item for item in range(len(items)) if item not in apart}
    links = [*(one[:2] for one in pairings), *(p for p in circles(change) if left.issuperset(p))]
    close = affinity.closeness(alike)
    linked = _Linked(change, budget, close, links)
    groups = linked.cut(linked.by_commit(left, commits) if commits else linked.by_likeness(left))
    members = [*map(list, declared), *([mechanical] if mechanical else []), *groups]
    found = Groups(
        members, len(declared), len(declared) if mechanical else -1, alike, close, pairings, hot
    )
    for item in sorted(hot - {one for group in members for one in group}):
        _attach(found, item)
    return _without_circles(found, change)


def mean_closeness(close: Mapping[Pair, int], item: int, others: Collection[int]) -> float:
    """Return how close an item is on average to others, from 0 to UNIT; 0 where there are none."""
    pairs = ((item, one) if item < one else (one, item) for one in others)
    return sum(close.get(pair, OTHERWISE) for pair in pairs) / len(others) if others else 0.0


class _Linked:
    """Groups items so that those of a link stay together."""

    def __init__(
        self, change: Change, budget: Size, close: Mapping[Pair, int], links: Sequence[Pair]
    ) -> None:
        self._items = change.items
        self._budget = budget
        self._close = close
        self._links = links
        self._after: dict[int, list[Pair]] = defaultdict(list)  # the later items and how close
        for (first, second), value in close.items():
            self._after[first].append((second, value))

    def _linkage(self, members: Sequence[int]) -> Linkage:
        number = {item: at for at, item in enumerate(members)}
        close = {
            (number[first], number[second]): value
            for first in members
            for second, value in self._after[first]
            if second in number
        }
        sources = [number[item] for item in members if self._items[item].traits.is_source]
        linkage = Linkage(len(members), close, OTHERWISE, sources)
        for first, second in self._links:
            if first in number and second in number:
                linkage.join_items(number[first], number[second])
        return linkage

    def by_likeness(self, left: Collection[int]) -> list[list[int]]:
        """Group items by what they have in common."""
        members = sorted(left)
        linkage = self._linkage(members)
        linkage.join_likely(LEAST, is_one)
        return [[members[one] for one in group] for group in linkage.groups()]

    def by_commit(self, left: Collection[int], commits: Sequence[OwnCommit]) -> list[list[int]]:
        """Group items by the commit that changed them; of several, by the one with most others.

        An item of several commits goes to the one whose own items it is closest to.
        """
        touching = {
            item: [
                n
                for n, one in enumerate(commits)
                if not one.paths.isdisjoint(self._items[item].paths)
            ]
            for item in sorted(left)
        }
        own: dict[int, list[int]] = defaultdict(list)
        for item, numbers in touching.items():
            if len(numbers) == 1:
                own[numbers[0]].append(item)
        groups: dict[int, list[int]] = {number: list(members) for number, members in own.items()}
        for item, numbers in touching.items():
            if len(numbers) != 1:
                best = max(
                    numbers or [-1],
                    key=lambda number, item=item: (
                        mean_closeness(self._close, item, own.get(number, ())),
                        number,
                    ),  # type: ignore[misc]
                )
                groups.setdefault(best, []).append(item)
        return sorted(sorted(group) for group in groups.values())

    def _fits(self, members: Sequence[int]) -> bool:
        sizes = [size(self._items, [member]) for member in members]
        # One item over the budget stays over it, alone or not: its lines do not count.
        within = [one for one in sizes if one.fits(self._budget)]
        total = Size(sum(one.files for one in within), sum(one.lines for one in within))
        return total.fits(self._budget) and len(sizes) - len(within) <= 1

    def cut(self, groups: Sequence[list[int]]) -> list[list[int]]:
        """Cut the groups that are over the budget where their parts have least in common."""
        found = []
        for group in groups:
            if self._fits(group):
                found.append(group)
                continue
            linkage = self._linkage(group)
            linkage.join_all(
                0,
                lambda members, group=group: self._fits([group[one] for one in members]),  # type: ignore[misc]
            )
            found += self._packed([[group[one] for one in part] for part in linkage.groups()])
        return sorted(found)

    def _packed(self, parts: Sequence[list[int]]) -> list[list[int]]:
        """Join parts that have nothing in common but their place, as long as they fit."""
        packed: list[list[int]] = []
        for part in parts:
            if packed and self._fits(packed[-1] + part):
                packed[-1] = packed[-1] + part
            else:
                packed.append(part)
        return [sorted(part) for part in packed]


def _is_unlike(alike: Mapping[Pair, Likeness], pairing: Pairing) -> bool:
    first, second = sorted(pairing[:2])
    return (first, second) not in alike or alike[first, second].probability < _LEAST_ALIKE


def _mechanical(change: Change, others: frozenset[int] | set[int]) -> list[int]:
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
        if item.is_mechanical and number not in ordered and number not in others
    ]
    is_apart = _LEAST_MECHANICAL <= len(found) < len(change.items) - len(others)
    return found if is_apart else []


def waits_of(change: Change, group_of: Mapping[int, int], groups: int) -> list[set[int]]:
    """Return for each group those that have something that it needs."""
    waits: list[set[int]] = [set() for _ in range(groups)]
    for edge in change.edges:
        before, after = group_of[edge.before], group_of[edge.after]
        if before != after:
            waits[after].add(before)
    return waits


def circles(change: Change) -> list[Pair]:
    """Return pairs of items that wait for each other, directly or not."""
    numbers = range(len(change.items))
    waits = waits_of(change, dict(zip(numbers, numbers, strict=True)), len(change.items))
    return [pair for group in graph.components(waits) for pair in pairwise(group)]


def _without_circles(found: Groups, change: Change) -> Groups:
    """Make one group of groups that wait for each other; the plan's own slices stay apart."""
    fixed = range(found.declared)
    waits = waits_of(change, found.group_of, len(found.members))
    free = [set() if one in fixed else waits[one].difference(fixed) for one in range(len(waits))]
    members: list[list[int]] = []
    mechanical = -1
    for circle in sorted(graph.components(free), key=min):
        if found.mechanical in circle:
            mechanical = len(members)
        members.append(sorted(item for group in circle for item in found.members[group]))
    return found._replace(members=members, mechanical=mechanical)


def _attach(found: Groups, item: int) -> None:
    """Put an item into the group that it is closest to; the first one of several."""
    groups = [n for n, one in enumerate(found.members) if one and n != found.mechanical]
    if not groups:
        found.members.append([item])
        return
    best = max(groups, key=lambda group: (found.closeness(item, group), -group))
    found.members[best].append(item)


def size(items: Sequence[Item], members: Sequence[int]) -> Size:
    """Return how many files and lines some items change, without what tools wrote."""
    edits = [edit for item in members for edit in items[item].edits]
    counted = [one for one in edits if not shape.is_weightless(path_text(one.new.path))]
    return Size(len(counted), sum(one.lines for one in counted))
