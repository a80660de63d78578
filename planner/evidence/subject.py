"""What gates are run for: a slice, its gates, and the commit and tree that they judge."""

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from planner.branch.read import Branch, Request, read_branch
from planner.branch.run import Run
from planner.errors import GitError, PlannerError, UnusablePlanError
from planner.evidence.demands import Demands, demands, slice_in
from planner.paths import path_text
from planner.plan import find
from planner.plan.branches import slice_named, slice_of_branch
from planner.plan.model import Chosen, Plan
from planner.plan.parse import parse, usable
from planner.repository import changes
from planner.repository.git import Repository
from planner.repository.pull_request import PullRequest


class Subject(NamedTuple):
    """A slice whose gates are run or looked up.

    Attributes:
        chosen: the slice in the trusted plan, or else in the branch's own plan.
        demands: the gates that it must pass.
        branch: the branch as check-scope reads it.
        tree: the tree of the head commit.
        dirt: a path in which the work tree differs from that tree; or empty.
    """

    chosen: Chosen
    demands: Demands
    branch: Branch
    tree: str
    dirt: str


def read_subject(run: Run, branch: Branch) -> Subject:
    """Return the slice of a branch with its gates.

    Raises:
        PlannerError: its slice or its gates are unknown; also where the trusted plan is unusable.
    """
    if branch.trusted.error is not None:
        raise branch.trusted.error
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
        PlannerError: it cannot be told by which plan it is judged.
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
        _dirt(run.repository, branch.head.commit),
    )


def read_branch_of_slice(run: Run, request: Request) -> Branch:
    """Read a branch whose slice may be one that only its own plan has.

    Raises:
        PlannerError: an end of the branch, its plan or its slice cannot be determined.
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
    """Return the slice in the plan of the merge base."""
    path = trusted.plan.path
    content = run.objects.blob(branch.merge_base, path)
    plan = parse(content, path).plan if content is not None else None
    return slice_in([plan], trusted) if plan else None


def _dirt(repository: Repository, commit: str) -> str:
    """Return a path in which the work tree differs from a commit; or an empty text."""
    for change in changes.in_worktree(repository, commit):
        if change.status != "A" or not _is_own_output(repository, change.path):
            return path_text(change.path)
    return ""


def _is_own_output(repository: Repository, path: bytes) -> bool:
    """Whether a new file is the one that stdout is redirected to (`> gates.json`)."""
    try:
        own = os.fstat(sys.stdout.fileno())
        return own.st_size == 0 and os.path.samestat(
            own, (repository.root / path_text(path)).stat()
        )
    except (OSError, ValueError, AttributeError):
        return False


def _own_plans(run: Run, named: str) -> list[Plan]:
    """The plans of the work tree, those that can be used."""
    root = run.repository.root
    try:
        paths = find.in_folder(root, named)
    except PlannerError:
        return []
    plans = []
    for path in paths:
        # lint and check-scope report an unusable plan; the trusted plan's gates count all the same.
        with contextlib.suppress(UnusablePlanError):
            plans.append(usable(find.content(root, path), path))
    return plans


def _own(plans: Sequence[Plan], branch: Branch, event: PullRequest) -> Chosen | None:
    if branch.request.slice_id:
        return slice_named(plans, branch.request.slice_id)
    return slice_of_branch(plans, branch.name, event.fork) if branch.name and plans else None
