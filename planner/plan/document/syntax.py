"""Mistakes of YAML in the words of someone who writes a plan."""

import re
from typing import Final

from planner.diagnostic import Diagnostic, Location
from planner.rules import YAML_SYNTAX


class Lines:
    """The lines of a file, parted when something has to be shown of one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[str] | None = None

    def at(self, number: int, column: int = 0) -> str:
        """What stands from a column on in a line, both from 0: as much as a hint can show."""
        if self._lines is None:
            self._lines = re.split(r"\r\n|\r|\n", self._text)
        line = self._lines[number] if number < len(self._lines) else ""
        return line[column : column + _SHOWN]


_SHOWN: Final = 500


def in_quotes(text: str) -> str:
    """The value that stands at the start of the text, as it is quoted."""
    value = re.split(r"\s#|,\s", text.rstrip(), maxsplit=1)[0].strip()
    if value[:1] not in "[{":
        value = value.rstrip("]}")
    return "'" + value.replace("'", "''") + "'"


_NO_ALIAS: Final = "did not find expected alphabetic or numeric character"
_PROBLEMS: Final = {
    _NO_ALIAS: "a value cannot start with '*' or '&'",
    "found character that cannot start any token": "a value cannot start here",
    "mapping values are not allowed in this context": "a ': ' cannot stand here",
    "did not find expected '-' indicator": "a list goes on with '- ' in this column",
    "did not find expected key": "a mapping goes on with 'KEY: ' in this column",
    "did not find expected ',' or ']'": "a '[' is not closed by ']'",
    "did not find expected ',' or '}'": "a '{' is not closed by '}'",
    "found unexpected end of stream": "a quote is not closed",
    "could not find expected ':'": "a key needs ': ' behind it",
    "found unknown escape character": "an unknown escape in double quotes",
    "did not find expected comment or line break": "text stands behind '|' or '>'",
    "block sequence entries are not allowed in this context": "a list starts on a line of its own",
    "mapping keys are not allowed in this context": "a '?' cannot stand here",
    "found a tab character that violates indentation": "a tab stands here",
}
_OPENED_AT_CONTEXT: Final = (
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
    "found unexpected end of stream",
)
_VALUE: Final = r"\s*+(?:- ++)*+(?:[\w.-]++: ++)?(?P<value>[@%`\[{|>].*|[^'\"\[{].*: .*)"


def explained(error: Exception, lines: Lines, path: str) -> Diagnostic:
    """Say what libyaml found in the words of someone who writes a plan."""
    problem = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return YAML_SYNTAX.at(Location(path), f"this is no YAML: {problem}")
    opened = getattr(error, "context_mark", None) or mark
    message = _PROBLEMS.get(problem, problem)
    if problem in _OPENED_AT_CONTEXT:
        at = _bracketed(lines.at(mark.line), mark.column)
        if at is None:
            mark, hint = opened, "close it"
            column = mark.column
        else:
            column, value = at
            message, hint = "brackets end the value here", f"quote it: {in_quotes(value)}"
    elif problem == _NO_ALIAS:
        mark, column = opened, opened.column
        hint = f"quote it: {in_quotes(lines.at(mark.line, column))}"
    else:
        column, hint = _advice(problem, lines.at(mark.line), mark.column)
    return YAML_SYNTAX.at(Location(path, mark.line + 1, column + 1), message, hint)


def _advice(problem: str, line: str, column: int) -> tuple[int, str]:
    """Where in the line the fault is, and what to do about it."""
    if "\t" in line[: column + 1] and not line[:column].strip():
        return column, "indent with spaces; YAML takes no tabs"
    if problem == "found unknown escape character":
        return column, "use single quotes, where a backslash is a backslash"
    if problem.startswith("block sequence entries"):
        return column, "break the line before '- '"
    value = re.fullmatch(_VALUE, line)
    if value and (problem.startswith("mapping values") or value["value"][0] in "@%`[{|>"):
        return value.start("value"), f"quote it: {in_quotes(value['value'])}"
    return column, ""


def _bracketed(line: str, column: int) -> tuple[int, str] | None:
    """The value around a column, and where it starts, if brackets within it ended it early."""
    for word in re.finditer(r"[^\s,]++", line):
        if word.start() <= column <= word.end():
            start, value = word.start(), word[0]
            for opening, closing in ("[]", "{}"):
                while value[:1] == opening and value.count(opening) > value.count(closing):
                    start, value = start + 1, value[1:]
                while value[-1:] == closing and value.count(closing) > value.count(opening):
                    value = value[:-1]
            if re.search(r"[\[{].*[\]}]", value):
                return start, value
    return None
