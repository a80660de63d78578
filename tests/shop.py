"""A repository with a plan of four slices, a remote and branches: for tests of `check-scope`.

Use it, with the fixture `shop` of tests/check, when the test is about a branch: which plan, slice,
base and changes it is checked with, and in which CI event. `replaced` changes its plan.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import git
from world import Files, Ran, commit, planner

PLAN_PATH = "docs/plan/plan.yaml"

PLAN = """\
version: 1
title: Shop
shared:
  - CHANGELOG.md
generated:
  - "**/*.snap"
exclude:
  - .github
  - "**/secrets"
unplanned:
  - {branch: "dependabot/**", include: ["**/package.json"]}
slices:
  - id: api
    title: The API
    branch: feature/api
    scope:
      include:
        - src/api/**
        - docs/api.md
      exclude:
        - src/api/legacy
    limits: {exceptions: 1}
    tasks:
      - {id: api-one, title: One, status: todo, files: [src/api/a.py]}
      - {id: api-two, title: Two, status: todo}
  - id: web
    title: The pages
    branch: [feature/web, "claude/web-*"]
    from: acme/fork
    scope:
      include:
        - src/web/**
    tasks:
      - {id: web-one, title: One, status: todo}
  - id: guide
    title: The guide
    branch: feature/guide
    depends_on: [api]
    stacked: true
    scope:
      include:
        - docs/guide/**
  - id: old
    title: Done long ago
    branch: feature/old
    closed: merged
    scope:
      include:
        - src/old/**
"""

FILES: Files = {
    PLAN_PATH: PLAN,
    ".github/workflows/ci.yml": "on: push\n",
    "CHANGELOG.md": "# Changes\n",
    "README.md": "# Shop\n",
    "docs/api.md": "# API\n",
    "docs/guide/start.md": "# Start\n",
    "secret/key.txt": "key\n",
    "src/api/a.py": "a = 1\n",
    "src/api/b.py": "b = 1\n",
    "src/api/legacy/l.py": "l = 1\n",
    "src/old/o.py": "o = 1\n",
    "src/web/package.json": "{}\n",
    "src/web/x.snap": "snap\n",
    "src/web/x.ts": "let x\n",
}


class Shop:
    """A repository on main, whose remote-tracking branch is at the same commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = git.Repo(folder)

    @property
    def git(self) -> git.Git:
        """Git commands as methods."""
        return self.repo.git

    def start(self, branch: str, at: str = "main") -> None:
        """Start a branch and check it out."""
        self.git.switch("--quiet", "-c", branch, at)

    def commit(self, files: Files, message: str = "change") -> str:
        """Commit files on the current branch, and return the commit."""
        return commit(self.repo, files, message)

    def branch(self, name: str, files: Files, *, at: str = "main") -> str:
        """Start a branch with one commit, and return the commit."""
        self.start(name, at)
        return self.commit(files)

    def on_main(self, files: Files, message: str = "change") -> str:
        """Commit on main, publish it, and switch back to the current branch."""
        here = self.repo.active_branch.name
        self.git.switch("--quiet", "main")
        made = self.commit(files, message)
        self.publish("main")
        self.git.switch("--quiet", here)
        return made

    def publish(self, *branches: str) -> None:
        """Move the remote-tracking branches to the local ones."""
        for branch in branches:
            self.git.update_ref(f"refs/remotes/origin/{branch}", f"refs/heads/{branch}")

    def check(
        self, *words: str | bytes, at: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Ran:
        """Run `planner check-scope` with JSON."""
        return planner("check-scope", "--format", "json", *words, at=at or self.folder, env=env)

    def text(self, *words: str | bytes, env: Mapping[str, str] | None = None) -> Ran:
        """Run `planner check-scope` with text."""
        return planner("check-scope", *words, at=self.folder, env=env)

    def merge_ref(self, base: str, head: str) -> str:
        """Check out the merge commit that GitHub makes of two branches, and return it."""
        self.git.switch("--quiet", "--detach", base)
        self.git.merge("--quiet", "--no-ff", "-m", "Merge head into base", head)
        return str(self.git.rev_parse("HEAD"))

    def event(
        self,
        *,
        head: str,
        head_ref: str,
        base_ref: str = "main",
        merge: str = "",
        fork: str | None = "acme/shop",
        title: str = "A change",
        **more: str,
    ) -> dict[str, str]:
        """Return the environment of a GitHub run for a pull request.

        Args:
            merge: the merge commit that is checked out; empty: the head itself.
            fork: the repository of the head; None when it was deleted.
        """
        payload = {
            "number": 7,
            "pull_request": {
                "title": title,
                "head": {
                    "ref": head_ref,
                    "sha": head,
                    "repo": None if fork is None else {"full_name": fork},
                },
                "base": {
                    "ref": base_ref,
                    # Frozen when the pull request was opened: nothing may ever be read from it.
                    "sha": "0123456789abcdef0123456789abcdef01234567",
                    "repo": {"full_name": "acme/shop"},
                },
            },
        }
        environment = {
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_SHA": merge or "f" * 40,
            "GITHUB_BASE_REF": base_ref,
            "GITHUB_HEAD_REF": head_ref,
        }
        return self.run(payload, **environment | more)

    def run(self, payload: Any, **environment: str) -> dict[str, str]:
        """Return the environment of a GitHub run with this event file."""
        path = self.folder.parent / "event.json"
        whole = {"repository": {"full_name": "acme/shop", "default_branch": "main"}, **payload}
        path.write_text(json.dumps(whole), encoding="utf-8")
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REPOSITORY": "acme/shop",
            **environment,
        }


def built(template: Path, folder: Path) -> Shop:
    """Copy the shop into a folder; the first call builds the template."""
    if not (template / ".git").exists():
        repo = git.Repo.init(template, initial_branch="main")
        commit(repo, FILES, "start")
        repo.git.update_ref("refs/remotes/origin/main", "main")
        repo.git.symbolic_ref("refs/remotes/origin/HEAD", "refs/remotes/origin/main")
        repo.git.remote("add", "origin", "https://git.example.org/acme/shop.git")
    shutil.copytree(template, folder, symlinks=True)
    return Shop(folder)


def replaced(*changes: tuple[str, str]) -> str:
    """Return the plan of the shop with texts replaced, each of which must be in it."""
    plan = PLAN
    for old, new in changes:
        assert old in plan, old
        plan = plan.replace(old, new)
    return plan
