"""Every slice as git shows it, each claim of the plan beside its evidence."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.branch.read import Branch, Request, read_branch
from planner.branch.run import Run
from planner.check.scope.part import judge
from planner.check.scope.report import ScopeReport
from planner.diagnostic import Diagnostic, has_errors
from planner.errors import PlannerError
from planner.evidence.demands import demands, slice_in
from planner.evidence.lookup import GateEvidence, look_up, read_noted
from planner.evidence.records import RunResults
from planner.plan.model import Plan, Task, patterns
from planner.repository import branches
from planner.repository.pull_request import PullRequest
from planner.rules import NOT_CLOSED, PHANTOM_DONE
from planner.status.standing import Standing, standings


class TaskStatus(NamedTuple):
    """A task's claim and what git shows of it; a phantom is claimed done, but was never started."""

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
    reader = _Reader(run, of_run)
    found = [reader.slice_status(standing) for standing in standings(run.repository, plans)]
    findings = [finding for one in found for finding in _findings(one)]
    return Status(tuple(found), tuple(findings), _fetched(run.repository.common_dir))


def _fetched(common_dir: Path) -> str:
    try:
        seconds = (common_dir / "FETCH_HEAD").stat().st_mtime
    except OSError:
        return ""
    at = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return at.isoformat(timespec="seconds")


class _Reader:
    """Reads what is known of each slice."""

    def __init__(self, run: Run, of_run: RunResults) -> None:
        self._run = run
        self._of_run = of_run

    def slice_status(self, standing: Standing) -> SliceStatus:
        """Return what is known of a slice."""
        head = standing.head
        if head is None or standing.is_done:
            tasks = tuple(_claimed(task, standing, None) for task in standing.chosen.slice_.tasks)
            return SliceStatus(standing, tasks=tasks)
        branch, scope, unknown = self._scope(standing)
        ahead, behind = (
            branches.ahead_behind(self._run.repository, standing.base, head.commit)
            if standing.base
            else (None, None)
        )
        paths = None if branch is None else [change.path for change in branch.changes]
        return SliceStatus(
            standing,
            ahead,
            behind,
            scope,
            unknown,
            self._gates(standing, head.commit),
            tuple(_claimed(task, standing, paths) for task in standing.chosen.slice_.tasks),
        )

    def _scope(self, standing: Standing) -> tuple[Branch | None, ScopeReport | None, str]:
        """The branch of a slice and its scope report, or why there is none."""
        if standing.head is None:
            return None, None, ""
        head = standing.head
        ref = (
            f"refs/remotes/{head.remote}/{head.name}" if head.remote else f"refs/heads/{head.name}"
        )
        chosen = standing.chosen
        request = Request(slice_id=chosen.slice_.id, head=ref, plan=chosen.plan.path)
        # The pull request that CI runs for is of another branch.
        event = PullRequest(default_branch=self._run.event.default_branch)
        try:
            branch = read_branch(self._run, request, event)
            return branch, judge(self._run, branch), ""
        except PlannerError as error:
            return None, None, error.message

    def _gates(self, standing: Standing, commit: str) -> tuple[GateEvidence, ...]:
        tree = self._run.objects.tree_of(commit)
        if tree is None:
            return ()
        chosen = standing.chosen
        gates = demands(slice_in(self._run.trusted_plans, chosen), chosen).gates
        base = standing.base.commit if standing.base else commit
        return look_up(gates, read_noted(self._run, base, commit), self._of_run.of(tree))


def _claimed(task: Task, standing: Standing, paths: Sequence[bytes] | None) -> TaskStatus:
    """A task's claim and what its branch touched."""
    if standing.is_done:
        return TaskStatus(task, standing.landed or f"closed: {standing.chosen.slice_.closed}")
    if standing.head is None:
        is_claimed = task.status == "done"
        return TaskStatus(task, "its slice has no branch", is_claimed)
    if paths is None or not task.files:
        return TaskStatus(
            task, "it declares no files" if not task.files else "cannot be determined"
        )
    holds = PatternSet(patterns(task.files))
    count = sum(holds.first(path) is not None for path in paths)
    if count:
        plural = "paths" if count > 1 else "path"
        return TaskStatus(task, f"the branch touched {count} {plural} of it")
    return TaskStatus(task, "the branch never touched its files", task.status == "done")


# A fast-forward merge and a branch without a commit look the same.
_CLOSE: Final = "; if the branch has landed, add 'closed: merged' to the slice"


def _findings(one: SliceStatus) -> list[Diagnostic]:
    plan, slice_ = one.standing.chosen
    found = [
        PHANTOM_DONE.at(
            plan.where(task.task.node, "status"),
            f"the task {task.task.id!r} is claimed done, but {task.evidence}",
            "finish it, or reset its status" + (_CLOSE if one.ahead == 0 else ""),
            task=task.task.id,
            slice=slice_.id,
        )
        for task in one.tasks
        if task.is_phantom
    ]
    if one.standing.landed and slice_.is_open:
        found.append(
            NOT_CLOSED.at(
                plan.where(slice_.node),
                f"the slice {slice_.id!r} looks merged ({one.standing.landed}), but is still open",
                "add 'closed: merged' to it: an open slice still holds its paths",
                slice=slice_.id,
            )
        )
    missing = [gate.gate.id for gate in one.gates if gate.state != "passed"]
    is_claimed = bool(slice_.tasks) and all(task.status == "done" for task in slice_.tasks)
    if is_claimed and missing and not one.standing.is_done and not found:
        found.append(
            PHANTOM_DONE.at(
                plan.where(slice_.node),
                f"all tasks of the slice {slice_.id!r} are claimed done, but nothing shows that "
                f"its gates passed: {', '.join(missing)}",
                f"planner run-gates --slice {slice_.id}",
                slice=slice_.id,
            )
        )
    return found


def is_kept(one: SliceStatus) -> bool | None:
    """Return whether the branch is in scope; None when nothing can be said."""
    return None if one.scope is None else not has_errors(one.scope.diagnostics)
