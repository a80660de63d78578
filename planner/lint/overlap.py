"""Slices that may run in parallel, and could touch the same path; with the path."""

from collections.abc import Iterator
from typing import Final

from planner.boundary.language import Unproved, Witness
from planner.diagnostic import Diagnostic, Related
from planner.paths import path_text
from planner.plan.model import Chosen, Entry
from planner.rules import OVERLAPPING_SCOPE, UNPROVED_OVERLAP
from planner.scopes.disjoint import meetings
from planner.scopes.fence import Fence

_WAYS: Final = "narrow one of them, let one depend on the other, or list the path under 'shared'"
# A dependency leads to no other plan.
_WAYS_OF_TWO: Final = "narrow one of them, or list the path under 'shared' in both plans"


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Open slices, of all plans, with no dependency path between them are disjoint.

    What is shared between the two, in the plans of both, does not count.
    """
    for a, b, found in meetings(fence):
        yield _overlapping(a, b, found) if isinstance(found, Witness) else _unproved(a, b, found)


def _overlapping(a: Chosen, b: Chosen, witness: Witness) -> Diagnostic:
    first = a.slice_.scope.include[witness.one]
    second = b.slice_.scope.include[witness.other]
    path = path_text(witness.path)
    return OVERLAPPING_SCOPE.at(
        second.location,
        f"the slices {a.slice_.id!r} and {b.slice_.id!r} may run in parallel, "
        f"and both hold '{path}'",
        _WAYS if a.plan.path == b.plan.path else _WAYS_OF_TWO,
        related=(_held(a, first), _held(b, second)),
        slices=[a.slice_.id, b.slice_.id],
        witness=path,
    )


def _held(chosen: Chosen, entry: Entry) -> Related:
    return Related(entry.location, f"{chosen.slice_.id!r} holds it by '{entry.text}'")


def _unproved(a: Chosen, b: Chosen, question: Unproved) -> Diagnostic:
    first = a.slice_.scope.include[question.one]
    second = b.slice_.scope.include[question.other]
    exclude = f", with '{question.exclude.text}' excluded," if question.exclude else ""
    return UNPROVED_OVERLAP.at(
        second.location,
        f"whether '{first.text}' of {a.slice_.id!r} and '{second.text}' of {b.slice_.id!r} "
        f"meet{exclude} takes too much work to decide",
        "write the pattern with fewer wildcards, above all without a run of '?'",
        related=(_held(a, first),),
        slices=[a.slice_.id, b.slice_.id],
    )
