"""A corpus of broken plans, each with all that `planner lint` says of it.

A case is `tests/cases/lint/NAME.yaml` beside `NAME.out`: standard output, then standard error,
then the exit code. To write what lint says now, and then to read the difference:

    REWRITE_CASES=1 python -m pytest tests/lint/test_lint_cases.py
"""

import ast
import os
import re
from pathlib import Path

import git
import pytest
from world import commit, root, write

import planner
from planner.cli.main import run

CASES = Path(__file__).parent.parent / "cases" / "lint"
REWRITE = bool(os.environ.get("REWRITE_CASES"))  # read before the tests are sealed
NAMES = sorted(path.stem for path in CASES.glob("*.yaml"))
PLAN = "docs/plan/plan.yaml"
TRACKED = (
    ".github/workflows/ci.yml",
    "CHANGELOG.md",
    "README.md",
    "app/[id]/page.tsx",
    "app/layout.tsx",
    "docs/index.md",
    "package-lock.json",
    "src/__init__.py",
    "src/api/routes.py",
    "src/api/users.py",
    "src/db/models.py",
    "src/db/session.py",
    "src/main.py",
    "tests/test_db.py",
    "tests/test_routes.py",
    "web/lib/nav.ts",
    "web/package-lock.json",
)
# Only files of megabytes break these: test_lint_command.py, tests/plan.
TOO_BIG_FOR_A_CASE = {"too-large", "too-many-nodes"}


@pytest.mark.parametrize("name", NAMES)
def test_lint_says_all_that_is_wrong_with_a_plan(
    name: str, repo: git.Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repo, dict.fromkeys(TRACKED, ""))
    write(repo, {PLAN: (CASES / f"{name}.yaml").read_bytes()})
    code = run(["lint", "--repo", str(root(repo))])
    said = capsys.readouterr()
    whole = f"{said.out}{said.err}exit {code}\n"
    golden = CASES / f"{name}.out"
    if REWRITE:
        golden.write_text(whole, encoding="utf-8", newline="\n")

    assert whole == golden.read_text(encoding="utf-8")
    assert str(root(repo)) not in whole


def test_no_case_has_lost_its_plan() -> None:
    assert sorted(path.stem for path in CASES.glob("*.out")) == NAMES


def test_every_rule_of_lint_stands_in_a_case() -> None:
    said = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.out"))
    shown = set(re.findall(r"\[([a-z0-9-]+)\]$", said, re.MULTILINE))

    assert _rules() - shown == TOO_BIG_FOR_A_CASE


def _rules() -> set[str]:
    """The rules that the sources of lint name, as the argument that is one."""
    places = {"Diagnostic": 1, "report": 1, "_report": 1, "_repeated": 3}
    found = {f"unknown-{noun}" for noun in ("gate", "owner", "slice", "task")}
    folder = Path(planner.__file__).parent
    for path in (*folder.glob("plan/**/*.py"), *folder.glob("lint/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            at = places.get(name, len(node.args))
            rule = node.args[at] if at < len(node.args) else None
            if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                found.add(rule.value)
    return found
