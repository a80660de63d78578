"""A rendered page is read back as the plan that it shows."""

from pathlib import Path
from typing import Any

import git
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from world import commit, planner, root, write

from planner.agents.imports.found import Source
from planner.agents.imports.pages.read import read_pages
from planner.agents.imports.pages.undone import codes, only_code, split_label, unescaped
from planner.agents.imports.prose import Prose
from planner.plan.document.writing import write_document
from planner.plan.model import Plan
from planner.plan.parse import parse, usable
from planner.render.documents import render
from planner.render.markdown import code, item, line
from planner.schedule import schedule

TOP = Path(__file__).parents[2]
SHOWN = [
    *sorted((TOP / "docs/examples").glob("*/plan.yaml")),
    *sorted((TOP / "tests/cases/render").glob("*/plan.yaml")),
    TOP / "tests/cases/plans/contract.yaml",
]
PLAN = "docs/plan/plan.yaml"


def pages_of(plan: Plan) -> dict[str, str]:
    return render(plan, schedule(plan))


def again(pages: dict[str, str]) -> dict[str, str]:
    """The pages of the plan that is read from pages."""
    sources = [Source(name, text) for name, text in pages.items()]
    _, draft, _ = read_pages(sources, Prose([], "/nowhere"))
    assert draft.values is not None, draft.findings
    text = write_document(draft.values)
    parsed = parse(text.encode(), PLAN)
    assert parsed.usable, (parsed.diagnostics, text)
    return pages_of(parsed.usable)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: "-".join(path.parts[-2:]))
def test_the_pages_of_an_example_come_back(path: Path) -> None:
    pages = pages_of(usable(path.read_bytes(), PLAN))

    assert again(pages) == pages


LETTERS = "aZ09 .,:;!?-_*`~#|()[]{}<>&$@\\/'\"=+%^\u00e9\u4e2d\U0001f600"
TEXT = st.one_of(
    st.text(LETTERS, min_size=1, max_size=25),
    st.sampled_from(
        [
            "`a`", "<b>x</b>", "a  b", "**x**: y", "1. x", "- x", "# x", "x (new)", "x - y", "+",
            "see https://a.b/c_d", "www.a.bc", "a@b.cd", "&amp;", "\\*", "a | b", "[x](y)", "===",
            "``a`b``", "not explained", "~~x~~", "$a$ b$", "(Tasks 1-2)", "x, due y", "Task 1: x",
            "x \\", "``0`", "`a``", "``` ``",
        ]
    ),
).filter(lambda text: bool(line(text)) and unescaped(line(text)).strip() != "")  # fmt: skip


@settings(derandomize=True)  # titles are endless: the same ones on every run
@given(TEXT)
def test_what_a_line_escapes_is_undone(text: str) -> None:
    assert line(unescaped(line(text))) == line(text)
    assert line(unescaped(item(text))) == line(text)
    assert split_label(f"**{line(text)}**: {line(text)}") == (unescaped(line(text)), line(text))


@given(st.text("`a \\*|", min_size=1, max_size=12).filter(str.strip))
def test_code_is_read_back(text: str) -> None:
    assert only_code(code(text)) == text
    assert codes(f"a {code(text)} or {code(text)}, b") == [text, text]


BLOCK = st.one_of(
    TEXT,
    st.lists(
        st.sampled_from(
            [
                "text _with_ marks", "- a\n- b\n  - c", "1. one\n2. two", "> quoted\n> again",
                "# Heading", "```py\n## Task Breakdown\n- x\n```", "two\nlines", "    indented",
                "| a | b |\n| - | - |\n| c | d |", "a **bold** word and `code`", "<div>",
                "Checked by", "\\-", "1\\. x", "## PR Boundaries",
            ]
        ),
        min_size=1,
        max_size=3,
    ).map("\n\n".join),
)  # fmt: skip
OWNER = st.sampled_from(["ada", "ben-2", "Cleo O'Neil"])
PATTERNS = [
    "src/a.py",
    "src/b/",
    "docs/**/*.md",
    "app/\\[id\\]/x.ts",
    "with space/a b.txt",
    "`tick`.md",
]
EFFORT = st.sampled_from(["15m", "1h", "2-3h", "1d", "130m", "15-75m", "1h 15m", "0m"])
COMMAND = st.sampled_from(
    ["make test", "cd a && ls", "echo `date`", "a\nb", "set -e\n\n- x\n```\ny", "x; y"]
)


def entries(minimum: int = 0) -> Any:
    def entry(path: str, why: str, new: bool) -> Any:
        return {"path": path, **({"why": why} if why else {}), **({"new": True} if new else {})}

    why = st.one_of(st.just(""), TEXT)
    one = st.builds(entry, st.sampled_from(PATTERNS), why, st.booleans())
    return st.lists(one, min_size=minimum, max_size=3, unique_by=lambda each: each["path"])


