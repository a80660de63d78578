"""The schedule of a plan: waves, streams, critical path, times and milestones.

It depends only on the plan, not on the status of its tasks: a task that is done keeps its place,
so that branches which finish different tasks do not change each other's documents. Tasks of
closed slices are listed, but without wave, stream (both 0) or time, and nothing waits for them.
Effort is added up as ranges, for all tasks except those of dropped slices; a task without effort
counts as 0 minutes. Only the remaining effort depends on the status of tasks.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from planner import graph
from planner.plan.model import Milestone, Minutes, Plan, Slice, Task
from planner.schedule.calendar import last_day, read_date
from planner.schedule.order import Network, Paths, build_network, cycles, find_paths
from planner.schedule.parallel import Obstacle, Parallel, find_parallel
from planner.schedule.streams import Stream, find_streams
from planner.schedule.timing import Work, find_times

__all__ = ["Obstacle", "Reached", "Schedule", "Scheduled", "Stream", "cycles", "schedule"]


class Scheduled(NamedTuple):
    """A task with what is computed for it.

    `owner` is the task's, else the slice's, and may be empty. `depends_on` are the known tasks
    that it names, `waits_for` those that it directly waits for, including by its slice's
    dependencies; both in the plan's order. `follows` are those that it is scheduled after only
    because both may touch a path, the last first. Tasks of one wave can start together as far as
    dependencies are concerned. `obstacles` and `reason` say why it may not run in parallel with
    the open tasks missing from `parallel_with`. `start` and `finish` are the earliest times,
    from the start of the plan.
    """

    task: Task
    slice_: Slice
    owner: str
    depends_on: tuple[str, ...]
    waits_for: tuple[str, ...]
    follows: tuple[str, ...]
    wave: int
    stream: int
    is_critical: bool
    parallel_with: tuple[str, ...]
    parallelizable: bool
    reason: str
    obstacles: tuple[Obstacle, ...]
    start: Minutes
    finish: Minutes

    def path_with(self, task_id: str) -> str:
        """Return the path that both it and another task may touch; empty if there is none."""
        return next(
            (o.path for o in self.obstacles if o.kind == "overlap" and o.task == task_id), ""
        )

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left to do, by what the plan claims."""
        return self.task.status == "done" or not self.slice_.is_open


class Reached(NamedTuple):
    """A milestone with its known tasks, in the plan's order."""

    milestone: Milestone
    tasks: tuple[str, ...]
    effort: Minutes
    finish: Minutes


class Schedule(NamedTuple):
    """The schedule of a whole plan, its tasks in the plan's order.

    `remaining` is the effort of the tasks that are not done, by what the plan claims. `makespan`
    is when all tasks are finished, and `done_on` on which days, if the plan has a start.
    """

    tasks: tuple[Scheduled, ...]
    streams: tuple[Stream, ...]
    milestones: tuple[Reached, ...]
    effort: Minutes
    remaining: Minutes
    critical_path: tuple[str, ...]
    critical_path_length: Minutes
    makespan: Minutes
    done_on: tuple[date, date] | None


