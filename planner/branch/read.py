"""A branch as it is to be judged: its ends, its changes, its slice and the plans that judge it.

The one place that fetches for a verdict. What is read here is decided about elsewhere.
"""

import os
import re
from typing import Final, NamedTuple

from planner.branch.trusted import (
    Revision,
    Trusted,
    branch_tip,
    default_branch,
    remote_tip,
)
from planner.branch.trusted import read as read_trusted
from planner.errors import GitError
from planner.paths import path_text
from planner.plan.branches import rule_of_branch, slice_named, slice_of_branch
from planner.plan.model import Chosen, ChosenRule, Plan, Slice
from planner.repository import changes, lineage, remotes
from planner.repository.changes import Change
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.repository.pull_request import PullRequest

_DEEPENING: Final = (50, 200, 1000, -1)
_OPERATOR: Final = re.compile(r"[~^:@]")  # what makes a revision more than a ref's name


class Request(NamedTuple):
    """What the user asks to have judged; all empty means: what the event and the branch say."""

    slice_id: str = ""
    base: str = ""
    head: str = ""
    plan: str = ""
    plan_from: str = ""
    is_staged: bool = False
    is_worktree: bool = False


class Branch(NamedTuple):
    """A branch to be judged.

    Attributes:
        name: what it calls itself; empty when nothing tells.
        judged_by: its slice, or the rule for unplanned branches; None when there is neither.
        tip: the last commit of the branch's own line, where its exceptions stand: on a merge
            commit that the CI system made, its second parent.
        changes: the paths that it touched, in path order.
    """

    name: str
    judged_by: Chosen | ChosenRule | None
    trusted: Trusted
    base: Revision
    head: Revision
    merge_base: str
    tip: str
    changes: tuple[Change, ...]


def read(repository: Repository, objects: Objects, request: Request, event: PullRequest) -> Branch:
    """Read all that a verdict needs.

    Raises:
        PlannerError: an end of the branch, its plan or its slice cannot be told for certain.
    """
    return _Reader(repository, objects, request, event).branch()


def _refuse_git_folder(touched: tuple[Change, ...]) -> None:
    """Stop at a path that git itself refuses to check out: no pattern says anything of it."""
    for change in touched:
        path = change.path.lower()
        if b".git" in path and b".git" in path.split(b"/"):
            shown = path_text(change.path)
            raise GitError(f"the tree holds '{shown}', which git refuses", hint="remove that path")


