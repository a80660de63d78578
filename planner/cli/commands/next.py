"""`planner next`: list what can be started now, and why the rest waits; claim one of it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from planner.branch.run import Run
from planner.branch.standing import standings
from planner.cli import output
from planner.cli.options import Common, RemoteName, refuse_empty
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.parse import usable_plans
from planner.report import Report
from planner.repository.git import Repository
from planner.schedule import schedule
from planner.scopes.fence import Fence
from planner.status.next import next_tasks, with_starts
from planner.views import next as view

IS_QUESTION = True
EXIT_CODES = (
    "0    answered; with --claim: a slice was claimed",
    "1    with --claim: no slice could be claimed",
)
EXAMPLES = (
    "planner next                           # what to start now",
    "planner next --claim                   # take the first slice that is ready",
)


def run(
    common: Common,
    claim: Annotated[
        bool, typer.Option("--claim", help="Take the first slice that is ready.")
    ] = False,
    slice_id: Annotated[
        str | None,
        typer.Option("--slice", metavar="ID", help="With --claim: the slice to take."),
    ] = None,
    remote: RemoteName = "",
    worktree: Annotated[
        str | None,
        typer.Option(
            "--worktree", metavar="DIR", help="With --claim: check its branch out in this folder."
        ),
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Print the ids of slices alone.")] = False,
) -> Report:
    """List the tasks that can start now, the critical ones first, and what the others wait for.

    Each has the command that starts the branch of its slice. A task is ready when its dependencies
    are done and its slice provably touches nothing that a slice in progress may touch.

    With --claim the branch of the first ready slice is created on the remote, by the plan and the
    branches that the remote has now.
    """
    refuse_empty({"--slice": slice_id, "--worktree": worktree})
    if not claim and (slice_id or remote or worktree):
        raise PlannerError(
            "--slice, --remote and --worktree belong to --claim",
            hint="planner next --claim; to list the tasks of one plan: --plan PATH",
        )
    with common.open(is_online=claim) as opened:
        named = common.named_plan(opened)
        if not claim:
            return _list(opened, named, is_brief=brief)
        return _claim(opened, slice_id or "", remote, named, worktree or "", is_brief=brief)


def _list(opened: Run, named: str, *, is_brief: bool) -> Report:
    plans = usable_plans(_contents(opened.repository, named))
    schedules = [schedule(plan) for plan in plans]
    standing = standings(opened.repository, plans)
    found = next_tasks(Fence(plans), schedules, standing, named=named)
    if is_brief:
        return view.short(found)
    tip = opened.trusted_tip
    known = opened.plans_at(tip, named).paths if tip else ()
    return view.report(
        with_starts(opened, found, standing),
        is_shallow=opened.repository.is_shallow,
        not_agreed=[plan.path for plan in plans if tip and plan.path not in known],
    )


def _contents(repository: Repository, named: str) -> dict[str, bytes]:
    """The files of all plans: what is in progress counts, whichever plan it is in."""
    try:
        paths = find.in_folder(repository.root)
    except PlannerError:
        if not named:
            raise
        paths = ()
    every = dict.fromkeys((*paths, *([named] if named else [])))
    return {path: find.content(repository.root, path) for path in every}


def _claim(
    opened: Run, slice_id: str, remote: str, named: str, folder: str, *, is_brief: bool
) -> Report:
    from planner.agents.claims import reports  # noqa: PLC0415 - for --claim alone
    from planner.agents.claims.claim import Asked, claim  # noqa: PLC0415 - as above

    place = Path(os.path.realpath(folder)) if folder else None
    try:
        outcome = claim(opened, Asked(slice_id, remote, named, place))
    except KeyboardInterrupt:
        output.notice("interrupted: a branch may have been created: planner claims")
        raise
    found = view.short(outcome.found) if is_brief else view.report(outcome.found)
    return reports.of_claim(outcome, found)
