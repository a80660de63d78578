"""Every slice as git shows it, each claim of the plan beside its evidence."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.branch.read import Branch, Request, read_branch
from planner.branch.run import Run
from planner.branch.standing import Standing, standings
from planner.check.scope.part import judge
from planner.check.scope.report import ScopeReport
from planner.diagnostic import Diagnostic, has_errors
from planner.errors import PlannerError
from planner.evidence.demands import demands, slice_in
from planner.evidence.lookup import GateEvidence, look_up, read_noted
from planner.evidence.records import RunResults
from planner.plan.model import Plan, Task, patterns
from planner.repository import branches
from planner.repository.branches import Reference
from planner.repository.changes import Change
from planner.repository.pull_request import PullRequest
from planner.rules import NOT_CLOSED, PHANTOM_DONE


class TaskStatus(NamedTuple):
    """A task and what git shows of it; a phantom is done in the plan, but was never started."""

    task: Task
    evidence: str
    is_phantom: bool = False


class SliceStatus(NamedTuple):
    """What is known of a slice.

    Attributes:
        ahead: commits of its branch that its base lacks; None without a branch.
        behind: commits of its base that its branch lacks.
        scope: the scope report of its branch; None when there is none.
        unknown: why not.
        gates: its gates with the records of its branch's tree.
    """

    standing: Standing
    ahead: int | None = None
    behind: int | None = None
    scope: ScopeReport | None = None
    unknown: str = ""
    gates: tuple[GateEvidence, ...] = ()
    tasks: tuple[TaskStatus, ...] = ()


class Status(NamedTuple):
    """What is known of all slices, and what is wrong with what the plans claim.

    `fetched` is when remote branches were last fetched, in UTC as ISO 8601; may be empty.
    """

    slices: tuple[SliceStatus, ...]
    findings: tuple[Diagnostic, ...]
    fetched: str


def status(run: Run, plans: Sequence[Plan], of_run: RunResults) -> Status:
    """Return what is known of the slices of all plans.

    Args:
        run: the repository.
        plans: the plans as they are now: what they claim is compared with git.
        of_run: results of jobs of one run of a CI system.

    Raises:
        GitError: git failed.
    """
    found = tuple(_slice_status(run, of_run, one) for one in standings(run.repository, plans))
    findings = tuple(finding for one in found for finding in _findings(one))
    return Status(found, findings, _fetched(run.repository.common_dir))


def _fetched(common_dir: Path) -> str:
    try:
        seconds = (common_dir / "FETCH_HEAD").stat().st_mtime
    except OSError:
        return ""
    at = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return at.isoformat(timespec="seconds")


def _slice_status(run: Run, of_run: RunResults, standing: Standing) -> SliceStatus:
    head, base = standing.head, standing.base
    if head is None or standing.is_done:
        return SliceStatus(standing, tasks=_tasks(standing, None))
    ahead, behind = None, None
    if base:
        ahead, behind = branches.ahead_behind(run.repository, base, head.commit)
    gates = _gates(run, of_run, standing, head.commit)
    try:
        branch = _branch(run, standing, head)
        scope = judge(run, branch)
    except PlannerError as error:
        tasks = _tasks(standing, None)
        return SliceStatus(standing, ahead, behind, None, error.message, gates, tasks)
    tasks = _tasks(standing, branch.changes)
    return SliceStatus(standing, ahead, behind, scope, "", gates, tasks)


def _gates(
    run: Run, of_run: RunResults, standing: Standing, commit: str
) -> tuple[GateEvidence, ...]:
    tree = run.objects.tree_of(commit)
    if tree is None:
        return ()
    chosen = standing.chosen
    gates = demands(slice_in(run.trusted_plans, chosen), chosen).gates
    base = standing.base.commit if standing.base else commit
    return look_up(gates, read_noted(run, base, commit), of_run.of(tree))


def _branch(run: Run, standing: Standing, head: Reference) -> Branch:
    ref = f"refs/remotes/{head.remote}/{head.name}" if head.remote else f"refs/heads/{head.name}"
    plan, slice_ = standing.chosen
    request = Request(slice_id=slice_.id, head=ref, plan=plan.path)
    # The pull request that CI runs for is of another branch.
    return read_branch(run, request, PullRequest(default_branch=run.event.default_branch))


def _tasks(standing: Standing, changes: Sequence[Change] | None) -> tuple[TaskStatus, ...]:
    """Each task's claim and what its branch changed; None if that is unknown."""
    return tuple(_task(task, standing, changes) for task in standing.chosen.slice_.tasks)


def _task(task: Task, standing: Standing, changes: Sequence[Change] | None) -> TaskStatus:
    if standing.is_done:
        return TaskStatus(task, standing.landed or f"closed: {standing.chosen.slice_.closed}")
    if standing.head is None:
        return TaskStatus(task, "its slice has no branch", task.status == "done")
    if not task.files:
        return TaskStatus(task, "it declares no files")
    if changes is None:
        return TaskStatus(task, "unknown: the changes of the branch cannot be read")
    holds = PatternSet(patterns(task.files))
    count = sum(holds.first(change.path) is not None for change in changes)
    if count:
        return TaskStatus(task, f"the branch changed {count} of its files")
    return TaskStatus(task, "the branch changed none of its files", task.status == "done")


# A fast-forward merge and a branch without a commit look the same.
_CLOSE: Final = "; if the branch has landed, add 'closed: merged' to the slice"


def _findings(one: SliceStatus) -> Iterator[Diagnostic]:
    plan, slice_ = one.standing.chosen
    phantoms = [task for task in one.tasks if task.is_phantom]
    for task, evidence, _ in phantoms:
        yield PHANTOM_DONE.at(
            plan.where(task.node, "status"),
            f"the task {task.id!r} is done in the plan, but {evidence}",
            "finish it, or reset its status" + (_CLOSE if one.ahead == 0 else ""),
            task=task.id,
            slice=slice_.id,
        )
    if one.standing.landed and slice_.is_open:
        yield NOT_CLOSED.at(
            plan.where(slice_.node),
            f"the slice {slice_.id!r} looks merged ({one.standing.landed}), but is still open",
            "add 'closed: merged' to it: an open slice still holds its paths",
            slice=slice_.id,
        )
    missing = [gate.gate.id for gate in one.gates if gate.state != "passed"]
    is_claimed = bool(slice_.tasks) and all(task.status == "done" for task in slice_.tasks)
    if is_claimed and missing and not phantoms and not one.standing.is_done:
        yield PHANTOM_DONE.at(
            plan.where(slice_.node),
            f"all tasks of the slice {slice_.id!r} are done in the plan, but nothing shows that "
            f"its gates passed: {', '.join(missing)}",
            f"planner run-gates --slice {slice_.id}",
            slice=slice_.id,
        )


def is_kept(one: SliceStatus) -> bool | None:
    """Return whether the branch is in scope; None when nothing can be said."""
    return None if one.scope is None else not has_errors(one.scope.diagnostics)
