"""Why a branch cannot be judged: it has no slice and no rule, or there is no plan."""

from planner.branch.judged_by import NoSlice
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.plan.branches import REVERT, nearest_branches
from planner.plan.find import PLAN_FILES
from planner.rules import NO_TRUSTED_PLAN, UNPLANNED_BRANCH


def finding(run: Run, branch: Branch, no_slice: NoSlice | None) -> Diagnostic:
    """Return the finding about a branch that cannot be judged.

    Args:
        no_slice: a line of a commit that names no slice.
    """
    trusted, named = branch.trusted, branch.request.plan
    place = Location(named or (*trusted.paths, PLAN_FILES[0])[0])
    if not trusted.plans or (named and named not in trusted.paths):
        plan = f"plan {named!r}" if named else "plan"
        return NO_TRUSTED_PLAN.at(
            place,
            f"there is no {plan} in {trusted.revision.name}",
            "merge a plan first: a pull request with only the plan passes; until then: "
            "planner check-scope --plan-from head",
        )
    message, hint = _why(run, branch)
    if no_slice is not None:
        message, hint = f"{message}, and {no_slice.message}", no_slice.hint
    return UNPLANNED_BRANCH.at(place, message, hint)


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
    return message, f"declared: {', '.join(near)}" if near else "name the slice: --slice ID"
