"""One call of an agent: a prompt on its stdin, an answer from its stdout, no process left."""

import contextlib
import math
import os
import select
import shlex
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import PlannerError
from planner.gates.errors import GateError
from planner.gates.process import Adoption, Command, Surroundings
from planner.gates.run import ensure_possible
from planner.gates.signals import Signals
from planner.gates.supervised import Supervised
from planner.gates.verdict import Interrupted

MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_MESSAGES: Final = 4_096  # bytes: the last ones
_PIECE: Final = 65_536
_READS: Final = 8
_HEARTBEAT_S: Final = 60.0
_LONGEST: Final = 300  # characters of a message


class Said(NamedTuple):
    """What an agent answered.

    Attributes:
        exit: its exit code, as in `subprocess`; None where planner ended it.
        answer: what it printed; where there is a fault, as far as it was read.
        fault: why the answer does not count: it took too long, or printed too much; or empty.
        message: the last line that it wrote to stderr.
        seconds: how long it took.
    """

    exit: int | None
    answer: bytes
    fault: str
    message: str
    seconds: float


def words_of(agent: str) -> list[str]:
    """Return the words of a command line, as a shell splits it; nothing is expanded.

    Raises:
        PlannerError: it has no word, an open quote, or names no command.
    """
    try:
        words = shlex.split(agent)
    except ValueError as error:
        raise PlannerError(f"--agent: {agent!r}: {error}", hint="close the quote") from error
    if not words:
        raise PlannerError("--agent: no command", hint='such as --agent "claude -p"')
    return words


def refuse_missing(words: Sequence[str], folder: Path) -> None:
    """Refuse a command that is not there.

    Raises:
        PlannerError: it is not.
    """
    place = folder / words[0] if "/" in words[0] else words[0]
    if shutil.which(place) is None:
        raise PlannerError(
            f"--agent: command not found: {words[0]!r}",
            hint="name a command on PATH, or a path from the root of the repository",
        )


def ask(
    words: Sequence[str],
    prompt: bytes,
    folder: Path,
    timeout_s: float,
    tell: Callable[[str], None],
) -> Said:
    """Run an agent to its end, and return what it answered.

    However this ends, all processes that it started have ended before.

    Args:
        folder: where it runs.
        tell: called once a minute with a line that says so.

    Raises:
        Interrupted: a signal came (this is a KeyboardInterrupt).
        PlannerError: it cannot be started.
    """
    ensure_possible()
    with Signals() as signals, Adoption() as adoption, contextlib.ExitStack() as stack:
        # A file, not a pipe: an agent that does not read it blocks nobody.
        stdin = stack.enter_context(tempfile.TemporaryFile())
        stdin.write(prompt)
        stdin.seek(0)
        messages, stderr = os.pipe()
        stack.callback(os.close, messages)
        os.set_blocking(messages, False)
        try:
            place = Surroundings(folder, stdin=stdin.fileno(), stderr=stderr)
            command = Command(words, place, mark=f"agent.{os.getpid()}")
        except GateError as error:
            raise PlannerError(f"--agent: {error}", hint="check that it can be run") from error
        finally:
            os.close(stderr)
        asking = _Asking(command, timeout_s, adoption, messages)
        beat_s = 0.0
        try:
            while asking.said is None:
                if signals.count:
                    asking.stop("interrupted", at_once=signals.count > 1)
                _wait(asking, signals)
                beat_s = _told_since(asking, beat_s, tell)
        finally:
            asking.command.kill()
    if signals.last:
        raise Interrupted(signals.last)
    return asking.said


def _told_since(asking: "_Asking", since_s: float, tell: Callable[[str], None]) -> float:
    """Say once a minute that the agent runs; return when that was said last."""
    if asking.seconds < since_s + _HEARTBEAT_S:
        return since_s
    said = f": {asking.message}" if asking.message else ""
    tell(f"still running after {asking.seconds:.0f} s{said}")
    return asking.seconds


class _Asking(Supervised):
    """An agent that runs; `said` is what it answered, None while it runs."""

    def __init__(
        self, command: Command, timeout_s: float, adoption: Adoption, messages: int
    ) -> None:
        super().__init__(command, timeout_s, adoption)
        self.said: Said | None = None
        self.is_talking = True  # whether more messages may come
        self.messages = messages
        self._answer = bytearray()
        self._message = b""

    def take(self, data: bytes) -> None:
        """Keep output, up to the limit."""
        if len(self._answer) + len(data) > MOST_BYTES:
            self.spoil("error", f"printed more than {MOST_BYTES >> 20} MiB")
        if not self.spoiled:
            self._answer += data

    def hear(self) -> None:
        """Keep the last messages."""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.messages, _PIECE)
            self._message = (self._message + data)[-_MOST_MESSAGES:]
            self.is_talking = bool(data)

    @property
    def message(self) -> str:
        """The last line of its messages."""
        lines = self._message.decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[:_LONGEST]

    def conclude(self, code: int | None) -> None:
        """Keep how it ended."""
        for _ in range(_READS):
            self.hear()
        fault = next(iter(self.spoiled.values()), "")
        exit_code = None if fault else code
        self.said = Said(exit_code, bytes(self._answer), fault, self.message, self.seconds)


def _wait(asking: _Asking, signals: Signals) -> None:
    """Wait for output, an exit, a signal or a time limit, and handle it."""
    poll = select.poll()
    for file in (signals.wakeup, *asking.files):
        poll.register(file, select.POLLIN)
    if asking.is_talking:
        poll.register(asking.messages, select.POLLIN)
    ready = {file for file, _ in poll.poll(math.ceil(asking.next_s * 1000))}
    if signals.wakeup in ready:
        os.read(signals.wakeup, 4096)
    if asking.messages in ready:
        asking.hear()
    if asking.is_open and asking.files[-1] in ready:
        asking.read(_READS)
    asking.step()
