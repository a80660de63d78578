"""The schedule of a plan: waves, streams, critical path, times and milestones.

It depends only on the plan, not on the status of its tasks: a task that is done keeps its place,
so that branches which finish different tasks do not change each other's documents. Tasks of
closed slices are listed, but without wave, stream (both 0) or time, and nothing waits for them.
Effort is added up as ranges, for all tasks except those of dropped slices; a task without effort
counts as 0 minutes.
"""

from collections.abc import Sequence
from operator import add
from typing import NamedTuple

from planner import graph
from planner.plan.model import Milestone, Minutes, Plan, Slice, Task
from planner.schedule import timing
from planner.schedule.order import Network, Paths, build_network, cycles, find_paths
from planner.schedule.parallel import Obstacle, find_parallel

__all__ = ["Obstacle", "Reached", "Schedule", "Scheduled", "Stream", "cycles", "schedule"]


class Scheduled(NamedTuple):
    """A task with what is computed for it.

    `owner` is the task's, else the slice's, and may be empty. `depends_on` are the known tasks
    that it names, `waits_for` those that it directly waits for, including by its slice's
    dependencies; both in the plan's order. Tasks of one wave can start together as far as
    dependencies are concerned. `obstacles` and `reason` say why it may not run in parallel with
    the open tasks missing from `parallel_with`. `start` and `finish` are the earliest times,
    from the start of the plan.
    """

    task: Task
    slice_: Slice
    owner: str
    depends_on: tuple[str, ...]
    waits_for: tuple[str, ...]
    wave: int
    stream: int
    is_critical: bool
    parallel_with: tuple[str, ...]
    parallelizable: bool
    reason: str
    obstacles: tuple[Obstacle, ...]
    start: Minutes
    finish: Minutes


class Stream(NamedTuple):
    """Tasks that one worker can do in a row; `owner` is empty if its tasks have several owners."""

    id: int
    tasks: tuple[str, ...]
    owner: str


class Reached(NamedTuple):
    """A milestone with its known tasks, in the plan's order."""

    milestone: Milestone
    tasks: tuple[str, ...]
    effort: Minutes
    finish: Minutes


class Schedule(NamedTuple):
    """The schedule of a whole plan, its tasks in the plan's order."""

    tasks: tuple[Scheduled, ...]
    streams: tuple[Stream, ...]
    milestones: tuple[Reached, ...]
    effort: Minutes
    critical_path: tuple[str, ...]
    critical_path_length: Minutes
    makespan: Minutes


def schedule(plan: Plan) -> Schedule:
    """Compute the schedule of a plan, the same on every machine; never raises.

    Streams are the fewest that cover all open tasks such that of two tasks in a stream the later
    waits for the earlier; among those covers, one in which most tasks follow a task of the same
    owner. The critical path is the chain of dependencies with the most effort by the high
    estimates, then by the low ones, then by the number of tasks; its length is the sum of its
    efforts. For the earliest times an owner does one task at a time: of those that can start,
    the one with the longest path to the end of the plan, then the first in the plan; tasks
    without owner start as soon as they can. The order of an owner's tasks is computed with the
    high efforts and kept for the low ones, so that no time is earlier when work takes longer.
    Unknown ids are ignored. Tasks in or after a circle of dependencies come last, one by one in
    the plan's order.
    """
    network = build_network(plan)
    paths = find_paths(network)
    owners = [task.owner or slice_.owner for slice_, task in network.tasks]
    work = _work(network, paths, owners)
    critical = timing.critical(work)
    starts, finishes = _times(work, critical)
    streams, stream_of = _streams(network, paths, owners)
    parallels = find_parallel(plan, network, paths, owners)
    ids = [task.id for _, task in network.tasks]
    waves = _waves(network, paths)
    scheduled = tuple(
        Scheduled(
            task=task,
            slice_=slice_,
            owner=owners[node],
            depends_on=_known(network, task),
            waits_for=tuple(graph.select(ids, paths.direct[node])),
            wave=waves[node],
            stream=stream_of[node],
            is_critical=node in critical.nodes,
            parallel_with=parallels[node].tasks,
            parallelizable=bool(parallels[node].tasks),
            reason=parallels[node].reason,
            obstacles=parallels[node].obstacles,
            start=starts[node],
            finish=finishes[node],
        )
        for node, (slice_, task) in enumerate(network.tasks)
    )
    return Schedule(
        tasks=scheduled,
        streams=streams,
        milestones=tuple(_reached(milestone, scheduled) for milestone in plan.milestones),
        effort=_effort(scheduled),
        critical_path=tuple(map(network.id_of, critical.path)),
        critical_path_length=_effort([scheduled[node] for node in critical.path]),
        makespan=_latest(scheduled),
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


def _work(network: Network, paths: Paths, owners: Sequence[str]) -> timing.Work:
    efforts: list[Minutes | None] = [None] * len(paths.waits)
    workers = [""] * len(paths.waits)
    for node, (slice_, task) in enumerate(network.tasks):
        if slice_.is_open:
            efforts[node] = task.effort or Minutes(0, 0)
            workers[node] = owners[node]
    return timing.Work(paths.waits, paths.order, efforts, workers)


def _times(work: timing.Work, critical: timing.Critical) -> tuple[list[Minutes], list[Minutes]]:
    """Return when each node starts, and when it finishes."""
    lows = [effort.low if effort else 0 for effort in work.efforts]
    highs = [effort.high if effort else 0 for effort in work.efforts]
    order = timing.sequence(work, highs, critical.remaining)
    low_starts, high_starts = timing.starts(work, order, lows), timing.starts(work, order, highs)
    starts = map(Minutes, low_starts, high_starts)
    finishes = map(Minutes, map(add, low_starts, lows), map(add, high_starts, highs))
    return list(starts), list(finishes)


def _streams(
    network: Network, paths: Paths, owners: Sequence[str]
) -> tuple[tuple[Stream, ...], list[int]]:
    """Return the streams, by their first tasks in the plan, and the stream of each task."""
    owned = graph.masks(owners)
    streams: list[Stream] = []
    stream_of = [0] * len(owners)
    for chain in graph.chains(paths.after, [owned[owner] for owner in owners]):
        if not network.tasks[chain[0]][0].is_open:
            continue
        workers = {owners[node] for node in chain} - {""}
        ids = tuple(map(network.id_of, chain))
        streams.append(Stream(len(streams) + 1, ids, workers.pop() if len(workers) == 1 else ""))
        for node in chain:
            stream_of[node] = len(streams)
    return tuple(streams), stream_of


def _reached(milestone: Milestone, tasks: Sequence[Scheduled]) -> Reached:
    ids, slices = frozenset(milestone.tasks), frozenset(milestone.slices)
    members = [each for each in tasks if each.task.id in ids or each.slice_.id in slices]
    names = tuple(each.task.id for each in members)
    return Reached(milestone, names, _effort(members), _latest(members))


def _effort(tasks: Sequence[Scheduled]) -> Minutes:
    efforts = [each.task.effort for each in tasks if each.slice_.closed != "dropped"]
    return Minutes(*map(sum, zip((0, 0), *filter(None, efforts), strict=True)))


def _latest(tasks: Sequence[Scheduled]) -> Minutes:
    """Return when the last of the tasks is finished."""
    return Minutes(*map(max, zip((0, 0), (0, 0), *(each.finish for each in tasks), strict=True)))
