"""Check the dates of a plan: they exist, and milestones can be reached when they are due."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from planner.diagnostic import Diagnostic, Location
from planner.plan.model import Plan
from planner.rules import LATE_MILESTONE, NO_SUCH_DATE
from planner.schedule import Reached, schedule
from planner.schedule.calendar import FORM, last_day, read_date

_OTHER_FORM: Final = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}")


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Report dates that do not exist, and milestones that are due before they can be reached.

    `due` may be any text; only one that is written as a date is checked.
    """
    yield from _missing(plan.start, plan.where(plan.node, "start"))
    for milestone in plan.milestones:
        place = plan.where(milestone.node, "due")
        yield from _missing(milestone.due, place)
        if _OTHER_FORM.fullmatch(milestone.due) and not FORM.fullmatch(milestone.due):
            message = f"the date {milestone.due} cannot be compared with the schedule"
            hint = "write it as YEAR-MONTH-DAY, such as 2026-11-23"
            yield NO_SUCH_DATE.at(place, message, hint, severity="warning")
    start = read_date(plan.start)
    if start and any(read_date(milestone.due) for milestone in plan.milestones):
        found = schedule(plan)
        done = frozenset(each.task.id for each in found.tasks if each.is_done)
        for reached in found.milestones:
            if not done.issuperset(reached.tasks):
                yield from _late(plan, start, reached)


def _missing(text: str, place: Location) -> Iterator[Diagnostic]:
    if FORM.fullmatch(text) and not read_date(text):
        hint = "write an existing date as YEAR-MONTH-DAY"
        yield NO_SUCH_DATE.at(place, f"not a valid date: {text}", hint)


def _late(plan: Plan, start: date, reached: Reached) -> Iterator[Diagnostic]:
    """Report a milestone that is late even if its tasks take no longer than their low efforts."""
    milestone, due = reached.milestone, read_date(reached.milestone.due)
    low, high = (last_day(start, end) for end in reached.finish)
    if due is None or low <= due:
        return
    until = f", and on {high} by the high ones" if high > low else ""
    yield LATE_MILESTONE.at(
        plan.where(milestone.node, "due"),
        f"the milestone {milestone.title!r} is due on {due}, but by the low efforts its tasks are "
        f"done on {low}{until}",
        f"move 'due' to {low} or later, 'start' to an earlier day, or let more of the work run in "
        "parallel: planner tasks",
    )
