"""Findings as other programs need them: at a line of a file that exists, with a fingerprint."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from planner.diagnostic import Diagnostic, Location
from planner.report import Report

_NOWHERE: Final = Location("docs/plan/plan.yaml", 1, 1)
# What repr() gives: double quotes around a value with an apostrophe. No word ends in front of it.
_QUOTED: Final = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
# What is different in the next push, or follows from the rest.
_PASSING: Final = frozenset(["change", "commit", "state", "title", "witness"])


class Placed(NamedTuple):
    """A finding and where it is shown.

    Attributes:
        location: has a line, which exists in the repository, and a column.
        message: names the path of the finding where it is shown at another one.
        fingerprint: the same on every push, and different for each finding of a report.
    """

    finding: Diagnostic
    location: Location
    message: str
    fingerprint: str


def leaves(answer: Report, name: str = "") -> Iterator[tuple[str, Report]]:
    """Yield a report and all reports that it is made of, each with its name."""
    yield name or answer.command, answer
    for key, part in answer.parts.items():
        yield from leaves(part, f"{name}: {key}" if name else key)


def problems(answer: Report) -> Iterator[tuple[Report, Diagnostic]]:
    """Yield all problems of a report and its parts, each once, with the report that has it."""
    seen: set[Any] = set()
    for _, part in leaves(answer):
        for one in part.problems:
            key = (one.location, one.rule, one.message, repr(one.details))
            if key not in seen:
                seen.add(key)
                yield part, one


def placed(answer: Report, may_name: Callable[[str], bool] = bool) -> Iterator[Placed]:
    """Yield each problem of a report and its parts, once.

    Args:
        may_name: whether the format can carry a path; none is shown at another.
    """
    counts: Counter[str] = Counter()
    lines: dict[int, Mapping[str, int]] = {}
    for part, one in problems(answer):
        if id(part) not in lines:
            places = [each.location for each in part.problems]
            wanted = {each.path for each in places if not each.line and may_name(each.path)}
            lines[id(part)] = part.places.first_lines(wanted) if wanted else {}
        about = _about(one, part)
        counts[about] += 1
        identity = f"{about}{counts[about]}".encode("utf-8", "surrogateescape")
        path = one.location.path
        found = one.location._replace(line=one.location.line or lines[id(part)].get(path, 0))
        location = _location(one, found, part, may_name)
        is_elsewhere = path and location.path != path
        message = f"{path}: {one.message}" if is_elsewhere else one.message
        yield Placed(one, location, message, hashlib.sha256(identity).hexdigest()[:32])


def _location(
    one: Diagnostic, found: Location, part: Report, may_name: Callable[[str], bool]
) -> Location:
    """Where a finding is shown: at its own line or at what was added, else at the plan's line."""
    candidates = [found, *(related.location for related in one.related[:1]), part.places.plan]
    named = [each for each in candidates if may_name(each.path)]
    own = found if found in named else _NOWHERE
    location = next((each for each in named if each.line), own)
    return location._replace(line=location.line or 1, column=location.column or 1)


def _about(one: Diagnostic, part: Report) -> str:
    """What a finding is about, whatever its line: rule, slice, path and the values it names."""
    details = {key: value for key, value in one.details if key not in _PASSING}
    slice_id = details.pop("slice", "") or part.payload.get("slice")
    slice_id = slice_id or part.places.part_at(one.location)
    # A gate's message quotes what the gate printed, a title's the title.
    known = dict(one.details)
    quoted = [] if {"gate", "title"} & known.keys() else _QUOTED.findall(one.message)
    witness = repr(known.get("witness"))
    values = sorted(value[1:-1] for value in quoted if value != witness)
    return json.dumps(
        [one.rule, slice_id, one.location.path, sorted(details.items()), values], default=str
    )
