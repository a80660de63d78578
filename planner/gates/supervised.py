"""A command that runs: its output is read, and it is ended with all that it started."""

import abc
import math
import time
from collections.abc import Collection
from typing import Final, Literal

from planner.gates.process import GRACE_S, Adoption, Command, describe, marked_processes

_LINGER_S: Final = 1.0  # how long to read output after the command itself has exited
_LAST_READS: Final = 16  # more than a pipe can contain
Spoiled = Literal["error", "skipped", "timeout"]


class Supervised(abc.ABC):
    """A command that runs. Call `step` until it has called `conclude`.

    Attributes:
        is_open: whether more output can come.
        spoiled: why it did not end as it should have, the first reason of each kind.
    """

    def __init__(self, command: Command, timeout_s: float, adoption: Adoption) -> None:
        self.command = command
        self.is_open = True
        self.spoiled: dict[Spoiled, str] = {}
        self._timeout_s = timeout_s
        self._adoption = adoption
        self._has_exited = False
        self._began = self._exited = time.monotonic()

    @abc.abstractmethod
    def take(self, data: bytes) -> None:
        """Receive output."""

    @abc.abstractmethod
    def conclude(self, code: int | None) -> None:
        """Receive the exit code; None where the command cannot be ended. The last call."""

    @property
    def seconds(self) -> float:
        """How long the command itself ran, as far as it is known."""
        return self._exited - self._began

    @property
    def files(self) -> tuple[int, ...]:
        """The files to poll: one that becomes readable at exit, and last, when open, the output."""
        exit_file = None if self._has_exited else self.command.exit_file
        output = self.command.output if self.is_open else None
        return tuple(file for file in (exit_file, output) if file is not None)

    @property
    def next_s(self) -> float:
        """In how many seconds to call `step` again at the latest."""
        now = time.monotonic()
        if self._has_exited:
            return min(0.02, max(0.0, self._exited + _LINGER_S - now)) if self.is_open else 0.02
        kill_at = self.command.kill_at
        due = self._began + self._timeout_s if kill_at == math.inf else kill_at
        has_exit_file = self.command.exit_file is not None and now < due
        return min(1.0 if has_exit_file else 0.02, max(0.02, due - now))

    def read(self, times: int) -> None:
        """Read output several times, or until there is none left."""
        for _ in range(times if self.is_open else 0):
            data = self.command.read()
            if not data:
                self.is_open = data is None
                return
            self.take(data)

    def spoil(self, how: Spoiled, reason: str) -> None:
        """End it, for a reason."""
        self.spoiled.setdefault(how, reason)
        self.command.ask_to_end(time.monotonic())

    def stop(self, reason: str, *, at_once: bool = False) -> None:
        """End it before its time."""
        self.spoil("skipped", reason)
        if at_once:
            self.command.kill_at = time.monotonic()

    def step(self, others: Collection[int] = ()) -> None:
        """Check the clock and the processes; `others` are the other commands that run."""
        now = time.monotonic()
        if not self._has_exited:
            if now >= self._began + self._timeout_s and self.command.kill_at == math.inf:
                self.spoil("timeout", f"took longer than {self._timeout_s:g} s")
            self.command.insist(now)
            self._has_exited = self.command.has_exited()
            self._exited = now
        if self._has_exited and not (self.is_open and now < self._exited + _LINGER_S):
            self._end_rest(others, now)
        elif not self._has_exited and self._is_unkillable(now):  # another user's, as with sudo
            self.spoiled.setdefault("error", f"{describe([self.command.pid])} cannot be ended")
            self.is_open = False
            self.command.abandon()
            self.conclude(None)

    def _is_unkillable(self, now: float) -> bool:
        """Whether KILL was sent long ago."""
        return now >= self.command.kill_at + GRACE_S

    def _end_rest(self, others: Collection[int], now: float) -> None:
        self.read(_LAST_READS)
        self.is_open = False
        self.command.ask_to_end(now)
        code = self.command.reap()
        left = self.command.end_rest(self._adoption, others, now)
        if left and not self._is_unkillable(now):
            return
        if not left and not self._adoption.works:
            left = marked_processes(self.command.mark)
        if left:
            self.spoiled.setdefault("error", f"it left {describe(left)} running; end it yourself")
        self.conclude(code)
