import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.errors import PlannerError
from planner.gates.judge import Yardstick
from planner.gates.output import tail
from planner.gates.process import marked_processes
from planner.gates.run import Options, run
from planner.gates.verdict import Event

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from gates.conftest import Runner

PYTHON = sys.executable


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def test_exit_code_decides(runner: "Runner") -> None:
    results = runner.run(
        runner.gate("good", run="true"),
        runner.gate("bad", run="exit 3"),
        runner.gate("words", run=(PYTHON, "-c", "import sys; sys.exit(4)")),
        runner.gate("killed", run="kill -9 $$"),
    )

    assert [(r.verdict, r.runs[0].exit, r.reason) for r in results] == [
        ("passed", 0, ""),
        ("failed", 3, "exit 3"),
        ("failed", 4, "exit 4"),
        ("failed", -9, "ended by SIGKILL"),
    ]


def test_forbidden_output_fails_a_gate_that_exits_0(runner: "Runner") -> None:
    result = runner.one(
        "echo ok; echo 'sqlite3.OperationalError: no such table: users'; echo '3 passed'",
        repeat=2,
        forbid_output=("no such table", "(?i)401 unauthorized"),
        expect_output=("\\d+ passed",),
    )

    assert [run.exit for run in result.runs] == [0, 0]
    assert result.verdict == "failed"
    assert result.reason == "in all 2 runs: printed 'no such table' (line 2)"


def test_expected_output_must_appear_in_every_run(runner: "Runner") -> None:
    result = runner.one(
        "cat n 2>/dev/null && echo 3 passed; touch n", repeat=2, expect_output=("passed",)
    )

    assert result.verdict == "flaky"
    assert result.reason == "1 of 2 runs passed; run 1: no line matched 'passed'"


def test_expressions_are_shown_as_written(runner: "Runner") -> None:
    missing, printed = runner.run(
        runner.gate("missing", run="true", expect_output=("\\d+ passed", "it's\x1bfine")),
        runner.gate("printed", run="echo 3 failed", forbid_output=("\\d+ failed",)),
    )

    assert missing.reason == "no line matched '\\d+ passed' or 'it's\\x1bfine'"
    assert printed.reason == "printed '\\d+ failed' (line 1)"


def test_flaky_is_flaky_even_if_the_last_run_passed(runner: "Runner") -> None:
    result = runner.one("test -e once || { touch once; exit 1; }", repeat=3)

    assert result.verdict == "flaky"
    assert [run.exit for run in result.runs] == [1, 0, 0]
    assert result.reason == "2 of 3 runs passed; run 1: exit 1"
    assert result.log == str(runner.logs / "tests.1.log")


def test_seeded_flaky_suite_is_flaky_every_time_and_names_the_test(runner: "Runner") -> None:
    # The suite fails for another reason as well, so that its exit codes agree.
    runner.write(
        "suite.py",
        "import pathlib\n"
        "seen = pathlib.Path('seen'); n = len(seen.read_text()) if seen.exists() else 0\n"
        "seen.write_text('x' * (n + 1))\n"
        "bad = '<failure/>' if n % 2 else ''\n"
        "pathlib.Path('r.xml').write_text(f'''<testsuites><testsuite>\n"
        "<testcase classname='t' name='stable'/><testcase classname='t' name='red'><failure/>\n"
        "</testcase><testcase classname='t' name='flaky'>{bad}</testcase>\n"
        "</testsuite></testsuites>''')\n"
        "raise SystemExit(1)\n",
    )
    for _ in range(5):
        result = runner.one((PYTHON, "-S", "suite.py"), repeat=2, junit=("r.xml",))

        assert result.verdict == "flaky"
        assert result.disagreeing == ("t::flaky",)
        assert "tests that disagree: t::flaky" in result.reason


