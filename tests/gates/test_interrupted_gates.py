"""However planner ends (except by KILL), no process of a gate is left."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc"),
]

PROGRAM = """
import sys
from pathlib import Path
from planner.gates.judge import Yardstick
from planner.gates.run import Interrupted, Options, run
from planner.plan.document.nodes import Mapping
from planner.plan.model import Gate

def gate(id, command, **fields):
    return Gate(node=Mapping({}, {}, 1, 1), id=id, run=command, **fields)

daemon = "setsid sh -c 'setsid sleep 60 & sleep 60' >/dev/null 2>&1 &"
gates = [
    gate("a", f"{daemon} echo a; sleep 60"),
    gate("b", f"sleep 60 | cat & {daemon} sleep 0.05", repeat=99, expect_output=("a",)),
    gate("c", "while :; do sh -c 'sleep 0.01; echo x'; done", forbid_output=("no",)),
    gate("d", "true", repeat=9999),
]
print("ready", flush=True)
try:
    yardstick, options = Yardstick(Path.cwd()), Options(jobs=4)
    run(gates, yardstick=yardstick, logs=Path("logs"), tell=lambda _: None, options=options)
except Interrupted as interrupt:
    print("interrupted", interrupt.signum, flush=True)
    sys.exit(130)
"""


def living(folder: Path) -> list[str]:
    """Return the commands of the processes that the program in this folder started."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                env = (entry / "environ").read_bytes().split(b"\0")
                if f"TOKEN={folder}".encode() in env:
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def start(folder: Path) -> subprocess.Popen[str]:
    """Start the program, and wait until it is about to run its gates."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**os.environ, "TOKEN": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("seed", range(18))
def test_signal_at_a_random_moment_leaves_no_process(tmp_path: Path, seed: int) -> None:
    signum = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[seed % 3]
    process = start(tmp_path)
    time.sleep(random.Random(seed).uniform(0.002, 0.35))

    process.send_signal(signum)
    out, _ = process.communicate(timeout=20)

    if out:  # the signal came when the gates ran, not before Python could tell
        assert (process.returncode, out) == (130, f"interrupted {signum}\n")
    assert living(tmp_path) == []


def test_second_signal_kills_at_once(tmp_path: Path) -> None:
    program = (
        PROGRAM.partition("daemon =")[0]
        + "gates = [gate('a', \"trap '' TERM; echo; touch on; while :; do sleep 60; done\")]\n"
        + "print('ready', flush=True)\n"
        + PROGRAM.partition("flush=True)\n")[2]
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={
            **os.environ,
            "TOKEN": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        stdout=subprocess.PIPE,
    )
    while not (tmp_path / "on").exists():
        time.sleep(0.01)
    began = time.monotonic()

    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 130
    assert time.monotonic() - began < 3
    assert living(tmp_path) == []


MEASURED = """
import resource, sys
from pathlib import Path
from planner.gates.judge import Yardstick
from planner.gates.run import run
from planner.plan.document.nodes import Mapping
from planner.plan.model import Gate

limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
gate = Gate(
    node=Mapping({}, {}, 1, 1),
    id="big",
    run=sys.argv[1],
    shell="sh",  # a pipe to head does not fail
    forbid_output=("no such table", "(?i)^401 unauthorized"),
    expect_output=("the end$",),
)
(result,) = run([gate], yardstick=Yardstick(Path.cwd()), logs=Path("logs"), tell=lambda _: None)
print(result.verdict, result.reason, sep="|")
status = Path("/proc/self/status").read_text()  # ru_maxrss begins at that of the parent
print(status.partition("VmHWM:")[2].split()[0])
"""


def measured(folder: Path, command: str, limit: int = 0) -> tuple[str, int]:
    """Run a gate; return its verdict with the reason, and the peak memory in bytes."""
    out = subprocess.run(
        [sys.executable, "-c", MEASURED, command, str(limit)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return out[0], int(out[1]) * 1024


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("y", id="short-lines"),
        pytest.param(
            "line of text $RANDOM that is some eighty characters long, as most are", id="lines"
        ),
        pytest.param("", id="one-line-of-zeros"),
    ],
)
def test_memory_is_bounded_whatever_a_gate_prints(tmp_path: Path, line: str) -> None:
    stream = f"yes '{line}'" if line else "cat /dev/zero"

    verdict, memory = measured(tmp_path, f"{stream} | head -c 60000000; echo the end")

    assert verdict == "passed|"
    assert memory < 64 * 1024 * 1024
    assert (tmp_path / "logs" / "big.log").stat().st_size == 60_000_008


def test_full_disk_is_an_error(tmp_path: Path) -> None:
    began = time.monotonic()

    verdict, _ = measured(
        tmp_path, "yes | head -c 3000000; echo the end; sleep 60", limit=1_000_000
    )

    assert verdict == "error|cannot write the log: File too large"
    assert time.monotonic() - began < 5
