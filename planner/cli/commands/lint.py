"""`planner lint`: check that a plan is sound."""

from typing import Annotated

import typer

from planner.cli.options import Common
from planner.lint.plans import lint
from planner.lint.tree import tree_of
from planner.plan import find
from planner.plan.parse import parse
from planner.report import Report
from planner.views import lint as view

IS_QUESTION = False
EXAMPLES = (
    "planner lint                           # all plans of the repository",
    "planner lint docs/plan/api/plan.yaml   # one plan",
)


def run(
    common: Common,
    plans: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PLAN…]", help="As in --plan, which they replace."),
    ] = None,
    pathspecs: Annotated[
        bool, typer.Option("--pathspecs", help="Also print each pattern as git's pathspecs.")
    ] = False,
) -> Report:
    """Report everything wrong with a plan, in one run, each with its place and what to do.

    Without PLAN and --plan it reads docs/plan/plan.yaml and docs/plan/NAME/plan.yaml, and compares
    all plans with each other.
    """
    with common.open() as opened:
        root = opened.repository.root
        named = [common.path_of_plan(opened, name) for name in plans or []]
        paths = tuple(dict.fromkeys(named)) or find.in_folder(root, common.named_plan(opened))
        parsed = [parse(find.content(root, path), path) for path in paths]
        findings = lint(parsed, tree_of(opened))
        read = [one.plan for one in parsed if one.plan is not None]
        return view.report(findings, len(paths), read, is_listing=pathspecs)
