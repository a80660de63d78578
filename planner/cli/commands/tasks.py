"""`planner tasks`: all tasks with what is computed for them."""

from pathlib import Path

from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo, from_root, opened, the_plan
from planner.schedule import schedule


def run(
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """List all tasks with what is computed: stream, wave, what they may run beside, and when.

    A task with * is on the critical path.
    """
    del color  # there is nothing to colour
    repository = opened(repo)
    found = schedule(the_plan(repository, from_root(repository, repo, plan)))

    from planner.views import tasks  # noqa: PLC0415 - as in every command

    output.result(form, text=lambda: tasks.as_text(found), document=lambda: tasks.as_json(found))
    return 0
