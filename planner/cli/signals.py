"""The signals that end planner, as KeyboardInterrupt: what it began is undone first."""

import signal
from types import FrameType


def install_handlers() -> None:
    """Make TERM and HUP do what INT does; one that is ignored, as under nohup, stays ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) is signal.SIG_DFL:
            signal.signal(signum, _raise)


def _raise(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
