# ruff: noqa: ANN401 - a kind reads values of any type
"""Kinds of text with a meaning of their own: patterns, efforts and timeouts."""

import re
from typing import Any, Final

from planner.boundary.pattern import Pattern, Refusal, parse
from planner.diagnostic import Location
from planner.plan import model
from planner.plan.document.nodes import Node
from planner.plan.document.quoting import in_quotes
from planner.plan.kinds import MISSING, Problems, Text
from planner.rules import REFUSED_PATTERN, REVERSED_RANGE

_NUMBER: Final = r"[0-9]{1,6}(?:\.[0-9]{1,4})?"
_UNIT: Final = r"(?:m|min|minutes?|h|hours?|d|days?|w|weeks?)"
_EFFORT: Final = rf"({_NUMBER})(?: ?- ?({_NUMBER}))? ?({_UNIT})"
_TIMEOUT: Final = rf"(?![0.]+ ?[a-z])({_NUMBER}) ?(s|sec|seconds?|m|min|minutes?|h|hours?)"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 8 * 3600, "w": 5 * 8 * 3600}


class PatternText(Text):
    """A pattern of the boundary language, read as an entry of a list.

    Args:
        branch: it is for the names of branches.
        deep: it may match names of any number of segments.
    """

    def __init__(self, *, branch: bool = False, deep: bool = True) -> None:
        super().__init__(says="a branch name" if branch else "a pattern")
        self._deep = deep

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the entry; report a pattern that the language refuses, and leave it out."""
        text = super().read(node, what, problems)
        if text is MISSING:
            return MISSING
        place = Location(problems.path, node.line, node.column)
        pattern = parse(text)
        if isinstance(pattern, Pattern) and not self._deep:
            pattern = _refuse_deep(pattern)
        if isinstance(pattern, Refusal):
            problems.report(node, REFUSED_PATTERN, pattern.message, pattern.hint)
            return model.Entry(text, place, None)
        return model.Entry(text, place, pattern)


def _refuse_deep(pattern: Pattern) -> Pattern | Refusal:
    """Return the pattern, or why it is refused: it matches any number of segments."""
    text = pattern.text
    if "**" in text.split("/"):
        hint = f"write {in_quotes(text.replace('**', '*'))}"
        return Refusal(f"the branch '{text}' contains '**'", hint)
    if pattern.is_folder:
        return Refusal(f"the branch '{text}' ends with '/'", f"write {in_quotes(f'{text}*')}")
    return pattern


class EffortText(Text):
    """How long work takes, such as `15m` or `2-3h`."""

    def __init__(self) -> None:
        super().__init__(_EFFORT, "an effort such as 15m, 1.5h, 2-3h or 1d")

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the effort in whole minutes."""
        text = super().read(node, what, problems)
        match = re.fullmatch(_EFFORT, text) if text is not MISSING else None
        if match is None:
            return MISSING
        minutes = _SECONDS[match[3][0]] / 60
        low = round(float(match[1]) * minutes)
        high = round(float(match[2] or match[1]) * minutes)
        if high < low:
            message = f"{what} must start with the smaller number: {text!r}"
            hint = f"write '{match[2]}-{match[1]}{match[3]}'"
            problems.report(node, REVERSED_RANGE, message, hint)
            return MISSING
        return model.Effort(low, high)


class TimeoutText(Text):
    """How long a command may take, such as `90s` or `15m`."""

    def __init__(self) -> None:
        super().__init__(_TIMEOUT, "a time such as 90s, 15m or 2h")

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the time in seconds."""
        text = super().read(node, what, problems)
        match = re.fullmatch(_TIMEOUT, text) if text is not MISSING else None
        return MISSING if match is None else float(match[1]) * _SECONDS[match[2][0]]