def test_run_in_which_no_test_ran_is_failed(runner: "Runner") -> None:
    skipped = "<testcase name='a'><skipped/></testcase>"
    for cases in ("", skipped):
        result = runner.one(f'echo "<testsuite>{cases}</testsuite>" > r.xml', junit=("r.xml",))

        assert (result.verdict, result.reason) == ("failed", "no test ran")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("true", "the command did not write the report 'r.xml'"),
        ("exit 0", "the report 'old.xml' is older than the run"),
        ("echo '<testsuite><testcase' > r.xml", "report 'r.xml': incomplete or malformed XML: "),
        (
            "echo '<html/>' > r.xml",
            "report 'r.xml': expected the root <testsuites> or <testsuite>, not <html>",
        ),
        ("mkfifo r.xml", "the report 'r.xml' is not a regular file"),
        ("mkdir r.xml", "cannot read the report 'r.xml': Is a directory"),
    ],
)
def test_report_that_cannot_be_trusted_is_an_error(
    runner: "Runner", command: str, reason: str
) -> None:
    runner.write("old.xml", "<testsuite><testcase name='a'/></testsuite>")
    name = "old.xml" if "old.xml" in reason else "r.xml"

    result = runner.one(command, junit=(name,))

    assert result.verdict == "error"
    assert result.reason.startswith(reason)


def test_report_of_the_run_before_does_not_count_for_the_next(runner: "Runner") -> None:
    result = runner.one(
        "test -e r.xml || echo '<testsuite><testcase name=\"a\"/></testsuite>' > r.xml",
        repeat=2,
        junit=("r.xml",),
    )

    assert result.verdict == "error"
    assert result.reason == "the report 'r.xml' is older than the run"


def test_report_that_is_rewritten_with_the_same_bytes_counts(runner: "Runner") -> None:
    report = "<testsuite><testcase name='a'/></testsuite>"
    result = runner.one(f'printf %s "{report}" > r.xml', repeat=4, junit=("r.xml",))

    assert result.verdict == "passed"


def test_names_from_a_report_cannot_break_a_line(runner: "Runner") -> None:
    case = '<testcase name="&#10;::error::&#x202e;"><failure/></testcase>'
    result = runner.one(f"echo '<testsuite>{case}</testsuite>' > r.xml; exit 1", junit=("r.xml",))

    assert result.reason == "exit 1; tests that failed: \\n::error::\\u202e"


def test_gates_run_in_the_order_of_their_needs(runner: "Runner") -> None:
    results = runner.run(
        runner.gate("c", run="echo c >> order", needs=("a", "b")),
        runner.gate("b", run="echo b >> order", needs=("a",)),
        runner.gate("a", run="echo a >> order"),
        jobs=3,
    )

    assert (runner.root / "order").read_text() == "a\nb\nc\n"
    assert [r.gate.id for r in results] == ["c", "b", "a"]
    assert {r.verdict for r in results} == {"passed"}


def test_gate_whose_needs_did_not_pass_is_skipped(runner: "Runner") -> None:
    results = runner.run(
        runner.gate("a", run="exit 1"),
        runner.gate("b", run="touch b", needs=("a",)),
        runner.gate("c", run="touch c", needs=("b",)),
        runner.gate("d", run="touch d", needs=("x",)),
        runner.gate("e", run="touch e", needs=("f",)),
        runner.gate("f", run="touch f", needs=("e",)),
    )

    assert [(r.verdict, r.reason) for r in results] == [
        ("failed", "exit 1"),
        ("skipped", "needs 'a': failed"),
        ("skipped", "needs 'b': skipped"),
        ("skipped", "needs 'x', which is not one of the gates"),
        ("error", "these gates need one another: e, f"),
        ("error", "these gates need one another: e, f"),
    ]
    assert not list(runner.root.iterdir())


def test_gates_before_what_they_need_are_skipped_and_no_cycle(runner: "Runner") -> None:
    results = runner.run(
        runner.gate("a", run="touch a", needs=("b",)),
        runner.gate("b", run="touch b", needs=("d",)),
        runner.gate("d", run="exit 1"),
    )

    assert [(r.verdict, r.reason) for r in results] == [
        ("skipped", "needs 'b': skipped"),
        ("skipped", "needs 'd': failed"),
        ("failed", "exit 1"),
    ]


