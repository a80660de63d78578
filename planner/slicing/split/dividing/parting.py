"""Divides the paths that several slices hold, by their hunks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.rules import DIVIDED_PATH
from planner.slicing.change import Change
from planner.slicing.hunks import wording
from planner.slicing.hunks.division import Division
from planner.slicing.hunks.pieces import Pieces, below
from planner.slicing.split.dividing.assigned import Assigned, in_two
from planner.slicing.split.dividing.layout import Layout, Part
from planner.slicing.split.dividing.stacking import Stack


def lay_out(assigned: Assigned, change: Change, pieces: Pieces, stacked: Stack) -> Layout:
    """Return where all paths go that a slice holds; those that are only shared are left out.

    A path that several slices hold is divided, where it can be and these are in one stack. Its
    hunks may all belong to one of them. It is left out if it could not be parsed between them.
    """
    number = {chosen.key: at for at, chosen in enumerate(stacked.slices)}
    whole = {path: number[chosen.key] for path, chosen in assigned.held.items()}
    item_of = {path: at for at, item in enumerate(change.items) for path in item.paths}
    held = {}
    for path, holders in assigned.contested.items():
        slices = sorted(number[chosen.key] for chosen, _ in holders)
        if _are_in_line(slices, stacked) and item_of[path] in pieces.of:
            held[item_of[path]] = slices
    if not held:
        return Layout(whole, {})
    items = {item_of[path]: slice_ for path, slice_ in whole.items()}
    parts: dict[bytes, tuple[Part, ...]] = {}
    for item, share in Division(change, pieces).shares(items, held).items():
        path = change.items[item].name
        if len(share) == 1:
            [whole[path]] = share
            continue
        found = tuple(Part(at, tuple(share[at])) for at in sorted(share))
        if all(pieces.is_readable(path, some) for some in below([one.hunks for one in found])):
            parts[path] = found
    return Layout(whole, parts)


def _are_in_line(slices: Sequence[int], stacked: Stack) -> bool:
    """Whether of any two slices, which are in order, one is on the other."""
    return all(lower in stacked.below[upper] for lower, upper in pairwise(slices))


def undivided(assigned: Assigned, layout: Layout, stacked: Stack) -> Iterator[Diagnostic]:
    """Yield a finding for each path that was to be divided, and cannot be.

    Args:
        layout: what it lacks was not divided.
    """
    number = {chosen.key: at for at, chosen in enumerate(stacked.slices)}
    for path, holders in assigned.contested.items():
        if path in layout.whole or path in layout.parts:
            continue
        if _are_in_line(sorted(number[chosen.key] for chosen, _ in holders), stacked):
            why = "its hunks need each other, or it is not text that was changed in place"
            yield in_two(path, holders, why, "")
        else:
            why = "they are not in one stack"
            yield in_two(path, holders, why, "stack them, by 'stacked: true' or by --chain")


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
            message = f"'{shown}' is divided: {', '.join(listed)}"
            slices = [ids[one.slice_] for one in parts]
        elif path in layout.whole:
            slices = [ids[layout.whole[path]]]
            message = f"'{shown}' is not divided: all of its hunks belong to {slices[0]!r}"
        else:
            continue
        yield DIVIDED_PATH.at(Location(shown), message, slices=slices)
