"""What can be started now, and why the rest waits: as text and JSON."""

from typing import Any

from planner.formats import json
from planner.formats.text import page
from planner.paths import path_text
from planner.schedule import Span
from planner.status.next import Next, Reason, Work
from planner.views.tasks import minutes

_MOST = 8  # reasons that are named for one task; the rest is counted


def as_text(found: Next) -> str:
    """What is ready, one a line; then each that waits with what it waits for."""
    if not found.ready and not found.waiting:
        return page(["nothing is left to start"])
    lines = [_ready(one) for one in found.ready] or ["nothing can be started now"]
    for waiting in found.waiting:
        because = "; ".join(map(_because, waiting.because[:_MOST]))
        if len(waiting.because) > _MOST:
            because += f"; and for {len(waiting.because) - _MOST} more"
        lines.append(f"waits  {waiting.work.id} ({waiting.work.chosen.slice_.id}): {because}")
    return page(lines)


def _ready(one: Work) -> str:
    said = [one.chosen.slice_.id, one.owner]
    if one.task and one.task.task.effort:
        said.append(minutes(Span(*one.task.task.effort)))
    if one.task and one.task.is_critical:
        said.append("on the critical path")
    return f"ready  {one.id} ({', '.join(filter(None, said))}): {one.title}"


def _because(reason: Reason) -> str:
    place = f" of {reason.plan}" if reason.plan else ""
    if reason.kind == "dependency":
        return f"for {reason.id} to be done"
    if reason.kind == "owner":
        return f"for its owner, at work on {reason.id}{place}"
    if reason.kind == "blocked":
        return "the plan says that it is blocked"
    if reason.witness is None:
        return f"for {reason.id}{place} in progress, which it may meet: too much work to decide"
    return f"for {reason.id}{place} in progress, both may touch '{path_text(reason.witness)}'"


def as_json(found: Next) -> str:
    """The document of `next`."""
    return json.document(
        "next",
        (),
        ready=[_work(one) for one in found.ready],
        waiting=[
            {
                "id": waiting.work.id,
                "slice": waiting.work.chosen.slice_.id,
                "plan": waiting.work.chosen.plan.path,
                "because": [_reason(reason) for reason in waiting.because],
            }
            for waiting in found.waiting
        ],
    )


def _work(one: Work) -> dict[str, Any]:
    plan, slice_ = one.chosen
    task = one.task.task if one.task else None
    return {
        "id": one.id,
        "slice": slice_.id,
        "plan": plan.path,
        "owner": one.owner or None,
        "title": one.title,
        "effort_minutes": list(task.effort) if task and task.effort else None,
        "critical": one.task.is_critical if one.task else False,
        "wave": one.task.wave if one.task else None,
        "files": [entry.text for entry in task.files] if task else [],
        "branch": [entry.text for entry in slice_.branch],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": reason.kind, "id": reason.id}
    if reason.plan:
        said["plan"] = reason.plan
    return said if reason.witness is None else said | json.witness(reason.witness)
