"""Reads a branch: its base and head, its changes, its slice and the plans that apply.

Nothing is decided here.
"""

import contextlib
import os
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from planner.branch.bases import base_of, branch_tip, find_merge_base
from planner.branch.ends import ends_by_event, revision
from planner.branch.judged_by import JudgedBy, Named, judged_by
from planner.branch.run import Run
from planner.branch.trusted import Revision, Trusted
from planner.errors import GitError
from planner.plan.branches import base_of_queue, slice_named, slice_of_branch
from planner.plan.model import Chosen, ChosenRule, Plan
from planner.repository import changes
from planner.repository.changes import Change
from planner.repository.pull_request import PullRequest


class Request(NamedTuple):
    """What the user asks for; an empty value means: what the event and the branch say."""

    slice_id: str = ""
    base: str = ""
    head: str = ""
    branch: str = ""
    plan: str = ""
    plan_from: str = ""
    is_staged: bool = False
    is_worktree: bool = False


class Branch(NamedTuple):
    """A branch to check.

    Attributes:
        request: what the user asked for.
        name: its name; empty when nothing tells.
        judged_by: its slice, or the rule for unplanned branches; None when there is neither.
        is_revert: whether it reverts that slice, so that others' paths and exceptions are out.
        is_queue: whether it is that of a merge queue, to be judged commit by commit.
        parent: the slice that it is stacked on, where the base is that slice's branch.
        tip: the branch's last own commit: of a merge commit that the CI system made, the second
            parent.
        changes: the paths that it changed, in path order.
    """

    request: Request
    name: str
    judged_by: Chosen | ChosenRule | None
    trusted: Trusted
    base: Revision
    head: Revision
    merge_base: str
    tip: str
    changes: tuple[Change, ...]
    is_revert: bool = False
    is_queue: bool = False
    parent: Chosen | None = None

    @property
    def exceptions(self) -> int:
        """How many paths outside its scope it may except."""
        return 0 if self.is_revert or self.judged_by is None else self.judged_by.exceptions

    @property
    def label(self) -> str:
        """What it is judged by, for people, such as "the slice 'api'"; empty for nothing."""
        label = self.judged_by.label if self.judged_by else ""
        return f"the revert of {label}" if self.is_revert else label

    @property
    def chosen(self) -> Chosen | None:
        """The slice that it is judged by; None when there is none."""
        return self.judged_by if isinstance(self.judged_by, Chosen) else None

    @property
    def is_nothing(self) -> bool:
        """Whether the base contains the head, and no uncommitted change is to be checked."""
        uncommitted = self.changes if self.request.is_worktree else self.request.is_staged
        return not uncommitted and self.merge_base == self.head.commit


def read_branch(run: Run, request: Request, event: PullRequest | None = None) -> Branch:
    """Read all that a verdict on the branch needs.

    Args:
        event: another event than that of the run.

    Raises:
        PlannerError: cannot determine base, head, plan or slice of the branch.
    """
    return _Reader(run, request, run.event if event is None else event).branch()


def read_without_changes(run: Run, request: Request) -> Branch:
    """Read the branch that is checked out, without what it changed: no merge base is needed.

    Raises:
        PlannerError: cannot determine base, plan or slice of the branch.
    """
    staged = request._replace(is_staged=True)  # the index needs none
    return _Reader(run, staged, run.event, has_changes=False).branch()


def of_queue(run: Run, branch: Branch) -> str:
    """Return why a branch has no slice, where it is that of a merge queue; else an empty text."""
    named = branch.request.plan
    plans = [plan for plan in branch.trusted.plans if named in ("", plan.path)]
    if not (branch.is_queue or _queue_base(run.event, branch.request, plans, branch.name)):
        return ""
    return f"{branch.name!r} is the branch of a merge queue, whose commits are judged one by one"


def _queue_base(event: PullRequest, request: Request, plans: Sequence[Plan], name: str) -> str:
    """The branch that a merge queue lands on, where the branch is that of a queue."""
    if request.slice_id:
        return ""
    if event.event == "merge_group":
        return "" if request.base or request.head else event.base_branch or "HEAD"
    if event.fork is not None or slice_of_branch(plans, name, None) is not None:
        return ""
    return base_of_queue(plans, name)


