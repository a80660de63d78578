"""The option `--from`: results of gates that other jobs of the same CI run left."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.evidence.records import RunResults, read_results

From = Annotated[
    str,
    typer.Option("--from", metavar="DIR", help="Use JSON results from other jobs of this CI run."),
]


def results_of_run(folder: str) -> RunResults | None:
    """Return the results in a folder; None when none was named.

    Raises:
        PlannerError: there is no such folder, or a file in it is something else.
    """
    if not folder:
        return None
    results = read_results(Path(folder))
    for path in results.dirty:
        output.notice(f"{path!r} is ignored: its work tree differed from the commit")
    return results
