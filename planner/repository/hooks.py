"""Where hooks are: those of git, and those of the clients of coding agents."""

import os
import shutil
from pathlib import Path
from typing import Final

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


AGENTS: Final = {
    "claude": ".claude/settings.json",
    "copilot": ".github/hooks/planner.json",
    "cursor": ".cursor/hooks.json",
    "codex": ".codex/hooks.json",
}
"""The files in which the clients of coding agents look for their hooks, from the root."""


def is_command_found() -> bool:
    """Return whether a shell finds the command `planner`, which hooks call by its name."""
    return shutil.which("planner") is not None


NOT_FOUND: Final = "'planner' is not on PATH, so a client cannot call it and no edit is judged"
TO_FIND: Final = "install it with 'pipx install pr-planner', or add its folder to PATH"
