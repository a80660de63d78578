"""Remotes: which one a branch follows, and fetching from it."""

import os

from planner.repository.git import Repository
from planner.repository.process import Limit


def remote_of(repository: Repository, branch: str) -> str:
    """Return the remote that a branch is configured to follow; empty when there is none."""
    printed = repository.run("config", "--get", f"branch.{branch}.remote", expect=(0, 1))
    return os.fsdecode(printed).strip()


def refspec(remote: str, branch: str) -> str:
    """Return what to fetch so that the remote-tracking branch exists, also in a narrow clone."""
    return f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"


def fetch(repository: Repository, remote: str, branch: str, *, deepen: int) -> None:
    """Fetch a branch of a remote, and more of the history that a shallow clone lacks.

    Args:
        deepen: how many commits more; 0 for none, -1 for all.

    Raises:
        GitError: git is missing or failed.
    """
    depth = () if deepen == 0 else ("--unshallow",) if deepen < 0 else (f"--deepen={deepen}",)
    head = os.fsdecode(repository.run("rev-parse", "--verify", "HEAD")).strip()
    wanted = [head] if repository.is_shallow and depth else []
    repository.run(
        "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", *depth, remote,
        refspec(remote, branch), *wanted, limit=Limit(memory=0),
    )  # fmt: skip
