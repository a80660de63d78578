"""A bare repository that several clones push to, for tests of claims."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import git
from planned import PLAN, text_of
from world import Ran, commit, planner


class Hub:
    """A bare repository that several people push to, and the clone of its first author."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = git.Repo.init(folder / "hub.git", bare=True, initial_branch="main")
        self.author = self.clone("author")

    def clone(self, name: str, *options: str) -> git.Repo:
        """Clone it into a new folder of that name."""
        place = self.folder / name
        url = f"file://{self.folder}/hub.git" if options else str(self.folder / "hub.git")
        words = ["git", "clone", "--quiet", *options, url, str(place)]
        subprocess.run(words, check=True, capture_output=True)
        cloned = git.Repo(place)
        if cloned.head.is_valid() is False:
            cloned.git.symbolic_ref("HEAD", "refs/heads/main")
        return cloned

    def plan(self, slices: Sequence[dict[str, Any]], **top: Any) -> str:
        """Push a plan to main; return the commit."""
        made = commit(self.author, {PLAN: text_of(slices, **top)}, "docs: the plan")
        self.author.git.push("--quiet", "origin", "main")
        return made

    def branches(self) -> dict[str, str]:
        """The branches of the bare repository, each with its commit, without main."""
        listed = self.bare.git.for_each_ref("--format=%(refname:short) %(objectname)").split("\n")
        pairs = dict(line.split(" ") for line in listed if line)
        pairs.pop("main", None)
        return pairs

    def add(self, branch: str, *subjects: str) -> str:
        """Push a branch with a commit for each subject; return its tip."""
        self.author.git.switch("--quiet", "-C", branch, "main")
        for subject in subjects:
            commit(self.author, {f"{subject}.txt": subject}, subject)
        self.author.git.push("--quiet", "--force", "origin", branch)
        tip = str(self.author.git.rev_parse("HEAD"))
        self.author.git.switch("--quiet", "main")
        self.author.git.branch("-D", branch)
        return tip

    def hook(self, name: str, script: str) -> None:
        """Install a hook of the bare repository."""
        path = Path(self.bare.git_dir) / "hooks" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def claim(at: git.Repo, *words: str) -> Ran:
    return planner("next", "--claim", "--format", "json", *words, at=at)


def claimed(ran: Ran) -> str:
    """The slice that a run claimed."""
    assert (ran.exit, ran.stderr) == (0, ""), ran
    return str(ran.json["claimed"]["slice"])


def refused(ran: Ran) -> tuple[int, list[tuple[str, str]]]:
    assert ran.json["claimed"] is None
    return ran.exit, [(one["rule"], one["message"]) for one in ran.json["findings"]]


def stopped(ran: Ran) -> tuple[int, str, str]:
    error = ran.json["error"]
    return ran.exit, error["message"], error.get("hint", "")


def held(at: git.Repo, *words: str) -> list[tuple[str, str, str | None]]:
    ran = planner("claims", "--format", "json", *words, at=at)
    assert (ran.exit, ran.stderr) == (0, "")
    return [(one["slice"], one["branch"], one["author"]) for one in ran.json["claims"]]
