"""Every slice as git shows it, each claim of the plan beside its evidence."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.branch.read import Branch, Request, read_branch
from planner.branch.run import Run
from planner.branch.standing import Standing, standings_of
from planner.check.scope.part import judge
from planner.check.scope.report import ScopeReport
from planner.diagnostic import Diagnostic, Related, has_errors, ordered
from planner.errors import PlannerError
from planner.evidence.demands import demands, slice_in
from planner.evidence.lookup import GateEvidence, look_up, read_noted
from planner.evidence.records import RunResults
from planner.paths import shell_text
from planner.plan.branches import slice_named
from planner.plan.model import Chosen, Plan, Task, patterns
from planner.repository import branches
from planner.repository.branches import Reference
from planner.repository.changes import Change
from planner.repository.pull_request import PullRequest
from planner.rules import NOT_CLOSED, OPEN_TASKS, PHANTOM_DONE, SLICE_OUT_OF_SCOPE
from planner.status.marked import marked


class TaskStatus(NamedTuple):
    """A task and what git shows of it; a phantom is done in the plan, but was never started.

    Attributes:
        on_branch: its status in the plan on the slice's branch, where that is another one.
    """

    task: Task
    evidence: str
    is_phantom: bool = False
    on_branch: str = ""


class SliceStatus(NamedTuple):
    """What is known of a slice.

    Attributes:
        ahead: commits of its branch that its base lacks; None without a branch, and in a shallow
            clone, which cannot tell.
        behind: commits of its base that its branch lacks.
        scope: the scope report of its branch; None when there is none.
        unknown: why not, where it has a branch.
        gates: its gates with the records of its branch's tree.
        others: its further branches that are not merged, each without gates and tasks.
    """

    standing: Standing
    ahead: int | None = None
    behind: int | None = None
    scope: ScopeReport | None = None
    unknown: PlannerError | None = None
    gates: tuple[GateEvidence, ...] = ()
    tasks: tuple[TaskStatus, ...] = ()
    others: tuple["SliceStatus", ...] = ()

    @property
    def every_branch(self) -> tuple["SliceStatus", ...]:
        """The same of each of its branches, the first one's with gates and tasks."""
        return (self, *self.others)


class Status(NamedTuple):
    """What is known of all slices, and what is wrong with what the plans claim.

    Attributes:
        fetched: when remote branches were last fetched, in UTC as ISO 8601; may be empty.
        is_shallow: whether the history is cut off, so that nothing tells how far branches are
            apart.
    """

    slices: tuple[SliceStatus, ...]
    findings: tuple[Diagnostic, ...]
    fetched: str
    is_shallow: bool


def status(run: Run, plans: Sequence[Plan], of_run: RunResults, *, named: str = "") -> Status:
    """Return what is known of the slices of all plans.

    Args:
        run: the repository.
        plans: the plans as they are now: what they claim is compared with git.
        of_run: results of jobs of one run of a CI system.
        named: the id of the one slice to tell about, or of a task in it.

    Raises:
        GitError: git failed.
        PlannerError: nothing has that id, or two plans have it.
    """
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.slices]
    asked = [_with_id(plans, named)] if named else every
    found = tuple(
        _slice_status(run, of_run, one) for one in standings_of(run.repository, asked, plans)
    )
    findings = ordered([finding for one in found for finding in _findings(one)])
    repository = run.repository
    return Status(found, findings, _fetched(repository.common_dir), repository.is_shallow)


def _with_id(plans: Sequence[Plan], name: str) -> Chosen:
    """The slice with an id, or the one that has the task with it."""
    owners = [Chosen(p, slice_) for p in plans for slice_, task in p.tasks() if task.id == name]
    if not owners or any(plan.slice_of(name) for plan in plans):
        return slice_named(plans, name)
    if len(owners) > 1:
        paths = " and ".join(chosen.plan.path for chosen in owners)
        raise PlannerError(f"the task {name!r} is defined in {paths}", hint="--plan PATH")
    return owners[0]


