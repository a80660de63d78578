"""The state of every slice in git, as a report."""

from collections import Counter
from typing import Any, Final

from planner.check.gates import evidence_keys
from planner.report import Report
from planner.status.status import SliceStatus, Status, is_kept, ref_of


def report(status: Status, *, is_one: bool = False) -> Report:
    """Return the report of `status`: a line for each slice, and what is wrong with the claims.

    Args:
        is_one: whether to tell all that is known, line by line, of its one slice.
    """
    ids = Counter(one.standing.chosen.slice_.id for one in status.slices)
    lines = []
    for one in status.slices:
        plan, slice_ = one.standing.chosen
        lines.append(
            _line(one, slice_.id if ids[slice_.id] == 1 else f"{slice_.id} of {plan.path}")
        )
        lines += _details(one) if is_one else _why_unknown(one)
        for other in one.others:
            lines += [f"  {_line(other, ref_of(other.standing))}", *_why_unknown(other)]
    if status.is_shallow:
        lines.append(
            "this clone is shallow: it cannot tell which slices landed earlier, nor how many "
            "commits branches are ahead and behind"
        )
    if status.fetched:
        lines.append(f"remote branches as fetched at {status.fetched}")
    return Report(
        "status",
        status.findings,
        summary=tuple(lines),
        payload={
            "slices": [_slice_keys(one) for one in status.slices],
            "as_of": {"fetched": status.fetched or None, "shallow": status.is_shallow},
        },
        undecided=_undecided(status),
    )


def _undecided(status: Status) -> str:
    """The slices whose scope could not be told; empty when there are none."""
    unknown = [
        one.standing.chosen.slice_.id
        for one in status.slices
        if any(each.unknown for each in one.every_branch)
    ]
    if not unknown:
        return ""
    more = f" and {len(unknown) - _MOST_IDS} more" if len(unknown) > _MOST_IDS else ""
    return f"the scope of {', '.join(map(repr, unknown[:_MOST_IDS]))}{more} could not be determined"


_MOST_IDS: Final = 5


def _line(one: SliceStatus, label: str) -> str:
    """The slice in one line, such as `pager  +1  scope ok  gates 1/13  tasks 0/1`."""
    parts = [label, one.standing.state]
    if one.ahead is not None:
        parts[1] = f"+{one.ahead} -{one.behind}" if one.behind else f"+{one.ahead}"
    if one.scope is not None or one.unknown:
        parts.append(f"scope {_VERDICTS[is_kept(one)][0]}")
    if one.gates:
        passed = sum(gate.state == "passed" for gate in one.gates)
        parts.append(f"gates {passed}/{len(one.gates)}")
    if one.tasks:
        done = sum(task.task.status == "done" for task in one.tasks)
        there = sum((task.on_branch or task.task.status) == "done" for task in one.tasks)
        more = f" ({there}/{len(one.tasks)} on its branch)" if there != done else ""
        parts.append(f"tasks {done}/{len(one.tasks)}{more}")
    return "  ".join(parts)


_VERDICTS: Final = {True: ("ok", "passed"), False: ("failed", "failed"), None: ("unknown",) * 2}
"""By whether the branch is in scope: for people, and in JSON."""


def _why_unknown(one: SliceStatus) -> list[str]:
    if one.unknown is None:
        return []
    hint = f"  hint: {one.unknown.hint}"
    return [f"  scope  unknown: {one.unknown.message}", *([hint] if one.unknown.hint else [])]


def _details(one: SliceStatus) -> list[str]:
    """All that is known of a slice, line by line."""
    standing = one.standing
    lines = [f"  branch {ref_of(standing)}"] if standing.head else []
    lines += [f"  landed {standing.landed}"] if standing.landed else []
    lines += _why_unknown(one)
    if one.scope is not None:
        counts = one.scope.counts
        out = f", {counts.out_of_scope} out of scope" if counts.out_of_scope else ""
        verdict = "in scope" if is_kept(one) else "out of scope"
        lines.append(f"  scope  {verdict}: {counts.changed} changed{out}")
    for gate in one.gates:
        stale = "stale: " if gate.state == "stale" else ""
        lines.append(f"  gate   {gate.gate.id}: {stale}{gate.why}")
    for task in one.tasks:
        said = f"{task.task.status} in the plan"
        said += f", {task.on_branch} on its branch" if task.on_branch else ""
        lines.append(f"  task   {task.task.id}: {said}; {task.evidence}")
    return lines


def _slice_keys(one: SliceStatus) -> dict[str, Any]:
    standing = one.standing
    keys = {
        "id": standing.chosen.slice_.id,
        "plan": standing.chosen.plan.path,
        "branch": ref_of(standing) or None,
        "state": standing.state,
        "landed": standing.landed or None,
        "ahead": one.ahead,
        "behind": one.behind,
        "scope": _scope_keys(one) if standing.head and not standing.is_over else None,
        "gates": evidence_keys(one.gates),
        "tasks": [
            {
                "id": task.task.id,
                "claim": task.task.status,
                **({"claim_on_branch": task.on_branch} if task.on_branch else {}),
                "evidence": task.evidence,
                "phantom": task.is_phantom,
            }
            for task in one.tasks
        ],
    }
    others = [
        {
            "branch": ref_of(other.standing),
            "ahead": other.ahead,
            "behind": other.behind,
            "scope": _scope_keys(other),
        }
        for other in one.others
    ]
    return {**keys, "others": others} if others else keys


def _scope_keys(one: SliceStatus) -> dict[str, Any]:
    """The scope of a branch."""
    return {
        "verdict": _VERDICTS[is_kept(one)][1],
        "counts": dict(one.scope.counts._asdict()) if one.scope else None,
        "reason": one.unknown.message if one.unknown else None,
    }
