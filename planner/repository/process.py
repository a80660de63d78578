"""Runs a process, and reads what it prints up to a limit."""

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

_PIECE: Final = 65_536  # bytes: what a pipe holds
_ATOMIC: Final = 512  # bytes that a pipe ready for writing takes without waiting (POSIX)
_MOST_STDERR: Final = 1_000_000  # the rest of it is dropped
_GRACE_S: Final = 10.0


class Limit(NamedTuple):
    """How much a process may print, compute and hold in memory; the latter two on Linux alone.

    Attributes:
        size: what it may print, in bytes.
        cpu_s: in seconds of processor time; 0 for any.
        memory: in bytes; 0 for any.
        what: what is too big beyond that.
        hint: what to do about it.
    """

    size: int = 128 * 1024 * 1024
    cpu_s: int = 0
    memory: int = 400 * 1024 * 1024
    what: str = ""
    hint: str = ""


class Ended(NamedTuple):
    """How a process ended, and what it printed; `beyond` says which limit it reached."""

    exit: int
    stdout: bytes
    stderr: bytes
    beyond: str = ""


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    limit: Limit,
) -> Ended:
    """Run a command in a folder to its end, or up to the limit.

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        command, cwd=folder, env=environment,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            confine(process.pid, limit)
            printed = _exchange(process, stdin, limit.size)
        except BaseException:
            _end(process)
            raise
        if printed is None:
            process.kill()
            return Ended(process.wait(), b"", b"", f"printed more than {limit.size >> 20} MiB")
    if limit.cpu_s and process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Ended(process.returncode, b"", b"", f"computed for more than {limit.cpu_s} s")
    return Ended(process.returncode, *printed)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process: asked to (SIGTERM), git removes its lock files and temporary files."""
    try:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    finally:
        process.kill()


def confine(pid: int, limit: Limit) -> None:
    """Limit the processor time and memory of a process that has just been started."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it has ended already
            if limit.cpu_s:
                resource.prlimit(pid, resource.RLIMIT_CPU, (limit.cpu_s, limit.cpu_s))
            if limit.memory:
                # Not the address space: git maps packs of gigabytes, of which it needs little.
                resource.prlimit(pid, resource.RLIMIT_DATA, (limit.memory, limit.memory))


def _exchange(
    process: subprocess.Popen[bytes], stdin: bytes, most: int
) -> tuple[bytes, bytes] | None:
    """Return what a process prints to stdout and stderr; None where the former is too much."""
    printed = {process.stdout: bytearray(), process.stderr: bytearray()}
    unsent = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for stream in filter(None, printed):
            selector.register(stream, selectors.EVENT_READ, printed[stream])
        if process.stdin:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            for key, _ in selector.select():
                if key.data is None:
                    unsent = unsent[_sent(key.fd, unsent) :]
                    is_over = not unsent
                else:
                    is_over = not _read(key.fd, key.data)
                if is_over:
                    selector.unregister(key.fileobj)
                    if process.stdin and key.data is None:
                        process.stdin.close()
            del printed[process.stderr][_MOST_STDERR:]
            if len(printed[process.stdout]) > most:
                return None
    return bytes(printed[process.stdout]), bytes(printed[process.stderr])


def _read(pipe: int, into: bytearray) -> int:
    """Append what a pipe has; return how much, 0 at its end."""
    piece = os.read(pipe, _PIECE)
    into += piece
    return len(piece)


def _sent(pipe: int, unsent: memoryview) -> int:
    """Write what a pipe takes; return how much, all of it when nobody reads it any more."""
    try:
        return os.write(pipe, unsent[:_ATOMIC])
    except BrokenPipeError:
        return len(unsent)
