"""What can be started now, and why the rest waits, as a report."""

from collections.abc import Iterator, Sequence
from typing import Any

from planner.paths import witness_keys
from planner.report import Report
from planner.status.next import Next, Reason, Work
from planner.status.start import Start
from planner.views.tasks import minutes

_MOST = 8  # reasons that are named for one task; the rest is counted


def report(tasks: Next, *, is_shallow: bool = False, not_agreed: Sequence[str] = ()) -> Report:
    """Return the report of `next`: what is ready, then each that waits with what it waits for.

    Args:
        is_shallow: whether the clone lacks history that may show more slices as done.
        not_agreed: the plans that the trusted commit does not have.
    """
    lines = [*_lines(tasks)]
    if is_shallow and tasks.waiting:
        lines.append("this clone is shallow: it cannot tell which slices landed earlier")
    for path in not_agreed:
        lines.append(f"{path} is not on the default branch yet: check-scope does not know it")
    return Report(
        "next",
        summary=tuple(lines),
        payload={
            "ready": [_work(one, tasks.starts.get(one.chosen.key)) for one in tasks.ready],
            "waiting": [
                {
                    "id": waiting.work.id,
                    "slice": waiting.work.chosen.slice_.id,
                    "plan": waiting.work.chosen.plan.path,
                    "because": [_reason(reason) for reason in waiting.because],
                    **_start_keys(waiting.start),
                }
                for waiting in tasks.waiting
            ],
        },
        kind="question",
    )


def short(tasks: Next) -> Report:
    """Return the report of `next --brief`: the slices with something that can start, and the rest.

    Ids alone, since agents pay for each byte.
    """
    ready = dict.fromkeys(one.chosen.slice_.id for one in tasks.ready)
    waiting = dict.fromkeys(one.work.chosen.slice_.id for one in tasks.waiting)
    left = [one for one in waiting if one not in ready]
    lines = [
        f"{word}  {', '.join(ids)}" for word, ids in (("ready", ready), ("waits", left)) if ids
    ]
    return Report(
        "next",
        summary=tuple(lines or _lines(tasks)),
        payload={"ready": list(ready), "waiting": left},
        kind="question",
    )


def _lines(tasks: Next) -> Iterator[str]:
    if not tasks.ready:
        yield "nothing can be started now" if tasks.waiting else "nothing is left to start"
    for one in tasks.ready:
        yield _ready(one)
        yield from _start(tasks.starts.get(one.chosen.key))
    for waiting in tasks.waiting:
        because = "; ".join(reason.text for reason in waiting.because[:_MOST])
        if len(waiting.because) > _MOST:
            because += f"; and {len(waiting.because) - _MOST} more reasons"
        yield f"waits  {waiting.work.id} ({waiting.work.chosen.slice_.id}): {because}"
        yield from _start(waiting.start, "on top of it: ")


def _start(start: Start | None, said: str = "") -> Iterator[str]:
    """The command that starts a slice, below it."""
    if start is None:
        return
    if start.problem:
        yield f"       {said}{start.branch} cannot be started: {start.problem}"
        return
    # Its branch exists: somebody has the slice, perhaps the one who asks.
    said = said if start.base else "in progress: "
    note = f"  (replace {start.to_replace})" if start.to_replace else ""
    yield f"       {said}{start.command}{note}"


def _ready(one: Work) -> str:
    said = [one.chosen.slice_.id, one.owner]
    if one.task and one.task.task.effort:
        said.append(minutes(one.task.task.effort))
    if one.task and one.task.is_critical:
        said.append("on the critical path")
    return f"ready  {one.id} ({', '.join(filter(None, said))}): {one.title}"


def _work(one: Work, start: Start | None) -> dict[str, Any]:
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
        **_start_keys(start),
    }


def _start_keys(start: Start | None) -> dict[str, Any]:
    """How to start a slice; nothing where it cannot start."""
    if start is None:
        return {}
    keys = {key: value or None for key, value in start._asdict().items()}
    return {"start": keys}


def _reason(reason: Reason) -> dict[str, Any]:
    keys: dict[str, Any] = {"kind": reason.kind, "id": reason.id}
    if reason.plan:
        keys["plan"] = reason.plan
    if reason.is_dropped:
        keys["dropped"] = True
    return keys if reason.witness is None else keys | witness_keys(reason.witness)
