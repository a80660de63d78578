"""What `check-scope` found out about a branch."""

from typing import NamedTuple

from planner.branch.read import Branch
from planner.branch.trusted import Revision, Trusted
from planner.check.scope.exceptions import ScopeException
from planner.diagnostic import Diagnostic
from planner.plan.model import Chosen, ChosenRule


class Counts(NamedTuple):
    """How many paths got which verdict; `changed` is the sum of the others."""

    changed: int = 0
    in_scope: int = 0
    shared: int = 0
    excepted: int = 0
    out_of_scope: int = 0


class CommitReport(NamedTuple):
    """One commit of a merge queue, judged on its own."""

    commit: str
    judged_by: str
    slice_id: str
    counts: Counts


class ScopeReport(NamedTuple):
    """Whether a branch is in scope, and how that was told.

    Attributes:
        branch: the branch's name; empty when nothing tells.
        slice_id: the slice it was judged by; empty when there was none.
        judged_by: the same for people, such as "the slice 'api'".
        plan: the path of the plan that applied; empty when none did.
        unused: the include patterns that match no change.
        exceptions: the paths that the branch excepted, with reasons.
        commits: in a merge queue, each commit on its own.
        is_nothing: whether the base contains the head, so that there was nothing to judge.
    """

    branch: str
    slice_id: str
    judged_by: str
    plan: str
    trusted: Trusted
    base: Revision
    head: Revision
    merge_base: str
    counts: Counts = Counts()
    unused: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    exceptions: tuple[ScopeException, ...] = ()
    commits: tuple[CommitReport, ...] = ()
    is_nothing: bool = False


def named(judged_by: Chosen | ChosenRule | None) -> str:
    """Return what a branch is judged by, for people."""
    if judged_by is None:
        return ""
    if isinstance(judged_by, Chosen):
        return f"the slice {judged_by.slice_.id!r}"
    return f"the rule for '{judged_by.rule.branch[0].text}'"


def new_report(branch: Branch) -> ScopeReport:
    """Return the report of a branch before anything is judged."""
    judged_by = branch.judged_by
    return ScopeReport(
        branch=branch.name,
        slice_id=judged_by.slice_.id if isinstance(judged_by, Chosen) else "",
        judged_by=named(judged_by),
        plan=judged_by.plan.path if judged_by else "",
        trusted=branch.trusted,
        base=branch.base,
        head=branch.head,
        merge_base=branch.merge_base,
    )
