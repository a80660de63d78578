"""The repository for which git runs a hook, by the variables that git sets for it."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from planner.errors import GitError
from planner.repository.git import Repository, open_repository


def open_of_hook(
    folder: Path, environment: Mapping[str, str], *, is_online: bool = False
) -> Repository:
    """Open the repository of a running hook, with the index that is committed.

    Args:
        folder: what to look from where git sets no GIT_DIR.
        environment: the hook's. git sets GIT_INDEX_FILE always, since `git commit -a` and
            `git commit PATH` use a temporary index, and GIT_DIR with GIT_WORK_TREE where the
            folder does not lead to the repository, as with `git --git-dir`.

    Raises:
        GitError: there is none.
    """
    git_dir = environment.get("GIT_DIR", "")
    work_tree = environment.get("GIT_WORK_TREE", "")
    found = None
    # In a linked work tree git sets GIT_DIR alone. It then takes the current folder for the root,
    # which is wrong once the hook has changed it; looking from there finds the root.
    if not git_dir or (Path(git_dir).is_absolute() and not work_tree):
        found = _around(folder, git_dir, is_online=is_online)
    if found is None:
        names = {"GIT_DIR": git_dir, "GIT_WORK_TREE": work_tree}
        named = {name: str(Path(path).resolve()) for name, path in names.items() if path}
        found = open_repository(folder, is_online=is_online, named=named)
    return found._replace(index_file=environment.get("GIT_INDEX_FILE", ""))


def _around(folder: Path, git_dir: str, *, is_online: bool) -> Repository | None:
    """The repository that contains the folder; None where its git folder is not the given one."""
    if not git_dir:
        return open_repository(folder, is_online=is_online)
    with contextlib.suppress(GitError, OSError):
        found = open_repository(folder, is_online=is_online)
        if found.git_dir.samefile(git_dir):
            return found
    return None
