"""`planner check-scope`: check that the branch's changes are in its slice's scope."""

from typing import Annotated

import typer

from planner.branch.read import Request, read_branch
from planner.check.scope.part import check
from planner.check.scope.staged import check_staged
from planner.cli.options import Base, BranchName, Common, Fetch, SliceId, requested_slice
from planner.errors import PlannerError
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "planner check-scope                    # this branch, by the plan of the default branch",
    "planner check-scope --staged           # in a pre-commit hook: what this commit adds",
)


def run(
    common: Common,
    slice_id: SliceId = "",
    base: Base = "",
    head: Annotated[
        str, typer.Option("--head", metavar="REV", help="Commit to check; default: HEAD.")
    ] = "",
    branch: BranchName = "",
    plan_from: Annotated[
        str,
        typer.Option(
            "--plan-from",
            metavar="REV|head",
            help="Take the plan from this commit; head: from the branch itself.",
        ),
    ] = "",
    staged: Annotated[bool, typer.Option("--staged", help="Check staged changes only.")] = False,
    worktree: Annotated[
        bool, typer.Option("--worktree", help="Check the work tree, untracked files included.")
    ] = False,
    fetch: Fetch = False,
) -> Report:
    """Check that every path the branch changed is in its slice's scope, or shared.

    The branch is compared with the merge base of its base, and checked by the plan of the default
    branch, never by a plan that it brings along. Defaults: the slice that accepts the branch's
    name, its base, HEAD.
    """
    if staged and (worktree or head):
        raise PlannerError("--staged cannot be used with --worktree or --head", hint="drop one")
    if worktree and head:
        raise PlannerError("--worktree cannot be used with --head", hint="drop one")
    with common.open(is_online=fetch, is_hook=staged) as opened:
        request = Request(
            slice_id=requested_slice(slice_id, opened),
            base=base,
            head=head,
            branch=branch,
            plan=common.named_plan(opened),
            plan_from=plan_from,
            is_staged=staged,
            is_worktree=worktree,
        )
        if staged:
            return check_staged(opened, request)
        return check(opened, read_branch(opened, request))
