"""`planner render`: write PLAN.md and TASKS.md beside the plan."""

from typing import Annotated

import typer

from planner.cli.options import Common
from planner.errors import PlannerError
from planner.plan import find
from planner.render import limited, pages
from planner.render.templates import Templates
from planner.report import Report
from planner.repository.git import Repository
from planner.views import render as view

IS_QUESTION = False
EXAMPLES = (
    "planner render                         # write the documents of all plans",
    "planner render --check                 # in CI: are the committed ones up to date",
)


def run(
    common: Common,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show the changes.")] = False,
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder to write to; default: the plan's.")
    ] = "",
    stdout: Annotated[
        str, typer.Option("--stdout", metavar="NAME", help="Print one document: PLAN.md, TASKS.md.")
    ] = "",
    templates: Annotated[
        str, typer.Option("--templates", metavar="DIR", help="Templates before .planner/templates.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Discard edits by hand.")] = False,
) -> Report:
    """Write PLAN.md and TASKS.md beside each plan.

    A document that was edited by hand, or that planner did not write, is shown and left alone,
    unless --force is given.
    """
    if stdout and (check or diff or out):
        raise PlannerError("--stdout cannot be used with --check, --diff or --out", hint="drop one")
    with common.open() as opened:
        repository = opened.repository
        plans = find.in_folder(repository.root, common.named_plan(opened))
        own = pages.own_templates(opened, templates)
        if stdout:
            return view.document(stdout, _document(repository, plans, stdout, own))
        documents = [
            page
            for path in plans
            for page in pages.read_pages(repository, opened.objects, path, own, out=out)
        ]
        findings = pages.stale(documents) if check else ()
        if not (check or diff or force):
            findings = pages.refused(documents)
        is_written = not (check or diff or findings)
        if is_written:
            pages.write_pages(repository, documents)
    shows_diff = diff or (bool(findings) and not check)
    return view.report(documents, findings, plans[0], is_written=is_written, shows_diff=shows_diff)


def _document(repository: Repository, plans: tuple[str, ...], name: str, own: Templates) -> str:
    """One document of the only plan.

    Raises:
        PlannerError: there is no such document, or there are several plans.
    """
    if name not in find.DOCUMENTS:
        hint = f"name {' or '.join(find.DOCUMENTS)}"
        raise PlannerError(f"unknown document {name!r}", hint=hint)
    if len(plans) > 1:
        message = f"--stdout prints a document of one plan, but there are {len(plans)}"
        raise PlannerError(message, hint="name the plan: --plan PATH")
    content = find.content(repository.root, plans[0])
    return limited.render(content, plans[0], own)[name]
