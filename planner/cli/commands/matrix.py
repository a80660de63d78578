"""`planner matrix`: print gates or slices as a CI job matrix."""

from typing import Annotated, Literal

import typer

from planner.branch.read import Request
from planner.check.gates import find_subjects
from planner.cli import output
from planner.cli.options import Common, SliceId, requested_slice
from planner.errors import PlannerError
from planner.evidence.subject import read_branch_of_slice
from planner.report import Report
from planner.status.matrix import jobs
from planner.views import matrix as view

IS_QUESTION = True
EXAMPLES = (
    "planner matrix --for github            # for fromJSON in strategy.matrix",
    "planner matrix --for gitlab > jobs.yml # a child pipeline",
)


def run(
    common: Common,
    system: Annotated[
        Literal["github", "gitlab"] | None, typer.Option("--for", help="The CI system (required).")
    ] = None,
    of: Annotated[
        Literal["gates", "slices"], typer.Option("--of", help="A job per gate, or per slice.")
    ] = "gates",
    slice_id: SliceId = "",
) -> Report:
    """Print a job matrix, so that a CI system runs gates in parallel jobs.

    Its jobs are the gates that `check` asks of the branch: those of its slice, in a merge queue of
    every slice in it, none where it is not a slice. The output is JSON whatever --format says;
    GitHub reads it with `fromJSON` in `strategy.matrix`, GitLab as a child pipeline.
    """
    if system is None:
        raise PlannerError("--for is missing", hint="name the CI system: --for github|gitlab")
    with common.open() as opened:
        request = Request(
            slice_id=requested_slice(slice_id, opened), plan=common.named_plan(opened)
        )
        found = find_subjects(opened, read_branch_of_slice(opened, request))
        listed = jobs(system, found.subjects, is_per_gate=of == "gates")
        if not listed:
            ids = " and ".join(repr(one.chosen.slice_.id) for one in found.subjects)
            why = f"the slice {ids} has no gates" if ids else found.why
            output.notice(f"no gates to run: {why}")
        return view.report(system, listed)
