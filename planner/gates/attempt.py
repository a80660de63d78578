"""One run of a gate, from its start to its verdict."""

import os
import time
from pathlib import Path
from typing import Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.judge import Left, Yardstick, folder_of, judge, not_passed
from planner.gates.output import Log, Search, SearchTimer
from planner.gates.process import Adoption, Command, Surroundings
from planner.gates.reports.files import clock_ns
from planner.gates.supervised import Supervised
from planner.gates.verdict import GateRun, Verdict
from planner.plan.model import Gate

_TAIL_BYTES: Final = 1024
_CLOCK_STEP_S: Final = 0.02


class SharedState(NamedTuple):
    """What all runs of all gates share."""

    logs: Path
    adoption: Adoption
    timer: SearchTimer
    yardstick: Yardstick


class Attempt(Supervised):
    """One run of the command of a gate. Call `step` until it has `ended`.

    Attributes:
        tail: the last bytes of the output.
        ended: the run with its verdict; None while it runs.

    Raises:
        GateError: it cannot be started.
    """

    def __init__(self, gate: Gate, number: int, shared: SharedState) -> None:
        self.gate = gate
        self.number = number
        self.tail = b""
        self.ended: GateRun | None = None
        self._shared = shared
        self._folder = folder_of(gate, shared.yardstick.root)
        self._search = Search((*gate.expect_output, *gate.forbid_output), shared.timer)
        self._since_ns = started_ns(shared.logs) if gate.junit or gate.coverage else 0
        infix = "" if gate.repeat == 1 else f".{number}"
        self._log = Log(shared.logs / f"{gate.id}{infix}.log")
        mark = f"{gate.id}.{number}.{os.getpid()}"
        place = Surroundings(self._folder, dict(gate.env))
        try:
            command = Command(gate.run, place, mark=mark, shell=gate.shell)
        except GateError:
            self._log.close()
            raise
        super().__init__(command, gate.timeout_s, shared.adoption)

    def take(self, data: bytes) -> None:
        """Keep output in the log, and search it."""
        self.tail = (self.tail + data)[-_TAIL_BYTES:]
        if "error" in self.spoiled:
            return
        try:
            self._log.write(data)
            self._search.feed(data)
        except GateError as error:
            self.spoil("error", str(error))

    def conclude(self, code: int | None) -> None:
        """Judge the run."""
        try:
            self._log.close()
            if not self.spoiled.keys() & {"error", "skipped"}:
                self._search.end()
        except GateError as error:
            self.spoiled.setdefault("error", str(error))
        run = GateRun("passed", code, self.seconds, log=str(self._log.path))
        verdicts: tuple[Verdict, ...] = ("skipped", "timeout", "error")
        for verdict in verdicts:
            if verdict in self.spoiled:
                self.ended = not_passed(run, self.spoiled[verdict], verdict)
                return
        left = Left(self._search.found, self._folder, self._since_ns)
        self.ended = judge(run, self.gate, left, self._shared.yardstick)


def started_ns(logs: Path) -> int:
    """Return a time by which reports are told apart: files that were written before are older."""
    # Two writes within one tick of the file system's clock have the same time.
    logs.mkdir(parents=True, exist_ok=True)
    time.sleep(_CLOCK_STEP_S)
    return clock_ns(logs)
