"""One command in a process group of its own, and the end of all that it started.

Linux gives orphans to the nearest ancestor that asked for them. While gates run, planner does:
what leaves a command's group ends up as its child, can be seen there, and is ended.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from planner.gates.reports import GateError

GRACE_S: Final = 5.0  # from TERM to KILL, and from KILL to giving up
MARK: Final = "PLANNER_GATE_RUN"
"""The variable that tells every process of a run whose it is."""

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


class Command:
    """A command that runs, its output and errors in one pipe, nothing on its standard input.

    Args:
        words: text runs in the shell; words are executed as they stand.
        folder: where it runs.
        env: what is added to the environment.
        mark: a text that no other run has.

    Raises:
        GateError: it cannot be started.
    """

    def __init__(
        self, words: str | Sequence[str], *, folder: Path, env: Mapping[str, str], mark: str
    ) -> None:
        self.mark = f"{MARK}={mark}"
        self.kill_at: float | None = None  # once it has been asked to end
        self._asked: set[int] = set()
        self._code: int | None = None
        try:
            # A session of its own is a group of its own without the terminal: a command that
            # wants to ask for a password gets an error, and does not stop for ever.
            self._process = subprocess.Popen(
                words,
                shell=isinstance(words, str),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                cwd=folder,
                env={**_environment(), **env, MARK: mark},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise _not_started(words, error) from error
        assert self._process.stdout
        self.pid = self._process.pid
        self.output = self._process.stdout.fileno()
        os.set_blocking(self.output, False)
        self.exit_file = _exit_file(self.pid)

    def read(self) -> bytes | None:
        """What it printed next; empty when nobody can print any more, None when nothing yet."""
        try:
            return os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def has_exited(self) -> bool:
        """Whether the command itself has ended; what it started may go on."""
        if self._code is None and hasattr(os, "waitid") and sys.platform != "darwin":
            # It stays a zombie until `reap`: so long its number can belong to no one else.
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.pid, options) is not None
        return self._process.poll() is not None

    def ask_to_end(self, now: float) -> None:
        """Send TERM to the group, once; KILL is due 5 s later."""
        if self.kill_at is None:
            self.kill_at = now + GRACE_S
            self._signal_group(signal.SIGTERM)
            self._signal_group(signal.SIGCONT)  # what is stopped cannot heed TERM

    def insist(self, now: float) -> None:
        """Send KILL to the group when it is due."""
        if self.kill_at is not None and now >= self.kill_at:
            self._signal_group(signal.SIGKILL)

    def reap(self) -> int:
        """Close the pipe of a command that has exited, and give its exit code, as `subprocess`."""
        if self._code is None:
            self._code = self._process.wait()
            self.abandon()
        return self._code

    def abandon(self) -> None:
        """Close the pipe, whether the command has exited or cannot be ended."""
        if self._process.stdout:
            self._process.stdout.close()
        if self.exit_file is not None:
            os.close(self.exit_file)
            self.exit_file = None

    def kill(self) -> None:
        """End the group at once, whatever else went wrong."""
        if self._code is None:
            self._signal_group(signal.SIGKILL)

    def end_rest(self, adoption: "Adoption", others: Collection[int], now: float) -> list[int]:
        """Ask what the command left behind to end; when it is due, end it. Gives what remains."""
        is_due = self.kill_at is not None and now >= self.kill_at
        left = adoption.left_by(self, others)
        for pid in left:
            with contextlib.suppress(OSError):
                if is_due:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in self._asked:
                    os.kill(pid, signal.SIGTERM)
                    os.kill(pid, signal.SIGCONT)
        self._asked.update(left)
        if not adoption.works and self._group_lives():
            self._signal_group(signal.SIGKILL if is_due else signal.SIGTERM)
            left.append(self.pid)
        return left

    def _group_lives(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except OSError:
            return False
        return True

    def _signal_group(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)


def _environment() -> dict[str, str]:
    """The environment, without what a git hook has in it: a gate's git is to find its own place."""
    return {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}


def _not_started(words: str | Sequence[str], error: OSError | ValueError) -> GateError:
    name = words if isinstance(words, str) else words[0]
    if isinstance(error, FileNotFoundError):
        return GateError(f"there is no command {name!r}")
    if isinstance(error, OSError):
        return GateError(f"cannot start {name!r}: {error.strerror}")
    return GateError(
        f"cannot start {name!r}: its command or env holds what no process takes: {error}"
    )


def _exit_file(pid: int) -> int | None:
    """A file that can be read as soon as the process has ended, where the system has such."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


class _Child(NamedTuple):
    """A child of this process, as Linux tells of it."""

    pid: int
    state: str
    group: int
    session: int


class Adoption:
    """Makes this process the parent of what its commands leave behind, where it can.

    Attributes:
        works: whether it can; elsewhere `outsiders` names what left.
    """

    def __init__(self) -> None:
        self.works = sys.platform == "linux" and Path("/proc/self/stat").exists()
        self._was_on = 0
        self._strangers: frozenset[int] = frozenset()

    def __enter__(self) -> Self:
        if self.works:
            was_on = ctypes.c_int(0)
            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(was_on), 0, 0, 0)
            self._was_on = was_on.value
            self.works = prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
            self._strangers = frozenset(child.pid for child in _children())
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if self.works:
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, self._was_on, 0, 0, 0)

    def left_by(self, command: Command, others: Collection[int]) -> list[int]:
        """The processes that a command, which was reaped, left to us, and that still live.

        Args:
            command: the command.
            others: commands that run; without any, whatever is left is this command's.
        """
        return [
            child.pid
            for child in self._adopted(others)
            if not others
            or command.pid in (child.group, child.session)
            or _has_mark(child.pid, command.mark)
        ]

    def _adopted(self, commands: Collection[int]) -> Iterator[_Child]:
        if not self.works or not _has_children():
            return
        for child in _children():
            if child.pid in commands or child.pid in self._strangers:
                continue
            if child.state != "Z":
                yield child
                continue
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, os.WNOHANG)


def _has_children() -> bool:
    """Whether this process has any child at all: the usual answer is no, and it is cheap."""
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
                # The name of the program stands in brackets and may hold anything.
                stat = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                if int(stat[1]) == own:
                    yield _Child(int(entry.name), stat[0].decode(), int(stat[2]), int(stat[3]))


def _has_mark(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def outsiders(mark: str) -> list[int]:
    """The processes that bear the mark, where the system has no adoption but a `ps`."""
    show = ["-axwwE"] if sys.platform == "darwin" else ["axeww"]
    try:
        listed = subprocess.run(
            ["ps", *show, "-o", "pid=,command="], capture_output=True, check=False
        ).stdout
    except OSError:
        return []
    rows = (row.split() for row in listed.decode("utf-8", "replace").splitlines())
    return [int(row[0]) for row in rows if mark in row[1:]]


def named(pids: Iterable[int]) -> str:
    """Processes in words."""
    return ", ".join(f"{_program(pid)} (process {pid})" for pid in pids)


def _program(pid: int) -> str:
    try:
        return repr(Path(f"/proc/{pid}/comm").read_text(errors="replace").strip())
    except OSError:
        return "a process"
