"""`planner mcp` as a process: nothing gets between it and its client, and nothing is left of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import git
import pytest
from mcp_client import PROGRAM, Call, Connection, answers
from workshop import Workshop, workshop

pytestmark = pytest.mark.slow

ALLOWED = "--allow-run"
# The FIFO says that the gate has begun, and is at its end as soon as the gate is at its own.
ENDLESS = "exec 9> ../gate; echo begun >&9; sleep 600"
HELD = "exec 9> ../gate; echo begun >&9; cat ../go"


def with_gate(repo: git.Repo, script: str) -> Workshop:
    """Return a repository whose slice has one gate."""
    shop = workshop(repo, json.dumps([{"id": "gate", "run": script}]))
    for name in ("gate", "go"):
        os.mkfifo(shop.root.parent / name)
    return shop


@pytest.fixture
def gated(repo: git.Repo) -> Workshop:
    """A repository with a gate that does not end."""
    return with_gate(repo, ENDLESS)


class Gate(NamedTuple):
    """A gate that runs, by its FIFO."""

    fifo: FileIO

    def wait(self) -> None:
        """Wait until it has ended, with all that it started."""
        assert self.fifo.read() == b""

    def has_ended(self) -> bool:
        """Whether it has ended, with all that it started."""
        os.set_blocking(self.fifo.fileno(), False)
        return self.fifo.read() == b""  # None where somebody could still write


@contextmanager
def begun(shop: Workshop) -> Iterator[Gate]:
    """Wait until the gate has begun."""
    with FileIO(shop.root.parent / "gate") as fifo:
        assert fifo.readline() == b"begun\n"
        yield Gate(fifo)


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
def test_a_gate_neither_reads_requests_nor_writes_answers(era: str, repo: git.Repo) -> None:
    shop = with_gate(repo, "cat; cat /dev/stdin; echo '{}'; echo '{}' >&2")
    calls: list[Call] = [("run_gates", {}), ("lint", {}), ("run_gates", {}), ("lint", {})]
    found = answers(shop.root, *calls, options=[ALLOWED], era=era)

    schemas = [one.document["schema"] for one in found]
    assert schemas == ["planner.run-gates/1", "planner.lint/1"] * 2
    assert found[0].document["gates"][0]["verdict"] == "passed"


def test_a_gate_that_prints_much_does_not_stop_the_answer(repo: git.Repo) -> None:
    shop = with_gate(repo, "head -c 9000000 /dev/zero; yes | head -c 9000000 >&2; exit 1")
    with Connection(shop.root, ALLOWED) as server:
        server.call("run_gates", of=1)
        gates = server.receive()["result"]["structuredContent"]["gates"]

        assert [(gate["id"], gate["verdict"]) for gate in gates] == [("gate", "failed")]
        assert server.end() == (0, b"", "")


def test_a_call_that_takes_long_does_not_hold_up_others(repo: git.Repo) -> None:
    shop = with_gate(repo, HELD)
    with Connection(shop.root, ALLOWED) as server:
        server.call("run_gates", of=1)
        with begun(shop):
            server.call("lint", of=2)
            first = server.receive()
            (shop.root.parent / "go").write_text("go on\n")
            second = server.receive()

    assert [first["id"], second["id"]] == [2, 1]
    assert second["result"]["structuredContent"]["gates"][0]["verdict"] == "passed"


def test_a_cancelled_call_ends_its_gates_and_nothing_else(gated: Workshop) -> None:
    with Connection(gated.root, ALLOWED) as server:
        server.call("run_gates", of=1)
        with begun(gated) as gate:
            server.send("notifications/cancelled", {"requestId": 1})
            gate.wait()
        server.call("lint", of=2)

        assert server.receive()["result"]["structuredContent"]["ok"]
        assert server.end() == (0, b"", "")


def test_a_client_that_leaves_in_the_middle_leaves_no_gate_behind(gated: Workshop) -> None:
    with Connection(gated.root, ALLOWED) as server:
        server.call("run_gates", of=1)
        with begun(gated) as gate:
            code, _, messages = server.end()

            assert (code, messages, gate.has_ended()) == (0, "", True)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_server_and_its_gates(name: str, gated: Workshop) -> None:
    with Connection(gated.root, ALLOWED) as server:
        server.call("run_gates", of=1)
        with begun(gated) as gate:
            server.process.send_signal(getattr(signal, name))

            # Its input is still open: the client need not help.
            assert server.process.wait() == 130
            gate.wait()


def test_it_ends_when_its_input_is_closed(gated: Workshop) -> None:
    with Connection(gated.root) as server:
        assert server.end() == (0, b"", "")
    at_once = subprocess.run(
        PROGRAM, cwd=gated.root, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (at_once.returncode, at_once.stdout, at_once.stderr) == (0, b"", b"")


def test_a_client_that_no_longer_reads_is_no_bug(gated: Workshop) -> None:
    with Connection(gated.root) as server:
        server.stdout.close()
        server.send("tools/list", of=1)
        server.stdin.close()

        # 0 where it saw the end of its input before it could write.
        assert server.process.wait() in (0, 2)
        assert server.stderr.read() == b""


def test_lines_that_are_no_requests_do_not_stop_it(gated: Workshop) -> None:
    with Connection(gated.root) as server:
        for line in (b"nonsense", b"\xff\xfe", b"[" * 100_000, b"{}", b"", b'{"id": "\\ud800"}'):
            server.stdin.write(line + b"\n")
        server.call("lint", of=1)

        assert server.receive()["id"] == 1


def test_a_closed_standard_input_is_said(gated: Workshop) -> None:
    ran = subprocess.run(
        ["sh", "-c", 'exec "$0" -m planner mcp <&-', sys.executable],
        cwd=gated.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert ran.stderr.startswith("error: standard input is closed\n")


def test_the_repository_may_be_gone_at_a_call(gated: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with Connection(folder) as server:
        folder.rmdir()
        server.call("lint", of=1)
        failed = server.receive()["result"]

        assert failed["isError"]
        assert failed["structuredContent"]["error"]["message"]
