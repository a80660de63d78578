"""`planner run-gates`: runs the gates of a slice."""

from pathlib import Path
from typing import Annotated

import typer

from planner.branch.read import Request
from planner.cli import endings, output, progress
from planner.cli.options import (
    Colour,
    Format,
    PlanPath,
    Repo,
    environment,
    exit_code,
    from_root,
    meant_slice,
    opened,
)
from planner.errors import PlannerError
from planner.evidence import job, subject
from planner.evidence.demands import closed_over
from planner.evidence.subject import Subject
from planner.plan.model import Gate
from planner.repository import pull_request
from planner.repository.objects import Objects


def run(
    slice_id: Annotated[str, typer.Option("--slice", metavar="ID", help="The slice.")] = "",
    gate: Annotated[
        list[str] | None,
        typer.Option("--gate", metavar="ID", help="This gate, and those it needs; repeatable."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many at a time.")] = 1,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="End the others when one does not pass.")
    ] = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Run the gates of a slice, and record what passed as evidence for this very tree.

    They are those of the plan of the default branch, and those that the branch's plan adds.
    Nothing is recorded for a work tree that differs from its commit.
    """
    endings.heed()
    repository = opened(repo)
    event = pull_request.read(environment())
    request = Request(
        slice_id=meant_slice(slice_id, event),
        plan=from_root(repository, repo, plan),
    )
    with Objects(repository) as objects:
        found = subject.read(repository, objects, request, event)
    wanted = _wanted(found, gate or [])
    with progress.told() as tell:
        options = job.Options(wanted, tell, jobs, fail_fast, is_trusting=not event.is_ci)
        done = job.run(repository, found, options)
    progress.show_tails(done.results, repository.root)

    def as_text() -> str:
        from planner.views import gates as form_of  # noqa: PLC0415 - one format a run

        return form_of.as_text(done, has_colour=output.has_colour(color))

    def as_json() -> str:
        from planner.views import gates as form_of  # noqa: PLC0415

        return form_of.as_json(done)

    output.result(form, text=as_text, document=as_json)
    return 2 if done.is_undecided else exit_code(done.findings)


def _wanted(found: Subject, named: list[str]) -> tuple[Gate, ...]:
    """The gates that were named, and those that they need; all of them when none was.

    Raises:
        PlannerError: the slice has no gate of that name.
    """
    gates = found.demands.gates
    known = [gate.id for gate in gates]
    for name in named:
        if name not in known:
            raise PlannerError(
                f"the slice {found.chosen.slice_.id!r} has no gate {name!r}",
                hint=f"there are: {', '.join(known) or 'none'}",
            )
    return closed_over(gates, named) if named else gates
