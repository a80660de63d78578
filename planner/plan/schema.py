"""The keys of a plan file: one table for the parser, the JSON Schema and the reference."""

from collections.abc import Mapping
from typing import Any, Final

from planner.plan import foreign, model
from planner.plan.containers import Either, Items, Key, Make, Struct, Table
from planner.plan.document import nodes
from planner.plan.document.nodes import Node
from planner.plan.document.problems import Problems
from planner.plan.efforts import EFFORT, TIMEOUT
from planner.plan.kinds import MISSING, Choice, Flag, Number, Text
from planner.plan.values import (
    BRANCH,
    BRANCH_OF_ID,
    FOLDER,
    PATTERN,
    REPORT,
    UNPLANNED_BRANCH,
)

_ID: Final = Text("[a-z0-9][a-z0-9-]*", "an id of a-z, 0-9 and '-'", hint=foreign.id_hint)
_TEXT: Final = Text()
_IDS: Final = Items(_ID)
_TEXTS: Final = Items(_TEXT)
_PATTERNS: Final = Items(PATTERN)
_COMMAND: Final = Either(text=_TEXT, items=Items(_TEXT, least=1))
_PERCENTAGE: Final = Number(0, 100, is_whole=False)
STATUSES: Final = ("todo", "in-progress", "blocked", "done")
"""What the status of a task may be."""
CLOSED: Final = ("merged", "dropped")
"""How a slice may be closed."""
FIELDS: Final = {"from": "from_", "timeout": "timeout_s"}
"""The fields of the model whose keys have another name."""


def _record(cls: Any) -> Make:
    """Return a function that makes a named tuple of the values that it has fields for."""
    fields = frozenset(cls._fields)

    def make(node: nodes.Mapping, values: Mapping[str, Any], problems: Problems) -> Any:
        known = {FIELDS.get(key, key): value for key, value in values.items()}
        if not fields.issuperset(known):  # such as `version`
            known = {field: value for field, value in known.items() if field in fields}
        if "path" in fields:
            known["path"] = problems.path
        if "node" in fields:
            known["node"] = node
        return cls(**known)

    return make


class _Many(Either):
    """A value or a list of values, read as a tuple."""

    def __init__(self, kind: Text) -> None:
        super().__init__(text=kind, items=Items(kind, least=1))

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        value = super().read(node, what, problems)
        return value if value is MISSING or type(value) is tuple else (value,)


def _listed(name: str, **keys: Key) -> Either:
    """Return the kind of a pattern with attributes: its text alone, or a mapping."""
    path = Key(PATTERN, "A pattern, relative to the repository root.", required=True)
    why = Key(_TEXT, "Why the path is listed; shown in PLAN.md.")
    struct = Struct(name, {"path": path, "why": why, **keys}, _entry)
    return Either(text=PATTERN, mapping=struct)


def _entry(_node: nodes.Mapping, values: Mapping[str, Any], _problems: Problems) -> Any:
    attributes = {key: value for key, value in values.items() if key != "path"}
    return values["path"]._replace(**attributes) if "path" in values else MISSING


