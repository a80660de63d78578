import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.files import packaged
from planner.plan.parse import usable
from planner.render.documents import render
from planner.render.templates import Template, in_folder
from planner.schedule import schedule

TOP = Path(__file__).parents[2]
CASES = sorted(
    path.relative_to(TOP).as_posix()
    for folder in (TOP / "tests/cases/render", TOP / "docs/examples")
    for path in folder.glob("*/plan.yaml")
)
DATABASE_TESTS = "docs/examples/database-tests/plan.yaml"
MINIMAL = b"""
version: 1
title: Small
slices: [{id: a, title: One, branch: a, scope: {include: [a.py]}}]
"""
SEED = """\
# Database Test Stabilization PR Plan

## Overview
This PR stabilizes database issues in backend tests by fixing "no such table" errors on async \
paths and 401 auth failures after user seeding.

## PR Boundaries
- **Scope**: Single PR containing all database test fixes
- **Files Modified**:
  - `services/orchestrator/database.py` - Fix AsyncSessionLocal
  - `services/orchestrator/tests/conftest.py` - Implement shared SQLite database setup
  - `services/orchestrator/tests/unit/test_models.py` - Fix async fixtures
- **Branch**: `feature/db-test-stabilization` from `main`
- **Commit Convention**: `fix: stabilize database tests for async/sync compatibility`

## PR Gates
- **Test Command**: `cd services/orchestrator && python -m pytest -q`
- **Validation**: Run tests twice to confirm no "no such table" errors and auth returns 200
- **Code Quality**: Ruff linting passes
- **Coverage**: No regression in test coverage

## Success Criteria
- All database tests pass without "no such table" errors
- Auth tests return 200 instead of 401
- Async and sync database paths work correctly
- No merge conflicts with main branch

## Risk Assessment
- **Low Risk**: Changes are isolated to test infrastructure
- **Mitigation**: Comprehensive test runs before merge
- **Rollback**: Revert PR if issues arise

## Timeline
- **Implementation**: 2-3 hours
- **Testing**: 1 hour
- **Review**: 1 hour
- **Merge**: Same day
"""


def rendered(content: bytes, path: str = "docs/plan/plan.yaml", *folders: Path) -> dict[str, str]:
    plan = usable(content, path)
    templates: dict[str, Template] = {}
    for folder in reversed(folders):
        templates |= in_folder(folder, root=TOP)
    return render(plan, schedule(plan), templates)


def case(path: str) -> dict[str, str]:
    return rendered((TOP / path).read_bytes(), path)


@pytest.mark.parametrize("path", CASES)
def test_each_plan_renders_to_the_pages_beside_it(path: str) -> None:
    """After an intended change: `planner render --plan PATH`, and read the diff."""
    beside = {name: (TOP / path).with_name(name).read_text("utf-8") for name in case(path)}

    assert case(path) == beside


def test_every_line_of_the_seed_page_is_in_order() -> None:
    lines = iter(case(DATABASE_TESTS)["PLAN.md"].splitlines())

    assert [line for line in SEED.splitlines() if line not in lines] == []


def test_what_the_plan_does_not_say_is_left_out() -> None:
    assert rendered(MINIMAL) == {
        "PLAN.md": """\
<!-- Rendered by planner from docs/plan/plan.yaml: edit the plan, then run planner render -->

# Small PR Plan

## PR Boundaries

- **Scope**: One
- **Files Modified**:
  - `a.py`
- **Branch**: `a` from `main`
- **Slice**: `a`
""",
        "TASKS.md": """\
<!-- Rendered by planner from docs/plan/plan.yaml: edit the plan, then run planner render -->

# Small Tasks

## Overview

The plan has no tasks yet.
""",
    }


@pytest.mark.slow
def test_the_same_plan_gives_the_same_bytes_everywhere() -> None:
    script = (
        "import sys, pathlib; from planner.plan.parse import usable;"
        "from planner.schedule import schedule; from planner.render.documents import render;"
        "plan = usable(pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2]);"
        "sys.stdout.buffer.write(''.join(render(plan, schedule(plan)).values()).encode())"
    )
    path = "docs/examples/web-shop/plan.yaml"
    worlds = [("0", "C", "UTC"), ("1", "tr_TR.UTF-8", "Pacific/Kiritimati"), ("2", "C", "EST5EDT")]

    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(TOP / path), path],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            cwd=TOP,
            capture_output=True,
            check=True,
        ).stdout
        for seed, locale, zone in worlds
    }

    assert outputs == {"".join(case(path).values()).encode()}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("docs/plan/plan.yaml", "docs/plan/plan.yaml"),
        ("a--b/x-->y/plan.yaml", "a-%2Db/x-%2D>y/plan.yaml"),
        ("a---b.yaml", "a-%2D-b.yaml"),
        ("50%/a\nb\udcff\u2028.yaml", "50%25/a%0Ab%FF%E2%80%A8.yaml"),
    ],
)
def test_the_first_line_names_the_plan_and_no_path_can_end_it(path: str, shown: str) -> None:
    first = "<!-- Rendered by planner from {}: edit the plan, then run planner render -->"

    for text in rendered(MINIMAL, path).values():
        assert text.partition("\n")[0] == first.format(shown)


