"""Plans as tests write them down: as values, turned into the text of a plan file and read again."""

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
    """A slice of this id on a branch of that name."""
    scope = {"include": list(include), **({"exclude": list(exclude)} if exclude else {})}
    return {"id": id_, "title": f"The slice {id_}", "branch": id_, "scope": scope, **more}


def task(id_: str, **more: Any) -> Record:
    """A task of this id."""
    return {"id": id_, "title": f"Do {id_}", **more}


def text_of(slices: Sequence[Record], **top: Any) -> str:
    """The text of a plan file; JSON is YAML."""
    return json.dumps({"version": 1, "title": "T", **top, "slices": list(slices)}, indent=1)


def plan_of(slices: Sequence[Record], path: str = PLAN, **top: Any) -> Plan:
    """The plan, read from its text; it is usable."""
    return usable(text_of(slices, **top).encode(), path)


def linted(plans: Mapping[str, str]) -> list[Diagnostic]:
    """What lint says of the plans of these paths, but for patterns that match nothing tracked."""
    parsed = [parse(text.encode(), path) for path, text in plans.items()]
    found = lint(parsed, Tree([], lambda _path: False))
    return [one for one in found if one.rule != "matches-nothing"]


def said(one: Diagnostic, key: str) -> Any:
    """A key that the JSON form of a finding adds for its rule."""
    return dict(one.details)[key]


def shuffled(record: Any, random: Random) -> Any:
    """The value with the keys of its mappings in another order."""
    if isinstance(record, dict):
        keys = random.sample(list(record), len(record))
        return {key: shuffled(record[key], random) for key in keys}
    return [shuffled(item, random) for item in record] if isinstance(record, list) else record
