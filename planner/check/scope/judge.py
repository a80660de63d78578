"""Judges one branch: its edits of plans, and its other changes."""

from functools import cached_property
from itertools import chain

from planner.branch.bases import is_done
from planner.branch.head import Head
from planner.branch.judged_by import Named, NoSlice, names_no_slice
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.check.plans import edit
from planner.check.plans.edit import PlanEdit
from planner.check.scope.collisions import collisions
from planner.check.scope.commits import Commits
from planner.check.scope.excepted import Earlier, excepted
from planner.check.scope.links import escapes
from planner.check.scope.report import Counts, ScopeReport
from planner.check.scope.verdicts import Judge, is_document
from planner.diagnostic import Diagnostic, has_errors, ordered
from planner.errors import PlannerError, UnusablePlanError
from planner.paths import path_text, shell_text
from planner.plan.branches import dependency
from planner.plan.find import is_beside, is_plan_path
from planner.plan.model import Chosen, Plan
from planner.repository.changes import REGULAR, Change
from planner.repository.lineage import History
from planner.rules import UNPROVED_OVERLAP
from planner.scopes.fence import Fence


class BranchJudge:
    """The changes of a branch, sorted by how they are judged."""

    def __init__(self, run: Run, branch: Branch, earlier: Earlier = Earlier()) -> None:  # noqa: B008
        self._run = run
        self._repository = run.repository
        base, tip = branch.base.commit, branch.tip
        self._history = History(run.repository, run.objects, base, tip)
        self._commits = Commits(run, branch)
        self._head = Head(run, branch)
        self._branch = branch
        self._earlier = earlier
        added = [path_text(c.path) for c in branch.changes if is_plan_path(c.path)]
        named = filter(None, [branch.request.plan])
        self.fence = Fence(branch.trusted.plans, [*branch.trusted.paths, *named, *added])
        self._edits: list[PlanEdit] = []
        self._beside: list[Change] = []
        self._others: list[Change] = []
        for change in branch.changes:
            if not self.fence.is_plan_file(change.path):
                self._others.append(change)
            elif is_beside(change.path):
                self._beside.append(change)
            elif not self._is_trusted_already(change):
                self._edits.append(self._edit(change))

    def _is_trusted_already(self, change: Change) -> bool:
        """Whether a plan is what the trusted commit has: its own pull request was squashed."""
        branch, oid = self._branch, self._run.objects.oid
        is_commit = not branch.request.is_staged and not branch.request.is_worktree
        if not is_commit or not branch.trusted.is_trusted or change.mode not in REGULAR:
            return False
        trusted = oid(f"{branch.trusted.revision.commit}:".encode() + change.path)
        return trusted == oid(f"{branch.head.commit}:".encode() + change.path)

    def _edit(self, change: Change) -> PlanEdit:
        path = path_text(change.path)
        # A path in conflict has no mode, but its file in the work tree can be read.
        in_conflict = change.status == "M" and not change.mode and self._branch.request.is_worktree
        is_file = change.mode in REGULAR or in_conflict  # a plan is never read through a link
        return PlanEdit(
            change,
            self._head.plan_at(self._branch.merge_base, path) if change.status != "A" else None,
            self._head.plan(path) if is_file else None,
        )

    def report(self) -> ScopeReport:
        """Judge the branch by its slice or rule, or as a change of plans.

        Raises:
            UnusablePlanError: the trusted plan is unusable, and the branch does not fix it.
        """
        self.require_usable_plan()
        if self._is_plan_change:
            return self._plan_change()
        return self._judged(self.judge) if self.judge else self._unjudged()

    @cached_property
    def judge(self) -> Judge | None:
        """What judges its paths; None for a branch without a slice and without a rule."""
        judged_by, is_revert = self._branch.judged_by, self._branch.is_revert
        return None if judged_by is None else Judge(self.fence, judged_by, is_revert=is_revert)

    def require_usable_plan(self) -> None:
        """Stop at an unusable trusted plan, unless the branch changes only plans and fixes it.

        Raises:
            UnusablePlanError: it does not.
        """
        error = self._branch.trusted.error
        if error is None:
            return
        if not self._is_plan_change or self._beside:
            raise error
        if not self._edits or has_errors(self._plan_findings):
            raise UnusablePlanError(
                f"{error.message}, and the branch does not fix it",
                hint=error.hint,
                findings=ordered(self._plan_findings) or error.findings,
            )

    @cached_property
    def _is_plan_change(self) -> bool:
        """Whether the branch has no slice, and changes only plans and their documents."""
        return (
            self._branch.chosen is None
            and bool(self._branch.changes)
            and all(is_document(self.fence, change) for change in self._others)
            and all(change.mode in (*REGULAR, 0) for change in self._beside)
        )

    @cached_property
    def _plan_findings(self) -> list[Diagnostic]:
        """What is wrong with the plans as a change of only plans leaves them."""
        edits = [edit.judge(one, None, may_edit=True) for one in self._edits]
        return [*chain.from_iterable(edits), *self._linted()]

    def _plan_change(self) -> ScopeReport:
        """A change of only plans and documents: it passes if they lint clean."""
        findings = [*self._plan_findings]
        opened = [] if has_errors(findings) else self._opened(is_alone=True)
        findings += escapes(self._branch.changes, self._head, lambda _path: True)
        findings += self._commits.hidden(self.fence, self.fence.is_open_to_all)
        count = len(self._branch.changes)
        counts = Counts(count, out_of_scope=count) if has_errors(findings) else Counts(count, count)
        branch = self._branch._replace(judged_by=None)
        return ScopeReport(branch, counts, (*ordered(findings), *opened), is_plan_change=True)

    def _unjudged(self) -> ScopeReport:
        """A branch without a slice or a rule; in a hook that is only a note."""
        from planner.check.scope import unjudged  # noqa: PLC0415 - most branches have a slice

        finding = unjudged.finding(self._run, self._branch, self.fence, self._no_slice)
        if self._branch.request.is_staged:
            message = f"nothing was judged: {finding.message}"
            note = finding._replace(message=message, severity="note")
            return ScopeReport(self._branch, diagnostics=(note,))
        count = len(self._branch.changes)
        return ScopeReport(self._branch, Counts(count, out_of_scope=count), (finding,))

    def _judged(self, judge: Judge) -> ScopeReport:
        verdicts = [judge.verdict(change) for change in self._others]
        edits = self._edited(judge)
        exceptions, not_counted = excepted(self._history, self._branch, verdicts, self._earlier)
        covered = {exception.path for exception in exceptions}
        refused = [v.finding for v in verdicts if v.finding and v.change.path not in covered]
        changes = self._branch.changes
        findings = self._commits.named(
            [
                *map(self._with_reason, refused),
                *not_counted,
                *chain.from_iterable(edits),
                *self._commits.hidden(self.fence, judge.accepts),
                *escapes(changes, self._head, judge.accepts),
                *collisions(changes, self._head),
            ]
        )
        findings += self._linted()
        # All others change nothing but what a slice's branch always may.
        is_editor = any(self._may_edit(judge, one.change) for one in self._edits)
        opened = self._opened(is_alone=False) if is_editor and not any(edits) else []
        shared = sum(verdict.kind == "shared" for verdict in verdicts)
        out = len(refused) + sum(map(bool, edits))
        in_scope = len(changes) - shared - len(covered) - out
        return ScopeReport(
            self._branch,
            Counts(len(changes), in_scope, shared, len(covered), out),
            (*ordered(findings), *opened),
            unused=judge.unused([change.path for change in changes]),
            exceptions=exceptions,
        )

    def _edited(self, judge: Judge) -> list[list[Diagnostic]]:
        """The findings of each plan file, and of each file of .planner/."""
        history = None if self._branch.request.is_staged else self._history
        return [
            *(
                edit.judge(
                    one,
                    self._branch,
                    may_edit=self._may_edit(judge, one.change),
                    history=history,
                )
                for one in self._edits
            ),
            *([] if self._may_edit(judge, one) else [edit.beside(one)] for one in self._beside),
        ]

    def _may_edit(self, judge: Judge, change: Change) -> bool:
        """Whether the branch may change all of a plan file."""
        # A branch that is judged by its own plan may bring that plan.
        return not self._branch.trusted.is_trusted or judge.may_edit(change.path)

    @cached_property
    def _parent(self) -> Chosen | None:
        """The parent of a stacked slice."""
        chosen, plans = self._branch.chosen, self._branch.trusted.plans
        if chosen is None or not chosen.slice_.stacked:
            return None
        return dependency(plans, chosen.plan, chosen.slice_.depends_on[0])

    @cached_property
    def _no_slice(self) -> NoSlice | None:
        """A line of a commit that names no slice, on a branch that has none."""
        branch = self._branch
        if branch.chosen is not None or branch.request.is_staged:
            return None
        named = Named(branch.name, self._run.event.fork, branch.tip, branch.base.commit)
        return names_no_slice(self._run, branch.trusted.plans, named)

    def _with_reason(self, one: Diagnostic) -> Diagnostic:
        """Add to a finding why the branch may have it.

        On a stacked slice, how to drop the commits that its parent had once; on a branch with a
        rule, the line of a commit that was to name its slice.
        """
        if self._no_slice is not None:
            return one._replace(hint=f"{one.hint}; {self._no_slice.message}: {self._no_slice.hint}")
        parent = self._parent
        if parent is None:
            return one
        base = shell_text(self._branch.base.name)
        came = f"if it came with {parent.slice_.id!r}"
        if parent.slice_.closed == "dropped":
            came = f"{came}, which is dropped: git rebase --interactive {base}"
        elif not parent.slice_.is_open or is_done(self._run, parent):
            came = f"{came}, run first: git merge {base}"
        elif dict(one.details).get("owner_slice") == parent.slice_.id:
            # Its branch was rebased, or landed in a form that does not tell.
            return one._replace(hint=f"{came}, leave it out: git rebase {base}; else {one.hint}")
        else:
            return one
        return one._replace(hint=f"{one.hint}; {came}")

    def _linted(self) -> list[Diagnostic]:
        """What lint finds in the plans that the branch changed, and did not find before."""
        if not self._edits:
            return []
        # Only a branch that changes plans loads lint.
        from planner.check.plans.added_findings import added_findings  # noqa: PLC0415
        from planner.lint.tree import Tree  # noqa: PLC0415

        trusted = self._branch.trusted
        commit = trusted.revision.commit
        plans = {path: self._head.plan_at(commit, path) for path in trusted.paths}
        tree = Tree(self._head.tracked(), self._head.is_trusted_folder)
        # Where the trusted plans are unusable, all of them must be in order.
        is_whole = trusted.error is not None
        findings = added_findings(self._edits, plans, tree, is_whole=is_whole)
        if any(one.rule == UNPROVED_OVERLAP.name for one in findings):
            raise PlannerError(
                "not everything in the branch's plan could be decided within the limit",
                hint="planner lint",
                findings=ordered(findings),
            )
        return findings

    def _opened(self, *, is_alone: bool) -> list[Diagnostic]:
        """All that the change of plans opens and closes, for its reviewer, the widest first."""
        from planner.check.plans import review  # noqa: PLC0415 - brings the algebra

        reviewed = review.review(*self._plans())
        first = path_text(self._branch.changes[0].path)
        alone = [review.plan_change(first, reviewed)] if is_alone else []
        return [*alone, *reviewed.notes]

    def _plans(self) -> tuple[list[Plan], list[Plan]]:
        """All plans at the merge base, and as the branch leaves them."""
        before = {plan.path: plan for plan in self._branch.trusted.plans}
        after = dict(before)
        for one in self._edits:
            for plans, parsed in ((before, one.before), (after, one.after)):
                plans.pop(one.path, None)
                if parsed is not None and parsed.usable is not None:
                    plans[one.path] = parsed.usable
        return list(before.values()), list(after.values())
