"""Which slices hold a path, and whether this branch may touch it, as a report."""

from collections.abc import Iterator, Sequence
from typing import Any

from planner.branch.read import Branch
from planner.check.scope.permission import Permission
from planner.paths import path_bytes, path_keys
from planner.plan.model import Entry
from planner.report import Report
from planner.status.who import Allowed, Holders


def report(answers: Sequence[Holders], allowed: Allowed) -> Report:
    """Return the report of `who`, its paths in the order in which they were asked for."""
    pairs = [*zip(answers, allowed.permissions, strict=True)]
    branch = allowed.branch
    lines: list[str] = []
    for one, permission in pairs:
        lines += _lines(one)
        if permission is not None and not allowed.unjudged:
            lines.append(_permission(branch, permission))
    if allowed.unjudged:
        lines.append(f"{_label(branch)} may change plans alone: {allowed.unjudged}")
    elif allowed.unknown:
        lines.append(f"cannot tell what this branch may touch: {allowed.unknown}")
    chosen = branch.chosen if branch else None
    return Report(
        "who",
        summary=tuple(lines),
        payload={
            "paths": [_keys(one) | _permission_keys(told) for one, told in pairs],
            "branch": branch.name or None if branch else None,
            "slice": chosen.slice_.id if chosen else None,
            "judged_by": branch.label or None if branch else None,
            "commit": branch.trusted.revision.commit if branch else None,
            "unknown": allowed.unknown or None,
        },
        kind="question",
    )


def _label(branch: Branch | None) -> str:
    """The branch, for people; the slice where one was named, or nothing tells the branch."""
    if branch is None or not branch.name or branch.request.slice_id:
        return (branch.label if branch else "") or "this commit"
    return f"the branch {branch.name!r}"


def _permission(branch: Branch | None, permission: Permission) -> str:
    """Whether the branch may touch the path, and by which line of the trusted plan."""
    label = _label(branch)
    agreed = f" in {branch.trusted.revision}" if branch else ""
    verb = "may" if permission.is_given else "may not"
    rule = f" [{permission.rule}]" if permission.rule else ""
    by = permission.by
    place = (
        f", {by.message} at {by.location.path}:{by.location.line}:{by.location.column}{agreed}"
        if by
        else ""
    )
    return f"  {label} {verb} touch it: {permission.why}{rule}{place}"


def _permission_keys(permission: Permission | None) -> dict[str, Any]:
    if permission is None:
        return {"may_touch": None}
    keys: dict[str, Any] = {"may_touch": permission.is_given, "why": permission.why}
    if permission.rule:
        keys["rule"] = permission.rule
    if permission.by:
        keys["by"] = {**permission.by.location._asdict(), "message": permission.by.message}
    return keys


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