def test_jobs_bounds_how_many_run_at_a_time(runner: "Runner") -> None:
    count = "echo + >> n; sleep 0.15; echo - >> n"

    runner.run(*(runner.gate(f"g{i}", run=count) for i in range(4)), jobs=2)

    depths, depth = [], 0
    for sign in (runner.root / "n").read_text().split():
        depth += 1 if sign == "+" else -1
        depths.append(depth)
    assert max(depths) == 2


def test_fail_fast_ends_what_runs_and_starts_nothing_else(runner: "Runner") -> None:
    began = time.monotonic()

    results = runner.run(
        runner.gate("slow", run="sleep 30"),
        runner.gate("bad", run="exit 1"),
        runner.gate("later", run="touch later"),
        jobs=2,
        fail_fast=True,
    )

    assert [(r.verdict, r.reason) for r in results] == [
        ("skipped", "'bad' did not pass"),
        ("failed", "exit 1"),
        ("skipped", "'bad' did not pass"),
    ]
    assert time.monotonic() - began < 5
    assert not (runner.root / "later").exists()


def test_timeout_neither_passes_nor_fails(runner: "Runner") -> None:
    result = runner.one("trap 'exit 0' TERM; while :; do sleep 0.05; done", timeout_s=0.3)

    assert (result.verdict, result.reason) == ("timeout", "took longer than 0.3 s")
    assert result.runs[0].exit == 0
    assert 0.3 <= result.runs[0].seconds < 2


def test_what_ignores_term_is_killed_after_5_s_with_all_it_started(runner: "Runner") -> None:
    stubborn = "trap '' TERM; echo $$ > {0}; sleep 60 & echo $! >> {0}; wait; sleep 60"
    leaver = "(trap '' TERM; exec setsid sleep 60) & echo $! > left; sleep 60"
    began = time.monotonic()

    results = runner.run(
        runner.gate("a", run=stubborn.format("a"), timeout_s=0.2),
        runner.gate("b", run=leaver, timeout_s=0.2),
        runner.gate("c", run="kill -STOP $$; sleep 60", timeout_s=0.2),
        jobs=3,
    )

    assert [r.verdict for r in results] == ["timeout"] * 3
    assert [r.runs[0].exit for r in results] == [-9, -15, -15]
    assert 5 < time.monotonic() - began < 9
    pids = [int(word) for name in ("a", "left") for word in runner.words(name)]
    assert len(pids) == 3
    assert not any(map(alive, pids))


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        if "clean" in sys.argv:
            os.execve("/bin/sh", ["sh", "-c", "echo $$ > pid; exec sleep 60"], {"PATH": os.defpath})
        open("pid", "w").write(str(os.getpid()))
        if "quiet" in sys.argv:
            os.closerange(0, 3)
        time.sleep(60)
    os._exit(0)
os.wait()
while not os.path.exists("pid") or not open("pid").read():
    time.sleep(0.005)
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="adoption is Linux's")
@pytest.mark.parametrize(("how", "least_s"), [("quiet", 0), ("", 1), ("clean", 1)])
def test_daemon_that_left_the_group_is_ended(runner: "Runner", how: str, least_s: float) -> None:
    began = time.monotonic()

    result = runner.one((PYTHON, "-S", "-c", DAEMON, how), expect_output=("done",))

    assert (result.verdict, result.reason) == ("passed", "")
    assert least_s <= time.monotonic() - began < 5  # output is read for 1 s at most
    assert not alive(int((runner.root / "pid").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="adoption is Linux's")
def test_daemon_of_one_gate_is_ended_while_another_runs_on(runner: "Runner") -> None:
    watch = "while test ! -s pid; do sleep 0.01; done; sleep 0.6; ! kill -0 $(cat pid)"

    results = runner.run(
        runner.gate("daemon", run=(PYTHON, "-S", "-c", DAEMON, "quiet")),
        runner.gate("watch", run=watch),
        jobs=2,
    )

    assert [r.verdict for r in results] == ["passed", "passed"]


def test_processes_of_the_caller_are_left_alone(runner: "Runner") -> None:
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    try:
        assert runner.one("true").verdict == "passed"
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_marked_processes_are_found_where_there_is_no_adoption(runner: "Runner") -> None:
    env = {"PATH": os.defpath, "PLANNER_GATE_RUN": f"mark.{runner.root}"}
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], env)
    try:
        time.sleep(0.1)
        assert marked_processes(f"PLANNER_GATE_RUN=mark.{runner.root}") == [pid]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_background_output_within_a_second_of_the_exit_counts(runner: "Runner") -> None:
    result = runner.one("(sleep 0.3; echo no such table) & exit 0", forbid_output=("no such",))

    assert result.reason == "printed 'no such' (line 1)"


