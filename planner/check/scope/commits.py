"""What the commits of a branch touched: which one first, and what its net change hides."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Final

from planner.boundary.matching import PatternSet
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location, Severity
from planner.paths import path_bytes, path_text
from planner.plan.model import patterns
from planner.repository import lineage
from planner.repository.lineage import Touch, Touches
from planner.rules import BURIED_COMMITS, CHANGED_BACK, UNKNOWN_HISTORY
from planner.scopes.fence import Fence

_MOST_ASKED: Final = 500  # commits and paths that one process is given


def _is_same(oid: str, now: str) -> bool:
    """Whether an object id of a change is what a path is now; zeros are a path that is gone."""
    return oid == now or (not now and not oid.strip("0"))


class Commits:
    """The commits of a branch."""

    def __init__(self, run: Run, branch: Branch) -> None:
        self._run = run
        self._branch = branch

    @cached_property
    def _touches(self) -> Touches | None:
        """What they touched; None where there is one alone, which touched what changed."""
        branch, commit = self._branch, self._run.objects.commit
        parents = [commit(f"{branch.tip}^{n}") for n in (1, 2)]
        request = branch.request
        if request.is_staged:
            return None
        is_alone = parents == [branch.merge_base, None] and self._merges_all
        if is_alone and not request.is_worktree:
            return None
        if branch.tip == branch.merge_base:
            return Touches({}, {}, is_whole=True)
        return lineage.touches(self._run.repository, branch.base.commit, branch.tip, self._changed)

    @property
    def _merges_all(self) -> bool:
        """Whether the head is the tip, or a merge that is just like it."""
        head, tip, tree = self._branch.head.commit, self._branch.tip, self._run.objects.tree_of
        return head == tip or tree(head) == tree(tip)

    @cached_property
    def _changed(self) -> frozenset[bytes]:
        return frozenset(change.path for change in self._branch.changes)

    def first(self, path: bytes) -> str:
        """Return the first commit that touched a path; empty for an uncommitted change."""
        if self._touches is not None:
            return self._touches.first.get(path, "")
        return self._branch.tip if path in self._changed else ""

    def hidden(self, fence: Fence, accepts: Callable[[bytes], bool]) -> Iterator[Diagnostic]:
        """Report paths that commits touched, and that the branch as a whole does not change.

        Args:
            accepts: whether the branch may touch a path.
        """
        touches = self._touches
        if touches is None:
            return
        if not touches.is_whole:
            yield UNKNOWN_HISTORY.at(
                Location(""),
                "this clone lacks commits of the branch: what they changed and changed back is "
                "unknown",
                lineage.WHOLE_HISTORY,
            )
        lost = {path: each for path, each in touches.undone.items() if not accepts(path)}
        yield from self._left_out(lost)
        for path, each, has_landed in self._lost(fence, self._without_kept(lost)):
            place = Location(path_text(path))
            merged = next((one.commit for one in reversed(each) if not one.is_own), "")
            buried = "" if has_landed else merged or self._of_others(fence, path, each)
            if buried:
                name = self._branch.name or "the branch"
                message = (
                    f"changed by {buried[:12]}, which is not this branch's own, but the branch "
                    "lacks the change: landing it would mark that commit as merged"
                )
                hint = f"take that commit out of {name}: git rebase, or git cherry-pick"
                severity: Severity | None = None
                if self._is_resolved(path, buried):
                    severity = "warning"
                    hint = "the base has changed the path too: check that its side is the right one"
                yield BURIED_COMMITS.at(place, message, hint, severity=severity, commit=buried)
            else:
                first = each[-1].commit
                message = (
                    f"changed by {first[:12]} and changed back: 'Rebase and merge' would undo "
                    "what the base has changed there meanwhile"
                )
                hint = "squash the commits, or take the change out: git rebase --interactive"
                yield CHANGED_BACK.at(place, message, hint, commit=first)

    def _is_resolved(self, path: bytes, commit: str) -> bool:
        """Whether a commit met a change of the base, and the branch has the base's side."""
        # What the base changes after the branch has started was no side of its merges.
        base = self._branch.merge_base
        bases = self._run.once(
            ("merge bases", base, commit),
            lambda: lineage.merge_bases(self._run.repository, base, commit),
        )
        oids = [self._run.objects.oid(f"{one}:".encode() + path) for one in (*bases[:1], base)]
        return len(bases) == 1 and oids[0] != oids[1]

    def _left_out(self, lost: Mapping[bytes, list[Touch]]) -> Iterator[Diagnostic]:
        """Report what the merge lacks that is judged with the branch, as one of a queue may be.

        A path that the base has not changed since is as the branch left it in an honest merge.
        """
        if self._merges_all:
            return
        merge = self._branch.head.commit
        for path, each in lost.items():
            start, left, now = (
                self._run.objects.oid(f"{commit}:".encode() + path)
                for commit in (f"{each[-1].commit}^", self._branch.tip, merge)
            )
            if start == now != left:
                message = (
                    f"changed by {each[0].commit[:12]}, but {merge[:12]} merges it without the "
                    "change: landing it would mark that commit as merged"
                )
                hint = "merge it again: git merge, without --strategy=ours"
                place = Location(path_text(path))
                yield BURIED_COMMITS.at(place, message, hint, commit=each[0].commit)

    def _without_kept(self, lost: Mapping[bytes, list[Touch]]) -> dict[bytes, list[Touch]]:
        """The changes that the head does not have: those to what a path is there are no loss."""
        kept: dict[bytes, list[Touch]] = {}
        for path, each in lost.items():
            now = self._oid(path)
            merged = [one for one in each if not one.is_own]
            # What a merge brought may have been changed back before.
            is_back = bool(merged) and _is_same(merged[0].oid, now)
            others = [
                one for one in each if not _is_same(one.oid, now) and (one.is_own or not is_back)
            ]
            if others:
                kept[path] = others
        return kept

    def _oid(self, path: bytes) -> str:
        """What a path is in the branch's last own commit; empty where it is gone."""
        at = self._run.objects.oid(self._branch.tip.encode() + b":" + path)
        return at[0] if at else ""

    def _lost(
        self, fence: Fence, lost: Mapping[bytes, list[Touch]]
    ) -> Iterator[tuple[bytes, list[Touch], bool]]:
        """Yield each path with the changes that count, and whether the base has had them since.

        A squash leaves commits behind, so what the base has had counts only if the branch itself
        changed it back. Of a slice that this one depends on, it is enough that the base has changed
        the path since: that slice may have gone on before it landed.
        """
        if not lost:
            return
        from planner.scopes.dependencies import all_dependencies  # noqa: PLC0415 - rarely needed

        commits = sorted({one.commit for each in lost.values() for one in each})[:_MOST_ASKED]
        landed = lineage.contents(
            self._run.repository, self._branch.base.commit, commits, sorted(lost)[:_MOST_ASKED]
        )
        changed = {path for path, _ in landed}
        chosen, plans = self._branch.chosen, self._branch.trusted.plans
        before = all_dependencies(plans, chosen) if chosen else []
        accepts = [fence.scope(one).accepts for one in before if one.slice_.closed != "dropped"]
        for path, each in lost.items():
            if path in changed and any(one(path) or fence.is_plan_file(path) for one in accepts):
                continue
            others = [one for one in each if (path, one.oid) not in landed]
            if others:
                yield path, others, False
            elif self._is_undone(path, landed):
                yield path, each, True

    def _is_undone(self, path: bytes, landed: AbstractSet[tuple[bytes, str]]) -> bool:
        """Whether the branch's own last change made a path what it is, and the base did not."""
        touches = self._touches.undone[path] if self._touches else []
        last = next((one for one in touches if one.is_own), None)
        now = self._oid(path)
        return last is not None and _is_same(last.oid, now) and (path, last.oid) not in landed

    def _of_others(self, fence: Fence, path: bytes, each: Sequence[Touch]) -> str:
        """A commit that the branch of another open slice has, of those that touched its path.

        A merge with swapped parents makes the commits of another branch look like own ones.
        """
        own = self._branch.chosen
        holders = [one for one, _ in fence.holders(path) if own is None or one.key != own.key]
        if not holders:
            return ""
        from planner.repository import branches  # noqa: PLC0415 - rarely needed

        commit = each[-1].commit
        names = branches.containing(self._run.repository, commit)
        accepts = PatternSet(patterns(entry for one in holders for entry in one.slice_.branch))
        is_theirs = any(
            accepts.first(path_bytes(name)) is not None and name != self._branch.name
            for name in names
        )
        return commit if is_theirs else ""

    def named(self, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return findings, each with the first commit that touched its path."""
        request = self._branch.request
        if request.is_staged:
            return list(findings)
        known: dict[Any, Any] = {}  # most details are equal: each is stored once
        result = []
        for one in findings:
            commit = self.first(path_bytes(one.location.path))
            keys = {key for key, _ in one.details}
            # What a branch edits in a plan is told by its own commit, or not committed at all.
            if commit and "commit" not in keys and not (request.is_worktree and "key" in keys):
                details = (*one.details, ("commit", commit))
                one = one._replace(details=known.setdefault(details, details))  # noqa: PLW2901
            result.append(one)
        return result
