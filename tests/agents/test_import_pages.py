"""A rendered page is read back as the plan that it shows."""

from pathlib import Path
from typing import Any

import git
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import commit, planner, root, write

from planner.agents.imports.found import Source
from planner.agents.imports.pages.undone import codes, only_code, split_label, unescaped
from planner.agents.imports.pages.read import read_pages
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
        ["`a`", "<b>x</b>", "a  b", "**x**: y", "1. x", "- x", "# x", "x (new)", "see https://a.b/c_d",
         "www.a.bc", "a@b.cd", "&amp;", "\\*", "a | b", "[x](y)", "``a`b``", "not explained", "~~x~~",
         "$a$ b$", "x - y", "(Tasks 1-2)", "x, due y", "Task 1: x", "x \\", "+", "==="]
    ),
).filter(lambda text: bool(line(text)) and unescaped(line(text)).strip() != "")  # fmt: skip


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
            ["text _with_ marks", "- a\n- b\n  - c", "1. one\n2. two", "> quoted\n> again", "# Heading",
             "```py\n## Task Breakdown\n- x\n```", "| a | b |\n| - | - |\n| c | d |", "two\nlines",
             "a **bold** word and `code`", "    indented", "<div>", "Checked by", "## PR Boundaries"]
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


@st.composite
def gates(draw: Any, prefix: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 3))):
        gate: dict[str, Any] = {"id": f"{prefix}{number}", "run": draw(COMMAND)}
        if draw(st.booleans()):
            gate["title"] = draw(TEXT)
        if draw(st.booleans()):
            gate["description"] = draw(BLOCK)
        if draw(st.booleans()):
            gate["cwd"] = draw(st.sampled_from(["src", "with space", "it's"]))
        if made and draw(st.booleans()):
            gate["needs"] = [one["id"] for one in made[: draw(st.integers(1, 2))]]
        if draw(st.booleans()):
            gate["repeat"] = draw(st.integers(2, 9))
        if draw(st.booleans()):
            gate["timeout"] = draw(st.sampled_from(["90s", "15m", "2h", "125m", "61s"]))
        if draw(st.booleans()):
            gate["expect_output"] = ["ok; `x`", "\\d+ passed"]
            gate["forbid_output"] = ["no", "a or `b`", "c; d"][: draw(st.integers(1, 3))]
        if draw(st.booleans()):
            gate["env"] = {"A": "1", "B": "x=y z"}
        if draw(st.booleans()):
            gate["coverage"] = {"minimum": 80.5, "changed_lines": 90, "no_regression": True}
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
@settings(max_examples=60, deadline=None)
def test_what_the_pages_show_comes_back(plan: dict[str, Any]) -> None:
    parsed = parse(write_document(plan).encode(), PLAN)
    assert parsed.usable, parsed.diagnostics
    pages = pages_of(parsed.usable)

    assert again(pages) == pages
