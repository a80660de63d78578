"""The state of every slice in git, as a report."""

from typing import Any

from planner.check.gates import evidence_keys
from planner.report import Report
from planner.status.status import SliceStatus, Status, is_kept


def report(status: Status) -> Report:
    """Return the report of `status`: a block for each slice, and what is wrong with the claims."""
    lines = [line for one in status.slices for line in _slice(one)]
    if status.fetched:
        lines.append(f"remote branches as fetched at {status.fetched}")
    return Report(
        "status",
        status.findings,
        summary=tuple(lines),
        payload={
            "slices": [_slice_keys(one) for one in status.slices],
            "as_of": {"fetched": status.fetched or None},
        },
    )


def _slice(one: SliceStatus) -> list[str]:
    standing = one.standing
    slice_ = standing.chosen.slice_
    head = f"  {_ref(one)}" if standing.head else ""
    if one.ahead is not None:
        head += f"  +{one.ahead} -{one.behind}"
    landed = f"  {standing.landed}" if standing.landed else ""
    lines = [f"{slice_.id}  {standing.state}{head}{landed}"]
    if one.unknown:
        lines.append(f"  scope  unknown: {one.unknown}")
    elif one.scope is not None:
        counts = one.scope.counts
        out = f", {counts.out_of_scope} out of scope" if counts.out_of_scope else ""
        verdict = "in scope" if is_kept(one) else "out of scope"
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


def _slice_keys(one: SliceStatus) -> dict[str, Any]:
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
        "gates": evidence_keys(one.gates),
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
