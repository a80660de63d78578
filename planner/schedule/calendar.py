"""Working days: Monday to Friday, eight hours each, counted from the start of a plan."""

import re
from datetime import date, timedelta
from typing import Final

DAY: Final = 8 * 60  # minutes of work in a day; a week has five of them, as in an effort

FORM: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")  # of a date


def read_date(text: str) -> date | None:
    """Return the date that is written as YEAR-MONTH-DAY; None if there is no such date."""
    try:
        # date.fromisoformat() also reads 20261123 and 2026-W48-1.
        return date.fromisoformat(text) if FORM.fullmatch(text) else None
    except ValueError:
        return None


def day(start: date, minutes: int) -> date:
    """Return the working day on which work goes on after that many minutes.

    Raises:
        OverflowError: the calendar ends before that day.
    """
    # A start at the weekend is moved to Monday.
    monday = start - timedelta(days=start.weekday())
    weeks, weekday = divmod(min(start.weekday(), 5) + minutes // DAY, 5)
    return monday + timedelta(days=7 * weeks + weekday)


def last_day(start: date, minutes: int) -> date:
    """Return the working day on which that much work is done; the last date if it is later."""
    try:
        # Work that fills a day ends on it, not on the next.
        return day(start, max(0, minutes - 1))
    except OverflowError:
        return date.max
