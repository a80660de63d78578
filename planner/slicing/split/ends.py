"""What is to be split: the ends of the big branch, and where the branches of slices start."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.branch.bases import branch_tip, find_merge_base
from planner.branch.ends import revision
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.errors import PlannerError
from planner.plan.model import Plan
from planner.slicing.ends import NAME_BASE
from planner.slicing.split.building import Ends


class Asked(NamedTuple):
    """What the user asks for; an empty revision means the usual one.

    Attributes:
        is_again: whether it takes the place of what an earlier split of the branch made.
    """

    base: str = ""
    head: str = ""
    onto: str = ""
    is_chain: bool = False
    by_hunk: bool = False
    is_dry_run: bool = False
    is_strict: bool = False
    is_again: bool = False


def find_ends(run: Run, plans: Sequence[Plan], asked: Asked) -> tuple[Ends, Revision]:
    """Return the ends of the big branch, and its head as it was named.

    Raises:
        PlannerError: one of them is not in this clone, or they share no history.
    """
    head = revision(run, asked.head or "HEAD")
    base = revision(run, asked.base) if asked.base else branch_tip(run, _base_name(plans))
    base, merge_base = find_merge_base(run, base, head, NAME_BASE)
    root = revision(run, asked.onto).commit if asked.onto else merge_base
    name = _name_of(run, asked.head, head)
    return Ends(name, base.commit, base.ref or base.name, head.commit, merge_base, root), head


def _base_name(plans: Sequence[Plan]) -> str:
    """The one branch that all open slices land on; not one of their own, which others are on."""
    own = {entry.text for plan in plans for slice_ in plan.open_slices for entry in slice_.branch}
    bases = {plan.base_of(slice_) for plan in plans for slice_ in plan.open_slices} - own
    if len(bases) > 1:
        raise PlannerError(
            f"the slices have several bases: {', '.join(sorted(bases))}",
            hint="name one: --base REV",
        )
    return next(iter(bases), plans[0].base)


def _name_of(run: Run, named: str, head: Revision) -> str:
    """Return how the big branch is called; the start of an id where it is no branch."""
    name = named.removeprefix("refs/heads/")
    if named in ("", "HEAD"):
        name = run.repository.branch
    elif run.objects.ref(f"refs/heads/{name}") is None:
        remote = run.objects.ref(f"refs/remotes/{name}")
        name = name.partition("/")[2] if remote else ""
    return name or head.commit[:12]
