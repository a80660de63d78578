"""Which open slices without a dependency path between them can touch one path; with the path."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from planner.boundary.language import PathSet, Term, Unproved, Witness, overlap, overlaps
from planner.boundary.pattern import Pattern
from planner.plan.model import Chosen, Plan, patterns
from planner.scopes.dependencies import slice_order
from planner.scopes.fence import Fence
from planner.scopes.sets import held, is_one_path


class Meeting(NamedTuple):
    """Two open slices that can touch one path, or of which that could not be decided."""

    one: Chosen
    other: Chosen
    found: Witness | Unproved


def meetings(
    fence: Fence, *, is_asked: Callable[[Chosen, Chosen], bool] = lambda _one, _other: True
) -> Iterator[Meeting]:
    """The open slices with no dependency path between them that are not disjoint, in order.

    What is shared between the two, in the plans of both, does not count.

    Args:
        is_asked: whether the answer for two slices is of interest.
    """
    sets = [held(fence, chosen) for chosen in fence.open]
    files = [_plan_files(fence, terms) for terms in sets]
    orders = {plan.path: slice_order(plan) for plan in fence.plans}
    sharing = _Sharing(fence)

    def is_ordered(one: int, other: int) -> bool:
        a, b = fence.open[one], fence.open[other]
        if not is_asked(a, b):
            return True
        same = a.plan.path == b.plan.path
        return same and orders[a.plan.path].is_path(a.slice_.id, b.slice_.id)

    def shared(one: int, other: int) -> tuple[Pattern, ...]:
        # At most what is shared; where that may not be all of it, the two are asked again.
        if files[one] & files[other]:
            return ()
        return sharing.surely(fence.open[one], fence.open[other])

    for one, other, found in overlaps(sets, is_ordered=is_ordered, shared=shared):
        a, b = fence.open[one], fence.open[other]
        verdict: Witness | Unproved | None = found
        if a.plan.path != b.plan.path or files[one] & files[other]:
            verdict = _beyond(fence, sets[one], sets[other], sharing.in_each(a, b))
        if verdict is not None:
            yield Meeting(a, b, verdict)


def _plan_files(fence: Fence, terms: PathSet) -> frozenset[bytes]:
    """The plan files that a slice holds."""
    literals = (term.include.literal for term in terms if is_one_path(term.include))
    return frozenset(path for path in literals if path is not None and fence.is_plan_file(path))


def _beyond(
    fence: Fence, one: PathSet, other: PathSet, shared: tuple[tuple[Pattern, ...], ...]
) -> Witness | Unproved | None:
    """The cheapest path in both sets that is not in all of the shared ones.

    What is shared in both plans may be no pattern's set; but what is not, is not shared in the
    first, or not in the second. So the first set stands there once without each.
    """
    mine = tuple(_less(fence, term, each) for each in shared for term in one)
    found = overlap(mine, other)
    return found and found._replace(one=found.one % len(one))


def _less(fence: Fence, term: Term, shared: tuple[Pattern, ...]) -> Term:
    """The term without what is shared; a plan file is shared by a literal entry alone."""
    literal = term.include.literal if is_one_path(term.include) else None
    if literal is not None and fence.is_plan_file(literal):
        shared = tuple(filter(is_one_path, shared))
    return term._replace(without=(*term.without, *shared))


class _Sharing:
    """What two slices may both touch without an overlap, each list made once.

    An entry that names slices is shared among those alone, which are of its own plan.
    """

    def __init__(self, fence: Fence) -> None:
        self._names: dict[tuple[str, str], set[int]] = {}
        for plan in fence.plans:
            for at, entry in enumerate(plan.shared):
                for name in entry.slices:
                    self._names.setdefault((plan.path, name), set()).add(at)
        self._lists: dict[tuple[str, frozenset[int]], tuple[Pattern, ...]] = {}
        self._both: dict[tuple[str, str], tuple[Pattern, ...]] = {}

    def in_each(self, a: Chosen, b: Chosen) -> tuple[tuple[Pattern, ...], ...]:
        """What is shared between the two by each plan that is concerned: one, or both."""
        if a.plan.path != b.plan.path:
            return self._list(a.plan, frozenset()), self._list(b.plan, frozenset())
        one, other = (self._names.get((a.plan.path, c.slice_.id), set()) for c in (a, b))
        return (self._list(a.plan, frozenset(one & other)),)

    def surely(self, a: Chosen, b: Chosen) -> tuple[Pattern, ...]:
        """What is shared between the two; of two plans, what stands in both word for word."""
        lists = self.in_each(a, b)
        if len(lists) == 1:
            return lists[0]
        key = (a.plan.path, b.plan.path)
        if key not in self._both:
            theirs = frozenset(lists[1])
            self._both[key] = tuple(pattern for pattern in lists[0] if pattern in theirs)
        return self._both[key]

    def _list(self, plan: Plan, named: frozenset[int]) -> tuple[Pattern, ...]:
        key = (plan.path, named)
        if key not in self._lists:
            common = [e for at, e in enumerate(plan.shared) if not e.slices or at in named]
            self._lists[key] = tuple(patterns((*common, *plan.generated)))
        return self._lists[key]
