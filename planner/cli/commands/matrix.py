"""`planner matrix`: print gates or slices as a CI job matrix."""

from typing import Annotated, Literal

import typer

from planner.branch.run import Run
from planner.cli.options import Common, requested_slice
from planner.errors import PlannerError
from planner.plan.branches import slice_named, slice_of_branch
from planner.plan.model import Chosen
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
    slice_id: Annotated[str, typer.Option("--slice", metavar="ID", help="Only this slice.")] = "",
) -> Report:
    """Print a job matrix, so that a CI system runs gates in parallel jobs.

    Its jobs are the gates of the branch's slice, or of all open slices where it has none. The
    output is JSON whatever --format says; GitHub reads it with `fromJSON` in `strategy.matrix`,
    GitLab as a child pipeline.
    """
    if system is None:
        raise PlannerError("--for is missing", hint="name the CI system: --for github|gitlab")
    with common.open() as opened:
        slices = _slices(common, opened, requested_slice(slice_id, opened))
        return view.report(system, jobs(opened, slices, is_per_gate=of == "gates"))


def _slices(common: Common, opened: Run, named: str) -> list[Chosen]:
    plans = common.plans_here(opened)
    if named:
        return [slice_named(plans, named)]
    event = opened.event
    branch = opened.repository.branch or event.head_branch
    chosen = slice_of_branch(plans, branch, event.fork) if branch else None
    return [chosen] if chosen else [Chosen(p, slice_) for p in plans for slice_ in p.open_slices]
