"""Commands of gates, and agents: each in a group of its own, and ended with all that it started.

On Linux, orphans become children of the nearest "subreaper" (prctl(2)). While a command runs,
planner is one, so a process that left the group of its command is still found, and ended.
"""

import contextlib
import ctypes
import math
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from planner.gates.errors import GateError

GRACE_S: Final = 5.0  # from TERM to KILL, and from KILL until planner gives up
MARK: Final = "PLANNER_GATE_RUN"
"""The environment variable that identifies the processes of a run."""

# Without pipefail a pipe passes if its last command does; POSIX's sh has no such option.
_FLAGS: Final = {"bash": ("-e", "-o", "pipefail", "-c"), "sh": ("-e", "-c")}
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_GET_CHILD_SUBREAPER: Final = 37
_READ_BYTES: Final = 64 * 1024
# git rev-parse --local-env-vars, without those that grant safe.directory in containers.
_OF_HOOKS: Final = frozenset(
    f"GIT_{name}"
    for name in (
        "ALTERNATE_OBJECT_DIRECTORIES", "COMMON_DIR", "DIR", "GRAFT_FILE", "INDEX_FILE",
        "INTERNAL_SUPER_PREFIX", "OBJECT_DIRECTORY", "PREFIX", "SHALLOW_FILE", "WORK_TREE",
    )
)  # fmt: skip


class Surroundings(NamedTuple):
    """What a command finds where it starts.

    Attributes:
        env: variables to add to the environment.
        stdin: the file that it reads; none.
        stderr: the file that it writes messages to; the pipe of its output.
    """

    folder: Path
    env: Mapping[str, str] = {}
    stdin: int = subprocess.DEVNULL
    stderr: int = subprocess.STDOUT


