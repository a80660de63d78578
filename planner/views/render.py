"""The documents of plans, and what became of them, as a report."""

import re
from collections.abc import Collection, Sequence
from functools import partial

from planner.diagnostic import Diagnostic, Location
from planner.paths import path_bytes, path_keys
from planner.render.freshness import Page
from planner.report import Kind, Places, Report


def document(name: str, content: str) -> Report:
    """Return the report of one document, which is printed as it is."""
    payload = {"documents": [{"name": name, "content": content}]}
    return Report("render", payload=payload, raw=content, kind="question")


def report(
    pages: Sequence[Page],
    findings: tuple[Diagnostic, ...],
    plan: str,
    *,
    is_written: bool,
    shows_diff: bool,
) -> Report:
    """Return the report of `render`: what was written or is stale, or the differences.

    Args:
        plan: the path of the first plan; a document that is missing is shown there.
    """
    lines = [f"{page.path}: {_action(page, is_written=is_written)}" for page in pages]
    if shows_diff:
        lines = [line for page in pages for line in page.diff.splitlines()]
    listed = [
        {
            **path_keys(path_bytes(page.path)),
            "action": _action(page, is_written=is_written),
            "diff": page.diff,
        }
        for page in pages
    ]
    kind: Kind = "check"
    if is_written:
        kind = "action"
    elif shows_diff and not findings:
        kind = "question"
    summary = () if findings and not shows_diff else tuple(lines)
    places = Places(Location(plan, 1), partial(_first_lines, pages))
    return Report("render", findings, summary, {"documents": listed}, kind=kind, places=places)


def _first_lines(pages: Sequence[Page], _paths: Collection[str]) -> dict[str, int]:
    """Return by path the first line of a document that is not up to date."""
    hunks = ((page.path, re.search(r"^@@ -([0-9]+)", page.diff, re.MULTILINE)) for page in pages)
    return {path: int(hunk[1]) for path, hunk in hunks if hunk and int(hunk[1])}


def _action(page: Page, *, is_written: bool) -> str:
    if page.action == "same":
        return "unchanged"
    return "written" if is_written else "stale"
