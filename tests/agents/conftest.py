"""Fixtures for what agents are told, and what they answer."""

import git
import pytest
from world import commit


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    """A repository without a plan."""
    commit(repo, {"src/api/a.py": "", "README.md": ""})
    return repo