_INCLUDE: Final = _listed(
    "an include entry",
    new=Key(Flag(), "True if nothing matches yet; only silences that warning."),
)
_SHARED: Final = _listed(
    "a shared entry",
    slices=Key(_IDS, "Ids of the slices that may touch it; default: all."),
)
_LIMITS_KEYS: Final = {
    "files": Key(Number(), "How many files a slice may change."),
    "lines": Key(Number(), "How many lines a slice may add and delete."),
    "exceptions": Key(Number(), "How many out-of-scope paths a slice may except; default 0."),
}
_LIMITS: Final = Struct("the limits", _LIMITS_KEYS, _record(model.Limits))
_COVERAGE_KEYS: Final = {
    "report": Key(
        _Many(REPORT),
        "The reports that the gate writes: a path, a pattern or a list; coverage.py JSON, "
        "Cobertura, JaCoCo, LCOV or a Go cover profile.",
    ),
    "no_regression": Key(Flag(), "True if coverage must not fall below that of the merge base."),
    "tolerance": Key(_PERCENTAGE, "By how many percentage points it may fall; default 0."),
    "minimum": Key(_PERCENTAGE, "The minimum coverage, in percent."),
    "changed_lines": Key(_PERCENTAGE, "The minimum coverage of changed lines, in percent."),
    "paths": Key(
        Table(FOLDER, may_have_blank_key=True),
        "Starts of paths in the report, each with the folder that it stands for.",
    ),
    "ignore": Key(_PATTERNS, "Changed files that the report may lack."),
}
_COVERAGE: Final = Struct("a coverage", _COVERAGE_KEYS, _record(model.Coverage))
_GATE_KEYS: Final = {
    "id": Key(_ID, "Its id, unique among the gates of the slice and of the plan.", required=True),
    "title": Key(_TEXT, "Its title in PLAN.md."),
    "description": Key(_TEXT, "What it checks, in Markdown."),
    "run": Key(
        _COMMAND,
        "The command: a script for the shell, or a list that is run without a shell.",
    ),
    "shell": Key(
        Choice("bash", "sh"), "The shell of scripts; they stop at the first error. Default bash."
    ),
    "setup": Key(
        _COMMAND,
        "What to run before it in a work tree that planner makes, as at the merge base.",
    ),
    "cwd": Key(_TEXT, "The folder to run in, relative to the repository root."),
    "env": Key(Table(_TEXT), "Environment variables to set."),
    "timeout": Key(TIMEOUT, "How long it may take; default 30m."),
    "repeat": Key(Number(1), "How often it must pass, each time in a new process."),
    "expect_output": Key(_TEXTS, "Regular expressions that must each match a line of the output."),
    "forbid_output": Key(_TEXTS, "Regular expressions that must not match any line of the output."),
    "junit": Key(_Many(REPORT), "The JUnit reports that it writes: a path, a pattern or a list."),
    "needs": Key(_IDS, "Gates that must pass first."),
    "coverage": Key(_COVERAGE, "What its coverage report must show."),
}
_GATE: Final = Struct("a gate", _GATE_KEYS, _record(model.Gate), some_of=("run", "coverage"))
_TASK_KEYS: Final = {
    "id": Key(_ID, "Its id, unique among the tasks and slices of the plan.", required=True),
    "title": Key(_TEXT, "What has to be done.", required=True),
    "description": Key(_TEXT, "Details, in Markdown."),
    "owner": Key(_TEXT, "Who does it; default: the slice's owner."),
    "files": Key(_PATTERNS, "The paths it touches; its slice must accept them."),
    "depends_on": Key(_IDS, "Tasks, of any slice, that must be done first."),
    "effort": Key(EFFORT, "How long it takes: 15m, 1h 30m, 2-3h, 1d (8h), 1w (5d)."),
    "status": Key(
        Choice(*STATUSES, hint=foreign.status_hint),
        "Its claimed progress; default todo.",
    ),
    "done_when": Key(_TEXTS, "What must be true for it to be done."),
}
_TASK: Final = Struct("a task", _TASK_KEYS, _record(model.Task))
_SCOPE_KEYS: Final = {
    "summary": Key(_TEXT, "The scope in one sentence."),
    "include": Key(Items(_INCLUDE, least=1), "What the slice holds.", required=True),
    "exclude": Key(_PATTERNS, "Paths removed from this include, with all paths below them."),
}
_SCOPE: Final = Struct("a scope", _SCOPE_KEYS, _record(model.DeclaredScope))
_RISK_KEYS: Final = {
    "level": Key(Choice("low", "medium", "high", hint=foreign.level_hint), "How high the risk is."),
    "reason": Key(_TEXT, "Why the risk is that high."),
    "mitigation": Key(_TEXT, "What is done to reduce it."),
    "rollback": Key(_TEXT, "What to do if it happens."),
}
_RISK: Final = Struct("a risk", _RISK_KEYS, _record(model.Risk))
_SLICE_KEYS: Final = {
    "id": Key(_ID, "Its id, unique among the slices and tasks of the plan.", required=True),
    "title": Key(_TEXT, "What it is about.", required=True),
    "overview": Key(_TEXT, "Details, in Markdown."),
    "owner": Key(_TEXT, "Who does it."),
    "reviewers": Key(_TEXTS, "Who reviews it."),
    "branch": Key(
        _Many(BRANCH),
        "Its branch, or several; '*' matches any text within one segment. Default: the plan's "
        "'branches'.",
    ),
    "from": Key(_Many(_TEXT), "Forks whose pull requests are accepted too; '*' for any."),
    "base": Key(_TEXT, "The branch it starts from and merges into; default: the plan's."),
    "depends_on": Key(_IDS, "Slices that must be done first."),
    "stacked": Key(Flag(), "True if its base is the branch of its only dependency."),
    "closed": Key(
        Choice(*CLOSED, hint=foreign.closed_hint),
        "How it ended; leave it out while the slice is open.",
    ),
    "commit": Key(_TEXT, "A Conventional Commit; the title of the pull request."),
    "scope": Key(_SCOPE, "What it may touch.", required=True),
    "limits": Key(_LIMITS, "How much it may change; default: the plan's."),
    "gates": Key(Items(_GATE), "What must pass before it merges."),
    "success_criteria": Key(_TEXTS, "What is true when it has succeeded."),
    "risk": Key(_RISK, "What may go wrong."),
    "timeline": Key(Table(_TEXT), "How long its parts take, in order."),
    "tasks": Key(Items(_TASK), "Its work, step by step."),
}
_SLICE: Final = Struct("a slice", _SLICE_KEYS, _record(model.Slice))
_MILESTONE_KEYS: Final = {
    "id": Key(_ID, "Its id."),
    "title": Key(_TEXT, "What is reached.", required=True),
    "tasks": Key(_IDS, "The tasks it consists of."),
    "slices": Key(_IDS, "The slices it consists of."),
    "due": Key(_TEXT, "When it is due."),
}
_MILESTONE: Final = Struct(
    "a milestone", _MILESTONE_KEYS, _record(model.Milestone), one_of=("tasks", "slices")
)
_UNPLANNED_KEYS: Final = {
    "branch": Key(
        _Many(UNPLANNED_BRANCH), "Branches that do not belong to a slice.", required=True
    ),
    "include": Key(Items(PATTERN, least=1), "What each of them may touch.", required=True),
    "from": Key(_Many(_TEXT), "Forks whose pull requests are accepted too; '*' for any."),
    "held": Key(Flag(), "True if they may also touch what an open slice holds."),
}
_UNPLANNED: Final = Struct("an unplanned rule", _UNPLANNED_KEYS, _record(model.UnplannedRule))
_OWNER_KEYS: Final = {
    "kind": Key(
        Choice("agent", "person", hint=foreign.kind_hint), "Whether it is an agent or a person."
    ),
    "role": Key(_TEXT, "Their role in the team."),
    "capacity": Key(Number(1), "How many tasks they do at a time; default 1."),
}
_OWNER: Final = Struct("an owner", _OWNER_KEYS, _record(model.Owner))
_PLAN_KEYS: Final = {
    "version": Key(Number(1, 1), "The version of this format.", required=True),
    "title": Key(_TEXT, "What the plan is about.", required=True),
    "overview": Key(_TEXT, "Details, in Markdown."),
    "base": Key(_TEXT, "The branch that slices start from and merge into; default main."),
    "branches": Key(
        Items(BRANCH_OF_ID, least=1),
        "The branches of slices that name none; '{id}' stands for the id of the slice.",
    ),
    "queues": Key(
        Items(UNPLANNED_BRANCH, least=1),
        "Branches of a merge queue; each of their commits is judged by itself.",
    ),
    "start": Key(
        Text("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2026-11-23"),
        "The first day of the Gantt chart.",
    ),
    "owners": Key(Table(_OWNER), "Everyone who owns or reviews something."),
    "shared": Key(Items(_SHARED), "Paths that several slices may touch."),
    "generated": Key(_PATTERNS, "Shared paths that do not count towards the limits."),
    "exclude": Key(_PATTERNS, "Paths that no slice may touch, with all paths below them."),
    "limits": Key(_LIMITS, "How much each slice may change."),
    "unplanned": Key(Items(_UNPLANNED), "What branches that do not belong to a slice may touch."),
    "gates": Key(Items(_GATE), "Gates of every slice."),
    "slices": Key(Items(_SLICE), "The slices, one pull request each.", required=True),
    "milestones": Key(Items(_MILESTONE), "What is reached on the way, and with which work."),
    "success_metrics": Key(Table(_TEXT), "How success is measured; shown in TASKS.md."),
}
PLAN: Final = Struct("a plan", _PLAN_KEYS, _record(model.Plan))
"""The whole plan file."""

_NAMES_ITS_BRANCH: Final = {
    "type": "object",
    "properties": {"branch": {}},
    "required": ["branch"],
}


def json_schema() -> dict[str, Any]:
    """Return the plan file as JSON Schema, draft-07, which editors and SchemaStore support."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A plan for planner",
        "description": "What each slice of work may touch, and what must pass before it merges.",
        **PLAN.schema,
        "anyOf": [
            {"properties": {"branches": {}}, "required": ["branches"]},
            {"properties": {"slices": {"type": "array", "items": _NAMES_ITS_BRANCH}}},
        ],
    }
