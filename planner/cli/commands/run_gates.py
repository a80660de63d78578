"""`planner run-gates`: run the gates of a slice."""

from typing import Annotated

import typer

from planner.branch.read import Request
from planner.check.gates import report
from planner.cli import progress, signals
from planner.cli.options import BranchName, Common, SliceId, requested_slice
from planner.cli.results import Baseline, baseline_files
from planner.errors import PlannerError
from planner.evidence import job
from planner.evidence.demands import with_needs
from planner.evidence.subject import Subject, read_branch_of_slice, read_subject
from planner.gates.run import Options
from planner.plan.model import Gate
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "planner run-gates                      # all gates of this branch's slice",
    "planner run-gates --gate tests -j 4    # one gate and those it needs, four at a time",
)


def run(
    common: Common,
    slice_id: SliceId = "",
    branch: BranchName = "",
    gate: Annotated[
        list[str] | None,
        typer.Option("--gate", metavar="ID", help="Run this gate and those it needs; repeatable."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", help="How many to run at a time.")
    ] = 1,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop the others when one does not pass.")
    ] = False,
    baseline: Baseline = None,
) -> Report:
    """Run the gates of a slice, and record the results as evidence for this exact tree.

    The gates are those of the plan of the default branch, and those that the branch's plan adds.
    Nothing is recorded for a work tree that differs from its commit.
    """
    if jobs < 1:
        raise PlannerError(f"--jobs: {jobs} is less than 1", hint="planner run-gates --help")
    signals.install_handlers()
    with common.open() as opened:
        request = Request(
            slice_id=requested_slice(slice_id, opened),
            branch=branch,
            plan=common.named_plan(opened),
        )
        subject = read_subject(opened, read_branch_of_slice(opened, request))
        gates = _requested(subject, gate or [])
        with progress.showing(opened.repository.root, is_quiet=common.quiet) as tell:
            options = job.Options(
                gates,
                tell,
                Options(jobs, fail_fast),
                is_trusting=not opened.event.is_ci,
                baselines=baseline_files(baseline or []),
            )
            done = job.run(opened, subject, options)
        return report(done)


def _requested(subject: Subject, names: list[str]) -> tuple[Gate, ...]:
    """The gates that were named, and those that they need; all of them when none was.

    Raises:
        PlannerError: the slice has no gate of that name.
    """
    gates = subject.demands.gates
    known = [gate.id for gate in gates]
    for name in names:
        if name not in known:
            raise PlannerError(
                f"the slice {subject.chosen.slice_.id!r} has no gate {name!r}",
                hint=f"its gates are: {', '.join(known)}" if known else "it has no gates",
            )
    return with_needs(gates, names) if names else gates
