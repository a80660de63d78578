"""`planner brief`: tell an agent what it needs to know of a slice or a task."""

import os
from pathlib import Path
from typing import Annotated

import typer

from planner.agents import briefing
from planner.agents.brief import Brief, read_brief
from planner.cli.options import AGENTS_FILE, Common
from planner.errors import PlannerError
from planner.paths import shell_text
from planner.report import Report
from planner.repository.git import Repository

IS_QUESTION = True
EXAMPLES = (
    "planner brief api                      # a slice, before work on it starts",
    "planner brief api --agents-md          # and a few lines of it in AGENTS.md",
)


def run(
    common: Common,
    part_id: Annotated[
        str,
        typer.Argument(metavar="[ID]", help="A slice or a task; default: the slice of the branch."),
    ] = "",
    agents_md: Annotated[
        str,
        typer.Option(
            "--agents-md",
            metavar="[FILE]",
            help=f"Write the scope into a region of a Markdown file; default {AGENTS_FILE}.",
        ),
    ] = "",
) -> Report:
    """Tell all that an agent needs for a slice or a task, in about 400 tokens.

    Goal, branch and base, what the branch may change, what other slices hold next to it, tasks,
    gates, and how to check the work. check-scope and the guard judge by the same plan, that of the
    default branch; the brief says if the slice exists only in the plan of the work tree.

    With --agents-md it writes a region of at most 600 bytes between two comment lines, which the
    next run replaces, and prints the name of the file. All else in the file stays as it is.
    """
    if agents_md and not agents_md.lower().endswith(".md"):
        raise PlannerError(
            f"{agents_md!r} is not a Markdown file",
            hint="write --agents-md behind the id, or --agents-md=FILE.md",
        )
    with common.open() as opened:
        brief = read_brief(opened, part_id, common.named_plan(opened))
        if agents_md:
            return _written(brief, agents_md, opened.repository)
        return briefing.report(brief)


def _written(brief: Brief, name: str, repository: Repository) -> Report:
    from planner.agents import region  # noqa: PLC0415 - only with --agents-md
    from planner.repository.changes import ignored  # noqa: PLC0415 - as above

    root = repository.root
    path = root / name if name == AGENTS_FILE else Path(os.path.abspath(name))  # noqa: PTH100 - a link stays
    has_changed = region.write(path, brief, root)
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    lines = [f"{shown}: {'written' if has_changed else 'unchanged'}"]
    if not region.is_in_scope(path, brief, root) and not ignored(repository, [shown]):
        lines += [
            f"  check-scope reports it, since it is not in the scope of {brief.part.chosen.label}:",
            "  if git tracks it, list it under 'shared' in the plan, and leave it out of commits",
            f'  else: echo {shell_text(f"/{shown}")} >> "$(git rev-parse --git-path info/exclude)"',
        ]
    return Report(
        "brief",
        kind="action",
        summary=tuple(lines),
        payload={
            "slice": brief.part.chosen.slice_.id,
            "written": [shown] if has_changed else [],
        },
    )
