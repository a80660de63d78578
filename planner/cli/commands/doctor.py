"""`planner doctor`: show what planner sees here, and by what it knows it."""

import os

from planner.branch.read import Request
from planner.branch.run import Run
from planner.cli.options import Common, requested_slice
from planner.report import Report
from planner.status.doctor import examine
from planner.views import doctor as view

IS_QUESTION = False
EXAMPLES = (
    "planner doctor                         # in the terminal, or as a step of a CI job",
    "planner doctor --format json           # for a bug report",
)


def run(common: Common) -> Report:
    """Show what planner sees here, and by what it knows it.

    Versions, the repository and its history, the CI system and its event, the branch, its slice and
    base, the commit whose plans judge, the plans, and hooks: each ok, a warning or an error, with
    what to do. It reads only, and works without a repository and without git.
    """

    def asked(opened: Run) -> Request:
        return Request(slice_id=requested_slice("", opened), plan=common.named_plan(opened))

    return view.report(examine(common.repo, os.environ, asked))
