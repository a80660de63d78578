"""`planner import`: make a plan of what other tools wrote."""

from pathlib import Path
from typing import Annotated

import typer

from planner import files
from planner.agents import proposal
from planner.agents.imports import view
from planner.agents.imports.job import Imported, read_import
from planner.branch.run import Run
from planner.cli.options import Common
from planner.diagnostic import has_errors
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "planner import specs/001-login/tasks.md         # Spec Kit",
    "planner import PLAN.md TASKS.md -o docs/plan/login/plan.yaml",
)


def run(
    common: Common,
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="What to import.", show_default=False)
    ],
    out: Annotated[
        str,
        typer.Option("--out", "-o", metavar="PATH", help="Plan to write; as in --plan."),
    ] = "",
    tag: Annotated[
        str,
        typer.Option("--tag", metavar="TAG", help="Which list of Task Master; default: master."),
    ] = "",
) -> Report:
    """Make a plan from the task lists of other tools, and report false parallel marks.

    It reads Spec Kit's tasks.md, spec-kitty's work packages (tasks/WP….md), Task Master's
    tasks.json, and a PLAN.md with its TASKS.md. It recognizes a file by its content. Two tasks that
    are marked as parallel but touch the same path are a warning. If two slices touch the same path,
    the later one waits for the earlier one.

    Only a plan without an error is written: to -o, else to what --plan names, else to
    docs/plan/plan.yaml, or docs/plan/WORDS-OF-TITLE/plan.yaml if there is a plan
    already. No file is overwritten.
    """
    with common.open() as opened:
        plan = common.path_of_plan(opened, out) if out else common.named_plan(opened)
        if plan:
            proposal.refuse_taken(opened, plan)
        made = read_import(opened, sources, plan=plan, tag=tag)
        made = made.strict() if common.strict else made
        return view.report(made, refused=_write(opened, made))


def _write(opened: Run, made: Imported) -> str:
    """Write the plan; where lint does not take it, beside git's files, and return where."""
    repository = opened.repository
    if made.text and not has_errors(made.findings):
        proposal.write_new(repository.root, made.path, made.text.encode())
    elif made.text:
        place = repository.git_dir / "planner" / "import.yaml"
        files.write(place, made.text.encode())
        root = repository.root
        return str(place.relative_to(root) if place.is_relative_to(root) else place)
    return ""
