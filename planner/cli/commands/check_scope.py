"""`planner check-scope`: does the branch stay inside its slice."""

from pathlib import Path
from typing import Annotated

import typer

from planner.branch.read import Request
from planner.check.scope.check import check
from planner.cli import output
from planner.cli.options import (
    Colour,
    Format,
    PlanPath,
    Repo,
    Strict,
    environment,
    exit_code,
    from_root,
    meant_slice,
    opened,
    strictly,
)
from planner.errors import PlannerError
from planner.repository import pull_request


def run(
    slice_id: Annotated[str, typer.Option("--slice", metavar="ID", help="The slice.")] = "",
    base: Annotated[str, typer.Option("--base", metavar="REV", help="Where it lands.")] = "",
    head: Annotated[str, typer.Option("--head", metavar="REV", help="What to judge.")] = "",
    plan_from: Annotated[
        str,
        typer.Option(
            "--plan-from", metavar="REV|head", help="The commit whose plan judges; head: its own."
        ),
    ] = "",
    staged: Annotated[bool, typer.Option("--staged", help="Judge what this commit adds.")] = False,
    worktree: Annotated[bool, typer.Option("--worktree", help="Judge the work tree.")] = False,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch what is missing.")] = False,
    strict: Strict = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Hold the branch to its slice: every path that it changed must be its own, or shared.

    It is judged by the plan of the default branch, never by one that it brings along.
    """
    if staged and (worktree or head):
        raise PlannerError("--staged goes with neither --worktree nor --head", hint="drop one")
    if worktree and head:
        raise PlannerError("--worktree does not go with --head", hint="drop one")
    repository = opened(repo, is_online=fetch)
    event = pull_request.read(environment())
    request = Request(
        slice_id=meant_slice(slice_id, event),
        base=base,
        head=head,
        plan=from_root(repository, repo, plan),
        plan_from=plan_from,
        is_staged=staged,
        is_worktree=worktree,
    )
    report = check(repository, request, event)
    report = report._replace(diagnostics=strictly(report.diagnostics, is_strict=strict))

    from planner.views import scope as form_of  # noqa: PLC0415 - as in every command

    def as_text() -> str:
        return form_of.as_text(report, has_colour=output.has_colour(color))

    output.result(form, text=as_text, document=lambda: form_of.as_json(report))
    return exit_code(report.diagnostics)
