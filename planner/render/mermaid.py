"""The tasks of a plan as Mermaid draws them: a flowchart and a Gantt chart."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from planner.plan.model import Plan, Slice
from planner.render import markdown, words
from planner.schedule import Schedule, Scheduled

# GitHub draws no picture of more than 50,000 characters or 500 arrows.
LONGEST: Final = 45_000
MOST_LINKS: Final = 450
# More than that nobody reads.
MOST_TASKS: Final = 150

_DAY: Final = 8 * 60  # minutes of work in a day; a week has five of them, as in an effort
_MORNING: Final = 9 * 60

_MEANT: Final = re.compile(r"[^\w ,./()'!?\-\u0080-\U0010ffff]|_")


def label(text: str) -> str:
    """The text as Mermaid shows it: what could mean something stands as `#NUMBER;`.

    At most 80 characters: the page says the rest.
    """
    # Mermaid itself writes an escaped character down with this ligature in front.
    text = " ".join(markdown.clean(text).replace("\ufb02", "fl").split())
    text = text if len(text) <= 80 else f"{text[:79].rstrip()}…"
    return _MEANT.sub(lambda match: f"#{ord(match[0])};", text)


class Charts:
    """Draws tasks of one plan.

    Every box, frame and bar is called by a letter and a number: no name from the plan is ever
    read as a word of Mermaid's language.
    """

    def __init__(self, plan: Plan, schedule: Schedule) -> None:
        self._is_single = len(plan.slices) == 1
        self._frames = {slice_.id: f"s{number}" for number, slice_ in enumerate(plan.slices, 1)}
        self._tasks: dict[str, list[Scheduled]] = {}
        for scheduled in schedule.tasks:
            self._tasks.setdefault(scheduled.slice_.id, []).append(scheduled)
        self._streams = schedule.streams
        self._steps = frozenset(pairwise(schedule.critical_path))
        self.numbers: dict[str, int] = {}
        for number, scheduled in enumerate(schedule.tasks, 1):
            self.numbers.setdefault(scheduled.task.id, number)
        self.start = _start(plan.start, schedule.makespan.high)

    def flowchart(self, slices: Sequence[Slice]) -> str:
        """What the tasks of the slices wait for; empty when that is too much for one picture.

        What is critical is drawn thick. A task of another slice that one of these waits for is
        a box with its number alone.
        """
        tasks = self._of(slices)
        homes = {scheduled.task.id: scheduled.slice_.id for scheduled in tasks}
        pairs = [(one, other.task.id) for other in tasks for one in other.depends_on]
        boxes = dict.fromkeys(one for one, _ in pairs if one not in homes)
        lines = [f'    {self._key(id_)}["Task {self.numbers[id_]}"]' for id_ in boxes]
        for slice_ in slices:
            lines += self._frame(slice_)
        links = [
            (self._key(one), self._key(other), (one, other) in self._steps) for one, other in pairs
        ]
        links += self._slice_links(slices, homes)
        lines += [f"    {one} {'==>' if thick else '-->'} {other}" for one, other, thick in links]
        critical = [self._key(s.task.id) for s in tasks if s.is_critical]
        if critical:
            lines.append("    classDef critical stroke:crimson,stroke-width:3px")
            lines.append(f"    class {','.join(critical)} critical")
        fits = len(links) <= MOST_LINKS and len(tasks) + len(boxes) <= MOST_TASKS
        return _fitting(["flowchart LR", *lines]) if fits else ""

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
        self, slices: Sequence[Slice], homes: Mapping[str, str]
    ) -> list[tuple[str, str, bool]]:
        steps = {(homes.get(one), homes.get(other)) for one, other in self._steps}
        shown = {slice_.id for slice_ in slices}
        return [
            (self._frames[one], self._frames[slice_.id], (one, slice_.id) in steps)
            for slice_ in slices
            for one in slice_.depends_on
            if one in shown and one != slice_.id
        ]

    def gantt(self, slices: Sequence[Slice]) -> str:
        """When the tasks of the slices are done; empty when that is too much for one picture.

        Each stands at its earliest by the upper ends of the efforts. The axis shows days of work
        from the plan's start, or else hours of work. What is over has no place on it any more.
        """
        bars: dict[int, list[Scheduled]] = {}
        tasks = [scheduled for scheduled in self._of(slices) if scheduled.stream]
        for scheduled in tasks:
            bars.setdefault(scheduled.stream, []).append(scheduled)
        scale = _Dates(self.start) if self.start else _Hours()
        lines = ["gantt", *scale.axis(max((s.finish.high for s in tasks), default=0))]
        for stream in self._streams:
            if stream.id in bars:
                lines.append(f"    section Stream {stream.id}")
            for bar in sorted(bars.get(stream.id, ()), key=lambda bar: bar.start.high):
                marks = ["crit"] * bar.is_critical
                marks += ["milestone"] * (bar.start.high == bar.finish.high)
                data = ", ".join([*marks, self._key(bar.task.id), *scale.ends(bar)])
                lines.append(f"    {self._title(bar)} :{data}")
        return _fitting(lines) if 0 < len(tasks) <= MOST_TASKS else ""

    def _key(self, id_: str) -> str:
        return f"t{self.numbers[id_]}"

    def _title(self, scheduled: Scheduled) -> str:
        return label(f"Task {self.numbers[scheduled.task.id]} - {scheduled.task.title}")

    def time(self, minutes: int, *, ends: bool = False) -> str:
        """When so much work is done: a date where the plan has a start, else hours of work."""
        if self.start is None:
            return words.effort(minutes, minutes)
        return str(day(self.start, max(0, minutes - ends)))


def _fitting(lines: list[str]) -> str:
    picture = "\n".join(lines)
    return picture if len(picture) <= LONGEST else ""


def _start(text: str, minutes: int) -> date | None:
    """The first day; None where the plan names none that the calendar has."""
    try:
        start = date.fromisoformat(text)
        day(start, minutes)
    except (ValueError, OverflowError):
        return None
    return start


def day(start: date, minutes: int) -> date:
    """The working day on which that many minutes of work have passed; a new one has begun.

    Raises:
        OverflowError: the calendar ends before that day.
    """
    # A start on a weekend is the Monday after it.
    late = max(0, start.weekday() - 4)
    first = start + timedelta(days=3 - late if late else 0)
    weeks, rest = divmod(first.weekday() + minutes // _DAY, 5)
    return first + timedelta(days=7 * weeks + rest - first.weekday())


class _Dates:
    """Days from nine to five, Monday to Friday."""

    def __init__(self, start: date) -> None:
        self._start = start

    def axis(self, finish: int) -> list[str]:
        """The lines that set up the axis."""
        return [
            "    dateFormat YYYY-MM-DD HH:mm",
            f"    axisFormat {'%H:%M' if finish <= _DAY else '%Y-%m-%d'}",
            *(["    tickInterval 1day"] if _DAY < finish <= 10 * _DAY else []),
            "    excludes weekends",
        ]

    def ends(self, bar: Scheduled) -> tuple[str, str]:
        """Where a bar starts and finishes, as the axis reads it."""
        start, finish = bar.start.high, bar.finish.high
        # Work that fills a day ends in its evening, not on the next morning.
        return self._at(start, 0), self._at(finish - 1, 1) if finish > start else self._at(start, 0)

    def _at(self, minutes: int, more: int) -> str:
        clock = _MORNING + minutes % _DAY + more
        return f"{day(self._start, minutes)} {clock // 60:02}:{clock % 60:02}"


class _Hours:
    """Hours of work. Mermaid knows but clocks: an hour is one second of Unix time.

    That is the one thing it shows as a plain number, the same in every time zone.
    """

    def axis(self, finish: int) -> list[str]:
        """The lines that set up the axis."""
        return [
            "    title Hours of work",
            "    dateFormat x",
            "    axisFormat %s",
            f"    tickInterval {max(1, -(-finish // 60) // 12)}second",
        ]

    def ends(self, bar: Scheduled) -> tuple[str, str]:
        """Where a bar starts and finishes, as the axis reads it."""
        start, finish = (round(end.high * 1000 / 60) for end in (bar.start, bar.finish))
        return str(start), str(finish)
