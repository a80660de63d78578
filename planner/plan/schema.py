"""The keys of a plan file: one table from which the parser reads and the JSON Schema is made."""

import re
from collections.abc import Mapping
from typing import Any, Final

from planner.boundary import pattern
from planner.boundary.pattern import Refusal
from planner.diagnostic import Location
from planner.plan import model
from planner.plan.document import nodes
from planner.plan.document.nodes import Node
from planner.plan.kinds import (
    MISSING,
    Choice,
    Count,
    Either,
    Field,
    Flag,
    Items,
    Reading,
    Record,
    Share,
    Table,
    Text,
)
from planner.rules import REFUSED_PATTERN, REVERSED_RANGE

_ID: Final = Text("[a-z0-9][a-z0-9-]*", "an id of a-z, 0-9 and '-'")
_TEXT: Final = Text()
_IDS: Final = Items(_ID)
_NUMBER: Final = r"[0-9]{1,6}(?:\.[0-9]{1,4})?"
_UNIT: Final = r"(?:m|min|minutes?|h|hours?|d|days?|w|weeks?)"
_EFFORT: Final = rf"({_NUMBER})(?: ?- ?({_NUMBER}))? ?({_UNIT})"
_TIMEOUT: Final = rf"(?![0.]+ ?[a-z])({_NUMBER}) ?(s|sec|seconds?|m|min|minutes?|h|hours?)"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 8 * 3600, "w": 5 * 8 * 3600}


class Pattern(Text):
    """A pattern of the boundary language, read as an entry of a list."""

    def __init__(self, *, branch: bool = False, deep: bool = True) -> None:
        super().__init__(says="a branch name" if branch else "a pattern")
        self._deep = deep

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The entry; one that the language refuses is reported, and has no pattern."""
        text = super().read(node, what, reading)
        if text is MISSING:
            return MISSING
        found = pattern.parse(text)
        if isinstance(found, pattern.Pattern) and not self._deep:
            found = _branch(found)
        if isinstance(found, Refusal):
            reading.report(node, REFUSED_PATTERN, found.message, found.hint)
        place = Location(reading.path, node.line, node.column)
        return model.Entry(text, place, None if isinstance(found, Refusal) else found)


def _branch(found: pattern.Pattern) -> pattern.Pattern | Refusal:
    """The pattern, if it is one for the branches of a slice."""
    text = found.text
    if "**" in text.split("/"):
        return Refusal(f"the branch {text!r} holds '**'", f"write {text.replace('**', '*')!r}")
    if found.is_folder:
        return Refusal(f"the branch {text!r} ends in a slash", f"write '{text}*'")
    return found


class Effort(Text):
    """How long work takes, such as `15m` or `2-3h`."""

    def __init__(self) -> None:
        super().__init__(_EFFORT, "an effort such as 15m, 1.5h, 2-3h or 1d")

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The effort in whole minutes."""
        text = super().read(node, what, reading)
        match = re.fullmatch(_EFFORT, text) if text is not MISSING else None
        if match is None:
            return MISSING
        minutes = _SECONDS[match[3][0]] / 60
        low = round(float(match[1]) * minutes)
        high = round(float(match[2] or match[1]) * minutes)
        if high < low:
            message = f"{what} ends before it starts: {text!r}"
            hint = f"write '{match[2]}-{match[1]}{match[3]}'"
            reading.report(node, REVERSED_RANGE, message, hint)
            return MISSING
        return model.Effort(low, high)


