"""Slices that may run in parallel, and could touch the same path; with the path."""

from collections.abc import Iterator, Sequence

from planner.boundary.language import PathSet, Unproved, Witness, overlap, overlaps
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic, Related, path_text
from planner.plan.fence import Fence
from planner.plan.find import Chosen, patterns, shared_with
from planner.plan.model import Entry
from planner.plan.schedule.order import slice_order
from planner.plan.sets import held

_WAYS: str = "narrow one of them, let one depend on the other, or list the path under 'shared'"


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Open slices, of all plans, with no dependency path between them are disjoint.

    What is shared between the two, in the plans of both, does not count.
    """
    sets = [held(fence, chosen) for chosen in fence.open]
    orders = {plan.path: slice_order(plan) for plan in fence.plans}
    shares = [patterns(shared_with(chosen.plan, chosen.slice_.id)) for chosen in fence.open]

    def is_ordered(one: int, other: int) -> bool:
        a, b = fence.open[one], fence.open[other]
        same = a.plan.path == b.plan.path
        return same and orders[a.plan.path].is_path(a.slice_.id, b.slice_.id)

    def shared(one: int, other: int) -> tuple[Pattern, ...]:
        theirs = frozenset(shares[other])
        return tuple(pattern for pattern in shares[one] if pattern in theirs)

    for one, other, found in overlaps(sets, is_ordered=is_ordered, shared=shared):
        a, b = fence.open[one], fence.open[other]
        verdict: Witness | Unproved | None = found
        if a.plan.path != b.plan.path:
            verdict = _beyond_shared(sets[one], sets[other], (shares[one], shares[other]))
        if isinstance(verdict, Witness):
            yield _overlapping(a, b, verdict)
        elif verdict is not None:
            yield _unproved(a, b, verdict)


def _beyond_shared(
    one: PathSet, other: PathSet, shares: tuple[Sequence[Pattern], Sequence[Pattern]]
) -> Witness | Unproved | None:
    """The cheapest path in both sets that is not shared in both plans, whatever the patterns.

    What is shared in both may be no pattern's set; but what is not shared in both is not shared
    in the first, or not in the second.
    """
    found = [overlap(one, other, without=tuple(shared)) for shared in shares]
    proved = [one for one in found if isinstance(one, Witness)]
    if proved:
        return min(proved, key=lambda witness: (len(witness.path), witness.path))
    return next((one for one in found if one is not None), None)


def _overlapping(a: Chosen, b: Chosen, witness: Witness) -> Diagnostic:
    first = a.slice_.scope.include[witness.one]
    second = b.slice_.scope.include[witness.other]
    path = path_text(witness.path)
    return Diagnostic(
        second.location,
        "overlapping-scope",
        f"the slices {a.slice_.id!r} and {b.slice_.id!r} may run in parallel, "
        f"and both hold '{path}'",
        _WAYS,
        related=(_held(a, first),),
        details=(("slices", [a.slice_.id, b.slice_.id]), ("witness", path)),
    )


def _held(chosen: Chosen, entry: Entry) -> Related:
    return Related(entry.location, f"{chosen.slice_.id!r} holds it by '{entry.text}'")


def _unproved(a: Chosen, b: Chosen, question: Unproved) -> Diagnostic:
    first = a.slice_.scope.include[question.one]
    second = b.slice_.scope.include[question.other]
    exclude = f", with '{question.exclude.text}' excluded," if question.exclude else ""
    return Diagnostic(
        second.location,
        "unproved-overlap",
        f"whether '{first.text}' of {a.slice_.id!r} and '{second.text}' of {b.slice_.id!r} "
        f"meet{exclude} takes too much work to decide",
        "write the pattern with fewer wildcards, above all without a run of '?'",
        related=(_held(a, first),),
        details=(("slices", [a.slice_.id, b.slice_.id]),),
    )
