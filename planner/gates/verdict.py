"""Verdicts of gates, and how the runs of a gate add up to one."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from planner.gates.coverage import CoverageResult
from planner.gates.output import listed
from planner.plan.model import Gate

Verdict = Literal["passed", "failed", "flaky", "timeout", "skipped", "error"]
PHRASES: Final[Mapping[str, str]] = {
    "passed": "passed",
    "failed": "failed",
    "flaky": "was flaky",
    "timeout": "timed out",
    "skipped": "was skipped",
    "error": "could not be checked",
}
"""What to say of a gate with this verdict."""

_MOST_NAMES: Final = 5  # in one line; the report has the rest


class GateRun(NamedTuple):
    """One run of a gate.

    Attributes:
        exit: the exit code; minus the number of the signal that ended the command, as in
            `subprocess`; None when no command ended.
        reason: why it did not pass; empty when it did.
        tests: the results of each test by its name; None without a report of tests.
        notes: what was left out of its reports, in one line each.
    """

    verdict: Verdict
    exit: int | None = None
    seconds: float = 0.0
    reason: str = ""
    log: str = ""
    tests: Mapping[str, tuple[str, ...]] | None = None
    coverage: CoverageResult | None = None
    notes: tuple[str, ...] = ()


class Result(NamedTuple):
    """The verdict on a gate. Only `passed` passes.

    Attributes:
        log: the log of the first run that did not pass, or else of the last.
        reason: why it did not pass, safe to print.
        disagreeing: the tests whose results differ between runs, named as in the report.
    """

    gate: Gate
    verdict: Verdict
    runs: tuple[GateRun, ...] = ()
    log: str = ""
    reason: str = ""
    disagreeing: tuple[str, ...] = ()

    @property
    def coverage(self) -> CoverageResult | None:
        """What the last run measured."""
        return self.runs[-1].coverage if self.runs else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the reports of its runs, each once."""
        return tuple(dict.fromkeys(note for run in self.runs for note in run.notes))


class Event(NamedTuple):
    """What happens while gates run.

    `started` and `output` (its last line, at most ten a second) belong to a run, counted from 1.
    `tick` comes once a second for each gate that runs. `ended` comes once for each gate, with
    its result; its run is 0 when the gate never started.
    """

    kind: Literal["started", "output", "tick", "ended"]
    gate: str
    run: int
    text: str = ""
    result: Result | None = None


class Interrupted(KeyboardInterrupt):
    """A signal ended the gates; no process that they started is left."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.signum = signum


def add_up(gate: Gate, runs: Sequence[GateRun]) -> Result:
    """Return one verdict for all runs of a gate: runs that disagree are flaky, in any order."""
    first_bad = next((i for i, run in enumerate(runs) if run.verdict != "passed"), -1)
    decisive = runs[first_bad]
    disagreeing = _disagreeing(runs)
    verdict, reason = decisive.verdict, decisive.reason
    if runs[-1].verdict in ("error", "skipped"):  # whatever the runs before it
        decisive = runs[-1]
        verdict, reason = decisive.verdict, decisive.reason
    elif disagreeing or len({run.verdict for run in runs}) > 1:
        verdict, reason = "flaky", _flaky_reason(runs, disagreeing, first_bad)
    elif len(runs) > 1 and reason:
        reason = f"in all {len(runs)} runs: {reason}"
    return Result(gate, verdict, tuple(runs), decisive.log, reason, disagreeing)


def _flaky_reason(runs: Sequence[GateRun], disagreeing: Sequence[str], first_bad: int) -> str:
    passed = sum(run.verdict == "passed" for run in runs)
    reason = f"{passed} of {len(runs)} runs passed"
    if first_bad >= 0:
        reason += f"; run {first_bad + 1}: {runs[first_bad].reason}"
    return f"{reason}; tests that disagree: {join_names(disagreeing)}" if disagreeing else reason


def _disagreeing(runs: Sequence[GateRun]) -> tuple[str, ...]:
    """List the tests whose results differ between runs, or that are missing from one."""
    reports = [run.tests for run in runs if run.tests is not None]
    names = {name for tests in reports for name in tests}
    return tuple(sorted(n for n in names if len({tests.get(n) for tests in reports}) > 1))


def join_names(names: Sequence[str]) -> str:
    """Return the first few names for one line, and how many more there are."""
    return listed(names, _MOST_NAMES, "more")
