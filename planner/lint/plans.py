"""All checks of the plans of a repository, in one run."""

from collections.abc import Sequence

from planner.diagnostic import Diagnostic, ordered
from planner.lint import (
    boundaries,
    dates,
    patterns,
    redundancy,
    references,
    scripts,
    unplanned,
    wording,
)
from planner.lint.tree import Tree
from planner.plan.branches import ambiguous_branches
from planner.plan.parse import Parsed
from planner.scopes.fence import Fence


def lint(parsed: Sequence[Parsed], tree: Tree) -> tuple[Diagnostic, ...]:
    """Return all diagnostics of the plans, sorted by place.

    Unusable plans are checked as far as possible, but scopes only if all plans are usable.
    """
    diagnostics = [diagnostic for each in parsed for diagnostic in each.diagnostics]
    plans = [each.plan for each in parsed if each.plan is not None]
    for plan in plans:
        diagnostics.extend(references.check(plan, plans))
        diagnostics.extend(wording.check(plan))
        diagnostics.extend(dates.check(plan))
        diagnostics.extend(scripts.check(plan))
        diagnostics.extend(patterns.check(plan, tree))
    if len(plans) > 1:
        diagnostics.extend(ambiguous_branches(plans))
        diagnostics.extend(references.across(plans))
    if all(each.usable for each in parsed):
        fence = Fence(plans)
        diagnostics.extend(boundaries.check(fence))
        diagnostics.extend(redundancy.check(fence))
        diagnostics.extend(unplanned.check(fence))
    return ordered(diagnostics)
