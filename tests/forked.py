"""Start planner as its own process from one that has imported the libraries of others.

Half of what a short command costs is the import of typer and yaml, and the tests run thousands.
planner's own modules are imported by each process anew, as `python -m planner` does.
"""

import os
import pickle
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

IS_POSSIBLE = hasattr(os, "fork") and hasattr(socket, "send_fds")
_SIZE = struct.Struct("!I")


class Forks:
    """A process that starts planner when it is asked to; one for each process of the tests."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                # Pipes, as the children get: Python asks its streams at the start what they are.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )

    def run(
        self, words: Sequence[str | bytes], folder: Path, env: Mapping[str, str], stdin: bytes
    ) -> tuple[int, bytes, bytes]:
        """Run `planner WORDS` in a folder; the exit code, stdout and stderr."""
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        request = pickle.dumps(([os.fsdecode(word) for word in words], str(folder), dict(env)))
        socket.send_fds(self._ours, [_SIZE.pack(len(request))], theirs)
        self._ours.sendall(request)
        for fd in theirs:
            os.close(fd)
        output: list[bytes] = [b"", b""]
        threads = [threading.Thread(target=_write, args=(ours[0], stdin))]
        threads += [
            threading.Thread(target=_read, args=(ours[number + 1], output, number))
            for number in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        status = os.waitstatus_to_exitcode(_SIZE.unpack(_exactly(self._ours, _SIZE.size))[0])
        return status, output[0], output[1]


def _write(fd: int, content: bytes) -> None:
    with open(fd, "wb") as stream:
        try:
            stream.write(content)
            stream.flush()
        except BrokenPipeError:
            os.set_blocking(fd, False)


def _read(fd: int, output: list[bytes], number: int) -> None:
    with open(fd, "rb") as stream:
        output[number] = stream.read()


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = connection.recv(size - len(content))
        if not more:
            raise EOFError("the process that starts planner has ended")
        content += more
    return content


def _serve(connection: socket.socket) -> Any:
    """Fork for each request; returns in the child alone, with what it is to run."""
    while True:
        size, fds, _, _ = socket.recv_fds(connection, _SIZE.size, 3)
        if not size:
            sys.exit()
        words, folder, env = pickle.loads(_exactly(connection, _SIZE.unpack(size)[0]))
        child = os.fork()
        if child == 0:
            connection.close()
            _become(fds, folder, env)
            return words
        for fd in fds:
            os.close(fd)
        connection.sendall(_SIZE.pack(os.waitpid(child, 0)[1]))


def _become(fds: Sequence[int], folder: str, env: Mapping[str, str]) -> None:
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.path[0] = folder


def _main() -> NoReturn:
    import typer.core  # noqa: F401
    import yaml  # noqa: F401

    signal.signal(signal.SIGINT, signal.default_int_handler)
    words = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = ["planner", *words]
    runpy.run_module("planner", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    _main()
