"""One run of a gate, from its start to its verdict."""

import math
import os
import signal
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.gates import coverage, reports
from planner.gates.coverage_reports import Counts, read_report, resolve_paths
from planner.gates.errors import GateError
from planner.gates.output import Log, Search, SearchTimer, printable
from planner.gates.process import GRACE_S, Adoption, Command, describe, marked_processes
from planner.gates.reports import Watched
from planner.gates.verdict import GateRun, Verdict, join_names
from planner.plan.model import Coverage, Gate

_LINGER_S: Final = 1.0  # how long to read output after the command itself has exited
_LAST_READS: Final = 16  # more than a pipe can contain
_TAIL_BYTES: Final = 1024


class SharedState(NamedTuple):
    """What all runs of all gates share."""

    root: Path
    logs: Path
    adoption: Adoption
    timer: SearchTimer
    baselines: Mapping[str, Counts]
    changed_lines: Mapping[str, Collection[int]] | None


class Attempt:
    """One run of the command of a gate. Call `step` until it has `ended`.

    Attributes:
        is_open: whether more output can come.
        tail: the last bytes of the output.
        ended: the run with its verdict; None while it runs.

    Raises:
        GateError: it cannot be started.
    """

    def __init__(self, gate: Gate, number: int, shared: SharedState) -> None:
        self.gate = gate
        self.number = number
        self.is_open = True
        self.tail = b""
        self.ended: GateRun | None = None
        self._shared = shared
        self._has_exited = False
        self._spoiled: dict[Verdict, str] = {}  # why it can no longer pass, the first reason each
        self._folder = folder_of(gate, shared.root)
        self._search = Search((*gate.expect_output, *gate.forbid_output), shared.timer)
        self._reports = watch_reports(gate, self._folder)
        infix = "" if gate.repeat == 1 else f".{number}"
        self._log = Log(shared.logs / f"{gate.id}{infix}.log")
        self._began = self._exited = time.monotonic()
        mark = f"{gate.id}.{number}.{os.getpid()}"
        try:
            self.command = Command(gate.run, folder=self._folder, env=dict(gate.env), mark=mark)
        except GateError:
            self._log.close()
            raise

    @property
    def files(self) -> tuple[int, ...]:
        """The files to poll: one that becomes readable at exit, and last, when open, the output."""
        exit_file = None if self._has_exited else self.command.exit_file
        output = self.command.output if self.is_open else None
        return tuple(file for file in (exit_file, output) if file is not None)

    @property
    def next_s(self) -> float:
        """In how many seconds to call `step` again at the latest."""
        now = time.monotonic()
        if self._has_exited:
            return min(0.02, max(0.0, self._exited + _LINGER_S - now)) if self.is_open else 0.02
        kill_at = self.command.kill_at
        due = self._began + self.gate.timeout_s if kill_at == math.inf else kill_at
        has_exit_file = self.command.exit_file is not None and now < due
        return min(1.0 if has_exit_file else 0.02, max(0.02, due - now))

    def read(self, times: int) -> None:
        """Read output several times, or until there is none left."""
        for _ in range(times if self.is_open else 0):
            data = self.command.read()
            if not data:
                self.is_open = data is None
                return
            self.tail = (self.tail + data)[-_TAIL_BYTES:]
            if "error" in self._spoiled:
                continue
            try:
                self._log.write(data)
                self._search.feed(data)
            except GateError as error:
                self._spoiled["error"] = str(error)
                self.command.ask_to_end(time.monotonic())

    def stop(self, reason: str, *, at_once: bool = False) -> None:
        """End it; its verdict is `skipped`."""
        self._spoiled.setdefault("skipped", reason)
        self.command.ask_to_end(time.monotonic())
        if at_once:
            self.command.kill_at = time.monotonic()

    def step(self, others: Collection[int]) -> None:
        """Check the clock and the processes; `others` are the other commands that run."""
        now = time.monotonic()
        if not self._has_exited:
            if now >= self._began + self.gate.timeout_s and self.command.kill_at == math.inf:
                self._spoiled["timeout"] = f"took longer than {self.gate.timeout_s:g} s"
                self.command.ask_to_end(now)
            self.command.insist(now)
            self._has_exited = self.command.has_exited()
            self._exited = now
        if self._has_exited and not (self.is_open and now < self._exited + _LINGER_S):
            self._end_rest(others, now)
        elif not self._has_exited and self._is_unkillable(now):  # another user's, as with sudo
            self._spoiled.setdefault("error", f"{describe([self.command.pid])} cannot be ended")
            self.is_open = False
            self.command.abandon()
            self._conclude(None)

    def _is_unkillable(self, now: float) -> bool:
        """Whether KILL was sent long ago."""
        return now >= self.command.kill_at + GRACE_S

    def _end_rest(self, others: Collection[int], now: float) -> None:
        self.read(_LAST_READS)
        self.is_open = False
        self.command.ask_to_end(now)
        code = self.command.reap()
        left = self.command.end_rest(self._shared.adoption, others, now)
        if left and not self._is_unkillable(now):
            return
        if not left and not self._shared.adoption.works:
            left = marked_processes(self.command.mark)
        if left:
            self._spoiled.setdefault("error", f"it left {describe(left)} running; end it yourself")
        self._conclude(code)

    def _conclude(self, code: int | None) -> None:
        try:
            self._log.close()
            if not self._spoiled.keys() & {"error", "skipped"}:
                self._search.end()
        except GateError as error:
            self._spoiled.setdefault("error", str(error))
        run = GateRun("passed", code, self._exited - self._began, log=str(self._log.path))
        verdicts: tuple[Verdict, ...] = ("skipped", "timeout", "error")
        for verdict in verdicts:
            if verdict in self._spoiled:
                self.ended = _not_passed(run, self._spoiled[verdict], verdict)
                return
        shown = _Shown(self._search.found, self._folder, self._reports)
        self.ended = _judge(run, self.gate, shown, self._shared)


