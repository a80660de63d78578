"""What a run of a gate left, judged: its exit code, output and reports."""

import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from planner.gates import coverage
from planner.gates.coverage import LineChanges
from planner.gates.errors import GateError
from planner.gates.output import printable
from planner.gates.reports.coverage import read_coverage
from planner.gates.reports.files import FreshReports, Report, read_fresh
from planner.gates.reports.junit import merge, read_junit
from planner.gates.reports.lines import Files
from planner.gates.reports.paths import Located, files_below, locate
from planner.gates.verdict import GateRun, Verdict, join_names
from planner.plan.model import Coverage, Gate

_Read = TypeVar("_Read")


class Yardstick(NamedTuple):
    """What coverage is compared with.

    Attributes:
        root: the work tree.
        baselines: by gate id, the coverage of the merge base.
        changes: by path, the lines that the branch added and removed; None if unknown.
        tracked: the paths that git tracks; None if unknown.
    """

    root: Path
    baselines: Mapping[str, Files] = {}
    changes: LineChanges | None = None
    tracked: frozenset[str] | None = None


class Left(NamedTuple):
    """What a run left to be judged.

    Attributes:
        lines: by expression, the first line of the output that matches.
        folder: where the run was.
        since_ns: when it started, by the clock of the file system.
    """

    lines: Mapping[str, int]
    folder: Path
    since_ns: int


def judge(run: GateRun, gate: Gate, left: Left, yardstick: Yardstick) -> GateRun:
    """Return a run that neither timed out nor was stopped with its verdict."""
    run = _judge_command(run, gate, left.lines)
    if gate.junit:
        run = _judge_tests(run, gate, left)
    if gate.coverage and run.verdict == "passed":
        run = _judge_coverage(run, gate, gate.coverage, left, yardstick)
    return run


def not_passed(run: GateRun, reason: str, verdict: Verdict = "failed") -> GateRun:
    """Return a run that did not pass, with a reason that is safe to print."""
    return run._replace(verdict=verdict, reason=printable(reason))


def _judge_command(run: GateRun, gate: Gate, lines: Mapping[str, int]) -> GateRun:
    """Judge by exit code and output."""
    if run.exit:
        return not_passed(run, exit_reason(run.exit, in_shell=isinstance(gate.run, str)))
    forbidden = [(lines[text], text) for text in gate.forbid_output if text in lines]
    if forbidden:
        line, text = min(forbidden)
        return not_passed(run, f"printed '{text}' (line {line})")
    missing = [f"'{text}'" for text in gate.expect_output if text not in lines]
    return not_passed(run, f"no line matched {' or '.join(missing)}") if missing else run


def exit_reason(code: int, *, in_shell: bool) -> str:
    """Describe an exit code that is not 0."""
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    meaning = _MEANINGS.get(code) or _signal_of(code - 128)
    return f"exit {code}" + (f": {meaning}" if in_shell and meaning else "")


_MEANINGS: Final = {
    126: "command not executable",
    127: "command not found",
    128 + 13: "SIGPIPE: a command in a pipe wrote to one that had ended, as 'yes | head -1' does; "
    "the script runs with pipefail",
}


def _signal_of(number: int) -> str:
    """Say which signal a shell reports by an exit code that is greater by 128."""
    try:
        return f"a command was ended by {signal.Signals(number).name}"
    except ValueError:
        return ""


def _judge_tests(run: GateRun, gate: Gate, left: Left) -> GateRun:
    """Judge by the JUnit reports: what they say failed has failed, whatever the exit code."""
    try:
        fresh = read_fresh(left.folder, gate.junit, left.since_ns)
        report = merge([_read(each, read_junit) for each in fresh.reports])
    except GateError as error:
        # A command can fail before it writes a report; then its exit code is the reason.
        return not_passed(run, str(error), "error") if run.verdict == "passed" else run
    run = run._replace(tests=report.tests, notes=(*run.notes, *_notes(fresh, report.dropped)))
    if report.failed:
        reason = f"tests that failed: {join_names(report.failed)}"
        return not_passed(run, "; ".join(filter(None, (run.reason, reason))))
    if report.flaky:
        reason = f"tests that failed and passed: {join_names(report.flaky)}"
        return not_passed(run, "; ".join(filter(None, (run.reason, reason))), "flaky")
    return run if report.ran or run.reason else not_passed(run, "no test ran")


def _read(report: Report, reader: Callable[[bytes], _Read]) -> _Read:
    """Return what a reader makes of a report; its errors name the report."""
    try:
        return reader(report.content)
    except GateError as error:
        raise GateError(f"report {report.name!r}: {error}") from error


def _notes(fresh: FreshReports, dropped: int) -> list[str]:
    """Say what was left out of reports."""
    notes = []
    if fresh.older:
        notes.append(f"reports ignored, since they are older than the run: {fresh.older}")
    if dropped:
        notes.append(f"characters dropped, since XML forbids them: {dropped}")
    return notes


def _judge_coverage(
    run: GateRun, gate: Gate, demand: Coverage, left: Left, yardstick: Yardstick
) -> GateRun:
    try:
        fresh = read_fresh(left.folder, demand.report, left.since_ns)
        located = _located(fresh, demand, left.folder, yardstick)
    except GateError as error:
        return not_passed(run, str(error), "error")
    result = coverage.judge(
        located,
        demand,
        baseline=yardstick.baselines.get(gate.id),
        changes=yardstick.changes,
    )
    run = run._replace(coverage=result, notes=(*run.notes, *_notes(fresh, 0)))
    if result.passed:
        return run
    reason = "; ".join((*result.unknown, *result.reasons))
    return not_passed(run, reason, "error" if result.unknown else "failed")


def _located(fresh: FreshReports, demand: Coverage, folder: Path, yardstick: Yardstick) -> Located:
    """Return the lines of the reports, with paths from the root of the work tree."""
    reports = [
        (_read(report, read_coverage), (folder / report.name).parent) for report in fresh.reports
    ]
    root, tracked = yardstick.root, yardstick.tracked
    located = locate(reports, files_below(root), root=root, folder=folder, prefixes=demand.paths)
    known = located.files.keys() - located.unknown
    return located._replace(untracked=frozenset(known - tracked if tracked is not None else ()))


def folder_of(gate: Gate, root: Path) -> Path:
    """Return the folder that a gate runs in, with symlinks resolved.

    Raises:
        GateError: it is not a folder of the repository.
    """
    try:
        top = root.resolve(strict=True)
        folder = (top / gate.cwd).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise GateError(f"its cwd {gate.cwd!r} does not exist") from error
    if not folder.is_relative_to(top):
        raise GateError(f"its cwd {gate.cwd!r} is outside the repository")
    if not folder.is_dir():
        raise GateError(f"its cwd {gate.cwd!r} is not a folder")
    return folder
