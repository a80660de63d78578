"""Divides the paths that several slices hold, by their hunks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.rules import DIVIDED_PATH
from planner.slicing.change import Change
from planner.slicing.hunks import wording
from planner.slicing.hunks.division import Division
from planner.slicing.hunks.pieces import Pieces
from planner.slicing.split.dividing.assigned import Assigned
from planner.slicing.split.dividing.layout import Layout, Part
from planner.slicing.split.dividing.stacking import Stack


def lay_out(assigned: Assigned, change: Change, pieces: Pieces, stacked: Stack) -> Layout:
    """Return where all paths go that a slice holds; those that are only shared are left out.

    A path that several slices hold is divided, where it can be and these are in one stack. Its
    hunks may all belong to one of them.
    """
    number = {chosen.key: at for at, chosen in enumerate(stacked.slices)}
    whole = {path: number[chosen.key] for path, chosen in assigned.held.items()}
    item_of = {path: at for at, item in enumerate(change.items) for path in item.paths}
    held = {}
    for path, holders in assigned.contested.items():
        slices = sorted(number[chosen.key] for chosen, _ in holders)
        in_line = all(lower in stacked.below[upper] for lower, upper in pairwise(slices))
        if in_line and item_of[path] in pieces.of:
            held[item_of[path]] = slices
    if not held:
        return Layout(whole, {})
    items = {item_of[path]: slice_ for path, slice_ in whole.items()}
    parts: dict[bytes, tuple[Part, ...]] = {}
    for item, share in Division(change, pieces).shares(items, held).items():
        path = change.items[item].name
        if len(share) == 1:
            [whole[path]] = share
        else:
            parts[path] = tuple(Part(at, tuple(share[at])) for at in sorted(share))
    return Layout(whole, parts)


def divided(contested: Iterable[bytes], layout: Layout, ids: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield a note for each path that several slices hold, which says what goes where.

    Args:
        contested: these paths; those that the layout lacks are left out.
        ids: the id of each slice.
    """
    for path in contested:
        shown = path_text(path)
        if path in layout.parts:
            parts = layout.parts[path]
            listed = (f"{wording.lines(one.hunks)} to {ids[one.slice_]!r}" for one in parts)
            message = f"'{shown}' is divided: lines {', lines '.join(listed)}"
            slices = [ids[one.slice_] for one in parts]
        elif path in layout.whole:
            slices = [ids[layout.whole[path]]]
            message = f"'{shown}' is not divided: all of its hunks belong to {slices[0]!r}"
        else:
            continue
        yield DIVIDED_PATH.at(Location(shown), message, slices=slices)
