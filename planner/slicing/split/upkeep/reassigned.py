"""What the plan has moved to another slice since the split."""

from collections.abc import Iterable, Iterator, Sequence

from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text
from planner.plan.model import Plan
from planner.rules import REASSIGNED_PATH
from planner.scopes.fence import Fence
from planner.slicing.split.record import Branch


def reassigned(
    plans: Sequence[Plan], branches: Sequence[tuple[Branch, Iterable[bytes]]]
) -> Iterator[Diagnostic]:
    """Yield a finding for each path that an open slice does not accept, and another one holds.

    Args:
        branches: those of the split, with the paths that it gave to each.
    """
    fence = Fence(plans)
    by_key = {chosen.key: chosen for chosen in fence.open}
    of_split = {(branch.plan, branch.slice_id) for branch, _ in branches}
    for branch, paths in branches:
        own = by_key.get((branch.plan, branch.slice_id))
        if own is None:  # it is closed, or no plan has it any more
            continue
        for path in paths:
            if fence.scope(own).accepts(path):
                continue
            holders = [one for one in fence.holders(path) if one[0].key in of_split]
            if holders:
                chosen, entry = holders[0]
                yield REASSIGNED_PATH.at(
                    Location(path_text(path)),
                    f"'{path_text(path)}' is in the branch {branch.name!r}, but the plan gives it "
                    f"to {chosen.slice_.id!r} now; nothing was made",
                    "split again: planner split --undo, then planner split",
                    related=(Related(entry.location, f"held by {chosen.slice_.id!r} here"),),
                    slices=[branch.slice_id, chosen.slice_.id],
                )
