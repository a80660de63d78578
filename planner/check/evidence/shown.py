"""What the records of a tree show of each gate: passed here, stale, or never."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from planner.check.evidence.records import Record, definition
from planner.diagnostic import Diagnostic
from planner.plan.find import Chosen
from planner.plan.model import Gate

State = Literal["passed", "failed", "stale", "never"]


class Shown(NamedTuple):
    """A gate beside its evidence.

    `stale` has a record of another definition alone; `why` says it for people.
    """

    gate: Gate
    state: State
    why: str
    record: Record | None = None


class LookedUp(NamedTuple):
    """The gates of a slice that were not run, but looked up."""

    shown: tuple[Shown, ...]
    findings: tuple[Diagnostic, ...]


def shown(gates: Sequence[Gate], records: Sequence[Record]) -> tuple[Shown, ...]:
    """Each gate beside the newest record of the tree that counts for it.

    A record counts for the same tree and the same definition alone. The newest decides: a gate
    that failed after it had passed has failed.
    """
    return tuple(_shown(gate, records) for gate in gates)


def _shown(gate: Gate, records: Sequence[Record]) -> Shown:
    own = [record for record in records if record.gate == gate.id]
    wanted = definition(gate)
    same = [record for record in own if record.definition == wanted]
    if same:
        last = same[-1]
        if last.verdict == "passed":
            return Shown(gate, "passed", f"passed on this tree at {last.at}", last)
        return Shown(gate, "failed", f"{last.verdict} on this tree at {last.at}", last)
    if own:
        return Shown(gate, "stale", "ran on this tree with another definition", own[-1])
    return Shown(gate, "never", "never ran on this tree")


def finding(chosen: Chosen, one: Shown) -> Diagnostic | None:
    """What is wrong with a gate's evidence; nothing when it passed."""
    if one.state == "passed":
        return None
    return Diagnostic(
        chosen.plan.where(one.gate.node),
        "gate-not-passed",
        f"the gate {one.gate.id!r} of the slice {chosen.slice_.id!r} {one.why}",
        f"planner run-gates --slice {chosen.slice_.id} --gate {one.gate.id}",
        details=(("gate", one.gate.id), ("state", one.state)),
    )