class Timeout(Text):
    """How long a command may take, such as `90s` or `15m`."""

    def __init__(self) -> None:
        super().__init__(_TIMEOUT, "a time such as 90s, 15m or 2h")

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The time in seconds."""
        text = super().read(node, what, reading)
        match = re.fullmatch(_TIMEOUT, text) if text is not MISSING else None
        return MISSING if match is None else float(match[1]) * _SECONDS[match[2][0]]


def _entry(node: nodes.Mapping, values: Mapping[str, Any], _reading: Reading) -> Any:
    entry = values.get("path", MISSING)
    return (
        entry
        if entry is MISSING
        else entry._replace(**{key: value for key, value in values.items() if key != "path"})
    )


def _value(cls: Any) -> Any:
    return lambda _node, values, _reading: cls(**values)


def _placed(cls: Any) -> Any:
    def make(node: nodes.Mapping, values: Mapping[str, Any], _reading: Reading) -> Any:
        renamed = {("from_" if key == "from" else key): value for key, value in values.items()}
        return cls(node=node, **renamed)

    return make


def _gate(node: nodes.Mapping, values: Mapping[str, Any], reading: Reading) -> Any:
    renamed = {("timeout_s" if key == "timeout" else key): value for key, value in values.items()}
    return _placed(model.Gate)(node, renamed, reading)


def _plan(node: nodes.Mapping, values: Mapping[str, Any], reading: Reading) -> Any:
    fields = {key: value for key, value in values.items() if key != "version"}
    return model.Plan(path=reading.path, node=node, **fields)


class _Many(Either):
    """One value, or a list of them; always read as a tuple."""

    def __init__(self, kind: Text) -> None:
        super().__init__(text=kind, items=Items(kind, least=1))

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        value = super().read(node, what, reading)
        return value if value is MISSING or type(value) is tuple else (value,)


_PATTERN: Final = Pattern()
_WHY: Final = Field(_TEXT, "Why the path is named; shown in PLAN.md.")
_INCLUDE: Final = Either(
    text=_PATTERN,
    record=Record(
        "an include entry",
        {
            "path": Field(_PATTERN, "A pattern from the repository's root.", required=True),
            "why": _WHY,
            "new": Field(Flag(), "True: nothing matches yet; only silences that warning."),
        },
        _entry,
    ),
)
_SHARED: Final = Either(
    text=_PATTERN,
    record=Record(
        "a shared entry",
        {
            "path": Field(_PATTERN, "A pattern from the repository's root.", required=True),
            "why": _WHY,
            "slices": Field(_IDS, "The ids of the slices that may touch it; default: all."),
        },
        _entry,
    ),
)
_LIMITS: Final = Record(
    "the limits",
    {
        "files": Field(Count(), "How many files a slice may change."),
        "lines": Field(Count(), "How many lines a slice may add and delete."),
        "exceptions": Field(Count(), "How many paths out of scope a slice may except; default 0."),
    },
    _value(model.Limits),
)
_COVERAGE: Final = Record(
    "a coverage",
    {
        "report": Field(
            _TEXT, "The report that the gate writes: coverage.py JSON, Cobertura, LCOV."
        ),
        "no_regression": Field(Flag(), "True: coverage may not fall below the merge base's."),
        "minimum": Field(Share(), "The least coverage, in per cent."),
        "changed_lines": Field(Share(), "The least coverage of changed lines, in per cent."),
    },
    _value(model.Coverage),
)
_GATE: Final = Record(
    "a gate",
    {
        "id": Field(_ID, "Its id, unique within the slice and the plan's gates.", required=True),
        "title": Field(_TEXT, "What it is called in PLAN.md."),
        "description": Field(_TEXT, "What it makes sure, in Markdown."),
        "run": Field(
            Either(text=_TEXT, items=Items(_TEXT, least=1)),
            "The command: text runs in the shell, a list as it stands.",
        ),
        "cwd": Field(_TEXT, "The folder to run in, from the repository's root."),
        "env": Field(Table(_TEXT), "Variables to set."),
        "timeout": Field(Timeout(), "How long it may take; default 30m."),
        "repeat": Field(Count(1), "How often it must pass, each time in a fresh process."),
        "expect_output": Field(Items(_TEXT), "Regular expressions that some line must match."),
        "forbid_output": Field(Items(_TEXT), "Regular expressions that no line may match."),
        "junit": Field(_TEXT, "The JUnit report that it writes."),
        "needs": Field(_IDS, "Gates that must pass first."),
        "coverage": Field(_COVERAGE, "What its coverage report must show."),
    },
    _gate,
    some_of=("run", "coverage"),
)
_TASK: Final = Record(
    "a task",
    {
        "id": Field(_ID, "Its id, unique in the plan, slices included.", required=True),
        "title": Field(_TEXT, "What is to be done.", required=True),
        "description": Field(_TEXT, "More about it, in Markdown."),
        "owner": Field(_TEXT, "Who does it; default: the slice's owner."),
        "files": Field(Items(_PATTERN), "The paths it touches, within what its slice accepts."),
        "depends_on": Field(_IDS, "Tasks, of any slice, that must be done first."),
        "effort": Field(Effort(), "How long it takes: 15m, 1.5h, 2-3h, 1d (8h), 1w (5d)."),
        "status": Field(
            Choice("todo", "in-progress", "blocked", "done"),
            "How it stands: a claim; default todo.",
        ),
        "done_when": Field(Items(_TEXT), "What must hold for it to be done."),
    },
    _placed(model.Task),
)
_SCOPE: Final = Record(
    "a scope",
    {
        "summary": Field(_TEXT, "The scope in a sentence."),
        "include": Field(Items(_INCLUDE, least=1), "What the slice holds.", required=True),
        "exclude": Field(Items(_PATTERN), "What is taken away from this include, and all below."),
    },
    _value(model.Scope),
)
_RISK: Final = Record(
    "a risk",
    {
        "level": Field(Choice("low", "medium", "high"), "How high it is."),
        "reason": Field(_TEXT, "Why it is so high."),
        "mitigation": Field(_TEXT, "What is done about it."),
        "rollback": Field(_TEXT, "What to do when it happens."),
    },
    _value(model.Risk),
)
_SLICE: Final = Record(
    "a slice",
    {
        "id": Field(_ID, "Its id, unique in the plan, tasks included.", required=True),
        "title": Field(_TEXT, "What it is about.", required=True),
        "overview": Field(_TEXT, "More about it, in Markdown."),
        "owner": Field(_TEXT, "Who does it."),
        "reviewers": Field(Items(_TEXT), "Who reviews it."),
        "branch": Field(
            _Many(Pattern(branch=True, deep=False)),
            "Its branch, or several; '*' stands for any text within one segment.",
            required=True,
        ),
        "from": Field(_Many(_TEXT), "A fork whose pull requests count as well; '*' for any."),
        "base": Field(_TEXT, "Where it branches from and lands; default: the plan's."),
        "depends_on": Field(_IDS, "Slices that must be done first."),
        "stacked": Field(Flag(), "True: its base is the branch of its only dependency."),
        "closed": Field(Choice("merged", "dropped"), "How it ended; leave it out while open."),
        "commit": Field(_TEXT, "A Conventional Commit; the title of the pull request."),
        "scope": Field(_SCOPE, "What it may touch.", required=True),
        "limits": Field(_LIMITS, "How much it may change; default: the plan's."),
        "gates": Field(Items(_GATE), "What must hold before it merges."),
        "success_criteria": Field(Items(_TEXT), "What is true when it has succeeded."),
        "risk": Field(_RISK, "What may go wrong."),
        "timeline": Field(Table(_TEXT), "How long its parts take; the order is kept."),
        "tasks": Field(Items(_TASK), "The work, piece by piece."),
    },
    _placed(model.Slice),
)
_MILESTONE: Final = Record(
    "a milestone",
    {
        "id": Field(_ID, "Its id."),
        "title": Field(_TEXT, "What is reached.", required=True),
        "tasks": Field(_IDS, "The tasks that make it up."),
        "slices": Field(_IDS, "The slices that make it up."),
        "due": Field(_TEXT, "When it is due."),
    },
    _placed(model.Milestone),
    one_of=("tasks", "slices"),
)
_UNPLANNED: Final = Record(
    "an unplanned rule",
    {
        "branch": Field(_Many(Pattern(branch=True)), "Branches that are no slice.", required=True),
        "include": Field(Items(_PATTERN, least=1), "What each may touch.", required=True),
        "from": Field(_Many(_TEXT), "A fork whose pull requests count as well; '*' for any."),
    },
    _placed(model.UnplannedRule),
)
_OWNER: Final = Record(
    "an owner",
    {
        "kind": Field(Choice("agent", "person"), "Whether it is an agent or a person."),
        "role": Field(_TEXT, "What it does in the team."),
    },
    _value(model.Owner),
)
PLAN: Final = Record(
    "a plan",
    {
        "version": Field(Count(1, 1), "The version of this format.", required=True),
        "title": Field(_TEXT, "What the plan is about.", required=True),
        "overview": Field(_TEXT, "More about it, in Markdown."),
        "base": Field(_TEXT, "Where slices branch from and land; default main."),
        "start": Field(
            Text("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2026-11-23"),
            "The day that the Gantt chart counts from.",
        ),
        "owners": Field(Table(_OWNER), "Everyone who owns or reviews something."),
        "shared": Field(Items(_SHARED), "Paths that several slices may touch."),
        "generated": Field(Items(_PATTERN), "Shared paths that do not count towards limits."),
        "exclude": Field(Items(_PATTERN), "Paths that no slice may touch, and all below them."),
        "limits": Field(_LIMITS, "How much each slice may change."),
        "unplanned": Field(Items(_UNPLANNED), "What branches that are no slice may touch."),
        "gates": Field(Items(_GATE), "Gates of every slice."),
        "slices": Field(Items(_SLICE), "The slices, one pull request each.", required=True),
        "milestones": Field(Items(_MILESTONE), "What is reached on the way."),
        "success_metrics": Field(Table(_TEXT), "How success is measured; shown in TASKS.md."),
    },
    _plan,
)
"""The plan file, whole."""


def json_schema() -> dict[str, Any]:
    """The plan file as JSON Schema, draft-07 (the version that editors and SchemaStore take)."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A plan for planner",
        "description": "What each slice of work may touch, and what must hold before it merges.",
        **PLAN.schema(),
    }
