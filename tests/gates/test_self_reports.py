"""Gates cannot lie: no last line, exit code or old report hides a failure."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.plan.model import Coverage

if TYPE_CHECKING:
    from gates.conftest import Runner


@pytest.mark.parametrize(
    ("script", "shell", "verdict"),
    [
        ("false\ntrue\n", "bash", "failed"),
        ("false\ntrue\n", "sh", "failed"),
        ("false; true", "bash", "failed"),
        ("false | true", "bash", "failed"),
        ("false | true", "sh", "passed"),  # POSIX has no pipefail
        ("(exit 3)\necho done", "bash", "failed"),
        ("f() { false; true; }; f", "bash", "failed"),
        ("if false; then exit 1; fi\nfalse || true\n! false", "bash", "passed"),
        ("[[ a == a ]] && cat <(true)", "bash", "passed"),
        ("true |\n  true", "bash", "passed"),
        ("echo $0 $-; false", "bash", "failed"),
    ],
)
def test_a_script_ends_at_its_first_error(
    script: str, shell: str, verdict: str, runner: "Runner"
) -> None:
    assert runner.one(script, shell=shell).verdict == verdict


def test_a_script_that_stops_early_names_its_exit_code(runner: "Runner") -> None:
    assert runner.one("sh -c 'exit 7'\ntouch later").reason == "exit 7"
    assert not (runner.root / "later").exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("yes | head -1", "exit 141: SIGPIPE: a command in a pipe wrote to one that had ended"),
        ("sh -c 'kill -9 $$'; true", "exit 137: a command was ended by SIGKILL"),
        ("exit 143", "exit 143: a command was ended by SIGTERM"),
        ("exit 255", "exit 255"),
        ("exit 127", "exit 127: command not found"),
    ],
)
def test_the_exit_code_of_a_signal_is_explained(script: str, reason: str, runner: "Runner") -> None:
    assert runner.one(script).reason.startswith(reason)
    assert "pipefail" in runner.one("yes | head -1").reason
    assert runner.one(("sh", "-c", "exit 137")).reason == "exit 137"


def test_a_shell_that_is_missing_is_an_error(runner: "Runner", tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    env = (("PATH", str(tmp_path / "bin")),)
    for shell in ("bash", "sh"):
        result = runner.one("true", shell=shell, env=env)
        assert (result.verdict, result.reason) == ("error", f"the shell {shell!r} is not installed")


CASE = '<testcase classname="c" name="{}">{}</testcase>'


@pytest.mark.parametrize(
    ("body", "code", "verdict", "reason"),
    [
        (CASE.format("t", ""), 0, "passed", ""),
        (CASE.format("t", "<failure/>"), 0, "failed", "tests that failed: c::t"),
        (CASE.format("t", "<error/>"), 0, "failed", "tests that failed: c::t"),
        (CASE.format("t", "<failure/>"), 1, "failed", "exit 1; tests that failed: c::t"),
        ("<error/>", 0, "failed", "tests that failed: suite 's': error outside its tests"),
        (CASE.format("t", "<flakyFailure/>"), 0, "flaky", "tests that failed and passed: c::t"),
        (
            CASE.format("t", "<flakyFailure/>"),
            1,
            "flaky",
            "exit 1; tests that failed and passed: c::t",
        ),
        (
            CASE.format("t", "<failure/>") + CASE.format("t", ""),
            0,
            "flaky",
            "tests that failed and passed: c::t",
        ),
        (
            CASE.format("t", "<flakyError/>") + CASE.format("u", "<failure/>"),
            0,
            "failed",
            "tests that failed: c::u",
        ),
        (CASE.format("t", "<skipped/>"), 0, "failed", "no test ran"),
        ("", 0, "failed", "no test ran"),
    ],
)
def test_a_report_decides_whatever_the_exit_code(
    body: str, code: int, verdict: str, reason: str, runner: "Runner"
) -> None:
    report = runner.write("in.xml", f'<testsuite name="s">{body}</testsuite>')
    command = f"cat {report} > out.xml; exit {code}"

    result = runner.one(command, junit=("out.xml",))

    assert (result.verdict, result.reason) == (verdict, reason)


def test_what_was_left_out_of_reports_is_said(runner: "Runner") -> None:
    runner.write(
        "out/TEST-old.xml", '<testsuite><testcase name="x"><failure/></testcase></testsuite>'
    )
    report = runner.write("in.xml", '<testsuite><testcase name="a&#27;"/></testsuite>')

    result = runner.one(f"cat {report} > out/TEST-new.xml", junit=("out/TEST-*.xml",))

    assert result.verdict == "passed"
    assert result.notes == (
        "reports ignored, since they are older than the run: 1",
        "characters dropped, since XML forbids them: 1",
    )


@pytest.mark.parametrize("command", ["ln -s", "ln", "mv", "cp -p"])
def test_an_old_report_is_not_fresh_by_a_new_name(command: str, runner: "Runner") -> None:
    runner.write("old.xml", '<testsuite><testcase name="a"/></testsuite>')

    result = runner.one(f"{command} old.xml out.xml", junit=("out.xml",))

    assert (result.verdict, result.reason) == (
        "error",
        "the report 'out.xml' is older than the run",
    )


def test_a_report_of_another_gate_counts_if_it_was_written_in_this_run(runner: "Runner") -> None:
    lcov = "printf 'SF:a.py\\nDA:1,1\\nend_of_record\\n' > c.info"
    runner.write("a.py", "")
    reader = runner.gate("reader", coverage=Coverage(("c.info",), minimum=1), needs=("writer",))

    _, result = runner.run(runner.gate("writer", run=lcov), reader)
    assert result.verdict == "passed"
    _, result = runner.run(runner.gate("writer", run="true"), reader)
    assert result.reason == "the report 'c.info' is older than the run"
