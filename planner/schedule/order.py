"""The tasks and slices of a plan as one graph, with its circles and its paths."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from planner import graph
from planner.plan.model import Plan, Slice, Task
from planner.scopes.dependencies import slice_waits

_MOST_TRIES = 50  # circles searched in one component: a dense one has more than anyone reads


class Network(NamedTuple):
    """The tasks of a plan and the starts and ends of its slices, as nodes of one graph.

    The tasks come first, in the plan's order, then start and end of each slice. A task waits for
    the start of its slice, the end of a slice for its tasks, and the start of a slice for the
    ends of those that it depends on: so depending on a slice of a thousand tasks takes one edge.
    Closed slices and their tasks wait for nothing, and nothing waits for them.
    """

    tasks: tuple[tuple[Slice, Task], ...]
    slices: tuple[Slice, ...]
    waits: list[list[int]]
    nodes: dict[str, int]  # the task with an id; the first one if there are several

    def start(self, at: int) -> int:
        """Return the node of the start of the slice at that index; its end is the next node."""
        return len(self.tasks) + 2 * at

    def id_of(self, node: int) -> str:
        """Return the id of the task or slice of a node."""
        if node < len(self.tasks):
            return self.tasks[node][1].id
        return self.slices[(node - len(self.tasks)) // 2].id


def build_network(plan: Plan) -> Network:
    """Return the plan as a graph, without unknown ids."""
    tasks = tuple(plan.tasks())
    ids = [task.id for _, task in tasks]
    nodes = {ids[node]: node for node in reversed(range(len(tasks))) if ids[node]}
    waits: list[list[int]] = [[] for _ in range(len(tasks) + 2 * len(plan.slices))]
    network = Network(tasks, plan.slices, waits, nodes)
    for node, (slice_, task) in enumerate(tasks):
        if slice_.is_open:
            known = {nodes[id_] for id_ in task.depends_on if id_ in nodes}
            waits[node] = sorted(other for other in known if tasks[other][0].is_open)
    _add_slices(network)
    return network


def _add_slices(network: Network) -> None:
    node = 0
    for at, before in enumerate(slice_waits(network.slices)):
        start = network.start(at)
        own = range(node, node + len(network.slices[at].tasks))
        node = own.stop
        if network.slices[at].is_open:
            network.waits[start] = [network.start(other) + 1 for other in before]
            network.waits[start + 1] = [start, *own]
            for task in own:
                network.waits[task].append(start)


class Paths(NamedTuple):
    """What waits for what once circles are broken, with masks of tasks in the plan's order.

    Tasks in or after a circle come last: they wait for each other in the plan's order, and for
    all other tasks. `waits` and `order` may have one node more than the network.
    """

    waits: list[list[int]]
    order: list[int]
    before: list[int]  # by task: those it waits for, directly or not
    after: list[int]  # by task: those that wait for it, directly or not
    direct: list[int]  # by task: those it waits for, except those that these wait for


def find_paths(network: Network) -> Paths:
    """Return which tasks wait for which, directly or not."""
    tasks = len(network.tasks)
    order, stuck = graph.ordered(network.waits)
    waits = network.waits
    if stuck:
        first = [node for node in order if node < tasks and network.tasks[node][0].is_open]
        waits = [*waits, first]
        for node in stuck:
            waits[node] = []
        last = [node for node in stuck if node < tasks]
        for node, other in zip(last, [len(network.waits), *last], strict=False):
            waits[node] = [other]
        order = [*order, len(network.waits), *stuck]
    before, direct = _ancestors(waits, order, tasks)
    for node in stuck:
        if node < tasks:
            direct[node] = _declared(network, node, direct, frozenset(stuck))
    after, _ = _ancestors(graph.followers(waits), order[::-1], tasks)
    return Paths(waits, order, before[:tasks], after[:tasks], direct[:tasks])


def _ancestors(waits: graph.Waits, order: Sequence[int], tasks: int) -> tuple[list[int], list[int]]:
    """Return for each node the tasks it waits for, and those of them no other of them waits for."""
    before, direct = [0] * len(waits), [0] * len(waits)
    for node in order:
        near = indirect = 0
        for other in waits[node]:
            if other < tasks:
                near |= 1 << other
                indirect |= before[other]
            else:
                near |= direct[other]
                indirect |= before[other] & ~direct[other]
        before[node] = near | indirect
        direct[node] = near & ~indirect
    return before, direct


def _declared(network: Network, node: int, direct: Sequence[int], stuck: Collection[int]) -> int:
    """Return what a task in or after a circle waits for, as the plan declares it."""
    mask = 0
    for other in network.waits[node]:
        if other < len(network.tasks):
            mask |= 1 << other
            continue
        for end in network.waits[other]:
            tasks = (task for task in network.waits[end] if task < len(network.tasks))
            mask |= sum(1 << task for task in tasks) if end in stuck else direct[end]
    return mask


def cycles(plan: Plan) -> list[tuple[str, ...]]:
    """List circles of tasks and slices in which each waits for the next, in the plan's order.

    Each is a chain of ids from the one that is first in the plan back to it: `("a", "b", "a")`.
    A slice before its own task means that it is done only when the task is, a task before its
    own slice that it starts only when the slice may. Every dependency that is part of a circle is
    in at least one of those listed, unless dozens of circles are entangled: then the others show
    up once the listed ones are broken.
    """
    network = build_network(plan)
    ids = [id_ for slice_ in plan.slices for id_ in (slice_.id, *(t.id for t in slice_.tasks))]
    position = {id_: at for at, id_ in enumerate(dict.fromkeys(ids))}
    chains = {
        _rotate(ids, position)
        for group in graph.components(network.waits)
        if len(group) > 1 or group[0] in network.waits[group[0]]
        for ids in _circles_within(network, group)
    }
    return sorted(chains, key=lambda chain: [position[name] for name in chain])


def _rotate(chain: Sequence[str], position: dict[str, int]) -> tuple[str, ...]:
    """Return the circle from its first id in the plan's order back to it."""
    first = min(range(len(chain)), key=lambda at: position[chain[at]])
    return (*chain[first:], *chain[: first + 1])


def _circles_within(network: Network, group: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield circles of nodes that all wait for each other: a shortest one per dependency."""
    inside = frozenset(group)
    tasks = len(network.tasks)
    covered: set[tuple[int, int]] = set()
    tries = 0
    for node in sorted(group, key=lambda node: (node < tasks, node)):
        for other in network.waits[node]:
            is_declared = other < tasks if node < tasks else (node - tasks) % 2 == 0
            if not is_declared or other not in inside or (node, other) in covered:
                continue
            tries += 1
            if tries > _MOST_TRIES:
                return
            ring = _shorten(network, graph.shortest(network.waits, other, node, inside))
            covered.update(zip(ring, [*ring[1:], ring[0]], strict=True))
            names = [network.id_of(at) for at in ring]
            ids = [name for at, name in enumerate(names) if name != names[at - 1]]
            yield tuple(ids or names[:1])


def _shorten(network: Network, ring: list[int]) -> list[int]:
    """Return the ring without the detour from the end of a slice to its start."""
    tasks = len(network.tasks)
    for node in list(ring):
        is_end = node >= tasks and (node - tasks) % 2 == 1
        if is_end and node in ring and node - 1 in ring:
            at = ring.index(node)
            ring = [*ring[at:], *ring[:at]]
            ring = [node, *ring[ring.index(node - 1) :]]
    return ring
