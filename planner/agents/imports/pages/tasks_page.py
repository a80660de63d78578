"""Reads TASKS.md: the tasks of each slice, milestones and metrics."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from planner.agents.imports.found import Source, id_of
from planner.agents.imports.pages.undone import (
    Labelled,
    Section,
    as_block,
    bullets,
    codes,
    full_title,
    labelled,
    sections,
    unescaped,
)
from planner.agents.imports.prose import Prose
from planner.diagnostic import Diagnostic, Location
from planner.plan.efforts import effort_of
from planner.plan.foreign import status_of
from planner.render.markdown import start
from planner.rules import DUPLICATE_ID, LEFT_OUT, UNKNOWN_TASK

_TASK: Final = re.compile(r"Task (\d+)\s*[:.\u2014\u2013-]\s*(.*)")
_TOTALS: Final = re.compile(r"The plan has no tasks yet\.|\d[\d,]* tasks?, \d.*\.")


class Claim(NamedTuple):
    """A task that says that it may run in parallel, and beside which: of none, beside any."""

    task: str
    place: Location
    beside: tuple[str, ...]


class ReadTasks(NamedTuple):
    """What TASKS.md says.

    Attributes:
        overview: that of the plan.
        tasks: each with the id of its slice; empty where it names none.
        roles: of owners.
        frames: the titles of slices and tasks in the chart, by their names there.
    """

    overview: str
    tasks: list[tuple[str, dict[str, Any]]]
    titles: Mapping[str, str]
    values: dict[str, Any]
    roles: Mapping[str, str]
    claims: tuple[Claim, ...]
    findings: list[Diagnostic]
    frames: Mapping[str, str] = {}


def is_tasks_page(text: str) -> bool:
    """Whether a text is a page of tasks."""
    return bool(
        re.search(r"^## Task Breakdown\b|^## Milestones\b|^# .* Tasks$", text, re.MULTILINE)
    )


def read_tasks_page(
    source: Source, prose: Prose, taken: Collection[str], owners: Mapping[str, str]
) -> ReadTasks:
    """Return what a page says.

    Args:
        taken: the ids of the slices.
        owners: the owner of each slice.
    """
    every = sections(source.text)
    reader = _Reader(source, prose, every, taken, owners)
    return reader.read()


class _Reader:
    """Reads the sections of a page; tasks are named by their numbers."""

    def __init__(
        self,
        source: Source,
        prose: Prose,
        every: Sequence[Section],
        taken: Collection[str],
        owners: Mapping[str, str],
    ) -> None:
        self._source = source
        self._prose = prose
        self._every = every
        self._owners = owners
        self._roles: dict[str, str] = {}
        self.findings: list[Diagnostic] = []
        self._tasks = [
            (int(found[1]), unescaped(found[2]), one)
            for one in every
            if one.level == 3 and (found := _TASK.fullmatch(one.title)) and len(found[1]) < 9
        ]
        self._ids: dict[int, str] = {}
        used = set(taken)
        for number, title, section in self._tasks:
            wanted, count = id_of(title, f"task-{number}"), 1
            id_ = wanted
            while id_ in used:
                count += 1
                id_ = f"{wanted}-{count}"
            used.add(id_)
            if self._ids.setdefault(number, id_) != id_:
                message = f"the page has two tasks with the number {number}"
                place = source.at(section.number)
                self.findings.append(DUPLICATE_ID.at(place, message, "give one another number"))
        rows = "\n".join(row.text for one in every for row in one.rows)
        self._labels = dict(
            re.findall(r'^ *(?:subgraph )?([st]\d+)(?:\(\[|\[)"(.*)"\]', rows, re.M)
        )

    def read(self) -> ReadTasks:
        """Return all that the page says."""
        titles: dict[str, str] = {}
        claims: list[Claim] = []
        tasks = [self._task(*one, titles, claims) for one in self._tasks]
        named = {one.title: one for one in reversed(self._every) if one.level == 2}
        values: dict[str, Any] = {}
        if "Milestones" in named:
            found = [labelled(item) for item in bullets(named["Milestones"].rows)]
            milestones = list(filter(None, map(self._milestone, found)))
            values |= {"milestones": milestones} if milestones else {}
        if "Success Metrics" in named:
            metrics = [labelled(item) for item in bullets(named["Success Metrics"].rows)]
            pairs = {one.label: unescaped(one.rest) for one in metrics if one.label and one.rest}
            values |= {"success_metrics": pairs} if pairs else {}
        if start := self._start():
            values["start"] = start
        overview = named["Overview"].text if "Overview" in named else ""
        body, _, last = overview.rpartition("\n\n")
        if _TOTALS.fullmatch(last):
            overview = body
        return ReadTasks(
            overview.strip("\n"),
            tasks,
            titles,
            values,
            self._roles,
            tuple(claims),
            self.findings,
            self._labels,
        )

    def _task(
        self, number: int, title: str, section: Section, titles: dict[str, str], claims: list[Claim]
    ) -> tuple[str, dict[str, Any]]:
        head, details = _parted(section)
        items = map(labelled, bullets(head.rows))
        notes = {one.label.strip().lower(): one for one in items if one.label}
        slice_id = self._slice(notes.get("slice"), titles)
        id_ = self._ids[number]
        status = status_of(notes["status"].rest) if "status" in notes else ""
        criteria = notes["done when"].below if "done when" in notes else ()
        description = start(notes["description"].rest) if "description" in notes else ""
        task = {
            "id": id_,
            "title": full_title(title, self._labels.get(f"t{number}", "")) or id_,
            "description": details or description,
            "owner": self._owner(notes.get("owner"), slice_id),
            "files": list(self._files(notes.get("files"))),
            "depends_on": self._needs(notes.get("dependencies")),
            "effort": self._effort(notes.get("effort")),
            "status": "" if status == "todo" else status,
            "done_when": [unescaped(item.text) for item in criteria],
        }
        claim = notes.get("parallelizable")
        if claim is not None and re.match(r"\W*(?:yes|true)\b", claim.rest, re.IGNORECASE):
            beside = tuple(self._ids[one] for one in _numbers(claim.rest) if one in self._ids)
            claims.append(Claim(id_, self._source.at(claim.number), beside))
        return slice_id, {key: value for key, value in task.items() if value}

    def _slice(self, note: Labelled | None, titles: dict[str, str]) -> str:
        found = re.fullmatch(r"(?P<title>.*) \(`(?P<id>[^`]+)`\)", note.rest) if note else None
        if not found:
            return ""
        titles.setdefault(found["id"], unescaped(found["title"]))
        return found["id"]

    def _owner(self, note: Labelled | None, slice_id: str) -> str:
        """The owner of a task, if it is another than the slice's; the role is kept."""
        text = unescaped(note.rest) if note else ""
        slices = (
            self._owners.get(slice_id, "") if slice_id else next(iter(self._owners.values()), "")
        )
        if not text or text == slices:
            return ""
        if slices and text.startswith(f"{slices} (") and text.endswith(")"):
            self._roles.setdefault(slices, text[len(slices) + 2 : -1])
            return ""
        name, bracket, role = text.removesuffix(")").rpartition(" (")
        if bracket and text.endswith(")"):
            self._roles.setdefault(name, role)
            return name if name != slices else ""
        return text

    def _files(self, note: Labelled | None) -> Iterator[str]:
        texts = (
            [item.text for item in note.below]
            if note and note.below
            else [note.rest]
            if note
            else []
        )
        for text in texts:
            found = codes(text)
            yield from found or [word.pattern for word in self._prose.words(text) if word.pattern]

    def _needs(self, note: Labelled | None) -> list[str]:
        needs = []
        for number in _numbers(note.rest) if note else ():
            if number in self._ids:
                needs.append(self._ids[number])
            elif note is not None:
                message = f"the page has no task {number}"
                self.findings.append(
                    UNKNOWN_TASK.at(self._source.at(note.number), message, "correct the number")
                )
        return needs

    def _effort(self, note: Labelled | None) -> str:
        text = unescaped(note.rest) if note else ""
        effort = effort_of(text)
        if text and note is not None and not effort:
            place = self._source.at(note.number)
            self.findings.append(
                LEFT_OUT.at(place, f"the effort {text!r} is not a time: it is left out")
            )
        return effort

    def _milestone(self, one: Labelled) -> dict[str, Any] | None:
        found = re.fullmatch(
            r"(?P<title>.*?)(?: \((?P<tasks>Tasks? [\d, -]+)\))?"
            r"(?: - [\d.]+(?:-[\d.]+)? (?:hour|minute)s?)?(?:, due (?P<due>(?:(?!, due ).)*))?",
            one.rest,
            re.DOTALL,
        )
        if not found or not found["title"]:
            return None
        tasks = [self._ids[n] for n in _numbers(found["tasks"] or "") if n in self._ids]
        title = unescaped(found["title"])
        if not tasks:
            place = self._source.at(one.number)
            message = f"the milestone {title!r} names no task: it is left out"
            self.findings.append(LEFT_OUT.at(place, message))
            return None
        return {
            "title": title,
            "tasks": tasks,
            **({"due": unescaped(found["due"])} if found["due"] else {}),
        }

    def _start(self) -> str:
        """The first day of the Gantt chart."""
        rows = [
            row.text
            for one in self._every
            if one.title == "Schedule" or one.title.startswith("Schedule: ")
            for row in one.rows
        ]
        days = re.findall(r"\b(\d{4}-\d\d-\d\d) \d\d:\d\d", "\n".join(rows))
        return min(days, default="")


def _parted(section: Section) -> tuple[Section, str]:
    """A section up to a description of several blocks, and that description."""
    texts = [row.text for row in section.rows]
    if "**Description**:" not in texts:
        return section, ""
    at = texts.index("**Description**:")
    return section._replace(rows=section.rows[:at]), as_block(
        "\n".join(texts[at + 1 :]).strip("\n")
    )


def _numbers(text: str) -> list[int]:
    """The numbers of `Task 1`, `Tasks 1-3, 7`; at most those that a page can have."""
    found: list[int] = []
    for part in re.findall(
        r"\bTasks? ((?:\d{1,6}(?:\s*[-\u2013]\s*\d{1,6})?(?:, (?=\d)| and (?=\d))?)+)",
        text,
        re.IGNORECASE,
    ):
        for first, last in re.findall(r"(\d+)(?:\s*[-\u2013]\s*(\d+))?", part):
            found += range(int(first), min(int(last or first), int(first) + 10_000) + 1)
    return list(dict.fromkeys(found))
