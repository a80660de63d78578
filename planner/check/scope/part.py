"""The part `scope` of `check`, and all of `check-scope`: is every changed path in scope?"""

from typing import Any, Final

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.check.places import places
from planner.check.scope.judge import BranchJudge
from planner.check.scope.report import ScopeReport
from planner.diagnostic import ordered
from planner.errors import GitError
from planner.paths import path_keys, path_text
from planner.report import Report
from planner.repository import changes


def check(run: Run, branch: Branch) -> Report:
    """Check that the branch's changes are in its slice's scope.

    Raises:
        PlannerError: the answer cannot be determined.
    """
    report = judge(run, branch)
    return Report(
        "check-scope",
        report.diagnostics,
        summary=_summary(run, report),
        payload=_payload(report),
        places=places(run, report.branch),
    )


def judge(run: Run, branch: Branch) -> ScopeReport:
    """Judge a branch, or each commit of a merge queue by itself; once in a run.

    Raises:
        PlannerError: the answer cannot be determined.
    """
    key = ("scope", branch.request, branch.head.commit)
    return run.once(key, lambda: _judge(run, branch))


def _judge(run: Run, branch: Branch) -> ScopeReport:
    if branch.is_nothing:
        return ScopeReport(branch)
    if branch.is_queue:
        from planner.check.scope import queue  # noqa: PLC0415 - only a merge queue needs it

        return queue.judge_commits(run, branch)
    report = BranchJudge(run, branch).report()
    if branch.parent is not None:
        from planner.check.scope import parents  # noqa: PLC0415 - only a stacked branch needs it

        below = parents.parent_branch(run, branch, branch.parent)
        finding = parents.parent_finding(branch, _judge(run, below))
        if finding:
            return report._replace(diagnostics=ordered([*report.diagnostics, finding]))
    return report


def _summary(run: Run, report: ScopeReport) -> tuple[str, ...]:
    """Counts, what was compared, and by which plan."""
    branch = report.branch
    base, head, trusted = branch.base, branch.head, branch.trusted
    if branch.is_nothing:
        nothing = f"nothing to judge: {base} contains {head.name}"
        return (nothing, *(_uncommitted(run) if _is_here(run, report) else ()))
    if branch.request.is_staged and not report.judged_by:
        return ()  # the note says that nothing was judged
    lines = [_counted(report)]
    for commit in report.commits:
        nobody = "not accepted by any slice or rule" if commit.counts.changed else "changes nothing"
        who = commit.judged_by or nobody
        lines.append(f"  {commit.branch.head.commit[:12]} {who}")
    for exception in report.exceptions:
        path = path_text(exception.path)
        lines.append(f"  excepted: {path} -- {exception.reason} ({exception.commit[:12]})")
    if report.unused:
        more = len(report.unused) - _SHOWN
        rest = [f"and {more:,} more (--format json lists them)"] if more > 0 else []
        lines.append(f"  unused include patterns: {', '.join([*report.unused[:_SHOWN], *rest])}")
    own = "" if trusted.is_trusted else ", the branch's own plan, not yet approved"
    plans = ", ".join(dict.fromkeys(one.plan for one in (report, *report.commits) if one.plan))
    if plans:
        lines.append(f"  plan: {plans} in {trusted.revision}{own}")
    lines.append(f"  compared: {base} with {head}, merge base {branch.merge_base[:12]}")
    return tuple(lines)


_SHOWN: Final = 10


def _is_here(run: Run, report: ScopeReport) -> bool:
    """Whether the commits of a developer's own clone were judged, which may have a dirty tree."""
    request = report.branch.request
    return not (run.event.is_ci or request.is_staged or request.is_worktree)


def _uncommitted(run: Run) -> tuple[str, ...]:
    """How many paths of the work tree are not judged, since they are not committed."""
    try:
        count = len(changes.in_worktree(run.repository, "HEAD"))
    except GitError:
        return ()  # it is a remark
    many = "1 path is" if count == 1 else f"{count:,} paths are"
    return (f"  {many} not committed: planner check-scope --worktree",) if count else ()


def _counted(report: ScopeReport) -> str:
    """What the branch was judged by, and how many paths got which verdict."""
    counts = report.counts
    parts = [f"{counts.in_scope} in scope"]
    parts += [f"{counts.shared} shared"] if counts.shared else []
    parts += [f"{counts.excepted} excepted"] if counts.excepted else []
    parts += [f"{counts.out_of_scope} out of scope"] if counts.out_of_scope else []
    paths = "1 path" if counts.changed == 1 else f"{counts.changed} paths"
    if report.is_plan_change:
        return f"{report.judged_by}: {paths}"
    branch = report.branch
    who = report.judged_by or (f"the branch {branch.name!r}" if branch.name else branch.head.name)
    if not (report.judged_by or report.commits):
        return f"{who}: {paths} changed"
    if report.commits:
        many = "" if len(report.commits) == 1 else "s"
        who = f"the merge queue, {len(report.commits)} commit{many}"
    return f"{who}: {paths} changed: {', '.join(parts)}"


def _payload(report: ScopeReport) -> dict[str, Any]:
    branch = report.branch
    plans = {one.plan for one in (report, *report.commits) if one.plan}
    subject: dict[str, Any] = {"slice": report.slice_id or None}
    if report.commits:
        subject = {
            "commits": [
                {
                    "commit": commit.branch.head.commit,
                    "slice": commit.slice_id or None,
                    "slices": [chosen.slice_.id for chosen in commit.accepted_by],
                    "judged_by": commit.judged_by or None,
                    "plan": commit.plan or None,
                    "counts": commit.counts._asdict(),
                }
                for commit in report.commits
            ]
        }
    return {
        **subject,
        "branch": branch.name or None,
        "judged_by": report.judged_by or None,
        "plan": {
            "path": plans.pop() if len(plans) == 1 else None,
            "commit": branch.trusted.revision.commit,
            "trusted": branch.trusted.is_trusted,
        },
        "base": _revision(branch.base),
        "head": _revision(branch.head),
        "merge_base": branch.merge_base,
        "counts": report.counts._asdict(),
        "unused": list(report.unused),
        "exceptions": [
            {**path_keys(exc.path), "reason": exc.reason, "commit": exc.commit}
            for exc in report.exceptions
        ],
    }


def _revision(revision: Revision) -> dict[str, Any]:
    keys: dict[str, Any] = {"revision": revision.name, "commit": revision.commit}
    return {**keys, "local": True} if revision.is_local else keys