def schedule(plan: Plan) -> Schedule:
    """Compute the schedule of a plan, the same on every machine; never raises.

    Streams are the fewest that cover all open tasks such that of two tasks in a stream the later
    waits for the earlier, or is scheduled after it because both may touch a path; among those
    covers, one in which most tasks follow a task of the same owner. The critical path is the chain
    of dependencies with the most effort by the high estimates, then by the low ones, then by the
    number of tasks; its length is the sum of its efforts.

    For the times an owner does as many tasks at a time as its capacity, and two tasks that may
    touch a path in common are never done at the same time. Of those that can start, the one with
    the longest path to the end of the plan is first, then the first in the plan. That order is
    computed with the high efforts and kept for the low ones, so that no time is earlier when work
    takes longer. A task without files delays no other of its slice: what it touches is not known.
    Unknown ids are ignored. Tasks in or after a circle of dependencies come last, one by one in
    the plan's order.
    """
    network = build_network(plan)
    paths = find_paths(network)
    owners = [task.owner or slice_.owner for slice_, task in network.tasks]
    parallels = find_parallel(plan, network, paths, owners)
    times = find_times(_work(plan, network, paths, owners, parallels))
    streams, stream_of = find_streams(network, times.waits, owners)
    ids = [task.id for _, task in network.tasks]
    waves = _waves(network, paths)
    scheduled = tuple(
        Scheduled(
            task=task,
            slice_=slice_,
            owner=owners[node],
            depends_on=_known(network, task),
            waits_for=tuple(graph.select(ids, paths.direct[node])),
            follows=tuple(map(network.id_of, times.follows[node])),
            wave=waves[node],
            stream=stream_of[node],
            is_critical=node in times.critical.nodes,
            parallel_with=parallels[node].tasks,
            parallelizable=bool(parallels[node].tasks),
            reason=parallels[node].reason,
            obstacles=parallels[node].obstacles,
            start=times.starts[node],
            finish=times.finishes[node],
        )
        for node, (slice_, task) in enumerate(network.tasks)
    )
    makespan = _latest(scheduled)
    return Schedule(
        tasks=scheduled,
        streams=streams,
        milestones=tuple(_reached(milestone, scheduled) for milestone in plan.milestones),
        effort=_effort(scheduled),
        remaining=_effort([each for each in scheduled if not each.is_done]),
        critical_path=tuple(map(network.id_of, times.critical.path)),
        critical_path_length=_effort([scheduled[node] for node in times.critical.path]),
        makespan=makespan,
        done_on=_days(plan, makespan),
    )


def _known(network: Network, task: Task) -> tuple[str, ...]:
    """List the dependencies of a task that are tasks, in the plan's order."""
    nodes = {network.nodes[id_] for id_ in task.depends_on if id_ in network.nodes}
    return tuple(map(network.id_of, sorted(nodes)))


def _waves(network: Network, paths: Paths) -> list[int]:
    """Return the wave of each task, from 1: one more than the last wave that it waits for."""
    waves = [0] * len(paths.waits)
    for node in paths.order:
        waves[node] = max((waves[other] for other in paths.waits[node]), default=0)
        if node < len(network.tasks) and network.tasks[node][0].is_open:
            waves[node] += 1
    return waves


def _work(
    plan: Plan,
    network: Network,
    paths: Paths,
    owners: Sequence[str],
    parallels: Sequence[Parallel],
) -> Work:
    efforts: list[Minutes | None] = [None] * len(paths.waits)
    workers = [""] * len(paths.waits)
    apart = [0] * len(paths.waits)
    for node, (slice_, task) in enumerate(network.tasks):
        if slice_.is_open:
            efforts[node] = task.effort or Minutes(0, 0)
            workers[node] = owners[node]
            apart[node] = parallels[node].meeting
    capacities = {name: owner.capacity for name, owner in plan.owners}
    return Work(paths.waits, paths.order, efforts, workers, capacities, apart)


def _reached(milestone: Milestone, tasks: Sequence[Scheduled]) -> Reached:
    ids, slices = frozenset(milestone.tasks), frozenset(milestone.slices)
    members = [each for each in tasks if each.task.id in ids or each.slice_.id in slices]
    names = tuple(each.task.id for each in members)
    return Reached(milestone, names, _effort(members), _latest(members))


def _effort(tasks: Sequence[Scheduled]) -> Minutes:
    efforts = [each.task.effort for each in tasks if each.slice_.closed != "dropped"]
    return Minutes(*map(sum, zip((0, 0), *filter(None, efforts), strict=True)))


def _days(plan: Plan, finish: Minutes) -> tuple[date, date] | None:
    start = read_date(plan.start)
    if start is None:
        return None
    return (last_day(start, finish.low), last_day(start, finish.high))


def _latest(tasks: Sequence[Scheduled]) -> Minutes:
    """Return when the last of the tasks is finished."""
    return Minutes(*map(max, zip((0, 0), (0, 0), *(each.finish for each in tasks), strict=True)))
