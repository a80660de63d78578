"""Progress while gates run: live in a terminal, sparse elsewhere, harmless everywhere."""

import os
import pty
import re
import select
import subprocess
import sys
import time

import git
import pytest
from workshop import Workshop, workshop

pytestmark = pytest.mark.slow

NOISY = """
- id: noisy
  run: |
    printf '::error file=a::x\\n##[add-mask]y\\nz ##[error]w\\n'
    printf '\\033[31mred\\033[0m \\033]0;title\\007\\n'
    printf '%s\\n' '::stop-commands::me' '::me::'
    exit 3
"""


def in_terminal(shop: Workshop, *words: str, until: str = "", key: bytes = b"") -> tuple[str, int]:
    """Return what a terminal shows, and the exit code; press the key after the text."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(shop.root)
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "planner", "run-gates", *words])
    shown = b""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if until and until.encode() in shown:
                until = ""
                if not key:
                    break
                os.write(terminal, key)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_terminal_shows_each_gate_with_its_time_and_last_line(repo: git.Repo) -> None:
    shop = workshop(
        repo,
        """
        - {id: long, run: "printf '\\\\033[31mred [bold]x\\\\n'; sleep 1.3; echo second; sleep 0.3"}
        - {id: short, run: "echo brief; sleep 0.3; exit 3"}
        """,
    )

    shown, code = in_terminal(shop, "--jobs", "2")

    assert code == 1
    assert re.search(r"long +0 s +red \[bold\]x", shown)
    assert re.search(r"long +1 s +red \[bold\]x", shown)  # the clock goes on without output
    assert re.search(r"short +0 s +brief", shown)
    assert re.search(r"short: failed \(0\.\d s\): exit 3\r\n", shown)
    assert re.search(r"long: passed \(1\.\d s\)\r\n", shown)
    assert "\x1b[31mred" not in shown
    assert shown.endswith("1 of 2 gates passed; " + shown.rpartition("gates passed; ")[2])
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is back


@pytest.mark.parametrize(("key", "code"), [(b"\x03", 130), (b"", 130)])
def test_terminal_is_left_in_order(repo: git.Repo, key: bytes, code: int) -> None:
    """Ctrl-C, and a terminal that is closed."""
    shop = workshop(repo, "- {id: slow, run: 'echo up; sleep 60'}")

    shown, exit_code = in_terminal(shop, until="up", key=key)

    assert exit_code == code
    if key:
        assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


def test_dumb_terminal_gets_plain_lines(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: tests, run: "true"}')
    program = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    words = [sys.executable, "-m", "planner", "run-gates"]

    shown = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=shop.root,
        env={**os.environ, "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout.decode()

    assert "tests: started\r\ntests: passed" in shown
    assert "\x1b" not in shown


def test_without_a_terminal_each_start_and_end_is_a_line(repo: git.Repo) -> None:
    shop = workshop(repo, '[{id: a, run: "true", repeat: 2}, {id: b, run: "echo x; exit 3"}]')

    ran = shop.text("run-gates")

    told = re.sub(r"\d+\.\d", "0.0", ran.stderr)
    assert told == (
        "a: started\n"
        "a: started (run 2)\n"
        "a: passed (0.0 s, 2 runs)\n"
        "b: started\n"
        "b: failed (0.0 s): exit 3\n"
        "b: the end of .git/planner/logs/000001/b.log\n"
        "  x\n"
    )


def test_tails_come_last_and_only_of_gates_that_ran_and_did_not_pass(repo: git.Repo) -> None:
    shop = workshop(
        repo,
        """
        - {id: bad, run: "seq 100; exit 1"}
        - {id: good, run: echo fine}
        - {id: skipped, run: echo never, needs: [bad]}
        """,
    )

    told = shop.text("run-gates").stderr

    tail = "\n".join(f"  {number}" for number in range(81, 101))
    assert told.endswith(f"bad: the end of .git/planner/logs/000001/bad.log\n{tail}\n")
    assert "fine" not in told


@pytest.mark.parametrize("ci", [{}, {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}])
def test_gate_output_cannot_control_a_terminal_or_ci(repo: git.Repo, ci: dict[str, str]) -> None:
    shop = workshop(repo, NOISY)

    told = shop.text("run-gates", env=ci).stderr

    assert "\x1b" not in told
    assert "##[" not in told
    commands = [line for line in told.splitlines() if line.lstrip().startswith("::")]
    if not ci:
        assert commands == []
        return
    # docs.github.com: workflow commands, "Stopping and starting workflow commands"
    first, last = commands
    token = first.removeprefix("::stop-commands::")
    assert (len(token), last) == (32, f"::{token}::")
    before, _, fenced = told.partition(first)
    assert before.endswith("noisy: the end of .git/planner/logs/000001/noisy.log\n")
    assert fenced.rstrip().endswith(last)


def test_token_of_the_fence_is_new_each_time(repo: git.Repo) -> None:
    shop = workshop(repo, NOISY)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}

    told = [shop.text("run-gates", env=env).stderr for _ in range(2)]

    assert len({re.findall(r"::stop-commands::(\w+)", one)[0] for one in told}) == 2


def test_closed_stderr_stops_no_gate(repo: git.Repo) -> None:
    shop = workshop(repo, '[{id: a, run: sleep 0.2}, {id: b, run: "true"}]')
    words = [sys.executable, "-m", "planner", "run-gates", "--format", "json"]
    process = subprocess.Popen(words, cwd=shop.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stderr.close()

    out = process.stdout.read()
    process.stdout.close()

    assert process.wait() == 0
    assert out.count(b'"verdict": "passed"') == 2
