"""Which open slices may both touch a path although no dependency orders them, with that path."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from planner.boundary.language import PathSet, Term, Unproved, Verdict, Witness, overlap, overlaps
from planner.boundary.pattern import Pattern
from planner.plan.model import Chosen
from planner.scopes.dependencies import slice_order
from planner.scopes.fence import Fence
from planner.scopes.sets import held
from planner.scopes.sharing import Sharing


class Meeting(NamedTuple):
    """Two open slices that can touch the same path, or for which that could not be decided."""

    one: Chosen
    other: Chosen
    found: Witness | Unproved


def meetings(
    fence: Fence, *, is_asked: Callable[[Chosen, Chosen], bool] = lambda _one, _other: True
) -> Iterator[Meeting]:
    """Yield the open slices that are neither disjoint nor ordered by dependencies, in order.

    What is shared between the two, in the plans of both, does not count. Where the limit of the run
    is reached, the last one is unproved and says so (`is_last`): the pairs after it are not known.

    Args:
        is_asked: whether the answer for two slices is of interest.
    """
    sets = [held(fence, chosen) for chosen in fence.open]
    files = [_plan_files(fence, terms) for terms in sets]
    order = slice_order(fence.plans)
    sharing = {plan.path: Sharing(plan) for plan in fence.plans}

    @cache
    def in_both(plan: str, other: str) -> tuple[Pattern, ...]:
        theirs = frozenset(sharing[other].patterns())
        return tuple(pattern for pattern in sharing[plan].patterns() if pattern in theirs)

    def is_ordered(one: int, other: int) -> bool:
        a, b = fence.open[one], fence.open[other]
        return not is_asked(a, b) or order.is_path(a, b)

    def shared(one: int, other: int) -> tuple[Pattern, ...]:
        # Never more than what is shared; where it may be less, the two are asked again below.
        if files[one] & files[other]:
            return ()
        a, b = fence.open[one], fence.open[other]
        if a.plan.path != b.plan.path:
            return in_both(a.plan.path, b.plan.path)
        return _shared_lists(sharing, a, b)[0]

    for one, other, first_verdict in overlaps(sets, is_ordered=is_ordered, shared=shared):
        a, b = fence.open[one], fence.open[other]
        verdict: Verdict = first_verdict
        is_last = isinstance(verdict, Unproved) and verdict.is_last
        if not is_last and (a.plan.path != b.plan.path or files[one] & files[other]):
            lists = _shared_lists(sharing, a, b)
            verdict = _unshared_overlap(fence, sets[one], sets[other], lists)
        if verdict is not None:
            yield Meeting(a, b, verdict)


def _shared_lists(
    sharing: Mapping[str, Sharing], a: Chosen, b: Chosen
) -> tuple[tuple[Pattern, ...], ...]:
    """Return what each plan concerned shares between the two: one list, or two."""
    one, other = sharing[a.plan.path], sharing[b.plan.path]
    if one is not other:
        return one.patterns(), other.patterns()
    return (one.patterns(one.entries(a.slice_.id) & one.entries(b.slice_.id)),)


def _plan_files(fence: Fence, terms: PathSet) -> frozenset[bytes]:
    """Return the plan files that a slice holds."""
    paths = (term.include.path for term in terms)
    return frozenset(path for path in paths if path is not None and fence.is_plan_file(path))


def _unshared_overlap(
    fence: Fence, one: PathSet, other: PathSet, shared: tuple[tuple[Pattern, ...], ...]
) -> Verdict:
    """Find the cheapest path in both sets that is not shared by every plan concerned.

    The intersection of two shared lists cannot be written as patterns. But a path outside it is
    outside the first list or outside the second: so the first set is used twice, each time
    without one of the lists.
    """
    mine = tuple(_without(fence, term, each) for each in shared for term in one)
    verdict = overlap(mine, other)
    return verdict and verdict._replace(one=verdict.one % len(one))


def _without(fence: Fence, term: Term, shared: tuple[Pattern, ...]) -> Term:
    """Return the term without what is shared; only a literal entry shares a plan file."""
    path = term.include.path
    if path is not None and fence.is_plan_file(path):
        shared = tuple(pattern for pattern in shared if pattern.is_literal)
    return term._replace(without=(*term.without, *shared))
