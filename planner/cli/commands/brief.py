"""`planner brief`: tell an agent what it needs to know of a slice or a task."""

from typing import Annotated

import typer

from planner.agents import briefing
from planner.agents.brief import read_brief
from planner.cli.options import Common
from planner.report import Report

IS_QUESTION = True
EXAMPLES = (
    "planner brief api                      # a slice, before work on it starts",
    "planner brief --format json            # the slice of the branch that is checked out",
)


def run(
    common: Common,
    part_id: Annotated[
        str,
        typer.Argument(metavar="[ID]", help="A slice or a task; default: the slice of the branch."),
    ] = "",
) -> Report:
    """Tell all that an agent needs for a slice or a task, in at most 400 tokens where that can be.

    Goal, branch and base, what the branch may change, what other slices hold next to it, tasks,
    gates, and how to check itself. It is what check-scope and the guard judge by: the plan of the
    default branch; a plan that is only in the work tree is said to be so.
    """
    with common.open() as opened:
        return briefing.report(read_brief(opened, part_id, common.named_plan(opened)))
