"""The signals that end planner: recorded while gates run, delayed during short work."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final, Self

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals that end planner, where the system has them."""


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay the signals that end planner, and the processes that it starts, until the context ends.

    For short work that must not be left half done.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Signals:
    """Records the signals that end planner, so that the gates can be ended first.

    Attributes:
        wakeup: a file that becomes readable when a signal comes.
        last: the latest signal, or 0.
        count: how many came.
    """

    def __init__(self) -> None:
        self.last = self.count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self.wakeup, self._alarm = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(self._alarm, False)
        self._alarm_before = signal.set_wakeup_fd(self._alarm, warn_on_full_buffer=False)
        for signum in ENDING:
            if signal.getsignal(signum) not in (signal.SIG_IGN, None):  # as under nohup
                self._before[signum] = signal.signal(signum, self._record)
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:  # every exit code would read as 0
            self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
        signal.set_wakeup_fd(self._alarm_before)
        os.close(self.wakeup)
        os.close(self._alarm)

    def _record(self, signum: int, _frame: FrameType | None) -> None:
        self.last = signum
        self.count += 1
