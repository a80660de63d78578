"""Whether a branch stays inside its slice: as text and JSON."""

from collections.abc import Iterator
from typing import Any

from planner.branch.trusted import Revision
from planner.check.scope.report import Counts, ScopeReport
from planner.diagnostic import has_errors
from planner.formats.text import counted, diagnostics, page
from planner.paths import path_keys, path_text


def as_text(report: ScopeReport, *, has_colour: bool = False) -> str:
    """The findings, and then the verdict with what was compared and by which plan."""
    return diagnostics(report.diagnostics, has_colour=has_colour) + summary(report)


def summary(report: ScopeReport) -> str:
    """The verdict, with what was compared and by which plan."""
    base, head = report.base, report.head
    if report.is_nothing:
        return page([f"nothing to judge: {base.name} ({base.commit[:12]}) contains {head.name}"])
    lines = [_verdict(report)]
    lines += [
        f"  {commit.commit[:12]} {commit.judged_by or 'nothing accepts it'}"
        for commit in report.commits
    ]
    for exception in report.exceptions:
        path = path_text(exception.path)
        lines.append(f"  excepted: {path} -- {exception.reason} ({exception.commit[:12]})")
    if report.unused:
        lines.append(f"  not needed so far: {', '.join(report.unused)}")
    trusted = report.trusted
    own = "" if report.is_trusted else ": the branch's own plan, which nobody has agreed to"
    plan = f"{report.plan} in" if report.plan else "none judged; looked for in"
    lines.append(f"  plan: {plan} {trusted.name} ({trusted.commit[:12]}){own}")
    local = ", a local branch" if base.is_local else ""
    lines.append(
        f"  compared: {base.name} ({base.commit[:12]}{local}) with {head.name} "
        f"({head.commit[:12]}), parted at {report.merge_base[:12]}"
    )
    return page(lines)


def _verdict(report: ScopeReport) -> str:
    counts = report.counts
    parts = [f"{counts.in_scope} in scope"]
    parts += [f"{counts.shared} shared"] if counts.shared else []
    parts += [f"{counts.excepted} excepted"] if counts.excepted else []
    parts += [f"{counts.out_of_scope} out of scope"] if counts.out_of_scope else []
    who = report.judged_by or f"the branch {report.branch!r}"
    if report.commits:
        who = f"the merge queue, {counted(len(report.commits), 'commit')}"
    verdict = "stopped" if has_errors(report.diagnostics) else "passed"
    paths = counted(counts.changed, "path") or "no path"
    return f"{verdict}: {who}: {paths} changed: {', '.join(parts)}"


def as_json(report: ScopeReport) -> Iterator[str]:
    """The document of `check-scope`, piece by piece."""
    from planner.formats import json  # noqa: PLC0415 - 2 ms that only JSON needs, at every start

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
    return json.pieces(
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
            {
                **path_keys(exception.path),
                "reason": exception.reason,
                "commit": exception.commit,
            }
            for exception in report.exceptions
        ],
    )


def _revision(revision: Revision) -> dict[str, Any]:
    said: dict[str, Any] = {"revision": revision.name, "commit": revision.commit}
    return {**said, "local": True} if revision.is_local else said


def _counts(counts: Counts) -> dict[str, int]:
    return dict(zip(Counts._fields, counts, strict=True))
