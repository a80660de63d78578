"""Check that slices hold different paths, and that tasks stay within their slices."""

from collections.abc import Iterator
from typing import Final

from planner import rules
from planner.boundary.language import PathSet, Term, Unproved, Witness, difference, overlap
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text
from planner.plan.model import Chosen, Entry, Task, patterns, shared_with
from planner.scopes.disjoint import meetings
from planner.scopes.fence import Fence
from planner.scopes.sets import accepted, held, listed


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Report slices that overlap, tasks outside their slice, and slices that share all they hold.

    Open slices of which neither depends on the other must not overlap, also if they are of two
    plans. Paths that the two share, according to the plans of both, are not an overlap.
    """
    for a, b, common in meetings(fence):
        yield (
            _overlapping(a, b, common) if isinstance(common, Witness) else _undecided(a, b, common)
        )
    for chosen in fence.open:
        yield from _tasks(fence, chosen)
        yield from _all_shared(fence, chosen)


_HINT: Final = "narrow one of them, let one depend on the other, or list the path under 'shared'"
_HINT_FOR_TWO_PLANS: Final = f"{_HINT} in both plans"


def _overlapping(a: Chosen, b: Chosen, witness: Witness) -> Diagnostic:
    first = a.slice_.scope.include[witness.one]
    second = b.slice_.scope.include[witness.other]
    path = path_text(witness.path)
    return rules.OVERLAPPING_SCOPE.at(
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


def _undecided(a: Chosen, b: Chosen, question: Unproved) -> Diagnostic:
    first = a.slice_.scope.include[question.one]
    second = b.slice_.scope.include[question.other]
    exclude = f", with '{question.exclude.text}' excluded," if question.exclude else ""
    return rules.UNPROVED_OVERLAP.at(
        second.location,
        f"whether '{first.text}' of {a.slice_.id!r} and '{second.text}' of {b.slice_.id!r} "
        f"overlap{exclude} could not be decided within the limit",
        "use fewer wildcards in the pattern, and no long run of '?'",
        related=(_held(a, first),),
        slices=[a.slice_.id, b.slice_.id],
    )


def _tasks(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    scope = fence.scope(chosen)
    may_touch: PathSet | None = None
    for task in chosen.slice_.tasks:
        for entry in task.files:
            literal = entry.pattern.path
            if literal is not None:
                if not scope.accepts(literal) and literal not in fence.documents:
                    yield _outside(fence, chosen, task, entry, literal)
                continue
            may_touch = may_touch or accepted(fence, chosen)
            outside = difference((listed(fence, entry),), may_touch)
            if isinstance(outside, Witness):
                yield _outside(fence, chosen, task, entry, outside.path)
            elif outside is not None:
                what = f"'{entry.text}' is within the slice {chosen.slice_.id!r}"
                yield _unproved(entry.location, what, outside)


def _outside(fence: Fence, chosen: Chosen, task: Task, entry: Entry, path: bytes) -> Diagnostic:
    slice_id = chosen.slice_.id
    text = path_text(path)
    pattern = "" if text == entry.text else f" (by the pattern '{entry.text}')"
    return rules.TASK_OUTSIDE_SLICE.at(
        entry.location,
        f"the task {task.id!r} lists the path '{text}'{pattern}, which its slice {slice_id!r} "
        "may not touch",
        "list paths in the scope of the slice, or widen that scope",
        related=(_why_outside(fence, chosen, path),),
        task=task.id,
        slice=slice_id,
        witness=text,
    )


def _why_outside(fence: Fence, chosen: Chosen, path: bytes) -> Related:
    """Return the line that keeps a path out of a slice: an exclude, else the slice's include."""
    plan, slice_ = chosen
    scope = fence.scope(chosen)
    own = scope.excluded.first(path)
    if own is not None and scope.included.every(path):
        entry = slice_.scope.exclude[own]
        return Related(entry.location, f"the slice excludes it with '{entry.text}'")
    excluded = fence.excluded_by(path)
    if excluded is not None:
        return Related(excluded.location, f"excluded for all slices with '{excluded.text}'")
    return Related(plan.where(slice_.node, "scope", "include"), "the scope of the slice")


def _all_shared(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    plan, slice_ = chosen
    entries = shared_with(plan, slice_.id)
    shared = tuple(_shared(fence, pattern) for pattern in patterns(entries))
    if not shared:
        return
    own = held(fence, chosen)
    unshared = difference(own, shared)
    place = plan.where(slice_.node, "scope", "include")
    if isinstance(unshared, Unproved):
        yield _unproved(place, f"all paths of the slice {slice_.id!r} are shared", unshared)
    elif unshared is None and difference(own, ()) is not None:
        yield rules.SHARED_SWALLOWS_SCOPE.at(
            place,
            f"all paths that the slice {slice_.id!r} holds are shared, so none is its own",
            "narrow 'shared' to the paths that several slices must touch",
            related=tuple(
                Related(entry.location, f"shared by '{entry.text}'")
                for entry in entries
                if overlap(own, (_shared(fence, entry.pattern),)) is not None
            )[:3],
        )


def _shared(fence: Fence, pattern: Pattern) -> Term:
    """Return what a shared entry shares; a plan file only if the entry is exactly that path."""
    return Term(pattern, without=() if pattern.is_literal else fence.plan_files)


def _unproved(place: Location, what: str, question: Unproved) -> Diagnostic:
    pattern = f"'{question.exclude.text}'" if question.exclude else "the pattern"
    message = f"whether {what} could not be decided within the limit"
    return rules.UNPROVED_OVERLAP.at(place, message, f"use fewer wildcards in {pattern}")