def test_command_that_closes_its_stdout_is_waited_for(runner: "Runner") -> None:
    result = runner.one("exec >&- 2>&-; sleep 0.3; exit 7")

    assert (result.verdict, result.reason) == ("failed", "exit 7")


def test_command_that_reads_stdin_or_asks_the_terminal_gets_nothing(runner: "Runner") -> None:
    result = runner.one("cat; echo end; (exec < /dev/tty) 2>/dev/null && exit 9; exit 0")

    assert result.verdict == "passed"
    assert Path(result.log).read_bytes() == b"end\n"


def test_missing_shell_command_does_not_pass(runner: "Runner") -> None:
    result = runner.one("no-such-command-here")

    assert result.verdict == "failed"
    assert result.reason == "exit 127: command not found"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"run": ("no-such-command-here",)}, "command not found: 'no-such-command-here'"),
        ({"run": ("./text",)}, "cannot start './text': Permission denied"),
        ({"run": ("./no-format",)}, "cannot start './no-format': Exec format error"),
        ({"run": "true", "cwd": ".."}, "its cwd '..' is outside the repository"),
        ({"run": "true", "cwd": "/"}, "its cwd '/' is outside the repository"),
        ({"run": "true", "cwd": "link"}, "its cwd 'link' is outside the repository"),
        ({"run": "true", "cwd": "nowhere"}, "its cwd 'nowhere' does not exist"),
        ({"run": "true", "cwd": "loop"}, "its cwd 'loop' does not exist"),
        ({"run": "true", "cwd": "text"}, "its cwd 'text' is not a folder"),
        (
            {"run": "true", "expect_output": ("(",)},
            "'(' is not a valid regular expression: "
            "missing ), unterminated subpattern at position 0",
        ),
    ],
)
def test_gate_that_cannot_be_started_is_an_error(
    runner: "Runner", fields: dict[str, str], reason: str
) -> None:
    runner.write("text", "")
    runner.write("no-format", "x").chmod(0o755)
    (runner.root / "link").symlink_to("/")
    (runner.root / "loop").symlink_to("loop")

    bad, good = runner.run(runner.gate("bad", repeat=2, **fields), runner.gate("good", run="true"))

    assert (bad.verdict, bad.reason, len(bad.runs)) == ("error", reason, 1)
    assert good.verdict == "passed"


def test_cwd_and_environment_are_those_of_the_gate(runner: "Runner") -> None:
    runner.write("a/b/file", "")
    result = runner.one('pwd; echo "$SEED $HOME"', cwd="a/b", env=(("SEED", "7"),))

    assert tail(result.log) == (str((runner.root / "a/b").resolve()), f"7 {os.environ['HOME']}")


def test_expression_that_backtracks_for_ever_is_an_error_and_stops_no_other_gate(
    runner: "Runner",
) -> None:
    began = time.monotonic()

    slow, other = runner.run(
        runner.gate("slow", run="printf '%040d!\\n' 0; sleep 600", forbid_output=("(0+)+$",)),
        runner.gate("other", run="sleep 0.2; echo fine", expect_output=("fine",)),
        jobs=2,
    )

    assert slow.verdict == "error"
    assert slow.reason == (
        "'(0+)+$' takes more than 1 s to search one line; "
        "write it without nested repetition such as (a+)+"
    )
    assert other.verdict == "passed"
    assert time.monotonic() - began < 300  # it was stopped, however loaded the machine is


