"""Fixtures for what agents are told, what they answer, and what they claim."""

from pathlib import Path

import git
import pytest
from hub import Hub
from planned import sliced
from world import commit


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    """A repository without a plan."""
    commit(repo, {"src/api/a.py": "", "README.md": ""})
    return repo


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A bare repository without a commit."""
    return Hub(tmp_path)


@pytest.fixture
def two(hub: Hub) -> str:
    """The commit of a plan with the slices a and b, on main of the hub."""
    return hub.plan([sliced("a", "a/"), sliced("b", "b/")])
