"""What can be started now, and what each other task waits for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from planner.boundary.language import PathSet, Term, Witness, overlap
from planner.plan.fence import Fence
from planner.plan.find import Chosen, patterns, shared_with
from planner.plan.model import Task
from planner.plan.schedule import Schedule, Scheduled
from planner.plan.sets import held
from planner.status.standing import Standing


class Reason(NamedTuple):
    """One thing that a task waits for.

    `witness` is a path that both may touch, for an overlap.
    """

    kind: Literal["dependency", "overlap", "owner", "blocked"]
    id: str
    witness: bytes | None = None


class Waiting(NamedTuple):
    """A task that cannot start now."""

    task: Scheduled
    because: tuple[Reason, ...]


class Next(NamedTuple):
    """The tasks that can start now, critical ones first; and those that cannot, in plan order."""

    ready: tuple[Scheduled, ...]
    waiting: tuple[Waiting, ...]


def next_tasks(fence: Fence, schedules: Sequence[Schedule], standings: Sequence[Standing]) -> Next:
    """What can be started: dependencies done, and disjoint from everything in progress.

    A task is done or in progress when the plan claims so; a slice is done when it is closed or
    git shows that it landed, and in progress when its branch exists or a task of it is.
    """
    tasks = [one for schedule in schedules for one in schedule.tasks]
    known = _Known(fence, tasks, standings)
    ready = []
    waiting = []
    for one in tasks:
        if one.task.status in ("done", "in-progress") or known.is_done(one.slice_.id):
            continue
        because = tuple(known.reasons(one))
        if because:
            waiting.append(Waiting(one, because))
        else:
            ready.append(one)
    order = {one.task.id: at for at, one in enumerate(tasks)}
    ready.sort(key=lambda one: (not one.is_critical, one.wave, order[one.task.id]))
    return Next(tuple(ready), tuple(waiting))


class _Known:
    """What the reasons of every task are told from."""

    def __init__(
        self, fence: Fence, tasks: Sequence[Scheduled], standings: Sequence[Standing]
    ) -> None:
        self._fence = fence
        self._status = {one.task.id: one.task.status for one in tasks}
        self._standing: Mapping[str, Standing] = {s.chosen.slice_.id: s for s in standings}
        self._busy = [one for one in tasks if one.task.status == "in-progress"]
        self._begun = [s.chosen for s in standings if s.is_in_progress and s.chosen.slice_.is_open]
        self._sets: dict[str, PathSet] = {}
        self._met: dict[tuple[str, str], bytes | None] = {}

    def is_done(self, slice_id: str) -> bool:
        standing = self._standing.get(slice_id)
        return standing is not None and standing.is_done

    def reasons(self, one: Scheduled) -> Iterator[Reason]:
        """Everything that a task waits for, the nearest thing first."""
        if one.task.status == "blocked":
            yield Reason("blocked", one.task.id)
        for name in one.slice_.depends_on:
            if name in self._standing and not self.is_done(name):
                yield Reason("dependency", name)
        for name in one.task.depends_on:
            if self._status.get(name, "done") != "done" and not self._landed(name):
                yield Reason("dependency", name)
        yield from self._overlaps(one)
        for other in self._busy:
            if one.owner and other.owner == one.owner:
                yield Reason("owner", other.task.id)

    def _landed(self, task_id: str) -> bool:
        """Whether the slice of a task is done, whatever the plan still says of the task."""
        return any(
            standing.is_done and any(task.id == task_id for task in standing.chosen.slice_.tasks)
            for standing in self._standing.values()
        )

    def _overlaps(self, one: Scheduled) -> Iterator[Reason]:
        for other in self._busy:
            if other.slice_.id == one.slice_.id:
                witness = _meet(one.task, other.task)
                if witness is not None:
                    yield Reason("overlap", other.task.id, witness)
        # A slice that has begun has its place already: lint says if that meets another's.
        if any(chosen.slice_.id == one.slice_.id for chosen in self._begun):
            return
        for chosen in self._begun:
            witness = self._shared_path(one.slice_.id, chosen)
            if witness is not None:
                yield Reason("overlap", chosen.slice_.id, witness)

    def _shared_path(self, slice_id: str, begun: Chosen) -> bytes | None:
        """A path that a slice and one in progress both hold, less what they share."""
        key = (slice_id, begun.slice_.id)
        if key not in self._met:
            chosen = self._standing[slice_id].chosen
            common = set(patterns(shared_with(begun.plan, begun.slice_.id)))
            shared = [p for p in patterns(shared_with(chosen.plan, slice_id)) if p in common]
            found = overlap(self._set(chosen), self._set(begun), without=tuple(shared))
            # What could not be decided might meet: it waits, and shows no path.
            self._met[key] = found.path if isinstance(found, Witness) else b"" if found else None
        return self._met[key]

    def _set(self, chosen: Chosen) -> PathSet:
        if chosen.slice_.id not in self._sets:
            self._sets[chosen.slice_.id] = held(self._fence, chosen)
        return self._sets[chosen.slice_.id]


def _meet(one: Task, other: Task) -> bytes | None:
    """A path that two tasks both name."""
    mine, theirs = (tuple(map(Term, patterns(task.files))) for task in (one, other))
    found = overlap(mine, theirs) if mine and theirs else None
    return found.path if isinstance(found, Witness) else b"" if found else None
