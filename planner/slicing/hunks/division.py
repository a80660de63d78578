"""Which slice each piece of a file goes to: the one that the file is in, unless another is closer.

The same slices give the same division, so that `split` does what `slice` proposed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from planner.paths import path_text
from planner.slicing.change import Change
from planner.slicing.grouping import affinity, shape
from planner.slicing.grouping.affinity import odds
from planner.slicing.grouping.groups import mean_closeness
from planner.slicing.hunks.pieces import Piece, Pieces

_MARGIN: Final = 0.5  # of the logarithms of the odds, by which another slice must be closer

Share = Mapping[int, Sequence[Piece]]
"""The pieces of a file that each slice gets."""


class Division:
    """Divides files, given the slices of all others."""

    def __init__(self, change: Change, pieces: Pieces) -> None:
        self._of: dict[int, list[tuple[int, Piece]]] = {}
        self._shared = {
            n for n, one in enumerate(change.items) if shape.is_hot(path_text(one.name))
        }
        every = [item.traits for item in change.items]
        for item, some in pieces.of.items():
            self._of[item] = [*enumerate(some, len(every))]
            every += [piece.traits for piece in some]
        self._lines = {
            number: sum(hunk.added + hunk.removed for hunk in piece.hunks)
            for some in self._of.values()
            for number, piece in some
        }
        self._sources = {number for number, one in enumerate(every) if one.is_source}
        history = affinity.together([item.paths for item in change.items], change.history)
        of = [*range(len(change.items))]
        for item in self._of:
            of += [item] * len(self._of[item])
        alike = affinity.likenesses(every, change.rarity, history, of)
        self._close = affinity.closeness(alike)
        self._near: dict[int, list[int]] = {}
        for pair in self._close:
            for number, other in (pair, pair[::-1]):
                self._near.setdefault(number, []).append(other)

    def pieces(self, item: int) -> list[int]:
        """Return the numbers of the pieces of an item, which follow those of all items."""
        return [number for number, _ in self._of.get(item, ())]

    def lines(self, number: int) -> int:
        """Return how many lines a piece adds and removes; 0 of a whole item."""
        return self._lines.get(number, 0)

    def is_source(self, number: int) -> bool:
        """Whether an item or a piece is source code."""
        return number in self._sources

    def pairs(self, numbers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """Yield pairs of items and pieces that have anything in common, and how close they are.

        Each is yielded in the order of the numbers.
        """
        place = {number: at for at, number in enumerate(numbers)}
        for first in numbers:
            for second in self._near.get(first, ()):
                if place.get(second, -1) > place[first]:
                    yield first, second, self._close[min(first, second), max(first, second)]

    def first(self, whole: Mapping[int, int]) -> dict[int, Share]:
        """Return the pieces that each slice would get of each file, if only that were divided.

        Args:
            whole: the slice of each item; only these are divided.
        """
        members = self._members(whole, ())
        slice_of = _slice_of(members)
        return {
            item: self._share(item, whole[item], members, slice_of)
            for item in sorted(self._of.keys() & whole.keys())
        }

    def shares(
        self, whole: Mapping[int, int], held: Mapping[int, Collection[int]]
    ) -> dict[int, Share]:
        """Return the pieces that each slice gets of some files.

        Args:
            whole: the slice of each item that is in one slice.
            held: by item, the slices that it is divided between.
        """
        members = self._members(whole, held)
        slice_of = _slice_of(members)
        found = {}
        for item, slices in held.items():
            own = {slice_: members.get(slice_, []) for slice_ in slices}
            found[item] = self._share(item, self._home(item, own), own, slice_of)
        return found

    def _members(self, whole: Mapping[int, int], but: Collection[int]) -> dict[int, list[int]]:
        members: dict[int, list[int]] = {}
        for item, slice_ in sorted(whole.items()):
            if item not in but and item not in self._shared:
                members.setdefault(slice_, []).append(item)
        return members

    def _home(self, item: int, members: Mapping[int, Sequence[int]]) -> int:
        """The slice that a file belongs to: one that has nothing else, or the closest."""
        return max(
            members,
            key=lambda slice_: (
                not members[slice_],
                mean_closeness(self._close, item, members[slice_]),
                [-item for item in members[slice_][:1]],  # whatever the slices are numbered
            ),
        )

    def _share(
        self,
        item: int,
        home: int,
        members: Mapping[int, Sequence[int]],
        slice_of: Mapping[int, int],
    ) -> Share:
        """The pieces that each slice gets of a file.

        Args:
            home: where a piece goes that is not clearly closer to another slice.
            members: the slices that can get one, with their items.
            slice_of: the slice of each of these items.
        """
        near = [one for one in members.get(home, ()) if one != item]
        found: dict[int, list[Piece]] = {}
        for number, piece in self._of[item]:
            best = home
            # A slice that has nothing in common with it is not looked at: there are thousands.
            others = {slice_of[one] for one in self._near.get(number, ()) if one in slice_of}
            others = (others & members.keys()) - {home}
            if others and not piece.is_fixed:
                closest = max(
                    (mean_closeness(self._close, number, members[one]), -members[one][0], one)
                    for one in others
                )
                # The rest of the file counts as one more item of the slice that it is in.
                rest = [one for one, _ in self._of[item] if one != number]
                own = mean_closeness(self._close, number, near) * len(near)
                own = (own + mean_closeness(self._close, number, rest)) / (len(near) + 1)
                if odds(closest[0]) - odds(own) > _MARGIN:
                    best = closest[2]
            found.setdefault(best, []).append(piece)
        return found


def _slice_of(members: Mapping[int, Sequence[int]]) -> dict[int, int]:
    return {item: slice_ for slice_, items in members.items() for item in items}
