"""The content of TASKS.md, as escaped Markdown for the template.

Nothing here depends on the status of two tasks at once: when two branches that finish different
tasks are merged, git's merge of the page is what the merged plan renders to.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from planner.plan.model import Plan, Slice
from planner.render import words
from planner.render.described import block, is_one_paragraph, with_label
from planner.render.markdown import cell, code, heading, item, line
from planner.render.mermaid import Charts
from planner.render.plan_page import Labelled, risk_items, slice_titles
from planner.schedule import Reached, Schedule, Scheduled, Stream
from planner.schedule.parallel import PHRASES, Kind

_STATUS: Final = {
    "todo": "⬜ To do",
    "in-progress": "🔄 In progress",
    "blocked": "⛔ Blocked",
    "done": "✅ Completed",
}
_MOST_RUNS: Final = 12  # of task numbers in one line


class TaskSection(NamedTuple):
    """One task; empty values are left out. `slice` is empty when there is only one.

    A description of several blocks is in `details`, one of a single paragraph in `description`.
    """

    number: int
    title: str
    slice: str
    description: str
    details: str
    owner: str
    dependencies: str
    parallelizable: str
    follows: str
    status: str
    effort: str
    files: tuple[str, ...]
    done_when: tuple[str, ...]


class Figure(NamedTuple):
    """A picture, or else the rows of a table. `title` names the slices if there are several."""

    title: str
    picture: str
    rows: tuple[tuple[str, ...], ...]


class RiskSection(NamedTuple):
    """The risk of one slice; `title` is empty when there is only one."""

    title: str
    items: tuple[Labelled, ...]


class TasksPage(NamedTuple):
    """The page. `totals` is one sentence."""

    title: str
    overview: str
    totals: str
    tasks: tuple[TaskSection, ...]
    streams: tuple[Labelled, ...]
    dependencies: tuple[Figure, ...]
    schedule: tuple[Figure, ...]
    milestones: tuple[Labelled, ...]
    success_metrics: tuple[Labelled, ...]
    risks: tuple[RiskSection, ...]


def tasks_page(plan: Plan, schedule: Schedule) -> TasksPage:
    """Return the page of a plan and its schedule."""
    view = _View(plan, schedule)
    return TasksPage(
        title=line(plan.title, before=""),
        overview=block(plan.overview) if plan.overview else "",
        totals=_totals(view),
        tasks=tuple(_task(view, scheduled) for scheduled in schedule.tasks),
        streams=tuple(_stream(view, stream) for stream in schedule.streams),
        dependencies=_figures(view, plan.slices, view.charts.flowchart, _dependency_row),
        schedule=_figures(view, plan.open_slices, view.charts.gantt, _schedule_row),
        milestones=tuple(
            _milestone(view, number, reached)
            for number, reached in enumerate(schedule.milestones, 1)
        ),
        success_metrics=tuple(Labelled(line(k), line(v)) for k, v in plan.success_metrics),
        risks=tuple(
            RiskSection(view.titles[slice_.id] if view.has_several else "", items)
            for slice_ in plan.slices
            if (items := risk_items(slice_.risk))
        ),
    )


class _View:
    """A plan and its schedule, indexed."""

    def __init__(self, plan: Plan, schedule: Schedule) -> None:
        self.plan = plan
        self.schedule = schedule
        self.has_several = len(plan.slices) > 1
        self.roles = {name: owner.role for name, owner in plan.owners}
        self.titles = slice_titles(plan)
        self.charts = Charts(plan, schedule)
        self.numbers = self.charts.numbers
        paths = {e.text for scheduled in schedule.tasks for e in scheduled.task.files}
        paths |= {o.path for scheduled in schedule.tasks for o in scheduled.obstacles}
        self._last_names = Counter(map(_last_name, paths))

    def names(self, ids: Sequence[str], *, most: int | None = None) -> str:
        """Return the numbers of tasks, in at most that many runs."""
        return words.tasks((self.numbers[id_] for id_ in ids), most=most)

    def short(self, path: str) -> str:
        """Return a path as code; only its last name if no other path of a task ends with it."""
        name = _last_name(path)
        return code(name if self._last_names[name] == 1 and "*" not in name else path)


def _last_name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _totals(view: _View) -> str:
    schedule = view.schedule
    if not schedule.tasks:
        return "The plan has no tasks yet."
    counts = [
        words.count(len(schedule.tasks), "task"),
        words.count(len(view.plan.slices), "slice"),
        words.count(len(schedule.streams), "work stream"),
    ]
    text = words.join(counts)
    if schedule.effort.high:
        text += f": {words.effort(*schedule.effort)} of work"
    if schedule.critical_path:
        text += f"; the critical path is {_path(view, schedule.critical_path)}"
        if schedule.critical_path_length.high:
            text += f" ({words.effort(*schedule.critical_path_length)})"
    if schedule.makespan.high:
        text += f"; all is done after {words.effort(*schedule.makespan)}"
        if schedule.done_on:
            first, last = schedule.done_on
            text += f", on {last}" if first == last else f", between {first} and {last}"
    return f"{text}."


def _path(view: _View, ids: Sequence[str]) -> str:
    return " → ".join(f"Task {view.numbers[id_]}" for id_ in ids if id_ in view.numbers)


def _task(view: _View, scheduled: Scheduled) -> TaskSection:
    task, slice_ = scheduled.task, scheduled.slice_
    is_short = bool(task.description) and is_one_paragraph(task.description)
    return TaskSection(
        number=view.numbers[task.id],
        title=heading(task.title, before=" "),
        slice=f"{line(slice_.title)} ({code(slice_.id)})" if view.has_several else "",
        description=with_label("Description", task.description) if is_short else "",
        details=block(task.description) if task.description and not is_short else "",
        owner=_owner(view, scheduled.owner),
        dependencies=_dependencies(view, scheduled),
        parallelizable=_parallelizable(view, scheduled),
        follows=", ".join(
            f"{view.names([id_])} (both may touch {view.short(scheduled.path_with(id_))})"
            for id_ in scheduled.follows
        ),
        status=_STATUS[task.status],
        effort=words.effort(*task.effort) if task.effort else "",
        files=tuple(code(entry.text) for entry in task.files),
        done_when=tuple(map(item, task.done_when)),
    )


def _owner(view: _View, name: str) -> str:
    role = view.roles.get(name, "")
    return line(f"{name} ({role})" if role else name)


def _dependencies(view: _View, scheduled: Scheduled) -> str:
    names = [view.names(scheduled.depends_on)] if scheduled.depends_on else []
    open_ids = {slice_.id for slice_ in view.plan.open_slices}
    names += [f"all of {code(id_)}" for id_ in scheduled.slice_.depends_on if id_ in open_ids]
    return ", ".join(names) or "None"


def _parallelizable(view: _View, scheduled: Scheduled) -> str:
    if scheduled.parallelizable:
        return f"Yes (beside {view.names(scheduled.parallel_with, most=_MOST_RUNS)})"
    if not scheduled.slice_.is_open:
        return f"No (its slice is closed: {scheduled.slice_.closed})"
    reasons = _reasons(view, scheduled)
    return f"No ({'; '.join(reasons)})" if reasons else "No (no other open task)"


def _reasons(view: _View, scheduled: Scheduled) -> list[str]:
    """List why a task cannot run in parallel with others, each kind of reason once."""
    tasks: dict[tuple[Kind, str], list[str]] = {}
    for kind, task, path in scheduled.obstacles:
        tasks.setdefault((kind, path), []).append(task)
    reasons = []
    for (obstacle, path), ids in tasks.items():
        if obstacle == "no-files" and ids == [scheduled.task.id]:
            reasons.append("declares no files")
        else:
            reason = PHRASES[obstacle].format(path=view.short(path))
            reasons.append(f"{reason} {view.names(ids, most=_MOST_RUNS)}")
    return reasons


def _stream(view: _View, stream: Stream) -> Labelled:
    owner = f" ({line(stream.owner)})" if stream.owner else ""
    return Labelled(f"Stream {stream.id}", _path(view, stream.tasks) + owner)


def _milestone(view: _View, number: int, reached: Reached) -> Labelled:
    milestone = reached.milestone
    parts = [line(milestone.title)]
    if reached.tasks:
        parts.append(f" ({view.names(reached.tasks)})")
    if reached.effort.high:
        parts.append(f" - {words.effort(*reached.effort)}")
    if milestone.due:
        parts.append(f", due {line(milestone.due)}")
    return Labelled(f"Milestone {number}", "".join(parts))


def _figures(
    view: _View,
    slices: Sequence[Slice],
    draw: Callable[[Sequence[Slice]], str],
    tabulate: Callable[[_View, Scheduled], tuple[str, ...]],
    *,
    title: str = "",
) -> tuple[Figure, ...]:
    """Return one picture if it fits, else those of each half of the slices, or a slice's table."""
    ids = {slice_.id for slice_ in slices}
    tasks = [scheduled for scheduled in view.schedule.tasks if scheduled.slice_.id in ids]
    if not tasks:
        return ()
    picture = draw(slices)
    if picture or len(slices) == 1:
        rows = () if picture else tuple(tabulate(view, scheduled) for scheduled in tasks)
        return (Figure(title, picture, rows),)
    at = len(slices) // 2
    return tuple(
        figure
        for half in (slices[:at], slices[at:])
        for figure in _figures(view, half, draw, tabulate, title=_title(view, half))
    )


def _title(view: _View, slices: Sequence[Slice]) -> str:
    if len(slices) == 1:
        return view.titles[slices[0].id]
    return f"{code(slices[0].id)} to {code(slices[-1].id)}"


def _dependency_row(view: _View, scheduled: Scheduled) -> tuple[str, ...]:
    return (_cell_of(view, scheduled), cell(_dependencies(view, scheduled)))


def _schedule_row(view: _View, scheduled: Scheduled) -> tuple[str, ...]:
    start, finish = scheduled.start.high, scheduled.finish.high
    scale = view.charts.scale
    ends = (scale.time(start), scale.time(finish, ends=finish > start))
    return (_cell_of(view, scheduled), f"Stream {scheduled.stream}", *ends)


def _cell_of(view: _View, scheduled: Scheduled) -> str:
    is_critical = " (critical)" if scheduled.is_critical else ""
    name = f"Task {view.numbers[scheduled.task.id]}"
    return cell(f"{name}: {line(scheduled.task.title)}{is_critical}")
