"""What a change of plans opens and closes, as text, JSON and Markdown."""

from collections.abc import Sequence
from typing import Any

from planner.boundary.language import Unproved, Witness
from planner.check.plans.widening import Moved
from planner.diagnostic import path_text
from planner.formats import json
from planner.formats.text import page, visible

_MOST = 20  # paths that are named; the rest is counted


def as_text(steps: Sequence[Moved], before: str) -> str:
    """Per slice what it gains and loses, the tracked paths first."""
    if not steps:
        return page([f"no slice gains or loses a path against {before}"])
    lines = []
    for step in steps:
        lines.append(f"{step.chosen.slice_.id} ({step.chosen.plan.path})")
        for sign, paths, shown in _sides(step):
            lines += [f"  {sign} {path_text(path)}" for path in paths[:_MOST]]
            if len(paths) > _MOST:
                lines.append(f"  {sign} … and {len(paths) - _MOST} more tracked paths")
            if shown is not None:
                lines.append(f"  {sign} {_such_as(shown)}")
    return page(lines)


def _sides(step: Moved) -> list[tuple[str, tuple[bytes, ...], Witness | Unproved | None]]:
    return [("+", step.gained_paths, step.gained), ("-", step.lost_paths, step.lost)]


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
        for sign, paths, shown in _sides(step):
            verb = "gains" if sign == "+" else "loses"
            lines += [f"  - {verb} {_code(path_text(path))}" for path in paths[:_MOST]]
            if len(paths) > _MOST:
                lines.append(f"  - {verb} {len(paths) - _MOST} more tracked paths")
            if isinstance(shown, Witness):
                lines.append(f"  - {verb} any path such as {_code(path_text(shown.path))}")
            elif shown is not None:
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
                "gains": _side(step.gained_paths, step.gained),
                "loses": _side(step.lost_paths, step.lost),
            }
            for step in steps
        ],
    )


def _side(paths: Sequence[bytes], shown: Witness | Unproved | None) -> dict[str, Any]:
    side: dict[str, Any] = {"paths": [path_text(path) for path in paths]}
    if isinstance(shown, Witness):
        side |= json.witness(shown.path)
    elif shown is not None:
        side["unproved"] = True
    return side
