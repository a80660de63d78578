"""What waits for what in a plan: tasks and slices as one graph, its circles and its paths."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from planner import graph
from planner.plan.model import Plan, Slice, Task
from planner.scopes.dependencies import slice_waits

_MOST_TRIES = 50  # circles looked for in one tangle: one that is dense has more than anyone reads


class Network(NamedTuple):
    """The tasks of a plan and the starts and ends of its slices as nodes of one graph.

    The tasks come first, in the plan's order, then start and end of each slice. A task waits for
    the start of its slice, the end of a slice for its tasks, and the start of a slice for the
    ends of those that it depends on: so a slice of a thousand tasks costs its dependants one edge.
    What is closed waits for nothing, and nothing waits for it.
    """

    tasks: tuple[tuple[Slice, Task], ...]
    slices: tuple[Slice, ...]
    waits: list[list[int]]
    places: dict[str, int]  # the task of an id; the first one when there are several

    def start(self, at: int) -> int:
        """The node where the slice at that index starts; the next one is where it ends."""
        return len(self.tasks) + 2 * at

    def id_of(self, node: int) -> str:
        """The id of the task or slice that a node stands for."""
        if node < len(self.tasks):
            return self.tasks[node][1].id
        return self.slices[(node - len(self.tasks)) // 2].id


def network(plan: Plan) -> Network:
    """The plan as a graph; an id that nothing bears is left out."""
    tasks = tuple(plan.tasks())
    places: dict[str, int] = {}
    for node, (_, task) in enumerate(tasks):
        if task.id:
            places.setdefault(task.id, node)
    waits: list[list[int]] = [[] for _ in range(len(tasks) + 2 * len(plan.slices))]
    found = Network(tasks, plan.slices, waits, places)
    for node, (slice_, task) in enumerate(tasks):
        if slice_.is_open:
            known = {places[name] for name in task.depends_on if name in places}
            waits[node] = sorted(other for other in known if tasks[other][0].is_open)
    _add_slices(found)
    return found


def _add_slices(found: Network) -> None:
    node = 0
    for at, before in enumerate(slice_waits(found.slices)):
        start = found.start(at)
        own = range(node, node + len(found.slices[at].tasks))
        node = own.stop
        if found.slices[at].is_open:
            found.waits[start] = [found.start(other) + 1 for other in before]
            found.waits[start + 1] = [start, *own]
            for task in own:
                found.waits[task].append(start)


class Paths(NamedTuple):
    """What waits for what once circles are broken; sets of tasks are bits in the plan's order.

    What is in a circle or behind one comes last: its tasks wait for each other in the plan's
    order, and for all other tasks. `waits` and `order` may have one node more than the network.
    """

    waits: list[list[int]]
    order: list[int]
    before: list[int]  # by task: those it waits for, however far
    after: list[int]  # by task: those that wait for it, however far
    direct: list[int]  # by task: those that it waits for as declared, none by way of another


def paths(found: Network) -> Paths:
    """Work out who waits for whom."""
    tasks = len(found.tasks)
    order, stuck = graph.ordered(found.waits)
    waits = found.waits
    if stuck:
        first = [node for node in order if node < tasks and found.tasks[node][0].is_open]
        waits = [*waits, first]
        for node in stuck:
            waits[node] = []
        last = [node for node in stuck if node < tasks]
        for node, other in zip(last, [len(found.waits), *last], strict=False):
            waits[node] = [other]
        order = [*order, len(found.waits), *stuck]
    before, direct = _ancestors(waits, order, tasks)
    for node in stuck:
        if node < tasks:
            direct[node] = _declared(found, node, direct, frozenset(stuck))
    after = [0] * len(waits)
    for node in reversed(order):
        mask = after[node] | 1 << node if node < tasks else after[node]
        for other in waits[node]:
            after[other] |= mask
    return Paths(waits, order, before[:tasks], after[:tasks], direct[:tasks])


def _ancestors(waits: graph.Waits, order: Sequence[int], tasks: int) -> tuple[list[int], list[int]]:
    """The tasks that each node waits for, however far; and the last of them, on which all hang."""
    before, direct = [0] * len(waits), [0] * len(waits)
    for node in order:
        near = far = 0
        for other in waits[node]:
            if other < tasks:
                near |= 1 << other
                far |= before[other]
            else:
                near |= direct[other]
                far |= before[other] & ~direct[other]
        before[node] = near | far
        direct[node] = near & ~far
    return before, direct


def _declared(found: Network, node: int, direct: Sequence[int], stuck: Collection[int]) -> int:
    """What a task in or behind a circle waits for, as the plan says it."""
    mask = 0
    for other in found.waits[node]:
        if other < len(found.tasks):
            mask |= 1 << other
            continue
        for end in found.waits[other]:
            fellows = (task for task in found.waits[end] if task < len(found.tasks))
            mask |= sum(1 << task for task in fellows) if end in stuck else direct[end]
    return mask


def cycles(plan: Plan) -> list[tuple[str, ...]]:
    """Circles of tasks and slices in which each waits for the next, in the plan's order.

    Each is a chain of ids from the one that stands first in the plan back to it: `("a", "b",
    "a")`. A slice before its own task means that it is done only when the task is, a task before
    its own slice that it starts only when the slice may. Every dependency that is part of a
    circle stands in at least one of those given, except in a tangle that holds dozens; there
    breaking the circles given shows the rest.
    """
    found = network(plan)
    position: dict[str, int] = {}
    for slice_ in plan.slices:
        for name in (slice_.id, *(task.id for task in slice_.tasks)):
            position.setdefault(name, len(position))
    chains = {
        _turned(ids, position)
        for group in graph.components(found.waits)
        if len(group) > 1 or group[0] in found.waits[group[0]]
        for ids in _circles_within(found, group)
    }
    return sorted(chains, key=lambda chain: [position[name] for name in chain])


def _turned(chain: Sequence[str], position: dict[str, int]) -> tuple[str, ...]:
    """The circle from its first id in the plan's order back to it."""
    first = min(range(len(chain)), key=lambda at: position[chain[at]])
    return (*chain[first:], *chain[: first + 1])


def _circles_within(found: Network, group: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """The circles of nodes that all wait for each other: a shortest one for each dependency."""
    inside = frozenset(group)
    tasks = len(found.tasks)
    covered: set[tuple[int, int]] = set()
    tries = 0
    for node in sorted(group, key=lambda node: (node < tasks, node)):
        for other in found.waits[node]:
            is_declared = other < tasks if node < tasks else (node - tasks) % 2 == 0
            if not is_declared or other not in inside or (node, other) in covered:
                continue
            tries += 1
            if tries > _MOST_TRIES:
                return
            ring = _shortened(found, graph.shortest(found.waits, other, node, inside))
            covered.update(zip(ring, [*ring[1:], ring[0]], strict=True))
            names = [found.id_of(at) for at in ring]
            ids = [name for at, name in enumerate(names) if name != names[at - 1]]
            yield tuple(ids or names[:1])


def _shortened(found: Network, ring: list[int]) -> list[int]:
    """The ring without the way that leads from the end of a slice about to its start."""
    tasks = len(found.tasks)
    for node in list(ring):
        is_end = node >= tasks and (node - tasks) % 2 == 1
        if is_end and node in ring and node - 1 in ring:
            at = ring.index(node)
            ring = [*ring[at:], *ring[:at]]
            ring = [node, *ring[ring.index(node - 1) :]]
    return ring
