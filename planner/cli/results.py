"""Options for what other jobs of the same CI run left: `--from` and `--baseline`."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.errors import PlannerError
from planner.evidence.records import RunResults, read_results

From = Annotated[
    str,
    typer.Option("--from", metavar="DIR", help="Use JSON results from other jobs of this CI run."),
]
Baseline = Annotated[
    list[str] | None,
    typer.Option(
        "--baseline",
        metavar="GATE=FILE",
        help="Coverage report of the merge base, from this CI run; repeatable.",
    ),
]


def baseline_files(values: list[str]) -> dict[str, Path]:
    """Return by gate id the files that `--baseline` names.

    Raises:
        PlannerError: a value has another form.
    """
    for value in values:
        if not all(value.partition("=")):
            raise PlannerError(
                f"--baseline: {value!r} is not GATE=FILE", hint="such as --baseline tests=main.xml"
            )
    return {gate: Path(file) for gate, _, file in (value.partition("=") for value in values)}


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
