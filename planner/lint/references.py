"""Check the names that a plan refers to: owners, slices, tasks and gates."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from planner import graph, rules
from planner.diagnostic import Diagnostic, Location, Related
from planner.plan.branches import dependency
from planner.plan.document import nodes
from planner.plan.document.nodes import locate, plain
from planner.plan.document.problems import nearest
from planner.plan.model import Chosen, Gate, Milestone, Plan, Slice, Task
from planner.schedule import cycles


def check(plan: Plan, plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Report unknown names, dependency cycles and empty milestones.

    Args:
        plans: all plans of the repository: a slice may depend on one of another plan.
    """
    yield from _owners(plan)
    known = [slice_.id for other in plans for slice_ in other.slices]
    anywhere = _Declared(rules.UNKNOWN_SLICE, known)
    twice = {name for name, count in Counter(known).items() if count > 1}
    slices = _Declared(rules.UNKNOWN_SLICE, (slice_.id for slice_ in plan.slices))
    tasks = _Declared(rules.UNKNOWN_TASK, (task.id for _, task in plan.tasks()))
    for slice_ in plan.slices:
        own = [name for name in slice_.depends_on if name not in slices.names]
        yield from _names(plan, slice_.node, "depends_on", own, anywhere)
        yield from _in_two_plans(plan, slice_, twice.intersection(own))
        for task in slice_.tasks:
            yield from _names(plan, task.node, "depends_on", task.depends_on, tasks)
    yield from _dropped(plan, plans)
    yield from _gates(plan)
    sharing = frozenset(name for entry in plan.shared for name in entry.slices)
    for item in _items(plan.node, "shared"):
        if isinstance(item, nodes.Mapping):
            yield from _names(plan, item, "slices", sharing, slices)
    for milestone in plan.milestones:
        yield from _names(plan, milestone.node, "tasks", milestone.tasks, tasks)
        yield from _names(plan, milestone.node, "slices", milestone.slices, slices)
        yield from _empty(plan, milestone)
    yield from _cycles(plan)


_MOST_COMPARED: Final = 50_000  # names that are compared for hints: about a second


class _Declared:
    """The names that a plan declares of one kind."""

    def __init__(self, rule: rules.Rule, names: Iterable[str]) -> None:
        self.names = dict.fromkeys(name for name in names if name)
        self._rule = rule
        self._compared = 0

    def unknown(self, place: Location, name: str) -> Diagnostic:
        """Make a diagnostic of a name that is not declared."""
        noun, names = self._rule.name.removeprefix("unknown-"), list(self.names)
        self._compared += len(names)
        hint = nearest(name, names) if self._compared <= _MOST_COMPARED else ""
        if not names:
            hint = f"the plan has no {noun}s"
        elif not hint:
            hint = f"the {noun}s are: {', '.join(names[:12])}" + (", …" if names[12:] else "")
        return self._rule.at(place, f"the plan has no {noun} {name!r}", hint)


def _owners(plan: Plan) -> Iterator[Diagnostic]:
    """Report owners and reviewers that are not in `owners`, if the plan has that key."""
    if "owners" not in plan.node.items:
        return
    owners = _Declared(rules.UNKNOWN_OWNER, (name for name, _ in plan.owners))
    for slice_ in plan.slices:
        owned_items: list[Slice | Task] = [slice_, *slice_.tasks]
        for owned in owned_items:
            if owned.owner and owned.owner not in owners.names:
                yield owners.unknown(plan.where(owned.node, "owner"), owned.owner)
        yield from _names(plan, slice_.node, "reviewers", slice_.reviewers, owners)


def _names(
    plan: Plan, node: nodes.Mapping, key: str, names: Collection[str], declared: _Declared
) -> Iterator[Diagnostic]:
    """Report names in a list of a record that are not declared.

    Args:
        names: those that could be read; the parser reports entries that are not names.
    """
    known = frozenset(names)
    for item in _items(node, key):
        name = plain(item) if isinstance(item, nodes.Scalar) else None
        if name in known and name not in declared.names:
            yield declared.unknown(locate(plan.path, item), name)


def _in_two_plans(plan: Plan, slice_: Slice, names: Collection[str]) -> Iterator[Diagnostic]:
    """Report dependencies on an id that two other plans have."""
    for item in _items(slice_.node, "depends_on"):
        name = plain(item) if isinstance(item, nodes.Scalar) else None
        if name in names:
            message = f"two other plans have a slice {name!r}"
            yield rules.UNKNOWN_SLICE.at(
                locate(plan.path, item), message, "rename one of the two slices"
            )


def _dropped(plan: Plan, plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Report what an open slice and its tasks wait for though it is dropped."""
    of_task = {task.id: slice_ for slice_, task in plan.tasks() if slice_.closed == "dropped"}
    for slice_ in plan.open_slices:
        ends = ", and 'stacked'" if slice_.stacked else ""
        for item, name in _named_items(slice_.node, "depends_on"):
            needed = dependency(plans, plan, name)
            if needed and needed.slice_.closed == "dropped":
                said = f"{slice_.id!r} waits for {name!r}, which is dropped: it never starts"
                yield _never_done(plan, item, said, needed, ends)
        for task in slice_.tasks:
            for item, name in _named_items(task.node, "depends_on"):
                if name in of_task and task.status != "done":
                    needed = Chosen(plan, of_task[name])
                    said = f"{task.id!r} waits for {name!r} of the dropped slice "
                    said += f"{needed.slice_.id!r}: it never starts"
                    yield _never_done(plan, item, said, needed)


def _never_done(
    plan: Plan, item: nodes.Node, message: str, needed: Chosen, ends: str = ""
) -> Diagnostic:
    place = needed.plan.where(needed.slice_.node, "closed")
    return rules.DROPPED_DEPENDENCY.at(
        locate(plan.path, item),
        message,
        f"remove it from 'depends_on'{ends}",
        related=(Related(place, f"{needed.slice_.id!r} is dropped here"),),
    )


def across(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Report cycles of slices that lead through several plans."""
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.slices]
    places = {every[at].key: at for at in reversed(range(len(every)))}
    waits = []
    for one in every:
        needed = (dependency(plans, one.plan, name) for name in one.slice_.depends_on)
        waits.append([places[each.key] for each in needed if each])
    for group in graph.components(waits):
        inside = frozenset(group)
        if len({every[at].plan.path for at in group}) > 1:
            start = next(at for at in waits[group[0]] if at in inside)
            ring = [every[at] for at in (group[0], *graph.shortest(waits, start, group[0], inside))]
            yield _cycle_across(ring)


