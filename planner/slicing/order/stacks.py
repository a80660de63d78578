"""Puts slices in stacks: each one on at most one other, behind all that it waits for."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from planner import graph


def stacked(waits: Sequence[Collection[int]]) -> tuple[list[int], list[int | None]]:
    """Return the slices in an order in which they can land, and on which one each is stacked.

    One that waits for two others is put behind both: these become one stack. Slices that wait for
    nothing in common stay apart.

    Args:
        waits: for each slice those that it waits for; without circles.
    """
    order, _ = graph.ordered(waits)
    on: list[int | None] = [None] * len(waits)
    for slice_ in order:
        below: set[int] = set()
        for other in waits[slice_]:
            at: int | None = other
            while at is not None and at not in below:
                below.add(at)
                at = on[at]
        if not below:
            continue
        line = [one for one in order if one in below]
        for lower, upper in pairwise([*line, slice_]):
            on[upper] = lower
    return order, on
