"""`planner explain`: print the page of a rule or of a key of the plan."""

from typing import Annotated

import typer

from planner.cli.options import Common
from planner.report import Report
from planner.views import explain as view

IS_QUESTION = True
EXAMPLES = (
    "planner explain outside-scope          # a rule, as in a finding",
    "planner explain scope.include          # a key of the plan",
)


def run(
    common: Common,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A rule or a key; default: list all.",
            autocompletion=lambda: list(view.names()),
        ),
    ] = None,
) -> Report:
    """Print what a rule means and what to do about it, or what a key of the plan is for.

    A key is named by the keys that lead to it, or by the last of them.
    """
    del common  # a page depends on no option
    return view.listing() if name is None else view.page(name)
