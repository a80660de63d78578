"""`world.planner` forks planner instead of starting it: what comes out is the same."""

import os
from collections.abc import Sequence

import forked
import git
import pytest
import world

pytestmark = pytest.mark.skipif(not forked.IS_POSSIBLE, reason="there is no fork")


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["lint", "--help"],
        ["lint", "--format", "json"],
        ["lint", "no\udcffname"],
        ["guard"],
        ["nothing"],
    ],
)
def test_a_forked_run_is_as_a_started_one(repo: git.Repo, words: Sequence[str]) -> None:
    world.commit(repo, {"docs/plan/plan.yaml": "version: 1\ntitle: é\nslices: []\n"})
    given = (words, world.root(repo), os.environ, b"{}")

    assert world._forks().run(*given) == world._started(*given)


def test_what_is_printed_and_read_may_be_longer_than_a_pipe(repo: git.Repo) -> None:
    long = b'{"tool_name": "' + b"x" * 500_000 + b'"}'
    given = (["guard"], world.root(repo), os.environ, long)

    assert world._forks().run(*given) == world._started(*given)
