"""Check that slices that may run in parallel cannot touch the same path."""

from collections.abc import Iterator
from typing import Final

from planner.boundary.language import Unproved, Witness
from planner.diagnostic import Diagnostic, Related
from planner.paths import path_text
from planner.plan.model import Chosen, Entry
from planner.rules import OVERLAPPING_SCOPE, UNPROVED_OVERLAP
from planner.scopes.disjoint import meetings
from planner.scopes.fence import Fence

_HINT: Final = "narrow one of them, let one depend on the other, or list the path under 'shared'"
# A slice cannot depend on a slice of another plan.
_HINT_FOR_TWO_PLANS: Final = "narrow one of them, or list the path under 'shared' in both plans"


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Report open slices that overlap although neither depends on the other, within all plans.

    Paths that the two share, according to the plans of both, are not an overlap.
    """
    for a, b, common in meetings(fence):
        yield _overlapping(a, b, common) if isinstance(common, Witness) else _unproved(a, b, common)


def _overlapping(a: Chosen, b: Chosen, witness: Witness) -> Diagnostic:
    first = a.slice_.scope.include[witness.one]
    second = b.slice_.scope.include[witness.other]
    path = path_text(witness.path)
    return OVERLAPPING_SCOPE.at(
        second.location,
        f"the slices {a.slice_.id!r} and {b.slice_.id!r} may run in parallel, "
        f"but both hold '{path}'",
        _HINT if a.plan.path == b.plan.path else _HINT_FOR_TWO_PLANS,
        related=(_held(a, first), _held(b, second)),
        slices=[a.slice_.id, b.slice_.id],
        witness=path,
    )


def _held(chosen: Chosen, entry: Entry) -> Related:
    return Related(entry.location, f"{chosen.slice_.id!r} holds it with '{entry.text}'")


def _unproved(a: Chosen, b: Chosen, question: Unproved) -> Diagnostic:
    first = a.slice_.scope.include[question.one]
    second = b.slice_.scope.include[question.other]
    exclude = f", with '{question.exclude.text}' excluded," if question.exclude else ""
    return UNPROVED_OVERLAP.at(
        second.location,
        f"whether '{first.text}' of {a.slice_.id!r} and '{second.text}' of {b.slice_.id!r} "
        f"overlap{exclude} could not be decided within the limit",
        "use fewer wildcards in the pattern, and no long run of '?'",
        related=(_held(a, first),),
        slices=[a.slice_.id, b.slice_.id],
    )
