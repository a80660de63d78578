"""How much all questions of one run may cost together, so that no plan takes minutes.

Counted in states of searches, not in seconds: all machines give the same answer.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

STATES: Final = 150_000  # a plan of a thousand slices, each of which changes, takes half of it

_left: ContextVar[int] = ContextVar("states that are left", default=sys.maxsize)


@contextmanager
def bounded(states: int = STATES) -> Iterator[None]:
    """Bound all questions within the block; outside of any, each has only its own limit."""
    token = _left.set(states)
    try:
        yield
    finally:
        _left.reset(token)


def take(states: int) -> None:
    """Count states as used."""
    _left.set(_left.get() - states)


def left() -> int:
    """Return how many states may still be used; 0 when there are none."""
    return max(0, _left.get())
