"""A corpus of plans, each with the output of `planner lint`.

A case is `tests/cases/lint/NAME.yaml` beside `NAME.out`: standard output, then standard error,
then the exit code. To update all cases (then read the diff):

    REWRITE_CASES=1 python -m pytest tests/lint/test_lint_cases.py
"""

import os
import re
from pathlib import Path

import git
import pytest
from world import commit, root, write

from planner.cli.main import run
from planner.rules import REDUNDANT_PATTERN, RULES

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
# Only files of megabytes break these rules: test_lint_command.py, tests/plan.
TOO_BIG_FOR_A_CASE = {"too-many-mistakes", "too-large", "too-many-nodes"}


@pytest.mark.parametrize(
    "name",
    [
        # These search up to the limit.
        pytest.param(name, marks=[pytest.mark.slow] if name.startswith("unproved_") else [])
        for name in NAMES
    ],
)
def test_lint_reports_all_that_is_wrong_with_a_plan(
    name: str, repo: git.Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repo, dict.fromkeys(TRACKED, ""))
    write(repo, {PLAN: (CASES / f"{name}.yaml").read_bytes()})
    code = run(["lint", "--repo", str(root(repo))])
    output = capsys.readouterr()
    whole = f"{output.out}{output.err}exit {code}\n"
    golden = CASES / f"{name}.out"
    if REWRITE:
        golden.write_text(whole, encoding="utf-8", newline="\n")

    assert whole == golden.read_text(encoding="utf-8")
    assert str(root(repo)) not in whole


def test_every_output_has_a_plan() -> None:
    assert sorted(path.stem for path in CASES.glob("*.out")) == NAMES


def test_every_rule_of_lint_has_a_case() -> None:
    outputs = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.out"))
    covered = set(re.findall(r"\[([a-z0-9-]+)\]$", outputs, re.MULTILINE))

    rules = list(RULES)
    of_lint = set(rules[: rules.index(REDUNDANT_PATTERN.name) + 1])
    assert of_lint - covered == TOO_BIG_FOR_A_CASE
