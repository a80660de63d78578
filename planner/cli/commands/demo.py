"""`planner demo`: show the main job in a throw-away repository, with the real commands."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from planner import files
from planner.cli import output
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.report import Report
from planner.repository import history
from planner.repository.git import too_old

IS_QUESTION = False
EXAMPLES = (
    "planner demo                           # takes two seconds",
    "planner demo --keep                    # and leaves the repository to try things in",
)

_PLAN = "docs/plan/plan.yaml"
_START = {
    "README.md": "# Orchestrator\n",
    "services/orchestrator/database.py": "AsyncSessionLocal = None\n",
    "services/orchestrator/auth.py": "def login() -> int:\n    return 401\n",
    "services/orchestrator/tests/conftest.py": "",
    "services/orchestrator/tests/unit/test_models.py": "def test_models() -> None:\n    pass\n",
}
_GOOD = {"services/orchestrator/database.py": "AsyncSessionLocal = object()\n"}
_BIG = {
    "services/billing/currency.py": "RATES = {'EUR': 1.0, 'CHF': 0.94}\n\n\n"
    "def converted(amount: float, currency: str) -> float:\n"
    "    return amount / RATES[currency]\n",
    "services/billing/tests/test_currency.py": "from services.billing.currency import converted\n"
    "\n\ndef test_converted() -> None:\n    assert converted(94, 'CHF') == 100\n",
    "services/mailer/greeting.py": "LANGUAGES = {'de': 'Guten Tag', 'fr': 'Bonjour'}\n\n\n"
    "def greeting(language: str, surname: str) -> str:\n"
    "    return f'{LANGUAGES[language]} {surname}'\n",
    "services/mailer/templates/welcome.txt": "{greeting}\n\nLANGUAGES: {language}, {surname}\n",
}
_OUTSIDE = {"services/orchestrator/auth.py": "def login() -> int:\n    return 200\n"}


def run(
    common: Common,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the repository.")] = False,
) -> Report:
    """Show the main job in a throw-away repository: a plan, its pages, and a branch.

    The branch is in scope at first and passes; then it changes a file out of scope and fails.
    """
    if error := too_old():
        raise error
    _forget_surroundings()
    folder = Path(tempfile.mkdtemp(prefix="planner-demo-"))
    try:
        tour = _Tour(folder, "always" if output.has_color(common.color) else "never")
        tour.walk()
    finally:
        if keep:
            output.notice(f"the repository is kept at {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if any(step["exit"] != step["expected"] for step in tour.steps):
        raise PlannerError(
            "a step of the demo ended unexpectedly",
            hint="run it with --keep, and the failing command in that repository",
        )
    return Report("demo", kind="action", raw="".join(tour.text), payload={"steps": tour.steps})


def _forget_surroundings() -> None:
    """Remove from the environment what names another repository, its settings or hooks, or a CI.

    In a hook and in an alias git's variables name the user's repository, or settings such as
    `core.worktree` that do.
    """
    foreign = ("GIT_", "GITHUB_", "GITLAB_", "CI_", "PLANNER_")
    for name in [name for name in os.environ if name == "CI" or name.startswith(foreign)]:
        if name not in ("GIT_EXEC_PATH", "GIT_PYTHON_GIT_EXECUTABLE"):
            del os.environ[name]
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class _Tour:
    """The tour, step by step, with what it prints."""

    def __init__(self, folder: Path, color: str) -> None:
        self.text: list[str] = []
        self.steps: list[dict[str, Any]] = []
        self._folder = folder
        self._color = color

    def walk(self) -> None:
        example = files.packaged("examples") / "database-tests" / "plan.yaml"
        plan = example.read_text(encoding="utf-8")
        history.create(self._folder, {**_START, _PLAN: plan}, "chore: the plan")
        self._explain("A team agreed on docs/plan/plan.yaml: one slice, its scope and its gates.")
        self._command("lint", expected=0)
        self._explain("From it come the pages that people read.")
        self._command("render", expected=0)
        self._show("docs/plan/PLAN.md", 18)
        pages = {
            name: (self._folder / name).read_text(encoding="utf-8")
            for name in ("docs/plan/PLAN.md", "docs/plan/TASKS.md")
        }
        history.commit(self._folder, pages, "docs: render the plan")
        self._explain("A branch does what the slice says …")
        history.start_branch(self._folder, "feature/db-test-stabilization")
        history.commit(self._folder, _GOOD, "fix: bind the async session")
        self._command("check-scope", expected=0)
        self._explain("… and then it also changes the login that the tests complain about.")
        history.commit(self._folder, _OUTSIDE, "fix: let everyone in")
        self._command("check-scope", expected=1)
        self._explain("Which slice holds that file, and what may the slice touch?")
        self._command("who", *_OUTSIDE, *_GOOD, expected=0)
        self._explain("In CI the same command checks every branch.")
        self._explain("Another branch did two things at once, without a plan. Which slices is it?")
        history.start_branch(self._folder, "rework", "main")
        history.commit(self._folder, _BIG, "feat: currencies and greetings")
        self._command("slice", expected=0)
        self._explain("As a plan of their own they become branches, proved to lose nothing.")
        self._command("slice", "-o", "rework", expected=0)
        self._command("split", "--plan", "rework", expected=0)

    def _explain(self, line: str) -> None:
        self.text.append(f"\n# {line}\n")

    def _command(self, *words: str, expected: int) -> None:
        """Run planner itself, and keep what it prints and how it ends."""
        done = subprocess.run(
            [sys.executable, "-m", "planner", *words, "--color", self._color],
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        printed = done.stdout.decode("utf-8", "replace")
        command = f"planner {' '.join(words)}"
        self.text.append(f"$ {command}\n{printed}(exit {done.returncode})\n")
        self.steps.append({"command": command, "exit": done.returncode, "expected": expected})

    def _show(self, name: str, count: int) -> None:
        lines = (self._folder / name).read_text(encoding="utf-8").splitlines()[:count]
        self.text.append("\n".join([f"$ head -{count} {name}", *lines, ""]))
