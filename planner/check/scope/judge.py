"""Judges one branch: its edits of plans, and its other changes."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from planner.branch.head import Head
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.check.plans import edit
from planner.check.plans.edit import PlanEdit
from planner.check.scope.collisions import collisions
from planner.check.scope.exceptions import ScopeException, parse_exceptions
from planner.check.scope.links import escapes
from planner.check.scope.report import Counts, ScopeReport
from planner.check.scope.verdicts import Judge, Verdict, is_document
from planner.diagnostic import Diagnostic, Location, has_errors, ordered
from planner.errors import GitError, PlannerError, UnusablePlanError
from planner.paths import path_bytes, path_text
from planner.plan.branches import nearest_branches
from planner.plan.find import PLAN_FILES, is_beside, is_plan_path
from planner.plan.model import Plan
from planner.repository import lineage
from planner.repository.changes import REGULAR, Change
from planner.rules import NO_TRUSTED_PLAN, UNPLANNED_BRANCH, UNPROVED_OVERLAP
from planner.scopes.fence import Fence


class BranchJudge:
    """The changes of a branch, sorted by how they are judged."""

    def __init__(self, run: Run, branch: Branch) -> None:
        self._repository = run.repository
        self._head = Head(run, branch)
        self._branch = branch
        added = [path_text(c.path) for c in branch.changes if is_plan_path(c.path)]
        named = filter(None, [branch.request.plan])
        self._fence = Fence(branch.trusted.plans, [*branch.trusted.paths, *named, *added])
        self._edits: list[PlanEdit] = []
        self._beside: list[Change] = []
        self._others: list[Change] = []
        for change in branch.changes:
            if not self._fence.is_plan_file(change.path):
                self._others.append(change)
            elif is_beside(change.path):
                self._beside.append(change)
            else:
                self._edits.append(self._edit(change))

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
        if self._branch.judged_by is None:
            return self._unjudged()
        return self._judged(Judge(self._fence, self._branch.judged_by))

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
            and all(is_document(self._fence, change) for change in self._others)
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
        if not has_errors(findings):
            findings += self._opened(is_alone=True)
        findings += escapes(self._branch.changes, self._head, lambda _path: True)
        count = len(self._branch.changes)
        counts = Counts(count, out_of_scope=count) if has_errors(findings) else Counts(count, count)
        branch = self._branch._replace(judged_by=None)
        return ScopeReport(branch, counts, ordered(findings), is_plan_change=True)

    def _unjudged(self) -> ScopeReport:
        """A branch without a slice or a rule; in a hook that is only a note."""
        trusted, name, named = self._branch.trusted, self._branch.name, self._branch.request.plan
        place = Location(named or (*trusted.paths, PLAN_FILES[0])[0])
        if trusted.plans and (not named or named in trusted.paths):
            near = nearest_branches(trusted.plans, name)
            rule = UNPLANNED_BRANCH
            message = f"no slice and no rule accepts the branch {name!r}"
            if not name:
                head = self._branch.head.name
                message = "HEAD is detached" if head == "HEAD" else f"{head!r} is not a branch"
            hint = f"declared: {', '.join(near)}" if near else "name the slice: --slice ID"
        else:
            rule = NO_TRUSTED_PLAN
            plan = f"plan {named!r}" if named else "plan"
            message = f"there is no {plan} in {trusted.revision.name}"
            hint = (
                "merge a plan first; for the pull request that adds the first one: "
                "planner check-scope --plan-from head"
            )
        count = len(self._branch.changes)
        is_hook = self._branch.request.is_staged
        finding = rule.at(place, message, hint, severity="note" if is_hook else None)
        counts = Counts(count, count) if is_hook else Counts(count, out_of_scope=count)
        return ScopeReport(self._branch, counts, (finding,))

    def _judged(self, judge: Judge) -> ScopeReport:
        verdicts = [judge.verdict(change) for change in self._others]
        edits = self._edited(judge)
        exceptions = self._exceptions([v for v in verdicts if v.kind == "outside"])
        excepted = {exception.path for exception in exceptions}
        refused = [v.finding for v in verdicts if v.finding and v.change.path not in excepted]
        changes = self._branch.changes
        findings = self._with_commits(
            [
                *map(self._with_parent, refused),
                *chain.from_iterable(edits),
                *escapes(changes, self._head, judge.accepts),
                *collisions(changes, self._head),
            ]
        )
        findings += self._linted()
        if self._edits and not any(edits):
            findings += self._opened(is_alone=False)
        shared = sum(verdict.kind == "shared" for verdict in verdicts)
        out = len(refused) + sum(map(bool, edits))
        in_scope = len(changes) - shared - len(excepted) - out
        return ScopeReport(
            self._branch,
            Counts(len(changes), in_scope, shared, len(excepted), out),
            ordered(findings),
            unused=judge.unused([change.path for change in changes]),
            exceptions=exceptions,
        )

    def _edited(self, judge: Judge) -> list[list[Diagnostic]]:
        """The findings of each plan file, and of each file of .planner/."""
        # A branch that is judged by its own plan may bring that plan.
        is_own = not self._branch.trusted.is_trusted

        def may_edit(change: Change) -> bool:
            return is_own or judge.may_edit(change.path)

        return [
            *(
                edit.judge(one, self._branch.chosen, may_edit=may_edit(one.change))
                for one in self._edits
            ),
            *([] if may_edit(one) else [edit.beside(one)] for one in self._beside),
        ]

    def _exceptions(self, outside: Sequence[Verdict]) -> tuple[ScopeException, ...]:
        """The exceptions for paths outside the scope, up to the slice's limit."""
        limit = self._branch.judged_by.exceptions if self._branch.judged_by else 0
        if not outside or not limit:
            return ()
        commits = lineage.messages(self._repository, self._branch.base.commit, self._branch.tip)
        wanted = {verdict.change.path for verdict in outside}
        exceptions = tuple(e for e in parse_exceptions(commits) if e.path in wanted)[:limit]
        cut = lineage.boundary(self._repository)
        if len(exceptions) < min(limit, len(wanted)) and any(c.commit in cut for c in commits):
            raise GitError(
                "this shallow clone lacks commits of the branch, which may contain exceptions",
                hint="git fetch --unshallow (actions/checkout: fetch-depth: 0)",
                findings=tuple(v.finding for v in outside if v.finding),
            )
        return exceptions

    def _with_parent(self, one: Diagnostic) -> Diagnostic:
        """On a stacked slice whose parent is closed, add how to drop the parent's commits."""
        chosen = self._branch.chosen
        if chosen is None or not chosen.slice_.stacked:
            return one
        parent = chosen.plan.slice_of(chosen.slice_.depends_on[0])
        if parent is None or parent.is_open:
            return one
        merge = f"git merge {self._branch.base.name}"
        return one._replace(hint=f"{one.hint}; if it came with {parent.id!r}, run first: {merge}")

    def _with_commits(self, findings: list[Diagnostic]) -> list[Diagnostic]:
        """Add to each finding the first commit of the branch that touched its path."""
        if not findings or self._branch.request.is_staged:
            return findings
        paths = frozenset(path_bytes(one.location.path) for one in findings)
        base, tip = self._branch.base.commit, self._branch.tip
        first = lineage.first_touches(self._repository, base, tip, paths)
        known: dict[Any, Any] = {}  # most details are equal: each is stored once
        for at, one in enumerate(findings):
            commit = first.get(path_bytes(one.location.path))
            if commit is not None:
                details = (*one.details, ("commit", commit))
                findings[at] = one._replace(details=known.setdefault(details, details))
        return findings

    def _linted(self) -> list[Diagnostic]:
        """What lint finds in the plans that the branch changed."""
        if not self._edits:
            return []
        # Only a branch that changes plans loads lint.
        from planner.lint.plans import lint  # noqa: PLC0415
        from planner.lint.tree import Tree  # noqa: PLC0415

        changed = {one.path: one.after for one in self._edits}
        # The plans that the branch does not change are those of the trusted commit.
        trusted = self._branch.trusted
        plans = {
            path: changed[path]
            if path in changed
            else self._head.plan_at(trusted.revision.commit, path)
            for path in (*trusted.paths, *changed)
        }
        tree = Tree(self._head.tracked(), self._head.is_trusted_folder)
        parsed = [plan for plan in plans.values() if plan is not None]
        # An overlap is reported in one plan and related to the other. Where the trusted plans are
        # unusable, all of them must be in order.
        is_whole = trusted.error is not None
        findings = [
            one
            for one in lint(parsed, tree)
            if is_whole
            or one.location.path in changed
            or any(related.location.path in changed for related in one.related)
        ]
        if any(one.rule == UNPROVED_OVERLAP.name for one in findings):
            raise PlannerError(
                "not everything in the branch's plan could be decided within the limit",
                hint="planner lint",
                findings=ordered(findings),
            )
        return findings

    def _opened(self, *, is_alone: bool) -> list[Diagnostic]:
        """What the change of plans opens; a change of only plans also lists what it closes."""
        from planner.check.plans import widening  # noqa: PLC0415 - brings the algebra

        steps = widening.moved(*self._plans())
        findings = list(widening.widened(steps))
        if is_alone:
            first = path_text(self._branch.changes[0].path)
            findings.append(widening.plan_change(first, steps))
        return findings

    def _plans(self) -> tuple[list[Plan], list[Plan]]:
        """All plans at the merge base, and as the branch leaves them."""
        before = {plan.path: plan for plan in self._branch.trusted.plans}
        after = dict(before)
        for one in self._edits:
            for plans, parsed in ((before, one.before), (after, one.after)):
                plans.pop(one.path, None)
                if parsed is not None and parsed.plan is not None:
                    plans[one.path] = parsed.plan
        return list(before.values()), list(after.values())
