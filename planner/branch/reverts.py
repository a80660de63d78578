"""Which slice a revert takes back, by the commit that it reverts."""

import re
from collections.abc import Sequence
from typing import Final

from planner.boundary.matching import PatternSet
from planner.branch.messages import Landing, landing, without_number
from planner.branch.run import Run
from planner.paths import path_bytes, path_text
from planner.plan.branches import REVERT, slice_of_merged
from planner.plan.model import Chosen, Entry, Plan, patterns, shared_with
from planner.repository import branches, changes, lineage
from planner.repository.branches import Reference

# The subject that git and the hosts give to a revert, and the line of git-revert(1).
_SUBJECT: Final = re.compile(r'(?:Revert|Reapply) "(.+)"')
_COMMIT: Final = re.compile(r"^This reverts (?:commit|merge request) ([0-9a-f]{7,64})", re.M)


def slice_landed_in(run: Run, plans: Sequence[Plan], revision: str) -> Chosen | None:
    """Return the slice that landed with a commit of a base; None where nothing tells.

    The commit's message tells, in the forms of the hosts; else the paths that it changed: the
    first slice with patterns for all of them. A dropped slice has not landed.

    Raises:
        GitError: git failed.
    """
    commit = run.objects.commit(revision)
    if commit is None:
        return None
    for chosen in _by_message(run, plans, commit):
        if _is_in(run, commit, chosen.plan.base_of(chosen.slice_)):
            return chosen
    parent = run.objects.commit(f"{commit}^1")
    if parent is None:
        return None
    paths = [change.path for change in changes.between(run.repository, parent, commit)]
    for plan in plans:
        for slice_ in plan.slices:
            entries = (*slice_.scope.include, *shared_with(plan, slice_.id))
            if slice_.closed != "dropped" and _match_all(entries, paths):
                return Chosen(plan, slice_) if _is_in(run, commit, plan.base_of(slice_)) else None
    return None


def _match_all(entries: Sequence[Entry], paths: Sequence[bytes]) -> bool:
    matched = PatternSet(patterns(entries))
    return bool(paths) and all(matched.first(path) is not None for path in paths)


def reverted_by(run: Run, plans: Sequence[Plan], commit: str, base: str) -> Chosen | None:
    """Return the slice that a commit of a merge queue reverts; None where it is no revert.

    Its message tells: the revert's branch that it merges, the commit that it reverts, or the
    subject of such a commit on the base.

    Raises:
        GitError: git failed.
    """
    text = message_of(run, commit)
    shown = landing(commit, text, "", is_merge=True)
    while match := REVERT.fullmatch(shown.branch):
        if match["commit"]:
            return slice_landed_in(run, plans, match["commit"])
        chosen = slice_of_merged(plans, match["branch"], None)
        if chosen is not None:
            return chosen
        shown = shown._replace(branch=match["branch"])
    named = _COMMIT.search(text)
    if named:
        return slice_landed_in(run, plans, named[1])
    for line in shown.lines:
        subject = _SUBJECT.fullmatch(line)
        if subject:
            landed = _with_subject(run, base, without_number(subject[1]))
            return slice_landed_in(run, plans, landed) if landed else None
    return None


def message_of(run: Run, commit: str) -> str:
    """Return the message of a commit."""
    content = run.objects.content(commit.encode()) or b""
    return path_text(content.partition(b"\n\n")[2])


def _with_subject(run: Run, base: str, subject: str) -> str:
    """The last commit of a base's own line with that subject, the host's number aside."""
    for each in branches.messages(run.repository, Reference("", "", base), [subject]):
        if subject in landing(each.commit, each.text, "", is_merge=each.is_merge).lines:
            return each.commit
    return ""


def _by_message(run: Run, plans: Sequence[Plan], commit: str) -> list[Chosen]:
    """The slices that the message of a landed commit is about."""
    is_merge = run.objects.commit(f"{commit}^2") is not None
    text = message_of(run, commit)
    found = []
    for plan in plans:
        for slice_ in plan.slices:
            shown = landing(commit, text, plan.base_of(slice_), is_merge=is_merge)
            if slice_.closed != "dropped" and is_of(shown, Chosen(plan, slice_)):
                found.append(Chosen(plan, slice_))
    return found


def is_of(shown: Landing, chosen: Chosen) -> bool:
    """Return whether what a message shows is about the slice."""
    slice_ = chosen.slice_
    if f"Slice: {slice_.id}" in shown.lines or (slice_.commit and slice_.commit in shown.lines):
        return True
    accepts = PatternSet(patterns(slice_.branch))
    return bool(shown.branch) and accepts.first(path_bytes(shown.branch)) is not None


def _is_in(run: Run, commit: str, base: str) -> bool:
    """Whether a branch contains the commit."""
    tip = run.tip(base)
    return tip is not None and lineage.merge_bases(run.repository, commit, tip.commit) == (commit,)
