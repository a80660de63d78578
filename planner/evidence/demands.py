"""The gates that a slice must pass: those of the trusted plan, and those that its branch adds."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.diagnostic import Diagnostic, Location, Related
from planner.evidence.records import definition
from planner.plan.model import Chosen, Gate, Plan
from planner.rules import GATE_CHANGED


class Demands(NamedTuple):
    """The gates of a slice in plan order, and findings about gates that its branch changed."""

    gates: tuple[Gate, ...]
    findings: tuple[Diagnostic, ...] = ()


def gates_of(chosen: Chosen | None) -> tuple[Gate, ...]:
    """Return the gates of a slice: first those of the plan for all slices, then its own."""
    return (*chosen.plan.gates, *chosen.slice_.gates) if chosen else ()


def demands(
    trusted: Chosen | None, own: Chosen | None, at_merge_base: Chosen | None = None
) -> Demands:
    """Return the gates that a branch must pass.

    Args:
        trusted: its slice in the trusted plan, if any.
        own: its slice in the branch's own plan, if any.
        at_merge_base: its slice in the plan of the merge base, if any. The branch did not change
            what is the same there, even if it differs from the trusted plan.
    """
    if trusted is None:
        return Demands(gates_of(own))
    demanded = gates_of(trusted)
    if own is None:
        return Demands(demanded)
    own_gates = {gate.id: gate for gate in gates_of(own)}
    before = {gate.id: definition(gate) for gate in gates_of(at_merge_base)}
    now = {gate_id: definition(gate) for gate_id, gate in own_gates.items()}
    findings = [
        _changed(trusted, own, gate, own_gates.get(gate.id))
        for gate in demanded
        if now.get(gate.id) not in (definition(gate), before.get(gate.id, ""))
        and (gate.id in now or gate.id in before)
    ]
    known = {gate.id for gate in demanded}
    added = (
        gate
        for gate_id, gate in own_gates.items()
        if gate_id not in known and now[gate_id] != before.get(gate_id)
    )
    return Demands((*demanded, *added), tuple(findings))


def _changed(trusted: Chosen, own: Chosen, gate: Gate, changed: Gate | None) -> Diagnostic:
    place = own.plan.where(changed.node) if changed else Location(own.plan.path)
    verb = "changes" if changed else "removes"
    return GATE_CHANGED.at(
        place,
        f"the branch {verb} the gate {gate.id!r}, which the trusted plan demands",
        "change the gate on a branch that changes only the plan",
        related=(Related(trusted.plan.where(gate.node), "the trusted plan demands this"),),
        gate=gate.id,
    )


def with_needs(gates: Sequence[Gate], wanted: Sequence[str]) -> tuple[Gate, ...]:
    """Return the gates with these ids and all that they need, in plan order."""
    known = {gate.id: gate for gate in gates}
    to_visit = list(wanted)
    needed: set[str] = set()
    while to_visit:
        gate_id = to_visit.pop()
        if gate_id in known and gate_id not in needed:
            needed.add(gate_id)
            to_visit.extend(known[gate_id].needs)
    return tuple(gate for gate in gates if gate.id in needed)


def slice_in(plans: Sequence[Plan], chosen: Chosen) -> Chosen | None:
    """Return the slice with the same id from the plan with the same path, or None."""
    for plan in plans:
        if plan.path == chosen.plan.path:
            slice_ = plan.slice_of(chosen.slice_.id)
            return Chosen(plan, slice_) if slice_ else None
    return None
