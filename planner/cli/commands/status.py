"""`planner status`: show the state of every slice in git, and the evidence for each claim."""

from planner.cli.options import Common
from planner.cli.results import From, results_of_run
from planner.evidence.records import RunResults
from planner.report import Report
from planner.status.status import status
from planner.views import status as view

IS_QUESTION = False
EXAMPLES = (
    "planner status                         # all slices of all plans",
    "planner status --from gates/           # with the results of jobs of this CI run",
)


def run(common: Common, from_: From = "") -> Report:
    """Show how every slice is in git, and compare what the plan claims with it.

    It is an error if a task is done in the plan but its branch changed none of its files.
    """
    with common.open() as opened:
        plans = common.plans_here(opened)
        return view.report(status(opened, plans, results_of_run(from_) or RunResults()))
