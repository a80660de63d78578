"""Results as JSON: one document, in a fixed order, with a schema that names its version."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from planner.check.branch.trusted import Revision
from planner.check.scope.report import Counts, ScopeReport
from planner.diagnostic import Diagnostic, Location, has_errors
from planner.errors import PlannerError

_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")


def document(command: str, found: Iterable[Diagnostic], **rest: Any) -> str:  # noqa: ANN401 - JSON
    """The document of a command: its schema, whether all is well, its findings and the rest."""
    findings = tuple(found)
    return _written(
        {
            "schema": f"planner.{command}/1",
            "ok": not has_errors(findings),
            "findings": [finding(one) for one in findings],
            **rest,
        }
    )


def error(stopped: PlannerError) -> str:
    """The document of what could not be decided."""
    said: dict[str, Any] = {"message": stopped.message}
    if stopped.hint:
        said["hint"] = stopped.hint
    if stopped.location:
        said |= _place(stopped.location)
    return _written(
        {
            "schema": "planner.error/1",
            "ok": False,
            "error": said,
            "findings": [finding(one) for one in stopped.findings],
        }
    )


def finding(one: Diagnostic) -> dict[str, Any]:
    """A finding; keys that do not apply are left out."""
    said: dict[str, Any] = {"rule": one.rule, "severity": one.severity, "message": one.message}
    if one.hint:
        said["hint"] = one.hint
    said |= _place(one.location)
    if one.related:
        said["related"] = [
            {**_place(related.location), "message": related.message} for related in one.related
        ]
    return said | dict(one.details)


def scope(report: ScopeReport) -> str:
    """The document of `check-scope`."""
    rest: dict[str, Any] = {"slice": report.slice_id or None}
    if report.commits:
        rest = {
            "commits": [
                {
                    "commit": commit.commit,
                    "slice": commit.slice_id or None,
                    "judged_by": commit.judged_by,
                    "counts": _counts(commit.counts),
                }
                for commit in report.commits
            ]
        }
    return document(
        "check-scope",
        report.diagnostics,
        **rest,
        branch=report.branch or None,
        judged_by=report.judged_by or None,
        plan={
            "path": report.plan or None,
            "commit": report.trusted.commit,
            "trusted": report.is_trusted,
        },
        base=_revision(report.base),
        head=_revision(report.head),
        merge_base=report.merge_base,
        counts=_counts(report.counts),
        unused=list(report.unused),
        exceptions=[
            {**_path(exception.path), "reason": exception.reason, "commit": exception.commit}
            for exception in report.exceptions
        ],
    )


def _revision(revision: Revision) -> dict[str, Any]:
    said: dict[str, Any] = {"revision": revision.name, "commit": revision.commit}
    return {**said, "local": True} if revision.is_local else said


def _counts(counts: Counts) -> dict[str, int]:
    return dict(zip(Counts._fields, counts, strict=True))


def _place(location: Location) -> dict[str, Any]:
    said = _path(location.path.encode("utf-8", "surrogateescape"))
    if location.line:
        said["line"] = location.line
    if location.column:
        said["column"] = location.column
    return said


def _path(path: bytes) -> dict[str, Any]:
    """A path; one that is not UTF-8 is shown escaped, and stands in base64 beside."""
    try:
        return {"path": path.decode()}
    except UnicodeDecodeError:
        import base64  # noqa: PLC0415 - for the rarest of names

        return {
            "path": _escaped(path.decode("utf-8", "surrogateescape")),
            "path_base64": base64.b64encode(path).decode(),
        }


def _written(value: dict[str, Any]) -> str:
    # A lone surrogate cannot be written as UTF-8: any text may quote a path that has one.
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _RAW_BYTE.sub(lambda match: f"\\\\x{ord(match[0]) - 0xDC00:02x}", text) + "\n"


def _escaped(text: str) -> str:
    return _RAW_BYTE.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)
