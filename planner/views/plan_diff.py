"""What a change of plans opens and closes, as a report."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from planner.boundary.language import Witness
from planner.branch.trusted import Revision
from planner.check.plans.widening import Moved, Side, unproved
from planner.formats.text import visible
from planner.paths import path_text, witness_keys
from planner.report import Report

_MOST = 20  # paths that are named; the rest is counted


def report(steps: Sequence[Moved], before: Revision, *, is_markdown: bool = False) -> Report:
    """Return the report of `plan-diff`; one that is Markdown is a comment on a pull request."""
    shown = f"{before.name} ({before.commit[:12]})"
    undecided = unproved(steps)
    if undecided:
        return Report(
            "plan-diff",
            undecided,
            undecided="not everything could be decided within the limit; write the patterns of "
            "these slices with fewer wildcards",
        )
    return Report(
        "plan-diff",
        summary=tuple(_lines(steps)) or (f"no slice gains or loses a path compared with {shown}",),
        payload={
            "before": {"revision": before.name, "commit": before.commit},
            "slices": [
                {
                    "id": step.chosen.slice_.id,
                    "plan": step.chosen.plan.path,
                    "gains": _side(step.gained),
                    "loses": _side(step.lost),
                }
                for step in steps
            ],
        },
        kind="question",
        raw=_markdown(steps, shown) if is_markdown else "",
    )


def _lines(steps: Sequence[Moved]) -> Iterator[str]:
    for step in steps:
        yield f"{step.chosen.slice_.id} ({step.chosen.plan.path})"
        for verb, what in _moves(step, path_text):
            yield f"  {'+' if verb == 'gains' else '-'} {what}"


def _markdown(steps: Sequence[Moved], before: str) -> str:
    if not steps:
        return f"No slice gains or loses a path compared with {_code(before)}.\n"
    lines = [f"What the plans open and close compared with {_code(before)}:", ""]
    for step in steps:
        lines.append(f"- **{_code(step.chosen.slice_.id)}**")
        moves = _moves(step, lambda path: _code(path_text(path)))
        lines += [f"  - {verb} {what}" for verb, what in moves]
    return "\n".join(lines) + "\n"


def _moves(step: Moved, shown: Callable[[bytes], str]) -> Iterator[tuple[str, str]]:
    """Yield what a slice gains and loses, the tracked paths first."""
    for verb, side in (("gains", step.gained), ("loses", step.lost)):
        yield from ((verb, shown(path)) for path in side.paths[:_MOST])
        if len(side.paths) > _MOST:
            yield verb, f"{len(side.paths) - _MOST} more tracked paths (--format json lists them)"
        if isinstance(side.further, Witness):
            yield verb, f"any path such as {shown(side.further.path)}"
        elif side.further is not None:
            yield verb, "more than could be decided within the limit"


def _code(text: str) -> str:
    """A code span that no text can leave (spec.commonmark.org/0.31.2/#code-spans)."""
    shown = visible(text)
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    gap = " " if "`" in shown else ""
    return f"{ticks}{gap}{shown}{gap}{ticks}"


def _side(side: Side) -> dict[str, Any]:
    keys: dict[str, Any] = {"paths": [path_text(path) for path in side.paths]}
    if isinstance(side.further, Witness):
        keys |= witness_keys(side.further.path)
    return keys
