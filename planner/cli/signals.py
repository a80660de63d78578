"""The signals that end planner, as KeyboardInterrupt: what it began is undone first."""

import signal
from types import FrameType
from typing import Final

_DEFAULTS: Final = (signal.SIG_DFL, signal.default_int_handler)


def install_handlers() -> None:
    """Make TERM and HUP do what INT does; one that is ignored, as under nohup, stays ignored.

    INT gets the same handler: Python's own is replaced by asyncio, with one that waits for threads.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) in _DEFAULTS:
            signal.signal(signum, _raise)


def _raise(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
