"""Scripts that take the place of agents, for `planner generate`: real commands, run by Python.

Use it with the fixture `shop` of `agents/conftest.py` for every test of what an agent answers.
"""

import shlex
import sys
import textwrap
from pathlib import Path
from typing import Any

import git
from world import Ran, planner, root

PLAN = "docs/plan/plan.yaml"
GOAL = "Search for notes"
GOOD = """\
version: 1
title: Search
slices:
  - id: search-api
    title: Search in the API
    branch: feature/search-api
    scope: {include: [src/api/]}
"""
WRONG = GOOD.replace("src/api/", "src/api")  # names a folder


class Agent:
    """A script that takes the place of an agent, and the prompts that it got."""

    def __init__(self, folder: Path, script: str) -> None:
        self.folder = folder
        head = f"""
            import os, subprocess, sys, time
            from pathlib import Path
            GOOD, WRONG, FOLDER = {GOOD!r}, {WRONG!r}, Path({str(folder)!r})
            def read():
                prompt = sys.stdin.read()
                number = len([*FOLDER.glob("prompt*")]) + 1
                (FOLDER / f"prompt{{number}}").write_text(prompt)
                return prompt
        """
        path = folder / "agent.py"
        path.write_text(textwrap.dedent(head) + textwrap.dedent(script))
        self.command = f"{shlex.quote(sys.executable)} {shlex.quote(str(path))}"

    @property
    def prompts(self) -> list[str]:
        """What it was told, one text for each time that it read its stdin."""
        return [path.read_text() for path in sorted(self.folder.glob("prompt*"))]


def generate(
    repo: git.Repo, tmp_path: Path, script: str, *words: str, goal: str = GOAL
) -> tuple[Ran, Agent]:
    folder = tmp_path / "agent"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    agent = Agent(folder, script)
    more = ("--agent", agent.command, *words)
    ran = planner("generate", goal, *more, at=repo, env={"TMPDIR": str(tmp_path / "tmp")})
    return ran, agent


def plan_of(repo: git.Repo, path: str = PLAN) -> str | None:
    place = root(repo) / path
    return place.read_text(encoding="utf-8") if place.exists() else None


def round_of(exit_: int | None, errors: int | None = None, fault: str | None = None) -> Any:
    return {
        "exit": exit_,
        "fault": fault,
        "errors": errors,
        "warnings": None if errors is None else 0,
    }
