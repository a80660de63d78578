"""The part `commits` of `check`: are the branch's own commits Conventional Commits?"""

from collections.abc import Iterator
from typing import Final

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.plan.conventional import FORM, fault_of, is_fixup, is_revert
from planner.plan.model import Chosen
from planner.report import Report
from planner.repository import lineage
from planner.repository.lineage import BranchCommit
from planner.rules import COMMIT_GRAMMAR, FIXUP_COMMIT, UNKNOWN_HISTORY

_LONGEST: Final = 100
_UNKNOWN: Final = "this clone lacks commits of the branch: their messages are unknown"


def check(run: Run, branch: Branch) -> Report:
    """Check the messages of the commits on the branch's first-parent line that are no merges."""
    chosen = branch.chosen
    if branch.is_queue:
        return Report("check", not_applicable="the host writes the commits of a merge queue")
    if chosen is None or branch.is_revert:
        return Report("check", not_applicable="the branch belongs to no slice")
    if not chosen.slice_.commit:
        why = f"the slice {chosen.slice_.id!r} declares no commit"
        return Report("check", not_applicable=why)
    commits = lineage.own_messages(run.repository, branch.base.commit, branch.tip)
    findings = [one for commit in commits for one in _findings(chosen, commit)]
    cut = lineage.boundary(run.repository)
    if any(one.commit in cut for one in commits):
        place = chosen.plan.where(chosen.slice_.node, "commit")
        findings.append(UNKNOWN_HISTORY.at(place, _UNKNOWN, lineage.WHOLE_HISTORY))
    count = "1 commit" if len(commits) == 1 else f"{len(commits)} commits"
    payload = {"slice": chosen.slice_.id, "commits": [one.commit for one in commits]}
    return Report("check", tuple(findings), (f"{count} of the branch",), payload)


def _findings(chosen: Chosen, one: BranchCommit) -> Iterator[Diagnostic]:
    message = one.message.decode("utf-8", "replace").strip("\n")
    subject = message.split("\n")[0]
    short = subject if len(subject) <= _LONGEST else f"{subject[:_LONGEST]}…"
    place = chosen.plan.where(chosen.slice_.node, "commit")
    name = f"commit {one.commit[:12]} {short!r}"
    if is_fixup(subject):
        hint = "git rebase --interactive --autosquash, or squash the pull request"
        yield FIXUP_COMMIT.at(place, f"{name} is to be squashed", hint, commit=one.commit)
    elif not is_revert(subject) and (fault := fault_of(message)):
        text = f"{name} is not a Conventional Commit: {fault}"
        yield COMMIT_GRAMMAR.at(place, text, f"{FORM}: git rebase --interactive", commit=one.commit)
