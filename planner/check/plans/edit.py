"""Whether a branch may change a plan file as it did."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from planner.diagnostic import Diagnostic, Location, Related, has_errors
from planner.paths import path_text
from planner.plan.document.nodes import plain
from planner.plan.model import Chosen
from planner.plan.parse import Parsed
from planner.repository.changes import Change
from planner.rules import PLAN_EDIT, PLAN_REMOVED, PLAN_UNREADABLE, Rule


class PlanEdit(NamedTuple):
    """A plan file that a branch changed, before and after; None where it is missing."""

    change: Change
    before: Parsed | None
    after: Parsed | None

    @property
    def path(self) -> str:
        """The path of the plan file."""
        return path_text(self.change.path)


def judge(edit: PlanEdit, chosen: Chosen | None, *, may_edit: bool) -> list[Diagnostic]:
    """Report what a branch must not change in a plan file.

    A plan that is deleted, moved or unreadable is an error for everyone. Where a literal entry
    names the file, all else is allowed; a slice's branch may change the `status` of its own tasks.

    Args:
        chosen: the slice of the branch; None when it has none.
        may_edit: whether a literal entry of its scope names the file.
    """
    before, after = edit.before, edit.after
    if after is None:
        message = "the branch deletes or moves the plan"
        return [_finding(edit.change, PLAN_REMOVED, message, "restore it")]
    if after.plan is None or has_errors(after.diagnostics):
        message = "the plan is unusable"
        return [_finding(edit.change, PLAN_UNREADABLE, message, "planner lint"), *after.diagnostics]
    if may_edit:
        return []
    own = chosen.slice_.id if chosen and chosen.plan.path == edit.path else None
    route = _first_difference(_without_own_status(before, own), _without_own_status(after, own))
    if route is None:
        return []
    message = f"the branch changes the plan at {_shown(route)!r}"
    if before is None:
        message = "the branch adds a plan"
    place = after.plan.where(after.plan.node, *route)
    hint = "change the plan in a pull request of its own"
    return [_finding(edit.change, PLAN_EDIT, message, hint, place)]


def beside(change: Change) -> Diagnostic:
    """Return the finding for a file that belongs to plans, and that no literal entry names."""
    is_git = not change.path.startswith(b".planner")
    what = "how git shows and merges a plan" if is_git else "a template of plans"
    return _finding(
        change, PLAN_EDIT, f"the branch changes {what}", "change it in a pull request of its own"
    )


def _finding(
    change: Change, rule: Rule, message: str, hint: str, place: Location | None = None
) -> Diagnostic:
    # Findings of check-scope are about files; the line of the plan is a related place.
    related = (Related(place, "changed here"),) if place and place.line else ()
    path = path_text(change.path)
    return rule.at(Location(path), message, hint, related=related, change=change.status)


def _without_own_status(parsed: Parsed | None, slice_id: str | None) -> Any:  # noqa: ANN401 - JSON
    """The plan as plain values, without the status of the slice's own tasks."""
    # An unusable plan may lack any key.
    if parsed is None or parsed.plan is None or has_errors(parsed.diagnostics):
        return None
    values = plain(parsed.plan.node)
    for slice_ in values["slices"]:
        for task in slice_.get("tasks", ()) if slice_["id"] == slice_id else ():
            task.pop("status", None)
    return values


def _first_difference(before: Any, after: Any) -> tuple[str | int, ...] | None:  # noqa: ANN401 - JSON
    """The route to the first place where two plain values differ, or None when none does."""
    if before == after:
        return None
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        before, after = dict(enumerate(before)), dict(enumerate(after))
    if isinstance(before, dict) and isinstance(after, dict):
        for step in {**after, **before}:
            route = _first_difference(before.get(step), after.get(step))
            if route is not None:
                return (step, *route)
    return ()


def _shown(route: Sequence[str | int]) -> str:
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in route).lstrip(".")
