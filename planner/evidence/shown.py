"""What the records of a tree show of each gate: passed here, stale, or never."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.evidence.records import Record, definition, read
from planner.plan.model import Chosen, Gate
from planner.repository import lineage, notes
from planner.rules import GATE_NOT_PASSED

State = Literal["passed", "failed", "stale", "never"]
_FARTHEST: Final = 200  # commits that are looked through for a record of an earlier tree


class Shown(NamedTuple):
    """A gate beside its evidence.

    Attributes:
        state: `stale` has a record that does not count: of another definition of the gate, or of
            the tree of an earlier commit.
        why: the same for people.
        commit: of a record of another tree, the commit of the branch that has that tree.
    """

    gate: Gate
    state: State
    why: str
    record: Record | None = None
    commit: str = ""


class Earlier(NamedTuple):
    """The records of the tree of an earlier commit of the branch, so many commits before."""

    commit: str
    distance: int
    records: tuple[Record, ...]


class Noted(NamedTuple):
    """The records of a commit's tree, the newest last; where they may not do, of earlier trees."""

    records: tuple[Record, ...] = ()
    before: tuple[Earlier, ...] = ()


def noted(run: Run, base: str, head: str) -> Noted:
    """Return what is noted for the tree of a branch's head, and for those of its earlier commits.

    Args:
        base: the merge base: what it contains is not of the branch.
    """
    objects = run.objects
    if objects.oid(notes.REF.encode()) is None:
        return Noted()
    tree = objects.tree_of(head)
    records = read(notes.read(objects, tree)) if tree else ()
    seen = {tree}
    before = []
    commits = lineage.first_parents(run.repository, base, head)[-2 : -_FARTHEST - 2 : -1]
    for distance, commit in enumerate(commits, 1):
        tree = objects.tree_of(commit)
        if tree is not None and tree not in seen:
            seen.add(tree)
            before.append(Earlier(commit, distance, read(notes.read(objects, tree))))
    return Noted(records, tuple(before))


def shown(gates: Sequence[Gate], noted: Noted, of_run: Sequence[Record] = ()) -> tuple[Shown, ...]:
    """Each gate beside the newest record of the tree that counts for it.

    A record counts for the same tree and the same definition alone. The newest decides: a gate
    that failed after it had passed has failed.

    Args:
        gates: the gates.
        noted: the records of the tree, and those of earlier ones: they do not count, but tell.
        of_run: what jobs of this very CI run found on the tree.
    """
    return tuple(_shown(gate, (*noted.records, *of_run), noted.before) for gate in gates)


def _shown(gate: Gate, records: Sequence[Record], before: Sequence[Earlier]) -> Shown:
    own = [record for record in records if record.gate == gate.id]
    last = _newest(gate, records)
    if last and last.verdict == "passed":
        return Shown(gate, "passed", f"passed on this tree at {last.at}", last)
    if last:
        return Shown(gate, "failed", f"{_SAID[last.verdict]} on this tree at {last.at}", last)
    if own:
        return Shown(gate, "stale", "ran on this tree with another definition", own[-1])
    for one in before:
        found = _newest(gate, one.records)
        if found:
            ago = f"{one.distance} commit{'s' if one.distance > 1 else ''} before"
            why = f"{_SAID[found.verdict]} on the tree of {one.commit[:12]}, {ago}, not on this one"
            return Shown(gate, "stale", why, found, one.commit)
    return Shown(gate, "never", "never ran on this tree")


_SAID: Final = {
    "passed": "passed",
    "failed": "failed",
    "flaky": "was flaky",
    "timeout": "ran out of time",
    "skipped": "was skipped",
    "error": "could not be judged",
}


def _newest(gate: Gate, records: Sequence[Record]) -> Record | None:
    wanted = definition(gate)
    counting = [one for one in records if one.gate == gate.id and one.definition == wanted]
    return counting[-1] if counting else None


def finding(chosen: Chosen, one: Shown) -> Diagnostic | None:
    """What is wrong with a gate's evidence; nothing when it passed."""
    if one.state == "passed":
        return None
    return GATE_NOT_PASSED.at(
        chosen.plan.where(one.gate.node),
        f"the gate {one.gate.id!r} of the slice {chosen.slice_.id!r} {one.why}",
        f"planner run-gates --slice {chosen.slice_.id} --gate {one.gate.id}",
        gate=one.gate.id,
        state=one.state,
    )
