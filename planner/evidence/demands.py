"""Which gates a slice must pass: those of the trusted plan, and those that its branch adds."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.diagnostic import Diagnostic, Location, Related
from planner.evidence.records import definition
from planner.plan.model import Chosen, Gate, Plan
from planner.rules import GATE_CHANGED


class Demands(NamedTuple):
    """The gates of a slice in the plan's order, and what is wrong with the branch's own ones."""

    gates: tuple[Gate, ...]
    findings: tuple[Diagnostic, ...] = ()


def gates_of(chosen: Chosen) -> tuple[Gate, ...]:
    """The gates of a slice: the plan's for every slice first, then its own."""
    return (*chosen.plan.gates, *chosen.slice_.gates)


def demands(trusted: Chosen | None, own: Chosen | None, parted: Chosen | None = None) -> Demands:
    """The gates that count for a branch.

    Args:
        trusted: its slice as the trusted plan has it; None when that has none.
        own: its slice as the branch's own plan has it; None when that has none.
        parted: its slice as the plan had it where the branch parted from its base: what differs
            from the trusted plan but not from that, the branch did not change.
    """
    if trusted is None:
        return Demands(gates_of(own) if own else ())
    agreed = gates_of(trusted)
    if own is None:
        return Demands(agreed)
    mine = {gate.id: gate for gate in gates_of(own)}
    before = {gate.id: definition(gate) for gate in gates_of(parted)} if parted else {}
    now = {name: definition(gate) for name, gate in mine.items()}
    findings = [
        _changed(trusted, own, gate, mine.get(gate.id))
        for gate in agreed
        if now.get(gate.id) not in (definition(gate), before.get(gate.id, ""))
        and (gate.id in now or gate.id in before)
    ]
    known = {gate.id for gate in agreed}
    added = (
        gate for name, gate in mine.items() if name not in known and now[name] != before.get(name)
    )
    return Demands((*agreed, *added), tuple(findings))


def _changed(trusted: Chosen, own: Chosen, gate: Gate, mine: Gate | None) -> Diagnostic:
    place = own.plan.where(mine.node) if mine else Location(own.plan.path)
    what = "changes" if mine else "drops"
    return GATE_CHANGED.at(
        place,
        f"the branch {what} the gate {gate.id!r}, which the trusted plan demands",
        "change the gate on a branch of its own, that changes nothing but the plan",
        related=(Related(trusted.plan.where(gate.node), "the trusted plan demands this"),),
        gate=gate.id,
    )


def closed_over(gates: Sequence[Gate], wanted: Sequence[str]) -> tuple[Gate, ...]:
    """The gates of these ids with all that they need, in the plan's order."""
    known = {gate.id: gate for gate in gates}
    todo = list(wanted)
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name in known and name not in found:
            found.add(name)
            todo.extend(known[name].needs)
    return tuple(gate for gate in gates if gate.id in found)


def slice_in(plans: Sequence[Plan], chosen: Chosen) -> Chosen | None:
    """The same slice in other plans: of the same id, in the plan of the same path."""
    for plan in plans:
        if plan.path == chosen.plan.path:
            slice_ = plan.slice_of(chosen.slice_.id)
            return Chosen(plan, slice_) if slice_ else None
    return None
