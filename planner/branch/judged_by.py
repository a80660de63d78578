"""Which slice, or which rule for unplanned branches, a branch is judged by."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.branch.slice_lines import named_slice
from planner.errors import GitError
from planner.paths import path_text
from planner.plan.branches import (
    REVERT,
    rule_of_branch,
    slice_of_branch,
    slice_of_merged,
)
from planner.plan.document.problems import nearest
from planner.plan.model import Chosen, ChosenRule, Plan
from planner.repository import lineage
from planner.repository.lineage import BranchCommit

_MEANT: Final = re.compile(rb"^(slice:[ \t]*(\S{1,100}))[ \t\r]*$", re.MULTILINE | re.IGNORECASE)


class JudgedBy(NamedTuple):
    """The slice or rule of a branch; nothing when there is neither.

    A branch that reverts a slice may touch what that slice held, less what others hold now.
    """

    chosen: Chosen | ChosenRule | None = None
    is_revert: bool = False


class Named(NamedTuple):
    """A branch by what tells its slice.

    Attributes:
        fork: the full name of the fork that has it; None if it is not in a fork.
        tip: its last commit.
        base: the commit that it is compared with, where that is known already; else empty.
    """

    name: str
    fork: str | None
    tip: str
    base: str = ""


def judged_by(run: Run, plans: Sequence[Plan], branch: Named) -> JudgedBy:
    """Return what a branch is judged by.

    Its name decides: that of an open slice, else that of a revert. A branch of the repository
    itself may also name its slice in a commit. The rest has the first rule that accepts it.

    Raises:
        PlannerError: two slices accept the branch, or its commits name two.
    """
    chosen = slice_of_branch(plans, branch.name, branch.fork)
    if chosen is not None:
        return JudgedBy(chosen)
    reverted = _reverted(run, plans, branch)
    if reverted is not None:
        return JudgedBy(reverted, is_revert=True)
    named = None
    if branch.fork is None and any(plan.open_slices for plan in plans):
        named = named_slice(plans, _own_commits(run, plans, branch), f"the branch {branch.name!r}")
    return JudgedBy(named or rule_of_branch(plans, branch.name, branch.fork))


def _reverted(run: Run, plans: Sequence[Plan], branch: Named) -> Chosen | None:
    """The slice that a branch with the name of a revert takes back; also of a revert's revert.

    Whether an open slice has landed is not asked: a squash with a title of its own leaves no sign,
    and the name opens no more than the name of the slice's own branch would.
    """
    name, is_revert = branch.name, False
    while match := REVERT.fullmatch(name):
        is_revert = True
        if match["commit"]:
            break
        name = match["branch"]
        chosen = slice_of_merged(plans, name, branch.fork)
        if chosen is not None:
            return chosen
    if not is_revert or branch.fork is not None:
        return None
    from planner.branch.reverts import slice_landed_in, slice_reverted_in  # noqa: PLC0415 - rare

    if match:
        return slice_landed_in(run, plans, match["commit"])
    # The name of an agent's branch tells nothing, but git names the commit that is reverted.
    messages = [path_text(each.message) for each in _own_commits(run, plans, branch)]
    return slice_reverted_in(run, plans, messages)


class NoSlice(NamedTuple):
    """What to say of a line `Slice: ID` that names no open slice."""

    message: str
    hint: str


def names_no_slice(run: Run, plans: Sequence[Plan], branch: Named) -> NoSlice | None:
    """Return what to say of the first line of a branch's commits that seems to name its slice.

    For a branch that has no slice; None where it has no such line.

    Raises:
        PlannerError: its commits cannot be read.
    """
    ids = [slice_.id for plan in plans for slice_ in plan.open_slices]
    if branch.fork is not None or not branch.name or not ids:
        return None
    for commit, message in _own_commits(run, plans, branch):
        match = _MEANT.search(message)
        if match:
            line, name = path_text(match[1]), path_text(match[2])
            hint = nearest(name.lower(), ids).replace("'", "'Slice: ", 1)
            hint = hint or f"the open slices are: {', '.join(ids[:_MOST_IDS])}"
            return NoSlice(f"'{line}' in {commit[:12]} names no open slice", hint)
    return None


_MOST_IDS: Final = 12


def _own_commits(run: Run, plans: Sequence[Plan], branch: Named) -> tuple[BranchCommit, ...]:
    """The commits of a branch that none of the branches has that slices land on."""
    bases = sorted({*_bases(run, plans), *filter(None, [branch.base])})
    if branch.tip in bases:
        return ()
    key = ("own commits", branch.tip, *bases)
    commits = run.once(key, lambda: lineage.messages(run.repository, bases, branch.tip))
    if not commits and not any(
        lineage.contains(run.repository, base, branch.tip) for base in bases
    ):
        raise GitError("git rev-list left out the commits of the branch")
    return commits


def _bases(run: Run, plans: Sequence[Plan]) -> Iterator[str]:
    """The tips of all branches that slices land on."""
    names = {plan.base_of(slice_) for plan in plans for slice_ in plan.open_slices}
    for name in sorted({run.default_branch, *names}):
        tip = run.tip(name)
        if tip is not None:
            yield tip.commit
