"""Plans read for their scopes alone: the same scopes, and nothing of tasks and gates."""

from pathlib import Path

import pytest
from pages import ROOT

from planner.plan.parse import parse, parse_scopes

PLANS = sorted((ROOT / "docs/examples").glob("*/plan.yaml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_the_scopes_are_those_of_the_whole_plan(path: Path) -> None:
    content = path.read_bytes()

    whole, scopes = parse(content, "plan.yaml").usable, parse_scopes(content, "plan.yaml").usable

    assert whole is not None
    assert scopes is not None
    for name in (
        "path",
        "base",
        "branches",
        "shared",
        "generated",
        "exclude",
        "unplanned",
        "owners",
    ):
        assert getattr(scopes, name) == getattr(whole, name), name
    for one, other in zip(scopes.slices, whole.slices, strict=True):
        same = ("id", "title", "branch", "from_", "base", "depends_on", "closed", "scope", "commit")
        assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
        assert (one.gates, one.tasks, one.risk) == ((), (), None)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("version: 1\ntitle: T\nslices: [{id: a, tasks: [{nope: [1, {b: c}]}]}]\n", True),
        ("version: 1\ntitle: T\nslices: []\ngates: [\n", True),
        ("version: 1\ntitle: T\nslices: []\ngates: {a: [b, {c: d}], e: f}\n", False),
    ],
)
def test_what_is_passed_over_must_be_yaml_and_no_more(text: str, rules: bool) -> None:
    assert bool(parse_scopes(text.encode(), "plan.yaml").diagnostics) == rules
