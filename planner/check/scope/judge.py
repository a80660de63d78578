"""Judges one branch: its edits of plans, and its other changes."""

from collections.abc import Sequence
from typing import Any

from planner.branch.head import Head
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.check.plans import edit
from planner.check.plans.edit import Edited, PlanEdit
from planner.check.scope.exceptions import ScopeException, parse_exceptions
from planner.check.scope.report import Counts, ScopeReport
from planner.check.scope.surroundings import collisions, escapes
from planner.check.scope.verdicts import Judge, Verdict, is_document
from planner.diagnostic import Diagnostic, Location, has_errors, ordered
from planner.errors import GitError, PlannerError, UnusablePlanError
from planner.paths import path_bytes, path_text
from planner.plan.branches import nearest_branches
from planner.plan.find import is_own_folder, is_plan_path
from planner.plan.model import Chosen, Plan
from planner.plan.parse import parse
from planner.repository import lineage
from planner.repository.changes import REGULAR, Change
from planner.rules import NO_TRUSTED_PLAN, UNPLANNED_BRANCH, UNPROVED_OVERLAP
from planner.scopes.fence import Fence


class BranchJudge:
    """The changes of a branch, sorted by how they are judged."""

    def __init__(self, run: Run, branch: Branch) -> None:
        self._repository = run.repository
        self._head = Head(run, branch)
        self._request = request = branch.request
        self._branch = branch
        added = [path_text(c.path) for c in branch.changes if is_plan_path(c.path)]
        named = [request.plan] if request.plan else []
        self._fence = Fence(branch.trusted.plans, [*branch.trusted.paths, *named, *added])
        is_plan_file = self._fence.is_plan_file
        of_plans = [c for c in branch.changes if is_plan_file(c.path)]
        apart = frozenset(change.path for change in of_plans)
        self._others = [c for c in branch.changes if c.path not in apart]
        self._own_folder = [c for c in of_plans if is_own_folder(c.path)]
        self._edits = [
            PlanEdit(
                change,
                self._head.before(path_text(change.path)) if change.status != "A" else None,
                self._head.content(path_text(change.path)) if self._is_file(change) else None,
            )
            for change in of_plans
            if not is_own_folder(change.path)
        ]

    def _is_file(self, change: Change) -> bool:
        """Whether the branch leaves a regular file: a plan is never read through a link.

        A path in conflict has no mode, but its file in the work tree can be read.
        """
        in_conflict = change.status == "M" and not change.mode and self._request.is_worktree
        return change.mode in REGULAR or in_conflict

    def report(self, report: ScopeReport) -> ScopeReport:
        """Complete the report by the branch's slice or rule, or as a change of plans.

        Raises:
            UnusablePlanError: the trusted plan is unusable, and the branch does not fix it.
        """
        trusted = self._branch.trusted
        is_slice = isinstance(self._branch.judged_by, Chosen)
        is_plan_change = (
            bool(self._branch.changes)
            and all(is_document(self._fence, change) for change in self._others)
            and all(change.mode in (*REGULAR, 0) for change in self._own_folder)
        )
        if is_plan_change and not is_slice and not (self._own_folder and trusted.error):
            return self._plan_change(report)
        if trusted.error is not None:
            raise trusted.error
        if self._branch.judged_by is None:
            return self._unjudged(report)
        return self._judged(report, Judge(self._fence, self._branch.judged_by))

    def _plan_change(self, report: ScopeReport) -> ScopeReport:
        """A change of only plans and documents: it passes if they lint clean."""
        findings: list[Diagnostic] = []
        for one in self._edits:
            findings += edit.judge(one, None, lambda _path: True).findings
        findings += self._linted()
        unusable = self._branch.trusted.error
        if unusable is not None and (has_errors(findings) or not self._edits):
            raise UnusablePlanError(
                f"{unusable.message}, and the branch does not fix it",
                hint=unusable.hint,
                findings=ordered(findings) or unusable.findings,
            )
        if not has_errors(findings):
            findings += self._opened(is_alone=True)
        findings += escapes(
            self._branch.changes, self._head.link_target, self._head.link_at, lambda _path: True
        )
        count = len(self._branch.changes)
        counts = Counts(count, out_of_scope=count) if has_errors(findings) else Counts(count, count)
        return report._replace(
            judged_by="a change of plans only",
            plan="",
            counts=counts,
            diagnostics=ordered(findings),
        )

    def _unjudged(self, report: ScopeReport) -> ScopeReport:
        """A branch without a slice or a rule; in a hook that is only a note."""
        trusted = self._branch.trusted
        name = self._branch.name
        named = self._request.plan
        if trusted.plans and (not named or named in trusted.paths):
            near = nearest_branches(trusted.plans, name)
            rule = UNPLANNED_BRANCH
            message = f"no slice and no rule accepts the branch {name!r}"
            if not name:
                message = "HEAD is not on a branch that a slice could accept"
            hint = f"declared: {', '.join(near)}" if near else "name the slice: --slice ID"
        else:
            rule = NO_TRUSTED_PLAN
            plan = f"plan {named!r}" if named else "plan"
            message = f"there is no {plan} in {trusted.revision.name}"
            hint = (
                "merge a plan first; for the pull request that adds the first one: --plan-from head"
            )
        count = len(self._branch.changes)
        is_hook = self._request.is_staged
        place = Location(trusted.paths[0] if trusted.paths else "docs/plan/plan.yaml")
        finding = rule.at(place, message, hint, severity="note" if is_hook else None)
        counts = Counts(count, count) if is_hook else Counts(count, out_of_scope=count)
        return report._replace(counts=counts, diagnostics=(finding,))

    def _judged(self, report: ScopeReport, judge: Judge) -> ScopeReport:
        verdicts = [judge.verdict(change) for change in self._others]
        edited = self._edited(judge)
        exceptions = self._exceptions([v for v in verdicts if v.kind == "outside"])
        excepted = {exception.path for exception in exceptions}
        refused = [v.finding for v in verdicts if v.finding and v.change.path not in excepted]
        out = len(refused) + sum(not one.is_accepted for one in edited)
        changes = self._branch.changes
        findings = self._with_commits(
            [
                *map(self._with_parent, refused),
                *(finding for one in edited for finding in one.findings),
                *escapes(changes, self._head.link_target, self._head.link_at, judge.accepts),
                *collisions(changes, self._head.names_in),
            ]
        )
        findings += self._linted()
        if self._edits and all(one.is_accepted for one in edited):
            findings += self._opened(is_alone=False)
        shared = sum(verdict.kind == "shared" for verdict in verdicts)
        in_scope = len(changes) - shared - len(excepted) - out
        return report._replace(
            counts=Counts(len(changes), in_scope, shared, len(excepted), out),
            unused=judge.unused([change.path for change in changes]),
            diagnostics=ordered(findings),
            exceptions=exceptions,
        )

    def _edited(self, judge: Judge) -> list[Edited]:
        """The verdicts on all plan files, with those of .planner/."""
        judged_by = self._branch.judged_by
        chosen = judged_by if isinstance(judged_by, Chosen) else None
        # A branch that is judged by its own plan may bring that plan.
        is_own = not self._branch.trusted.is_trusted
        verdicts = [
            edit.judge(one, chosen, lambda path: is_own or judge.may_edit(path))
            for one in self._edits
        ]
        verdicts += [
            edit.own_folder(change, may_edit=is_own or judge.may_edit(change.path))
            for change in self._own_folder
        ]
        return verdicts

    def _exceptions(self, outside: Sequence[Verdict]) -> tuple[ScopeException, ...]:
        """The exceptions for paths outside the scope, up to the slice's limit."""
        chosen = self._branch.judged_by
        if not outside or not isinstance(chosen, Chosen):
            return ()
        limit = chosen.plan.limits_of(chosen.slice_).exceptions or 0
        if not limit:
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
        chosen = self._branch.judged_by
        if not isinstance(chosen, Chosen) or not chosen.slice_.stacked:
            return one
        parent = chosen.plan.slice_of(chosen.slice_.depends_on[0])
        if parent is None or parent.is_open:
            return one
        merge = f"git merge {self._branch.base.name}"
        return one._replace(hint=f"{one.hint}; if it came with {parent.id!r}, run first: {merge}")

    def _with_commits(self, findings: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Add to each finding the first commit of the branch that touched its path."""
        if not findings or self._request.is_staged:
            return list(findings)
        paths = frozenset(path_bytes(one.location.path) for one in findings)
        base, tip = self._branch.base.commit, self._branch.tip
        first = lineage.first_touches(self._repository, base, tip, paths)
        details: dict[_Details, _Details] = {}  # most are equal: each is stored once
        return [_with_commit(one, first, details) for one in findings]

    def _linted(self) -> list[Diagnostic]:
        """What lint finds in the plans that the branch changed."""
        if not self._edits:
            return []
        contents: dict[str, bytes] = {}
        # Only a branch that changes plans loads lint.
        from planner.lint.plans import lint  # noqa: PLC0415
        from planner.lint.tree import Tree  # noqa: PLC0415

        changed = {one.path: one.after for one in self._edits}
        # The plans that the branch does not change are those of the trusted commit.
        for path in (*self._branch.trusted.paths, *changed):
            content = changed[path] if path in changed else self._head.trusted(path)
            if content is not None:
                contents[path] = content
        tree = Tree(self._head.tracked(), self._head.is_trusted_folder)
        parsed = [parse(content, path) for path, content in contents.items()]
        # An overlap is reported in one plan and related to the other. Where the trusted plans are
        # unusable, all of them must be in order.
        is_whole = self._branch.trusted.error is not None
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
            for plans, parsed in zip((before, after), one.parsed(), strict=True):
                plans.pop(one.path, None)
                if parsed is not None and parsed.plan is not None:
                    plans[one.path] = parsed.plan
        return list(before.values()), list(after.values())


_Details = tuple[tuple[str, Any], ...]


def _with_commit(
    one: Diagnostic, first: dict[bytes, str], known: dict[_Details, _Details]
) -> Diagnostic:
    commit = first.get(path_bytes(one.location.path))
    if commit is None:
        return one
    details = (*one.details, ("commit", commit))
    return one._replace(details=known.setdefault(details, details))
