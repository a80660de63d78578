"""Spec Kit's `tasks.md`: phases become slices, `[P]` is a claim, paths stand in the sentences."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.agents.imports.found import Found, Group, Item, Named, Need, Source, id_of
from planner.agents.imports.lists import markdown
from planner.agents.imports.lists.markdown import Line, plain
from planner.agents.imports.prose import Prose
from planner.diagnostic import Diagnostic, Severity
from planner.rules import LEFT_OUT, REFUSED_PATTERN

_ID: Final = r"T-?\d+[A-Za-z]?(?:\.\d+)*"
_TASK: Final = re.compile(
    r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+\[(?P<box>[ xX~/-]?)\][ \t]+"
    rf"(?P<tags>(?:\[(?:P|US-?\d+)\][ \t]+)*)(?:\*\*|`)?\[?(?P<id>{_ID})\]?(?:\*\*|`)?"
    r"(?:[ \t]*[:.][ \t]|[ \t]+|$)(?P<rest>.*)"
)
_BOX: Final = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+\[[ xX~/-]?\][ \t]+\S")
_NO_ID: Final = "a box without the id of a task is left out"
_TAG: Final = re.compile(r"[ \t]*(?:\*\*)?\[(?P<tag>[A-Za-z]+[0-9]*)\](?:\*\*)?[ \t]*(?![(])")
_STORY: Final = re.compile(r"\bUser Story (\d+)\b|\bUS-?(\d+)\b", re.IGNORECASE)
_MORE: Final = r"(?:\s*\([^()]*\))?"  # what is said of an id: T001 (the model)
_NEEDS: Final = re.compile(
    r"\b(?:depends? (?:up)?on|blocked by|requires|after|dep(?:endencie)?s(?=[*_]*:))[*_:]*\s+"
    rf"(?:tasks?\s+)?(?P<ids>{_ID}\b(?:{_MORE}\s*(?:,|and|&|\+|-|\u2013|\u2014|to|through)+\s*{_ID}\b)*)",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"[ \t]*(?:\*\*|__|\*|_)(?P<label>[A-Za-z][\w ]*?):?(?:\*\*|__|\*|_):?[ \t]*(?P<rest>.*)"
)
_DONE_WHEN: Final = re.compile(
    r"acceptance|acceptance criteria|done when|verify|(?:test )?verification", re.IGNORECASE
)
_LONGEST_TITLE: Final = 100
_MOST_NAMED: Final = 12


class _Task(NamedTuple):
    """A line of the list: what follows its id, and the lines below it."""

    id: str
    line: Line
    column: int
    box: str
    tags: tuple[tuple[str, int], ...]
    lines: list[Line]

    @property
    def is_skipped(self) -> bool:
        """Whether nobody will do it: `[-]`."""
        return self.box == "-"

    @property
    def texts(self) -> Iterator[Line]:
        """The lines that say what to do, without those that say when it is done."""
        is_criterion, indent = False, 0
        for at, line in enumerate(self.lines):
            label = _LABEL.match(_without_bullet(line.text)) if at else None
            if not line.text.strip():
                is_criterion = False
            elif label and (line.indent <= indent or not is_criterion):
                is_criterion = bool(_DONE_WHEN.fullmatch(label["label"]))
                indent = line.indent
            if not is_criterion:
                yield line


def _without_bullet(text: str) -> str:
    return re.sub(r"^[ \t]*(?:[-*+][ \t]+)?", "", text)


class _Phase(NamedTuple):
    """A heading, the lines below it before its first task, and its tasks."""

    line: Line
    about: list[Line]
    tasks: list[_Task]


def is_spec_kit(text: str) -> bool:
    """Whether a text is a list of tasks of this form."""
    return any(_TASK.match(line.text) for line in markdown.lines(text))


def read(source: Source, tracked: Sequence[bytes], root: str) -> Found:
    """Return what a list says."""
    title, every = _phases(source.text)
    phases = [phase._replace(tasks=[t for t in phase.tasks if not t.is_skipped]) for phase in every]
    texts = [line.text for phase in phases for task in phase.tasks for line in task.texts]
    prose = Prose(tracked, root, texts, beside=source.shown.rpartition("/")[0])
    findings = [*_unread(source, phases), *_skipped(source, every)]
    order = {task.id: not task.is_skipped for phase in every for task in phase.tasks}
    groups = [_group(phase, source, prose, order, findings) for phase in phases if phase.tasks]
    return Found("spec-kit", title, tuple(groups), tuple(findings), is_sequence=True)


def _skipped(source: Source, phases: Sequence[_Phase]) -> Iterator[Diagnostic]:
    """One note for the tasks of a phase that nobody will do."""
    for phase in phases:
        skipped = [task for task in phase.tasks if task.is_skipped]
        if skipped:
            ids = ", ".join(task.id for task in skipped[:_MOST_NAMED])
            more = f" and {len(skipped) - _MOST_NAMED} more" if len(skipped) > _MOST_NAMED else ""
            place = source.at(skipped[0].line.number, skipped[0].column)
            yield LEFT_OUT.at(place, f"left out, since '[-]' means skipped: {ids}{more}")


def _unread(source: Source, phases: Sequence[_Phase]) -> Iterator[Diagnostic]:
    """The boxes that are no tasks: a warning beside tasks; elsewhere they may be a checklist."""
    for phase in phases:
        is_beside = bool(phase.tasks) or re.match(r"\W*Phase\b", phase.line.text)
        for line in phase.about:
            if _BOX.match(line.text):
                hint = "if it is a task, give it an id, such as T001"
                severity: Severity | None = "warning" if is_beside else None
                yield LEFT_OUT.at(source.at(line.number), _NO_ID, hint, severity=severity)


def _phases(text: str) -> tuple[str, list[_Phase]]:
    """The title of the list, and its phases."""
    every = list(markdown.lines(text))
    has_phases = any(line.level and re.match(r"\W*Phase\b", line.text) for line in every)
    title = next((plain(line.text) for line in every if line.level == 1), "")
    phases = [_Phase(Line(1, title or "Tasks", 1), [], [])]
    task: _Task | None = None
    level = 0
    for line in every:
        found = None if line.level else _TASK.match(line.text)
        if line.level:
            task = None
            is_phase = has_phases and re.match(r"\W*Phase\b", line.text)
            if is_phase or line.level == 2 or line.level < level:
                phases.append(_Phase(line, [], []))
                level = line.level
        elif found:
            task = _task(found, line)
            phases[-1].tasks.append(task)
        elif task is not None and _is_within(line, task):
            task.lines.append(line)
        else:
            task = None
            phases[-1].about.append(line)
    return re.sub(r"^Tasks?\s*[:\u2014\u2013-]\s*", "", title) or "Tasks", phases


def _is_within(line: Line, task: _Task) -> bool:
    """Whether a line belongs to the task above it."""
    if not line.text.strip():
        return True
    is_apart = re.match(r" ?(?:\*\*|>|---|\||[-*+] )", line.text)
    is_next = line.indent or task.lines[-1].text.strip()
    return bool(is_next and not is_apart)


def _task(found: re.Match[str], line: Line) -> _Task:
    before = found.start("tags")
    tags = [
        (tag[1].upper(), before + tag.start() + 1)
        for tag in re.finditer(r"\[(.*?)\]", found["tags"])
    ]
    at = found.start("rest")
    while tag := _TAG.match(line.text, at):
        if tag["tag"].upper() != "P" and not _STORY.fullmatch(tag["tag"]) and tag["tag"] != "Story":
            break
        tags.append((tag["tag"].upper(), line.text.index("[", at) + 1))
        at = tag.end()
    rest = line._replace(text=" " * at + line.text[at:])
    return _Task(found["id"], line, found.start("id") + 1, found["box"], tuple(tags), [rest])


def _group(
    phase: _Phase, source: Source, prose: Prose, order: dict[str, bool], findings: list[Diagnostic]
) -> Group:
    name = plain(re.sub(r"\s*\(Priority[^)]*\)|\bMVP\b", "", phase.line.text))
    name = re.sub(r"^Phase\s+[\w.]+\s*(?:[:\u2014\u2013-]+\s*|$)", "", name) or name
    stories = {tag for task in phase.tasks for tag, _ in task.tags if tag != "P"}
    story = _STORY.search(phase.line.text)
    number = (story[1] or story[2]) if story else ""
    if not story and len(stories) == 1 and all(len(task.tags) for task in phase.tasks):
        number = re.sub(r"\D", "", stories.pop())
    id_ = f"us{int(number)}" if number else id_of(re.sub(r"\([^)]*\)", "", name), "tasks")
    items = tuple(_item(task, source, prose, order, findings) for task in phase.tasks)
    keys = _keys(phase.about)
    return Group(id_, source.at(phase.line.number), name, items, is_barrier=not number, keys=keys)


def _keys(about: Sequence[Line]) -> dict[str, Any]:
    """The overview and the criteria that stand below the heading of a phase."""
    said: dict[str, list[str]] = {}
    label = ""
    for line in about:
        found = _LABEL.match(line.text)
        if found:
            label = found["label"].strip().lower()
            said.setdefault(label, []).append(found["rest"].strip())
        elif not line.text.strip():
            label = ""
        elif label:
            said[label].append(line.text.strip())
    texts = {key: " ".join(filter(None, value)) for key, value in said.items()}
    criteria = [texts[key] for key in ("independent test", "checkpoint") if texts.get(key)]
    overview = texts.get("goal") or texts.get("purpose")
    return {
        **({"overview": overview} if overview else {}),
        **({"success_criteria": criteria} if criteria else {}),
    }


def _item(
    task: _Task, source: Source, prose: Prose, order: dict[str, bool], findings: list[Diagnostic]
) -> Item:
    paths, needs = [], []
    for line in task.texts:
        for word in prose.words(line.text):
            place = source.at(line.number, word.at + 1)
            if word.refusal is None:
                paths.append(Named(word.pattern, place))
            else:
                said = f"{task.id} names {word.said!r}, which no slice can hold: it is left out"
                hint = f"{word.refusal.message}; {word.refusal.hint}"
                findings.append(REFUSED_PATTERN.at(place, said, hint, severity="warning"))
        for found in _NEEDS.finditer(line.text):
            place = source.at(line.number, found.start("ids") + 1)
            ids = _listed(found["ids"], list(order))
            needs += [Need(id_, place) for id_ in ids if order.get(id_, True)]
    text = " ".join(line.text.strip() for line in task.texts).strip()
    title, description = titled(re.sub(r"^(?::|[\u2014\u2013-](?= ))\s*", "", text))
    criteria = list(_criteria(task))
    keys: dict[str, Any] = {"description": description} if description else {}
    keys |= {"done_when": criteria} if criteria else {}
    mark = next((at for tag, at in task.tags if tag == "P"), 0)
    return Item(
        task.id,
        source.at(task.line.number, task.column),
        title or task.id,
        tuple({path.text: path for path in reversed(paths)}.values())[::-1],
        tuple(need for need in needs if need.id != task.id),
        source.at(task.line.number, mark) if mark else None,
        {**keys, **({"status": "done"} if task.box in ("x", "X") else {})},
    )


def _listed(text: str, order: Sequence[str]) -> Iterator[str]:
    """The ids of a list such as `T001, T004-T006`, by the order of the tasks."""
    ids = re.sub(_MORE, "", text)
    for found in re.finditer(rf"({_ID})(?:\s*(?:-|\u2013|\u2014|to|through)\s*({_ID}))?", ids):
        first, last = found[1], found[2]
        if last and first in order and last in order:
            yield from order[order.index(first) : order.index(last) + 1]
        else:
            yield from filter(None, (first, last))


def _criteria(task: _Task) -> Iterator[str]:
    """What says when a task is done: each paragraph, and each item of a list."""
    what_to_do = set(task.texts)
    text: list[str] = []
    for line in [*task.lines, Line(0, "")]:
        is_over = not line.text.strip() or line in what_to_do
        if text and (is_over or re.match(r"\s*[-*+] ", line.text)):
            said = " ".join(text)
            label = _LABEL.match(said)
            is_named = label and _DONE_WHEN.fullmatch(label["label"])
            yield from filter(None, [label["rest"] if label and is_named else said])
            text = []
        if not is_over:
            text.append(_without_bullet(line.text).strip())


def titled(text: str) -> tuple[str, str]:
    """Return a short title of a task, and the whole text where that is longer."""
    text = " ".join(text.split())
    if len(text) <= _LONGEST_TITLE:
        return text, ""
    for end in ("; ", ". ", " — ", " \u2013 ", ": ", ", "):
        at = text.find(end, 20, _LONGEST_TITLE)
        if (
            at > 0
            and text.count("`", 0, at) % 2 == 0
            and text.count("(", 0, at) == text.count(")", 0, at)
        ):
            return text[:at], text
    cut = text[:_LONGEST_TITLE].rpartition(" ")[0] or text[:_LONGEST_TITLE]
    if cut.count("`") % 2:
        cut = cut.rpartition("`")[0].rstrip() or cut
    return f"{cut} …", text
