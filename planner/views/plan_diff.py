"""What a change of plans opens and closes, as a report."""

from collections.abc import Callable, Iterator
from typing import Any

from planner.boundary.language import Witness
from planner.branch.trusted import Revision
from planner.check.plans.review import Review
from planner.check.plans.widening import AnyMoved, Side, unproved
from planner.formats.text import diagnostics, page, visible
from planner.paths import path_text, witness_keys
from planner.plan.model import ChosenRule
from planner.report import Report

_MOST = 20  # paths that are named; the rest is counted


def report(review: Review, before: Revision) -> Report:
    """Return the report of `plan-diff`; its Markdown is a comment on a pull request."""
    shown = f"{before.name} ({before.commit[:12]})"
    undecided = unproved((*review.rules, *review.slices))
    if undecided:
        return Report(
            "plan-diff",
            undecided,
            undecided="not everything could be decided within the limit; write the patterns of "
            "these slices with fewer wildcards",
        )
    return Report(
        "plan-diff",
        review.notes,
        payload={
            "before": {"revision": before.name, "commit": before.commit},
            "slices": [{"id": step.slice_id, **_keys(step)} for step in review.slices],
            "rules": [
                {"branch": [entry.text for entry in step.chosen.rule.branch], **_keys(step)}
                for step in review.rules
            ],
        },
        kind="question",
        raw=_text(review, shown),
        markdown=_markdown(review, shown),
    )


def _keys(step: AnyMoved) -> dict[str, Any]:
    gains, loses = _side(step.gained), _side(step.lost)
    return {"plan": step.chosen.plan.path, "gains": gains, "loses": loses}


def _text(review: Review, before: str) -> str:
    lines = []
    for step in _steps(review):
        lines.append(f"{_name(step)} ({step.chosen.plan.path})")
        for verb, what in _moves(step, path_text):
            lines.append(f"  {'+' if verb == 'gains' else '-'} {what}")
    if not lines and not review.fences:
        lines = [f"no slice gains or loses a path compared with {before}"]
    # One by one, since of many notes only the first are shown.
    return "".join(diagnostics([note]) for note in review.fences) + page(lines)


def _steps(review: Review) -> Iterator[AnyMoved]:
    """The rules and slices whose paths are listed; what is new or over has a line of its own."""
    yield from review.rules
    yield from (step for step in review.slices if not (step.is_new or step.is_over))


def _name(step: AnyMoved) -> str:
    is_rule = isinstance(step.chosen, ChosenRule)
    return step.chosen.label if is_rule else step.slice_id


def _markdown(review: Review, before: str) -> str:
    if not review.notes:
        return f"No slice gains or loses a path compared with {_code(before)}.\n"
    lines = [f"What the plans open and close compared with {_code(before)}:", ""]
    lines += [f"- {_code(note.message)}" for note in review.fences]
    for step in _steps(review):
        lines.append(f"- **{_code(_name(step))}**")
        moves = _moves(step, lambda path: _code(path_text(path)))
        lines += [f"  - {verb} {what}" for verb, what in moves]
    return "\n".join(lines) + "\n"


def _moves(step: AnyMoved, shown: Callable[[bytes], str]) -> Iterator[tuple[str, str]]:
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
