"""One run of a gate, from its start to its verdict."""

import math
import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.judge import Left, Yardstick, folder_of, judge, not_passed
from planner.gates.output import Log, Search, SearchTimer
from planner.gates.process import GRACE_S, Adoption, Command, describe, marked_processes
from planner.gates.reports.files import clock_ns
from planner.gates.verdict import GateRun, Verdict
from planner.plan.model import Gate

_LINGER_S: Final = 1.0  # how long to read output after the command itself has exited
_LAST_READS: Final = 16  # more than a pipe can contain
_TAIL_BYTES: Final = 1024
_CLOCK_STEP_S: Final = 0.02


class SharedState(NamedTuple):
    """What all runs of all gates share."""

    logs: Path
    adoption: Adoption
    timer: SearchTimer
    yardstick: Yardstick


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
        self._folder = folder_of(gate, shared.yardstick.root)
        self._search = Search((*gate.expect_output, *gate.forbid_output), shared.timer)
        self._since_ns = started_ns(shared.logs) if gate.junit or gate.coverage else 0
        infix = "" if gate.repeat == 1 else f".{number}"
        self._log = Log(shared.logs / f"{gate.id}{infix}.log")
        self._began = self._exited = time.monotonic()
        mark = f"{gate.id}.{number}.{os.getpid()}"
        try:
            self.command = Command(
                gate.run, shell=gate.shell, folder=self._folder, env=dict(gate.env), mark=mark
            )
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
                self.ended = not_passed(run, self._spoiled[verdict], verdict)
                return
        left = Left(self._search.found, self._folder, self._since_ns)
        self.ended = judge(run, self.gate, left, self._shared.yardstick)


def started_ns(logs: Path) -> int:
    """Return a time by which reports are told apart: files that were written before are older."""
    # Two writes within one tick of the file system's clock have the same time.
    logs.mkdir(parents=True, exist_ok=True)
    time.sleep(_CLOCK_STEP_S)
    return clock_ns(logs)
