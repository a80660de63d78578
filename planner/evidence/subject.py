"""What gates are run for: a slice, its gates, and the commit and tree that they judge."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.branch.read import Branch, Request, of_queue, read_branch
from planner.branch.run import Run
from planner.errors import GitError, PlannerError
from planner.evidence.demands import Demands, demands, slice_in
from planner.plan import find
from planner.plan.branches import slice_named, slice_of_branch
from planner.plan.model import Chosen, Plan
from planner.plan.parse import parse
from planner.repository.pull_request import PullRequest


class Subject(NamedTuple):
    """A slice whose gates are run or looked up.

    Attributes:
        chosen: the slice in the trusted plan, or else in the branch's own plan.
        demands: the gates that it must pass.
        branch: the branch as check-scope reads it.
        tree: the tree of the head commit.
    """

    chosen: Chosen
    demands: Demands
    branch: Branch
    tree: str


def read_subject(run: Run, branch: Branch) -> Subject:
    """Return the slice of a branch with its gates.

    Raises:
        PlannerError: its slice or its gates are unknown; also where a plan of the default branch
            or of the work tree is unusable.
    """
    if branch.trusted.error is not None:
        raise branch.trusted.error
    if branch.is_queue and branch.judged_by is None:
        hint = "planner check runs the gates of each slice in it; or name one: --slice ID"
        raise PlannerError(of_queue(run, branch), hint=hint)
    found = find_subject(run, branch)
    if found is None:
        raise no_slice(branch)
    return found


def no_slice(branch: Branch) -> PlannerError:
    """Return the error of a branch that is not a slice, where one is needed."""
    message = "HEAD is detached, and no slice is given"
    if branch.name:
        message = f"no slice accepts the branch {branch.name!r}"
    return PlannerError(message, hint="name the slice: --slice ID")


def find_subject(run: Run, branch: Branch) -> Subject | None:
    """Return the slice of a branch with its gates; None where it is not a slice.

    Raises:
        PlannerError: the plan that it is judged by is unknown, or a plan of the work tree is
            unusable.
    """
    own_plans = _own_plans(run, branch.request.plan)
    trusted = branch.judged_by if isinstance(branch.judged_by, Chosen) else None
    own = slice_in(own_plans, trusted) if trusted else _own(own_plans, branch, run.event)
    chosen = trusted or own
    if chosen is None:
        return None
    tree = run.objects.tree_of(branch.head.commit)
    if tree is None:
        raise GitError(f"the commit {branch.head.commit[:12]} has no tree in this clone")
    return Subject(
        chosen,
        demands(trusted, own, _at_merge_base(run, branch, trusted) if trusted else None),
        branch,
        tree,
    )


def read_branch_of_slice(run: Run, request: Request) -> Branch:
    """Read a branch whose slice may be one that only its own plan has.

    Raises:
        PlannerError: an end of the branch, its plan or its slice is unknown.
    """
    try:
        return read_branch(run, request)
    except PlannerError:
        own_plans = _own_plans(run, request.plan)
        if not any(plan.slice_of(request.slice_id) for plan in own_plans):
            raise
        branch = read_branch(run, request._replace(slice_id=""))
        return branch._replace(request=request)


def _at_merge_base(run: Run, branch: Branch, trusted: Chosen) -> Chosen | None:
    path = trusted.plan.path
    content = run.objects.blob(branch.merge_base, path)
    plan = parse(content, path).plan if content is not None else None
    return slice_in([plan], trusted) if plan else None


def _own_plans(run: Run, named: str) -> tuple[Plan, ...]:
    """The plans of the work tree; unusable ones are an error: they may add gates to run."""
    if not named and not find.every_in_folder(run.repository.root):
        return ()
    return run.plans_here(named)


def _own(plans: Sequence[Plan], branch: Branch, event: PullRequest) -> Chosen | None:
    if branch.request.slice_id:
        return slice_named(plans, branch.request.slice_id)
    return slice_of_branch(plans, branch.name, event.fork) if branch.name and plans else None
