"""Build plans from Python values, through the text of a plan file.

Use it when the test is about what plans say, such as overlaps, the schedule or a rule of lint:
`plan_of` and `linted` need no repository; `text_of` gives the text to commit into one.
"""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from planner.diagnostic import Diagnostic
from planner.lint.plans import lint
from planner.lint.tree import Tree
from planner.plan.model import Plan
from planner.plan.parse import parse, usable

PLAN = "docs/plan/plan.yaml"
Record = dict[str, Any]


def sliced(id_: str, *include: str | Record, exclude: Sequence[str] = (), **more: Any) -> Record:
    """Return a slice with this id, on a branch with the same name."""
    scope = {"include": list(include), **({"exclude": list(exclude)} if exclude else {})}
    return {"id": id_, "title": f"The slice {id_}", "branch": id_, "scope": scope, **more}


def task(id_: str, **more: Any) -> Record:
    """Return a task with this id."""
    return {"id": id_, "title": f"Do {id_}", **more}


def text_of(slices: Sequence[Record], **top: Any) -> str:
    """Return the text of a plan file; JSON is YAML."""
    return json.dumps({"version": 1, "title": "T", **top, "slices": list(slices)}, indent=1)


def plan_of(slices: Sequence[Record], path: str = PLAN, **top: Any) -> Plan:
    """Return the plan, read from its text; it must be usable."""
    return usable(text_of(slices, **top).encode(), path)


def linted(plans: Mapping[str, str]) -> list[Diagnostic]:
    """Return the findings of lint for plans by path, without those of `matches-nothing`."""
    parsed = [parse(text.encode(), path) for path, text in plans.items()]
    found = lint(parsed, Tree([], lambda _path: False))
    return [one for one in found if one.rule != "matches-nothing"]


def said(one: Diagnostic, key: str) -> Any:
    """Return the value of a key that the rule of a finding adds to its JSON."""
    return dict(one.details)[key]


def shuffled(record: Any, random: Random) -> Any:
    """Return the value with the keys of its mappings in another order."""
    if isinstance(record, dict):
        keys = random.sample(list(record), len(record))
        return {key: shuffled(record[key], random) for key in keys}
    return [shuffled(item, random) for item in record] if isinstance(record, list) else record
