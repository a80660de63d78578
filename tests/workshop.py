"""A repository with one slice whose gates can run: for tests of gates and evidence.

Use it when the test is about what `run-gates`, `check` or `status` records and reads. For a gate
without a plan or a repository, use the fixture of tests/gates instead.
"""

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import git
from world import Files, Ran, commit, planner, root, write

PLAN_PATH = "docs/plan/plan.yaml"
HEAD = """\
version: 1
title: Workshop
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {include: [src/]}
"""
TASKS = """\
    tasks:
      - {id: one, title: One, files: [src/a.py]}
      - {id: two, title: Two, files: [src/b.py]}
"""


def plan_of(gates: str, *, tasks: str = "") -> str:
    """Return a plan whose slice has these gates and tasks."""
    listed = textwrap.indent(textwrap.dedent(gates).strip("\n"), " " * 6)
    return HEAD + (f"    gates:\n{listed}\n" if gates else "") + tasks


class Workshop:
    """A repository with its plan on main and the branch of the slice checked out."""

    def __init__(self, repo: git.Repo, gates: str, files: Files, tasks: str) -> None:
        self.repo = repo
        self.base = commit(repo, {PLAN_PATH: plan_of(gates, tasks=tasks), "src/a.py": "", **files})
        repo.git.switch("--quiet", "--create", "feature/api")
        self.head = commit(repo, {"src/a.py": "a = 1\n"})

    @property
    def root(self) -> Path:
        """The folder of the work tree."""
        return root(self.repo)

    @property
    def own(self) -> Path:
        """The folder in which planner stores logs."""
        return Path(self.repo.git_dir) / "planner"

    def tree(self, commit: str = "HEAD") -> str:
        """Return the tree of a commit."""
        return str(self.repo.git.rev_parse(f"{commit}^{{tree}}"))

    def commit(self, files: Files, message: str = "change") -> str:
        """Commit files, and return the commit."""
        return commit(self.repo, files, message)

    def write(self, files: Files) -> None:
        """Write files without a commit."""
        write(self.repo, files)

    def plan(self, gates: str, *, tasks: str = "") -> str:
        """Commit another plan on the current branch."""
        return self.commit({PLAN_PATH: plan_of(gates, tasks=tasks)})

    def run(
        self,
        command: str,
        *words: str,
        at: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a command with JSON."""
        return planner(command, *words, "--format", "json", at=at or self.root, env=env)

    def text(self, command: str, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run a command with text."""
        return planner(command, *words, at=self.root, env=env)

    def verdicts(self, *words: str) -> dict[str, str]:
        """Run the gates, and return the verdict of each."""
        return {gate["id"]: gate["verdict"] for gate in self.run("run-gates", *words).json["gates"]}

    def evidence(self, command: str = "status", *words: str) -> dict[str, str]:
        """Return the evidence that `status` shows for each gate of the slice."""
        (slice_,) = self.run(command, *words).json["slices"]
        return {gate["id"]: gate["evidence"] for gate in slice_["gates"]}

    def why(self, gate: str) -> str:
        """Return why `status` gives a gate its evidence."""
        (slice_,) = self.run("status").json["slices"]
        return next(str(one["why"]) for one in slice_["gates"] if one["id"] == gate)

    def records(self, commit: str = "HEAD") -> list[dict[str, Any]]:
        """Return the records of a tree, as git shows them."""
        refs = self.repo.git.for_each_ref("refs/notes/planner")
        noted = self.repo.git.notes("--ref=planner", "list").split() if refs else []
        if self.tree(commit) not in noted:
            return []
        lines = self.repo.git.notes("--ref=planner", "show", self.tree(commit)).splitlines()
        return [json.loads(line) for line in lines if line]

    def note(self, line: str, commit: str = "HEAD") -> None:
        """Append a line to the note of a tree, as anyone with push access could."""
        self.repo.git.notes("--ref=planner", "append", "-m", line, self.tree(commit))

    def left_over(self) -> list[str]:
        """List locks and work trees that nothing uses any more."""
        own = Path(self.repo.git_dir)
        found = [path.relative_to(own).as_posix() for path in own.rglob("*.lock")]
        found += [path.name for path in own.glob("worktrees/*")]
        return found + [path.name for path in own.glob("planner/baselines/*")]


def workshop(
    repo: git.Repo, gates: str, files: Files | None = None, *, tasks: str = ""
) -> Workshop:
    """Return a workshop with these gates."""
    return Workshop(repo, gates, files or {}, tasks)
