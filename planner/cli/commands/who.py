"""`planner who`: show which slice holds a path."""

from typing import Annotated

import typer

from planner.cli.options import Common, from_root
from planner.errors import PlannerError
from planner.report import Report
from planner.scopes.fence import Fence
from planner.status.who import holders
from planner.views import who as view

IS_QUESTION = True
EXAMPLES = (
    "planner who src/api/login.py           # before an edit",
    "planner who $(git diff --name-only)    # all paths that are changed here",
)


def run(
    common: Common,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Paths; they need not exist.")
    ],
) -> Report:
    """Show what the plans of the work tree say of a path: slice, line, shared, excluded."""
    with common.open() as opened:
        fence = Fence(common.plans_here(opened))
        if not all(paths):
            raise PlannerError("a path is empty", hint="name a path; it need not exist")
        named = [from_root(opened.repository, common.repo, path) for path in paths]
        return view.report([holders(opened.repository, fence, path) for path in named])
