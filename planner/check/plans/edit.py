"""Whether a branch may change a plan file as it did."""

from typing import Any, Final, NamedTuple

from planner.branch.read import Branch
from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text, shell_text
from planner.plan.parse import Parsed
from planner.repository.changes import Change
from planner.repository.lineage import History
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


def judge(
    edit: PlanEdit,
    branch: Branch | None,
    *,
    may_edit: bool,
    history: History | None = None,
) -> list[Diagnostic]:
    """Report what a branch must not change in a plan file.

    A plan that is deleted, moved or unreadable is an error for everyone. Where a literal entry
    names the file, all else is allowed; a slice's branch may change the `status` of its own tasks
    and set its own `closed: merged`. Each other change is a finding, named by its ids.

    Args:
        branch: the branch of a slice; None for a change of plans alone.
        may_edit: whether a literal entry of its scope names the file.
        history: where to look for the commit that made each change.
    """
    before, after = edit.before, edit.after
    if after is None:
        message = "the branch deletes or moves the plan"
        return [_finding(edit.change, PLAN_REMOVED, message, "restore it")]
    if after.usable is None:
        message = "the plan is unusable"
        return [_finding(edit.change, PLAN_UNREADABLE, message, "planner lint"), *after.diagnostics]
    if may_edit:
        return []
    if before is None or before.usable is None:
        what = "adds a plan" if before is None else "changes the whole plan, which was unusable"
        return [_finding(edit.change, PLAN_EDIT, f"the branch {what}", _HINT)]
    from planner.check.plans.named_edits import named_edits  # noqa: PLC0415 - for few branches

    chosen = branch.chosen if branch else None
    own = chosen.slice_.id if chosen and chosen.plan.path == edit.path else ""
    hint = _HINT
    if branch and own and before.usable.slice_of(own) is None:
        base = branch.base.name
        hint = (
            f"the slice is called {own!r} in {base}, and this branch's plan has no slice of that "
            f"id: git merge {shell_text(base)}; else {_HINT}"
        )
    found = named_edits(
        before.usable, after.usable, own, history, is_revert=branch is not None and branch.is_revert
    )
    return [
        _finding(edit.change, PLAN_EDIT, each.message, hint, each.place, **each.details)
        for each in found
    ]


_HINT: Final = "change the plan in a pull request of its own"


def beside(change: Change) -> Diagnostic:
    """Return the finding for a file that belongs to plans, and that no literal entry names."""
    is_git = not change.path.startswith(b".planner")
    what = "how git shows and merges a plan" if is_git else "a template of plans"
    return _finding(change, PLAN_EDIT, f"the branch changes {what}", _HINT)


def _finding(
    change: Change,
    rule: Rule,
    message: str,
    hint: str,
    place: Location | None = None,
    **details: Any,  # noqa: ANN401 - JSON
) -> Diagnostic:
    # Findings of check-scope are about files; the line of the plan is a related place.
    related = (Related(place, "changed here"),) if place and place.line else ()
    path = path_text(change.path)
    return rule.at(Location(path), message, hint, related=related, change=change.status, **details)
