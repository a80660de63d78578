"""Lint answers for any plan file, and in time."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.diagnostic import Diagnostic
from planner.formats import json as json_format
from planner.formats import text as text_format
from planner.lint.plans import lint
from planner.lint.tree import Tree
from planner.plan.parse import parse
from planner.report import Report

CASES = Path(__file__).parent.parent / "cases" / "lint"
EXAMPLES = Path(planner.__file__).parent.parent / "docs" / "examples"
GOOD = [
    path.read_bytes()
    for path in (CASES / "good_everything.yaml", *sorted(EXAMPLES.glob("*/plan.yaml")))
]
PIECES = [
    b"[", b"]", b"{", b"}", b"'", b'"', b": ", b"- ", b"\n", b"\t", b"#", b"&a ", b"*a", b"!x ",
    b"<<: ", b"---\n", b"...\n", b"? ", b"|", b">", b"%", b"@", b"`", b"\0", b"\xff",
    b"\xef\xbb\xbf", b"~", b"null", b"1e999", b"0x", b".nan", b"**", b"\\", b"\r",
    b"\xe2\x80\xa8", b"\xed\xa0\x80",
    b'"\\ud800"', b'"\\0"', b"9" * 400, b"(?<=a+)", b"{1,99999999999}", b"depends_on: [t]\n",
]  # fmt: skip
TREE = [b"src/a.py", b"src/\xff.py", b"docs/plan/plan.yaml", b"app/[id]/page.tsx"]


def linted(content: bytes) -> tuple[Diagnostic, ...]:
    """The findings of lint, after both formats have accepted them."""
    findings = lint(
        [parse(content, "docs/plan/plan.yaml")], Tree(TREE, lambda path: path == b"src")
    )
    text = text_format.report(Report("lint", findings, ("checked 1 plan",)))
    assert text.encode()
    assert "\x1b" not in text
    document = "".join(json_format.report(Report("lint", findings)))
    assert json.loads(document.encode())["ok"] in (True, False)
    return findings


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_lint_accepts_any_bytes(content: bytes) -> None:
    linted(content)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_lint_accepts_any_pieces_of_yaml(content: bytes) -> None:
    linted(content)


@pytest.mark.parametrize("seed", range(8))
def test_lint_accepts_any_mutation_of_a_good_plan(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        content = chance.choice(GOOD)
        for _ in range(chance.randint(1, 4)):
            at, end = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
            end = min(end, at + chance.choice((0, 1, 5, 60)))
            lines = content.splitlines(keepends=True)
            new = chance.choice([chance.choice(PIECES), chance.choice(lines), b"", content[at:end]])
            content = content[:at] + new + content[end:]
        linted(content)


def test_a_good_plan_has_no_findings() -> None:
    for content in GOOD:
        rules = {each.rule for each in linted(content)}
        assert rules <= {"matches-nothing", "unplanned-rule"}


HEAD = "version: 1\ntitle: Orders\n"
ONE = "slices:\n  - id: api\n    title: T\n    branch: b\n    scope: {include: [src/]}\n"


def listed(key: str, form: str, count: int) -> str:
    return f"    {key}:\n" + "".join(f"      - {form}\n".replace("%", str(n)) for n in range(count))


def with_include(form: str, count: int) -> str:
    every = ", ".join(form.replace("%", str(n)) for n in range(count))
    return HEAD + ONE.replace("src/", every)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="brackets"),
        pytest.param("{" * 200_000, id="braces"),
        pytest.param("- " * 200_000, id="dashes"),
        pytest.param("? " * 200_000, id="question marks"),
        pytest.param("a: 'x\n" * 300_000, id="quotes"),
        pytest.param("\n" * 2_000_000, id="lines"),
        pytest.param("#" * 2_000_000, id="comment"),
        pytest.param(HEAD + ONE + "".join(f"k{n}: 1\n" for n in range(49_000)), id="unknown keys"),
        pytest.param(HEAD + ONE + "k: 1\n" * 49_000, id="duplicate keys"),
        pytest.param(
            HEAD + ONE + listed("tasks", "{id: t%, title: T, depends_on: [u%]}", 9_000),
            id="unknown references",
        ),
        pytest.param(
            HEAD + ONE + listed("tasks", "{id: t%, title: T, owner: x%}", 9_000) + "owners: {}\n",
            id="unknown owners",
        ),
        pytest.param(
            HEAD + ONE + listed("gates", "{id: g%, run: x, needs: [g%1]}", 9_000), id="gates"
        ),
        pytest.param(with_include("lib/x%.py", 20_000), id="lost paths"),
        pytest.param(with_include("'lib/**/x%z*'", 10_000), id="lost patterns"),
        pytest.param(with_include("src/", 300), id="one path many times"),
        pytest.param(with_include("'**/{a,b}*%/[x]/../'", 30_000), id="refused patterns"),
        pytest.param(
            HEAD + ONE.replace("b\n", "[" + ", ".join(f"'b{n}*'" for n in range(60_000)) + "]\n"),
            id="branches",
        ),
    ],
)
def test_the_worst_plan_is_parsed_in_two_seconds_and_checked_in_ten(text: str) -> None:
    content = text.encode()
    start = time.process_time()
    parsed = parse(content, "docs/plan/plan.yaml")
    read = time.process_time()
    lint([parsed], Tree(TREE, lambda _path: False))

    assert read - start < 2
    assert time.process_time() - read < 10
