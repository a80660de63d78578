"""Why a branch cannot be judged: without a slice and a rule for it, or without a plan."""

from typing import Final

from planner.branch.judged_by import NoSlice
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.plan.branches import REVERT, nearest_branches
from planner.plan.find import PLAN_FILES
from planner.rules import NO_TRUSTED_PLAN, UNPLANNED_BRANCH
from planner.scopes.fence import Fence


def finding(run: Run, branch: Branch, fence: Fence, no_slice: NoSlice | None) -> Diagnostic:
    """Return the finding about a branch that cannot be judged.

    Args:
        fence: with the plans that the branch adds.
        no_slice: a line of a commit that names no slice.
    """
    trusted, named = branch.trusted, branch.request.plan
    place = Location(named or (*trusted.paths, PLAN_FILES[0])[0])
    if not trusted.plans or (named and named not in trusted.paths):
        plan = f"plan {named!r}" if named else "plan"
        message = f"there is no {plan} in {trusted.revision.name}"
        return NO_TRUSTED_PLAN.at(place, message, _how_to_agree(run, branch, fence))
    message, hint = _why(run, branch)
    if no_slice is not None:
        message, hint = f"{message}, and {no_slice.message}", no_slice.hint
    return UNPLANNED_BRANCH.at(place, message, hint)


def _how_to_agree(run: Run, branch: Branch, fence: Fence) -> str:
    """How a plan gets into the trusted commit, from where it is now."""
    if not branch.trusted.is_trusted:
        return "commit the plan first: git add docs/plan && git commit"
    local = run.unpublished_plan
    if local is not None:
        how = f"the local branch {local.name!r} has a plan: git push origin {local.name}"
        return f"{how}; {_UNTIL_THEN}"
    others = [one for one in branch.changes if not fence.is_open_to_all(one.path)]
    if others and len(others) < len(branch.changes):
        more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
        also = f"but this branch also changes {path_text(others[0].path)!r}{more}"
        return (
            f"merge the plan first: a pull request with only the plan passes, {also}; {_UNTIL_THEN}"
        )
    return f"merge a plan first: a pull request with only the plan passes; {_UNTIL_THEN}"


_UNTIL_THEN: Final = "until then: planner check-scope --plan-from head"


def _why(run: Run, branch: Branch) -> tuple[str, str]:
    """Why no slice and no rule accepts it, and what to do."""
    name, fork = branch.name, run.event.fork
    if not name:
        head = branch.head.name
        message = "HEAD is detached" if head == "HEAD" else f"{head!r} is not a branch"
        return message, "name the branch: --branch NAME, or the slice: --slice ID"
    message = f"no slice and no rule accepts the branch {name!r}"
    if fork is not None:
        message += f", which is in the fork {fork!r}" if fork else ", whose fork is deleted"
        return message, f"a slice or rule accepts a fork only by name: from: {fork or '*'!r}"
    if REVERT.fullmatch(name):
        return message, "name the slice that it reverts: a line 'Slice: ID' in a commit"
    near = nearest_branches(branch.trusted.plans, name)
    declared = f" (the plan has {', '.join(near)})" if near else ""
    how = "add it to a slice or a rule, or name the slice: --slice ID"
    return message, f"rename the branch{declared}, {how}"
