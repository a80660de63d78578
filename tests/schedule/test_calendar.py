from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from planner.schedule import calendar

starts = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(starts, st.integers(0, 60 * 480))
def test_work_is_only_done_on_weekdays(start: date, minutes: int) -> None:
    days = [start + timedelta(days=more) for more in range(100)]
    working = [day for day in days if day.weekday() < 5]

    assert calendar.day(start, minutes) == working[minutes // 480]
    assert calendar.last_day(start, minutes + 1) == working[minutes // 480]


def test_work_that_the_calendar_cannot_hold_is_done_on_its_last_date() -> None:
    assert calendar.last_day(date(9999, 12, 30), 5 * 480) == date.max


def test_a_date_that_does_not_exist_is_none() -> None:
    assert calendar.read_date("2026-02-28") == date(2026, 2, 28)
    assert [calendar.read_date(text) for text in ("2026-02-30", "0000-01-01", "Friday", "")] == [
        None
    ] * 4
