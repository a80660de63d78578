import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.errors import PlannerError
from planner.gates.output import tail
from planner.gates.process import outsiders
from planner.gates.verdict import Event

if TYPE_CHECKING:
    from gates.conftest import Ground

PYTHON = sys.executable


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def test_exit_code_decides(ground: "Ground") -> None:
    results = ground.run(
        ground.gate("good", run="true"),
        ground.gate("bad", run="exit 3"),
        ground.gate("words", run=(PYTHON, "-c", "import sys; sys.exit(4)")),
        ground.gate("killed", run="kill -9 $$"),
    )

    assert [(r.verdict, r.runs[0].exit, r.reason) for r in results] == [
        ("passed", 0, ""),
        ("failed", 3, "exit 3"),
        ("failed", 4, "exit 4"),
        ("failed", -9, "ended by SIGKILL"),
    ]


def test_seed_gate_fails_on_no_such_table_though_pytest_exits_0(ground: "Ground") -> None:
    result = ground.one(
        "echo ok; echo 'sqlite3.OperationalError: no such table: users'; echo '3 passed'",
        repeat=2,
        forbid_output=("no such table", "(?i)401 unauthorized"),
        expect_output=("\\d+ passed",),
    )

    assert [run.exit for run in result.runs] == [0, 0]
    assert result.verdict == "failed"
    assert result.reason == "in all 2 runs: printed 'no such table' (line 2)"


def test_expected_output_must_appear_in_every_run(ground: "Ground") -> None:
    result = ground.one(
        "cat n 2>/dev/null && echo 3 passed; touch n", repeat=2, expect_output=("passed",)
    )

    assert result.verdict == "flaky"
    assert result.reason == "1 of 2 runs passed; run 1: no line matched 'passed'"


def test_flaky_is_flaky_even_if_the_last_run_passed(ground: "Ground") -> None:
    result = ground.one("test -e once || { touch once; exit 1; }", repeat=3)

    assert result.verdict == "flaky"
    assert [run.exit for run in result.runs] == [1, 0, 0]
    assert result.reason == "2 of 3 runs passed; run 1: exit 1"
    assert result.log == str(ground.logs / "tests.1.log")


def test_seeded_flaky_suite_is_flaky_every_time_and_names_the_test(ground: "Ground") -> None:
    # The suite fails for another reason as well, so that its exit codes agree.
    ground.write(
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
        result = ground.one((PYTHON, "-S", "suite.py"), repeat=2, junit="r.xml")

        assert result.verdict == "flaky"
        assert result.disagreeing == ("t::flaky",)
        assert "tests that disagree: t::flaky" in result.reason


def test_run_in_which_no_test_ran_is_failed(ground: "Ground") -> None:
    skipped = "<testcase name='a'><skipped/></testcase>"
    for cases in ("", skipped):
        result = ground.one(f'echo "<testsuite>{cases}</testsuite>" > r.xml', junit="r.xml")

        assert (result.verdict, result.reason) == ("failed", "no test ran")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("true", "no report 'r.xml': the command did not write it"),
        ("exit 0", "the report 'old.xml' is older than the run"),
        ("echo '<testsuite><testcase' > r.xml", "report 'r.xml': it is no whole XML: "),
        ("echo '<html/>' > r.xml", "report 'r.xml': it is no JUnit report: its root is <html>"),
        ("mkfifo r.xml", "the report 'r.xml' is no regular file"),
        ("mkdir r.xml", "cannot read the report 'r.xml': Is a directory"),
    ],
)
def test_report_that_cannot_be_trusted_is_an_error(
    ground: "Ground", command: str, reason: str
) -> None:
    ground.write("old.xml", "<testsuite><testcase name='a'/></testsuite>")
    name = "old.xml" if "old.xml" in reason else "r.xml"

    result = ground.one(command, junit=name)

    assert result.verdict == "error"
    assert result.reason.startswith(reason)


def test_report_of_the_run_before_does_not_count_for_the_next(ground: "Ground") -> None:
    result = ground.one(
        "test -e r.xml || echo '<testsuite><testcase name=\"a\"/></testsuite>' > r.xml",
        repeat=2,
        junit="r.xml",
    )

    assert result.verdict == "error"
    assert result.reason == "the report 'r.xml' is older than the run"


