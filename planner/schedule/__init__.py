"""The schedule of a plan, computed: waves, streams, critical path, times and milestones.

It depends on the plan alone, not on how far its tasks are: a task that is done keeps its place,
so that branches which finish different tasks do not change one another's documents. Tasks of
closed slices are over: they are listed, in no wave and no stream (0), at no time, and nothing
waits for them. Effort is added up as ranges, of all tasks but those of dropped slices; a task
without effort counts as 0 minutes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from planner import graph
from planner.plan.model import Effort, Milestone, Plan, Slice, Task
from planner.schedule import timing
from planner.schedule.order import (
    Network,
    Paths,
    cycles,
    network,
    paths,
)
from planner.schedule.parallel import Beside, Obstacle, Relations, beside

__all__ = [
    "Obstacle",
    "Reached",
    "Schedule",
    "Scheduled",
    "Span",
    "Stream",
    "cycles",
    "schedule",
]


class Span(NamedTuple):
    """From the least to the most, in minutes of work."""

    low: int = 0
    high: int = 0


class Scheduled(NamedTuple):
    """A task with what is computed for it.

    `owner` is the task's, else the slice's, and may be empty. `depends_on` are the known tasks
    that it names, `waits_for` those that it directly waits for, its slice's dependencies
    included; both in the plan's order. Tasks of one wave can start together, were it not for
    files and owners. `obstacles` and `reason` tell why it may not run beside the open tasks that
    are missing from `parallel_with`. `start` and `finish` are the earliest, from the plan's start.
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
    start: Span
    finish: Span


class Stream(NamedTuple):
    """Tasks that one worker can do in a row; `owner` is empty unless all that have one share it."""

    id: int
    tasks: tuple[str, ...]
    owner: str


class Reached(NamedTuple):
    """A milestone with the known tasks that make it up, in the plan's order."""

    milestone: Milestone
    tasks: tuple[str, ...]
    effort: Span
    finish: Span


class Schedule(NamedTuple):
    """The schedule of a whole plan, its tasks in the plan's order."""

    tasks: tuple[Scheduled, ...]
    streams: tuple[Stream, ...]
    milestones: tuple[Reached, ...]
    effort: Span
    critical_path: tuple[str, ...]
    critical_path_length: Span
    makespan: Span


def schedule(plan: Plan) -> Schedule:
    """Work out the schedule of a plan, the same wherever it runs; never raises.

    Streams are the fewest that cover all open tasks such that of two tasks in one stream the
    later waits for the earlier; among all ways to do that, one that lets most tasks follow one
    of the same owner. The critical path is the chain of dependencies with the most effort by the
    high estimates, then by the low ones, then by the number of tasks; its length is what its
    tasks add up to. For the earliest times an owner does one task at a time, of those that can
    start the one with the longest way to the end of the plan before it, then the first in the
    plan; tasks without owner start as soon as they can. The order of an owner's tasks is found
    with the high efforts and kept for the low ones, so that no time is earlier when work takes
    longer. Ids that nothing bears are ignored. What is in a circle of dependencies, or behind
    one, comes last, one task after the other in the plan's order.
    """
    found = network(plan)
    ways = paths(found)
    owners = [task.owner or slice_.owner for slice_, task in found.tasks]
    times = _times(found, ways, owners)
    streams, stream_of = _streams(found, ways, owners)
    besides = _besides(plan, found, ways, owners)
    ids = [task.id for _, task in found.tasks]
    waves = _waves(found, ways)
    scheduled = tuple(
        Scheduled(
            task=task,
            slice_=slice_,
            owner=owners[node],
            depends_on=_known(found, task),
            waits_for=tuple(graph.picked(ids, ways.direct[node])),
            wave=waves[node],
            stream=stream_of[node],
            is_critical=node in times.critical.nodes,
            parallel_with=besides[node].tasks,
            parallelizable=bool(besides[node].tasks),
            reason=besides[node].reason,
            obstacles=besides[node].obstacles,
            start=times.starts[node],
            finish=times.finishes[node],
        )
        for node, (slice_, task) in enumerate(found.tasks)
    )
    critical_path = times.critical.path
    return Schedule(
        tasks=scheduled,
        streams=streams,
        milestones=tuple(_reached(milestone, scheduled) for milestone in plan.milestones),
        effort=_effort(scheduled),
        critical_path=tuple(ids[node] for node in critical_path),
        critical_path_length=_effort([scheduled[node] for node in critical_path]),
        makespan=_latest(scheduled),
    )


