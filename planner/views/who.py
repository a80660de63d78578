"""Which slices hold a path, as a report."""

from collections.abc import Iterator, Sequence
from typing import Any

from planner.paths import path_bytes, path_keys
from planner.plan.model import Entry
from planner.report import Report
from planner.status.who import Holders


def report(answers: Sequence[Holders]) -> Report:
    """Return the report of `who`, its paths in the order in which they were asked for."""
    return Report(
        "who",
        summary=tuple(line for one in answers for line in _lines(one)),
        payload={"paths": [_keys(one) for one in answers]},
        kind="question",
    )


def _lines(one: Holders) -> Iterator[str]:
    """A line for each thing that is true of the path."""
    for chosen, entry in one.slices:
        owner = f" ({chosen.slice_.owner})" if chosen.slice_.owner else ""
        yield f"{one.path}: the slice '{chosen.slice_.id}'{owner}{_by(entry)}"
    if one.shared:
        among = " and ".join(one.shared.slices) or "all"
        yield f"{one.path}: shared by {among}{_by(one.shared)}"
    if one.excluded:
        yield f"{one.path}: excluded for every slice{_by(one.excluded)}"
    if one.is_plan_file:
        yield f"{one.path}: a plan file; change it on a branch of its own"
    if one.is_document:
        yield f"{one.path}: rendered from a plan; every branch may change it"
    if one.is_folder:
        yield f"{one.path}: a folder; name the paths in it"
    if not any(one[1:]):
        yield f"{one.path}: not held by any slice"


def _by(entry: Entry) -> str:
    place = entry.location
    return f", by '{entry.text}' at {place.path}:{place.line}:{place.column}"


def _keys(one: Holders) -> dict[str, Any]:
    keys: dict[str, Any] = {
        **path_keys(path_bytes(one.path)),
        "slices": [
            {
                "id": chosen.slice_.id,
                "owner": chosen.slice_.owner or None,
                "branch": [branch.text for branch in chosen.slice_.branch],
                **_line(entry),
            }
            for chosen, entry in one.slices
        ],
    }
    if one.shared:
        keys["shared"] = {**_line(one.shared), "slices": list(one.shared.slices) or None}
    if one.excluded:
        keys["excluded"] = _line(one.excluded)
    flags = (
        ("plan_file", one.is_plan_file),
        ("document", one.is_document),
        ("folder", one.is_folder),
    )
    return keys | {key: True for key, is_so in flags if is_so}


def _line(entry: Entry) -> dict[str, Any]:
    return {"pattern": entry.text, "plan": entry.location._asdict()}
