"""What `check-scope` found out about a branch."""

from typing import NamedTuple

from planner.branch.read import Branch
from planner.check.scope.exceptions import ScopeException
from planner.diagnostic import Diagnostic
from planner.plan.model import Chosen


class Counts(NamedTuple):
    """How many paths got which verdict; `changed` is the sum of the others."""

    changed: int = 0
    in_scope: int = 0
    shared: int = 0
    excepted: int = 0
    out_of_scope: int = 0


class ScopeReport(NamedTuple):
    """Whether a branch is in scope, and how that was told.

    Attributes:
        branch: the branch; for a change of plans only, `judged_by` is None.
        unused: the include patterns that match no change.
        exceptions: the paths that the branch excepted, with reasons.
        commits: in a merge queue, each commit on its own.
        accepted_by: the slices that accept a commit of a merge queue.
    """

    branch: Branch
    counts: Counts = Counts()
    diagnostics: tuple[Diagnostic, ...] = ()
    unused: tuple[str, ...] = ()
    exceptions: tuple[ScopeException, ...] = ()
    commits: tuple["ScopeReport", ...] = ()
    accepted_by: tuple[Chosen, ...] = ()
    is_plan_change: bool = False

    @property
    def slice_id(self) -> str:
        """The slice it was judged by; empty when there was none."""
        return self.branch.chosen.slice_.id if self.branch.chosen else ""

    @property
    def judged_by(self) -> str:
        """What it was judged by, for people, such as "the slice 'api'"; empty for nothing."""
        if self.is_plan_change:
            return "only plans changed"
        if len(self.accepted_by) > 1:
            ids = [repr(one.slice_.id) for one in self.accepted_by]
            return f"the slices {', '.join(ids[:-1])} and {ids[-1]}"
        return self.branch.label

    @property
    def plan(self) -> str:
        """The path of the plan that applied; empty when none did."""
        return self.branch.judged_by.plan.path if self.branch.judged_by else ""