class _Reader:
    """One reading of a branch; its parts ask each other for what they need."""

    def __init__(
        self, repository: Repository, objects: Objects, request: Request, event: PullRequest
    ) -> None:
        self.repository = repository
        self.objects = objects
        self.request = request
        self.event = event

    def branch(self) -> Branch:
        request = self.request
        if self.repository.is_unborn and not request.head:
            raise GitError("there is no commit yet", hint="commit something first")
        by_event, head, tip = self._ends_by_event()
        trusted = self._trusted(by_event, head)
        name = self._name(head)
        plans = [p for p in trusted.plans if request.plan in ("", p.path)]
        judged_by = self._judged_by(plans, name)
        base = by_event or self._base(judged_by)
        merge_base = head.commit
        if not request.is_staged:
            base, merge_base = self._merge_base(base, head)
        touched = self._changes(merge_base, head)
        _refuse_git_folder(touched)
        return Branch(name, judged_by, trusted, base, head, merge_base, tip, touched)

    def revision(self, name: str) -> Revision:
        """The commit that a revision of the user's names."""
        if self.objects.is_ambiguous(_OPERATOR.split(name, maxsplit=1)[0]):
            raise GitError(
                f"{name!r} names several commits: a tag beside a branch, or a branch beside a "
                "remote's",
                hint=f"write which: refs/heads/{name}, refs/remotes/{name} or refs/tags/{name}",
            )
        is_full = name.startswith("refs/") and not _OPERATOR.search(name)
        commit = self.objects.ref(name) if is_full else self.objects.commit(name)
        if commit is None:
            raise GitError(
                f"there is no commit {name!r}", hint="fetch it first, or check how it is spelled"
            )
        return Revision(name, commit)

    def _ends_by_event(self) -> tuple[Revision | None, Revision, str]:
        """The base as the event has it, the head, and the tip of the branch's own line."""
        request, event = self.request, self.event
        head = self.revision(request.head or "HEAD")
        if request.base:
            return self.revision(request.base), head, head.commit
        if request.is_staged:
            return None, head, head.commit
        if event.event == "merge_group":
            return self.revision(event.base_commit), head, head.commit
        if event.event != "pull_request":
            return None, head, head.commit
        if event.system == "github" and not request.head:
            merge = self._merge_ref(head)
            if merge:
                return merge[0], head, merge[1]
            if head.commit != event.head_commit:
                raise GitError(
                    f"the checked-out commit {head.commit[:12]} is neither the pull request's head "
                    f"{event.head_commit[:12]} nor its merge with the base",
                    hint="the merge ref is stale: run the check again",
                )
        return self._target(event.base_branch), head, head.commit

    def _merge_ref(self, head: Revision) -> tuple[Revision, str] | None:
        """Base and tip, when HEAD is the merge commit that GitHub made for this very head."""
        if head.commit != self.event.merge_commit:
            return None
        first, second = (self.objects.commit(f"{head.commit}^{n}") for n in (1, 2))
        if first is None and self.repository.is_shallow:
            raise GitError(
                "the clone holds the merge commit alone, not what it merges",
                hint="actions/checkout: fetch-depth: 2",
            )
        if first is None or second is None or second != self.event.head_commit:
            return None
        return Revision(self.event.base_branch or "HEAD^1", first), second

    def _target(self, branch: str) -> Revision:
        """The tip of the branch that a pull request lands on, as the remote has it."""
        tip = remote_tip(self.objects, "origin", branch)
        if tip is None and self.repository.is_online:
            remotes.fetch(self.repository, "origin", branch, deepen=0)
            tip = remote_tip(self.objects, "origin", branch)
        if tip is None:
            raise GitError(
                f"the base origin/{branch} is not in this clone",
                hint=f"git fetch origin +refs/heads/{branch}:refs/remotes/origin/{branch} "
                "(actions/checkout: fetch-depth: 0), or use --fetch",
            )
        return tip

    def _trusted(self, by_event: Revision | None, head: Revision) -> Trusted:
        request = self.request
        if request.plan_from == "head":
            return read_trusted(self.objects, head, is_trusted=False, named=request.plan)
        if request.plan_from:
            chosen = self.revision(request.plan_from)
            is_own = chosen.commit == head.commit
            return read_trusted(self.objects, chosen, is_trusted=not is_own, named=request.plan)
        default = self._default()
        lands_there = not request.base and self.event.base_branch == default
        tip = by_event if lands_there and by_event else self._tip(default)
        return read_trusted(self.objects, tip, named=request.plan)

    def _default(self) -> str:
        return default_branch(self.repository, self.objects, self.event)

    def _tip(self, branch: str) -> Revision:
        tip = branch_tip(self.repository, self.objects, branch)
        if tip is None:
            raise GitError(
                f"the branch {branch!r} is not in this clone",
                hint=f"git fetch origin +refs/heads/{branch}:refs/remotes/origin/{branch}, "
                "or name a commit: --base REV",
            )
        return tip

    def _name(self, head: Revision) -> str:
        """What the branch calls itself: as checked out, as rebased, as the CI system says."""
        if self.request.head:
            return self._name_of(self.request.head, head)
        return self.repository.branch or self._rebased() or self.event.head_branch

    def _name_of(self, revision: str, head: Revision) -> str:
        """The branch that a revision names, if it is one's name."""
        name = revision.removeprefix("refs/heads/")
        if self.objects.ref(f"refs/heads/{name}"):
            return name
        remote, _, rest = revision.removeprefix("refs/remotes/").partition("/")
        if rest and self.objects.ref(f"refs/remotes/{remote}/{rest}"):
            return rest
        is_here = self.objects.commit("HEAD") == head.commit
        return (self.repository.branch if is_here else "") or self.event.head_branch

    def _rebased(self) -> str:
        """The branch that is being rebased: HEAD is detached meanwhile."""
        for folder in ("rebase-merge", "rebase-apply"):
            try:
                name = (self.repository.git_dir / folder / "head-name").read_bytes()
            except OSError:
                continue
            named = os.fsdecode(name).strip()
            return named.removeprefix("refs/heads/") if named.startswith("refs/heads/") else ""
        return ""

    def _judged_by(self, plans: list[Plan], name: str) -> Chosen | ChosenRule | None:
        if self.request.slice_id and plans:
            return slice_named(plans, self.request.slice_id)
        if not name or not plans:
            return None
        fork = self.event.head_repository if self.event.is_from_fork else None
        return slice_of_branch(plans, name, fork) or rule_of_branch(plans, name, fork)

    def _base(self, judged_by: Chosen | ChosenRule | None) -> Revision:
        """Where the branch lands, as its plan says; by default, the default branch."""
        if isinstance(judged_by, Chosen):
            return self._slice_base(judged_by.plan, judged_by.slice_)
        if isinstance(judged_by, ChosenRule):
            return self._tip(judged_by.plan.base)
        return self._tip(self._default())

    def _slice_base(self, plan: Plan, slice_: Slice) -> Revision:
        """The base of a slice; of a stacked one, its parent's branch as long as there is one."""
        seen = set()
        while slice_.stacked and slice_.id not in seen:
            seen.add(slice_.id)
            parent = plan.slice_of(slice_.depends_on[0])
            if parent is None:
                break
            tip = self._parent_tip(parent) if parent.is_open else None
            if tip is not None:
                return tip
            slice_ = parent
        return self._tip(plan.base_of(slice_))

    def _parent_tip(self, parent: Slice) -> Revision | None:
        for entry in parent.branch:
            for name in self._matching(entry.text):
                tip = branch_tip(self.repository, self.objects, name)
                if tip is not None:
                    return tip
        return None

    def _matching(self, name: str) -> list[str]:
        """The branches that a name with wildcards stands for; the name itself without any."""
        if "*" not in name:
            return [name]
        places = ("refs/remotes/upstream/", "refs/remotes/origin/", "refs/heads/")
        printed = self.repository.run(
            "for-each-ref", "--format=%(refname)", *(place + name for place in places)
        )
        found = os.fsdecode(printed).split("\n")
        return [ref.removeprefix(p) for p in places for ref in found if ref.startswith(p)]

    def _merge_base(self, base: Revision, head: Revision) -> tuple[Revision, str]:
        """The one commit where base and head parted, proved; with --fetch after deepening."""
        steps = _DEEPENING if self.repository.is_online and self.repository.is_shallow else ()
        for deepen in (0, *steps):
            if deepen:
                base = self._deepened(base, deepen)
            bases = lineage.merge_bases(self.repository, base.commit, head.commit)
            if len(bases) > 1:
                raise GitError(
                    f"{head.name} and {base.name} have {len(bases)} merge bases",
                    hint=f"merge {base.name} into the branch, then there is one: "
                    f"git merge {base.name}",
                )
            if bases and not lineage.is_made_up(
                self.repository, base.commit, head.commit, bases[0]
            ):
                return base, bases[0]
        raise self._no_merge_base(base, head, is_made_up=bool(bases))

    def _deepened(self, base: Revision, deepen: int) -> Revision:
        """The base after more of the history was fetched; a remote's branch may have moved on."""
        inside = base.ref.removeprefix("refs/remotes/") if "refs/remotes/" in base.ref else ""
        remote, _, branch = inside.partition("/")
        place = (remote, branch) if branch else ("origin", self._default())
        remotes.fetch(self.repository, *place, deepen=deepen)
        commit = self.objects.ref(base.ref) if base.ref else None
        return base._replace(commit=commit) if commit else base

    def _no_merge_base(self, base: Revision, head: Revision, *, is_made_up: bool) -> GitError:
        if not self.repository.is_shallow:
            return GitError(
                f"{head.name} and {base.name} share no history",
                hint="start the branch from its base, or name another: --base REV",
            )
        why = "may be wrong" if is_made_up else "is missing"
        return GitError(
            f"the merge base of {head.name} and {base.name} {why}: this clone is shallow",
            hint="git fetch --unshallow (actions/checkout: fetch-depth: 0; "
            "GitLab: GIT_DEPTH: 0), or use --fetch",
        )

    def _changes(self, merge_base: str, head: Revision) -> tuple[Change, ...]:
        if self.request.is_staged:
            return changes.staged(self.repository)
        if self.request.is_worktree:
            return changes.in_worktree(self.repository, merge_base)
        found = changes.between(self.repository, merge_base, head.commit)
        if not found and merge_base != head.commit:
            # An answer without changes is believed only where both trees are the same.
            trees = {self.objects.oid(f"{commit}^{{tree}}".encode()) for commit in
                     (merge_base, head.commit)}  # fmt: skip
            if len(trees) != 1 or None in trees:
                raise GitError("git diff-tree printed nothing for two trees that differ")
        return found
