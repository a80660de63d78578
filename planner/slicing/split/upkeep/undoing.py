"""Takes back what a split made, and nothing else."""

from typing import NamedTuple

from planner.branch.run import Run
from planner.gates.signals import uninterrupted
from planner.repository.writing import RefChange, change_refs
from planner.slicing.split.record import (
    Branch,
    Record,
    Tip,
    backup_ref,
    needed,
    record_ref,
    tips,
)


class Undone(NamedTuple):
    """What was taken back, and what was left.

    Attributes:
        removed: the branches that are gone now.
        left: the branches that are as they were, each with why.
        keeps_backup: whether no branch has the head of the big branch, so that its backup stays.
    """

    record: Record
    removed: tuple[Branch, ...]
    left: tuple[tuple[Branch, str], ...]
    keeps_backup: bool


def undo(run: Run, named: str, *, is_dry_run: bool) -> Undone:
    """Take back the branches that a split made and that stand where it put them.

    Args:
        named: how the user calls the big branch; empty for the one checked out, or the only one.

    Raises:
        PlannerError: nothing was split, or git failed.
    """
    repository, record = run.repository, needed(run.objects, named)
    now = tips(repository, record.branches)
    removed, left = [], []
    for branch in record.branches:
        why = _why_left(branch, now.get(branch.name))
        if why:
            left.append((branch, why))
        else:
            removed.append(branch)
    name, head = record.ends.name, record.ends.head
    gone = [RefChange(branch.ref, "", branch.commit) for branch in removed]
    own = [RefChange(record_ref(name), "", record.commit)]
    keeps = not repository.run("for-each-ref", f"--contains={head}", "refs/heads", "refs/remotes")
    if not keeps:
        own.append(RefChange(backup_ref(name), "", head))
    if not is_dry_run:
        with uninterrupted():
            # The record goes last: by it the next run finishes one that was killed.
            for changes in filter(None, (gone, own)):
                change_refs(repository, changes, f"planner: undo the split of {name}")
    return Undone(record, tuple(removed), tuple(left), keeps)


def _why_left(branch: Branch, tip: Tip | None) -> str:
    if tip is None:
        return "it is gone"
    if tip.commit != branch.commit:
        return f"it has moved to {tip.commit[:12]}"
    return f"it is checked out in {tip.worktree!r}" if tip.worktree else ""
