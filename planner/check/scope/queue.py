"""Judges a merge queue's group: each commit on its own, by a slice that accepts all its paths.

A group contains several pull requests, and its branch is not named after a slice.
"""

from operator import itemgetter

from planner.branch.read import Branch, Request
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.check.scope.judge import BranchJudge
from planner.check.scope.report import Counts, ScopeReport
from planner.check.scope.verdicts import Judge
from planner.diagnostic import has_errors, ordered
from planner.errors import GitError
from planner.plan.model import Chosen, ChosenRule
from planner.repository import changes, lineage
from planner.repository.objects import Objects
from planner.rules import EXCEPTION_REFUSED
from planner.scopes.fence import Fence


def judge_commits(run: Run, branch: Branch) -> ScopeReport:
    """Return the report of a group: every first-parent commit since its base must be accepted.

    Raises:
        UnusablePlanError: the trusted plan is unusable.
    """
    if branch.trusted.error is not None:
        raise branch.trusted.error
    reports: list[ScopeReport] = []
    before = branch.merge_base
    for commit in lineage.first_parents(run.repository, branch.base.commit, branch.head.commit):
        step = branch._replace(
            base=Revision(before[:12], before),
            head=Revision(commit[:12], commit),
            merge_base=before,
            tip=run.objects.commit(f"{commit}^2") or commit,
            changes=changes.between(run.repository, before, commit),
        )
        reports.append(_best(run, step))
        before = commit
    if before != branch.head.commit:
        raise GitError("git rev-list left out the commits of the merge queue's group")
    return ScopeReport(
        branch,
        Counts(*map(sum, zip(*(report.counts for report in reports), strict=True))),
        # An exception may be in an earlier commit than the change: the pull request was told.
        ordered(
            [
                one
                for report in reports
                for one in report.diagnostics
                if one.rule != EXCEPTION_REFUSED.name
            ]
        ),
        commits=tuple(reports),
    )


def _best(run: Run, step: Branch) -> ScopeReport:
    """The first report that passes; else that of the slice or rule that accepts most paths."""
    failed = []
    for judged_by in _candidates(step, is_revert=_is_revert(run.objects, step.head.commit)):
        name = judged_by.label if judged_by else ""
        one = step._replace(request=Request(), judged_by=judged_by, name=name)
        report = BranchJudge(run, one).report()
        if not has_errors(report.diagnostics):
            return report
        failed.append(report)
    return min(failed, key=lambda report: (not report.judged_by, report.counts.out_of_scope))


def _is_revert(objects: Objects, commit: str) -> bool:
    """Whether a commit's subject is that of a revert, squashed or merged, in GitHub's words."""
    content = objects.content(commit.encode()) or b""
    subject = content.partition(b"\n\n")[2].partition(b"\n")[0]
    return subject.startswith(b'Revert "') or b"/revert-" in subject


def _candidates(step: Branch, *, is_revert: bool) -> list[Chosen | ChosenRule | None]:
    """What to judge a commit by: None (a change of plans), then all that accept every path.

    A revert may be of a closed slice, and a slice may except some paths. If none accepts all
    paths, the one that accepts most is tried, so that the findings name what is missing.
    """
    fence = Fence(step.trusted.plans, step.trusted.paths)
    paths = [c.path for c in step.changes if not fence.is_plan_file(c.path)]
    every: list[Chosen | ChosenRule] = [*fence.open]
    for plan in step.trusted.plans if is_revert else ():
        every += [Chosen(plan, slice_) for slice_ in plan.slices if not slice_.is_open]
    every += [ChosenRule(plan, rule) for plan in step.trusted.plans for rule in plan.unplanned]

    def missing(judged_by: Chosen | ChosenRule) -> int:
        accepts = Judge(fence, judged_by).accepts
        return sum(not accepts(path) for path in paths)

    ranked = sorted(((missing(one), one) for one in every), key=itemgetter(0))
    accepting = [one for count, one in ranked if count <= one.exceptions]
    return [None, *(accepting or [one for _, one in ranked[:1]])]
