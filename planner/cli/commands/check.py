"""`planner check`: all that a pull request must keep."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from planner.branch.read import Request
from planner.check.scope.check import check as check_scope
from planner.check.scope.report import ScopeReport
from planner.cli import endings, output, progress
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
from planner.cli.results import From, of_run
from planner.diagnostic import ordered
from planner.errors import PlannerError
from planner.evidence import job, shown, subject
from planner.evidence.job import Done
from planner.evidence.records import Gathered
from planner.evidence.shown import LookedUp, Noted
from planner.repository import pull_request
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.repository.pull_request import PullRequest

PARTS = ("scope", "gates")


def run(
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="PART", help="scope, gates; repeatable.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="PART", help="scope, gates; repeatable.")
    ] = None,
    gates: Annotated[
        Literal["run", "recorded"], typer.Option("--gates", help="Run gates, or look them up.")
    ] = "run",
    from_: From = "",
    trust_notes: Annotated[
        bool, typer.Option("--trust-notes", help="In CI, believe records that others pushed.")
    ] = False,
    slice_id: Annotated[str, typer.Option("--slice", metavar="ID", help="The slice.")] = "",
    base: Annotated[str, typer.Option("--base", metavar="REV", help="Where it lands.")] = "",
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch what is missing.")] = False,
    strict: Strict = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Check all that a pull request must keep: its scope, and its gates.

    With --from, gates count that other jobs of the same run left as JSON.
    """
    endings.heed()
    parts = _parts(only or [], skip or [])
    repository = opened(repo, is_online=fetch)
    event = pull_request.read(environment())
    source = _Source(gates, of_run(from_), may_trust=trust_notes or not event.is_ci)
    request = Request(
        slice_id=meant_slice(slice_id, event),
        base=base,
        plan=from_root(repository, repo, plan),
    )
    is_queue = event.event == "merge_group" and not base
    scope = None
    if "scope" in parts or is_queue:  # of a merge queue it tells whose gates must pass
        scope = check_scope(repository, request, event)
    done = tuple(_gates(repository, request, event, scope, source)) if "gates" in parts else ()
    scope = scope if "scope" in parts else None
    found = [*(scope.diagnostics if scope else ()), *(f for one in done for f in one.findings)]
    findings = strictly(ordered(found), is_strict=strict)

    from planner.views import check as form_of  # noqa: PLC0415 - as in every command

    output.result(
        form,
        text=lambda: form_of.as_text(findings, scope, done, has_colour=output.has_colour(color)),
        document=lambda: form_of.as_json(findings, scope, done, is_queue=is_queue),
    )
    is_undecided = any(isinstance(one, Done) and one.is_undecided for one in done)
    return 2 if is_undecided else exit_code(findings)


class _Source(NamedTuple):
    """Where the results of gates come from.

    Attributes:
        how: whether they are run, or looked up in the records.
        of_run: the results of jobs of this CI run; None when nobody named any.
        may_trust: whether records that others may have written count.
    """

    how: str
    of_run: Gathered | None
    may_trust: bool


def _parts(only: list[str], skip: list[str]) -> set[str]:
    for part in (*only, *skip):
        if part not in PARTS:
            raise PlannerError(f"there is no part {part!r}", hint=f"there are {', '.join(PARTS)}")
    parts = {part for part in (only or PARTS) if part not in skip}
    if not parts:
        raise PlannerError("no part is left to be checked", hint="drop one of --only and --skip")
    return parts


def _gates(
    repository: Repository,
    request: Request,
    event: PullRequest,
    scope: ScopeReport | None,
    source: _Source,
) -> Iterator[Done | LookedUp]:
    """The gates of the slice that is judged; in a merge queue, of each that has a commit in it."""
    if source.how == "recorded" and not source.may_trust:
        raise PlannerError(
            "records are notes that anyone who can push may write, so in CI they do not count",
            hint="run the gates (--gates run), read those of this run (--from DIR), "
            "or say --trust-notes",
        )
    if scope is None or not scope.commits:
        # A rule for unplanned branches and a change of plans have no gates.
        if scope is None or scope.slice_id:
            yield _gates_of(repository, request, event, source)
        return
    for slice_id in dict.fromkeys(one.slice_id for one in scope.commits if one.slice_id):
        yield _gates_of(repository, request._replace(slice_id=slice_id), event, source)


def _gates_of(
    repository: Repository, request: Request, event: PullRequest, source: _Source
) -> Done | LookedUp:
    """The gates of a slice run here, or their results looked up."""
    with Objects(repository) as objects:
        found = subject.read(repository, objects, request, event)
    gates = found.demands.gates
    if source.of_run is None and source.how == "run":
        with progress.told() as tell:
            done = job.run(
                repository, found, job.Options(gates, tell, is_trusting=source.may_trust)
            )
        progress.show_tails(done.results, repository.root)
        return done
    noted = Noted()
    if source.how == "recorded":
        noted = shown.noted(repository, found.branch.merge_base, found.branch.head.commit)
    of_run = source.of_run.of(found.tree) if source.of_run else ()
    looked_up = shown.shown(gates, noted, of_run)
    missing = (shown.finding(found.chosen, one) for one in looked_up)
    findings = (*found.demands.findings, *(one for one in missing if one is not None))
    return LookedUp(found.chosen.slice_.id, looked_up, findings)
