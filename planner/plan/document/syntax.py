"""YAML syntax errors in the words of someone who writes a plan."""

import re
from functools import cached_property
from typing import Final, NamedTuple

from planner.plan.document.scalars import in_quotes

_LONGEST_EXCERPT: Final = 500


class SourceLines:
    """The lines of a file, split when the first one is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> list[str]:
        return re.split(r"\r\n|\r|\n", self._text)

    def at(self, number: int, column: int = 0) -> str:
        """Return a line from a column on, both counted from 0; as much as a hint can show."""
        line = self._lines[number] if number < len(self._lines) else ""
        return line[column : column + _LONGEST_EXCERPT]


class Problem(NamedTuple):
    """A syntax error at a line and a column, both counted from 0."""

    line: int
    column: int
    message: str
    hint: str = ""


def quote_first(text: str) -> str:
    """Return the value at the start of a text in quotes, without what follows it."""
    value = re.split(r"\s#|,\s", text.rstrip(), maxsplit=1)[0].strip()
    if value[:1] not in "[{":
        value = value.rstrip("]}")
    return in_quotes(value)


_CLOSING: Final = {"[": "]", "{": "}"}
_QUOTES: Final = {"'": "a single quote", '"': "a double quote"}
_NOT_AN_ALIAS: Final = "did not find expected alphabetic or numeric character"
_NO_VALUE: Final = "did not find expected node content"
_BAD_START: Final = "found character that cannot start any token"
_UNCLOSED: Final = (
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
    "found unexpected end of stream",
    "found unexpected document indicator",
)
_EARLY_END: Final = "the brackets end the value early"
_PROBLEMS: Final = {
    "mapping values are not allowed in this context": ("': ' is not allowed here", ""),
    "did not find expected '-' indicator": ("expected the next '- ' of the list here", ""),
    "did not find expected key": ("expected the next 'KEY: ' of the mapping here", ""),
    "could not find expected ':'": ("expected ': ' after the key", ""),
    "found unknown escape character": (
        "unknown escape sequence in double quotes",
        "use single quotes, where '\\' is an ordinary character",
    ),
    "did not find expected comment or line break": (
        "text after '|' or '>' must start on the next line",
        "",
    ),
    "block sequence entries are not allowed in this context": (
        "a list must start on a new line",
        "break the line before '- '",
    ),
    "mapping keys are not allowed in this context": ("'? ' is not allowed here", ""),
    "did not find expected <document start>": (
        "unexpected text after the plan",
        "remove it, or check its indentation",
    ),
}
_VALUE: Final = r"\s*+(?:- ++)*+(?:[\w.-]++: ++)?(?P<value>[\[{|>].*|[^'\"\[{].*: .*)"


def explain(error: Exception, lines: SourceLines, opened: tuple[int, int]) -> Problem:
    """Explain an error of libyaml; its line and column are -1 if libyaml does not say where.

    Args:
        opened: line and column, from 0, of the innermost list or mapping that is not finished.
    """
    reason = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Problem(-1, -1, f"the file is not valid YAML: {reason}")
    start = getattr(error, "context_mark", None) or mark
    context = (start.line, start.column)
    if reason == _NO_VALUE:
        return _missing_value(lines, (mark.line, mark.column), opened)
    if reason in _UNCLOSED:
        return _unclosed(lines, mark.line, mark.column, context)
    if reason == _NOT_AN_ALIAS:
        hint = f"quote it: {quote_first(lines.at(*context))}"
        return Problem(*context, "an unquoted value cannot start with '*' or '&'", hint)
    return _within_line(reason, lines, mark.line, mark.column)


def _missing_value(lines: SourceLines, place: tuple[int, int], opened: tuple[int, int]) -> Problem:
    """Explain what is in the place of a value: the end of the file, a comma or a bracket."""
    found = lines.at(*place)[:1]
    bracket = lines.at(*opened)[:1]
    closing = _CLOSING.get(bracket)
    if found == ",":
        return Problem(*place, "expected a value before ','", "remove the ','")
    if closing and not found:
        return Problem(*opened, f"'{bracket}' is not closed", f"close it with '{closing}'")
    hint = f"close '{bracket}' with '{closing}'" if closing else "remove it"
    return Problem(*place, f"unexpected '{found}'", hint)


def _unclosed(lines: SourceLines, line: int, column: int, opened: tuple[int, int]) -> Problem:
    """Explain a quote or a bracket that is not closed, or that was closed early by a value."""
    bracketed = _bracketed(lines.at(line), column, opened[1] if opened[0] == line else -1)
    if bracketed:
        start, value = bracketed
        return Problem(line, start, _EARLY_END, f"quote it: {value}")
    sign = lines.at(*opened)[:1]
    closing = f"'{_CLOSING[sign]}'" if sign in _CLOSING else _QUOTES.get(sign, sign)
    message = f"'{sign}' is not closed" if sign in _CLOSING else "the quote is not closed"
    return Problem(*opened, message, f"close it with {closing}")


def _bracketed(text: str, column: int, opened: int) -> tuple[int, str] | None:
    """Find a value with brackets around a column; return its start and the value in quotes.

    Args:
        opened: the column of the bracket of the list or mapping that the value is in, or -1.
    """
    for word in re.finditer(r"(?:[^\s,{]|\{[^\s{}]*+\}|\{)++", text):
        if word.start() <= column <= word.end():
            start, value = word.start(), word[0]
            if start == opened:
                start, value = start + 1, value[1:]
            for opening, closing in _CLOSING.items():
                while value[:1] == opening and value.count(opening) > value.count(closing):
                    start, value = start + 1, value[1:]
                while value[-1:] == closing and value.count(closing) > value.count(opening):
                    value = value[:-1]
            if re.search(r"[\[{].*[\]}]", value):
                return start, in_quotes(value)
    return None


def _within_line(reason: str, lines: SourceLines, line: int, column: int) -> Problem:
    """Explain an error by the line that it is in."""
    text = lines.at(line)
    message, hint = _PROBLEMS.get(reason, (reason, ""))
    if "\t" in text[: column + 1] and not text[:column].strip():
        return Problem(line, column, "a tab is not allowed here", "indent with spaces")
    if reason == _BAD_START:
        value = lines.at(line, column)
        message = f"an unquoted value cannot start with {value[:1]!r}"
        return Problem(line, column, message, f"quote it: {quote_first(value)}")
    match = re.fullmatch(_VALUE, text) if not hint else None
    if match and (reason.startswith("mapping values") or match["value"][0] in "[{|>"):
        if reason.startswith("did not find expected") and match["value"][0] in "[{":
            message = _EARLY_END
        column, hint = match.start("value"), f"quote it: {quote_first(match['value'])}"
    return Problem(line, column, message, hint)
