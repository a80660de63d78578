"""Every slice as it stands in git: as text and JSON."""

from typing import Any

from planner.formats import json
from planner.formats.text import diagnostics, page
from planner.status.status import SliceStatus, Status, is_kept
from planner.views import gates


def as_text(found: Status, *, has_colour: bool = False) -> str:
    """A block for each slice, then what is wrong with what the plans claim."""
    lines = [line for one in found.slices for line in _slice(one)]
    if found.fetched:
        lines.append(f"remote branches as fetched at {found.fetched}")
    return page(lines) + diagnostics(found.findings, has_colour=has_colour)


def _slice(one: SliceStatus) -> list[str]:
    standing = one.standing
    slice_ = standing.chosen.slice_
    head = f"  {_ref(one)}" if standing.head else ""
    if one.ahead is not None:
        head += f"  +{one.ahead} -{one.behind}"
    landed = f"  {standing.landed}" if standing.landed else ""
    lines = [f"{slice_.id}  {standing.state}{head}{landed}"]
    if one.unknown:
        lines.append(f"  scope  cannot tell: {one.unknown}")
    elif one.scope is not None:
        counts = one.scope.counts
        out = f", {counts.out_of_scope} out of scope" if counts.out_of_scope else ""
        verdict = "stays inside" if is_kept(one) else "strays"
        lines.append(f"  scope  {verdict}: {counts.changed} changed{out}")
    for gate in one.gates:
        stale = "stale: " if gate.state == "stale" else ""
        lines.append(f"  gate   {gate.gate.id}: {stale}{gate.why}")
    for task in one.tasks:
        lines.append(f"  task   {task.task.id}: claimed {task.task.status}; {task.evidence}")
    return lines


def _ref(one: SliceStatus) -> str:
    head = one.standing.head
    if head is None:
        return ""
    return f"{head.remote}/{head.name}" if head.remote else head.name


def as_json(found: Status) -> str:
    """The document of `status`."""
    return json.document(
        "status",
        found.findings,
        slices=[_slice_json(one) for one in found.slices],
        as_of={"fetched": found.fetched or None},
    )


def _slice_json(one: SliceStatus) -> dict[str, Any]:
    standing = one.standing
    kept = is_kept(one)
    scope = one.scope
    return {
        "id": standing.chosen.slice_.id,
        "plan": standing.chosen.plan.path,
        "branch": _ref(one) or None,
        "state": standing.state,
        "landed": standing.landed or None,
        "ahead": one.ahead,
        "behind": one.behind,
        "scope": {
            "verdict": "unknown" if kept is None else "passed" if kept else "failed",
            "counts": dict(scope.counts._asdict()) if scope else None,
            "reason": one.unknown or None,
        }
        if standing.head and not standing.is_done
        else None,
        "gates": gates.looked_up(one.gates),
        "tasks": [
            {
                "id": task.task.id,
                "claim": task.task.status,
                "evidence": task.evidence,
                "phantom": task.is_phantom,
            }
            for task in one.tasks
        ],
    }
