"""Efforts and timeouts as people write them, and what the hint says to write for other forms."""

from fractions import Fraction
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.document.nodes import Scalar
from planner.plan.document.problems import Problems
from planner.plan.document.scalars import plain_value
from planner.plan.efforts import EFFORT, TIMEOUT
from planner.plan.kinds import MISSING, Text
from planner.plan.model import Minutes


def read(kind: Text, text: str) -> tuple[Any, str]:
    """Return the value that a plain scalar is read as, and the hint if it is refused."""
    problems = Problems("plan.yaml")
    value = kind.read(Scalar(plain_value(text), 1, 1, text), "'effort' of a task", problems)
    return value, problems.diagnostics[0].hint if problems.diagnostics else ""


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("15m", 15, 15),
        ("1.5h", 90, 90),
        ("1h 30m", 90, 90),
        ("1h30m", 90, 90),
        ("1 hour 30 minutes", 90, 90),
        ("2-3h", 120, 180),
        ("2 - 3 h", 120, 180),
        ("30m-1h", 30, 60),
        ("2\u20133 hours", 120, 180),
        ("2 to 3 Days", 960, 1440),
        ("~2 hrs", 120, 120),
        ("~2-3h", 120, 180),
        ("30 mins", 30, 30),
        ("1 hr", 60, 60),
        ("1\u00a0h", 60, 60),
        ("1w 2d 4h", 3600, 3600),
        ("1-1h 30m", 60, 90),
        (".5d", 240, 240),
        ("0m", 0, 0),
    ],
)
def test_an_effort_is_read_as_people_write_it(text: str, low: int, high: int) -> None:
    assert read(EFFORT, text) == (Minutes(low, high), "")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("90 secs", 90), ("15 m", 900), ("1h 30m", 5400), ("1 min 30 sec", 90)],
)
def test_a_timeout_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert read(TIMEOUT, text) == (seconds, "")


GENERAL = "write minutes, hours, days or weeks, such as 15m, 1h 30m, 2-3h, 1d or 1w"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("3", "add the unit: write '3h' for hours, '3d' for days"),
        ("1.50", "add the unit: write '1.50h' for hours, '1.50d' for days"),
        ("2-3", "add the unit: write '2-3h' for hours, '2-3d' for days"),
        ("2h-3", "write '2h-3h'"),
        ("3-2h", "write '2-3h'"),
        ("3-2 hours", "write '2-3 hours'"),
        ("1h-30m", "write '30m-1h'"),
        ("PT1H30M", "write '1h30m'"),
        ("1:30", "write '1h 30m'"),
        ("1,5h", "write '1.5h'"),
        ("1\u00bdh", "write '1.5 h'"),
        ("half a day", "write '0.5 day'"),
        ("an hour", "write '1 hour'"),
        ("two to three days", "write '2 to 3 days'"),
        ("about 2h", "write '2h'"),
        ("<1h", "write '1h'"),
        ("1 hour and 30 minutes", "write '1 hour 30 minutes'"),
        ("3 man-days", "write '3 days'"),
        ("2 HOURS", "write '2 hours'"),
        ("TBD", "leave the key out until it is known"),
        ("3 points", GENERAL),
        ("XL", GENERAL),
        ("30m 1h", GENERAL),
        ("1h 1h", GENERAL),
        ("1h 30", "write '1h 30m'"),
        ("1h30", "write '1h30m'"),
        ("45s", GENERAL),
        ("-1h", GENERAL),
        ("true", GENERAL),
    ],
)
def test_another_form_of_an_effort_is_refused_with_what_to_write(text: str, hint: str) -> None:
    assert read(EFFORT, text) == (MISSING, hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("30", "add the unit: write '30s' for seconds, '30m' for minutes"),
        ("~5m", "write '5m'"),
        ("0s", "write seconds, minutes or hours, such as 90s or 1h 30m"),
        ("5-10m", "write seconds, minutes or hours, such as 90s or 1h 30m"),
    ],
)
def test_another_form_of_a_timeout_is_refused_with_what_to_write(text: str, hint: str) -> None:
    assert read(TIMEOUT, text) == (MISSING, hint)


WORDS = {
    5 * 480: ("w", "wk", "week", "weeks"),
    480: ("d", "day", "days", "Days"),
    60: ("h", "hr", "hrs", "hour", "hours", "H"),
    1: ("m", "min", "mins", "minute", "minutes"),
}


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A span as text, and its minutes."""
    units = draw(st.lists(st.sampled_from(sorted(WORDS, reverse=True)), min_size=1, unique=True))
    parts, minutes = [], Fraction(0)
    for unit in sorted(units, reverse=True):
        number = draw(st.sampled_from(["0", "1", "2", "1.5", "0.25", "10", "999"]))
        parts.append(
            f"{number}{draw(st.sampled_from(['', ' ']))}{draw(st.sampled_from(WORDS[unit]))}"
        )
        minutes += Fraction(number) * unit
    return draw(st.sampled_from(["", " "])).join(parts), minutes


@given(spans(), spans(), st.sampled_from(["-", " - ", "\u2013", " to "]))
def test_a_range_has_the_minutes_of_its_ends(
    one: tuple[str, Fraction], other: tuple[str, Fraction], dash: str
) -> None:
    (first, low), (last, high) = sorted([one, other], key=lambda span: span[1])

    assert read(EFFORT, first) == (Minutes(round(low), round(low)), "")
    assert read(EFFORT, f"{first}{dash}{last}") == (Minutes(round(low), round(high)), "")
    if round(low) < round(high):
        value, hint = read(EFFORT, f"{last}-{first}")
        assert value is MISSING
        assert read(EFFORT, hint.removeprefix("write ").strip("'"))[0] == (round(low), round(high))


@given(st.text("123 .~-hdms\u2013toPT", max_size=8))
def test_the_schema_takes_the_same_efforts_and_no_hint_is_refused(text: str) -> None:
    value, hint = read(EFFORT, text) if text else (MISSING, "")
    is_text = isinstance(plain_value(text), str) if text else False
    fits = jsonschema.Draft7Validator(EFFORT.schema).is_valid(text)

    if is_text and not hint.startswith("write '"):
        assert fits == (value is not MISSING)
    if hint.startswith("write '"):
        assert read(EFFORT, hint.removeprefix("write ").strip("'"))[0] is not MISSING


def test_a_long_text_is_refused_at_once() -> None:
    for text in ("1h" + " " * 500_000 + "x", "1" * 500_000, "~" * 500_000, "1h-" * 200_000):
        assert read(EFFORT, text)[0] is MISSING