class _Reader(NamedTuple):
    run: Run
    request: Request
    event: PullRequest
    has_changes: bool = True

    def branch(self) -> Branch:
        request = self.request
        if self.run.repository.is_unborn and not request.head:
            raise GitError("there is no commit yet", hint="commit something first")
        by_event, head, tip = ends_by_event(
            self.run, self.event, request.base, request.head, is_staged=request.is_staged
        )
        trusted = self._trusted(by_event, head)
        name = self._name(head)
        plans = [p for p in trusted.plans if request.plan in ("", p.path)]
        is_committed = not (request.is_staged or request.is_worktree)
        lands_on = _queue_base(self.event, request, plans, name) if is_committed else ""
        if lands_on:
            # Each commit is judged by itself; the merge that a host makes of them is none of them.
            judged_by, is_revert = JudgedBy()
            head = head._replace(commit=tip)
            base = by_event or branch_tip(self.run, lands_on)
            parent = None
        else:
            judged_by, is_revert = self._judged_by(plans, name, tip, by_event)
            base, parent = (
                (by_event, None) if by_event else base_of(self.run, judged_by, trusted.plans)
            )
        merge_base = head.commit
        if not request.is_staged:
            base, merge_base = find_merge_base(self.run, base, head)
        touched = self._changes(merge_base, head) if self.has_changes else ()
        if parent is not None and not request.is_staged:
            touched = self._without_base(touched, parent, base, head)
        return Branch(
            request, name, judged_by, trusted, base, head, merge_base, tip, touched, is_revert,
            is_queue=bool(lands_on), parent=parent,
        )  # fmt: skip

    def _trusted(self, by_event: Revision | None, head: Revision) -> Trusted:
        request = self.request
        if request.plan_from:
            chosen = head if request.plan_from == "head" else revision(self.run, request.plan_from)
            plans = self.run.plans_at(chosen, request.plan)
            return plans._replace(is_trusted=chosen.commit != head.commit)
        default = self.run.default_branch
        lands_there = not request.base and self.event.base_branch == default
        tip = by_event if lands_there and by_event else branch_tip(self.run, default)
        return self.run.plans_at(tip, request.plan)

    def _name(self, head: Revision) -> str:
        """The branch's name: as given, as checked out, as being rebased, as the CI system says."""
        if self.request.branch:
            return self.request.branch.removeprefix("refs/heads/")
        if self.request.head:
            return self._name_of(self.request.head, head)
        return self.run.repository.branch or self._rebased() or self.event.head_branch

    def _name_of(self, revision: str, head: Revision) -> str:
        """The branch that a revision is the name of; else what is checked out there."""
        name = revision.removeprefix("refs/heads/")
        if self.run.objects.ref(f"refs/heads/{name}"):
            return name
        remote, _, rest = revision.removeprefix("refs/remotes/").partition("/")
        if rest and self.run.objects.ref(f"refs/remotes/{remote}/{rest}"):
            return rest
        is_here = self.run.objects.commit("HEAD") == head.commit
        return (self.run.repository.branch if is_here else "") or self.event.head_branch

    def _rebased(self) -> str:
        """The branch that is being rebased: HEAD is detached meanwhile."""
        for folder in ("rebase-merge", "rebase-apply"):
            with contextlib.suppress(OSError):
                place = self.run.repository.git_dir / folder / "head-name"
                if not place.is_file():  # a pipe might never end
                    continue
                name = os.fsdecode(place.read_bytes()).strip()
                return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else ""
        return ""

    def _judged_by(self, plans: list[Plan], name: str, tip: str, base: Revision | None) -> JudgedBy:
        if self.request.slice_id and plans:
            return JudgedBy(slice_named(plans, self.request.slice_id))
        if not name or not plans:
            return JudgedBy()
        named = Named(name, self.event.fork, tip, base.commit if base else "")
        return judged_by(self.run, plans, named)

    def _without_base(
        self, touched: tuple[Change, ...], parent: Chosen, tip: Revision, head: Revision
    ) -> tuple[Change, ...]:
        """The changes of a stacked branch without those that it merged from its own base.

        The parent may not have them yet. A path that the parent changed as well stays.
        """
        lands_on = branch_tip(self.run, parent.plan.base_of(parent.slice_))
        _, theirs = find_merge_base(self.run, lands_on, tip)
        _, newest = find_merge_base(self.run, lands_on, head)
        if theirs == newest:
            return touched
        between = partial(changes.between, self.run.repository)
        merged = {one.path for one in between(theirs, newest)}
        # Compared with the base again: a change does not carry what a file contains.
        merged -= {one.path for one in self._changes(newest, head)}
        merged -= {one.path for one in between(theirs, tip.commit)}
        return tuple(one for one in touched if one.path not in merged)

    def _changes(self, merge_base: str, head: Revision) -> tuple[Change, ...]:
        if self.request.is_staged:
            return changes.staged(self.run.repository)
        if self.request.is_worktree:
            return changes.in_worktree(self.run.repository, merge_base)
        found = changes.between(self.run.repository, merge_base, head.commit)
        if not found and merge_base != head.commit:
            # An answer without changes is believed only where both trees are the same.
            trees = {self.run.objects.tree_of(commit) for commit in (merge_base, head.commit)}
            if len(trees) != 1 or None in trees:
                raise GitError("git diff-tree printed nothing for two trees that differ")
        return found
