"""The part `scope` of `check`, and all of `check-scope`: is every changed path in scope?"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.check.scope.judge import BranchJudge
from planner.check.scope.report import ScopeReport
from planner.diagnostic import Location, ordered
from planner.errors import GitError
from planner.paths import path_keys, path_text
from planner.plan.model import Chosen
from planner.report import Places, Report


def check(run: Run, branch: Branch) -> Report:
    """Check that the branch's changes are in its slice's scope.

    Raises:
        PlannerError: the answer cannot be determined.
    """
    report = judge(run, branch)
    return Report(
        "check-scope",
        report.diagnostics,
        summary=_summary(report),
        payload=_payload(report),
        places=_places(run, report),
    )


def _places(run: Run, report: ScopeReport) -> Places:
    """Where findings are shown: at the first line that the branch added, or the line of the plan.

    The line of the plan is that of the slice or rule, else the first one of a trusted plan.
    """
    branch = report.branch
    judged_by = branch.judged_by
    plan = Location("")
    if isinstance(judged_by, Chosen):
        plan = judged_by.plan.where(judged_by.slice_.node)
    elif judged_by is not None:
        plan = judged_by.rule.branch[0].location
    else:
        kept = [path_text(change.path) for change in branch.changes if change.status != "D"]
        paths = [*branch.trusted.paths, *kept]
        plan = Location(paths[0], 1) if paths else plan

    def first_lines(paths: Collection[str]) -> Mapping[str, int]:
        from planner.repository.lines import first_added_lines  # noqa: PLC0415 - few formats

        ends: tuple[str, ...] = (branch.merge_base, branch.head.commit)
        if branch.request.is_staged:
            ends = ("--cached", "HEAD")
        elif branch.request.is_worktree:
            ends = (branch.merge_base,)
        changed = {path_text(change.path) for change in branch.changes}
        try:
            return first_added_lines(run.repository, ends, changed.intersection(paths))
        except GitError:
            return {}  # the plan's line is a place as well

    return Places(plan, first_lines)


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


def _summary(report: ScopeReport) -> tuple[str, ...]:
    """Counts, what was compared, and by which plan."""
    branch = report.branch
    base, head, trusted = branch.base, branch.head, branch.trusted
    if branch.is_nothing:
        return (f"nothing to judge: {base} contains {head.name}",)
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
