"""`planner status`: every slice as it stands in git, each claim beside its evidence."""

from pathlib import Path

from planner.cli import output
from planner.cli.options import (
    Colour,
    Format,
    PlanPath,
    Repo,
    Strict,
    exit_code,
    opened,
    plans_here,
    strictly,
)
from planner.cli.results import From, of_run
from planner.evidence.records import Gathered
from planner.status.status import status


def run(
    from_: From = "",
    strict: Strict = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Show how every slice stands in git, and hold what the plan claims against it.

    A task that is claimed done though its branch never touched its files is an error.
    """
    repository = opened(repo)
    plans = plans_here(repository, repo, plan)
    found = status(repository, plans, of_run(from_) or Gathered())
    found = found._replace(findings=strictly(found.findings, is_strict=strict))

    from planner.views import status as form_of  # noqa: PLC0415 - as in every command

    output.result(
        form,
        text=lambda: form_of.as_text(found, has_colour=output.has_colour(color)),
        document=lambda: form_of.as_json(found),
    )
    return exit_code(found.findings)
