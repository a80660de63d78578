"""Whether a branch may change a path, before it does: the verdict that check-scope would give."""

from functools import cached_property
from typing import Final, NamedTuple

from planner.branch.read import Branch, read_branch
from planner.branch.run import Run
from planner.check.scope.verdicts import Judge, Verdict
from planner.diagnostic import Diagnostic, Related
from planner.errors import PlannerError
from planner.paths import path_text
from planner.plan.find import is_beside, is_plan_path
from planner.repository.changes import REGULAR, Change
from planner.rules import PLAN_EDIT
from planner.scopes.fence import Fence


class Permission(NamedTuple):
    """Whether a branch may change a path.

    Attributes:
        why: in words.
        rule: the rule of the finding, where it may not.
        by: the line of a plan that decides; None where there is none.
    """

    is_given: bool
    why: str
    rule: str = ""
    by: Related | None = None


class Permissions:
    """What a branch may change, by the plans of the trusted commit.

    It is about regular files: a symbolic link is also judged by its target.

    Raises:
        UnusablePlanError: the trusted plan is unusable.
    """

    def __init__(self, run: Run, branch: Branch) -> None:
        self.branch = branch
        self._run = run
        if branch.trusted.error is not None:
            raise branch.trusted.error
        named = filter(None, [branch.request.plan])
        self._fence = Fence(branch.trusted.plans, [*branch.trusted.paths, *named])

    @cached_property
    def unjudged(self) -> Diagnostic | None:
        """The finding of a branch without a slice and without a rule; else None."""
        if self.branch.judged_by is not None:
            return None
        from planner.check.scope.judge import BranchJudge  # noqa: PLC0415 - not for a verdict

        # What is staged or committed does not count, only the path that is asked for.
        request = self.branch.request._replace(is_staged=False)
        judging = BranchJudge(self._run, self.branch._replace(request=request, changes=()))
        return judging.report().diagnostics[0]

    @cached_property
    def _judge(self) -> Judge | None:
        judged_by, is_revert = self.branch.judged_by, self.branch.is_revert
        return None if judged_by is None else Judge(self._fence, judged_by, is_revert=is_revert)

    def of(self, path: bytes) -> Permission:
        """Return whether the branch may change a path."""
        fence = self._fence
        if fence.is_plan_file(path) or is_plan_path(path):
            return self._of_plan_file(path)
        if path in fence.documents:
            return Permission(True, "it is rendered from a plan")
        judge = self._judge
        if judge is None:
            found = self.unjudged
            return Permission(False, found.message, found.rule) if found else Permission(False, "")
        verdict = judge.verdict(Change(path, "M", REGULAR[0], ""))
        finding, line = verdict.finding, judge.line(path)
        if (
            verdict.kind == "outside"
            and self.branch.exceptions
            and self._is_excepted(verdict, judge)
        ):
            return Permission(True, "a commit of the branch excepts it")
        if finding is None:
            by = Related(line.location, f"by '{line.text}'") if line else None
            return Permission(True, f"{judge.name} accepts it", by=by)
        why = finding.message.partition(", but ")[2]
        return Permission(False, why, finding.rule, next(iter(finding.related), None))

    def _is_excepted(self, verdict: Verdict, judge: Judge) -> bool:
        """Whether a line in a commit of the branch excepts the path, beside what it changed."""
        from planner.check.scope.excepted import Earlier, excepted  # noqa: PLC0415 - rare
        from planner.repository.lineage import History  # noqa: PLC0415 - as above

        branch, run, path = self.branch, self._run, verdict.change.path
        history = History(run.repository, run.objects, branch.base.commit, branch.tip)
        if not excepted(history, branch, [verdict], Earlier()).exceptions:
            return False
        others = [one for one in self._changes if one.path != path]
        judged = [judge.verdict(one) for one in others if not self._fence.is_plan_file(one.path)]
        found = excepted(history, branch, [*judged, verdict], Earlier())
        return any(one.path == path for one in found.exceptions)

    def _of_plan_file(self, path: bytes) -> Permission:
        """A branch without a slice may change plans alone; a slice what its scope names."""
        judge = self._judge
        line = judge.line(path) if judge and judge.may_edit(path) else None
        if line is not None:
            by = Related(line.location, f"by '{line.text}'")
            return Permission(True, "its scope names this plan file", by=by)
        if self.branch.chosen is not None:
            return Permission(False, _PLAN_FILE if is_beside(path) else _PLAN, PLAN_EDIT.name)
        other = self._other_than_plans if judge else None
        if other is None:
            return Permission(True, "it may change plans, if it changes nothing else")
        why = f"{_PLAN_FILE}; this one changes '{path_text(other)}' too"
        return Permission(False, why, PLAN_EDIT.name)

    @cached_property
    def _other_than_plans(self) -> bytes | None:
        """A path that the branch changed, other than plan files and pages of plans."""
        paths = [one.path for one in self._changes]
        added = [path_text(path) for path in paths if is_plan_path(path)]
        fence = Fence(self.branch.trusted.plans, [*self.branch.trusted.paths, *added])
        return next((path for path in paths if not fence.is_open_to_all(path)), None)

    @cached_property
    def _changes(self) -> tuple[Change, ...]:
        """What the branch changed so far, in the work tree too; nothing where none can tell."""
        request = self.branch.request._replace(is_staged=False, is_worktree=True)
        try:
            return read_branch(self._run, request).changes
        except PlannerError:  # such as several merge bases
            return ()


_PLAN_FILE: Final = "a plan file is changed on a branch that changes only plans"
_PLAN: Final = (
    "in a plan it may change only the status of its own tasks, and set its own 'closed: merged'"
)
