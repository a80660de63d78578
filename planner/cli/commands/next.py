"""`planner next`: what can be started now, and why the rest waits."""

from pathlib import Path

from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo, from_root, opened
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.model import Plan
from planner.plan.parse import usable_plans
from planner.repository.git import Repository
from planner.schedule import schedule
from planner.scopes.fence import Fence
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
    named = from_root(repository, repo, plan)
    plans = _plans(repository, named)
    schedules = [schedule(one) for one in plans]
    found = next_tasks(Fence(plans), schedules, standings(repository, plans), named=named)

    from planner.views import next as form_of  # noqa: PLC0415 - as in every command

    output.result(
        form, text=lambda: form_of.as_text(found), document=lambda: form_of.as_json(found)
    )
    return 0


def _plans(repository: Repository, named: str) -> tuple[Plan, ...]:
    """All plans: what is in progress counts, whichever of them it stands in."""
    try:
        paths = find.in_folder(repository.root)
    except PlannerError:
        if not named:
            raise
        paths = ()
    every = dict.fromkeys((*paths, *([named] if named else [])))
    return usable_plans({path: find.content(repository.root, path) for path in every})
