"""Run gates in the order of their needs, several at a time, and leave no process behind."""

import math
import os
import select
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from planner.errors import PlannerError
from planner.gates.attempt import Attempt, SharedState, started_ns
from planner.gates.errors import GateError
from planner.gates.judge import Left, Yardstick, folder_of, judge
from planner.gates.output import SearchTimer, last_line, printable
from planner.gates.process import Adoption
from planner.gates.signals import Signals
from planner.gates.verdict import Event, GateRun, Interrupted, Result, add_up
from planner.plan.model import Gate

_TICK_S: Final = 1.0
_READS: Final = 8  # of the output of one gate, before the next gate's
_OUTPUT_EVENT_S: Final = 0.1  # between two `output` events of a gate


class Options(NamedTuple):
    """How to run gates.

    Attributes:
        jobs: how many at a time.
        fail_fast: end the others as soon as one does not pass.
    """

    jobs: int = 1
    fail_fast: bool = False


def run(
    gates: Sequence[Gate],
    *,
    yardstick: Yardstick,
    logs: Path,
    tell: Callable[[Event], None],
    options: Options | None = None,
) -> tuple[Result, ...]:
    """Run the gates, and return their results in the same order.

    However this function ends, all processes that it started have ended before. While it runs, INT,
    TERM and HUP are caught (unless they were ignored), VTALRM is the timer of searches, and CHLD is
    not ignored. Afterwards the former handlers are back.

    Args:
        gates: the gates, including those that they need.
        yardstick: the work tree, to which `cwd` of a gate is relative; and what coverage is
            compared with.
        logs: the folder for the output, in `GATE.log`, or `GATE.RUN.log` with `repeat`.
        tell: called with each event, in this thread.

    Raises:
        Interrupted: a signal came (this is a KeyboardInterrupt). A second signal skips the 5 s
            between TERM and KILL.
        PlannerError: gates cannot run on this system or in this thread.
    """
    options = options or Options()
    ensure_possible()
    with Signals() as signals, Adoption() as adoption, SearchTimer() as timer:
        shared = SharedState(logs, adoption, timer, yardstick)
        scheduler = _Scheduler(gates, shared, tell, options, signals)
        try:
            scheduler.run()
        finally:
            scheduler.end()
    if signals.last:
        raise Interrupted(signals.last)
    return tuple(scheduler.results[gate.id] for gate in gates)


def ensure_possible() -> None:
    """Check that gates can run.

    Raises:
        PlannerError: they cannot on this system or in this thread.
    """
    if not hasattr(os, "killpg"):
        raise PlannerError("gates cannot run on this system", hint="run them on Linux or macOS")
    if threading.current_thread() is not threading.main_thread():
        raise PlannerError(
            "gates can run only in the main thread", hint="start `planner run-gates` instead"
        )


