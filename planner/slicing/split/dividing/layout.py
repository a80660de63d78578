"""Where each changed path goes: to one slice, or its hunks to several slices of one stack."""

from collections.abc import Mapping
from typing import NamedTuple

from planner.repository.lines import Hunk
from planner.slicing.hunks.pieces import Piece
from planner.slicing.order.edges import Because


class Part(NamedTuple):
    """The pieces of a path that a slice gets, by the place of the slice in the stack."""

    slice_: int
    pieces: tuple[Piece, ...]

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """Its hunks, in order."""
        return tuple(sorted(hunk for piece in self.pieces for hunk in piece.hunks))


class Layout(NamedTuple):
    """Where each changed path goes, by the places of slices in the stack.

    Attributes:
        whole: the slice of each path that goes to one.
        parts: by path, what each slice gets of those that are divided, the lowest slice first.
    """

    whole: Mapping[bytes, int]
    parts: Mapping[bytes, tuple[Part, ...]]

    def slices(self, path: bytes, because: Because) -> list[int]:
        """Return the slices of what a path has to do with a name: all of them, if unknown."""
        if path in self.whole:
            return [self.whole[path]]
        parts = self.parts.get(path, ())
        having = [one.slice_ for one in parts if any(piece.has(because) for piece in one.pieces)]
        return having or [one.slice_ for one in parts]
