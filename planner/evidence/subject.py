"""What gates are run for: a slice, its gates, and the commit and tree that they judge."""

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from planner.branch import read as branches
from planner.branch.read import Branch, Request
from planner.errors import GitError, PlannerError, UnusablePlanError
from planner.evidence.demands import Demands, demands, slice_in
from planner.paths import path_bytes, path_text
from planner.plan import find
from planner.plan.branches import slice_named, slice_of_branch
from planner.plan.model import Chosen, Plan
from planner.plan.parse import parse, usable
from planner.repository import changes
from planner.repository.git import Repository
from planner.repository.objects import Objects
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


def read(repository: Repository, objects: Objects, request: Request, event: PullRequest) -> Subject:
    """Read the requested slice, with its gates.

    Raises:
        PlannerError: no single slice or trusted plan can be determined.
    """
    own_plans = _own_plans(repository, request.plan)
    branch = _branch(repository, objects, request, event, own_plans)
    trusted = branch.judged_by if isinstance(branch.judged_by, Chosen) else None
    own = slice_in(own_plans, trusted) if trusted else _own(own_plans, request, branch, event)
    chosen = trusted or own
    if chosen is None:
        raise PlannerError(
            f"no slice accepts the branch {branch.name!r}" if branch.name else "no slice is named",
            hint="name the slice: --slice ID",
        )
    found = objects.oid(f"{branch.head.commit}^{{tree}}".encode())
    if found is None:
        raise GitError(f"the commit {branch.head.commit[:12]} has no tree in this clone")
    return Subject(
        chosen,
        demands(trusted, own, _parted(objects, branch, trusted) if trusted else None),
        branch,
        found[0],
        _dirt(repository, branch.head.commit),
    )


def _parted(objects: Objects, branch: Branch, trusted: Chosen) -> Chosen | None:
    """Return the slice in the plan of the merge base."""
    path = trusted.plan.path
    content = objects.content(path_bytes(f"{branch.merge_base}:{path}"))
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


def _own_plans(repository: Repository, named: str) -> list[Plan]:
    """Read the usable plans of the work tree."""
    try:
        paths = find.in_folder(repository.root, named)
    except PlannerError:
        return []
    plans = []
    for path in paths:
        try:
            plans.append(usable(find.content(repository.root, path), path))
        except UnusablePlanError:
            continue  # lint and check-scope report it; the gates of the trusted plan still count
    return plans


def _branch(
    repository: Repository,
    objects: Objects,
    request: Request,
    event: PullRequest,
    own_plans: Sequence[Plan],
) -> Branch:
    try:
        return branches.read(repository, objects, request, event)
    except PlannerError:
        # The trusted plan does not know a slice that only the branch's own plan has.
        if not any(plan.slice_of(request.slice_id) for plan in own_plans):
            raise
        return branches.read(repository, objects, request._replace(slice_id=""), event)


def _own(
    plans: Sequence[Plan], request: Request, branch: Branch, event: PullRequest
) -> Chosen | None:
    if request.slice_id:
        return slice_named(plans, request.slice_id)
    fork = event.head_repository if event.is_from_fork else None
    return slice_of_branch(plans, branch.name, fork) if branch.name and plans else None