def _cycle_across(ring: Sequence[Chosen]) -> Diagnostic:
    links = [
        Related(
            one.plan.where(one.slice_.node, "depends_on"),
            f"{one.slice_.id!r} waits for {other.slice_.id!r}",
        )
        for one, other in pairwise(ring)
    ]
    ids = [one.slice_.id for one in ring]
    return rules.DEPENDENCY_CYCLE.at(
        links[0].location,
        f"dependency cycle across plans: {' → '.join(ids)}",
        "remove one of these names from 'depends_on'",
        related=tuple(links[1:_MOST_RELATED]),
        cycle=ids,
    )


def _named_items(node: nodes.Mapping, key: str) -> Iterator[tuple[nodes.Node, str]]:
    """Iterate over the entries of a list that are plain values, each with its text."""
    for item in _items(node, key):
        name = plain(item) if isinstance(item, nodes.Scalar) else None
        if name:
            yield item, name


def _items(node: nodes.Mapping, key: str) -> list[nodes.Node]:
    """Return the entries of a list in the plan file."""
    entries = node.items.get(key)
    return entries.items if isinstance(entries, nodes.Sequence) else []


def _gates(plan: Plan) -> Iterator[Diagnostic]:
    """Report unknown gates in `needs`, and cycles of gates.

    A gate of the plan can need only gates of the plan, a gate of a slice also gates of the slice.
    """
    common = _Declared(rules.UNKNOWN_GATE, (gate.id for gate in plan.gates))
    for gate in plan.gates:
        yield from _names(plan, gate.node, "needs", gate.needs, common)
    yield from _gate_cycles(plan, plan.gates)
    for slice_ in plan.slices:
        if slice_.gates:
            known = _Declared(
                rules.UNKNOWN_GATE, (*common.names, *(gate.id for gate in slice_.gates))
            )
            for gate in slice_.gates:
                yield from _names(plan, gate.node, "needs", gate.needs, known)
            yield from _gate_cycles(plan, slice_.gates)


def _gate_cycles(plan: Plan, gates: Sequence[Gate]) -> Iterator[Diagnostic]:
    """Report a cycle for each group of gates that all need each other."""
    places = {gate.id: at for at, gate in reversed(list(enumerate(gates)))}
    waits = [[places[name] for name in gate.needs if name in places] for gate in gates]
    nodes = {gate.id: gate.node for gate in reversed(gates)}
    for group in graph.components(waits):
        inside = frozenset(group)
        start = next((other for other in waits[group[0]] if other in inside), None)
        if start is not None:
            cycle = [group[0], *graph.shortest(waits, start, group[0], inside)]
            yield _cycle(plan, nodes, "needs", [gates[at].id for at in cycle])


def _empty(plan: Plan, milestone: Milestone) -> Iterator[Diagnostic]:
    for key in ("tasks", "slices"):
        entries = milestone.node.items.get(key)
        if isinstance(entries, nodes.Sequence) and not entries.items:
            yield rules.EMPTY_MILESTONE.at(
                plan.where(milestone.node, key),
                f"the milestone {milestone.title!r} has no {key}",
                f"list the {key} that it consists of",
            )


def _cycles(plan: Plan) -> Iterator[Diagnostic]:
    nodes = {slice_.id: slice_.node for slice_ in plan.slices}
    nodes |= {task.id: task.node for _, task in plan.tasks()}
    for chain in cycles(plan):
        yield _cycle(plan, nodes, "depends_on", chain)


_MOST_RELATED: Final = 12  # links of a cycle that are listed, each with its place


def _cycle(
    plan: Plan, nodes: Mapping[str, nodes.Mapping], key: str, chain: Sequence[str]
) -> Diagnostic:
    """Make a diagnostic of a chain of names that ends with its first name.

    Links between a slice and its tasks are not in `key`, so they have no place of their own.
    """
    links = []
    for waiting, other in pairwise(chain):
        item = next((item for item in _items(nodes[waiting], key) if plain(item) == other), None)
        if item is not None:
            place = locate(plan.path, item)
            links.append(Related(place, f"{waiting!r} waits for {other!r}"))
    message = f"dependency cycle: {' → '.join(chain)}"
    if len(chain) == 2:
        message = f"{chain[0]!r} waits for itself"
    return rules.DEPENDENCY_CYCLE.at(
        links[0].location if links else plan.where(nodes[chain[0]]),
        message,
        f"remove one of these names from '{key}'" if len(links) > 1 else f"remove it from '{key}'",
        related=tuple(links[1:_MOST_RELATED]),
        cycle=list(chain),
    )
