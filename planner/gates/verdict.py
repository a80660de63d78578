"""Verdicts of gates, and how the runs of a gate add up to one."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from planner.gates.coverage import CoverageResult
from planner.gates.output import printable

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

_MOST_NAMES = 5  # in one line; the report has the rest


class GateRun(NamedTuple):
    """One run of a gate.

    Attributes:
        exit: the exit code; minus the number of the signal that ended the command, as in
            `subprocess`; None when no command ended.
        reason: why it did not pass; empty when it did.
    """

    exit: int | None
    seconds: float
    reason: str


class Outcome(NamedTuple):
    """The verdict on one run of a gate. `tests` is None without a report of tests."""

    verdict: Verdict
    run: GateRun
    log: str
    tests: Mapping[str, tuple[str, ...]] | None = None
    coverage: CoverageResult | None = None


class Result(NamedTuple):
    """The verdict on a gate. Only `passed` passes.

    Attributes:
        log: the log of the first run that did not pass, or else of the last.
        reason: why it did not pass, safe to print.
        disagreeing: the tests whose results differ between runs, named as in the report.
    """

    id: str
    verdict: Verdict
    runs: tuple[GateRun, ...] = ()
    log: str = ""
    coverage: CoverageResult | None = None
    reason: str = ""
    disagreeing: tuple[str, ...] = ()


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


def add_up(gate_id: str, outcomes: Sequence[Outcome]) -> Result:
    """Return one verdict for all runs of a gate: runs that disagree are flaky, in any order."""
    first_bad = next((i for i, outcome in enumerate(outcomes) if outcome.verdict != "passed"), -1)
    decisive, last = outcomes[first_bad], outcomes[-1]
    disagreeing = _disagreeing(outcomes)
    verdicts = {outcome.verdict for outcome in outcomes}
    verdict: Verdict = decisive.verdict
    reason = decisive.run.reason
    if last.verdict in ("error", "skipped"):  # whatever the runs before it
        decisive, verdict, reason = last, last.verdict, last.run.reason
    elif len(verdicts) > 1 or disagreeing:
        verdict = "flaky"
        reason = _flaky_reason(outcomes, disagreeing, first_bad)
    elif len(outcomes) > 1 and reason:
        reason = f"in all {len(outcomes)} runs: {reason}"
    return Result(
        gate_id,
        verdict,
        tuple(outcome.run for outcome in outcomes),
        decisive.log,
        last.coverage,
        reason,
        disagreeing,
    )


def _flaky_reason(outcomes: Sequence[Outcome], disagreeing: Sequence[str], first_bad: int) -> str:
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    reason = f"{passed} of {len(outcomes)} runs passed"
    if first_bad >= 0:
        reason += f"; run {first_bad + 1}: {outcomes[first_bad].run.reason}"
    return f"{reason}; tests that disagree: {join_names(disagreeing)}" if disagreeing else reason


def _disagreeing(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """List the tests whose results differ between runs, or that are missing from one."""
    reports = [outcome.tests for outcome in outcomes if outcome.tests is not None]
    names = {name for tests in reports for name in tests}
    return tuple(sorted(n for n in names if len({tests.get(n) for tests in reports}) > 1))


def join_names(names: Sequence[str]) -> str:
    """Return the first few names for one line, and how many more there are."""
    more = len(names) - _MOST_NAMES
    text = ", ".join(map(printable, names[:_MOST_NAMES]))
    return text + (f" and {more} more" if more > 0 else "")
