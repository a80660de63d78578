"""All tasks with what is computed for them, as a report."""

from collections.abc import Sequence
from typing import Any

from planner.formats.text import visible
from planner.plan.model import Minutes
from planner.report import Report
from planner.schedule import Schedule, Scheduled

_MOST = 8  # ids to list; thousands of tasks may run in parallel


def report(schedule: Schedule) -> Report:
    """Return the report of `tasks`; all minutes are pairs of low and high."""
    return Report(
        "tasks", summary=tuple(_lines(schedule)), payload=_payload(schedule), kind="question"
    )


def _lines(schedule: Schedule) -> list[str]:
    """A table of the tasks in the order in which they can start, then the streams and totals."""
    if not schedule.tasks:
        return ["the plan has no tasks"]
    rows: list[tuple[str, ...]] = [
        ("wave", "task", "slice", "owner", "effort", "stream", "status", "parallel with")
    ]
    ordered = sorted(enumerate(schedule.tasks), key=lambda pair: (pair[1].wave, pair[0]))
    for _, one in ordered:
        mark = "*" if one.is_critical else ""
        rows.append(
            (
                str(one.wave),
                one.task.id + mark,
                one.slice_.id,
                one.owner or "-",
                minutes(one.task.effort) if one.task.effort else "-",
                str(one.stream),
                one.task.status,
                _some(one.parallel_with) if one.parallelizable else f"- ({one.reason})",
            )
        )
    lines = _columns(rows)
    lines.append("")
    for stream in schedule.streams:
        owner = f" ({stream.owner})" if stream.owner else ""
        lines.append(f"stream {stream.id}: {_chain(stream.tasks)}{owner}")
    for one in schedule.tasks:
        for other in one.follows:
            lines.append(f"{one.task.id} follows {other}: both may touch {one.path_with(other)}")
    days = f" ({' to '.join(_days(schedule))})" if schedule.done_on else ""
    lines.append(
        f"* critical path: {_chain(schedule.critical_path) or 'none'}, "
        f"{minutes(schedule.critical_path_length)}; "
        f"all done after {minutes(schedule.makespan)}{days}; "
        f"{minutes(schedule.effort)} of work, {minutes(schedule.remaining)} of it left"
    )
    return lines


def _days(schedule: Schedule) -> list[str]:
    """The days on which all is done by the low and the high efforts; one if they are the same."""
    return list(dict.fromkeys(map(str, schedule.done_on or ())))


def _some(ids: Sequence[str]) -> str:
    """The ids as a list; of many only the first, and how many more there are."""
    named = ", ".join(ids[:_MOST])
    return f"{named} and {len(ids) - _MOST} more" if len(ids) > _MOST else named


def _chain(ids: Sequence[str]) -> str:
    """The ids with arrows; of many only the first and the last, and how many there are."""
    if len(ids) <= 2 * _MOST:
        return " → ".join(ids)
    return " → ".join([*ids[:_MOST], "…", ids[-1]]) + f" ({len(ids)} tasks)"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows with their columns aligned, except the last column."""
    shown = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join([*map(str.ljust, row[:-1], widths), row[-1]]).rstrip() for row in shown]


def minutes(span: Minutes) -> str:
    """Return a span of minutes in short form: 15m, 1h, 1h15m, 2h-3h."""
    low, high = map(_short, span)
    return low if low == high else f"{low}-{high}"


def _short(count: int) -> str:
    hours, rest = divmod(count, 60)
    if not hours:
        return f"{rest}m"
    return f"{hours}h{rest}m" if rest else f"{hours}h"


def _payload(schedule: Schedule) -> dict[str, Any]:
    return {
        "tasks": [_task(one) for one in schedule.tasks],
        "streams": [
            {"id": stream.id, "tasks": list(stream.tasks), "owner": stream.owner or None}
            for stream in schedule.streams
        ],
        "totals": {
            "effort_minutes": list(schedule.effort),
            "remaining_minutes": list(schedule.remaining),
            "critical_path": list(schedule.critical_path),
            "critical_path_minutes": list(schedule.critical_path_length),
            "makespan_minutes": list(schedule.makespan),
            **({"done_on": list(map(str, schedule.done_on))} if schedule.done_on else {}),
        },
        "milestones": [
            {
                "id": reached.milestone.id or None,
                "title": reached.milestone.title,
                "tasks": list(reached.tasks),
                "effort_minutes": list(reached.effort),
                "finish_minutes": list(reached.finish),
            }
            for reached in schedule.milestones
        ],
    }


def _task(one: Scheduled) -> dict[str, Any]:
    effort = one.task.effort
    return {
        "id": one.task.id,
        "slice": one.slice_.id,
        "title": one.task.title,
        "owner": one.owner or None,
        "status": one.task.status,
        "effort_minutes": list(effort) if effort else None,
        "depends_on": list(one.depends_on),
        "stream": one.stream,
        "wave": one.wave,
        "critical": one.is_critical,
        "parallel_with": list(one.parallel_with),
        "parallelizable": one.parallelizable,
        "reason": one.reason,
        **({"follows": _follows(one)} if one.follows else {}),
        "start_minutes": list(one.start),
        "finish_minutes": list(one.finish),
    }


def _follows(one: Scheduled) -> list[dict[str, str]]:
    return [{"id": other, "path": one.path_with(other)} for other in one.follows]
