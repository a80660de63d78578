"""`planner tasks`: list all tasks with what is computed for them."""

from planner.cli.options import Common, only_plan
from planner.report import Report
from planner.schedule import schedule
from planner.views import tasks

IS_QUESTION = True
EXAMPLES = (
    "planner tasks                          # the tasks of the only plan",
    "planner tasks --plan api --format json # those of docs/plan/api/plan.yaml, for a program",
)


def run(common: Common) -> Report:
    """List all tasks with what is computed: stream, wave, what they may run beside, and when.

    A task with * is on the critical path.
    """
    with common.open() as opened:
        return tasks.report(schedule(only_plan(opened, common.named_plan(opened))))
