"""`planner status`: show the state of every slice in git, and the evidence for each claim."""

from typing import Annotated

import typer

from planner.cli.options import Common
from planner.cli.results import From, results_of_run
from planner.evidence.records import RunResults
from planner.report import Report
from planner.status.status import status
from planner.views import status as view

IS_QUESTION = False
EXAMPLES = (
    "planner status                         # a line for each slice of all plans",
    "planner status search-api              # all that is known of one",
)


def run(
    common: Common,
    slice_id: Annotated[
        str, typer.Argument(metavar="[ID]", help="A slice or a task; default: all slices.")
    ] = "",
    from_: From = "",
) -> Report:
    """Show how every slice is in git, and compare what the plan claims with it.

    It is an error if a branch is out of scope, if a task is done in the plan but its branch
    changed nothing for it, and if all tasks of a slice are done but its gates did not pass.
    """
    with common.open() as opened:
        of_run = results_of_run(from_) or RunResults()
        found = status(opened, common.plans_here(opened), of_run, named=slice_id)
        return view.report(found, is_one=bool(slice_id))
