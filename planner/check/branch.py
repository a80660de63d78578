"""The part `branch` of `check`: does the pull request land where its slice belongs?"""

from planner.boundary.matching import PatternSet
from planner.branch.bases import base_of
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.diagnostic import Diagnostic
from planner.paths import path_bytes, shell_text
from planner.plan.model import Chosen, patterns
from planner.report import Report
from planner.repository import lineage
from planner.rules import BEHIND_PARENT, UNKNOWN_HISTORY, WRONG_BASE


def check(run: Run, branch: Branch) -> Report:
    """Check that the pull request lands on the base of its slice.

    Raises:
        GitError: the branch of a parent cannot be determined.
    """
    chosen = branch.chosen
    if branch.is_queue:
        return Report("check", not_applicable="a merge queue is no pull request")
    if chosen is None or branch.is_revert:
        return Report("check", not_applicable="the branch belongs to no slice")
    target = _target(run, branch)
    tip: Revision | None = None
    parent: Chosen | None = None
    if chosen.slice_.stacked:
        tip, parent = base_of(run, chosen, branch.trusted.plans)
    if not target and parent is None:
        return Report("check", not_applicable="there is no pull request")
    base = chosen.plan.base_of(chosen.slice_)
    if parent is not None and tip is not None:
        base = tip.name.partition("/")[2] if tip.ref.startswith("refs/remotes/") else tip.name
    findings = []
    if target and not _is_base(target, base, parent):
        findings.append(_wrong_base(chosen, target, base, parent))
    if parent is not None and tip is not None:
        findings += _behind(run, branch, chosen, tip)
    lands = f"the pull request lands on {target!r}" if target else f"the base is {base!r}"
    payload = {"slice": chosen.slice_.id, "lands_on": target or None, "base": base}
    return Report("check", tuple(findings), (lands,), payload)


def _target(run: Run, branch: Branch) -> str:
    """The branch that the pull request lands on; empty where nothing tells."""
    if run.event.base_branch and not branch.request.base:
        return run.event.base_branch
    named = branch.request.base.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    name = named.removeprefix("origin/")
    return name if name and run.tip(name) is not None else ""


def _is_base(target: str, base: str, parent: Chosen | None) -> bool:
    if parent is None:
        return target == base
    return PatternSet(patterns(parent.slice_.branch)).first(path_bytes(target)) is not None


def _wrong_base(chosen: Chosen, target: str, base: str, parent: Chosen | None) -> Diagnostic:
    slice_ = chosen.slice_
    why = f", the branch of the slice {parent.slice_.id!r}" if parent else ""
    return WRONG_BASE.at(
        chosen.plan.where(slice_.node, "stacked" if parent else "base"),
        f"the pull request lands on {target!r}, but the base of the slice {slice_.id!r} is "
        f"{base!r}{why}",
        f"change the base of the pull request to {base!r}, or first the plan",
        slice=slice_.id,
    )


def _behind(run: Run, branch: Branch, chosen: Chosen, tip: Revision) -> list[Diagnostic]:
    """Report a stacked branch that lacks commits of its parent."""
    lacking = lineage.lacking(run.repository, branch.tip, of=tip.commit)
    if lacking is None:
        return []
    place = chosen.plan.where(chosen.slice_.node, "stacked")
    if not lacking.is_certain:
        message = (
            f"this clone lacks commits of the branch: whether it has all of {tip.name!r}, which it "
            "is stacked on, is unknown"
        )
        return [UNKNOWN_HISTORY.at(place, message, lineage.WHOLE_HISTORY)]
    commits = {0: "commits", 1: "1 commit"}.get(lacking.number, f"{lacking.number:,} commits")
    finding = BEHIND_PARENT.at(
        place,
        f"the branch lacks {commits} of {tip.name!r}, which it is stacked on",
        f"git rebase {shell_text(tip.name)}",
        slice=chosen.slice_.id,
    )
    return [finding]
