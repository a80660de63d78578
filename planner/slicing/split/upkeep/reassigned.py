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
    closed = {(plan.path, one.id) for plan in plans for one in plan.slices if not one.is_open}
    for branch, paths in branches:
        key = (branch.plan, branch.slice_id)
        if key in closed or not branch.slice_id:
            continue
        own = by_key.get(key)  # None where no plan has it any more
        for path in paths:
            if own is not None and fence.scope(own).accepts(path):
                continue
            holders = fence.holders(path)
            if holders:
                chosen, entry = holders[0]
                yield REASSIGNED_PATH.at(
                    Location(path_text(path)),
                    f"'{path_text(path)}' is in the branch {branch.name!r}, but the plan gives it "
                    f"to {chosen.slice_.id!r} now; nothing was made",
                    "a branch of the split was changed or removed: bring that into the big branch, "
                    "then planner split --undo, planner split",
                    related=(Related(entry.location, f"held by {chosen.slice_.id!r} here"),),
                    slices=[branch.slice_id, chosen.slice_.id],
                )
