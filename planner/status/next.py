"""What can be started now, and what the other tasks wait for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from planner.boundary.language import Term, Unproved, Witness, overlap
from planner.boundary.pattern import Pattern
from planner.branch.run import Run
from planner.branch.standing import Standing
from planner.errors import PlannerError
from planner.paths import path_text
from planner.plan.branches import dependency
from planner.plan.model import Chosen, Plan, Task, patterns
from planner.schedule import Schedule, Scheduled
from planner.scopes.disjoint import meetings
from planner.scopes.fence import Fence
from planner.status.start import Start, start_of

Key = tuple[str, str]  # a plan's path, and an id that is known there


class Work(NamedTuple):
    """One thing to start: a task, or a slice that has none. `owner` may be empty."""

    id: str
    title: str
    owner: str
    chosen: Chosen
    task: Scheduled | None = None


class Reason(NamedTuple):
    """One thing that a task waits for.

    An owner waits for each task in progress once these are as many as its capacity. `witness` is
    a path that both may touch, for an overlap; None where it could not be decided.
    `plan` is the plan that the id is in, if it is not the task's. A dependency that is dropped
    never gets done.
    """

    kind: Literal["dependency", "overlap", "owner", "blocked"]
    id: str
    witness: bytes | None = None
    plan: str = ""
    is_dropped: bool = False

    @property
    def text(self) -> str:
        """The reason in a few words."""
        place = f" of {self.plan}" if self.plan else ""
        if self.is_dropped:
            return f"{self.id} is dropped: remove it from 'depends_on'"
        if self.kind == "dependency":
            return f"{self.id} is not done"
        if self.kind == "owner":
            return f"its owner is working on {self.id}{place}"
        if self.kind == "blocked":
            return "its status in the plan is blocked"
        if self.witness is None:
            return f"{self.id}{place} is in progress, overlap not decided within the limit"
        return f"{self.id}{place} is in progress, both may touch '{path_text(self.witness)}'"


class Waiting(NamedTuple):
    """What cannot start now.

    `start` is how to start a stacked slice all the same, on the branch of the parent for which
    alone it waits.
    """

    work: Work
    because: tuple[Reason, ...]
    start: Start | None = None


class Next(NamedTuple):
    """What can start now, the critical first; and what cannot, in the plans' order.

    `starts` is how to start the slices of `ready`, by plan and id.
    """

    ready: tuple[Work, ...]
    waiting: tuple[Waiting, ...]
    starts: Mapping[Key, Start] = {}


def with_starts(run: Run, found: Next, standings: Sequence[Standing]) -> Next:
    """Return the same with the commands that start the slices.

    Raises:
        GitError: git failed.
    """
    by_key = {one.chosen.key: one for one in standings}
    plans = list({one.chosen.plan.path: one.chosen.plan for one in standings}.values())
    keys = dict.fromkeys(work.chosen.key for work in found.ready)
    waiting = tuple(
        one._replace(start=_start(run, plans, by_key[one.work.chosen.key]))
        if _is_stackable(one, by_key)
        else one
        for one in found.waiting
    )
    return Next(found.ready, waiting, {key: _start(run, plans, by_key[key]) for key in keys})


def _start(run: Run, plans: Sequence[Plan], standing: Standing) -> Start:
    return start_of(run, plans, standing.chosen, standing.head)


def _is_stackable(waiting: Waiting, standings: Mapping[Key, Standing]) -> bool:
    """Whether all that it waits for is the slice that it is stacked on, which is under way."""
    plan, slice_ = waiting.work.chosen
    parent = standings.get((plan.path, slice_.depends_on[0])) if slice_.stacked else None
    if parent is None or parent.state != "started":
        return False
    return {(one.kind, one.id) for one in waiting.because} == {("dependency", slice_.depends_on[0])}


def next_tasks(
    fence: Fence, schedules: Sequence[Schedule], standings: Sequence[Standing], *, named: str = ""
) -> Next:
    """Return what can be started: dependencies done, and disjoint from everything in progress.

    A task is done or in progress when the plan claims so; a slice is done when it is closed as
    merged or git shows that it landed, and in progress when its branch exists or a task of it is.

    Args:
        schedules: of the fence's plans, in their order.
        named: the one plan to list the tasks of; what is in progress counts in all plans.
    """
    works = [
        work
        for plan, schedule in zip(fence.plans, schedules, strict=True)
        for work in _works(plan, schedule)
    ]
    known = _Known(fence, works, standings)
    open_ = [
        Waiting(work, tuple(known.reasons(work)))
        for work in works
        if named in ("", work.chosen.plan.path) and known.is_open(work)
    ]
    ready = [one.work for one in open_ if not one.because]
    # Sorting keeps the plans' order among equals.
    ready.sort(key=lambda one: (not one.task.is_critical, one.task.wave) if one.task else (True, 0))
    return Next(tuple(ready), tuple(one for one in open_ if one.because))


def _works(plan: Plan, schedule: Schedule) -> Iterator[Work]:
    """The tasks of a plan, and the slices that have none, in its order."""
    tasks = iter(schedule.tasks)
    for slice_ in plan.slices:
        chosen = Chosen(plan, slice_)
        if not slice_.tasks:
            yield Work(slice_.id, slice_.title, slice_.owner, chosen)
        for task in slice_.tasks:
            scheduled = next(tasks)
            yield Work(task.id, task.title, scheduled.owner, chosen, scheduled)


class _Known:
    """What the reasons of every task are computed from."""

    def __init__(self, fence: Fence, works: Sequence[Work], standings: Sequence[Standing]) -> None:
        self._plans = fence.plans
        self._done = {one.chosen.key for one in standings if one.is_done}
        self._over = {one.chosen.key for one in standings if one.is_over}
        self._begun = {one.chosen.key for one in standings if one.is_in_progress}
        self._unfinished: dict[Key, bool] = {}  # each with whether it is dropped
        self._busy: dict[str, list[Work]] = defaultdict(list)
        self._in_progress: dict[Key, list[Work]] = defaultdict(list)
        for work in works:
            # The claims of tasks in a slice that has landed are out of date.
            status = work.task.task.status if work.task else "done"
            is_over = work.chosen.key in self._over
            if (status != "done" or is_over) and work.chosen.key not in self._done:
                self._unfinished[work.chosen.plan.path, work.id] = is_over
            if status == "in-progress" and not is_over:
                self._busy[work.owner].append(work)
                self._in_progress[work.chosen.key].append(work)
        self._met: dict[Key, list[tuple[Chosen, bytes | None]]] = defaultdict(list)
        asked = meetings(
            fence, is_asked=lambda *two: not self._begun.isdisjoint(one.key for one in two)
        )
        for one, other, found in asked if self._begun else ():
            if isinstance(found, Unproved) and found.is_last:
                raise PlannerError(
                    f"whether {one.slice_.id!r} and {other.slice_.id!r}, and the slices after "
                    "them, overlap could not be decided within the limit",
                    hint="use fewer wildcards in their patterns: planner lint",
                )
            path = found.path if isinstance(found, Witness) else None
            for here, there in ((one, other), (other, one)):
                if there.key in self._begun:
                    self._met[here.key].append((there, path))

    def is_open(self, work: Work) -> bool:
        """Return whether it is still to be started."""
        if work.chosen.key in self._over:
            return False
        if work.task:
            return work.task.task.status not in ("done", "in-progress")
        return work.chosen.key not in self._begun

    def reasons(self, work: Work) -> Iterator[Reason]:
        """Yield everything that a task waits for, the nearest first."""
        plan, slice_ = work.chosen
        task = work.task.task if work.task else Task(slice_.node)
        if task.status == "blocked":
            yield Reason("blocked", work.id)
        for name in dict.fromkeys(slice_.depends_on):
            needed = dependency(self._plans, plan, name)
            if needed and needed.key not in self._done:
                place = _other_plan(work, needed)
                yield Reason("dependency", name, plan=place, is_dropped=needed.key in self._over)
        for name in dict.fromkeys(task.depends_on):
            if (plan.path, name) in self._unfinished:
                is_dropped = self._unfinished[plan.path, name]
                yield Reason("dependency", name, is_dropped=is_dropped)
        yield from self._overlaps(work)
        busy = self._busy[work.owner] if work.owner else ()
        if len(busy) >= plan.capacity_of(work.owner):
            for other in busy:
                yield Reason("owner", other.id, plan=_other_plan(work, other.chosen))

    def _overlaps(self, work: Work) -> Iterator[Reason]:
        obstacles = work.task.obstacles if work.task else ()
        # A witness is computed only for tasks that the schedule knows to overlap.
        meets = {one.task for one in obstacles if one.kind == "overlap"}
        for other in self._in_progress[work.chosen.key]:
            if other.id in meets:
                yield Reason("overlap", other.id, _meet(_files(work), _files(other)))
        for chosen, path in self._met[work.chosen.key]:
            yield Reason("overlap", chosen.slice_.id, path, _other_plan(work, chosen))


def _other_plan(work: Work, other: Chosen) -> str:
    """The plan of the other slice, if it is another one."""
    return "" if other.plan.path == work.chosen.plan.path else other.plan.path


def _files(work: Work) -> tuple[Pattern, ...]:
    return tuple(patterns(work.task.task.files)) if work.task else ()


@lru_cache(maxsize=1024)
def _meet(mine: tuple[Pattern, ...], theirs: tuple[Pattern, ...]) -> bytes | None:
    """A path that both lists hold; None where this could not be decided."""
    found = overlap(tuple(map(Term, mine)), tuple(map(Term, theirs)))
    return found.path if isinstance(found, Witness) else None
