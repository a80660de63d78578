"""The state of each gate by the records of a tree: passed, failed, stale or never run."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.evidence.records import Record, definition, is_relative, read_records
from planner.gates.verdict import PHRASES
from planner.plan.model import Chosen, Gate
from planner.repository import lineage, notes
from planner.rules import GATE_NOT_PASSED

State = Literal["passed", "failed", "stale", "never"]
_FARTHEST: Final = 200  # commits to search for records of earlier trees


class GateEvidence(NamedTuple):
    """A gate with its evidence.

    Attributes:
        state: `stale` means that there is a record, but of another definition of the gate or of
            the tree of an earlier commit.
        why: an explanation of the state.
        commit: if the record is of another tree, the commit of the branch that has this tree.
    """

    gate: Gate
    state: State
    why: str
    commit: str = ""


class Noted(NamedTuple):
    """The records of the tree of a commit, the newest last, `distance` commits before the head."""

    commit: str
    distance: int
    records: tuple[Record, ...]


def read_noted(run: Run, base: str, head: str) -> tuple[Noted, ...]:
    """Return what is noted for the tree of a branch's head, and for those of its earlier commits.

    Args:
        base: the merge base: what it contains is not of the branch.
    """
    objects = run.objects
    if objects.oid(notes.REF.encode()) is None:
        return ()
    earlier = lineage.first_parents(run.repository, base, head)[-2 : -_FARTHEST - 2 : -1]
    by_tree: dict[str, Noted] = {}
    for distance, commit in enumerate((head, *earlier)):
        tree = objects.tree_of(commit)
        if tree is not None and tree not in by_tree:
            by_tree[tree] = Noted(commit, distance, read_records(notes.read(objects, tree)))
    return tuple(by_tree.values())


def look_up(
    gates: Sequence[Gate], noted: Sequence[Noted], of_run: Sequence[Record] = (), *, base: str
) -> tuple[GateEvidence, ...]:
    """Return each gate with its evidence.

    A record counts only for the same tree and the same definition, and of a gate that compares
    with the merge base, for the same one. The newest decides: a gate that failed after it had
    passed has failed.

    Args:
        noted: of the head and earlier commits; the records of earlier trees only explain.
        of_run: the results of jobs of this CI run on the tree.
        base: the merge base.
    """
    records = [record for one in noted if not one.distance for record in one.records]
    before = [one for one in noted if one.distance]
    return tuple(_look_up(gate, (*records, *of_run), before, base) for gate in gates)


def _look_up(
    gate: Gate, records: Sequence[Record], before: Sequence[Noted], base: str
) -> GateEvidence:
    wanted = definition(gate)
    last = _newest(gate, wanted, [one for one in records if one.base in ("", base)])
    if last and (last.base or not is_relative(gate)):
        state: State = "passed" if last.verdict == "passed" else "failed"
        return GateEvidence(gate, state, f"{PHRASES[last.verdict]} on this tree at {last.at}")
    if _newest(gate, wanted, records):
        return GateEvidence(gate, "stale", "ran on this tree, compared with another merge base")
    if any(record.gate == gate.id for record in records):
        return GateEvidence(gate, "stale", "ran on this tree with another definition")
    for commit, distance, noted in before:
        record = _newest(gate, wanted, noted)
        if record:
            ago = f"{distance} commit{'s' if distance > 1 else ''} before"
            why = f"{PHRASES[record.verdict]} on the tree of {commit[:12]}, {ago}, not on this one"
            return GateEvidence(gate, "stale", why, commit)
    return GateEvidence(gate, "never", "never ran on this tree")


def _newest(gate: Gate, wanted: str, records: Sequence[Record]) -> Record | None:
    matching = (r for r in reversed(records) if r.gate == gate.id and r.definition == wanted)
    return next(matching, None)


def finding(chosen: Chosen, one: GateEvidence) -> Diagnostic:
    """Return the finding for a gate that has not passed."""
    return GATE_NOT_PASSED.at(
        chosen.plan.where(one.gate.node),
        f"the gate {one.gate.id!r} of the slice {chosen.slice_.id!r} {one.why}",
        f"planner run-gates --slice {chosen.slice_.id} --gate {one.gate.id}",
        gate=one.gate.id,
        state=one.state,
    )
