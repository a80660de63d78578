"""Which branches are to be made, and what each changes."""

from typing import NamedTuple

from planner.repository.edits import Side
from planner.repository.lines import Hunk
from planner.repository.writing import Writer
from planner.slicing.hunks.pieces import Pieces
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
            for upto, part in enumerate(parts, 1):
                if part.slice_ == at:
                    below = [hunk for one in parts[:upto] for hunk in one.hunks]
                    own[path], is_last = sides[path], upto == len(parts)
                    if not is_last:
                        blob = writer.blob(pieces.content(path, below))
                        own[path] = sides[path]._replace(oid=blob)
                    hunks[path] = part.hunks
        lower = stacked.on[at]
        on = lowest if lower is None else lower + above
        found.append(Planned(chosen, naming.branch_of(chosen), tuple(own.values()), on, hunks))
    return found
