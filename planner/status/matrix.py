"""The jobs that a CI system runs gates in."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.branch.run import Run
from planner.evidence.demands import demands, slice_in
from planner.plan.model import Chosen


class Job(NamedTuple):
    """A slice whose gates are run, or one gate of it."""

    slice: str
    gate: str = ""


def jobs(run: Run, slices: Sequence[Chosen], *, is_per_gate: bool) -> tuple[Job, ...]:
    """Return the jobs of slices, for the gates that `check` asks for.

    These are the gates of the trusted plan, and those added in the work tree.
    """
    found = [
        Job(chosen.slice_.id, gate.id if is_per_gate else "")
        for chosen in slices
        for gate in demands(slice_in(run.trusted_plans, chosen), chosen).gates
    ]
    return tuple(dict.fromkeys(found))
