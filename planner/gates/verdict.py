"""What running a gate yields, and how its runs add up to one verdict."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from planner.gates.coverage import CoverageResult
from planner.gates.output import printable

Verdict = Literal["passed", "failed", "flaky", "timeout", "skipped", "error"]
_SHOWN = 5  # names in one line; the report has the rest


class Run(NamedTuple):
    """One run of a gate. `exit` is None where no command ended by itself or by a signal.

    A command that a signal ended has the negative number of the signal, as in `subprocess`.
    `reason` is empty when the run passed.
    """

    exit: int | None
    seconds: float
    reason: str


class Outcome(NamedTuple):
    """One run of a gate as judged by itself. `tests` is None where no report tells of them."""

    verdict: Verdict
    run: Run
    log: str
    tests: Mapping[str, tuple[str, ...]] | None = None
    coverage: CoverageResult | None = None


class Result(NamedTuple):
    """A gate, judged. Only `passed` passes.

    `log` is that of the first run that did not pass, else of the last; `disagreeing` names the
    tests that did not end the same in every run. Names are as in the reports; the reason is safe
    to print.
    """

    id: str
    verdict: Verdict
    runs: tuple[Run, ...] = ()
    log: str = ""
    coverage: CoverageResult | None = None
    reason: str = ""
    disagreeing: tuple[str, ...] = ()


class Event(NamedTuple):
    """What happens while gates run.

    `started` and `output` (its last line, at most ten a second) belong to a run, counted from 1.
    `tick` comes once a second for each gate that runs. `ended` comes once for each gate, with
    its result; its run is 0 when the gate was never started.
    """

    kind: Literal["started", "output", "tick", "ended"]
    gate: str
    run: int
    text: str = ""
    result: Result | None = None


class Interrupted(KeyboardInterrupt):
    """A signal ended the gates; nothing that they started is left."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.signum = signum


def add_up(gate_id: str, outcomes: Sequence[Outcome]) -> Result:
    """One verdict from all runs of a gate: runs that disagree are flaky, whichever came last."""
    at = next((i for i, outcome in enumerate(outcomes) if outcome.verdict != "passed"), -1)
    shown, last = outcomes[at], outcomes[-1]
    disagreeing = _disagreeing(outcomes)
    verdicts = {outcome.verdict for outcome in outcomes}
    verdict: Verdict = shown.verdict
    reason = shown.run.reason
    if last.verdict in ("error", "skipped"):  # it could not be judged, however it began
        shown, verdict, reason = last, last.verdict, last.run.reason
    elif len(verdicts) > 1 or disagreeing:
        verdict = "flaky"
        reason = _flaky_reason(outcomes, disagreeing, at)
    elif len(outcomes) > 1 and reason:
        reason = f"in all {len(outcomes)} runs: {reason}"
    return Result(
        gate_id,
        verdict,
        tuple(outcome.run for outcome in outcomes),
        shown.log,
        last.coverage,
        reason,
        disagreeing,
    )


def _flaky_reason(outcomes: Sequence[Outcome], disagreeing: Sequence[str], at: int) -> str:
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    reason = f"{passed} of {len(outcomes)} runs passed"
    if at >= 0:
        reason += f"; run {at + 1}: {outcomes[at].run.reason}"
    return f"{reason}; tests that disagree: {listed(disagreeing)}" if disagreeing else reason


def _disagreeing(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """The tests that ended differently in two runs, or were missing from one."""
    told = [outcome.tests for outcome in outcomes if outcome.tests is not None]
    names = {name for tests in told for name in tests}
    return tuple(sorted(n for n in names if len({tests.get(n) for tests in told}) > 1))


def listed(names: Sequence[str]) -> str:
    """Names for one line, the first few of them."""
    more = len(names) - _SHOWN
    return ", ".join(map(printable, names[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
