"""`planner render`: write PLAN.md and TASKS.md beside the plan."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo, exit_code, from_root, opened
from planner.errors import PlannerError
from planner.paths import path_bytes, path_keys
from planner.plan import find
from planner.render import pages
from planner.render.freshness import Page
from planner.repository.git import Repository
from planner.repository.objects import Objects


def run(
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
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Write PLAN.md and TASKS.md beside each plan.

    A document that was edited by hand, or that planner did not write, is shown and left alone,
    unless --force is given.
    """
    if stdout and (check or diff or out):
        raise PlannerError(
            "--stdout cannot be used with --check, --diff or --out", hint="remove one of them"
        )
    repository = opened(repo)
    plans = find.in_folder(repository.root, from_root(repository, repo, plan))
    if stdout:
        return _print(repository, plans, stdout, templates, form)
    with Objects(repository) as objects:
        documents = [
            page
            for path in plans
            for page in pages.read_pages(repository, objects, path, out=out, templates=templates)
        ]
    findings = pages.stale(documents) if check else ()
    if not (check or diff or force):
        findings = pages.refused(documents)
    is_written = not (check or diff or findings)
    if is_written:
        pages.write_pages(repository, documents)

    def as_text() -> str:
        from planner.formats import text  # noqa: PLC0415 - only the format that is asked for

        lines: Iterable[str] = ()
        if diff or (findings and not check):
            lines = (line for page in documents for line in page.diff.splitlines())
        elif not findings:
            lines = (f"{page.path}: {_action(page, is_written=is_written)}" for page in documents)
        shown = "".join(f"{text.visible(line)}\n" for line in lines)
        return shown + text.diagnostics(findings, has_colour=output.has_colour(color))

    def as_json() -> str:
        from planner.formats import json  # noqa: PLC0415

        entries = [_entry(page, is_written=is_written) for page in documents]
        return json.document("render", findings, documents=entries)

    output.result(form, text=as_text, document=as_json)
    return exit_code(findings)


def _print(
    repository: Repository, plans: tuple[str, ...], name: str, templates: str, form: str
) -> int:
    if name not in find.DOCUMENTS:
        hint = f"name {' or '.join(find.DOCUMENTS)}"
        raise PlannerError(f"there is no document {name!r}", hint=hint)
    if len(plans) > 1:
        message = f"--stdout prints a document of one plan, but there are {len(plans)}"
        raise PlannerError(message, hint="name the plan: --plan PATH")
    content = find.content(repository.root, plans[0])
    text = pages.render(repository, plans[0], content, templates)[name]
    if form == "json":
        from planner.formats import json  # noqa: PLC0415

        text = json.document("render", (), documents=[{"name": name, "content": text}])
    output.write(text)
    return 0


def _entry(page: Page, *, is_written: bool) -> dict[str, str]:
    action = _action(page, is_written=is_written)
    return {**path_keys(path_bytes(page.path)), "action": action, "diff": page.diff}


def _action(page: Page, *, is_written: bool) -> str:
    if page.action == "same":
        return "unchanged"
    return "written" if is_written else "stale"
