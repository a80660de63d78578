"""Coverage of the merge base: as recorded, or measured by running the gates there."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from planner.branch.run import Run
from planner.evidence.records import definition, read_records
from planner.gates import run as gate_runs
from planner.gates.coverage_reports import Counts
from planner.gates.verdict import Event, Result
from planner.plan.model import Coverage, Gate
from planner.repository import notes
from planner.repository.git import Repository


class Baselines(NamedTuple):
    """By gate id, the coverage of the merge base, or the result that gave none."""

    counts: Mapping[str, Counts] = {}
    problems: Mapping[str, Result] = {}


def read_baselines(run: Run, gates: Sequence[Gate], merge_base: str) -> Baselines:
    """Return the coverage recorded for the merge base's tree with the same definition of a gate."""
    tree = run.objects.tree_of(merge_base)
    records = read_records(notes.read(run.objects, tree)) if tree else ()
    counts = {
        gate.id: record.coverage
        for gate in gates
        for record in records
        if record.gate == gate.id and record.coverage and record.definition == definition(gate)
    }
    return Baselines(counts)


def measure_baselines(
    repository: Repository,
    gates: Sequence[Gate],
    merge_base: str,
    logs: Path,
    tell: Callable[[Event], None],
) -> Baselines:
    """Measure coverage by running the gates once at the merge base, in a work tree of its own.

    Args:
        gates: those to measure, and those that they need.
        logs: the folder for their output.
        tell: called with each event; the name of the gate is followed by the commit.

    Raises:
        Interrupted: a signal came.
        GitError: the work tree could not be made.
    """
    from planner.evidence.worktree import worktree  # noqa: PLC0415 - only needed here

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

    with worktree(repository, merge_base) as root:
        results = gate_runs.run(
            once,
            root=root,
            logs=logs,
            tell=lambda event: tell(event._replace(gate=f"{event.gate} at {merge_base[:12]}")),
        )
    counts = {
        result.gate.id: result.coverage.files
        for result in results
        if result.verdict == "passed" and result.coverage and result.coverage.files
    }
    return Baselines(counts, {one.gate.id: one for one in results if one.gate.id not in counts})
