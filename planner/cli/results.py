"""The option `--from`: results of gates that other jobs of the same CI run left."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.evidence.records import Gathered, gathered
from planner.formats.text import visible

From = Annotated[
    str, typer.Option("--from", metavar="DIR", help="Results of jobs of this CI run, as JSON.")
]


def of_run(folder: str) -> Gathered | None:
    """The results in the folder; None when none was named.

    Raises:
        PlannerError: there is no such folder, or something else in it.
    """
    if not folder:
        return None
    found = gathered(Path(folder))
    for path in found.dirty:
        output.talk(visible(f"{path!r} does not count: that work tree differed from its commit"))
    return found
