"""Coverage of the merge base: as recorded, or measured by running the gates there."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from planner.branch.run import Run
from planner.errors import PlannerError
from planner.evidence.records import definition, read_records
from planner.evidence.setups import with_setups, without_setups
from planner.gates import run as gate_runs
from planner.gates.errors import GateError
from planner.gates.judge import Yardstick
from planner.gates.output import printable
from planner.gates.reports.coverage import read_coverage
from planner.gates.reports.lines import Files
from planner.gates.reports.paths import files_among, locate
from planner.gates.verdict import Event, Result
from planner.paths import path_text
from planner.plan.model import Coverage, Gate
from planner.repository import changes, notes
from planner.repository.git import Repository


class Baselines(NamedTuple):
    """By gate id, the coverage of the merge base, or the result that gave none."""

    files: Mapping[str, Files] = {}
    problems: Mapping[str, Result] = {}


def recorded_baselines(run: Run, gates: Sequence[Gate], merge_base: str) -> dict[str, Files]:
    """Return by gate id what the records of the merge base's tree tell of the same gates."""
    tree = run.objects.tree_of(merge_base)
    records = read_records(notes.read(run.objects, tree)) if tree else ()
    return {
        gate.id: record.coverage
        for gate in gates
        for record in records
        if record.gate == gate.id and record.coverage and record.definition == definition(gate)
    }


def reported_baselines(
    run: Run, gates: Sequence[Gate], merge_base: str, reports: Mapping[str, Path]
) -> dict[str, Files]:
    """Return by gate id what reports of the merge base say that another job wrote.

    Raises:
        PlannerError: a gate does not compare with a baseline, or a report cannot be used.
    """
    known = {gate.id: gate for gate in gates}
    files = {}
    for gate_id, path in reports.items():
        gate = known.get(gate_id)
        if gate is None or gate.coverage is None:
            hint = f"these gates have: {', '.join(known)}" if known else "no gate has"
            raise PlannerError(f"the gate {gate_id!r} has no 'no_regression'", hint=hint)
        files[gate_id] = _reported(run, gate, gate.coverage, merge_base, path)
    return files


def _reported(run: Run, gate: Gate, coverage: Coverage, merge_base: str, path: Path) -> Files:
    root = run.repository.root
    tracked = {path_text(each) for each in changes.list_tracked(run.repository, merge_base)}
    try:
        report = read_coverage(path.read_bytes())
        located = locate(
            [(report, path.parent.absolute())],
            files_among(root, tracked),
            root=root,
            folder=root / gate.cwd,
            prefixes=coverage.paths,
        )
    except OSError as error:
        raise PlannerError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except GateError as error:
        raise PlannerError(f"the baseline {str(path)!r} cannot be used: {error}") from error
    if located.unknown >= located.files.keys():
        raise PlannerError(
            f"no file of the baseline {str(path)!r} is in the merge base {merge_base[:12]}",
            hint="say in 'paths' of the gate's coverage which folder its paths start in",
        )
    return {path: lines for path, lines in located.files.items() if path not in located.unknown}


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

    with worktree(repository, merge_base) as root:
        results = gate_runs.run(
            _measuring(gates),
            yardstick=Yardstick(root),
            logs=logs,
            tell=lambda event: tell(event._replace(gate=f"{event.gate} at {merge_base[:12]}")),
        )
    checked = {one.gate.id: _checked(one) for one in without_setups(results)}
    files = {
        gate_id: result.coverage.files
        for gate_id, result in checked.items()
        if result.verdict == "passed" and result.coverage and result.coverage.files
    }
    return Baselines(files, {key: one for key, one in checked.items() if key not in files})


def _measuring(gates: Sequence[Gate]) -> list[Gate]:
    """Return the gates without what they demand, and before them what sets them up."""
    plain = (
        gate._replace(
            repeat=1,
            expect_output=(),
            forbid_output=(),
            junit=(),
            coverage=Coverage(report=gate.coverage.report, paths=gate.coverage.paths)
            if gate.coverage
            else None,
        )
        for gate in gates
    )
    return with_setups([*plain])


def _checked(result: Result) -> Result:
    """Return a result as it counts: not where the gate measured other files."""
    outside = result.coverage.outside if result.coverage else ""
    if not outside:
        return result
    # An editable install runs the files that it was made from, wherever the tests run.
    reason = (
        f"it measured {printable(outside)!r}, which is outside that work tree; "
        "let 'setup' install the files of the work tree"
    )
    return result._replace(verdict="error", reason=reason)