def test_report_that_is_written_anew_with_the_same_bytes_counts(ground: "Ground") -> None:
    report = "<testsuite><testcase name='a'/></testsuite>"
    result = ground.one(f'printf %s "{report}" > r.xml', repeat=4, junit="r.xml")

    assert result.verdict == "passed"


def test_names_from_a_report_cannot_break_a_line(ground: "Ground") -> None:
    case = '<testcase name="&#10;::error::&#x202e;"><failure/></testcase>'
    result = ground.one(f"echo '<testsuite>{case}</testsuite>' > r.xml; exit 1", junit="r.xml")

    assert result.reason == "exit 1; tests that failed: \\n::error::\\u202e"


def test_gates_run_in_the_order_of_their_needs(ground: "Ground") -> None:
    results = ground.run(
        ground.gate("c", run="echo c >> order", needs=("a", "b")),
        ground.gate("b", run="echo b >> order", needs=("a",)),
        ground.gate("a", run="echo a >> order"),
        jobs=3,
    )

    assert (ground.root / "order").read_text() == "a\nb\nc\n"
    assert [r.id for r in results] == ["c", "b", "a"]
    assert {r.verdict for r in results} == {"passed"}


def test_gate_whose_needs_did_not_pass_is_skipped(ground: "Ground") -> None:
    results = ground.run(
        ground.gate("a", run="exit 1"),
        ground.gate("b", run="touch b", needs=("a",)),
        ground.gate("c", run="touch c", needs=("b",)),
        ground.gate("d", run="touch d", needs=("x",)),
        ground.gate("e", run="touch e", needs=("f",)),
        ground.gate("f", run="touch f", needs=("e",)),
    )

    assert [(r.verdict, r.reason) for r in results] == [
        ("failed", "exit 1"),
        ("skipped", "needs 'a': failed"),
        ("skipped", "needs 'b': skipped"),
        ("skipped", "needs 'x', which is not among the gates"),
        ("error", "these gates need each other: e, f"),
        ("error", "these gates need each other: e, f"),
    ]
    assert not list(ground.root.iterdir())


def test_jobs_bounds_how_many_run_at_a_time(ground: "Ground") -> None:
    count = "echo + >> n; sleep 0.15; echo - >> n"

    ground.run(*(ground.gate(f"g{i}", run=count) for i in range(4)), jobs=2)

    depths, depth = [], 0
    for sign in (ground.root / "n").read_text().split():
        depth += 1 if sign == "+" else -1
        depths.append(depth)
    assert max(depths) == 2


def test_fail_fast_ends_what_runs_and_starts_nothing_else(ground: "Ground") -> None:
    began = time.monotonic()

    results = ground.run(
        ground.gate("slow", run="sleep 30"),
        ground.gate("bad", run="exit 1"),
        ground.gate("later", run="touch later"),
        jobs=2,
        fail_fast=True,
    )

    assert [(r.verdict, r.reason) for r in results] == [
        ("skipped", "'bad' did not pass"),
        ("failed", "exit 1"),
        ("skipped", "'bad' did not pass"),
    ]
    assert time.monotonic() - began < 5
    assert not (ground.root / "later").exists()


def test_timeout_is_no_failure_and_no_pass(ground: "Ground") -> None:
    result = ground.one("trap 'exit 0' TERM; while :; do sleep 0.05; done", timeout_s=0.3)

    assert (result.verdict, result.reason) == ("timeout", "took longer than 0.3 s")
    assert result.runs[0].exit == 0
    assert 0.3 <= result.runs[0].seconds < 2


