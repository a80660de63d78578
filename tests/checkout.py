"""This project as its users get it: its files in a folder of their own, and a repository beside.

Use it for tests of what runs planner from a checkout: the action, the hooks of pre-commit.
"""

import shutil
from pathlib import Path

import git
from pages import ROOT

PLAN = """\
version: 1
title: Shop
slices:
  - id: api
    title: The API
    branch: feature/api
    commit: "feat(api): add lists"
    scope:
      include: [src/]
"""


def copy_project(folder: Path) -> None:
    """Copy what git tracks of this project, as it is in the work tree, without the tests."""
    for name in filter(None, git.Repo(ROOT).git.ls_files("-z").split("\0")):
        source = ROOT / name
        if source.is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)


def start_repository(folder: Path) -> git.Repo:
    """Make a repository on the branch main, whose commits have an author."""
    repo = git.Repo.init(folder, initial_branch="main")
    with repo.config_writer() as config:
        config.set_value("user", "name", "Ada")
        config.set_value("user", "email", "ada@example.org")
    return repo
