"""`planner mark`: set the status of a task, or close a slice, in the plan file."""

from typing import Annotated

import typer

from planner.agents.mark import Marked, mark
from planner.cli.options import Common
from planner.plan.branches import slice_of_branch
from planner.plan.model import Plan
from planner.plan.named import part_named
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
        marked = mark(opened.repository.root, part_named(plans, part_id), status)
        return _report(marked, plans, opened.repository.branch)


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
