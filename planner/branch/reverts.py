"""Which slice a revert takes back, by the commit that it reverts."""

import re
from collections.abc import Sequence
from typing import Final

from planner.boundary.matching import PatternSet
from planner.branch.bases import is_done
from planner.branch.messages import landing, line_of, names_branch_of, without_number
from planner.branch.run import Run
from planner.paths import path_text
from planner.plan.branches import REVERT, slice_of_merged
from planner.plan.model import Chosen, Plan, patterns, shared_with
from planner.repository import branches, changes, lineage
from planner.repository.branches import Reference

# The subject that git and the hosts give to a revert, and the line of git-revert(1).
_SUBJECT: Final = re.compile(r'(?:Revert|Reapply) "(.+)"')
_COMMIT: Final = re.compile(r"^This reverts (?:commit|merge request) ([0-9a-f]{7,64})", re.M)

# The line that GitHub writes into the text of a pull request that reverts another.
_REQUEST: Final = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?#([0-9]+)\s*$", re.M)


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
    landed = [chosen for chosen in _every(plans) if _may_touch_all(chosen, paths)]
    # The slice that holds the paths now comes first.
    landed.sort(key=lambda chosen: not chosen.slice_.is_open)
    if not landed or not _is_in(run, commit, landed[0].plan.base_of(landed[0].slice_)):
        return None
    return landed[0]


def _every(plans: Sequence[Plan]) -> list[Chosen]:
    """All slices that may have landed."""
    every = (Chosen(plan, slice_) for plan in plans for slice_ in plan.slices)
    return [chosen for chosen in every if chosen.slice_.closed != "dropped"]


def _may_touch_all(chosen: Chosen, paths: Sequence[bytes]) -> bool:
    scope = chosen.slice_.scope
    included = PatternSet(patterns(scope.include))
    excluded = PatternSet(patterns(scope.exclude), below=True)
    shared = PatternSet(patterns(shared_with(chosen.plan, chosen.slice_.id)))
    return bool(paths) and all(
        shared.first(path) is not None
        or (included.first(path) is not None and excluded.first(path) is None)
        for path in paths
    )


def reverted_by(run: Run, plans: Sequence[Plan], commit: str, before: str) -> Chosen | None:
    """Return the slice that a commit of a merge queue reverts; None where it is no revert.

    Its message tells, or that of a commit that it merges: the revert's branch, the commit that it
    reverts, or the subject or the number of what landed before it.

    Args:
        before: the commit before it.

    Raises:
        GitError: git failed.
    """
    text = message_of(run, commit)
    name = landing(commit, text, "", is_merge=True).branch
    while match := REVERT.fullmatch(name):
        if match["commit"]:
            return slice_landed_in(run, plans, match["commit"])
        name = match["branch"]
        chosen = slice_of_merged(plans, name, None)
        if chosen is not None:
            return chosen if is_done(run, chosen) else None
    texts = [text]
    merged = run.objects.commit(f"{commit}^2")
    if merged is not None:
        commits = lineage.messages(run.repository, [before], merged)
        texts += [path_text(each.message) for each in commits]
    chosen = slice_reverted_in(run, plans, texts)
    if chosen is not None:
        return chosen
    for line in landing(commit, text, "", is_merge=True).lines:
        subject = _SUBJECT.fullmatch(line)
        if subject:
            landed = _with_subject(run, before, without_number(subject[1]))
            return slice_landed_in(run, plans, landed) if landed else None
    number = _REQUEST.search(text)
    landed = _with_number(run, before, number[1]) if number else ""
    return slice_landed_in(run, plans, landed) if landed else None


def slice_reverted_in(run: Run, plans: Sequence[Plan], messages: Sequence[str]) -> Chosen | None:
    """Return the slice of the commit that messages say is reverted, as git-revert(1) writes it."""
    for text in messages:
        named = _COMMIT.search(text)
        chosen = slice_landed_in(run, plans, named[1]) if named else None
        if chosen is not None:
            return chosen
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


def _with_number(run: Run, base: str, number: str) -> str:
    """The last commit of a base's own line with which that pull request of GitHub landed."""
    marks = (f" (#{number})", f"Merge pull request #{number} from ")
    for each in branches.messages(run.repository, Reference("", "", base), marks):
        subject = each.text.partition("\n")[0].rstrip()
        if subject.endswith(marks[0]) or subject.startswith(marks[1]):
            return each.commit
    return ""


def _by_message(run: Run, plans: Sequence[Plan], commit: str) -> list[Chosen]:
    """The slices that the message of a landed commit is about."""
    is_merge = run.objects.commit(f"{commit}^2") is not None
    text = message_of(run, commit)
    landed = []
    for chosen in _every(plans):
        base = chosen.plan.base_of(chosen.slice_)
        shown = landing(commit, text, base, is_merge=is_merge)
        if line_of(shown, chosen.slice_) or names_branch_of(shown, chosen.slice_):
            landed.append(chosen)
    return landed


def _is_in(run: Run, commit: str, base: str) -> bool:
    """Whether a branch contains the commit."""
    tip = run.tip(base)
    return tip is not None and lineage.contains(run.repository, tip.commit, commit)
