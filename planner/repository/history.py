"""Make repositories, branches and commits with GitPython, for `planner demo`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# GitPython looks for git when it is imported, and fails with an error of its own.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from git import Actor, Repo

_AUTHOR: Final = Actor("planner", "planner@localhost")


def create(folder: Path, files: Mapping[str, str], message: str) -> None:
    """Create a repository with one commit of these files on the branch main."""
    Repo.init(folder, initial_branch="main").close()
    commit(folder, files, message)


def start_branch(folder: Path, name: str, start: str = "HEAD") -> None:
    """Create a branch from a revision and check it out."""
    with Repo(folder) as repo:
        repo.create_head(name, start).checkout()


def commit(folder: Path, files: Mapping[str, str], message: str) -> None:
    """Commit these files on the branch that is checked out."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    with Repo(folder) as repo:
        repo.index.add(list(files))
        repo.index.commit(message, author=_AUTHOR, committer=_AUTHOR, skip_hooks=True)
