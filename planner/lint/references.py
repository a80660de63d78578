"""Names that a plan uses and must also declare: owners, slices, tasks and gates."""

import difflib
from collections.abc import Collection, Iterator

from planner.diagnostic import Diagnostic, Location
from planner.plan.document import Mapping, Scalar, Sequence
from planner.plan.model import Gate, Plan, Slice
from planner.plan.schedule import cycles


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Every reference known, no dependency in a circle, no milestone that names nothing."""
    yield from _owners(plan)
    slices = dict.fromkeys(slice_.id for slice_ in plan.slices)
    tasks = dict.fromkeys(task.id for _, task in plan.tasks())
    for slice_ in plan.slices:
        yield from _known(plan, slice_.node, "depends_on", slices, "slice")
        for task in slice_.tasks:
            yield from _known(plan, task.node, "depends_on", tasks, "task")
        yield from _gates(plan, slice_)
    yield from _needs(plan, plan.gates, [gate.id for gate in plan.gates])
    for at, entry in enumerate(plan.shared):
        for name in entry.slices:
            if name not in slices:
                place = plan.where(plan.node, "shared", at, "slices", entry.slices.index(name))
                yield _unknown(place, "slice", name, slices)
    for milestone in plan.milestones:
        yield from _known(plan, milestone.node, "tasks", tasks, "task")
        yield from _known(plan, milestone.node, "slices", slices, "slice")
        if not milestone.tasks and not milestone.slices:
            yield Diagnostic(
                plan.where(milestone.node),
                "empty-milestone",
                f"the milestone {milestone.title!r} names no task and no slice",
                "list the tasks that make it up",
            )
    yield from _cycles(plan)


def _owners(plan: Plan) -> Iterator[Diagnostic]:
    """Once owners are declared, every owner and reviewer is one of them."""
    if "owners" not in plan.node.items:
        return
    known = [name for name, _ in plan.owners]
    for slice_ in plan.slices:
        named = [(slice_.node, ("owner",), slice_.owner)]
        named += [(slice_.node, ("reviewers", at), who) for at, who in enumerate(slice_.reviewers)]  # type: ignore[list-item] # routes of one and of two steps
        named += [(task.node, ("owner",), task.owner) for task in slice_.tasks]
        for node, route, name in named:
            if name and name not in known:
                yield _unknown(plan.where(node, *route), "owner", name, known)


def _known(
    plan: Plan, node: Mapping, key: str, known: Collection[str], noun: str
) -> Iterator[Diagnostic]:
    """Each name in the list under a key stands among the known ones."""
    listed = node.items.get(key)
    for at, item in enumerate(listed.items if isinstance(listed, Sequence) else ()):
        name = item.value if isinstance(item, Scalar) else None
        if isinstance(name, str) and name not in known:
            yield _unknown(plan.where(node, key, at), noun, name, known)


def _unknown(place: Location, noun: str, name: str, known: Collection[str]) -> Diagnostic:
    near = difflib.get_close_matches(name, known, n=1)
    listed = ", ".join(list(known)[:12]) + (", …" if len(known) > 12 else "")
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {listed}" if known else ""
    return Diagnostic(place, f"unknown-{noun}", f"the plan has no {noun} {name!r}", hint)


def _gates(plan: Plan, slice_: Slice) -> Iterator[Diagnostic]:
    known = [gate.id for gate in (*plan.gates, *slice_.gates)]
    yield from _needs(plan, slice_.gates, known)


def _needs(plan: Plan, gates: tuple[Gate, ...], known: list[str]) -> Iterator[Diagnostic]:
    for gate in gates:
        yield from _known(plan, gate.node, "needs", known, "gate")


def _cycles(plan: Plan) -> Iterator[Diagnostic]:
    nodes = {slice_.id: slice_.node for slice_ in plan.slices}
    nodes |= {task.id: task.node for _, task in plan.tasks()}
    for chain in cycles(plan):
        yield Diagnostic(
            plan.where(nodes[chain[0]], "depends_on"),
            "dependency-cycle",
            f"these wait for each other: {' → '.join(chain)}",
            "take one of the dependencies out",
            details=(("cycle", list(chain)),),
        )
    for slice_ in plan.slices:
        yield from _gate_cycles(plan, (*plan.gates, *slice_.gates))
    if not plan.slices:
        yield from _gate_cycles(plan, plan.gates)


def _gate_cycles(plan: Plan, gates: tuple[Gate, ...]) -> Iterator[Diagnostic]:
    """Gates that need each other: what is left when all that can run has run."""
    waiting = {gate.id: set(gate.needs) & {other.id for other in gates} for gate in gates}
    while ready := [name for name, needs in waiting.items() if not needs]:
        for name in ready:
            del waiting[name]
        for needs in waiting.values():
            needs.difference_update(ready)
    for gate in gates:
        if gate.id in waiting:
            chain = sorted(waiting)
            yield Diagnostic(
                plan.where(gate.node, "needs"),
                "dependency-cycle",
                f"these gates wait for each other: {', '.join(chain)}",
                "take one of the needs out",
                details=(("cycle", chain),),
            )
            return