@pytest.mark.slow
def test_what_ignores_term_is_killed_after_5_s_with_all_it_started(ground: "Ground") -> None:
    stubborn = "trap '' TERM; echo $$ > {0}; sleep 60 & echo $! >> {0}; wait; sleep 60"
    leaver = "(trap '' TERM; exec setsid sleep 60) & echo $! > left; sleep 60"
    began = time.monotonic()

    results = ground.run(
        ground.gate("a", run=stubborn.format("a"), timeout_s=0.2),
        ground.gate("b", run=leaver, timeout_s=0.2),
        ground.gate("c", run="kill -STOP $$; sleep 60", timeout_s=0.2),
        jobs=3,
    )

    assert [r.verdict for r in results] == ["timeout"] * 3
    assert [r.runs[0].exit for r in results] == [-9, -15, -15]
    assert 5 < time.monotonic() - began < 9
    pids = [int(word) for name in ("a", "left") for word in ground.words(name)]
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
def test_daemon_that_left_the_group_is_ended(ground: "Ground", how: str, least_s: float) -> None:
    began = time.monotonic()

    result = ground.one((PYTHON, "-S", "-c", DAEMON, how), expect_output=("done",))

    assert (result.verdict, result.reason) == ("passed", "")
    assert least_s <= time.monotonic() - began < 5  # output is read for 1 s at most
    assert not alive(int((ground.root / "pid").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="adoption is Linux's")
def test_daemon_of_one_gate_is_ended_while_another_runs_on(ground: "Ground") -> None:
    watch = "while test ! -s pid; do sleep 0.01; done; sleep 0.6; ! kill -0 $(cat pid)"

    results = ground.run(
        ground.gate("daemon", run=(PYTHON, "-S", "-c", DAEMON, "quiet")),
        ground.gate("watch", run=watch),
        jobs=2,
    )

    assert [r.verdict for r in results] == ["passed", "passed"]


def test_processes_of_the_caller_are_left_alone(ground: "Ground") -> None:
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    try:
        assert ground.one("true").verdict == "passed"
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_marked_processes_are_found_where_there_is_no_adoption(ground: "Ground") -> None:
    env = {"PATH": os.defpath, "PLANNER_GATE_RUN": f"mark.{os.getpid()}"}
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], env)
    try:
        time.sleep(0.1)
        assert outsiders(f"PLANNER_GATE_RUN=mark.{os.getpid()}") == [pid]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_background_output_within_a_second_of_the_exit_counts(ground: "Ground") -> None:
    result = ground.one("(sleep 0.3; echo no such table) & exit 0", forbid_output=("no such",))

    assert result.reason == "printed 'no such' (line 1)"


def test_command_that_closes_its_stdout_is_waited_for(ground: "Ground") -> None:
    result = ground.one("exec >&- 2>&-; sleep 0.3; exit 7")

    assert (result.verdict, result.reason) == ("failed", "exit 7")


def test_command_that_reads_stdin_or_asks_the_terminal_gets_nothing(ground: "Ground") -> None:
    result = ground.one("cat; echo end; (exec < /dev/tty) 2>/dev/null && exit 9; exit 0")

    assert result.verdict == "passed"
    assert Path(result.log).read_bytes() == b"end\n"


def test_shell_command_that_is_not_there_does_not_pass(ground: "Ground") -> None:
    result = ground.one("no-such-command-here")

    assert result.verdict == "failed"
    assert result.reason == "exit 127: the shell finds no such command"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"run": ("no-such-command-here",)}, "there is no command 'no-such-command-here'"),
        ({"run": ("./text",)}, "cannot start './text': Permission denied"),
        ({"run": ("./no-format",)}, "cannot start './no-format': Exec format error"),
        ({"run": "true", "cwd": ".."}, "its cwd '..' leads out of the repository"),
        ({"run": "true", "cwd": "/"}, "its cwd '/' leads out of the repository"),
        ({"run": "true", "cwd": "link"}, "its cwd 'link' leads out of the repository"),
        ({"run": "true", "cwd": "nowhere"}, "there is no folder 'nowhere' to run in"),
        ({"run": "true", "cwd": "loop"}, "there is no folder 'loop' to run in"),
        ({"run": "true", "cwd": "text"}, "its cwd 'text' is no folder"),
        (
            {"run": "true", "expect_output": ("(",)},
            "'(' is no regular expression: missing ), unterminated subpattern at position 0",
        ),
    ],
)
def test_gate_that_cannot_be_started_is_an_error(
    ground: "Ground", fields: dict[str, str], reason: str
) -> None:
    ground.write("text", "")
    ground.write("no-format", "x").chmod(0o755)
    (ground.root / "link").symlink_to("/")
    (ground.root / "loop").symlink_to("loop")

    bad, good = ground.run(ground.gate("bad", repeat=2, **fields), ground.gate("good", run="true"))

    assert (bad.verdict, bad.reason, len(bad.runs)) == ("error", reason, 1)
    assert good.verdict == "passed"


def test_cwd_and_environment_are_those_of_the_gate(ground: "Ground") -> None:
    ground.write("a/b/file", "")
    result = ground.one('pwd; echo "$SEED $HOME"', cwd="a/b", env=(("SEED", "7"),))

    assert tail(result.log) == (str((ground.root / "a/b").resolve()), f"7 {os.environ['HOME']}")