class _Scheduler:
    """Starts gates and steps those that run. `results` are those that have ended."""

    def __init__(
        self,
        gates: Sequence[Gate],
        shared: SharedState,
        tell: Callable[[Event], None],
        options: Options,
        signals: Signals,
    ) -> None:
        self.results: dict[str, Result] = {}
        self._waiting = list(gates)
        self._running: list[Attempt] = []
        self._runs: dict[str, list[GateRun]] = {gate.id: [] for gate in gates}
        # A gate without a command reads what the others write.
        self._since_ns = 0 if all(gate.run for gate in gates) else started_ns(shared.logs)
        self._shared = shared
        self._tell = tell
        self._options = options
        self._signals = signals
        self._is_ending = False
        self._output_events: dict[str, float] = {}  # when the last one was
        self._next_tick = time.monotonic() + _TICK_S

    def run(self) -> None:
        """Run all gates, or until a signal comes."""
        while (self._waiting or self._running) and not self._signals.count:
            self._start()
            self._wait()
            self._tick()

    def end(self) -> None:
        """End the gates that still run, whatever went wrong."""
        self._is_ending = True
        self._waiting.clear()
        self._tell = lambda _: None  # the exception may come from it
        try:
            while self._running:
                for attempt in self._running:
                    attempt.stop("interrupted", at_once=self._signals.count > 1)
                self._wait()
        finally:
            for attempt in self._running:
                attempt.command.kill()

    def _start(self) -> None:
        """Start the gates that can start, and skip those that can no longer pass."""
        before = list(self._waiting)
        for gate in before:
            problem = self._problem(gate)
            if problem:
                self._waiting.remove(gate)
                self._end(Result(gate, "skipped", reason=problem))
            elif self.results.keys() >= set(gate.needs) and len(self._running) < max(
                1, self._options.jobs
            ):
                self._waiting.remove(gate)
                self._attempt(gate, 1)
        # A gate that was skipped just now may be what an earlier one waits for: no cycle yet.
        if self._waiting == before and not self._running:
            ids = ", ".join(gate.id for gate in self._waiting)
            for gate in self._waiting:
                self._end(Result(gate, "error", reason=f"these gates need one another: {ids}"))
            self._waiting.clear()

    def _problem(self, gate: Gate) -> str:
        """Return why a gate will not run, or nothing."""
        for need in gate.needs:
            if need not in self._runs:
                return f"needs {need!r}, which is not one of the gates"
            result = self.results.get(need)
            if result and result.verdict != "passed":
                return f"needs {need!r}: {result.verdict}"
        return self._fail_fast_problem()

    def _fail_fast_problem(self) -> str:
        bad = (r.gate.id for r in self.results.values() if r.verdict not in ("passed", "skipped"))
        first = next(bad, "") if self._options.fail_fast else ""
        return f"{first!r} did not pass" if first else ""

    def _attempt(self, gate: Gate, number: int) -> None:
        self._tell(Event("started", gate.id, number))
        try:
            if gate.run:
                self._running.append(Attempt(gate, number, self._shared))
                return
            yardstick = self._shared.yardstick
            left = Left({}, folder_of(gate, yardstick.root), self._since_ns)
            run = judge(GateRun("passed"), gate, left, yardstick)
        except GateError as error:
            run = GateRun("error", reason=printable(str(error)))
        self._finish(gate, number, run)

    def _wait(self) -> None:
        """Wait for output, an exit, a signal or a time limit, and handle it."""
        poll = select.poll()
        for file in (self._signals.wakeup, *(f for run in self._running for f in run.files)):
            poll.register(file, select.POLLIN)
        tick_s = max(0.0, self._next_tick - time.monotonic())
        wait_s = min((min(tick_s, run.next_s) for run in self._running), default=0.0)
        ready = {file for file, _ in poll.poll(math.ceil(wait_s * 1000))}
        if self._signals.wakeup in ready:
            os.read(self._signals.wakeup, 4096)
        for attempt in list(self._running):
            if attempt.is_open and attempt.files[-1] in ready:
                self._read(attempt)
            # Not before the loop: what another one's end starts is running, too.
            attempt.step({one.command.pid for one in self._running if one is not attempt})
            if attempt.ended:
                self._running.remove(attempt)
                self._finish(attempt.gate, attempt.number, attempt.ended)

    def _read(self, attempt: Attempt) -> None:
        attempt.read(_READS)
        now = time.monotonic()
        if now - self._output_events.get(attempt.gate.id, 0.0) >= _OUTPUT_EVENT_S:
            self._output_events[attempt.gate.id] = now
            self._tell_output("output", attempt)

    def _tick(self) -> None:
        if time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + _TICK_S
            for attempt in self._running:
                self._tell_output("tick", attempt)

    def _tell_output(self, kind: Literal["output", "tick"], attempt: Attempt) -> None:
        self._tell(Event(kind, attempt.gate.id, attempt.number, last_line(attempt.tail)))

    def _finish(self, gate: Gate, number: int, run: GateRun) -> None:
        runs = self._runs[gate.id]
        runs.append(run)
        is_over = self._is_ending or not gate.run or run.verdict in ("error", "skipped")
        if number < gate.repeat and not is_over:
            self._attempt(gate, number + 1)
            return
        self._end(add_up(gate, runs))
        problem = self._fail_fast_problem()
        for other in self._running if problem else ():
            other.stop(problem)

    def _end(self, result: Result) -> None:
        self.results[result.gate.id] = result
        self._tell(Event("ended", result.gate.id, len(result.runs), result.reason, result))
