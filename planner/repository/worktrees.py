"""Work trees of branches, in folders that the user names."""

import os
import time
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import GitError, PlannerError
from planner.repository.git import Repository
from planner.repository.process import Limit

_TRIES: Final = 10
_WAIT_S: Final = 0.2  # at most, before the next try


def refuse_taken(repository: Repository, folder: Path) -> None:
    """Check that a work tree can be made in a folder.

    Raises:
        PlannerError: it is not empty, is in a git folder, or cannot be created.
    """
    real = Path(os.path.realpath(folder))
    places = (repository.git_dir, repository.common_dir)
    inside = {Path(os.path.realpath(place)) for place in places}
    if not inside.isdisjoint((real, *real.parents)):
        raise PlannerError(f"{str(folder)!r} is in the git folder", hint="name another folder")
    above = next(one for one in (real, *real.parents) if os.path.lexists(one))
    if not above.is_dir():
        raise PlannerError(
            f"{str(above)!r} is not a folder: no work tree can be made at {str(folder)!r}",
            hint="name a folder that does not exist yet",
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise PlannerError(f"cannot write to {str(above)!r}", hint="name another folder")
    if above == real and any(real.iterdir()):
        raise PlannerError(
            f"{str(folder)!r} is not empty", hint="name a folder that does not exist yet"
        )
    if real in {Path(os.path.realpath(one.folder)) for one in worktrees(repository)}:
        raise PlannerError(
            f"git has a work tree at {str(folder)!r} already, though its files are gone",
            hint="git worktree prune",
        )


class WorkTree(NamedTuple):
    """A work tree of a repository, the main one among them.

    Attributes:
        branch: the ref that is checked out, such as `refs/heads/main`; empty where HEAD is
            detached.
    """

    folder: str
    branch: str = ""


def worktrees(repository: Repository) -> tuple[WorkTree, ...]:
    """Return all work trees of the repository, the main one first.

    Raises:
        GitError: git failed.
    """
    printed = os.fsdecode(repository.run("worktree", "list", "--porcelain", "-z"))
    found: list[WorkTree] = []
    for line in printed.split("\0"):
        key, _, value = line.partition(" ")
        if key == "worktree":
            found.append(WorkTree(value))
        elif key == "branch":
            found[-1] = found[-1]._replace(branch=value)
    return tuple(found)


def add(repository: Repository, folder: Path, branch: str, commit: str) -> None:
    """Make a work tree with a new branch at a commit.

    Raises:
        GitError: git failed.
    """
    words = ("worktree", "add", "--quiet", "--no-track", "-b", branch, "--", str(folder), commit)
    repository.run(*words, limit=Limit(memory=0))


def track(repository: Repository, branch: str, remote: str) -> None:
    """Let a local branch follow the branch of the same name of a remote.

    By settings, since git refuses `--track` in a clone of one branch.

    Raises:
        GitError: git failed.
    """
    _set(repository, f"branch.{branch}.remote", remote)
    _set(repository, f"branch.{branch}.merge", f"refs/heads/{branch}")


def _set(repository: Repository, key: str, value: str) -> None:
    """Set a value in the repository's configuration; another process may be writing it."""
    for tried in range(1, _TRIES + 1):
        try:
            repository.run("config", "--local", key, value)
            return
        except GitError:
            if tried == _TRIES:
                raise
        time.sleep(_WAIT_S * os.urandom(1)[0] / 255)
