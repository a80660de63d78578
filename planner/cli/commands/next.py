"""`planner next`: what can be started now, and why the rest waits."""

from pathlib import Path

from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo, opened, plans_here
from planner.plan.fence import Fence
from planner.plan.schedule import schedule
from planner.status.next import next_tasks
from planner.status.standing import standings


def run(
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """List the tasks that can start now, the critical ones first, and what the others wait for.

    Ready is a task whose dependencies are done and whose slice provably touches nothing that a
    slice in progress may touch.
    """
    del color  # there is nothing to colour
    repository = opened(repo)
    plans = plans_here(repository, repo, plan)
    found = next_tasks(Fence(plans), [schedule(one) for one in plans], standings(repository, plans))

    from planner.formats import next as form_of  # noqa: PLC0415 - as in every command

    output.result(
        form, text=lambda: form_of.as_text(found), document=lambda: form_of.as_json(found)
    )
    return 0
