"""`planner release`: give a slice back that was claimed."""

from typing import Annotated

import typer

from planner.agents.claims import reports
from planner.agents.claims.release import release
from planner.cli.options import Common, RemoteName
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "planner release api                    # delete the branch by which it was claimed",
    "planner release api --remote upstream  # on another remote",
)


def run(
    common: Common,
    slice_id: Annotated[str, typer.Argument(metavar="ID", help="The slice.")],
    remote: RemoteName = "",
) -> Report:
    """Give a slice back: delete its branches on the remote, so that others can claim it.

    It does so only if they have no commit of their own and have not moved since planner looked;
    otherwise it exits 1 and names the commits. It never deletes the default branch, or a branch
    that another slice or plan lands on. A local branch is left.
    """
    with common.open(is_online=True) as opened:
        named = common.named_plan(opened)
        return reports.of_release(release(opened, slice_id, remote, named))
