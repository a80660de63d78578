"""What `import` made, as a report."""

from collections.abc import Iterator
from typing import Final

from planner.agents.imports.job import Imported
from planner.diagnostic import has_errors
from planner.paths import shell_text
from planner.plan import find
from planner.report import Report


def report(made: Imported, *, refused: str = "") -> Report:
    """Return the report of `import`.

    Args:
        refused: where the text of a plan lies that lint does not take; or empty.
    """
    is_written = bool(made.text) and not has_errors(made.findings)
    payload = {
        "plan": made.path if is_written else None,
        "form": made.form,
        "slices": made.counts[0],
        "tasks": made.counts[1],
        "unplanned": made.has_rule,
        "ordered": [
            {"slice": one.slice_id, "after": one.other, "witness": one.path}
            for one in made.waiting
            if not one.is_shared
        ],
        "shared": [
            {"slices": [one.slice_id, one.other], "witness": one.path}
            for one in made.waiting
            if one.is_shared
        ],
    }
    lines = tuple(_lines(made, refused, is_written=is_written))
    return Report("import", made.findings, lines, payload, kind="action")


def _lines(made: Imported, refused: str, *, is_written: bool) -> Iterator[str]:
    yield from made.remarks
    if not is_written:
        yield "nothing was written: correct the errors, then import again"
        if refused:
            yield f"  the plan to which some of them point is in {refused}"
        return
    slices, tasks = made.counts
    yield f"wrote {made.path}: {_counted(slices, 'slice')}, {_counted(tasks, 'task')}"
    for one in made.waiting:
        if one.is_shared:
            yield f"  {one.slice_id} and {one.other} share {one.path}: neither can be first"
        else:
            yield f"  {one.slice_id} waits for {one.other}: both touch {one.path}"
    yield _RULE if made.has_rule else _NO_RULE
    yield "next:"
    named = "" if made.path == find.FIRST else f" --plan {shell_text(made.path)}"
    yield f"  planner lint{named}"
    yield f"  planner render{named}"


_RULE: Final = "  the rule 'unplanned' lets all other branches go on as before"
_NO_RULE: Final = (
    "  no rule 'unplanned' was added: without one in another plan, check stops other branches"
)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