def _fetched(common_dir: Path) -> str:
    try:
        seconds = (common_dir / "FETCH_HEAD").stat().st_mtime
    except OSError:
        return ""
    at = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return at.isoformat(timespec="seconds")


def _slice_status(run: Run, of_run: RunResults, standing: Standing) -> SliceStatus:
    head = standing.head
    if head is None or standing.is_over:
        return SliceStatus(standing, tasks=_tasks(standing, None))
    first, merge_base = _judged(run, standing, head)
    others = tuple(_judged(run, standing, other)[0] for other in standing.others)
    gates = _gates(run, of_run, standing, head.commit, merge_base)
    tasks = _tasks(standing, _changes([first, *others]))
    marks = marked(run, standing, merge_base) if tasks else {}
    tasks = tuple(one._replace(on_branch=marks.get(one.task.id, "")) for one in tasks)
    return first._replace(gates=gates, tasks=tasks, others=others)


def _judged(run: Run, standing: Standing, head: Reference) -> tuple[SliceStatus, str]:
    """What is known of one branch of a slice, gates and tasks aside, and its merge base."""
    base, of_head, merge_base = standing.base, standing._replace(head=head, others=()), ""
    try:
        branch = _branch(run, of_head, head)
        merge_base = branch.merge_base
        scope = judge(run, branch)
    except PlannerError as error:
        distance = _distance(run, base.commit if base else "", head)
        return SliceStatus(of_head, *distance, unknown=error), merge_base
    # A stacked slice is compared with the branch of its parent.
    return SliceStatus(of_head, *_distance(run, branch.base.commit, head), scope), merge_base


def _changes(judged: Sequence[SliceStatus]) -> Sequence[Change] | None:
    """What the branches of a slice changed, each path once; None if that is unknown of one."""
    changes: dict[bytes, Change] = {}
    for one in judged:
        if one.scope is None:
            return None
        changes |= {change.path: change for change in one.scope.branch.changes}
    return tuple(changes.values())


def _distance(run: Run, base: str, head: Reference) -> tuple[int | None, int | None]:
    """How many commits a branch is ahead of its base and behind it; None where nothing tells."""
    if not base or run.repository.is_shallow:
        return None, None
    return branches.ahead_behind(run.repository, base, head.commit)


def _gates(
    run: Run, of_run: RunResults, standing: Standing, commit: str, merge_base: str
) -> tuple[GateEvidence, ...]:
    tree = run.objects.tree_of(commit)
    if tree is None:
        return ()
    chosen = standing.chosen
    gates = demands(slice_in(run.trusted_plans, chosen), chosen).gates
    base = standing.base.commit if standing.base else commit
    return look_up(gates, read_noted(run, base, commit), of_run.of(tree), base=merge_base)


def ref_of(standing: Standing) -> str:
    """Return the branch of a slice as git shows it, with its remote; empty without a branch."""
    head = standing.head
    if head is None:
        return ""
    return f"{head.remote}/{head.name}" if head.remote else head.name


def _branch(run: Run, standing: Standing, head: Reference) -> Branch:
    ref = f"refs/{'remotes' if head.remote else 'heads'}/{ref_of(standing)}"
    plan, slice_ = standing.chosen
    request = Request(slice_id=slice_.id, head=ref, plan=plan.path)
    # The pull request that CI runs for is of another branch.
    return read_branch(run, request, PullRequest(default_branch=run.event.default_branch))


def _tasks(standing: Standing, changes: Sequence[Change] | None) -> tuple[TaskStatus, ...]:
    """Each task's claim and what its branch changed; None if that is unknown."""
    return tuple(_task(task, standing, changes) for task in standing.chosen.slice_.tasks)


