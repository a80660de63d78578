"""What is wrong with plans, as a report."""

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from planner.boundary.translation import pathspecs
from planner.diagnostic import Diagnostic, Location
from planner.plan.model import Plan, every_entry
from planner.report import Places, Report, left_open


def report(
    findings: tuple[Diagnostic, ...],
    count: int,
    plans: Sequence[Plan],
    *,
    is_listing: bool = False,
) -> Report:
    """Return the report of `lint`.

    Args:
        count: how many plans were read.
        plans: those of them that could be read.
        is_listing: whether their patterns are listed as git's pathspecs.
    """
    checked = "checked 1 plan" if count == 1 else f"checked {count} plans"
    answer = Report(
        "lint",
        findings,
        summary=(checked,),
        undecided=left_open(findings),
        places=Places(part_at=partial(_part_at, {plan.path: plan for plan in plans})),
    )
    if not is_listing:
        return answer
    specs = [one for plan in plans for one in _pathspecs(plan)]
    lines = (
        f"{one['path']}:{one['line']}:{one['column']}: {one['pattern']}  "
        f"git ls-files -- {shlex.join(one['pathspecs'])}"
        for one in specs
    )
    return answer._replace(summary=(*lines, checked), payload={"pathspecs": specs})


def _part_at(plans: Mapping[str, Plan], location: Location) -> str:
    """Return the id of the task, else of the slice, that contains a place of a plan; or empty."""
    plan = plans.get(location.path)
    if plan is None or not plan.slices:
        return ""
    ends = [key.line for key in plan.node.keys.values() if key.line > plan.slices[0].node.line]
    if location.line >= min(ends, default=location.line + 1):
        return ""
    slice_ = next((one for one in reversed(plan.slices) if one.node.line <= location.line), None)
    if slice_ is None:
        return ""
    at = (location.line, location.column)
    within = [key for key, place in slice_.node.keys.items() if (place.line, place.column) <= at]
    if within[-1:] != ["tasks"]:
        return slice_.id
    before = (one.id for one in slice_.tasks if (one.node.line, one.node.column) <= at)
    *_, task = (slice_.id, *before)
    return task


def _pathspecs(plan: Plan) -> list[dict[str, Any]]:
    """Every pattern of a plan with the pathspecs that git agrees with."""
    return [
        {
            **entry.location._asdict(),
            "pattern": entry.text,
            "pathspecs": list(pathspecs(entry.pattern, below=is_exclude)),
        }
        for entry, is_exclude in every_entry(plan)
    ]
