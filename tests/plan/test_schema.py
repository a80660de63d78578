import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
import yaml

from planner.files import packaged
from planner.plan import schema
from planner.plan.document.nodes import plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.parse import parse

CONTRACT = Path(__file__).parent.parent / "cases" / "plans" / "contract.yaml"
PLANS = [CONTRACT, *sorted(packaged("examples").rglob("plan.yaml"))]
STRUCTURE = {"unknown-key", "missing-key", "wrong-kind", "empty-value", "conflicting-keys"}
VALIDATOR = jsonschema.Draft7Validator(schema.json_schema())

# The keys of the plan file, as the contract lists them.
KEYS = {
    "": "version title overview base branches queues start owners shared generated exclude "
    "limits unplanned gates slices milestones success_metrics",
    "owners.*": "kind role capacity",
    "shared.*": "path why slices",
    "limits": "files lines exceptions",
    "unplanned.*": "branch include from held",
    "gates.*": "id title description run shell setup cwd env timeout repeat expect_output "
    "forbid_output junit needs coverage",
    "gates.*.coverage": "report no_regression tolerance minimum changed_lines paths ignore",
    "slices.*": "id title overview owner reviewers branch from base depends_on stacked closed "
    "commit scope limits gates success_criteria risk timeline tasks",
    "slices.*.scope": "summary include exclude",
    "slices.*.scope.include.*": "path why new",
    "slices.*.risk": "level reason mitigation rollback",
    "slices.*.tasks.*": "id title description owner files depends_on effort status done_when",
    "milestones.*": "id title tasks slices due",
}


def records(node: dict[str, Any], route: str = "") -> Iterator[tuple[str, str]]:
    """Each mapping of the schema with known keys: its route and its keys."""
    for kind in node.get("anyOf", [node]) if "properties" not in node else [node]:
        properties = kind.get("properties")
        if properties:
            yield route, " ".join(properties)
            for key, inner in properties.items():
                yield from records(inner, f"{route}.{key}".lstrip("."))
        for inner in (kind.get("items"), kind.get("additionalProperties")):
            if isinstance(inner, dict):
                yield from records(inner, f"{route}.*".lstrip("."))


def test_the_keys_are_those_of_the_contract() -> None:
    known = dict(records(schema.json_schema()))
    slice_gates = {route: keys for route, keys in known.items() if ".gates" in route}
    limits = known.pop("slices.*.limits")

    assert set(slice_gates.values()) == {KEYS["gates.*"], KEYS["gates.*.coverage"]}
    assert limits == KEYS["limits"]
    others = {route: keys for route, keys in known.items() if route not in slice_gates}
    assert {route: set(keys.split()) for route, keys in others.items()} == {
        route: set(keys.split()) for route, keys in KEYS.items()
    }


def test_the_schema_is_valid_draft_7_with_a_description_of_each_key() -> None:
    jsonschema.Draft7Validator.check_schema(schema.json_schema())

    text = json.dumps(schema.json_schema())
    assert '"$schema": "http://json-schema.org/draft-07/schema#"' in text
    assert text.count('"description"') > 60


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_the_example_plans_are_valid(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(data(path.read_text()))] == []
    assert structure(path.read_text()) == set()


def data(text: str) -> Any:  # data of JSON has no better type
    root = read_document(text.encode(), Problems("p"))
    assert root is not None
    return plain(root)


def structure(text: str) -> set[str]:
    """The rules of structure that a text breaks."""
    return {each.rule for each in parse(text.encode(), "p").diagnostics} & STRUCTURE


ODD: list[Any] = [
    None, "", " ", "\n", "x", "a-b", "X", 0, 1, 2.0, 1.5, -1, 101, True, False, [], {}, [None],
    [""], ["a"], ["a", 1], {"a": "b"}, {"": "x"}, {" ": 1}, {"path": "a"}, "15m", "2-3 h", "3-2h",
    "1h 30m", "30m-1h", "~2 hrs", "2\u20133 hours", "1h30", "30m 1h", "2h-3", "0s 0m",
    "1h" + " " * 9, "90s", "todo", "merged", "low", "agent", "2026-11-23", "2026-11-23\n",
    "id\n", [["a"]], "!a",
]  # fmt: skip


def nodes(value: object) -> Iterator[dict[str, Any] | list[Any]]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from nodes(inner)


def mutated(random: Random, plan: object, every: list[Any]) -> None:
    """Change a plan in one place: remove, rename or replace a value, or copy one from elsewhere."""
    place: Any = random.choice(list(nodes(plan)))
    steps: list[Any] = list(place if isinstance(place, dict) else range(len(place)))
    new = json.loads(json.dumps(random.choice([random.choice(ODD), random.choice(every)])))
    change = random.randrange(4)
    if not steps or change == 0:
        if isinstance(place, dict):
            place[random.choice(["why", "new", "tasks", "run", "id", "slices", "x", ""])] = new
        else:
            place.append(new)
    elif change == 1:
        del place[random.choice(steps)]
    else:
        place[random.choice(steps)] = new


@pytest.mark.slow
def test_schema_and_parser_agree_on_mutated_plans() -> None:
    random = Random(5)
    texts = [json.dumps(data(path.read_text())) for path in PLANS]
    # Values of all plans, so that each alternative of a choice is mutated.
    every = [each for text in texts for each in nodes(json.loads(text))]
    verdicts = {True: 0, False: 0}
    for at in range(900):
        plan = json.loads(texts[at % len(texts)])
        for _ in range(random.randint(1, 2)):
            mutated(random, plan, every)
        if not isinstance(plan, dict):
            continue
        text = json.dumps(plan)
        fits = VALIDATOR.is_valid(plan)
        assert fits == (structure(text) == set()), (text, structure(text))
        verdicts[fits] += 1
    assert min(verdicts.values()) > 100


def test_a_plan_may_be_written_as_json() -> None:
    text = CONTRACT.read_text()
    assert data(json.dumps(data(text))) == data(text)
    assert re.sub(r"\s", "", json.dumps(data(text)["limits"])) == (
        '{"files":20,"lines":400,"exceptions":0}'
    )


def test_the_layout_of_a_plan_does_not_change_its_data() -> None:
    text = CONTRACT.read_text()
    assert data(yaml.safe_dump(data(text), sort_keys=False)) == data(text)
