"""What a change of plans opens and closes, as text, JSON and Markdown."""

from collections.abc import Sequence
from typing import Any

from planner.boundary.language import Unproved, Witness
from planner.check.plans.widening import Moved, Side
from planner.formats import json
from planner.formats.text import page, visible
from planner.paths import path_text

_MOST = 20  # paths that are named; the rest is counted


def as_text(steps: Sequence[Moved], before: str) -> str:
    """Per slice what it gains and loses, the tracked paths first."""
    if not steps:
        return page([f"no slice gains or loses a path against {before}"])
    lines = []
    for step in steps:
        lines.append(f"{step.chosen.slice_.id} ({step.chosen.plan.path})")
        for sign, side in (("+", step.gained), ("-", step.lost)):
            lines += [f"  {sign} {path_text(path)}" for path in side.paths[:_MOST]]
            if len(side.paths) > _MOST:
                lines.append(f"  {sign} … and {len(side.paths) - _MOST} more tracked paths")
            if side.further is not None:
                lines.append(f"  {sign} {_such_as(side.further)}")
    return page(lines)


def _such_as(shown: Witness | Unproved) -> str:
    if isinstance(shown, Witness):
        return f"any path such as '{path_text(shown.path)}'"
    return "more than could be decided"


def as_markdown(steps: Sequence[Moved], before: str) -> str:
    """The same as a comment on a pull request."""
    if not steps:
        return f"No slice gains or loses a path against {_code(before)}.\n"
    lines = [f"What the plans open and close against {_code(before)}:", ""]
    for step in steps:
        lines.append(f"- **{_code(step.chosen.slice_.id)}**")
        for verb, side in (("gains", step.gained), ("loses", step.lost)):
            lines += [f"  - {verb} {_code(path_text(path))}" for path in side.paths[:_MOST]]
            if len(side.paths) > _MOST:
                lines.append(f"  - {verb} {len(side.paths) - _MOST} more tracked paths")
            if isinstance(side.further, Witness):
                lines.append(f"  - {verb} any path such as {_code(path_text(side.further.path))}")
            elif side.further is not None:
                lines.append(f"  - {verb} more than could be decided")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """A code span that no text can leave (spec.commonmark.org/0.31.2/#code-spans)."""
    shown = visible(text)
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    gap = " " if "`" in shown else ""
    return f"{ticks}{gap}{shown}{gap}{ticks}"


def as_json(steps: Sequence[Moved], before: dict[str, Any]) -> str:
    """The document of `plan-diff`."""
    return json.document(
        "plan-diff",
        (),
        before=before,
        slices=[
            {
                "id": step.chosen.slice_.id,
                "plan": step.chosen.plan.path,
                "gains": _side(step.gained),
                "loses": _side(step.lost),
            }
            for step in steps
        ],
    )


def _side(side: Side) -> dict[str, Any]:
    said: dict[str, Any] = {"paths": [path_text(path) for path in side.paths]}
    if isinstance(side.further, Witness):
        said |= json.witness(side.further.path)
    return said