def _task(task: Task, standing: Standing, changes: Sequence[Change] | None) -> TaskStatus:
    if standing.is_over:
        return TaskStatus(task, standing.landed or f"closed: {standing.chosen.slice_.closed}")
    if standing.head is None:
        return TaskStatus(task, "its slice has no branch", task.status == "done")
    if changes is None:
        return TaskStatus(task, "unknown: the changes of the branch cannot be read")
    if not changes:
        return TaskStatus(task, "the branch changed nothing", task.status == "done")
    if not task.files:
        return TaskStatus(task, "it declares no files")
    holds = PatternSet(patterns(task.files))
    count = sum(holds.first(change.path) is not None for change in changes)
    if count:
        return TaskStatus(task, f"the branch changed {count} of its files")
    return TaskStatus(task, "the branch changed none of its files", task.status == "done")


def _findings(one: SliceStatus) -> Iterator[Diagnostic]:
    for each in one.every_branch:
        if is_kept(each) is False:
            yield _out_of_scope(each)
    phantoms = [task for task in one.tasks if task.is_phantom]
    for task in phantoms:
        yield _phantom(one, task)
    if one.standing.state == "landed":
        yield from _landed(one.standing)
    plan, slice_ = one.standing.chosen
    missing = [gate.gate.id for gate in one.gates if gate.state != "passed"]
    is_claimed = bool(slice_.tasks) and all(task.status == "done" for task in slice_.tasks)
    if is_claimed and missing and not phantoms and not one.standing.is_over:
        yield PHANTOM_DONE.at(
            plan.where(slice_.node),
            f"all tasks of the slice {slice_.id!r} are done in the plan, but nothing shows that "
            f"its gates passed: {', '.join(missing)}",
            f"planner run-gates --slice {slice_.id}",
            slice=slice_.id,
        )


def _out_of_scope(one: SliceStatus) -> Diagnostic:
    """The finding for a branch that check-scope finds errors in, with the first of them."""
    plan, slice_ = one.standing.chosen
    found = (
        [each for each in one.scope.diagnostics if each.severity == "error"] if one.scope else []
    )
    many = "1 error" if len(found) == 1 else f"{len(found)} errors"
    name = one.standing.head.name if one.standing.head else ""
    return SLICE_OUT_OF_SCOPE.at(
        plan.where(slice_.node),
        f"the branch {name!r} of the slice {slice_.id!r} is out of scope: {many}",
        f"planner check-scope --slice {slice_.id} --head {shell_text(ref_of(one.standing))}",
        related=tuple(
            Related(each.location, f"{each.message} [{each.rule}]") for each in found[:_MOST_NAMED]
        ),
        slice=slice_.id,
    )


_MOST_NAMED: Final = 3


def _phantom(one: SliceStatus, phantom: TaskStatus) -> Diagnostic:
    plan, slice_ = one.standing.chosen
    return PHANTOM_DONE.at(
        plan.where(phantom.task.node, "status"),
        f"the task {phantom.task.id!r} is done in the plan, but {phantom.evidence}",
        "finish it, or reset its status" + (_CLOSE if one.ahead == 0 else ""),
        task=phantom.task.id,
        slice=slice_.id,
    )


# A fast-forward merge and a branch without a commit look the same.
_CLOSE: Final = "; if the branch has landed, add 'closed: merged' to the slice"


def _landed(standing: Standing) -> Iterator[Diagnostic]:
    """What is still to be done in the plan for a slice whose work is on its base."""
    plan, slice_ = standing.chosen
    yield NOT_CLOSED.at(
        plan.where(slice_.node),
        f"the slice {slice_.id!r} looks merged ({standing.landed}), but is still open",
        "add 'closed: merged' to it: an open slice still holds its paths",
        slice=slice_.id,
    )
    open_ = [task.id for task in slice_.tasks if task.status != "done"]
    if open_:
        yield OPEN_TASKS.at(
            plan.where(slice_.node),
            f"the slice {slice_.id!r} has landed, but {len(open_)} of its {len(slice_.tasks)} "
            f"tasks are not done: {', '.join(open_)}",
            "set their status to done, or move them to a slice that is open",
            slice=slice_.id,
            tasks=open_,
        )


def is_kept(one: SliceStatus) -> bool | None:
    """Return whether the branch is in scope; None when nothing can be said."""
    return None if one.scope is None else not has_errors(one.scope.diagnostics)
