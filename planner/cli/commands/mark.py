"""`planner mark`: set the status of a task, or close a slice, in the plan file."""

from typing import Annotated

import typer

from planner.agents.mark import Marked, mark
from planner.branch.run import Run
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.paths import shell_text
from planner.plan.branches import slice_of_branch
from planner.plan.model import Plan
from planner.plan.named import Part, part_named, parts
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "planner mark api-tests done            # a task: todo, in-progress, blocked or done",
    "planner mark api merged                # a slice: merged or dropped",
)


def run(
    common: Common,
    part_id: Annotated[str, typer.Argument(metavar="ID", help="A task or a slice.")],
    status: Annotated[
        str,
        typer.Argument(
            metavar="STATUS",
            help="For a task: todo, in-progress, blocked or done; for a slice: merged or dropped.",
        ),
    ],
) -> Report:
    """Set the status of a task in the plan of the work tree, or say how a slice was closed.

    No other byte of the file changes. A branch may do this for its own slice, and for nothing else
    in a plan.
    """
    with common.open() as opened:
        plans = common.plans_here(opened)
        part = _part(opened, plans, part_id, common.named_plan(opened))
        marked = mark(opened.repository.root, part, status)
        return _report(marked, plans, opened.repository.branch)


def _part(run: Run, plans: tuple[Plan, ...], part_id: str, named: str) -> Part:
    """The slice or task of an id in the plans of the work tree.

    Raises:
        PlannerError: none has it, though the plan may have got it on the default branch meanwhile;
            or several have it.
    """
    try:
        return part_named(plans, part_id)
    except PlannerError as error:
        tip = run.trusted_tip
        agreed = run.plans_at(tip, named).plans if tip else ()
        known, here = ({one.id for one in parts(each)} for each in (agreed, plans))
        if tip is None or part_id in here or part_id not in known:
            raise
        message = f"{part_id!r} is in the plans of {tip.name}, but not in those of the work tree"
        raise PlannerError(message, hint=f"git merge {shell_text(tip.name)}") from error


def _report(marked: Marked, plans: tuple[Plan, ...], branch: str) -> Report:
    part, place = marked.part, marked.location
    where = f"{place.path}:{place.line}:{place.column}"
    if marked.before == marked.after:
        lines = [f"{where}: {part.label} is already {marked.after}"]
    else:
        was = f" (was {marked.before})" if marked.before else ""
        lines = [f"{where}: {part.label} is now {marked.after}{was}"]
    here = slice_of_branch(plans, branch, None) if branch else None
    if here is not None and here.key != part.chosen.key:
        lines.append(
            f"  the branch {branch!r} belongs to the slice {here.slice_.id!r}: check-scope refuses "
            "this change on it"
        )
    return Report(
        "mark",
        kind="action",
        summary=tuple(lines),
        payload={
            "id": part.id,
            "plan": place.path,
            "key": marked.key,
            "before": marked.before or None,
            "after": marked.after,
            "written": [place.path] if marked.before != marked.after else [],
        },
    )
