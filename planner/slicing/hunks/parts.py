"""A change in groups in which the parts of a divided file are items of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from planner import graph
from planner.paths import path_text
from planner.repository.lines import Hunk
from planner.slicing.change import Change, Item
from planner.slicing.grouping import affinity
from planner.slicing.grouping.groups import Groups, Size, circles, mean_closeness, size, waits_of
from planner.slicing.grouping.traits import Difference, Traits
from planner.slicing.hunks.apart import taken_apart
from planner.slicing.hunks.division import Division, Share
from planner.slicing.hunks.pieces import Piece, Pieces, below
from planner.slicing.order.edges import Because, Edge
from planner.slicing.order.sources import Place


def divide(change: Change, groups: Groups, pieces: Pieces, budget: Size) -> tuple[Change, Groups]:
    """Divide the files whose pieces belong to different groups.

    A group that only such files hold together is taken apart. A file stays whole if its group is
    one of the plan's, if the plan that follows would divide it in another way, if it could not be
    parsed between two groups, or if groups would wait for each other or grow over the budget.

    Returns:
        the change and the groups, with an item for each part; the first is in the place of the
        file, the others follow all other items.
    """
    tried = _Tried(change, groups, pieces)
    while True:
        shares = tried.shares()
        if tried.join_idle(shares):
            continue
        made = _Parts(change, tried.groups, pieces, shares)
        crowded = made.in_circles() | {
            at
            for at, members in enumerate(made.members)
            if not size(made.items, members).fits(budget)
            and size(change.items, tried.groups.members[at]).fits(budget)
        }
        if not crowded:
            made.stack()
            found = made.result() if shares else (change, groups)
            wrong = [*made.unreadable(), *made.doubtful(found[1])]
            if not wrong:
                return found
            tried.leave_whole(wrong)
        elif not tried.join(crowded):
            tried.leave_whole(
                item for item, share in shares.items() if not crowded.isdisjoint(share)
            )


class _Tried:
    """The files to divide, and the groups to take apart, as long as nothing speaks against it.

    Attributes:
        groups: as they are with those apart that are taken apart.
    """

    def __init__(self, change: Change, groups: Groups, pieces: Pieces) -> None:
        self._whole_groups = groups
        self._division = Division(change, pieces)
        self._left: set[int] = set()
        self._fixed = {*range(groups.declared), groups.mechanical}
        links = [*(one[:2] for one in groups.pairings), *circles(change)]
        self._apart = {
            at: some
            for at, members in enumerate(groups.members)
            if at not in self._fixed and not pieces.of.keys().isdisjoint(members)
            if len(some := taken_apart(self._division, members, links)) > 1
        }
        self._taken_apart()

    def _taken_apart(self) -> None:
        """Put the first part of each group in its place, and all others behind all groups."""
        members = [list(one) for one in self._whole_groups.members]
        self._parts: dict[int, set[int]] = {}
        for at, (first, *others) in self._apart.items():
            members[at] = first
            self._parts[at] = {at, *range(len(members), len(members) + len(others))}
            members += others
        self.groups = self._whole_groups._replace(members=members)

    def join_idle(self, shares: Mapping[int, Share]) -> bool:
        """Join the groups again between which no file is divided; return whether there are any."""
        return self._join(
            at
            for at, parts in self._parts.items()
            if not any(len(parts & share.keys()) > 1 for share in shares.values())
        )

    def join(self, crowded: set[int]) -> bool:
        """Join groups again that were taken apart; return whether any of them was."""
        return self._join(at for at, parts in self._parts.items() if parts & crowded)

    def _join(self, groups: Iterable[int]) -> bool:
        wrong = list(groups)
        for at in wrong:
            del self._apart[at]
        if wrong:
            self._taken_apart()
        return bool(wrong)

    def leave_whole(self, items: Iterable[int]) -> None:
        """Divide some files no more."""
        self._left.update(items)

    def shares(self) -> dict[int, Share]:
        """Return what each group gets of the files of which several get some.

        With these groups alone to choose from, each gets the same again.
        """
        group_of = self.groups.group_of
        whole = {
            item: group
            for item, group in group_of.items()
            if group not in self._fixed and item not in self.groups.hot
        }
        shares = self._division.first(whole)
        held: dict[int, frozenset[int]] = {}
        while True:
            kept = {
                item: frozenset(share)
                for item, share in shares.items()
                if len(share) > 1 and whole[item] in share and item not in self._left
            }
            if kept == held:
                return {item: shares[item] for item in kept}
            held = kept
            shares = self._division.shares(whole, held)


class _Part(NamedTuple):
    """The pieces of a file that a group gets, and the number of the item that they are."""

    item: int
    group: int
    pieces: Sequence[Piece]

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return tuple(sorted(hunk for piece in self.pieces for hunk in piece.hunks))


class _Parts:
    """The items of a change with the parts of some files in their place."""

    def __init__(
        self, change: Change, groups: Groups, pieces: Pieces, shares: Mapping[int, Share]
    ) -> None:
        self._change, self._groups, self._pieces = change, groups, pieces
        self.items = list(change.items)
        self.members = [list(members) for members in groups.members]
        self._parts: dict[int, list[_Part]] = {}
        group_of = groups.group_of
        for item, share in shares.items():
            whole = self.items[item]
            self._parts[item] = []
            for group in sorted(share, key=lambda group, own=group_of[item]: (group != own, group)):  # type: ignore[misc]
                number = len(self.items) if self._parts[item] else item
                part = _Part(number, group, share[group])
                self._parts[item].append(part)
                self.items[number : number + 1] = [self._item(whole, part)]
                if number != item:
                    self.members[group].append(number)
        self._edges = [*self._needs()]

    def _item(self, whole: Item, part: _Part) -> Item:
        edit = whole.edits[0]
        own = edit._replace(
            added=sum(hunk.added for hunk in part.hunks),
            removed=sum(hunk.removed for hunk in part.hunks),
        )
        old, new = (
            self._pieces.content(whole.name, hunks).decode("utf-8", "replace")
            for hunks in ((), part.hunks)
        )
        return Item(
            (own,), Traits([path_text(whole.name)], Difference(old, new)), False, part.hunks
        )

    def _needs(self) -> Iterator[Edge]:
        """What must come before what, with the parts that have the name in the place of a file."""
        for edge in self._change.edges:
            for before, after in product(*(self._having(one, edge) for one in edge[:2])):
                yield Edge(before, after, edge.because)

    def _having(self, item: int, edge: Edge) -> list[int]:
        parts = self._parts.get(item)
        if parts is None:
            return [item]
        having = [one.item for one in parts if any(p.has(edge.because) for p in one.pieces)]
        return having or [one.item for one in parts]

    def _waits(self, edges: Sequence[Edge]) -> list[set[int]]:
        group_of = {item: at for at, members in enumerate(self.members) for item in members}
        return waits_of(self._change._replace(edges=tuple(edges)), group_of, len(self.members))

    def in_circles(self) -> set[int]:
        """Return the groups that wait for each other."""
        circles = graph.components(self._waits(self._edges))
        return {group for circle in circles if len(circle) > 1 for group in circle}

    def stack(self) -> None:
        """Put the parts of each file in an order that fits all others; without circles alone."""
        for item, parts in self._parts.items():
            order, _ = graph.ordered(self._waits(self._edges))
            place = {group: at for at, group in enumerate(order)}
            parts.sort(key=lambda one, place=place: place[one.group])  # type: ignore[misc]
            path = path_text(self.items[item].name)
            for before, after in pairwise(parts):
                places = (Place(path, one.hunks[0].new + 1) for one in (before, after))
                self._edges.append(Edge(before.item, after.item, Because("hunks", path, *places)))

    def unreadable(self) -> list[int]:
        """Return the files that could not be parsed between two groups of their stack."""
        return [
            item
            for item, parts in self._parts.items()
            if not all(
                self._pieces.is_readable(self.items[item].name, hunks)
                for hunks in below([part.hunks for part in parts])
            )
        ]

    def doubtful(self, found: Groups) -> list[int]:
        """Return the files of which a part is closer to the rest of the file than to its group."""
        return [
            item
            for item, parts in self._parts.items()
            for part in parts
            if part.item != item
            and found.closeness(part.item, part.group)
            < mean_closeness(found.close, part.item, [item])
        ]

    def result(self) -> tuple[Change, Groups]:
        """Return the change and the groups, each file in one stack."""
        change = self._change._replace(items=tuple(self.items), edges=tuple(self._edges))
        history = affinity.together([item.paths for item in self.items], change.history)
        traits = [item.traits for item in self.items]
        alike = affinity.likenesses(traits, change.rarity, history)
        close = affinity.closeness(alike)
        return change, self._groups._replace(members=self.members, alike=alike, close=close)