OF_GATE = {
    "title": TEXT,
    "description": BLOCK,
    "cwd": st.sampled_from(["src", "with space", "it's"]),
    "repeat": st.integers(2, 9),
    "timeout": st.sampled_from(["90s", "15m", "2h", "125m", "61s"]),
    "expect_output": st.just(["ok; `x`", "\\d+ passed"]),
    "forbid_output": st.lists(st.sampled_from(["no", "a or `b`", "c; d"]), min_size=1, max_size=3),
    "env": st.just({"A": "1", "B": "x=y z"}),
    "coverage": st.just({"minimum": 80.5, "changed_lines": 90, "no_regression": True}),
}


@st.composite
def gates(draw: Any, prefix: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 3))):
        gate: dict[str, Any] = {"id": f"{prefix}{number}", "run": draw(COMMAND)}
        gate |= {key: draw(value) for key, value in OF_GATE.items() if draw(st.booleans())}
        if made and draw(st.booleans()):
            gate["needs"] = [one["id"] for one in made[: draw(st.integers(1, 2))]]
        made.append(gate)
    return made


@st.composite
def slices(draw: Any, number: int, before: list[str], tasks: list[str]) -> dict[str, Any]:
    slice_: dict[str, Any] = {
        "id": f"s{number}",
        "title": draw(TEXT),
        "branch": draw(st.sampled_from([f"f/s{number}", [f"f/s{number}", f"x/s{number}-*"]])),
        "scope": {"include": draw(entries(1))},
        "gates": draw(gates(f"g{number}-")),
        "success_criteria": draw(st.lists(TEXT, max_size=2)),
        "timeline": draw(st.dictionaries(TEXT.map(lambda t: unescaped(line(t))), TEXT, max_size=2)),
        "tasks": [],
    }
    optional = {
        "overview": BLOCK, "owner": OWNER, "reviewers": st.lists(OWNER, min_size=1, max_size=2),
        "commit": st.just("fix(a): `b`"), "closed": st.sampled_from(["merged", "dropped"]),
        "limits": st.just({"files": 1, "lines": 2000}), "from": st.just(["acme/fork", "b/c"]),
        "risk": st.fixed_dictionaries(
            {"level": st.sampled_from(["low", "medium", "high"])},
            optional={"reason": TEXT, "mitigation": TEXT, "rollback": TEXT}),
    }  # fmt: skip
    slice_ |= {key: draw(value) for key, value in optional.items() if draw(st.booleans())}
    if draw(st.booleans()):
        slice_["scope"]["summary"] = draw(TEXT)
    if draw(st.booleans()):
        slice_["scope"]["exclude"] = ["src/a.py", "x/*"]
    if before and draw(st.booleans()):
        slice_["depends_on"] = draw(st.lists(st.sampled_from(before), min_size=1, unique=True))
        slice_["stacked"] = len(slice_["depends_on"]) == 1 and draw(st.booleans())
    for _ in range(draw(st.integers(0, 3))):
        task: dict[str, Any] = {"id": f"t{len(tasks)}-x", "title": draw(TEXT)}
        more = {
            "description": BLOCK, "owner": OWNER, "effort": EFFORT,
            "status": st.sampled_from(["todo", "in-progress", "blocked", "done"]),
            "files": st.just([one["path"] for one in slice_["scope"]["include"]]),
            "done_when": st.lists(TEXT, min_size=1, max_size=2),
        }  # fmt: skip
        task |= {key: draw(value) for key, value in more.items() if draw(st.booleans())}
        if tasks and draw(st.booleans()):
            task["depends_on"] = draw(st.lists(st.sampled_from(tasks), max_size=3, unique=True))
        tasks.append(task["id"])
        slice_["tasks"].append(task)
    return slice_


@st.composite
def plans(draw: Any) -> dict[str, Any]:
    tasks: list[str] = []
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 3))):
        made.append(draw(slices(number, [one["id"] for one in made], tasks)))
    plan: dict[str, Any] = {"version": 1, "title": draw(TEXT), "slices": made}
    if draw(st.booleans()):
        plan["overview"] = draw(BLOCK)
    if draw(st.booleans()):
        plan["base"] = "dev"
    if draw(st.booleans()):
        plan["gates"] = draw(gates("p"))
    if draw(st.booleans()):
        plan["exclude"] = [".github", "docs/**/*.md"]
    if draw(st.booleans()):
        plan["limits"] = {"files": 30, "exceptions": 2}
    if draw(st.booleans()):
        shared = [{"path": "CHANGELOG.md"}, {"path": "nav.ts", "why": "both", "slices": ["s0"]}]
        if len(made) > 1:
            shared.append({"path": "x.ts", "slices": ["s1", "s0"]})
        plan["shared"] = shared
    if tasks:
        some = st.lists(st.sampled_from(tasks), min_size=1, unique=True)
        plan["milestones"] = [{"title": draw(TEXT), "tasks": draw(some), "due": "soon"}]
    plan["success_metrics"] = draw(
        st.dictionaries(TEXT.map(lambda t: unescaped(line(t))), TEXT, max_size=2)
    )
    return plan