def judge_reports(
    gate: Gate, shared: SharedState, reports_before: Mapping[str, Watched]
) -> GateRun:
    """Return the run of a gate that has no command: it reads what another gate writes.

    Raises:
        GateError: it cannot be judged.
    """
    shown = _Shown({}, folder_of(gate, shared.root), reports_before)
    return _judge(GateRun("passed"), gate, shown, shared)


class _Shown(NamedTuple):
    """What a run left to be judged: by expression, the first line that matches; and reports."""

    lines: Mapping[str, int]
    folder: Path
    reports: Mapping[str, Watched]


def _not_passed(run: GateRun, reason: str, verdict: Verdict = "failed") -> GateRun:
    return run._replace(verdict=verdict, reason=printable(reason))


def _judge(run: GateRun, gate: Gate, shown: _Shown, shared: SharedState) -> GateRun:
    """Return a run that neither timed out nor was stopped with its verdict."""
    run = _judge_command(run, gate, shown.lines)
    if gate.junit:
        run = _judge_tests(run, gate, shown)
    if gate.coverage and run.verdict == "passed":
        run = _judge_coverage(run, gate, gate.coverage, shown, shared)
    return run


def _judge_command(run: GateRun, gate: Gate, lines: Mapping[str, int]) -> GateRun:
    if run.exit:
        return _not_passed(run, exit_reason(run.exit, in_shell=isinstance(gate.run, str)))
    forbidden = [(lines[text], text) for text in gate.forbid_output if text in lines]
    if forbidden:
        line, text = min(forbidden)
        return _not_passed(run, f"printed '{text}' (line {line})")
    missing = [f"'{text}'" for text in gate.expect_output if text not in lines]
    return _not_passed(run, f"no line matched {' or '.join(missing)}") if missing else run


def _judge_tests(run: GateRun, gate: Gate, shown: _Shown) -> GateRun:
    try:
        tests = reports.read_junit(shown.reports[gate.junit].read())
    except GateError as error:
        # A command can fail before it writes a report; then its exit code is the reason.
        is_passed = run.verdict == "passed"
        return _not_passed(run, _name_report(gate.junit, error), "error") if is_passed else run
    run = run._replace(tests=tests)
    failed = sorted(name for name, results in tests.items() if "failed" in results)
    if run.verdict == "failed" and failed:
        return _not_passed(run, f"{run.reason}; tests that failed: {join_names(failed)}")
    if run.verdict == "passed" and all(set(results) == {"skipped"} for results in tests.values()):
        return _not_passed(run, "no test ran")
    return run


def _judge_coverage(
    run: GateRun, gate: Gate, demand: Coverage, shown: _Shown, shared: SharedState
) -> GateRun:
    try:
        report = read_report(shown.reports[demand.report].read())
    except GateError as error:
        return _not_passed(run, _name_report(demand.report, error), "error")
    result = coverage.judge(
        resolve_paths(report, shared.root, shown.folder),
        demand,
        baseline=shared.baselines.get(gate.id),
        changed_lines=shared.changed_lines,
    )
    run = run._replace(coverage=result)
    if result.passed:
        return run
    reason = "; ".join((*result.unknown, *result.reasons))
    return _not_passed(run, reason, "error" if result.unknown else "failed")


def _name_report(report: str, error: GateError) -> str:
    """Return the message of an error, with the report that it is about."""
    return str(error) if repr(report) in str(error) else f"report {report!r}: {error}"


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


def watch_reports(gate: Gate, folder: Path) -> dict[str, Watched]:
    """Return the reports of a gate by name, as they are before it runs."""
    names = {gate.junit, gate.coverage.report if gate.coverage else ""} - {""}
    return {name: Watched(folder, name) for name in sorted(names)}


def exit_reason(code: int, *, in_shell: bool) -> str:
    """Describe an exit code that is not 0."""
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    meaning = {126: "command not executable", 127: "command not found"}
    return f"exit {code}" + (f": {meaning[code]}" if in_shell and code in meaning else "")
