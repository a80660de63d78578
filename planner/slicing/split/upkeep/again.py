"""Splits again where the plan or the big branch has changed, and nobody has worked on a branch."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from planner.branch.run import Run
from planner.diagnostic import has_errors
from planner.errors import PlannerError
from planner.paths import shell_text
from planner.plan.model import Plan
from planner.repository import changes
from planner.slicing.split import record
from planner.slicing.split.ends import Asked
from planner.slicing.split.job import Split, split
from planner.slicing.split.record import Branch, Record, Tip
from planner.slicing.split.upkeep.reassigned import reassigned
from planner.slicing.split.upkeep.updating import ends_now


class Again(NamedTuple):
    """A big branch that was split again.

    Attributes:
        removed: the branches of the earlier split that this one does not make.
    """

    split: Split
    removed: tuple[Branch, ...]


def split_again(run: Run, plans: Sequence[Plan], asked: Asked) -> Again | None:
    """Split by the plan and the big branch as they are now, in place of what was made.

    None where there is nothing to do anew, or where somebody has worked on a branch of the split:
    then only `update` can keep that.

    Raises:
        PlannerError: nothing was split, a branch that would move is checked out, or git failed.
    """
    found = record.needed(run.objects, asked.head)
    tip = run.objects.ref(f"refs/heads/{found.ends.name}")
    if tip is None or not (tip != found.ends.head or _is_reassigned(run, plans, found)):
        return None
    ends = ends_now(run, found.ends, asked)
    asked = asked._replace(
        head=f"refs/heads/{found.ends.name}",
        base=ends.base_name,
        onto="" if ends.root == found.ends.merge_base else ends.root,
        is_chain=found.how.is_chain,
        by_hunk=found.how.by_hunk,
        is_again=True,
    )
    first = split(run, plans, asked._replace(is_dry_run=True))
    made = {one.planned.name: one.commit for one in first.made}
    tips = record.tips(run.repository, found.branches)
    if not all(_is_as_made(branch, tips, made) for branch in found.branches):
        return None
    gone = tuple(one for one in found.branches if one.name in tips and one.name not in made)
    if has_errors(first.findings) or first.proof is None:
        return Again(first, ())
    _refuse_checked_out(tips, made)
    return Again(first if asked.is_dry_run else split(run, plans, asked), gone)


def _is_reassigned(run: Run, plans: Sequence[Plan], found: Record) -> bool:
    given = (
        (one, [each.path for each in changes.between(run.repository, one.parent, one.commit)])
        for one in found.branches
    )
    return any(True for _ in reassigned(plans, [*given]))


def _is_as_made(branch: Branch, tips: Mapping[str, Tip], made: Mapping[str, str]) -> bool:
    """Whether a branch is as recorded, or as a run that was killed has left it."""
    tip = tips.get(branch.name)
    if tip is None:
        return branch.name not in made
    return tip.commit in (branch.commit, made.get(branch.name))


def _refuse_checked_out(tips: Mapping[str, Tip], made: Mapping[str, str]) -> None:
    for name, tip in tips.items():
        if tip.worktree and tip.commit != made.get(name):
            raise PlannerError(
                f"the branch {name!r} is checked out in {tip.worktree!r}, and would move "
                "under its files; nothing was made",
                hint=f"git -C {shell_text(tip.worktree)} switch --detach, "
                "then planner split --update",
            )
