"""The signals that end planner, as KeyboardInterrupt: what it began is taken back first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heeded() -> Iterator[None]:
    """Let TERM and HUP do what INT does, for as long as the context lasts.

    One that is ignored, as under nohup, stays ignored.
    """
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) is signal.SIG_DFL:
            before[signum] = signal.signal(signum, _raise)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _raise(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
