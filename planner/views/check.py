"""All that a pull request must keep, part by part: as text and JSON."""

import json as json_text
from collections.abc import Sequence
from typing import Any

from planner.check.scope.report import ScopeReport
from planner.diagnostic import Diagnostic, has_errors
from planner.evidence.job import Done
from planner.evidence.shown import LookedUp
from planner.formats import json
from planner.formats.text import diagnostics, page
from planner.views import gates, scope


def as_text(
    findings: tuple[Diagnostic, ...],
    report: ScopeReport | None,
    done: Sequence[Done | LookedUp],
    *,
    has_colour: bool = False,
) -> str:
    """All findings, and then what each part comes to."""
    said = diagnostics(findings, has_colour=has_colour)
    if report is not None:
        said += scope.summary(report)
    for one in done:
        if isinstance(one, Done):
            said += gates.as_text(one._replace(findings=()))
        else:
            said += page(f"gate {shown.gate.id}: {shown.why}" for shown in one.shown)
    return said


def as_json(
    findings: tuple[Diagnostic, ...],
    report: ScopeReport | None,
    done: Sequence[Done | LookedUp],
    *,
    is_queue: bool = False,
) -> str:
    """The document of `check`; in a merge queue its part `gates` is a list, one for each slice."""
    parts: dict[str, Any] = {}
    if report is not None:
        parts["scope"] = _part("".join(scope.as_json(report)))
    every = [_gates(one) for one in done]
    if every:
        parts["gates"] = every if is_queue else every[0]
    is_undecided = any(isinstance(one, Done) and one.is_undecided for one in done)
    is_ok = not is_undecided and not has_errors(findings)
    return json.document("check", findings, ok=is_ok, parts=parts)


def _gates(done: Done | LookedUp) -> dict[str, Any]:
    if isinstance(done, Done):
        return _part(gates.as_json(done))
    return {"slice": done.slice_id, "gates": gates.looked_up(done.shown)}


def _part(document: str) -> dict[str, Any]:
    """A document as a part of another, which has its schema and its findings."""
    said: dict[str, Any] = json_text.loads(document)
    return {key: value for key, value in said.items() if key not in ("schema", "findings")}
