"""The documents of plans, and what became of them, as a report."""

from collections.abc import Sequence

from planner.diagnostic import Diagnostic
from planner.paths import path_bytes, path_keys
from planner.render.freshness import Page
from planner.report import Kind, Report


def document(name: str, content: str) -> Report:
    """Return the report of one document, which is printed as it is."""
    payload = {"documents": [{"name": name, "content": content}]}
    return Report("render", payload=payload, raw=content, kind="question")


def report(
    pages: Sequence[Page],
    findings: tuple[Diagnostic, ...],
    *,
    is_written: bool,
    shows_diff: bool,
) -> Report:
    """Return the report of `render`: what was written or is stale, or the differences."""
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
    return Report("render", findings, summary, {"documents": listed}, kind=kind)


def _action(page: Page, *, is_written: bool) -> str:
    if page.action == "same":
        return "unchanged"
    return "written" if is_written else "stale"
