"""The ends of a big change, and the names of branches that follow from them."""

import re
from typing import Final, NamedTuple

from planner.branch.bases import branch_tip, find_merge_base
from planner.branch.ends import revision
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.errors import PlannerError

_REFUSED: Final = re.compile(r"[^\w./@+=#%-]+")  # by patterns of branches, or by a shell
_UNNAMED: Final = "sliced"
NAME_BASE: Final = "name what to compare with: --base REV"


class Ends(NamedTuple):
    """The ends of a big change.

    Attributes:
        target: the name of the branch on which its slices land.
        name: what `split` calls the change: its own branch, else the start of an id.
        branch: what the names of their branches start with: that of its own branch.
    """

    base: Revision
    head: Revision
    merge_base: str
    target: str
    name: str
    branch: str


def find_ends(run: Run, base: str, head: str) -> Ends:
    """Return the ends of a change, as the user names them.

    Args:
        base: may be empty: then it is the default branch.
        head: may be empty: then it is HEAD.

    Raises:
        PlannerError: an end is not in this clone, or they share no history.
    """
    tip = revision(run, head or "HEAD")
    start = revision(run, base) if base else _default_tip(run)
    start, merge_base = find_merge_base(run, start, tip, NAME_BASE)
    name = run.repository.branch if head in ("", "HEAD") else _branch(run, head)
    stem = _REFUSED.sub("-", name).strip("-") or _UNNAMED
    target = (base and _branch(run, base)) or _default(run)
    return Ends(start, tip, merge_base, target, name or tip.commit[:12], stem)


def _default_tip(run: Run) -> Revision:
    try:
        name = run.default_branch
    except PlannerError as error:
        raise PlannerError(error.message, hint=NAME_BASE) from error
    return branch_tip(run, name)


def _default(run: Run) -> str:
    """Return the default branch; `main` where there is none, as plans have it."""
    try:
        return run.default_branch
    except PlannerError:
        return "main"


def _branch(run: Run, named: str) -> str:
    """Return the name of the branch that a revision names, without its remote; else nothing."""
    name = re.sub(r"^(refs/)?(heads|remotes)/", "", named)
    if run.objects.ref(f"refs/heads/{name}"):
        return name
    return name.partition("/")[2] if run.objects.ref(f"refs/remotes/{name}") else ""
