"""Plain scalars as YAML 1.2's core schema reads them."""

import re
from typing import Final

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
