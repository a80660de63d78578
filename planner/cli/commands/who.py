"""`planner who`: show which slice holds a path."""

from pathlib import Path
from typing import Annotated

import typer

from planner.branch.read import Request
from planner.cli.options import Common, SliceId, from_root, requested_slice
from planner.errors import PlannerError
from planner.report import Report
from planner.repository.git import Repository
from planner.scopes.fence import Fence
from planner.status.who import allowed, holders
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
    slice_id: SliceId = "",
) -> Report:
    """Show which slices hold a path by the plans of the work tree, and whether it is shared.

    Also whether this branch may touch it, as check-scope would judge it: by the plan of the default
    branch.
    """
    with common.open() as opened:
        fence = Fence(common.plans_here(opened))
        if not all(paths):
            raise PlannerError("a path is empty", hint="name a path; it need not exist")
        named = [_path(opened.repository, common.repo, path) for path in paths]
        asked = [holders(opened.repository, fence, path) for path in named]
        request = Request(
            slice_id=requested_slice(slice_id, opened), plan=common.named_plan(opened)
        )
        return view.report(asked, allowed(opened, request, asked))


def _path(repository: Repository, folder: Path, name: str) -> str:
    path = from_root(repository, folder, name)
    if ".git" in path.lower().split("/"):
        raise PlannerError(f"{name!r} is not a path that git tracks", hint="name another path")
    return path
