"""`planner import`: make a plan of what other tools wrote."""

from pathlib import Path
from typing import Annotated

import typer

from planner import files
from planner.agents.imports import view
from planner.agents.imports.job import Imported, read_import
from planner.branch.run import Run
from planner.cli.options import Common
from planner.diagnostic import has_errors
from planner.errors import PlannerError
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
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PLAN",
            help="The plan to write; default: docs/plan/plan.yaml, or docs/plan/WORDS/plan.yaml "
            "where there is a plan.",
        ),
    ] = "",
    tag: Annotated[
        str,
        typer.Option("--tag", metavar="TAG", help="Which list of Task Master; default: master."),
    ] = "",
) -> Report:
    """Make a plan of the task lists of other tools, and report marks that are not true.

    It reads Spec Kit's tasks.md, spec-kitty's work packages (tasks/WP….md), Task Master's
    tasks.json, and a PLAN.md with its TASKS.md. What a file is, its content tells. Two tasks that
    are marked as parallel, but touch one path, are a warning. Where slices touch one path, the
    later one waits for the earlier. The plan is written if lint takes it, and never over a file.
    """
    with common.open() as opened:
        plan = common.path_of_plan(opened, output) if output else ""
        if plan:
            _refuse(opened, plan)
        made = read_import(opened, sources, plan=plan, tag=tag)
        _refuse(opened, made.path)
        return view.report(made, refused=_write(opened, made))


def _refuse(opened: Run, plan: str) -> None:
    """Refuse a path at which there is something already."""
    path = opened.repository.root / plan
    files.refuse_links(path, opened.repository.root)
    if path.exists():
        raise PlannerError(
            f"there is a file already: {plan}; nothing was written", hint="name another: -o PLAN"
        )


def _write(opened: Run, made: Imported) -> str:
    """Write the plan; where lint does not take it, beside git's files, and return where."""
    repository = opened.repository
    if not has_errors(made.findings):
        files.create(repository.root / made.path, made.text.encode())
        return ""
    if not made.text:
        return ""
    place = repository.git_dir / "planner" / "import.yaml"
    files.write(place, made.text.encode())
    return str(place)