def test_log_that_cannot_be_written_is_an_error(runner: "Runner") -> None:
    runner.logs.mkdir()
    (runner.logs / "tests.log").symlink_to("/dev/full")
    assert runner.one("echo a").verdict == "error"  # a link is not followed

    (runner.logs / "tests.log").unlink()
    (runner.logs / "tests.log").mkdir()
    result = runner.one("echo a")
    assert (result.verdict, result.reason) == ("error", "cannot write the log: Is a directory")


def test_log_holds_every_byte_of_every_run(runner: "Runner") -> None:
    result = runner.one("printf '\\377\\000x\\r\\n'; printf err >&2", repeat=2)

    assert result.verdict == "passed"
    for number in (1, 2):
        assert (runner.logs / f"tests.{number}.log").read_bytes() == b"\xff\x00x\r\nerr"


def test_each_run_and_each_gate_has_its_events(runner: "Runner") -> None:
    results = runner.run(
        runner.gate("a", run="echo one; printf 'two\\rthree'; sleep 0.2; exit 1", repeat=2),
        runner.gate("b", run="true", needs=("a",)),
    )

    others = [e for e in runner.events if e.kind != "output"]
    assert others == [
        Event("started", "a", 1),
        Event("started", "a", 2),
        Event("ended", "a", 2, "in all 2 runs: exit 1", results[0]),
        Event("ended", "b", 0, "needs 'a': failed", results[1]),
    ]
    said = [(e.gate, e.run, e.text) for e in runner.events if e.kind == "output"]
    assert said[-1] in [("a", 2, "one"), ("a", 2, "three")]


def test_tick_comes_once_a_second_with_the_last_line(runner: "Runner") -> None:
    runner.one("echo begun; sleep 1.3")

    ticks = [e for e in runner.events if e.kind == "tick"]
    assert ticks[:1] == [Event("tick", "tests", 1, "begun")]
    assert len(ticks) < 4


def test_exception_of_the_callback_leaves_no_process(runner: "Runner") -> None:
    def tell(event: Event) -> None:
        if event.kind == "output":
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(
            [runner.gate(run="echo $$ > pid; echo out; sleep 60")],
            yardstick=Yardstick(runner.root),
            logs=runner.logs,
            tell=tell,
        )
    assert not alive(int((runner.root / "pid").read_text()))


def test_signal_handlers_are_restored(runner: "Runner") -> None:
    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGVTALRM)
    before = [signal.getsignal(signum) for signum in watched]

    runner.one("true", expect_output=("x",))

    assert [signal.getsignal(signum) for signum in watched] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_exit_code_counts_where_the_caller_ignores_its_children(runner: "Runner") -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert runner.one("exit 3").reason == "exit 3"
        assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_output_delayed_by_the_slow_search_of_another_gate_is_not_lost(runner: "Runner") -> None:
    printed = "(sleep 0.5; echo no such table) & exit 0"
    slow, late = runner.run(
        runner.gate("slow", run="sleep 0.3; printf '%040d!\\n' 0", forbid_output=("(0+)+$",)),
        runner.gate("late", run=printed, forbid_output=("no such table",)),
        jobs=2,
    )

    assert (slow.verdict, late.verdict) == ("error", "failed")


def test_gates_refuse_another_thread(runner: "Runner") -> None:
    errors: list[PlannerError] = []

    def go() -> None:
        try:
            runner.one("true")
        except PlannerError as error:
            errors.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert [error.message for error in errors] == ["gates can run only in the main thread"]


def test_a_gate_that_ends_does_not_end_one_that_has_just_started(runner: "Runner") -> None:
    def tell(event: Event) -> None:
        if event.kind == "output":
            time.sleep(0.5)  # both gates end meanwhile, and are seen to end in the same turn

    results = run(
        [runner.gate("a", run="echo x; sleep 0.1", repeat=2), runner.gate("b", run="sleep 0.2")],
        yardstick=Yardstick(runner.root),
        logs=runner.logs,
        tell=tell,
        options=Options(jobs=2),
    )

    assert [(one.verdict, one.reason) for one in results] == [("passed", ""), ("passed", "")]
