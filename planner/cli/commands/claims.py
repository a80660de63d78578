"""`planner claims`: list which slices are taken, by which branches of the remote."""

import time

from planner.agents.claims import reports
from planner.agents.claims.held import claims
from planner.agents.claims.scene import read_scene
from planner.cli.options import Common, RemoteName
from planner.report import Report
from planner.repository.remote_branches import remote_named

IS_QUESTION = True
EXAMPLES = (
    "planner claims                         # who works on what",
    "planner claims --remote upstream       # by the branches of another remote",
)


def run(common: Common, remote: RemoteName = "") -> Report:
    """List the slices that are taken: the remote has a branch for each of them.

    It asks the remote; the plan on its default branch says which branches belong to slices. Author
    and age are those of the last commit; a branch without a commit of its own has none.
    """
    with common.open(is_online=True) as opened:
        named = common.named_plan(opened)
        scene = read_scene(opened, remote_named(opened.repository, remote), named)
        found = claims(opened.repository, scene, time.time(), named=named)
        return reports.of_claims(found, is_shallow=opened.repository.is_shallow)
