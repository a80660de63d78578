"""`planner explain`: every rule and every key has a page, the one that the documentation has."""

from pathlib import Path

import pytest
from pages import text_of
from world import planner

from planner.plan.keys import every_key
from planner.plan.schema import json_schema
from planner.rules import RULES
from planner.views.explain import listing, page


def test_a_rule_is_explained_as_in_the_reference(tmp_path: Path) -> None:
    ran = planner("explain", "outside-scope", at=tmp_path)

    assert (ran.exit, ran.stderr) == (0, "")
    heading, _, text = ran.stdout.partition("\n\n")
    assert heading == "# outside-scope"
    assert text in text_of("docs/reference/rules.md")


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_page(rule: str) -> None:
    assert "**Do:** " in page(rule).raw


def test_every_key_has_a_page_with_the_description_of_the_schema() -> None:
    for known in every_key():
        text = page(known.path).raw
        schema = json_schema()
        for name in known.path.split("."):
            schema = _inner(schema, name)

        assert text.startswith(f"# {known.path}\n\n{schema['description']}\n")
        assert ("Required in" in text) == known.key.required


def _inner(schema: dict, name: str) -> dict:  # type: ignore[type-arg]
    """The schema of a key, whatever lists, names and choices lie between."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if name in one.get("properties", {}):
            return dict(one["properties"][name])
        nested = [one.get("items"), one.get("additionalProperties"), *one.get("anyOf", [])]
        waiting += [each for each in nested if isinstance(each, dict)]
    raise AssertionError(name)


def test_a_key_is_found_by_its_last_names(tmp_path: Path) -> None:
    for name in ("slices.scope.include", "scope.include"):
        assert planner("explain", name, at=tmp_path).stdout.startswith("# slices.scope.include\n")
    both = planner("explain", "include", at=tmp_path).stdout
    assert "# slices.scope.include\n" in both
    assert "# unplanned.include\n" in both
    assert planner("explain", "gate.run", at=tmp_path).exit == 2


def test_without_a_name_all_pages_are_listed(tmp_path: Path) -> None:
    ran = planner("explain", at=tmp_path)

    assert ran.exit == 0
    listed = [line.split()[0] for line in ran.stdout.splitlines() if line.startswith("  ")]
    assert listed == [*RULES, *(known.path for known in every_key())]
    assert ran.stdout == listing().raw


def test_an_unknown_name_is_exit_2_with_the_nearest(tmp_path: Path) -> None:
    ran = planner("explain", "outsid-scope", at=tmp_path)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.endswith("hint: did you mean 'outside-scope'?\n")


def test_an_empty_name_is_unknown_and_does_not_list(tmp_path: Path) -> None:
    ran = planner("explain", "", at=tmp_path)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: there is no rule and no key of the plan ''\n")


def test_json_has_the_name_and_the_text(tmp_path: Path) -> None:
    ran = planner("explain", "limits.files", "--format", "json", at=tmp_path)

    assert ran.json["name"] == "limits.files"
    assert ran.json["text"].startswith("# limits.files\n")
