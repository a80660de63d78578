"""What planner sees where it runs, as a report."""

from collections.abc import Iterator, Sequence

from planner.diagnostic import Location
from planner.formats.text import page
from planner.report import Report
from planner.rules import DOCTOR
from planner.status.doctor import Check


def report(checks: Sequence[Check]) -> Report:
    """Return the report of `doctor`: a line for each check, with what to do below it."""
    findings = tuple(
        DOCTOR.at(Location(""), f"{one.name}: {one.message}", one.hint, severity=one.state)
        for one in checks
        if one.state != "ok"
    )
    return Report(
        "doctor",
        findings,
        payload={"checks": [one._asdict() for one in checks]},
        raw=page(_lines(checks)),
    )


def _lines(checks: Sequence[Check]) -> Iterator[str]:
    width = max(len(one.name) for one in checks)
    for one in checks:
        yield f"{one.state:7}  {one.name:{width}}  {one.message}"
        if one.hint and one.state != "ok":
            yield f"{'':{width + 11}}hint: {one.hint}"
