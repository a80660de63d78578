"""Which branches are to be made, and what each changes."""

from itertools import zip_longest
from typing import NamedTuple

from planner.repository.edits import Side
from planner.repository.lines import Hunk
from planner.repository.writing import Writer
from planner.slicing.hunks.pieces import Pieces, below
from planner.slicing.split import naming
from planner.slicing.split.building import Ends, Planned
from planner.slicing.split.dividing.assigned import Assigned
from planner.slicing.split.dividing.layout import Layout
from planner.slicing.split.dividing.stacking import Stack


class Work(NamedTuple):
    """What goes where.

    Attributes:
        pieces: those of the files that are divided.
    """

    assigned: Assigned
    stacked: Stack
    layout: Layout
    pieces: Pieces


def plan_branches(writer: Writer, ends: Ends, work: Work) -> list[Planned]:
    """Return the branches to make: first that of plans, if there is one; all others are on it.

    A divided file is written as each branch is to have it.

    Raises:
        GitError: git failed.
    """
    assigned, stacked, layout, pieces = work
    sides = assigned.sides
    of_plans = tuple(sides[path] for path in assigned.of_plans)
    found = [Planned(None, f"{ends.name}-plan", of_plans, None)] if of_plans else []
    lowest = 0 if found else None
    above = len(found)
    whole: list[dict[bytes, Side]] = [{} for _ in stacked.slices]
    for path, side in sides.items():
        if path in layout.whole:
            whole[layout.whole[path]][path] = side
    for at, chosen in enumerate(stacked.slices):
        own = whole[at]
        hunks: dict[bytes, tuple[Hunk, ...]] = {}
        for path, parts in layout.parts.items():
            upto = below([part.hunks for part in parts])
            for part, some in zip_longest(parts, upto):
                if part.slice_ == at:
                    hunks[path] = part.hunks
                    own[path] = sides[path]
                    if some is not None:  # the last one has the file as it is
                        blob = writer.blob(pieces.content(path, some))
                        own[path] = sides[path]._replace(oid=blob)
        lower = stacked.on[at]
        on = lowest if lower is None else lower + above
        found.append(Planned(chosen, naming.branch_of(chosen), tuple(own.values()), on, hunks))
    return found
