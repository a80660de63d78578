"""Draws the tasks of a plan in Mermaid's language: a flowchart and a Gantt chart."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from planner.plan.model import Plan, Slice
from planner.render import markdown, words
from planner.schedule import Schedule, Scheduled
from planner.schedule.calendar import DAY, day, last_day, read_date

# GitHub draws at most 50,000 characters and 500 arrows (Mermaid's maxTextSize and maxEdges).
LONGEST: Final = 45_000
MOST_LINKS: Final = 450
# More are not readable.
MOST_TASKS: Final = 150

_MORNING: Final = 9 * 60

# All ASCII punctuation that is syntax somewhere in a flowchart or a Gantt chart.
_SYNTAX: Final = re.compile(r"[^\w ,./()'!?\-\u0080-\U0010ffff]|_")


def label(text: str) -> str:
    """Return the text as a label of at most 80 characters; what could be syntax is `#NUMBER;`."""
    # Mermaid marks an entity internally by the ligature "\ufb02", and would decode one of ours.
    text = " ".join(markdown.clean(text).replace("\ufb02", "fl").split())
    text = text if len(text) <= 80 else f"{text[:79].rstrip()}…"
    return _SYNTAX.sub(lambda match: f"#{ord(match[0])};", text)


class Charts:
    """The charts of one plan.

    Boxes, frames and bars are named by a letter and a number, because an id of the plan could be
    a keyword: a node named `end` breaks a flowchart.
    """

    def __init__(self, plan: Plan, schedule: Schedule) -> None:
        self._is_single = len(plan.slices) == 1
        self._frames = {slice_.id: f"s{number}" for number, slice_ in enumerate(plan.slices, 1)}
        self._tasks: dict[str, list[Scheduled]] = {}
        for scheduled in schedule.tasks:
            self._tasks.setdefault(scheduled.slice_.id, []).append(scheduled)
        self._streams = schedule.streams
        self._steps = frozenset(pairwise(schedule.critical_path))
        self.numbers = {each.task.id: number for number, each in enumerate(schedule.tasks, 1)}
        self.scale = _scale(plan.start, schedule.makespan.high)

    def flowchart(self, slices: Sequence[Slice]) -> str:
        """Return the dependencies of the slices' tasks; empty when they need several pictures.

        The critical path is drawn thick. A dependency in another slice is a box with a number.
        """
        tasks = self._of(slices)
        slice_ids = {scheduled.task.id: scheduled.slice_.id for scheduled in tasks}
        pairs = [(before, after.task.id) for after in tasks for before in after.depends_on]
        boxes = dict.fromkeys(before for before, _ in pairs if before not in slice_ids)
        lines = [f'    {self._key(id_)}["Task {self.numbers[id_]}"]' for id_ in boxes]
        for slice_ in slices:
            lines += self._frame(slice_)
        links = [(self._key(pair[0]), self._key(pair[1]), pair in self._steps) for pair in pairs]
        links += self._slice_links(slices, slice_ids)
        lines += [f"    {a} {'==>' if is_critical else '-->'} {b}" for a, b, is_critical in links]
        critical = [self._key(s.task.id) for s in tasks if s.is_critical]
        if critical:
            lines.append("    classDef critical stroke:crimson,stroke-width:3px")
            lines.append(f"    class {','.join(critical)} critical")
        fits = len(links) <= MOST_LINKS and len(tasks) + len(boxes) <= MOST_TASKS
        return _join(["flowchart LR", *lines]) if fits else ""

    def _of(self, slices: Sequence[Slice]) -> list[Scheduled]:
        return [scheduled for slice_ in slices for scheduled in self._tasks.get(slice_.id, ())]

    def _frame(self, slice_: Slice) -> list[str]:
        boxes = [f'{self._key(s.task.id)}["{self._title(s)}"]' for s in self._of([slice_])]
        if self._is_single:
            return [f"    {box}" for box in boxes]
        key, title = self._frames[slice_.id], label(slice_.title)
        if not boxes:
            return [f'    {key}(["{title}"])']
        return [f'    subgraph {key}["{title}"]', *(f"        {box}" for box in boxes), "    end"]

    def _slice_links(
        self, slices: Sequence[Slice], slice_ids: Mapping[str, str]
    ) -> list[tuple[str, str, bool]]:
        steps = {(slice_ids.get(before), slice_ids.get(after)) for before, after in self._steps}
        ids = {slice_.id for slice_ in slices}
        return [
            (self._frames[before], self._frames[slice_.id], (before, slice_.id) in steps)
            for slice_ in slices
            for before in slice_.depends_on
            if before in ids and before != slice_.id
        ]

    def gantt(self, slices: Sequence[Slice]) -> str:
        """Return when the slices' tasks are done; empty when they need several pictures.

        Each task starts as early as it can by the upper ends of the efforts. The axis shows working
        days from the plan's start, else hours of work. Tasks of closed slices are left out.
        """
        bars: dict[int, list[Scheduled]] = {}
        tasks = [scheduled for scheduled in self._of(slices) if scheduled.stream]
        for scheduled in tasks:
            bars.setdefault(scheduled.stream, []).append(scheduled)
        lines = ["gantt", *self.scale.axis(max((s.finish.high for s in tasks), default=0))]
        for stream in self._streams:
            if stream.id in bars:
                lines.append(f"    section Stream {stream.id}")
            for bar in sorted(bars.get(stream.id, ()), key=lambda bar: bar.start.high):
                marks = ["crit"] * bar.is_critical
                marks += ["milestone"] * (bar.start.high == bar.finish.high)
                data = ", ".join([*marks, self._key(bar.task.id), *self.scale.ends(bar)])
                lines.append(f"    {self._title(bar)} :{data}")
        return _join(lines) if 0 < len(tasks) <= MOST_TASKS else ""

    def _key(self, id_: str) -> str:
        return f"t{self.numbers[id_]}"

    def _title(self, scheduled: Scheduled) -> str:
        return label(f"Task {self.numbers[scheduled.task.id]} - {scheduled.task.title}")


def _join(lines: list[str]) -> str:
    picture = "\n".join(lines)
    return picture if len(picture) <= LONGEST else ""


def _scale(text: str, minutes: int) -> "_Dates | _Hours":
    """Return days from a date; hours if the text is none, or the work ends after the year 9999."""
    start = read_date(text)
    try:
        if start is not None:
            day(start, minutes)
            return _Dates(start)
    except OverflowError:
        pass
    return _Hours()


class _Dates:
    """An axis of days from nine to five, Monday to Friday.

    A bar runs from its start to its finish, through the nights and weekends between. Mermaid's
    `excludes weekends` would lengthen it by as many days: it is for efforts, not for ends.
    """

    def __init__(self, start: date) -> None:
        self._start = start

    def axis(self, finish: int) -> list[str]:
        """Return the lines that set up the axis."""
        return [
            "    title Working days, Monday to Friday from 9 to 17",
            "    dateFormat YYYY-MM-DD HH:mm",
            f"    axisFormat {'%H:%M' if finish <= DAY else '%Y-%m-%d'}",
            *(["    tickInterval 1day"] if DAY < finish <= 10 * DAY else []),
        ]

    def ends(self, bar: Scheduled) -> tuple[str, str]:
        """Return the start and finish of a bar in the axis's format."""
        start, finish = bar.start.high, bar.finish.high
        # Work that fills a day ends at 17:00, not at 9:00 on the next.
        return self._at(start, 0), self._at(finish - 1, 1) if finish > start else self._at(start, 0)

    def time(self, minutes: int, *, ends: bool = False) -> str:
        """Return the day on which that much work is done."""
        return str(last_day(self._start, minutes) if ends else day(self._start, minutes))

    def _at(self, minutes: int, more: int) -> str:
        clock = _MORNING + minutes % DAY + more
        return f"{day(self._start, minutes)} {clock // 60:02}:{clock % 60:02}"


class _Hours:
    """An axis of hours of work. Mermaid has only clock times: an hour is a second of Unix time.

    Of its formats only that (`%s`) is a plain number, and the same in every time zone.
    """

    def axis(self, finish: int) -> list[str]:
        """Return the lines that set up the axis."""
        return [
            "    title Hours of work",
            "    dateFormat x",
            "    axisFormat %s",
            f"    tickInterval {max(1, -(-finish // 60) // 12)}second",
        ]

    def ends(self, bar: Scheduled) -> tuple[str, str]:
        """Return the start and finish of a bar in the axis's format."""
        # "x" is in milliseconds.
        start, finish = (round(end.high * 1000 / 60) for end in (bar.start, bar.finish))
        return str(start), str(finish)

    def time(self, minutes: int, *, ends: bool = False) -> str:
        """Return how much work is done, in words."""
        return words.effort(minutes, minutes)
