"""Kinds of text with a meaning of their own: patterns, efforts and timeouts."""

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
from planner.rules import REFUSED_PATTERN, REVERSED_RANGE

_NUMBER: Final = r"[0-9]{1,6}(?:\.[0-9]{1,4})?"
_UNIT: Final = r"(?:m|min|minutes?|h|hours?|d|days?|w|weeks?)"
_EFFORT: Final = rf"({_NUMBER})(?: ?- ?({_NUMBER}))? ?({_UNIT})"
_TIMEOUT: Final = rf"(?![0.]+ ?[a-z])({_NUMBER}) ?(s|sec|seconds?|m|min|minutes?|h|hours?)"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 8 * 3600, "w": 5 * 8 * 3600}


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


def _effort(text: str, node: Node, what: str, problems: Problems) -> object:
    """Return how long work takes, in whole minutes."""
    [(first, last, unit)] = re.findall(f"^{_EFFORT}$", text)
    minutes = _SECONDS[unit[0]] / 60
    low, high = (round(float(number) * minutes) for number in (first, last or first))
    if high < low:
        message = f"{what} must start with the smaller number: {text!r}"
        problems.report(node, REVERSED_RANGE, message, f"write '{last}-{first}{unit}'")
        return MISSING
    return model.Minutes(low, high)


def _timeout(text: str, _node: Node, _what: str, _problems: Problems) -> float:
    """Return how long a command may take, in seconds."""
    [(number, unit)] = re.findall(f"^{_TIMEOUT}$", text)
    return float(number) * _SECONDS[unit[0]]


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
EFFORT: Final = Text(_EFFORT, "an effort such as 15m, 1.5h, 2-3h or 1d", _effort)
TIMEOUT: Final = Text(_TIMEOUT, "a time such as 90s, 15m or 2h", _timeout)
