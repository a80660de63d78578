"""No random script or report passes wrongly, nor fails wrongly, by oracles of their own.

The suite tries a few of each; `PLANNER_RANDOM_GATES=2000 pytest tests/gates/test_random_gates.py`
tries more.
"""

import os
import random
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from gates.random_reports import FILES, random_changes, random_coverage, random_tests
from gates.random_scripts import script

if TYPE_CHECKING:
    from gates.conftest import Runner

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("PLANNER_RANDOM_GATES", "100"))  # read before the tests are sealed
SEED = int(os.environ.get("PLANNER_RANDOM_SEED", "8"))


def disagreeing(verdicts: Sequence[str], expected: Sequence[str], sources: Sequence[str]) -> str:
    """Describe the first disagreement, with what led to it."""
    for at, (verdict, wanted) in enumerate(zip(verdicts, expected, strict=True)):
        if verdict != wanted:
            return f"number {at}: {verdict}, not {wanted}\n{sources[at]}"
    return ""


def test_scripts_exit_as_bash_says(runner: "Runner") -> None:
    dice = random.Random(SEED)
    scripts = [script(dice) for _ in range(COUNT)]
    gates = [runner.gate(f"g{at}", run=text) for at, (text, _) in enumerate(scripts)]

    results = runner.run(*gates, jobs=4)

    exits = [str(result.runs[0].exit) for result in results]
    expected = [str(code) for _, code in scripts]
    assert disagreeing(exits, expected, [text for text, _ in scripts]) == ""
    assert [result.verdict == "passed" for result in results] == [code == 0 for _, code in scripts]
    assert len(set(expected)) > 3


def test_reports_of_tests_count_as_their_tests_do(runner: "Runner") -> None:
    dice = random.Random(SEED)
    gates, expected, sources = [], [], []
    for at in range(COUNT):
        reports, verdict = random_tests(dice)
        code = int(dice.random() < 0.1)
        lines = [f"mkdir {at}"]
        for number, report in enumerate(reports):
            (runner.root / f"{at}-{number}.in").write_text(report)
            lines.append(f"cat {at}-{number}.in > {at}/TEST-{number}.xml")
        text = "\n".join([*lines, f"exit {code}"])
        gates.append(runner.gate(f"g{at}", run=text, junit=(f"{at}/TEST-*.xml",)))
        # A command that fails may do so by a flaky test alone.
        expected.append("failed" if code and verdict == "passed" else verdict)
        sources.append("\n".join(reports))

    results = runner.run(*gates, jobs=4)

    assert disagreeing([result.verdict for result in results], expected, sources) == ""
    assert {"passed", "failed", "flaky"} == set(expected)


def test_coverage_is_judged_by_its_lines(runner: "Runner") -> None:
    dice = random.Random(SEED)
    for path in FILES:
        runner.write(path, "")
    verdicts: list[str] = []
    expected, sources = [], []
    for first in range(0, COUNT, 20):
        changes = random_changes(dice)
        gates, baselines = [], {}
        for at in range(first, first + 20):
            one = random_coverage(dice, at, changes)
            for name, content in one.reports.items():
                (runner.root / f"{name}.in").write_text(content)
            files = " ".join(map(shlex.quote, one.reports))
            text = f"for name in {files}; do cat $name.in > $name; done"
            gates.append(runner.gate(f"g{at}", run=text, coverage=one.demand))
            baselines[f"g{at}"] = one.baseline
            expected.append(one.verdict)
            sources.append(f"{one}\n{changes}")
        results = runner.run(*gates, baselines=baselines, changes=changes, jobs=4)
        verdicts += [result.verdict for result in results]

    assert disagreeing(verdicts, expected, sources) == ""
    assert {"passed", "failed", "error"} == set(expected)
