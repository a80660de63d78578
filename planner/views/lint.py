"""What is wrong with plans, as a report."""

import shlex
from collections.abc import Sequence
from typing import Any

from planner.boundary.translation import pathspecs
from planner.diagnostic import Diagnostic
from planner.plan.model import Plan, every_entry
from planner.report import Report
from planner.rules import RULES


def report(
    findings: tuple[Diagnostic, ...], count: int, *, listed: Sequence[Plan] | None = None
) -> Report:
    """Return the report of `lint`.

    Args:
        count: how many plans were read.
        listed: the plans whose patterns are listed as git's pathspecs; None for no list.
    """
    open_rules = sorted({each.rule for each in findings if RULES[each.rule].leaves_open})
    rules = " and ".join(f"[{rule}]" for rule in open_rules)
    undecided = f"not everything could be checked; fix {rules} first" if rules else ""
    plans = "checked 1 plan" if count == 1 else f"checked {count} plans"
    if listed is None:
        return Report("lint", findings, summary=(plans,), undecided=undecided)
    specs = [one for plan in listed for one in _pathspecs(plan)]
    lines = (
        f"{one['path']}:{one['line']}:{one['column']}: {one['pattern']}  "
        f"git ls-files -- {shlex.join(one['pathspecs'])}"
        for one in specs
    )
    payload = {"pathspecs": specs}
    return Report("lint", findings, (*lines, plans), payload=payload, undecided=undecided)


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
