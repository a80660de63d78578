"""Names that a plan uses and must also declare: owners, slices, tasks and gates."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from planner import graph
from planner.diagnostic import Diagnostic, Location, Related
from planner.plan.document import nodes
from planner.plan.document.nodes import Scalar
from planner.plan.model import Gate, Milestone, Plan, Slice, Task
from planner.rules import (
    DEPENDENCY_CYCLE,
    EMPTY_MILESTONE,
    UNKNOWN_GATE,
    UNKNOWN_OWNER,
    UNKNOWN_SLICE,
    UNKNOWN_TASK,
    Rule,
)
from planner.schedule import cycles


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Every reference known, no dependency in a circle, no milestone that names nothing."""
    yield from _owners(plan)
    slices = _Declared(UNKNOWN_SLICE, (slice_.id for slice_ in plan.slices))
    tasks = _Declared(UNKNOWN_TASK, (task.id for _, task in plan.tasks()))
    for slice_ in plan.slices:
        yield from _names(plan, slice_, "depends_on", slices)
        for task in slice_.tasks:
            yield from _names(plan, task, "depends_on", tasks)
    yield from _gates(plan)
    for at, entry in enumerate(plan.shared):
        for index, name in enumerate(entry.slices):
            if name not in slices.names:
                place = plan.where(plan.node, "shared", at, "slices", index)
                yield slices.unknown(place, name)
    for milestone in plan.milestones:
        yield from _names(plan, milestone, "tasks", tasks)
        yield from _names(plan, milestone, "slices", slices)
        yield from _empty(plan, milestone)
    yield from _cycles(plan)


_MOST_COMPARED: Final = 50_000  # words that a near one is looked for among: about a second


class _Declared:
    """The names that a plan declares for one noun, and what to say of one that it does not."""

    def __init__(self, rule: Rule, names: Iterable[str]) -> None:
        self.names = dict.fromkeys(name for name in names if name)
        self._rule = rule
        self._noun = rule.name.removeprefix("unknown-")
        self._compared = 0

    def unknown(self, place: Location, name: str) -> Diagnostic:
        message = f"the plan has no {self._noun} {name!r}"
        return self._rule.at(place, message, self._hint(name))

    def _hint(self, name: str) -> str:
        self._compared += len(self.names)
        is_affordable = self._compared <= _MOST_COMPARED
        near = difflib.get_close_matches(name, self.names, n=1) if is_affordable else []
        if near:
            return f"did you mean {near[0]!r}?"
        if not self.names:
            return f"it declares no {self._noun} at all"
        listed = list(self.names)
        return f"there are: {', '.join(listed[:12])}" + (", …" if len(listed) > 12 else "")


def _owners(plan: Plan) -> Iterator[Diagnostic]:
    """Once owners are declared, every owner and reviewer is one of them."""
    if "owners" not in plan.node.items:
        return
    owners = _Declared(UNKNOWN_OWNER, (name for name, _ in plan.owners))
    for slice_ in plan.slices:
        named: list[Slice | Task] = [slice_, *slice_.tasks]
        for owned in named:
            if owned.owner and owned.owner not in owners.names:
                yield owners.unknown(plan.where(owned.node, "owner"), owned.owner)
        yield from _names(plan, slice_, "reviewers", owners)


def _names(
    plan: Plan, record: Slice | Task | Gate | Milestone, key: str, declared: _Declared
) -> Iterator[Diagnostic]:
    """Each name in the list under a key of the record is declared.

    What is no name at all was reported when the list was read.
    """
    read = set(getattr(record, key))
    for at, item in enumerate(_items(record.node, key)):
        if item in read and item not in declared.names:
            yield declared.unknown(plan.where(record.node, key, at), item)


def _items(node: nodes.Mapping, key: str) -> list[str]:
    """The texts of a list in the plan file; what is no text stands as an empty one."""
    listed = node.items.get(key)
    items = listed.items if isinstance(listed, nodes.Sequence) else []
    return [
        item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        for item in items
    ]


def _gates(plan: Plan) -> Iterator[Diagnostic]:
    """The gates of the plan need such gates alone, those of a slice also their fellows."""
    common = _Declared(UNKNOWN_GATE, (gate.id for gate in plan.gates))
    for gate in plan.gates:
        yield from _names(plan, gate, "needs", common)
    yield from _gate_cycles(plan, plan.gates)
    for slice_ in plan.slices:
        if slice_.gates:
            known = _Declared(UNKNOWN_GATE, (*common.names, *(gate.id for gate in slice_.gates)))
            for gate in slice_.gates:
                yield from _names(plan, gate, "needs", known)
            yield from _gate_cycles(plan, slice_.gates)


def _gate_cycles(plan: Plan, gates: Sequence[Gate]) -> Iterator[Diagnostic]:
    """A circle of each group of gates that all need each other."""
    places = {gate.id: at for at, gate in reversed(list(enumerate(gates)))}
    waits = [[places[name] for name in gate.needs if name in places] for gate in gates]
    nodes = {gate.id: gate.node for gate in reversed(gates)}
    for group in graph.components(waits):
        inside = frozenset(group)
        start = next((other for other in waits[group[0]] if other in inside), None)
        if start is not None:
            way = [group[0], *graph.shortest(waits, start, group[0], inside)]
            yield _circle(plan, nodes, "needs", [gates[at].id for at in way])


def _empty(plan: Plan, milestone: Milestone) -> Iterator[Diagnostic]:
    for key in ("tasks", "slices"):
        listed = milestone.node.items.get(key)
        if isinstance(listed, nodes.Sequence) and not listed.items:
            yield EMPTY_MILESTONE.at(
                plan.where(milestone.node, key),
                f"the milestone {milestone.title!r} names no {key.removesuffix('s')}",
                f"list the {key} that make it up",
            )


def _cycles(plan: Plan) -> Iterator[Diagnostic]:
    nodes = {slice_.id: slice_.node for slice_ in plan.slices}
    nodes |= {task.id: task.node for _, task in plan.tasks()}
    for chain in cycles(plan):
        yield _circle(plan, nodes, "depends_on", chain)


_MOST_RELATED: Final = 12  # links of a circle that are shown, each with its place


def _circle(
    plan: Plan, nodes: Mapping[str, nodes.Mapping], key: str, chain: Sequence[str]
) -> Diagnostic:
    """A chain of names back to its first; links that no line declares lead to or from a slice."""
    links = []
    for one, other in pairwise(chain):
        items = _items(nodes[one], key)
        if other in items:
            place = plan.where(nodes[one], key, items.index(other))
            links.append(Related(place, f"{one!r} waits for {other!r}"))
    said = f"these wait for each other: {' → '.join(chain)}"
    return DEPENDENCY_CYCLE.at(
        links[0].location if links else plan.where(nodes[chain[0]]),
        said if len(chain) > 2 else f"{chain[0]!r} waits for itself",
        f"take one name out of these '{key}'" if len(links) > 1 else f"take it out of '{key}'",
        related=tuple(links[1:_MOST_RELATED]),
        cycle=list(chain),
    )
