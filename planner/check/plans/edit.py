"""Whether a branch may change a plan file as it did."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from planner.diagnostic import Diagnostic, Location, Related, has_errors
from planner.paths import path_text
from planner.plan.document.nodes import plain
from planner.plan.model import Chosen
from planner.plan.parse import Parsed, parse
from planner.repository.changes import Change
from planner.rules import PLAN_EDIT, PLAN_REMOVED, PLAN_UNREADABLE, Rule


class PlanEdit(NamedTuple):
    """A plan file that a branch changed, before and after; None where it is missing."""

    change: Change
    before: bytes | None
    after: bytes | None

    @property
    def path(self) -> str:
        """The path of the plan file."""
        return path_text(self.change.path)

    def parsed(self) -> tuple[Parsed | None, Parsed | None]:
        """Return the plan before and after, as far as each can be read."""
        before, after = (
            None if content is None else parse(content, self.path)
            for content in (self.before, self.after)
        )
        return before, after


class Edited(NamedTuple):
    """The verdict on one plan file."""

    change: Change
    is_accepted: bool
    findings: tuple[Diagnostic, ...]


def judge(edit: PlanEdit, chosen: Chosen | None, may_edit: Callable[[bytes], bool]) -> Edited:
    """Return whether a branch may change a plan file as it did.

    A plan that is deleted, moved or unreadable is an error for everyone. Where a literal entry
    names the file, all else is allowed; a slice's branch may change the `status` of its own tasks.

    Args:
        chosen: the slice of the branch; None when it has none.
        may_edit: whether a literal entry of its scope names the file.
    """
    before, after = edit.parsed()
    if after is None:
        gone = _finding(edit, PLAN_REMOVED, "a branch must not delete or move a plan", "restore it")
        return Edited(edit.change, is_accepted=False, findings=(gone,))
    if after.plan is None or has_errors(after.diagnostics):
        broken = _finding(
            edit, PLAN_UNREADABLE, "the branch leaves the plan unusable", "planner lint"
        )
        return Edited(edit.change, is_accepted=False, findings=(broken, *after.diagnostics))
    if may_edit(edit.change.path):
        return Edited(edit.change, is_accepted=True, findings=())
    own = (chosen.slice_.id if chosen and chosen.plan.path == edit.path else "") or None
    route = _first_difference(_without_own_status(before, own), _without_own_status(after, own))
    if route is None:
        return Edited(edit.change, is_accepted=True, findings=())
    place = after.plan.where(after.plan.node, *route)
    finding = _finding(
        edit,
        PLAN_EDIT,
        f"the branch changes the plan at {_shown(route)!r}"
        if edit.before is not None
        else "the branch adds a plan",
        "change the plan in a pull request of its own",
        place,
    )
    return Edited(edit.change, is_accepted=False, findings=(finding,))


def own_folder(change: Change, *, may_edit: bool) -> Edited:
    """Return the verdict on a file of .planner/, which only a literal entry holds."""
    if may_edit:
        return Edited(change, is_accepted=True, findings=())
    finding = PLAN_EDIT.at(
        Location(path_text(change.path)),
        "the branch changes a template of plans",
        "change it in a pull request of its own",
        change=change.status,
    )
    return Edited(change, is_accepted=False, findings=(finding,))


def _finding(
    edit: PlanEdit, rule: Rule, message: str, hint: str, place: Location | None = None
) -> Diagnostic:
    # Findings of check-scope are about files; the line of the plan is a related place.
    related = (Related(place, "changed here"),) if place and place.line else ()
    return rule.at(Location(edit.path), message, hint, related=related, change=edit.change.status)


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
    steps: Iterable[str | int] = ()
    if isinstance(before, dict) and isinstance(after, dict):
        steps = [*after, *(key for key in before if key not in after)]
        inner = [(step, before.get(step), after.get(step)) for step in steps]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        inner = [(at, old, new) for at, (old, new) in enumerate(zip(before, after, strict=True))]
    else:
        return ()
    for step, old, new in inner:
        route = _first_difference(old, new)
        if route is not None:
            return (step, *route)
    return ()


def _shown(route: Sequence[str | int]) -> str:
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in route).lstrip(".")