@pytest.mark.slow
def test_expression_that_backtracks_for_ever_is_an_error_and_stops_nothing_else(
    ground: "Ground",
) -> None:
    began = time.monotonic()

    slow, other = ground.run(
        ground.gate("slow", run="printf '%040d!\\n' 0; sleep 30", forbid_output=("(0+)+$",)),
        ground.gate("other", run="sleep 0.2; echo fine", expect_output=("fine",)),
        jobs=2,
    )

    assert slow.verdict == "error"
    assert slow.reason == "'(0+)+$' takes more than 1 s to search one line"
    assert other.verdict == "passed"
    assert time.monotonic() - began < 5


def test_log_that_cannot_be_written_is_an_error(ground: "Ground") -> None:
    ground.logs.mkdir()
    (ground.logs / "tests.log").symlink_to("/dev/full")
    assert ground.one("echo a").verdict == "error"  # a link is not followed

    (ground.logs / "tests.log").unlink()
    (ground.logs / "tests.log").mkdir()
    result = ground.one("echo a")
    assert (result.verdict, result.reason) == ("error", "cannot write its log: Is a directory")


def test_log_holds_every_byte_of_every_run(ground: "Ground") -> None:
    result = ground.one("printf '\\377\\000x\\r\\n'; printf err >&2", repeat=2)

    assert result.verdict == "passed"
    for number in (1, 2):
        assert (ground.logs / f"tests.{number}.log").read_bytes() == b"\xff\x00x\r\nerr"


def test_events_tell_of_each_run_and_each_gate(ground: "Ground") -> None:
    results = ground.run(
        ground.gate("a", run="echo one; printf 'two\\rthree'; sleep 0.2; exit 1", repeat=2),
        ground.gate("b", run="true", needs=("a",)),
    )

    others = [e for e in ground.events if e.kind != "output"]
    assert others == [
        Event("started", "a", 1),
        Event("started", "a", 2),
        Event("ended", "a", 2, "in all 2 runs: exit 1", results[0]),
        Event("ended", "b", 0, "needs 'a': failed", results[1]),
    ]
    said = [(e.gate, e.run, e.text) for e in ground.events if e.kind == "output"]
    assert said[-1] in [("a", 2, "one"), ("a", 2, "three")]


def test_tick_comes_once_a_second_with_the_last_line(ground: "Ground") -> None:
    ground.one("echo begun; sleep 1.3")

    ticks = [e for e in ground.events if e.kind == "tick"]
    assert ticks[:1] == [Event("tick", "tests", 1, "begun")]
    assert len(ticks) < 4


def test_whatever_is_raised_while_telling_nothing_is_left(ground: "Ground") -> None:
    def tell(event: Event) -> None:
        if event.kind == "output":
            raise BrokenPipeError

    from planner.gates.run import run

    with pytest.raises(BrokenPipeError):
        run(
            [ground.gate(run="echo $$ > pid; echo out; sleep 60")],
            root=ground.root,
            logs=ground.logs,
            tell=tell,
        )
    assert not alive(int((ground.root / "pid").read_text()))


def test_handlers_are_those_from_before(ground: "Ground") -> None:
    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGVTALRM)
    before = [signal.getsignal(signum) for signum in watched]

    ground.one("true", expect_output=("x",))

    assert [signal.getsignal(signum) for signum in watched] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_exit_code_counts_where_the_caller_ignores_its_children(ground: "Ground") -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert ground.one("exit 3").reason == "exit 3"
        assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.slow
def test_output_that_another_gates_slow_search_held_up_is_not_lost(ground: "Ground") -> None:
    printed = "(sleep 0.5; echo no such table) & exit 0"
    slow, late = ground.run(
        ground.gate("slow", run="sleep 0.3; printf '%040d!\\n' 0", forbid_output=("(0+)+$",)),
        ground.gate("late", run=printed, forbid_output=("no such table",)),
        jobs=2,
    )

    assert (slow.verdict, late.verdict) == ("error", "failed")


def test_gates_refuse_another_thread(ground: "Ground") -> None:
    errors: list[PlannerError] = []

    def go() -> None:
        try:
            ground.one("true")
        except PlannerError as error:
            errors.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert [error.message for error in errors] == ["gates run in the main thread alone"]