class Command:
    """A running command, and the pipe of its output.

    Args:
        words: a script for the shell, or the words of a command that runs without one.
        shell: `bash` or `sh`; a script ends at its first error.
        mark: a text that no other run has.

    Raises:
        GateError: the command cannot be started.
    """

    def __init__(
        self,
        words: str | Sequence[str],
        place: Surroundings,
        *,
        mark: str,
        shell: str = "",
    ) -> None:
        self.mark = f"{MARK}={mark}"
        self.kill_at = math.inf  # until it is asked to end
        self._terminated: set[int] = set()
        self._code: int | None = None
        inherited = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        try:
            # A new session has its own group and no terminal: a command that asks for a password
            # gets an error instead of waiting forever.
            self._process = subprocess.Popen(
                [shell, *_FLAGS[shell], words] if isinstance(words, str) else words,
                stdin=place.stdin,
                stdout=subprocess.PIPE,
                stderr=place.stderr,
                bufsize=0,
                cwd=place.folder,
                env=inherited | {**place.env, MARK: mark},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise _start_error(words, shell, error) from error
        assert self._process.stdout
        self.pid = self._process.pid
        self.output = self._process.stdout.fileno()
        os.set_blocking(self.output, False)
        self.exit_file = _exit_file(self.pid)

    def read(self) -> bytes | None:
        """Return the next output; empty at the end of the output, None when there is none yet."""
        try:
            return os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def has_exited(self) -> bool:
        """Whether the command itself has exited; processes that it started may still run."""
        if hasattr(os, "waitid") and sys.platform != "darwin":
            # WNOWAIT: it stays a zombie until `reap`, so its process id is not reused.
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.pid, options) is not None
        return self._process.poll() is not None

    def ask_to_end(self, now: float) -> None:
        """Send TERM to the group, once; KILL is due 5 s later."""
        if self.kill_at == math.inf:
            self.kill_at = now + GRACE_S
            self._signal_group(signal.SIGTERM)
            self._signal_group(signal.SIGCONT)  # a stopped process does not handle TERM

    def insist(self, now: float) -> None:
        """Send KILL to the group when it is due."""
        if now >= self.kill_at:
            self._signal_group(signal.SIGKILL)

    def reap(self) -> int:
        """Close the pipe of a command that has exited; return its exit code as in `subprocess`."""
        if self._code is None:
            self._code = self._process.wait()
            self.abandon()
        return self._code

    def abandon(self) -> None:
        """Close the pipe, whether or not the command has exited."""
        if self._process.stdout:
            self._process.stdout.close()
        if self.exit_file is not None:
            os.close(self.exit_file)
            self.exit_file = None

    def kill(self) -> None:
        """Kill the group at once."""
        if self._code is None:
            self._signal_group(signal.SIGKILL)

    def end_rest(self, adoption: "Adoption", others: Collection[int], now: float) -> list[int]:
        """End processes that the command left: TERM, and KILL when due. Return those that live."""
        is_due = now >= self.kill_at
        left = adoption.left_by(self, others)
        for pid in left:
            with contextlib.suppress(OSError):
                if is_due:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in self._terminated:
                    os.kill(pid, signal.SIGTERM)
                    os.kill(pid, signal.SIGCONT)
        self._terminated.update(left)
        if not adoption.works and self._is_group_alive():
            self._signal_group(signal.SIGKILL if is_due else signal.SIGTERM)
            left.append(self.pid)
        return left

    def _is_group_alive(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except OSError:
            return False
        return True

    def _signal_group(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)


def _start_error(words: str | Sequence[str], shell: str, error: OSError | ValueError) -> GateError:
    name = words if isinstance(words, str) else words[0]
    if isinstance(error, FileNotFoundError) and isinstance(words, str):
        return GateError(f"the shell {shell!r} is not installed")
    if isinstance(error, FileNotFoundError):
        return GateError(f"command not found: {name!r}")
    if isinstance(error, OSError):
        return GateError(f"cannot start {name!r}: {error.strerror}")
    return GateError(f"cannot start {name!r}: its command or env is not valid: {error}")


def _exit_file(pid: int) -> int | None:
    """Return a file that becomes readable when the process exits; None where unsupported."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


class _Child(NamedTuple):
    """A child of this process, from Linux's /proc/PID/stat."""

    pid: int
    state: str
    group: int
    session: int


class Adoption(contextlib.ExitStack):
    """Makes this process the parent of processes that its commands leave behind.

    Attributes:
        works: whether the system supports that; otherwise use `marked_processes`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.works = sys.platform == "linux" and Path("/proc/self/stat").exists()
        self._children_before: frozenset[int] = frozenset()

    def __enter__(self) -> Self:
        if self.works:
            was_on = ctypes.c_int(0)
            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(was_on), 0, 0, 0)
            self.works = prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
            if self.works:
                self.callback(prctl, _PR_SET_CHILD_SUBREAPER, was_on.value, 0, 0, 0)
            self._children_before = frozenset(child.pid for child in _children())
        return self

    def left_by(self, command: Command, others: Collection[int]) -> list[int]:
        """List the living processes that a command left; the command must be reaped.

        Args:
            others: commands that run; when there are none, all processes left are this command's.
        """
        left: list[int] = []
        for child in _children() if self.works and _has_children() else ():
            if child.pid in others or child.pid in self._children_before:
                continue
            if child.state == "Z":
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child.pid, os.WNOHANG)
            elif (
                not others
                or command.pid in (child.group, child.session)
                or _has_mark(child.pid, command.mark)
            ):
                left.append(child.pid)
        return left


def _has_children() -> bool:
    """Whether this process has any child. Usually not, and this is cheaper than to read /proc."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _children() -> Iterator[_Child]:
    own = os.getpid()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name of the program is in parentheses and may contain any character.
                stat = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                if int(stat[1]) == own:
                    yield _Child(int(entry.name), stat[0].decode(), int(stat[2]), int(stat[3]))


def _has_mark(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def marked_processes(mark: str) -> list[int]:
    """List the processes with the mark, by `ps`: for systems without adoption."""
    options = ["-axwwE"] if sys.platform == "darwin" else ["axeww"]
    try:
        printed = subprocess.run(
            ["ps", *options, "-o", "pid=,command="], capture_output=True, check=False
        ).stdout
    except OSError:
        return []
    rows = (row.split() for row in printed.decode("utf-8", "replace").splitlines())
    return [int(row[0]) for row in rows if mark in row[1:]]


def describe(pids: Iterable[int]) -> str:
    """Return the names and ids of processes."""
    return ", ".join(f"{_program(pid)} (process {pid})" for pid in pids)


def _program(pid: int) -> str:
    try:
        return repr(Path(f"/proc/{pid}/comm").read_text(errors="replace").strip())
    except OSError:
        return "a process"
