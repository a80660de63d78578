"""`planner check`: all that a pull request must keep."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from planner.check.branch.read import Request
from planner.check.evidence import job, shown, subject
from planner.check.evidence.job import Done
from planner.check.evidence.records import Record, gathered
from planner.check.evidence.records import read as read_records
from planner.check.evidence.shown import LookedUp
from planner.check.evidence.subject import Subject
from planner.check.scope.check import check as check_scope
from planner.check.scope.report import ScopeReport
from planner.cli import output, progress
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
from planner.diagnostic import Diagnostic, ordered
from planner.errors import PlannerError
from planner.repository import notes, pull_request
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
    from_: Annotated[
        str, typer.Option("--from", metavar="DIR", help="Results of jobs of this CI run, as JSON.")
    ] = "",
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
    parts = _parts(only or [], skip or [])
    repository = opened(repo, is_online=fetch)
    event = pull_request.read(environment())
    _may_believe(gates, event, is_trusting=trust_notes)
    request = Request(
        slice_id=meant_slice(slice_id, event),
        base=base,
        plan=from_root(repository, repo, plan),
    )
    scope = check_scope(repository, request, event) if "scope" in parts else None
    done = None
    found: list[Diagnostic] = list(scope.diagnostics) if scope else []
    if "gates" in parts and _has_gates(scope):
        done = _gates(repository, request, event, (gates, from_))
        found += done.findings
    findings = strictly(ordered(found), is_strict=strict)

    from planner.formats import check as form_of  # noqa: PLC0415 - as in every command

    output.result(
        form,
        text=lambda: form_of.as_text(findings, scope, done, has_colour=output.has_colour(color)),
        document=lambda: form_of.as_json(findings, scope, done),
    )
    return 2 if isinstance(done, Done) and done.is_unknown else exit_code(findings)


def _parts(only: list[str], skip: list[str]) -> set[str]:
    for part in (*only, *skip):
        if part not in PARTS:
            raise PlannerError(f"there is no part {part!r}", hint=f"there are {', '.join(PARTS)}")
    return {part for part in (only or PARTS) if part not in skip}


def _may_believe(gates: str, event: PullRequest, *, is_trusting: bool) -> None:
    """Refuse to take records for evidence where anyone may have written them."""
    if gates == "recorded" and event.is_ci and not is_trusting:
        raise PlannerError(
            "records are notes that anyone who can push may write, so in CI they do not count",
            hint="run the gates (--gates run), read those of this run (--from DIR), "
            "or say --trust-notes",
        )


def _has_gates(scope: ScopeReport | None) -> bool:
    """Whether a slice judged: a rule for unplanned branches and a change of plans have no gates."""
    return scope is None or bool(scope.slice_id)


def _gates(
    repository: Repository, request: Request, event: PullRequest, source: tuple[str, str]
) -> Done | LookedUp:
    """The gates run here, or their results looked up."""
    how, folder = source
    with Objects(repository) as objects:
        found = subject.read(repository, objects, request, event)
        if not folder and how == "run":
            with progress.told("text") as tell:
                done = job.run(
                    repository, objects, found, job.Options(found.demands.gates, 1, False, tell)
                )
            for result in done.results:
                if result.verdict not in ("passed", "skipped"):
                    progress.show_tail(result, repository.root)
            return done
        records = list(_from_run(found, folder)) if folder else []
        if how == "recorded":
            records += read_records(notes.read(objects, found.tree))
    looked_up = shown.shown(found.demands.gates, records)
    missing = (shown.finding(found.chosen, one) for one in looked_up)
    return LookedUp(
        looked_up, (*found.demands.findings, *(one for one in missing if one is not None))
    )


def _from_run(found: Subject, folder: str) -> tuple[Record, ...]:
    """The results of this run that were found on the very tree that is checked out."""
    return tuple(record for tree, record in gathered(Path(folder)) if tree == found.tree)
