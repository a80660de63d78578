"""Judges the branch that a stacked branch builds on."""

from planner.branch.bases import base_of, find_merge_base
from planner.branch.read import Branch, Request
from planner.branch.run import Run
from planner.check.scope.report import ScopeReport
from planner.diagnostic import Diagnostic
from planner.plan.model import Chosen
from planner.repository import changes
from planner.rules import PARENT_OUT_OF_SCOPE


def parent_branch(run: Run, branch: Branch, parent: Chosen) -> Branch:
    """Return the branch that a stacked branch is compared with, to be judged by its own slice.

    The author of the branch may have made it up.

    Raises:
        GitError: it has no merge base with its own base.
    """
    head = branch.base
    base, grandparent = base_of(run, parent, branch.trusted.plans)
    base, merge_base = find_merge_base(run, base, head)
    changed = changes.between(run.repository, merge_base, head.commit)
    return Branch(
        Request(), head.name, parent, branch.trusted, base, head, merge_base, head.commit, changed,
        parent=grandparent,
    )  # fmt: skip


def parent_finding(branch: Branch, report: ScopeReport) -> Diagnostic | None:
    """Return the finding that the parent of a branch is out of scope; None where it is in scope."""
    wrong = [one for one in report.diagnostics if one.severity == "error"]
    if not wrong:
        return None
    first = wrong[0]
    rest = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return PARENT_OUT_OF_SCOPE.at(
        first.location,
        f"{branch.base.name}, the branch of {report.judged_by} that this one builds on, is out of "
        f"scope: {first.message} [{first.rule}]{rest}",
        f"fix that branch first: planner check-scope --head {branch.base.name}",
    )
