"""What was covered where a branch parted from its base: as recorded, or else run there."""

from collections.abc import Callable, Mapping
from pathlib import Path

from planner.check.evidence.demands import closed_over
from planner.check.evidence.records import definition
from planner.check.evidence.records import read as read_records
from planner.gates import run as gate_runs
from planner.gates.coverage import Counts
from planner.gates.verdict import Event
from planner.plan.model import Coverage, Gate
from planner.repository import notes
from planner.repository.git import Repository
from planner.repository.history import worktree
from planner.repository.objects import Objects


def baselines(
    repository: Repository,
    objects: Objects,
    gates: tuple[Gate, ...],
    merge_base: str,
    tell: Callable[[Event], None],
) -> Mapping[str, Counts]:
    """By gate id, what was covered at the merge base; a gate is left out where nothing tells.

    Only gates that allow no regression are asked for. The record of the merge base's tree is
    taken; without one, the gate is run in a work tree of its own, which is removed again.
    """
    asking = [gate for gate in gates if gate.coverage and gate.coverage.no_regression]
    if not asking:
        return {}
    found: dict[str, Counts] = {}
    tree = objects.oid(f"{merge_base}^{{tree}}".encode())
    records = read_records(notes.read(objects, tree[0])) if tree else ()
    for gate in asking:
        for record in records:
            if record.coverage and record.definition == definition(gate):
                found[gate.id] = record.coverage
    missing = [gate.id for gate in asking if gate.id not in found]
    if missing:
        found |= _run(repository, closed_over(gates, missing), set(missing), merge_base, tell)
    return found


def _run(
    repository: Repository,
    gates: tuple[Gate, ...],
    wanted: set[str],
    merge_base: str,
    tell: Callable[[Event], None],
) -> dict[str, Counts]:
    """Run gates once at the merge base, for what they cover and not for how they end."""
    once = [
        gate._replace(
            repeat=1,
            expect_output=(),
            forbid_output=(),
            junit="",
            coverage=Coverage(report=gate.coverage.report) if gate.coverage else None,
        )
        for gate in gates
    ]
    own = repository.git_dir / "planner"
    with worktree(repository.root, own / "baselines", merge_base) as root:
        logs: Path = own / "logs" / "baseline"
        results = gate_runs.run(once, root=root, logs=logs, tell=tell)
    return {
        result.id: result.coverage.files
        for result in results
        if result.id in wanted
        and result.coverage is not None
        and result.coverage.files
        and result.verdict == "passed"
    }
