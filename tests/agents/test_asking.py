"""An agent as a process: how it is started, how it ends, and what is left of it.

Some agents fail, hang, print without end, or leave children behind; planner answers all the same.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import git
import pytest
from scripted import GOAL, GOOD, Agent, generate, plan_of, round_of
from world import planner, root


def test_an_agent_that_fails_is_told_and_its_answer_is_judged_all_the_same(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = "print(GOOD); print('one line\\nno credit\\x1b[2J', file=sys.stderr); sys.exit(3)"
    ran, _ = generate(shop, tmp_path, script)

    assert (ran.exit, plan_of(shop)) == (0, GOOD)
    [line] = [line for line in ran.stderr.splitlines() if "exit 3" in line]
    assert line.endswith("0 errors, 0 warnings; its last message: no credit\\x1b[2J")


def test_an_agent_that_never_ends_is_ended_with_all_that_it_started(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = """
        child = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(9999)"
        started = subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
        (FOLDER / "pid").write_text(str(started.pid))
        print(GOOD, flush=True)
        time.sleep(9999)
    """
    ran, agent = generate(shop, tmp_path, script, "--timeout", "2s", "--rounds", "1")

    assert (ran.exit, plan_of(shop)) == (2, None)
    assert ran.stderr.endswith(
        "error: the agent gave no answer in one round: it took longer than 2 s\n"
        "hint: run the command by hand\n"
    )
    started = agent.folder / "pid"
    if started.exists():  # on a busy machine two seconds may end before that
        with pytest.raises(ProcessLookupError):
            os.kill(int(started.read_text()), 0)


def test_a_round_that_takes_too_long_is_followed_by_another(shop: git.Repo, tmp_path: Path) -> None:
    script = """
        read()
        if not (FOLDER / "prompt2").exists():
            time.sleep(9999)
        print(GOOD)
    """
    ran, _ = generate(shop, tmp_path, script, "--timeout", "5s", "--format", "json")

    assert (ran.exit, plan_of(shop)) == (0, GOOD)
    first, *_, last = ran.json["rounds"]
    assert (first, last) == (round_of(None, None, "took longer than 5 s"), round_of(0, 0))


def test_a_gigabyte_is_a_fault(shop: git.Repo, tmp_path: Path) -> None:
    script = """
        print(GOOD, flush=True)
        piece = b"#" * 65536
        while True:
            os.write(1, piece)
    """
    ran, _ = generate(shop, tmp_path, script, "--rounds", "1")

    assert (ran.exit, plan_of(shop)) == (2, None)
    assert "it printed more than 4 MiB" in ran.stderr


def test_endless_messages_do_not_stop_an_agent(shop: git.Repo, tmp_path: Path) -> None:
    script = "os.write(2, b'#' * 5_000_000 + b'\\nlast\\n'); print(GOOD); sys.exit(1)"
    ran, _ = generate(shop, tmp_path, script)

    assert (ran.exit, plan_of(shop)) == (0, GOOD)
    assert "its last message: last\n" in ran.stderr


def test_children_that_keep_the_pipe_do_not_hold_up_the_answer(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = """
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)"])
        print(GOOD)
    """
    ran, _ = generate(shop, tmp_path, script)

    assert (ran.exit, plan_of(shop)) == (0, GOOD)


def test_an_agent_that_closes_its_output_and_never_ends_is_ended(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = "print(GOOD, flush=True); os.close(0); os.close(1); os.close(2); time.sleep(9999)"
    ran, _ = generate(shop, tmp_path, script, "--timeout", "2s", "--rounds", "1")

    assert (ran.exit, plan_of(shop)) == (2, None)


def test_an_agent_without_an_answer_is_exit_2_with_its_last_message(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = "read(); print('not logged in', file=sys.stderr); sys.exit(1)"
    ran, agent = generate(shop, tmp_path, script, "--quiet")

    assert (ran.exit, ran.stdout, len(agent.prompts)) == (2, "", 3)
    assert ran.stderr == (
        "error: the agent gave no answer in 3 rounds: it printed nothing (exit 1)\n"
        "hint: its last message: not logged in\n"
    )


def test_a_command_that_is_missing_is_named(shop: git.Repo) -> None:
    for agent, said in (
        ("no-such-agent -p", "--agent: command not found: 'no-such-agent'"),
        ("./agent", "--agent: command not found: './agent'"),
        ("agent 'x", '--agent: "agent \'x": No closing quotation'),
        ("", "no agent is named"),
        (" ", "--agent: no command"),
    ):
        ran = planner("generate", GOAL, "--agent", agent, at=shop)

        assert (ran.exit, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"error: {said}\n")


def test_words_reach_the_agent_without_a_shell(shop: git.Repo, tmp_path: Path) -> None:
    script = tmp_path / "agent.py"
    script.write_text("import os, sys, json; print(json.dumps([sys.argv[1:], os.getcwd()]))")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} '$HOME  x' ; *"
    env = {"TMPDIR": str(tmp_path)}
    ran = planner(
        "-C", "src", "generate", GOAL, "--agent", command, "--rounds", "1", at=shop, env=env
    )

    assert ran.exit == 1
    [folder] = tmp_path.glob("planner-generate-*")
    words, folder_of_agent = json.loads((folder / "answer.txt").read_text())
    assert (words, Path(folder_of_agent)) == (["$HOME  x", ";", "*"], root(shop).resolve())


def test_an_agent_gets_the_environment_as_it_is(
    shop: git.Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_KEY", "secret")
    ran, _ = generate(shop, tmp_path, "print(GOOD if os.environ['AGENT_KEY'] == 'secret' else '')")

    assert ran.exit == 0


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_the_agent_and_leaves_no_file(
    shop: git.Repo, tmp_path: Path, signum: signal.Signals
) -> None:
    (tmp_path / "agent").mkdir()
    started = tmp_path / "started"
    os.mkfifo(started)
    script = f"""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)"])
        print(GOOD, flush=True)
        Path({str(started)!r}).write_text(f"{{child.pid}}\\n")
        time.sleep(9999)
    """
    agent = Agent(tmp_path / "agent", script)
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", "generate", GOAL, "--agent", agent.command],
        cwd=root(shop),
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child = int(started.read_text())  # waits until the agent has written it
    process.send_signal(signum)
    out, _ = process.communicate()

    assert (process.returncode, out, plan_of(shop)) == (130, b"", None)
    assert list(tmp_path.glob("planner-generate-*")) == []
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
