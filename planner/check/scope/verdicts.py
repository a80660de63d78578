"""The verdict on each changed path: which slice holds it, and whether it may be touched."""

from functools import cached_property
from typing import Final, Literal, NamedTuple

from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text
from planner.plan.model import Chosen, ChosenRule, Entry, shared_with
from planner.repository.changes import REGULAR, Change
from planner.rules import EXCLUDED_PATH, FOREIGN_PATH, OUTSIDE_SCOPE
from planner.scopes.fence import Fence
from planner.scopes.nearest import Nearest

Kind = Literal["in_scope", "shared", "outside", "forbidden"]


class Verdict(NamedTuple):
    """The verdict on one change.

    The branch may except an `outside` path, but not a `forbidden` one, which another slice holds
    or a plan excludes.
    """

    change: Change
    kind: Kind
    finding: Diagnostic | None = None


class Judge:
    """Judges paths by a slice, or by a rule for unplanned branches.

    Args:
        is_revert: whether the branch reverts the slice, which may be closed.
    """

    def __init__(
        self, fence: Fence, judged_by: Chosen | ChosenRule, *, is_revert: bool = False
    ) -> None:
        self._fence = fence
        self._known: dict[Diagnostic, Diagnostic] = {}
        self._beyond: dict[tuple[str, Location | None], Diagnostic] = {}
        self.name = judged_by.label
        self._own = judged_by.key if isinstance(judged_by, Chosen) else None
        # Two open slices are disjoint; a rule and a closed slice may hold what a slice holds.
        self._gives_way = is_revert or (
            isinstance(judged_by, ChosenRule) and not judged_by.rule.held
        )
        if isinstance(judged_by, Chosen):
            self._scope = fence.scope(judged_by)
            self._include = judged_by.slice_.scope.include
            self._exclude = judged_by.slice_.scope.exclude
            self._shared = shared_with(judged_by.plan, judged_by.slice_.id)
        else:
            self._scope = fence.rule_scope(judged_by)
            self._include = judged_by.rule.include
            self._exclude = ()
            self._shared = ()

    def may_edit(self, path: bytes) -> bool:
        """Return whether a literal entry of the scope names this plan file."""
        return self._scope.literal(path) is not None

    def verdict(self, change: Change) -> Verdict:
        """Return the verdict on a path that is not a plan file; the first reason that applies."""
        path = change.path
        if is_document(self._fence, change):
            return Verdict(change, "shared")
        excluded = self._fence.excluded_by(path)
        if excluded is not None and self._scope.is_excluded(path):
            return self._refused(change, "forbidden", self._excluded(change, excluded))
        if self._scope.shares(path) is not None:
            return Verdict(change, "shared")
        is_held = self._scope.holds(path) is not None
        if is_held and not self._gives_way:
            return Verdict(change, "in_scope")
        holders = self._others(path)
        if holders:
            return self._refused(change, "forbidden", self._foreign(change, *holders[0]))
        if is_held:
            return Verdict(change, "in_scope")
        return self._refused(change, "outside", self._outside(change))

    def _refused(self, change: Change, kind: Kind, finding: Diagnostic) -> Verdict:
        # Most of 100,000 findings differ in their path alone: the rest is stored once.
        one = self._known.setdefault(finding, finding)
        return Verdict(change, kind, Diagnostic(Location(path_text(change.path)), *one[1:]))

    def unused(self, paths: list[bytes]) -> tuple[str, ...]:
        """Return the include patterns that match none of the paths, in the plan's order."""
        return tuple(self._include[index].text for index in self._scope.unused(paths))

    def accepts(self, path: bytes) -> bool:
        """Return whether the branch may touch a path."""
        if path in self._fence.documents or self._scope.shares(path) is not None:
            return True
        if self._scope.holds(path) is None:
            return False
        return not (self._gives_way and self._others(path))

    def _others(self, path: bytes) -> list[tuple[Chosen, Entry]]:
        """The other open slices that hold a path, each with the entry by which it does."""
        return [each for each in self._fence.holders(path) if each[0].key != self._own]

    def line(self, path: bytes) -> Entry | None:
        """Return the entry of the plan that accepts a path; None where none does."""
        shared = self._scope.shares(path)
        if shared is not None:
            return self._shared[shared]
        held = self._scope.holds(path)
        return None if held is None else self._include[held]

    def _excluded(self, change: Change, line: Entry) -> Diagnostic:
        return EXCLUDED_PATH.at(
            _NOWHERE,
            f"{_DONE[change.status]}, but the plan excludes it for every slice",
            "revert the change; if a slice must touch the path, list exactly it in its include",
            related=(Related(line.location, f"excluded by '{line.text}'"),),
            change=change.status,
        )

    def _foreign(self, change: Change, holder: Chosen, line: Entry) -> Diagnostic:
        other = holder.slice_
        branch = other.branch[0].text if other.branch else ""
        return FOREIGN_PATH.at(
            _NOWHERE,
            f"{_DONE[change.status]}, but the slice {other.id!r} holds it",
            f"make the change on its branch, '{branch}', or revert it",
            related=(Related(line.location, f"held by '{line.text}'"),),
            change=change.status,
            owner_slice=other.id,
        )

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest(self._include)

    def _outside(self, change: Change) -> Diagnostic:
        index = self._scope.excluded.first(change.path)
        if index is None:
            line, why = self._nearest.entry(change.path), "does not hold it"
        else:
            line, why = self._exclude[index], "excludes it"
        # Thousands of paths have few nearest lines.
        key = (change.status, line and line.location)
        if key not in self._beyond:
            said = "nearest include line:" if index is None else "excluded by"
            self._beyond[key] = OUTSIDE_SCOPE.at(
                _NOWHERE,
                f"{_DONE[change.status]}, but {self.name} {why}",
                "revert the change, or change the plan first, in a pull request of its own",
                related=(Related(line.location, f"{said} '{line.text}'"),) if line else (),
                change=change.status,
            )
        return self._beyond[key]


_NOWHERE: Final = Location("")


def is_document(fence: Fence, change: Change) -> bool:
    """Return whether a change is to a page rendered from a plan, which is a regular file."""
    return change.path in fence.documents and change.mode in (*REGULAR, 0)


_DONE = {"A": "added", "M": "changed", "D": "deleted", "T": "changed its type"}
