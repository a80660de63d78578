"""Whether an edit stays in the scope of the branch that it is made on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.agents.hooks.patches import Edit
from planner.agents.hooks.places import Place, place_of
from planner.branch.read import Branch, Request, read_without_changes
from planner.branch.run import Run
from planner.check.scope.permission import Permission, Permissions
from planner.errors import NoRepositoryError
from planner.paths import path_text
from planner.plan import find
from planner.plan.model import Chosen
from planner.plan.parse import Read, parse, parse_scopes
from planner.repository.git import open_repository
from planner.repository.pull_request import PullRequest, is_ci

_MARK: Final = "the status of its own tasks"  # part of what is said of a plan
_SHOWN: Final = 5  # paths of one edit that are named in the reason


class Asked(NamedTuple):
    """What a guard is asked about.

    Attributes:
        folder: the client's current folder.
        plan: the plan that `--plan` or `$PLANNER_PLAN` names; may be empty.
        slice_id: the slice that `$PLANNER_SLICE` names; may be empty.
    """

    folder: Path
    plan: str
    slice_id: str


def asked(folder: str, plan: str, environment: Mapping[str, str]) -> Asked:
    """Return what a guard is asked about in a folder of the client, else in the current one."""
    here = Path(folder) if folder and Path(folder).is_dir() else Path()
    named = "" if is_ci(environment) else environment.get("PLANNER_SLICE", "")
    return Asked(here, plan or environment.get("PLANNER_PLAN", ""), named)


def open_run(about: Asked, read: Read = parse) -> Run | None:
    """Open the repository of the client's folder; None where nothing can judge an edit there.

    Args:
        read: how plans are read.

    Raises:
        PlannerError: git does not answer.
    """
    try:
        repository = open_repository(about.folder)
    except NoRepositoryError:
        return None
    # What a CI system says is about a pull request, not about the branch of an agent.
    return None if repository.is_unborn else Run(repository, PullRequest(), read)


def request_of(run: Run, about: Asked) -> Request:
    """Return what to read of the branch.

    Raises:
        PlannerError: the plan is named by a path outside the repository.
    """
    plan = find.path_of(run.repository.root, Path(), about.plan) if about.plan else ""
    return Request(slice_id=about.slice_id, plan=plan)


def has_plan(run: Run, request: Request) -> bool:
    """Return whether the trusted commit has a plan.

    Raises:
        PlannerError: nothing tells the trusted commit, but this commit has a plan.
    """
    tip = run.trusted_tip
    if tip is not None:
        return bool(run.plans_at(tip, request.plan).paths)
    here = run.tip(run.repository.branch) if run.repository.branch else None
    if here is not None and run.plans_at(here, request.plan).paths:
        return bool(run.default_branch)  # says why it is not known
    return False


def why_denied(about: Asked, edits: Sequence[Edit]) -> str:
    """Return why an edit would leave the scope, for the agent; empty where it may be made.

    Raises:
        PlannerError: it cannot be determined.
        UnreadableError: a path is none.
    """
    run = open_run(about, parse_scopes)
    if run is None:
        return ""
    with run:
        request = request_of(run, about)
        if not has_plan(run, request):
            return ""
        branch = read_without_changes(run, request)
        if branch.trusted.error is not None:
            raise branch.trusted.error
        if branch.judged_by is None or branch.is_queue:
            return ""
        refused = list(dict.fromkeys(_refused(run, branch, about.folder, edits)))
        return _reason(branch, refused) if refused else ""


def _refused(run: Run, branch: Branch, folder: Path, edits: Sequence[Edit]) -> Iterator[str]:
    """A line for each path that the branch may not change."""
    permissions = Permissions(run, branch)
    for edit in edits:
        place = place_of(run.repository, folder.absolute(), edit)
        why = _why_of_place(branch, place)
        if place.kind == "inside":
            permission = permissions.of(place.path)
            why = "" if permission.is_given else _why(permission)
            if why and _is_ignored(run, place.path):  # check-scope does not see it either
                why = ""
        if why:
            yield f"{path_text(place.path)}: {why}"


def _why_of_place(branch: Branch, place: Place) -> str:
    if place.kind == "git":
        return "it belongs to git itself"
    # A branch without a slice has no scope that its work elsewhere could leave.
    is_outside = place.kind == "outside" and isinstance(branch.judged_by, Chosen)
    return "it is outside the work tree of the branch" if is_outside else ""


def _why(permission: Permission) -> str:
    by = permission.by
    where = f"{by.location.path}:{by.location.line}:{by.location.column}" if by else ""
    return f"{permission.why} ({by.message} at {where})" if by else permission.why


def _is_ignored(run: Run, path: bytes) -> bool:
    words = ("check-ignore", "-z", "--stdin")
    return bool(run.repository.run(*words, stdin=path + b"\0", expect=(0, 1)))


def _reason(branch: Branch, refused: Sequence[str]) -> str:
    name = f"the branch {branch.name!r}" if branch.name else "this work tree"
    lines = [f"planner: {name} is judged by {branch.label}, which does not allow this edit:"]
    lines += [f"- {line}" for line in refused[:_SHOWN]]
    if len(refused) > _SHOWN:
        lines.append(f"- and {len(refused) - _SHOWN} more paths")
    chosen = branch.chosen
    if chosen is not None:
        lines.append(f"What it may change: planner brief {chosen.slice_.id}")
    lines.append(
        "Do not make this change in another way either. If the work needs it, stop and ask: the "
        "plan has to be changed first, in a pull request of its own."
    )
    if any(_MARK in line for line in refused):
        lines.append("The status of a task is set by: planner mark ID STATUS")
    return "\n".join(lines)
