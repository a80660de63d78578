"""`planner demo`: a tour in a throw-away repository, with the real commands."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from planner import files
from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo
from planner.repository import history

_PLAN = "docs/plan/plan.yaml"
_START = {
    "README.md": "# Orchestrator\n",
    "services/orchestrator/database.py": "AsyncSessionLocal = None\n",
    "services/orchestrator/auth.py": "def login() -> int:\n    return 401\n",
    "services/orchestrator/tests/conftest.py": "",
    "services/orchestrator/tests/unit/test_models.py": "def test_models() -> None:\n    pass\n",
}
_GOOD = {"services/orchestrator/database.py": "AsyncSessionLocal = object()\n"}
_STRAY = {"services/orchestrator/auth.py": "def login() -> int:\n    return 200\n"}


def run(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the repository behind.")] = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Show the main job in a throw-away repository: a plan, its pages, and two branches.

    One branch stays inside its slice and passes; the other strays and is stopped.
    """
    del form, plan, repo  # every command takes them; the demo brings its own
    folder = Path(tempfile.mkdtemp(prefix="planner-demo-"))
    try:
        return _Tour(folder, "always" if output.has_colour(color) else "never").walk()
    finally:
        if keep:
            output.talk(f"the repository is left at {folder}")
        else:
            files.remove_folder(folder)


class _Tour:
    """The tour, step by step; a step that ends otherwise than it should ends the tour."""

    def __init__(self, folder: Path, color: str) -> None:
        self._folder = folder
        self._color = color

    def walk(self) -> int:
        example = files.packaged("examples") / "database-tests" / "plan.yaml"
        plan = example.read_text(encoding="utf-8")
        history.create(self._folder, {**_START, _PLAN: plan}, "chore: the plan")
        self._say("A team agreed on docs/plan/plan.yaml: one slice, what it may touch, its gates.")
        steps = [self._command("lint", expect=0)]
        self._say("From it come the pages that people read.")
        steps.append(self._command("render", expect=0))
        self._show("docs/plan/PLAN.md", 18)
        pages = {
            name: (self._folder / name).read_text(encoding="utf-8")
            for name in ("docs/plan/PLAN.md", "docs/plan/TASKS.md")
        }
        history.commit(self._folder, pages, "docs: render the plan")
        self._say("A branch does what the slice says …")
        history.branch(
            self._folder, "feature/db-test-stabilization", _GOOD, "fix: bind the async session"
        )
        steps.append(self._command("check-scope", expect=0))
        self._say('… and then strays: it also "fixes" the login that the tests complain about.')
        history.commit(self._folder, _STRAY, "fix: let everyone in")
        steps.append(self._command("check-scope", expect=1))
        self._say("Whose is that file, and what may the slice touch?")
        steps.append(self._command("who", *_STRAY, *_GOOD, expect=0))
        self._say("In CI the same line holds every branch: see docs/tutorial.md.")
        return 0 if all(steps) else 1

    def _say(self, line: str) -> None:
        output.write(f"\n# {line}\n")

    def _command(self, *words: str, expect: int) -> bool:
        """Run planner itself, and show what it prints and how it ends."""
        output.write(f"$ planner {' '.join(words)}\n")
        # The CI system that runs the demo must not be taken for the demo's own.
        ours = ("GITHUB_", "GITLAB_", "CI_", "GIT_", "PLANNER_")
        variables = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith(ours)}
        done = subprocess.run(
            [sys.executable, "-m", "planner", *words, "--color", self._color],
            cwd=self._folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.write(done.stdout.decode("utf-8", "replace"))
        output.write(f"(exit {done.returncode})\n")
        return done.returncode == expect

    def _show(self, name: str, lines: int) -> None:
        output.write(f"$ head -{lines} {name}\n")
        text = (self._folder / name).read_text(encoding="utf-8")
        output.write("\n".join(text.splitlines()[:lines]) + "\n")
