"""YAML scalars: what a plain one means, and text written so that it is read back as that text."""

import re
from typing import Final

from planner.characters import NOT_SHOWN
from planner.plan.document.nodes import Value

_WORDS: Final[dict[str, Value]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# Python converts digits in quadratic time, so an integer has at most 40 of them.
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})")
_FLOAT: Final = r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_OTHER_BASE: Final = r"0(?:o[0-7]{1,40}|x[0-9a-fA-F]{1,40})"
_NOT_FINITE: Final = r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"


def plain_value(text: str) -> Value:
    """Return the value of a plain scalar; `no`, `012` and `12:30` stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if not (text[0].isdigit() or text[0] in "+-.") or len(text) > 400:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if re.fullmatch(_FLOAT, text):
        return float(text)
    if re.fullmatch(_OTHER_BASE, text):
        return int(text, 0)
    return float(text.replace(".", "")) if re.fullmatch(_NOT_FINITE, text) else text


# The indicators that YAML keeps from the start of a plain scalar, then what ends one early.
# '?' is only refused because PyYAML's own parser ends a plain scalar at it within [ ] and { }.
_NOT_PLAIN: Final = re.compile(
    r"""^[-?:,\[\]{}#&*!|>'"%@`]|^\.\.\.|^<<$|[,\[\]{}?]|:(?:\s|$)|\s#|^\s|\s$"""
)


def quoted(text: str) -> str:
    """Return the text as a YAML scalar, for lists and mappings in block and in flow style.

    It is plain where that is safe, else in quotes.
    """
    is_plain = not _NOT_PLAIN.search(text) and plain_value(text) == text
    return text if is_plain and not _has_hidden(text) else in_quotes(text)


def in_quotes(text: str) -> str:
    r"""Return the text in single quotes; in double ones with escapes, if not all of it is shown.

    A lone surrogate becomes an escape that no YAML parser accepts: YAML has no form for it.
    """
    if not _has_hidden(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = re.sub(f'["\\\\{NOT_SHOWN}]', _escape, text)
    return f'"{escaped}"'


def _has_hidden(text: str) -> bool:
    return not text.isprintable() and re.search(f"[{NOT_SHOWN}]", text) is not None


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return f"\\{character}"
    short = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(character)
    return short or (
        f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    )
