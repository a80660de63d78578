"""Everything wrong with the plans of a repository, in one run."""

from collections.abc import Sequence

from planner.diagnostic import Diagnostic, has_errors, ordered
from planner.lint import boundaries, overlap, patterns, redundancy, references, wording
from planner.lint.tree import Tree
from planner.plan.branches import ambiguous_branches
from planner.plan.parse import Parsed
from planner.scopes.fence import Fence


def lint(parsed: Sequence[Parsed], tree: Tree) -> tuple[Diagnostic, ...]:
    """All diagnostics of the plans, sorted by place.

    What can be said of a plan that is unusable is said all the same; what needs all plans to be
    usable (what they are to each other) waits until they are.
    """
    found = [diagnostic for one in parsed for diagnostic in one.diagnostics]
    plans = [one.plan for one in parsed if one.plan is not None]
    is_usable = len(plans) == len(parsed) and not has_errors(found)
    for plan in plans:
        found.extend(references.check(plan))
        found.extend(wording.check(plan))
        found.extend(patterns.check(plan, tree))
    if len(plans) > 1:
        found.extend(ambiguous_branches(plans))
    if is_usable:
        fence = Fence(plans)
        found.extend(boundaries.check(fence))
        found.extend(overlap.check(fence))
        found.extend(redundancy.check(fence))
    return ordered(found)
