"""Asks git ahead: it works on the answer while planner does something else."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """What a function returns, called in a thread of its own.

    Nobody waits for a thread at the end of the process: git ends once nobody reads what it prints.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._returned: list[T] = []
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()

    def _call(self) -> None:
        try:
            self._returned.append(self._function())
        except BaseException as error:
            self._raised = error

    def result(self) -> T:
        """Wait for the function, and return what it returned; what it raised is raised."""
        self._thread.join()
        if self._raised:
            raise self._raised
        return self._returned[0]
