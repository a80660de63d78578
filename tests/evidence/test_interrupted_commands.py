"""However `planner run-gates` ends, it leaves no process, no lock and no partial note."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import git
import pytest
from workshop import Workshop, workshop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc"),
]

# The first needs a baseline, in a work tree of its own; it leaves processes behind.
GATES = """
- id: cov
  run: |
    setsid sleep 60 >/dev/null 2>&1 &
    printf 'SF:src/a.py\\nDA:1,1\\nend_of_record\\n' > lcov.info
  coverage: {report: lcov.info, no_regression: true}
- {id: slow, run: sleep 0.1}
- {id: quick, run: "true", repeat: 5}
"""
FILES = {".gitignore": "lcov.info\n", "src/a.py": "a = 0\n"}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def living(shop: Workshop) -> dict[int, str]:
    """Return the processes that a run in this repository started, with their commands."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and b") Z" not in (entry / "stat").read_bytes():
                env = (entry / "environ").read_bytes().split(b"\0")
                if f"TOKEN={shop.root}".encode() in env:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(entry.name)] = command.decode()
    return found


def start(shop: Workshop) -> subprocess.Popen[bytes]:
    """Start the command in a session of its own, as in a terminal of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "planner", "run-gates"],
        cwd=shop.root,
        env={**os.environ, "TOKEN": str(shop.root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def duration_s(shop: Workshop) -> float:
    """Measure how long the command takes when it is not interrupted."""
    began = time.monotonic()
    assert start(shop).wait() == 0
    return time.monotonic() - began


def state(shop: Workshop) -> tuple[object, ...]:
    """Return what no run may change: the work tree, the branches and the list of work trees."""
    return (
        shop.repo.git.status("--porcelain"),
        shop.repo.git.for_each_ref("refs/heads"),
        shop.repo.git.worktree("list"),
    )


def forget(shop: Workshop) -> None:
    """Delete the records, so that the next run needs its baseline again."""
    shop.repo.git.update_ref("-d", "refs/notes/planner")


def remove_stale_lock(shop: Workshop) -> None:
    """Remove the lock of a killed git, once planner has named it."""
    while any(command.startswith("git ") for command in living(shop).values()):
        time.sleep(0.01)
    lock = Path(shop.repo.git_dir) / "refs" / "notes" / "planner.lock"
    if lock.exists():
        ran = shop.text("run-gates", "--gate", "quick")
        assert ran.exit == 2
        assert f"cannot record gate results: '{lock}' exists; " in ran.stdout
        lock.unlink()


def assert_notes_whole(shop: Workshop) -> None:
    """Check that all notes exist or none, each of whole lines."""
    assert len(shop.records()) in (0, 3)
    assert shop.records(shop.base) == []


@pytest.mark.parametrize("is_group", [False, True])
def test_signal_at_a_random_moment_leaves_nothing(repo: git.Repo, is_group: bool) -> None:
    shop = workshop(repo, GATES, FILES)
    whole_s = duration_s(shop)
    before = state(shop)
    for seed in range(12):
        forget(shop)
        process = start(shop)
        time.sleep(random.Random(seed).uniform(0.05, 1.0) * whole_s)
        signum = SIGNALS[seed % 3]
        (os.killpg if is_group else os.kill)(process.pid, signum)
        # Before Python handles signals they end it; then it has started nothing.
        assert process.wait(timeout=20) in (0, 1, 130, -signum)

        assert living(shop) == {}
        assert shop.left_over() == []
        assert state(shop) == before
        assert_notes_whole(shop)
    assert shop.repo.git.fsck("--no-dangling", "--no-progress") == ""


def test_kill_at_a_random_moment_leaves_what_the_next_run_removes(repo: git.Repo) -> None:
    shop = workshop(repo, GATES, FILES)
    whole_s = duration_s(shop)
    before = state(shop)
    for seed in range(8):
        forget(shop)
        process = start(shop)
        time.sleep(random.Random(seed).uniform(0.3, 1.0) * whole_s)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        remove_stale_lock(shop)
        assert_notes_whole(shop)
    for pid in living(shop):  # planner cannot handle KILL: its gates still run
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    shop.run("run-gates", "--gate", "quick")

    assert shop.left_over() == []
    assert state(shop) == before


def test_work_tree_whose_creation_was_killed_is_removed(repo: git.Repo) -> None:
    shop = workshop(repo, GATES, FILES)
    place = shop.own / "baselines"
    place.mkdir(parents=True)
    repo.git.worktree("add", "--detach", str(place / "planner-1-x"), "main")
    (Path(repo.git_dir) / "worktrees" / "planner-1-x" / "locked").write_text("initializing")
    (place / "planner-1-x.lock").touch()
    protected = place / "planner-1-x" / "cache"
    protected.mkdir()
    (protected / "file").touch()
    protected.chmod(0o555)

    shop.run("run-gates", "--gate", "quick")

    assert shop.left_over() == []


def test_work_tree_that_is_in_use_is_left_alone(repo: git.Repo) -> None:
    cov = "{id: cov, run: 'touch ../on; sleep 30', coverage: {report: x, no_regression: true}}"
    shop = workshop(repo, f'[{cov}, {{id: quick, run: "true"}}]')
    process = start(shop)
    while not (shop.own / "baselines" / "on").exists():
        time.sleep(0.01)

    assert shop.run("run-gates", "--gate", "quick").exit == 0

    in_use = sorted(path.name for path in (shop.own / "baselines").glob("planner-*"))
    assert len(in_use) == 2  # the work tree and its lock
    process.terminate()
    assert process.wait(timeout=20) == 130
    (shop.own / "baselines" / "on").unlink()
    assert shop.left_over() == []


@pytest.mark.parametrize("signum", SIGNALS)
def test_exit_code_of_an_interrupted_run_is_130(repo: git.Repo, signum: signal.Signals) -> None:
    shop = workshop(repo, "- {id: slow, run: 'touch on; sleep 60'}", {".gitignore": "on\n"})
    process = start(shop)
    while not (shop.root / "on").exists():
        time.sleep(0.01)

    process.send_signal(signum)

    assert process.wait(timeout=20) == 130
    assert shop.records() == []


def test_hangup_is_ignored_under_nohup(repo: git.Repo) -> None:
    shop = workshop(repo, "- {id: slow, run: 'touch on; sleep 1'}", {".gitignore": "on\n"})
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$0" -m planner run-gates --format json', sys.executable],
        cwd=shop.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    while not (shop.root / "on").exists():
        time.sleep(0.01)

    process.send_signal(signal.SIGHUP)

    out, _ = process.communicate(timeout=20)
    assert (process.returncode, json.loads(out)["ok"]) == (0, True)
