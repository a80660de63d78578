"""All that a pull request must keep, part by part: as text and JSON."""

import json as json_text
from collections.abc import Sequence
from typing import Any

from planner.check.evidence.job import Done
from planner.check.evidence.shown import LookedUp
from planner.check.scope.report import ScopeReport
from planner.diagnostic import Diagnostic
from planner.formats import gates, json, scope
from planner.formats.text import diagnostics, page


def as_text(
    findings: Sequence[Diagnostic],
    report: ScopeReport | None,
    done: Done | LookedUp | None,
    *,
    has_colour: bool = False,
) -> str:
    """All findings, and then what each part comes to."""
    said = diagnostics(findings, has_colour=has_colour)
    if report is not None:
        said += scope.summary(report)
    if isinstance(done, Done):
        said += gates.as_text(done._replace(findings=()))
    elif done is not None:
        said += page(f"gate {one.gate.id}: {one.why}" for one in done.shown)
    return said


def as_json(
    findings: Sequence[Diagnostic], report: ScopeReport | None, done: Done | LookedUp | None
) -> str:
    """The document of `check`."""
    parts: dict[str, Any] = {}
    if report is not None:
        parts["scope"] = _part(scope.as_json(report))
    if isinstance(done, Done):
        parts["gates"] = _part(gates.as_json(done))
    elif done is not None:
        parts["gates"] = {
            "gates": [
                {"id": one.gate.id, "evidence": one.state, "why": one.why} for one in done.shown
            ]
        }
    text = json.document("check", findings, parts=parts)
    is_unknown = isinstance(done, Done) and done.is_unknown
    return text.replace('"ok": true', '"ok": false', 1) if is_unknown else text


def _part(document: str) -> dict[str, Any]:
    """A document as a part of another, which has its schema and its findings."""
    said: dict[str, Any] = json_text.loads(document)
    return {key: value for key, value in said.items() if key not in ("schema", "findings")}
