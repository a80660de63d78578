"""Efforts and timeouts as people write them: `1h 30m`, `30m-1h`, `~2 hrs`."""

import re
from typing import Final

from planner.plan import model
from planner.plan.document.nodes import Node
from planner.plan.document.problems import Problems
from planner.plan.document.scalars import in_quotes
from planner.plan.kinds import MISSING, Text
from planner.rules import REVERSED_RANGE

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 8 * 3600, "w": 5 * 8 * 3600}
_UNITS: Final = {
    "w": "[Ww](?:(?:ee)?ks?)?",
    "d": "[Dd](?:ays?)?",
    "h": "[Hh](?:(?:ou)?rs?)?",
    "m": "(?:[Mm]in(?:ute)?s?|m)",
    "s": "[Ss](?:ec(?:ond)?s?)?",
}
_NUMBER: Final = r"(?:[0-9]{1,6}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})"
# At most three spaces: with any number, a text of a million of them takes hours.
_SPACE: Final = r"[ \u00a0\u202f]{0,3}"
_DASH: Final = rf"{_SPACE}(?:[-\u2010-\u2014\u2212]|to){_SPACE}"


def _span(units: str) -> str:
    """Return the expression of numbers with units, the largest unit first, each at most once."""
    parts = (f"(?:{_NUMBER}{_SPACE}{_UNITS[unit]}{_SPACE})?" for unit in units)
    return f"(?=[0-9.]){''.join(parts)}"


_EFFORT: Final = f"~?{_SPACE}(?:(?:{_span('wdhm')}|{_NUMBER}){_DASH})?{_span('wdhm')}"
_TIMEOUT: Final = f"(?=.*[1-9]){_span('hms')}"
_PART: Final = f"({_NUMBER}){_SPACE}([A-Za-z]?)"


def _effort(text: str, node: Node, what: str, problems: Problems) -> object:
    """Return how long work takes, in whole minutes."""
    *first, last = re.split(_DASH, text.lstrip("~"))
    unit = re.findall(_PART, last)[0][1]
    low, high = (round(_seconds(part, unit) / 60) for part in (*(first or [last]), last))
    if high < low:
        message = f"{what} must start with the smaller effort: {text!r}"
        problems.report(node, REVERSED_RANGE, message, _turned(first[0].strip(), last.strip()))
        return MISSING
    return model.Minutes(low, high)


def _seconds(text: str, unit: str) -> float:
    """Return how long a span is; a number without a unit has the given one."""
    return sum(
        float(number) * _SECONDS[(own or unit).lower()] for number, own in re.findall(_PART, text)
    )


def _turned(first: str, last: str) -> str:
    """Return the hint for a range whose first end is the larger one."""
    if not re.fullmatch(_NUMBER, first):
        return f"write {in_quotes(f'{last}-{first}')}"
    number = re.match(_NUMBER, last)
    rest = last[number.end() :] if number else ""
    return f"write {in_quotes(f'{last[: -len(rest)]}-{first}{rest}')}"


def _timeout(text: str, _node: Node, _what: str, _problems: Problems) -> float:
    """Return how long a command may take, in seconds."""
    return _seconds(text, "")


def timeout_s(text: str) -> float | None:
    """Return how long a timeout such as `15m` is, in seconds; None for a text of another form."""
    return _seconds(text, "") if re.fullmatch(_TIMEOUT, text) else None


def effort_of(text: str) -> str:
    """Return an effort as a plan has it, of one in people's words; empty if none is meant."""
    if re.fullmatch(_EFFORT, text):
        return text
    said = re.fullmatch("write '?(.*?)'?", _effort_hint(text))
    return said[1] if said and re.fullmatch(_EFFORT, said[1]) else ""


_UNKNOWN: Final = frozenset(["?", "-", "tbd", "tba", "unknown", "n/a", "na", "none", "unclear"])
_NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# What people write, and the same in the grammar above; tried in this order on lower case.
_REWRITES: Final = (
    (r"^(?:pt?)(?=[0-9])", ""),  # ISO 8601: PT1H30M
    (r"(?<=[0-9]d)t(?=[0-9])", " "),
    (r"\b(?:about|approx(?:imately)?|around|roughly|circa|ca|max|up to|at most|under)\b\.?", ""),
    (r"[≈<>=+~]", ""),
    (r"\ban?\b", "1"),
    *((rf"\b{word}\b", str(number)) for number, word in enumerate(_NUMBERS, 1)),
    (r"\bhalf\b[ -](?:1 )?", "0.5 "),
    (r"([0-9]*) ?½", r"\1.5 "),
    (r"(?<=[0-9]),(?=[0-9])", "."),
    (r"^0*([0-9]+):0*([0-9]{1,2})$", r"\1h \2m"),
    (r"\b(?:working|work|business|man|person)[ -]?(?=(?:day|hour|week))", ""),
    (r"\.\.+|/", "-"),
    (r",| and ", " "),
    (r"([0-9] ?h(?:ours?|rs?)? ?[0-9]{1,2})$", r"\1m"),
    (rf"^(.*[0-9] ?([a-z]+)){_DASH}([0-9.]+)$", r"\1-\3\2"),
)


def _effort_hint(text: str) -> str:
    """Return what to write for an effort that is in another form."""
    if text.strip().lower() in _UNKNOWN:
        return "leave the key out until it is known"
    return _hint(text, _EFFORT, "hd") or (
        "write minutes, hours, days or weeks, such as 15m, 1h 30m, 2-3h, 1d or 1w"
    )


def _timeout_hint(text: str) -> str:
    """Return what to write for a timeout that is in another form."""
    return _hint(text, _TIMEOUT, "sm") or "write seconds, minutes or hours, such as 90s or 1h 30m"


def _hint(text: str, form: str, units: str) -> str:
    said = text.strip().lower()
    if re.fullmatch(f"~?{_NUMBER}(?:{_DASH}{_NUMBER})?", said):
        one, other = (in_quotes(f"{said}{unit}") for unit in units)
        names = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
        return f"add the unit: write {one} for {names[units[0]]}, {other} for {names[units[1]]}"
    for old, new in _REWRITES if len(said) <= 60 else ():
        said = re.sub(old, new, said).strip()
    said = " ".join(said.split())
    return f"write {in_quotes(said)}" if re.fullmatch(form, said) else ""


EFFORT: Final = Text(_EFFORT, "an effort such as 15m, 1h 30m, 2-3h or 1d", _effort, _effort_hint)
TIMEOUT: Final = Text(_TIMEOUT, "a time such as 90s, 15m or 2h", _timeout, _timeout_hint)