def test_a_custom_template_changes_one_block_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "PLAN.md.j2").write_text(
        '{% extends "planner/PLAN.md.j2" %}{% block end %}\n\n## Signed\n{{ page.title }}\n'
        "{% endblock %}"
    )
    plain = rendered(MINIMAL)

    assert rendered(MINIMAL, "docs/plan/plan.yaml", tmp_path) == {
        "PLAN.md": plain["PLAN.md"] + "\n## Signed\nSmall\n",
        "TASKS.md": plain["TASKS.md"],
    }


def test_a_block_within_a_slice_can_use_its_slice(tmp_path: Path) -> None:
    (tmp_path / "PLAN.md.j2").write_text(
        '{% extends "planner/PLAN.md.j2" %}'
        "{% block boundaries %}\n\nOnly {{ slice.scope }}.\n{% endblock %}"
    )

    text = rendered(MINIMAL, "p.yaml", tmp_path)["PLAN.md"]

    assert text.split("\n", 2)[2] == "# Small PR Plan\n\nOnly One.\n"


def test_the_first_folder_wins_and_a_whole_template_may_be_replaced(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "TASKS.md.j2").write_bytes(f"{name}\r\n\r\n".encode())

    text = rendered(MINIMAL, "p.yaml", tmp_path / "first", tmp_path / "second")["TASKS.md"]

    assert text == "first\n"


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("a\n{{ page.titel }}", 2, "'PlanPage object' has no attribute 'titel'"),
        ("{{ nothing }}", 1, "'nothing' is undefined"),
        ("\n\n{{ page.__class__.__mro__ }}", 3, "access to attribute '__class__'"),
        ("{{ page._replace(title='x') }}", 1, "access to attribute '_replace'"),
        ("{{ joiner.__init__.__globals__ }}", 1, "access to attribute '__init__'"),
        ("{% for i in range(9999999) %}{% endfor %}", 1, "Range too big"),
        ("{{ 1 // 0 }}", 1, "integer division or modulo by zero"),
        ("x\n{% include 'nowhere.j2' %}", 2, "template 'nowhere.j2' not found"),
        ("{% include '../secret.txt' %}", 1, "template '../secret.txt' not found"),
        ("{% include 'PLAN.md.j2' %}", 1, "maximum recursion depth exceeded"),
    ],
)
def test_a_forbidden_operation_stops_at_the_line_of_the_template(
    tmp_path: Path, template: str, line: int, message: str
) -> None:
    path = tmp_path / "templates" / "PLAN.md.j2"
    path.parent.mkdir()
    path.write_text(template)
    (tmp_path / "secret.txt").write_text("secret")

    with pytest.raises(PlannerError) as caught:
        rendered(MINIMAL, "p.yaml", path.parent)

    assert caught.value.message.startswith(f"the template failed: {message}")
    assert caught.value.location == (str(path), line, 0)


def test_a_syntax_error_is_located_at_the_line_of_the_template(tmp_path: Path) -> None:
    (tmp_path / "TASKS.md.j2").write_text("one\n\n{% if %}\n")

    with pytest.raises(PlannerError) as caught:
        rendered(MINIMAL, "p.yaml", tmp_path)

    assert caught.value.location == (str(tmp_path / "TASKS.md.j2"), 3, 0)
    assert (
        caught.value.message
        == "the template is not valid: Expected an expression, got 'end of statement block'"
    )


def test_a_character_that_utf8_lacks_is_an_error_of_the_template(tmp_path: Path) -> None:
    (tmp_path / "PLAN.md.j2").write_text("{{ '\\ud800' }}")

    with pytest.raises(PlannerError, match=r"the template failed: 'utf-8' codec can't encode"):
        rendered(MINIMAL, "p.yaml", tmp_path)


def test_no_folder_can_replace_the_original_templates(tmp_path: Path) -> None:
    (tmp_path / "planner").mkdir()
    (tmp_path / "planner" / "PLAN.md.j2").write_text("not the original")
    (tmp_path / "PLAN.md.j2").write_text('{% extends "planner/PLAN.md.j2" %}')

    assert rendered(MINIMAL, "docs/plan/plan.yaml", tmp_path) == rendered(MINIMAL)


def test_the_templates_ship_with_the_package() -> None:
    names = {path.name for path in packaged("templates").iterdir()}

    assert {"PLAN.md.j2", "TASKS.md.j2"} <= names
