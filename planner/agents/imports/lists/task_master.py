"""Task Master's `tasks.json`: a task becomes a slice, its subtasks the tasks."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.agents.imports.found import Found, Group, Item, Named, Need, Source
from planner.agents.imports.lists import markdown
from planner.agents.imports.lists.spec_kit import titled
from planner.agents.imports.prose import Prose
from planner.diagnostic import Diagnostic
from planner.errors import PlannerError
from planner.plan.foreign import status_of
from planner.rules import LEFT_OUT, MISSING_KEY, REFUSED_PATTERN, WRONG_KIND

_SIGNS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}]', re.DOTALL)
_CANCELLED: Final = frozenset(["cancelled", "canceled"])


class Record(NamedTuple):
    """An object of JSON, with its line."""

    keys: dict[str, Any]
    line: int

    def text(self, key: str) -> str:
        """Return a value as text; empty if it is none."""
        value = self.keys.get(key)
        is_text = isinstance(value, (str, int)) and not isinstance(value, bool)
        return str(value).strip() if is_text else ""

    def records(self, key: str) -> "list[Record]":
        """Return the objects of a list; none if it is none."""
        value = self.keys.get(key)
        return [one for one in value if isinstance(one, Record)] if isinstance(value, list) else []

    def has_only_records(self, key: str) -> bool:
        """Whether a value is a list of objects, or not there."""
        value = self.keys.get(key)
        return value is None or (isinstance(value, list) and len(self.records(key)) == len(value))


def is_task_master(source: Source) -> bool:
    """Whether a file is JSON, by its name and its first sign."""
    return source.text.lstrip().startswith("{")


def read(source: Source, tracked: Sequence[bytes], root: str, tag: str) -> Found:
    """Return what a file says.

    Args:
        tag: which of its lists; empty for the only one with tasks, or else `master`.

    Raises:
        PlannerError: it is not JSON, has no list of tasks, or none of that tag.
    """
    name, records, others = _chosen(source, _parsed(source), tag)
    subtasks = [sub for record in records for sub in record.records("subtasks")]
    texts = [text for record in (*records, *subtasks) for text in _texts(record)]
    reader = _Reader(source, records, Prose(tracked, root, texts))
    groups = tuple(filter(None, map(reader.group, records)))
    remarks = (
        (f"imported the list {name!r}; not {', '.join(map(repr, others))}: --tag",)
        if others
        else ()
    )
    title = "Imported tasks" if name in ("", "master") else name
    return Found("task-master", title, groups, tuple(reader.findings), remarks=remarks)


def _parsed(source: Source) -> Record:
    """The file, every object with its line.

    Raises:
        PlannerError: it is not JSON.
    """
    ends: list[int] = []  # the lines of the objects, in the order in which they end
    opened: list[int] = []
    line, at = 1, 0
    for found in _SIGNS.finditer(source.text):
        line += source.text.count("\n", at, found.start())
        at = found.start()
        if found[0] == "{":
            opened.append(line)
        elif found[0] == "}" and opened:
            ends.append(opened.pop())
    numbers = iter(ends)
    try:
        read = json.loads(
            source.text,
            object_pairs_hook=lambda pairs: Record(dict(pairs), next(numbers, 0)),
            parse_constant=str,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        raise PlannerError(
            f"the file is not JSON: {error.msg}", location=source.at(error.lineno, error.colno)
        ) from error
    except RecursionError as error:
        raise PlannerError(
            f"{source.shown!r} is nested too deeply", hint="import a part"
        ) from error
    if not isinstance(read, Record):
        raise PlannerError(f"{source.shown!r} is not an object of JSON", hint=_FORM)
    return read


def _whole(text: str) -> int | str:
    return int(text) if len(text) < 20 else text


_FORM: Final = 'Task Master writes {"TAG": {"tasks": […]}}'


def _chosen(source: Source, root: Record, tag: str) -> tuple[str, list[Record], list[str]]:
    """The name of a list, its tasks, and the names of the other lists with tasks."""
    if isinstance(root.keys.get("tasks"), list):
        lists = {"": root}
    else:
        lists = {
            key: value
            for key, value in root.keys.items()
            if isinstance(value, Record) and isinstance(value.keys.get("tasks"), list)
        }
    if not lists:
        raise PlannerError(f"{source.shown!r} has no list of tasks", hint=_FORM)
    filled = [name for name, one in lists.items() if one.keys["tasks"]]
    name = tag or (filled[0] if len(filled) == 1 else "master" if "master" in lists else "")
    if name not in lists:
        known = ", ".join(map(repr, lists))
        raise PlannerError(
            f"{source.shown!r} has several lists: {known}"
            if not tag
            else f"{source.shown!r} has no list {tag!r}; it has {known}",
            hint="name one: --tag TAG",
        )
    records = lists[name].records("tasks")
    if not lists[name].has_only_records("tasks") or not all(
        record.has_only_records("subtasks") for record in records
    ):
        raise PlannerError(f"not every task of {source.shown!r} is an object", hint=_FORM)
    return name, records, [one for one in filled if one != name]


def _texts(record: Record) -> Iterator[str]:
    for key in ("title", "description", "details"):
        yield from (line.text for line in markdown.lines(record.text(key)))
    for one in _files(record):
        yield f"`{one}`"


def _files(record: Record) -> Iterator[str]:
    """The paths that a task lists."""
    for key in ("relevantFiles", "files"):
        value = record.keys.get(key)
        for one in value if isinstance(value, list) else ():
            text = one.text("path") if isinstance(one, Record) else one
            is_read = isinstance(one, Record) and one.text("action").lower() in (
                "reference",
                "read",
            )
            if isinstance(text, str) and text.strip() and not is_read:
                yield text


def _is_cancelled(record: Record) -> bool:
    return record.text("status").lower() in _CANCELLED


class _Reader:
    """Makes groups of the tasks of a list."""

    def __init__(self, source: Source, records: Sequence[Record], prose: Prose) -> None:
        self._source = source
        self._prose = prose
        self._cancelled = {record.text("id") for record in records if _is_cancelled(record)}
        self._cancelled |= {
            f"{record.text('id')}.{sub.text('id')}"
            for record in records
            for sub in record.records("subtasks")
            if _is_cancelled(record) or _is_cancelled(sub)
        }
        self.findings: list[Diagnostic] = []

    def group(self, record: Record) -> Group | None:
        """Return what becomes a slice; None for a task that is cancelled, or has no id."""
        if not self._is_kept(record):
            return None
        id_, place = record.text("id"), self._source.at(record.line)
        every = record.records("subtasks")
        siblings = {sub.text("id") for sub in every}
        subtasks = [sub for sub in every if not _is_cancelled(sub)]
        items = [self._item(sub, f"{id_}.{sub.text('id')}", id_, siblings) for sub in subtasks]
        title, _ = titled(record.text("title") or f"Task {id_}")
        texts = [record.text("description"), record.text("details")] if items else []
        overview, strategy = "\n\n".join(filter(None, texts)), record.text("testStrategy")
        keys: dict[str, Any] = {"overview": overview} if overview else {}
        keys |= {"success_criteria": [strategy]} if strategy else {}
        paths = tuple(self._paths(record, id_)) if items else ()
        items = items or [self._item(record, id_, "", set())]
        # For its own subtasks it waits anyway.
        others = [one for one in self._needs(record, id_) if not one.startswith(f"{id_}.")]
        above = [one.partition(".")[0] for one in others]
        above += [one for sub in subtasks for one in self._outer(sub, id_, siblings)]
        needs = tuple(Need(f"task-{one}", place) for one in above)
        return Group(f"task-{id_}", place, title, tuple(items), paths, needs, keys=keys)

    def _is_kept(self, record: Record) -> bool:
        """Whether a task has an id, and is not cancelled; what is not kept is told."""
        id_, place = record.text("id"), self._source.at(record.line)
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", id_):
            message = f"the id {id_!r} is not one of Task Master" if id_ else "a task has no 'id'"
            self.findings.append(MISSING_KEY.at(place, message, "write a number"))
            return False
        if _is_cancelled(record):
            message = f"task {id_} is cancelled: it is left out"
            self.findings.append(LEFT_OUT.at(place, message))
            return False
        return True

    def _item(self, record: Record, id_: str, parent: str, siblings: set[str]) -> Item:
        place = self._source.at(record.line)
        title, whole = titled(record.text("title") or record.text("description") or id_)
        parts = (whole, record.text("description"), record.text("details"))
        description = "\n\n".join(dict.fromkeys(filter(None, parts)))
        keys: dict[str, Any] = {}
        if description and description != title:
            keys["description"] = description
        status = status_of(record.text("status"))
        if status not in ("", "todo"):
            keys["status"] = status
        needs = [
            Need(f"t{one}" if "." in one else f"t{parent}.{one}", place)
            for one in (self._needs(record, parent) if parent else ())
            if "." in one or one in siblings
        ]
        done_when = [record.text("testStrategy")] if parent and record.text("testStrategy") else []
        keys |= {"done_when": done_when} if done_when else {}
        return Item(
            f"t{id_}", place, title, tuple(self._paths(record, id_)), tuple(needs), keys=keys
        )

    def _outer(self, record: Record, parent: str, siblings: set[str]) -> Iterator[str]:
        """The other tasks of the list that a subtask waits for as a whole."""
        for one in self._needs(record, parent):
            if "." not in one and one not in siblings and one != parent:
                yield one

    def _needs(self, record: Record, parent: str) -> list[str]:
        """The ids that a task waits for, without those of tasks that are cancelled."""
        value = record.keys.get("dependencies")
        value = [] if value is None else value
        every = value if isinstance(value, list) else []
        names = [
            str(one) for one in every if isinstance(one, (int, str)) and not isinstance(one, bool)
        ]
        if not isinstance(value, list) or len(names) != len(every):
            place = self._source.at(record.line)
            message = f"'dependencies' of {record.text('id') or 'a task'} must be a list of ids"
            self.findings.append(WRONG_KIND.at(place, message, "write it as [1, 2]"))
        return [one for one in names if not {one, f"{parent}.{one}"} & self._cancelled]

    def _paths(self, record: Record, id_: str) -> Iterator[Named]:
        place = self._source.at(record.line)
        for text in _files(record):
            for word in self._prose.listed(text):
                if word.refusal is None:
                    yield Named(word.pattern, place)
                else:
                    self.findings.append(REFUSED_PATTERN.at(place, *word.refusal))
        for key in ("title", "description", "details"):
            for line in markdown.lines(record.text(key)):
                for word in self._prose.words(line.text):
                    if word.refusal is None:
                        yield Named(word.pattern, place)
                    else:
                        said = f"{id_} names {word.said!r}, which no slice can hold: it is left out"
                        hint = f"{word.refusal.message}; {word.refusal.hint}"
                        finding = REFUSED_PATTERN.at(place, said, hint, severity="warning")
                        self.findings.append(finding)
