"""What is asked ahead is answered where it is waited for."""

import threading

import pytest

from planner.errors import GitError
from planner.repository.ahead import Ahead


def test_the_work_is_done_while_something_else_is_done() -> None:
    is_free = threading.Event()
    ahead = Ahead(lambda: is_free.wait(60))
    is_free.set()

    assert ahead.result()


def test_an_error_is_raised_where_the_answer_is_waited_for() -> None:
    def fails() -> None:
        raise GitError("git log failed: bad object")

    ahead = Ahead(fails)

    with pytest.raises(GitError, match="bad object"):
        ahead.result()
