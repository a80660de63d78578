"""One run of a gate, from its start to its outcome."""

import os
import signal
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.gates import coverage, reports
from planner.gates.coverage import CoverageResult
from planner.gates.coverage_reports import Counts, read_report, resolve_paths
from planner.gates.errors import GateError
from planner.gates.output import Log, Search, SearchTimer, printable
from planner.gates.process import GRACE_S, Adoption, Command, describe, marked_processes
from planner.gates.reports import Watched
from planner.gates.verdict import GateRun, Outcome, Verdict, join_names
from planner.plan.model import Gate

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
    """One run of a gate. Call `step` until it has an outcome.

    Attributes:
        command: what runs; None when it could not be started, or there is nothing to run.
        is_open: whether more output can come.
        tail: the last bytes of the output.
        outcome: how it ended; None while it runs.
    """

    def __init__(
        self, gate: Gate, number: int, shared: SharedState, reports_before: Mapping[str, Watched]
    ) -> None:
        self.gate = gate
        self.number = number
        self.command: Command | None = None
        self.is_open = False
        self.tail = b""
        self.outcome: Outcome | None = None
        self._shared = shared
        self._reports = reports_before
        self._began = self._exited = time.monotonic()
        self._has_exited = False
        self._spoiled: dict[Verdict, str] = {}  # why it can no longer pass, the first reason each
        self._log: Log | None = None
        try:
            self._begin()
        except GateError as error:
            self._fail(error)
            self._conclude(None)

    def _begin(self) -> None:
        gate = self.gate
        self._folder = folder_of(gate, self._shared.root)
        self._search = Search((*gate.expect_output, *gate.forbid_output), self._shared.timer)
        if not gate.run:
            self._conclude(None)
            return
        self._reports = watch_reports(gate, self._folder)
        number = "" if gate.repeat == 1 else f".{self.number}"
        self._log = Log(self._shared.logs / f"{gate.id}{number}.log")
        self._began = self._exited = time.monotonic()
        mark = f"{gate.id}.{self.number}.{os.getpid()}"
        self.command = Command(gate.run, folder=self._folder, env=dict(gate.env), mark=mark)
        self.is_open = True

    @property
    def files(self) -> tuple[int, ...]:
        """The files to poll: one that becomes readable at exit, and last, when open, the output."""
        if not self.command:
            return ()
        exit_file = None if self._has_exited else self.command.exit_file
        output = self.command.output if self.is_open else None
        return tuple(file for file in (exit_file, output) if file is not None)

    @property
    def next_s(self) -> float:
        """In how many seconds to call `step` again at the latest."""
        now = time.monotonic()
        if self.outcome:
            return 0.0
        if self._has_exited:
            return min(0.02, max(0.0, self._exited + _LINGER_S - now)) if self.is_open else 0.02
        due = self._began + self.gate.timeout_s if self._kill_at is None else self._kill_at
        has_exit_file = self.command and self.command.exit_file is not None and now < due
        return min(1.0 if has_exit_file else 0.02, max(0.02, due - now))

    @property
    def _kill_at(self) -> float | None:
        return self.command.kill_at if self.command else None

    def read(self) -> bool:
        """Read the next output, and return whether there was any."""
        assert self.command
        data = self.command.read()
        if data is None:
            return False
        if not data:
            self.is_open = False
            return False
        self.tail = (self.tail + data)[-_TAIL_BYTES:]
        if "error" not in self._spoiled:
            try:
                assert self._log
                self._log.write(data)
                self._search.feed(data)
            except GateError as error:
                self._fail(error)
        return True

    def stop(self, reason: str, *, at_once: bool = False) -> None:
        """End it; its verdict is `skipped`."""
        self._spoiled.setdefault("skipped", reason)
        if self.command:
            self.command.ask_to_end(time.monotonic())
            if at_once:
                self.command.kill_at = time.monotonic()

    def step(self, others: Collection[int]) -> None:
        """Check the clock and the processes; `others` are the other commands that run."""
        if self.outcome or not self.command:
            return
        now = time.monotonic()
        if not self._has_exited:
            if now >= self._began + self.gate.timeout_s and self.command.kill_at is None:
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
        return self._kill_at is not None and now >= self._kill_at + GRACE_S

    def _end_rest(self, others: Collection[int], now: float) -> None:
        assert self.command
        for _ in range(_LAST_READS):
            if not (self.is_open and self.read()):
                break
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

    def _fail(self, error: GateError) -> None:
        self._spoiled.setdefault("error", str(error))
        if self.command:
            self.command.ask_to_end(time.monotonic())

    def _conclude(self, code: int | None) -> None:
        tests = None
        measured = None
        try:
            if self._log:
                self._log.close()
            if not self._spoiled.keys() & {"error", "skipped"}:
                self._search.end()
        except GateError as error:
            self._fail(error)
        verdict, reason = self._judge_command(code)
        if self.gate.junit and verdict in ("passed", "failed"):
            verdict, reason, tests = self._judge_tests(verdict, reason)
        if self.gate.coverage and verdict == "passed":
            verdict, reason, measured = self._judge_coverage()
        run = GateRun(code, self._exited - self._began, printable(reason))
        log = str(self._log.path) if self._log else ""
        self.outcome = Outcome(verdict, run, log, tests, measured)

    def _judge_command(self, code: int | None) -> tuple[Verdict, str]:
        """Judge by exit code, clock and output."""
        verdicts: tuple[Verdict, ...] = ("skipped", "timeout", "error")
        for verdict in verdicts:
            if verdict in self._spoiled:
                return verdict, self._spoiled[verdict]
        if code:
            return "failed", exit_reason(code, in_shell=isinstance(self.gate.run, str))
        lines = self._search.found
        forbidden = [(lines[text], text) for text in self.gate.forbid_output if text in lines]
        if forbidden:
            line, text = min(forbidden)
            return "failed", f"printed '{text}' (line {line})"
        missing = [f"'{text}'" for text in self.gate.expect_output if text not in lines]
        if missing:
            return "failed", f"no line matched {' or '.join(missing)}"
        return "passed", ""

    def _judge_tests(
        self, verdict: Verdict, reason: str
    ) -> tuple[Verdict, str, Mapping[str, tuple[str, ...]] | None]:
        try:
            tests = reports.read_junit(self._reports[self.gate.junit].read())
        except GateError as error:
            # A command can fail before it writes a report; then its exit code is the reason.
            if verdict == "failed":
                return verdict, reason, None
            return "error", _name_report(self.gate.junit, error), None
        failed = sorted(name for name, results in tests.items() if "failed" in results)
        if verdict == "failed" and failed:
            reason = f"{reason}; tests that failed: {join_names(failed)}"
        if verdict == "passed" and all(set(results) == {"skipped"} for results in tests.values()):
            verdict, reason = "failed", "no test ran"
        return verdict, reason, tests

    def _judge_coverage(self) -> tuple[Verdict, str, CoverageResult | None]:
        demand = self.gate.coverage
        assert demand
        try:
            report = read_report(self._reports[demand.report].read())
        except GateError as error:
            return "error", _name_report(demand.report, error), None
        result = coverage.judge(
            resolve_paths(report, self._shared.root, self._folder),
            demand,
            baseline=self._shared.baselines.get(self.gate.id),
            changed_lines=self._shared.changed_lines,
        )
        reason = "; ".join((*result.unknown, *result.reasons))
        verdict: Verdict = "error" if result.unknown else "failed" if result.reasons else "passed"
        return verdict, reason, result


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