@pytest.mark.slow
@given(plans())
@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate], derandomize=True)
def test_what_the_pages_show_comes_back(plan: dict[str, Any]) -> None:
    parsed = parse(write_document(plan).encode(), PLAN)
    assert parsed.usable, parsed.diagnostics
    pages = pages_of(parsed.usable)

    assert again(pages) == pages


SEED = """\
# Search PR Plan

## PR Boundaries
- **Scope**: Search for notes
- **Files Modified**:
  - `src/search.py` - The search
  - src/index.py - The index
- **Branch**: `feature/search` from `main`

## PR Gates
- **Tests**: `python -m pytest -q`
- **Code Quality**: Ruff linting passes
"""
TASKS = """\
# Search Tasks

## Task Breakdown

### Task 1: Index the notes
- **Dependencies**: None
- **Parallelizable**: Yes (with Task 2)
- **Status**: ✅ Completed
- **Effort**: Half a day
- **Files**: `src/index.py`

### Task 2: Search
- **Dependencies**: None
- **Parallelizable**: Yes
- **Status**: Not started
- **Effort**: Medium
- **Files**: `src/search.py`, `src/index.py`
"""


def test_pages_that_an_agent_wrote_become_a_plan(repo: git.Repo) -> None:
    commit(repo, {"src/index.py": ""})
    write(repo, {"PLAN.md": SEED, "TASKS.md": TASKS})

    ran = planner("import", "PLAN.md", "TASKS.md", "--format", "json", at=repo)

    first, second, left = ran.json["findings"]
    assert ran.exit == 0
    assert [first["line"], first["rule"], first["witness"]] == [7, "false-parallel", "src/index.py"]
    assert [second["line"], second["rule"]] == [14, "false-parallel"]
    assert [left["line"], left["rule"]] == [16, "left-out"]
    assert (
        (root(repo) / PLAN).read_text("utf-8").partition("slices:\n")[2]
        == """\
  - id: search
    title: Search for notes
    branch: feature/search
    scope:
      include:
        - {path: src/search.py, why: The search, new: true}
        - {path: src/index.py, why: The index}
    gates:
      - {id: tests, title: Tests, run: python -m pytest -q}
    success_criteria: ['Code Quality: Ruff linting passes']
    tasks:
      - id: index-the-notes
        title: Index the notes
        files: [src/index.py]
        effort: 0.5 day
        status: done
      - {id: search-2, title: Search, files: [src/search.py, src/index.py]}
"""
    )


def test_two_tasks_with_one_number_are_refused(repo: git.Repo) -> None:
    write(repo, {"PLAN.md": SEED, "TASKS.md": TASKS.replace("Task 2:", "Task 1:")})

    ran = planner("import", "PLAN.md", "TASKS.md", "--format", "json", at=repo)

    errors = [one for one in ran.json["findings"] if one["severity"] == "error"]
    assert (ran.exit, [(one["rule"], one["line"]) for one in errors]) == (1, [("duplicate-id", 12)])


def test_rendered_pages_come_back_through_the_command(repo: git.Repo) -> None:
    plan = (TOP / "docs/examples/web-shop/plan.yaml").read_text("utf-8")
    commit(repo, {"README.md": "# Shop\n"})
    write(repo, {PLAN: plan})
    assert planner("render", at=repo).exit == 0
    pages = {
        name: (root(repo) / f"docs/plan/{name}").read_bytes() for name in ("PLAN.md", "TASKS.md")
    }
    for path in (PLAN, "docs/plan/PLAN.md", "docs/plan/TASKS.md"):
        (root(repo) / path).unlink()
    write(repo, pages)

    assert planner("import", "PLAN.md", "TASKS.md", at=repo).exit == 0
    assert planner("render", at=repo).exit == 0
    assert {name: (root(repo) / f"docs/plan/{name}").read_bytes() for name in pages} == pages


def test_tasks_alone_and_two_plans_are_refused(repo: git.Repo) -> None:
    write(repo, {"PLAN.md": SEED, "B.md": SEED, "TASKS.md": TASKS})

    alone = planner("import", "TASKS.md", at=repo)
    two = planner("import", "PLAN.md", "B.md", at=repo)

    assert alone.exit == two.exit == 2
    assert "a page of tasks alone does not say what a slice may touch" in alone.stderr
    assert "these pages are of several plans" in two.stderr
