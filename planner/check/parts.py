"""The parts of `check` by name, in the order of their verdicts; each is loaded when asked for."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.errors import GitError, PlannerError
from planner.plan.document.problems import nearest
from planner.report import Report, undecided_part

PARTS: Final[Mapping[str, str]] = {
    "scope": "planner.check.scope.part",
    "branch": "planner.check.branch",
    "title": "planner.check.title",
    "commits": "planner.check.commits",
    "size": "planner.check.size",
    "conflicts": "planner.check.conflicts",
    "documents": "planner.check.documents",
    "gates": "planner.check.gates",
}
"""By name, the module whose `check(run, branch)` returns the part's report."""


def chosen_parts(only: Sequence[str], skip: Sequence[str]) -> tuple[str, ...]:
    """Return the parts to check, in the order of the table.

    Raises:
        PlannerError: there is no such part, or none is left.
    """
    for part in (*only, *skip):
        if part not in PARTS:
            hint = nearest(part, PARTS) or f"the parts are: {', '.join(PARTS)}"
            raise PlannerError(f"there is no part {part!r}", hint=hint)
    names = tuple(part for part in PARTS if part in (only or PARTS) and part not in skip)
    if not names:
        raise PlannerError(
            "--only and --skip leave no part to check", hint="drop one of --only and --skip"
        )
    return names


def check_parts(
    run: Run, branch: Branch, names: Sequence[str], **settings: Mapping[str, Any]
) -> Report:
    """Check a branch part by part. One that git cannot answer leaves the whole undecided.

    Args:
        settings: by part, the keyword arguments of its `check`.

    Raises:
        PlannerError: what all parts need is unknown, such as the plan.
    """
    is_hook = bool(settings.get("title", {}).get("message"))  # it may be the commit that fixes it
    if branch.trusted.error is not None and not (branch.is_nothing or branch.is_queue or is_hook):
        from planner.check.scope.judge import BranchJudge  # noqa: PLC0415 - rare

        BranchJudge(run, branch).require_usable_plan()
    reports = {}
    for name in names:
        check: Callable[..., Report] = import_module(PARTS[name]).check
        try:
            report = check(run, branch, **settings.get(name, {}))
        except GitError as error:  # the others still say what they find
            report = undecided_part(name, error)
        if report.not_applicable:
            report = not_checked(report.not_applicable)
        reports[name] = report
    return Report("check", parts=reports)


def not_checked(why: str) -> Report:
    """Return the report of a part that does not apply."""
    return Report("check", not_applicable=why)
