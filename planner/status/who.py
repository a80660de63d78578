"""What the plans say of a path: who holds it, and whether this branch may touch it."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.branch.read import Branch, Request, of_queue, read_without_changes
from planner.branch.run import Run
from planner.check.scope.permission import Permission, Permissions
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan.model import Chosen, Entry
from planner.repository.git import Repository
from planner.scopes.fence import Fence


class Holders(NamedTuple):
    """What the plans say of a path.

    Attributes:
        slices: the open slices that hold it, each with the line by which it does.
        shared: the line by which several slices may touch it.
        excluded: the line by which no slice may touch it.
        is_folder: whether other paths are below it.
    """

    path: str
    slices: tuple[tuple[Chosen, Entry], ...]
    shared: Entry | None
    excluded: Entry | None
    is_plan_file: bool
    is_document: bool
    is_folder: bool


def holders(repository: Repository, fence: Fence, path: str) -> Holders:
    """Return what the plans of a fence say of a path; it need not exist."""
    raw = path_bytes(path)
    place = repository.root / path
    is_plan_file = fence.is_plan_file(raw)
    return Holders(
        path,
        fence.holders(raw),
        fence.shared_by(raw),
        fence.excluded_by(raw),
        is_plan_file,
        not is_plan_file and raw in fence.documents,
        # A submodule is one path to git.
        place.is_dir() and not place.is_symlink() and not (place / ".git").exists(),
    )


class Allowed(NamedTuple):
    """What a branch may touch.

    Attributes:
        branch: the branch; None where it could not be read.
        unjudged: why it is judged by no plan: there is neither a slice nor a rule for it.
        unknown: why nothing can be told, as check-scope would say.
        permissions: of each path, in the order that they were asked for; None for a folder, and
            where nothing can be told.
    """

    branch: Branch | None
    unjudged: str
    unknown: str
    permissions: tuple[Permission | None, ...]


def allowed(run: Run, request: Request, asked: Sequence[Holders]) -> Allowed:
    """Return which of these paths a branch may touch, by the plans of the trusted commit."""
    try:
        branch = read_without_changes(run, request)
        permissions = Permissions(run, branch)
    except PlannerError as error:
        return Allowed(None, "", error.message, (None,) * len(asked))
    of_its_queue = of_queue(run, branch)
    if of_its_queue:
        return Allowed(None, "", of_its_queue, (None,) * len(asked))
    told = tuple(None if one.is_folder else permissions.of(path_bytes(one.path)) for one in asked)
    found = permissions.unjudged
    return Allowed(branch, f"{found.message} [{found.rule}]" if found else "", "", told)
