"""Processes that print or compute too much are ended."""

import sys
from pathlib import Path

import pytest

from planner.repository import process
from planner.repository.process import Ended, Limit


def run(code: str, stdin: bytes = b"", limit: Limit | None = None) -> Ended:
    return process.run([sys.executable, "-c", code], Path.cwd(), {}, stdin, limit or Limit())


def test_all_of_stdin_is_sent_while_the_output_is_read() -> None:
    content = bytes(range(256)) * 8_192

    ended = run("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read() * 2)", content)

    assert ended == Ended(0, content * 2, b"")


def test_a_process_that_reads_nothing_and_complains_much_still_ends() -> None:
    ended = run("import sys; sys.stderr.write('x' * 3_000_000); sys.exit(7)", b"y" * 1_000_000)

    assert (ended.exit, ended.stdout) == (7, b"")
    assert 0 < len(ended.stderr) <= 1_000_000


def test_endless_output_is_cut() -> None:
    ended = run("while True: print('x' * 10_000)", limit=Limit(size=2**20))

    assert ended.beyond == "printed more than 1 MiB"
    assert ended.stdout == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a parent limit its child")
def test_endless_work_and_memory_are_cut() -> None:
    ended = run("while True: pass", limit=Limit(cpu_s=1))
    assert ended.beyond == "computed for more than 1 s"

    ended = run("x = bytearray(300 << 20)", limit=Limit(memory=200 << 20))
    assert ended.exit != 0
    assert b"MemoryError" in ended.stderr
