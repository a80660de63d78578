"""The signals that end planner: recorded while gates run, delayed during short work."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final, Self

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


class Signals(contextlib.ExitStack):
    """Records the signals that end planner, so that the gates can be ended first.

    Attributes:
        wakeup: a file that becomes readable when a signal comes.
        last: the latest signal, or 0.
        count: how many came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last = self.count = 0

    def __enter__(self) -> Self:
        self.wakeup, alarm = os.pipe()
        for file in (alarm, self.wakeup):
            os.set_blocking(file, False)
            self.callback(os.close, file)
        self.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(alarm, warn_on_full_buffer=False))
        for signum in ENDING:
            if signal.getsignal(signum) not in (signal.SIG_IGN, None):  # as under nohup
                self.callback(signal.signal, signum, signal.signal(signum, self._record))
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:  # every exit code would read as 0
            before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.callback(signal.signal, signal.SIGCHLD, before)
        return self

    def _record(self, signum: int, _frame: FrameType | None) -> None:
        self.last = signum
        self.count += 1
