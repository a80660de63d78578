"""What can be started now, and why the rest waits: as text and JSON."""

from typing import Any

from planner.diagnostic import path_text
from planner.formats import json
from planner.formats.tasks import minutes
from planner.formats.text import page
from planner.plan.schedule import Scheduled, Span
from planner.status.next import Next, Reason


def as_text(found: Next) -> str:
    """The ready tasks, one a line; then each waiting one with what it waits for."""
    lines = [_ready(one) for one in found.ready] or ["nothing can be started now"]
    for waiting in found.waiting:
        because = "; ".join(map(_because, waiting.because))
        lines.append(f"waits  {waiting.task.task.id} ({waiting.task.slice_.id}): {because}")
    return page(lines)


def _ready(one: Scheduled) -> str:
    owner = f", {one.owner}" if one.owner else ""
    effort = f", {minutes(Span(*one.task.effort))}" if one.task.effort else ""
    critical = ", on the critical path" if one.is_critical else ""
    return f"ready  {one.task.id} ({one.slice_.id}{owner}{effort}{critical}): {one.task.title}"


def _because(reason: Reason) -> str:
    if reason.kind == "dependency":
        return f"for {reason.id} to be done"
    if reason.kind == "owner":
        return f"for its owner, at work on {reason.id}"
    if reason.kind == "blocked":
        return "the plan says that it is blocked"
    shared = f", both may touch '{path_text(reason.witness)}'" if reason.witness else ""
    return f"for {reason.id} in progress{shared}"


def as_json(found: Next) -> str:
    """The document of `next`."""
    return json.document(
        "next",
        (),
        ready=[_task(one) for one in found.ready],
        waiting=[
            {
                "id": waiting.task.task.id,
                "slice": waiting.task.slice_.id,
                "because": [_reason(reason) for reason in waiting.because],
            }
            for waiting in found.waiting
        ],
    )


def _task(one: Scheduled) -> dict[str, Any]:
    return {
        "id": one.task.id,
        "slice": one.slice_.id,
        "owner": one.owner or None,
        "title": one.task.title,
        "effort_minutes": list(one.task.effort) if one.task.effort else None,
        "critical": one.is_critical,
        "wave": one.wave,
        "files": [entry.text for entry in one.task.files],
        "branch": [entry.text for entry in one.slice_.branch],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": reason.kind, "id": reason.id}
    return said | json.witness(reason.witness) if reason.witness else said
