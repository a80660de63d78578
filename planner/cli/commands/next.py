"""`planner next`: list what can be started now, and why the rest waits."""

from planner.branch.standing import standings
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.parse import usable_plans
from planner.report import Report
from planner.repository.git import Repository
from planner.schedule import schedule
from planner.scopes.fence import Fence
from planner.status.next import next_tasks, with_starts
from planner.views import next as view

IS_QUESTION = True
EXAMPLES = (
    "planner next                           # what to start now",
    "planner next --plan api                # only tasks of docs/plan/api/plan.yaml",
)


def run(common: Common) -> Report:
    """List the tasks that can start now, the critical ones first, and what the others wait for.

    Each has the command that starts the branch of its slice. A task is ready when its dependencies
    are done and its slice provably touches nothing that a slice in progress may touch.
    """
    with common.open() as opened:
        named = common.named_plan(opened)
        plans = usable_plans(_contents(opened.repository, named))
        schedules = [schedule(plan) for plan in plans]
        standing = standings(opened.repository, plans)
        found = next_tasks(Fence(plans), schedules, standing, named=named)
        is_shallow = opened.repository.is_shallow
        tip = opened.trusted_tip
        known = opened.plans_at(tip, named).paths if tip else ()
        return view.report(
            with_starts(opened, found, standing),
            is_shallow=is_shallow,
            not_agreed=[plan.path for plan in plans if tip and plan.path not in known],
        )


def _contents(repository: Repository, named: str) -> dict[str, bytes]:
    """The files of all plans: what is in progress counts, whichever plan it is in."""
    try:
        paths = find.in_folder(repository.root)
    except PlannerError:
        if not named:
            raise
        paths = ()
    every = dict.fromkeys((*paths, *([named] if named else [])))
    return {path: find.content(repository.root, path) for path in every}
