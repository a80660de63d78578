"""Writing YAML: whatever is written reads back, in the style of the examples."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import DOCS

from planner.plan.document.nodes import plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.document.writing import Commented, write_document
from planner.plan.parse import parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["", "no", "012", "12:30", "- a", "# a", "a: b", "a #b", "**/x", "[id]", "'", "x\n", "x\n\ny",
     " x", "x ", "x\n y", "null", "~", "1e3", "a " * 80, "word " * 40 + "end", "<<", "?", "\ufeff"],
)  # fmt: skip
SCALARS = TEXTS | st.booleans() | st.none() | st.integers(-(10**30), 10**30)
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def read(text: str) -> Any:
    problems = Problems("p")
    root = read_document(text.encode(), problems)
    assert root is not None
    assert problems.diagnostics == [], text
    return plain(root)


@given(st.dictionaries(TEXTS, VALUES, max_size=5), TEXTS)
def test_what_is_written_reads_back_as_the_same_values(values: dict[str, Any], note: str) -> None:
    assert read(write_document(values, comment=note)) == values


def commented(value: Any, note: str) -> Any:
    """The same value with a comment at each of its values."""
    if isinstance(value, dict):
        return {key: Commented(commented(one, note), note) for key, one in value.items()}
    if isinstance(value, list):
        return [Commented(commented(one, note), note) for one in value]
    return value


@given(st.dictionaries(TEXTS, VALUES, max_size=5), TEXTS)
def test_a_comment_changes_no_value(values: dict[str, Any], note: str) -> None:
    assert read(write_document(commented(values, note))) == values


def test_no_line_is_longer_than_a_hundred_characters_where_it_can_be_folded() -> None:
    text = write_document({"overview": "many words " * 40 + "end", "list": ["a word"] * 60})

    assert max(map(len, text.splitlines())) <= 100


EXAMPLE = """\
# A plan by a program.
version: 1
title: Wish Lists
start: 2026-11-23
limits: {files: 30, lines: 600}

owners:
  ada: {kind: agent, role: backend}
  ben: {kind: person}

shared:
  - CHANGELOG.md
  - {path: apps/web/lib/nav.ts, why: Both pages add an entry, slices: [list-page, share-page]}

slices:
  - id: interface
    title: "Tab\\there: yes"
    overview: |-
      Two lines,
      the second.
    scope:
      include:
        - {path: services/api/wishlists/, new: true}
        # a guess
        - '**/*.snap'
    gates:
      - {id: tests, run: npm test --workspace services/api}

  - id: page
    title: 'no: plain text'
    scope: {include: ['app/[id]/**', b]}
"""


def test_a_plan_looks_like_the_examples() -> None:
    values = {
        "version": 1,
        "title": "Wish Lists",
        "start": "2026-11-23",
        "limits": {"files": 30, "lines": 600},
        "owners": {"ada": {"kind": "agent", "role": "backend"}, "ben": {"kind": "person"}},
        "shared": [
            "CHANGELOG.md",
            {
                "path": "apps/web/lib/nav.ts",
                "why": "Both pages add an entry",
                "slices": ["list-page", "share-page"],
            },
        ],
        "slices": [
            {
                "id": "interface",
                "title": "Tab\there: yes",
                "overview": "Two lines,\nthe second.",
                "scope": {
                    "include": [
                        {"path": "services/api/wishlists/", "new": True},
                        Commented("**/*.snap", "a guess"),
                    ]
                },
                "gates": [{"id": "tests", "run": "npm test --workspace services/api"}],
            },
            {
                "id": "page",
                "title": "no: plain text",
                "scope": {"include": ["app/[id]/**", "b"]},
            },
        ],
    }

    assert write_document(values, comment="A plan by a program.") == EXAMPLE


@pytest.mark.parametrize("name", ["database-tests", "web-shop"])
def test_the_examples_keep_their_meaning_when_written_anew(name: str) -> None:
    content = (DOCS / "examples" / name / "plan.yaml").read_bytes()
    before = parse(content, "p").plan
    assert before is not None
    after = parse(write_document(plain(before.node)).encode(), "p")

    assert after.plan is not None
    assert (plain(after.plan.node), after.diagnostics) == (plain(before.node), ())
