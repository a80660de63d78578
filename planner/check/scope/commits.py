"""What the commits of a branch touched: which one first, and what its net change hides."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_bytes, path_text
from planner.repository import lineage
from planner.repository.lineage import Touches
from planner.rules import BURIED_COMMITS, CHANGED_BACK, UNKNOWN_HISTORY
from planner.scopes.dependencies import all_dependencies
from planner.scopes.fence import Fence


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
        if request.is_staged or (not request.is_worktree and parents == [branch.merge_base, None]):
            return None
        if branch.tip == branch.merge_base:
            return Touches({}, is_whole=True)
        ends = branch.base.commit, branch.tip
        repository = self._run.repository
        return self._run.once(("touches", *ends), lambda: lineage.touches(repository, *ends))

    @cached_property
    def _changed(self) -> frozenset[bytes]:
        return frozenset(change.path for change in self._branch.changes)

    def first(self, path: bytes) -> str:
        """Return the first commit that touched a path; empty for an uncommitted change."""
        if self._touches is not None:
            by = self._touches.by_path.get(path)
            return by.first if by else ""
        return self._branch.tip if path in self._changed else ""

    def hidden(self, fence: Fence, accepts: Callable[[bytes], bool]) -> Iterator[Diagnostic]:
        """Report paths that commits touched, and that the branch as a whole does not change.

        Args:
            accepts: whether the branch may touch a path. What a slice that it depends on may
                touch does not count either: a squash of that slice leaves its commits behind.
        """
        touches, chosen = self._touches, self._branch.chosen
        if touches is None:
            return
        before = all_dependencies(self._branch.trusted.plans, chosen) if chosen else []
        others = [fence.scope(one).accepts for one in before]
        if not touches.is_whole:
            yield UNKNOWN_HISTORY.at(
                Location(""),
                "this clone lacks commits of the branch: what they changed and changed back is "
                "unknown",
                "git fetch --unshallow (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
            )
        for path, by in touches.by_path.items():
            if path in self._changed or accepts(path) or any(each(path) for each in others):
                continue
            place = Location(path_text(path))
            if by.merged:
                name = self._branch.name or "the branch"
                message = (
                    f"changed by {by.merged[:12]}, which a merge brought, but the branch lacks the "
                    "change: landing it would mark that commit as merged"
                )
                hint = f"take the merge out of {name}: git rebase, or git cherry-pick"
                yield BURIED_COMMITS.at(place, message, hint, commit=by.merged)
            else:
                message = (
                    f"changed by {by.first[:12]} and changed back: 'Rebase and merge' would undo "
                    "what the base has changed there meanwhile"
                )
                hint = "squash the commits, or take the change out: git rebase --interactive"
                yield CHANGED_BACK.at(place, message, hint, commit=by.first)

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
