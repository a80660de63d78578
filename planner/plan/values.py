"""Kinds of text with a meaning of their own: patterns, branches, folders and reports."""

import re
from functools import partial
from typing import Final

from planner.boundary.pattern import Pattern, Refusal, has_signs, parse
from planner.plan import model
from planner.plan.document import nodes
from planner.plan.document.nodes import Node
from planner.plan.document.problems import Problems
from planner.plan.document.scalars import in_quotes
from planner.plan.kinds import MISSING, Kind, Text
from planner.rules import REFUSED_PATTERN


def _entry(
    text: str, node: Node, _what: str, problems: Problems, *, is_deep: bool = True
) -> object:
    """Return the entry of a pattern; report one that the language refuses."""
    pattern = parse(text)
    if isinstance(pattern, Pattern) and not is_deep:
        pattern = _refuse_deep(pattern)
    if isinstance(pattern, Refusal):
        problems.report(node, REFUSED_PATTERN, *pattern)
        return MISSING
    return model.Entry(pattern, problems.place(node))


def _refuse_deep(pattern: Pattern) -> Pattern | Refusal:
    """Return the pattern, or why it is refused: it matches any number of segments."""
    text = pattern.text
    if "**" in text.split("/"):
        hint = f"write {in_quotes(text.replace('**', '*'))}"
        return Refusal(f"the branch '{text}' contains '**'", hint)
    if pattern.is_folder:
        return Refusal(f"the branch '{text}' ends with '/'", f"write {in_quotes(f'{text}*')}")
    return pattern


def _report(text: str, node: Node, _what: str, problems: Problems) -> object:
    """Return the name of a report; report a pattern that the language refuses."""
    pattern = parse(text) if has_signs(text) else None
    if isinstance(pattern, Refusal):
        problems.report(node, REFUSED_PATTERN, pattern.message, pattern.hint)
        return MISSING
    return text


class _Folder(Kind):
    """A folder of the repository, of which the root is empty."""

    def __init__(self) -> None:
        self._form = r"^(?!/)(?!(?:.*/)?\.\.(?:/|$)).*$"
        says = "a folder relative to the repository root, or '' for the root"
        super().__init__(says, {"type": "string", "pattern": self._form})

    def _value(self, value: nodes.Value) -> object:
        is_folder = isinstance(value, str) and re.search(self._form, value)
        return value if is_folder else MISSING


FOLDER: Final = _Folder()
REPORT: Final = Text(says="a path or a pattern", make=_report)
PATTERN: Final = Text(says="a pattern", make=_entry)
BRANCH: Final = Text(says="a branch name", make=partial(_entry, is_deep=False))
BRANCH_OF_ID: Final = Text(
    r".*\{id\}.*", "a branch name with '{id}' in it", partial(_entry, is_deep=False)
)
UNPLANNED_BRANCH: Final = Text(says="a branch name", make=_entry)