def _known(found: Network, task: Task) -> tuple[str, ...]:
    """The dependencies of a task that are tasks, in the plan's order."""
    places = {found.places[name] for name in task.depends_on if name in found.places}
    return tuple(found.tasks[place][1].id for place in sorted(places))


def _waves(found: Network, ways: Paths) -> list[int]:
    """By task the wave, from 1: one more than the last wave that it waits for."""
    waves = [0] * len(ways.waits)
    for node in ways.order:
        waves[node] = max((waves[other] for other in ways.waits[node]), default=0)
        if node < len(found.tasks) and found.tasks[node][0].is_open:
            waves[node] += 1
    return waves


class _Times(NamedTuple):
    critical: timing.Critical
    starts: list[Span]
    finishes: list[Span]


def _times(found: Network, ways: Paths, owners: Sequence[str]) -> _Times:
    rest = len(ways.waits) - len(found.tasks)
    efforts: list[Effort | None] = [
        (task.effort or Effort(0, 0)) if slice_.is_open else None for slice_, task in found.tasks
    ]
    efforts += [None] * rest
    idle = [owner if effort else "" for owner, effort in zip(owners, efforts, strict=False)]
    work = timing.Work(ways.waits, ways.order, efforts, [*idle, *[""] * rest])
    critical = timing.critical(work)
    order = timing.sequence(work, critical.remaining)
    minutes = [Span() if effort is None else Span(*effort) for effort in efforts]
    lows = timing.starts(work, order, [span.low for span in minutes])
    highs = timing.starts(work, order, [span.high for span in minutes])
    starts = list(map(Span, lows, highs))
    finishes = [
        Span(start.low + span.low, start.high + span.high)
        for start, span in zip(starts, minutes, strict=True)
    ]
    return _Times(critical, starts, finishes)


def _streams(
    found: Network, ways: Paths, owners: Sequence[str]
) -> tuple[tuple[Stream, ...], list[int]]:
    """The streams, by their first tasks in the plan, and by task the stream that it is in."""
    owned: dict[str, int] = {}
    for node, owner in enumerate(owners):
        owned[owner] = owned.get(owner, 0) | 1 << node
    streams: list[Stream] = []
    stream_of = [0] * len(owners)
    for chain in graph.chains(ways.after, [owned[owner] for owner in owners]):
        if not found.tasks[chain[0]][0].is_open:
            continue
        named = {owners[node] for node in chain} - {""}
        ids = tuple(found.tasks[node][1].id for node in chain)
        streams.append(Stream(len(streams) + 1, ids, named.pop() if len(named) == 1 else ""))
        for node in chain:
            stream_of[node] = len(streams)
    return tuple(streams), stream_of


def _besides(plan: Plan, found: Network, ways: Paths, owners: Sequence[str]) -> list[Beside]:
    opened = sum(1 << node for node, (slice_, _) in enumerate(found.tasks) if slice_.is_open)
    joined = [before | after for before, after in zip(ways.before, ways.after, strict=True)]
    return beside(
        plan, found, owners, Relations(opened, ways.direct, _needed_by(ways.direct), joined)
    )


def _needed_by(direct: Sequence[int]) -> list[int]:
    """By task those that directly wait for it."""
    groups: dict[int, int] = {}  # all tasks of a slice wait for the same
    for node, mask in enumerate(direct):
        groups[mask] = groups.get(mask, 0) | 1 << node
    found = [0] * len(direct)
    for mask, group in groups.items():
        for node in graph.bits(mask):
            found[node] |= group
    return found


def _reached(milestone: Milestone, tasks: Sequence[Scheduled]) -> Reached:
    ids, slices = frozenset(milestone.tasks), frozenset(milestone.slices)
    made_up = [each for each in tasks if each.task.id in ids or each.slice_.id in slices]
    named = tuple(each.task.id for each in made_up)
    return Reached(milestone, named, _effort(made_up), _latest(made_up))


def _effort(tasks: Sequence[Scheduled]) -> Span:
    """The efforts of the tasks added up, low to low and high to high."""
    efforts = [
        each.task.effort
        for each in tasks
        if each.task.effort is not None and each.slice_.closed != "dropped"
    ]
    return Span(sum(effort.low for effort in efforts), sum(effort.high for effort in efforts))


def _latest(tasks: Sequence[Scheduled]) -> Span:
    """When the last of the tasks is finished."""
    return Span(
        max((each.finish.low for each in tasks), default=0),
        max((each.finish.high for each in tasks), default=0),
    )
