"""Which slice, or which rule for unplanned branches, a branch is judged by."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.errors import GitError, PlannerError
from planner.plan.branches import REVERT, rule_of_branch, slice_of_branch, slice_of_merged
from planner.plan.model import Chosen, ChosenRule, Plan
from planner.repository import lineage

_SLICE: Final = re.compile(rb"^Slice:[ \t]*([a-z0-9][a-z0-9-]*)[ \t\r]*$", re.MULTILINE)


class JudgedBy(NamedTuple):
    """The slice or rule of a branch; nothing when there is neither.

    A branch that reverts a slice may touch what that slice held, less what others hold now.
    """

    chosen: Chosen | ChosenRule | None = None
    is_revert: bool = False


def judged_by(run: Run, plans: Sequence[Plan], name: str, fork: str | None, tip: str) -> JudgedBy:
    """Return what a branch is judged by.

    Its name decides: that of an open slice, else that of a revert. A branch of the repository
    itself may also name its slice in a commit. The rest has the first rule that accepts it.

    Args:
        fork: the full name of the fork that has the branch; None if it is not in a fork.
        tip: its last commit.

    Raises:
        PlannerError: two slices accept the branch, or its commits name two.
    """
    chosen = slice_of_branch(plans, name, fork)
    if chosen is not None:
        return JudgedBy(chosen)
    reverted = _reverted(run, plans, name, fork)
    if reverted is not None:
        return JudgedBy(reverted, is_revert=True)
    named = _named_in_commits(run, plans, name, tip) if fork is None else None
    return JudgedBy(named or rule_of_branch(plans, name, fork))


def _reverted(run: Run, plans: Sequence[Plan], name: str, fork: str | None) -> Chosen | None:
    """The slice that a branch with the name of a revert takes back; also of a revert's revert."""
    while match := REVERT.fullmatch(name):
        if match["commit"] and fork is None:
            from planner.branch.reverts import slice_landed_in  # noqa: PLC0415 - rarely needed

            return slice_landed_in(run, plans, match["commit"])
        name = match["branch"] or ""
        chosen = slice_of_merged(plans, name, fork)
        if chosen is not None:
            return chosen
    return None


def named_slice(
    plans: Sequence[Plan], commits: Iterable[tuple[str, bytes]], what: str
) -> Chosen | None:
    """Return the open slice that lines `Slice: ID` name in the messages of commits.

    In a stack, a branch also has the commits of its parent: the slice on top counts.

    Args:
        commits: ids and messages.
        what: whose commits they are, for the error.

    Raises:
        PlannerError: they name several slices.
    """
    named: dict[str, str] = {}
    for commit, message in commits:
        for match in _SLICE.finditer(message):
            named.setdefault(match[1].decode(), commit)
    chosen = [
        Chosen(plan, slice_) for plan in plans for slice_ in plan.open_slices if slice_.id in named
    ]
    parents = {one.slice_.depends_on[0] for one in chosen if one.slice_.stacked}
    last = [one for one in chosen if one.slice_.id not in parents]
    if len(last) > 1:
        ids = " and ".join(f"{one.slice_.id!r} ({named[one.slice_.id][:12]})" for one in last)
        raise PlannerError(
            f"the commits of {what} name several slices: {ids}",
            hint="keep one line 'Slice: ID' in their messages, or name the slice: --slice ID",
        )
    return last[0] if last else None


def _named_in_commits(run: Run, plans: Sequence[Plan], name: str, tip: str) -> Chosen | None:
    """The open slice that the branch's own commits name."""
    if not any(plan.open_slices for plan in plans):
        return None
    bases = list(_bases(run, plans))
    if tip in bases:
        return None
    commits = lineage.messages(run.repository, bases, tip)
    if not commits and not any(_contains(run, base, tip) for base in bases):
        raise GitError("git rev-list left out the commits of the branch")
    return named_slice(plans, commits, f"the branch {name!r}")


def _contains(run: Run, base: str, commit: str) -> bool:
    return lineage.merge_bases(run.repository, base, commit) == (commit,)


def _bases(run: Run, plans: Sequence[Plan]) -> Iterator[str]:
    """The tips of all branches that slices land on."""
    names = {plan.base_of(slice_) for plan in plans for slice_ in plan.open_slices}
    for name in sorted({run.default_branch, *names}):
        tip = run.tip(name)
        if tip is not None:
            yield tip.commit
