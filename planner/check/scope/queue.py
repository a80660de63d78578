"""Judges a merge queue's group: each commit on its own, by the slices that accept all its paths.

A group contains several pull requests, and its branch is not named after a slice.
"""

from operator import itemgetter

from planner.branch.judged_by import JudgedBy
from planner.branch.read import Branch, Request
from planner.branch.reverts import message_of, reverted_by
from planner.branch.run import Run
from planner.branch.slice_lines import named_slice
from planner.branch.trusted import Revision
from planner.check.scope.commits import Commits
from planner.check.scope.excepted import Earlier
from planner.check.scope.judge import BranchJudge
from planner.check.scope.report import Counts, ScopeReport
from planner.check.scope.verdicts import Judge
from planner.diagnostic import has_errors, ordered
from planner.errors import GitError
from planner.paths import path_bytes
from planner.plan.model import Chosen, ChosenRule
from planner.repository import changes, lineage
from planner.rules import EXCEPTION_REFUSED
from planner.scopes.fence import Fence


def judge_commits(run: Run, branch: Branch) -> ScopeReport:
    """Return the report of a group: every first-parent commit since its base must be accepted.

    Raises:
        UnusablePlanError: the trusted plan is unusable.
        PlannerError: a commit names several slices.
    """
    if branch.trusted.error is not None:
        raise branch.trusted.error
    group = _Group(run, branch)
    before = branch.merge_base
    for commit in lineage.first_parents(run.repository, branch.base.commit, branch.head.commit):
        step = branch._replace(
            base=Revision(before[:12], before),
            head=Revision(commit[:12], commit),
            merge_base=before,
            tip=run.objects.commit(f"{commit}^2") or commit,
            changes=changes.between(run.repository, before, commit),
        )
        group.add(step)
        before = commit
    if before != branch.head.commit:
        raise GitError("git rev-list left out the commits of the merge queue's group")
    reports = group.reports
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


class _Group:
    """The commits of a merge queue that were judged so far.

    A queue that rebases has several commits of one pull request: exceptions in the earlier ones
    hold for the later ones, and the limit is for all of them together.
    """

    def __init__(self, run: Run, branch: Branch) -> None:
        self._run = run
        self._plans = branch.trusted.plans
        self._fence = Fence(branch.trusted.plans, branch.trusted.paths)
        self._earlier: dict[tuple[str, str], Earlier] = {}
        self.reports: list[ScopeReport] = []

    def add(self, step: Branch) -> None:
        """Judge the next commit."""
        if not step.changes:
            step = step._replace(request=Request(), judged_by=None, is_queue=False)
            hidden = Commits(self._run, step).hidden(self._fence, lambda _path: False)
            self.reports.append(ScopeReport(step, diagnostics=tuple(hidden)))
            return
        named = self._named(step)
        if named is None:
            # The commits of a branch that is merged may be those of its parent as well.
            hinted = self._named_in_merged(step)
            reports = [self._report(step, JudgedBy(hinted))] if hinted else []
        else:
            reports = [self._report(step, JudgedBy(named))]
        if named is None and all(has_errors(one.diagnostics) for one in reports):
            reports = [self._report(step, one) for one in self._candidates(step)]
        passed = [one for one in reports if not has_errors(one.diagnostics)]
        best = min(reports, key=lambda one: (not one.judged_by, one.counts.out_of_scope))
        if passed:
            # A slice comes before a rule: what both accept may be the slice's, with its gates.
            best = min(passed, key=lambda one: (not one.is_plan_change, one.branch.chosen is None))
        accepting = [one.branch.chosen for one in passed or [best]]
        if best.is_plan_change:
            accepting = []
        report = best._replace(accepted_by=tuple(one for one in accepting if one))
        for one in report.accepted_by:
            earlier = self._earlier.get(one.key, Earlier())
            self._earlier[one.key] = earlier.extended(step, report.exceptions)
        self.reports.append(report)

    def _report(self, step: Branch, judged_by: JudgedBy) -> ScopeReport:
        chosen, is_revert = judged_by
        name = chosen.label if chosen else ""
        one = step._replace(
            request=Request(), judged_by=chosen, is_revert=is_revert, name=name, is_queue=False
        )
        earlier = self._earlier.get(chosen.key) if isinstance(chosen, Chosen) else None
        return BranchJudge(self._run, one, earlier or Earlier()).report()

    def _named(self, step: Branch) -> Chosen | None:
        """The slice that the commit names."""
        commit = step.head.commit
        message = path_bytes(message_of(self._run, commit))
        return named_slice(self._plans, [(commit, message)], _shown(step))

    def _named_in_merged(self, step: Branch) -> Chosen | None:
        """The slice that the commits name which it merges."""
        if step.tip == step.head.commit:
            return None
        commits = lineage.messages(self._run.repository, [step.merge_base], step.tip)
        return named_slice(self._plans, commits, _shown(step))

    def _candidates(self, step: Branch) -> list[JudgedBy]:
        """What to judge a commit by: nothing (a change of plans), then all that may accept it.

        A slice may except some paths. If none accepts all paths, the one that accepts most is
        tried, so that the findings name what is missing.
        """
        paths = [c.path for c in step.changes if not self._fence.is_plan_file(c.path)]
        every = [JudgedBy(chosen) for chosen in self._fence.open]
        reverted = reverted_by(self._run, self._plans, step.head.commit, step.merge_base)
        if reverted is not None:
            every.append(JudgedBy(reverted, is_revert=True))
        for plan in self._plans:
            every += [JudgedBy(ChosenRule(plan, rule)) for rule in plan.unplanned]

        def missing(one: JudgedBy) -> int:
            assert one.chosen is not None
            accepts = Judge(self._fence, one.chosen, is_revert=one.is_revert).accepts
            return sum(not accepts(path) for path in paths)

        ranked = sorted(((missing(one), one) for one in every), key=itemgetter(0))
        accepting = [
            one
            for count, one in ranked
            if count <= (one.chosen.exceptions if one.chosen and not one.is_revert else 0)
        ]
        return [JudgedBy(), *(accepting or [one for _, one in ranked[:1]])]


def _shown(step: Branch) -> str:
    return f"{step.head.commit[:12]} in the merge queue"
