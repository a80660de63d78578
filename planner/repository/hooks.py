"""The folder of a repository's hooks."""

import os
from pathlib import Path

from planner.repository.git import Repository


def folder(repository: Repository) -> Path:
    """Return the folder that git takes hooks from.

    Raises:
        GitError: git failed.
    """
    # planner itself switches hooks off, by the last value of the setting.
    printed = repository.run("config", "--type=path", "--get-all", "core.hooksPath")
    *own, _ = os.fsdecode(printed).split("\n")[:-1]
    return repository.root / own[-1] if own else repository.common_dir / "hooks"
