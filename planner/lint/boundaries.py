"""Boundaries that must hold between the parts of plans: tasks in slices, scopes beside shared."""

from collections.abc import Iterator

from planner.boundary.language import PathSet, Term, Unproved, Witness, difference, overlap
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text
from planner.plan.model import Chosen, Entry, Task, patterns, shared_with
from planner.rules import SHARED_SWALLOWS_SCOPE, TASK_OUTSIDE_SLICE, UNPROVED_OVERLAP
from planner.scopes.fence import Fence
from planner.scopes.sets import accepted, held, literally, plan_files


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Each task inside its slice; no slice whose whole scope is shared."""
    for chosen in fence.open:
        yield from _tasks(fence, chosen)
        yield from _swallowed(fence, chosen)


def _tasks(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    scope = fence.scope(chosen)
    spared = (*plan_files(fence), *map(literally, map(path_text, sorted(fence.documents))))
    may_touch: PathSet | None = None
    for task in chosen.slice_.tasks:
        for entry in task.files:
            if entry.pattern is None:
                continue
            literal = None if entry.pattern.is_folder else entry.pattern.literal
            if literal is not None:
                if not scope.accepts(literal) and literal not in fence.documents:
                    yield _outside(fence, chosen, task, entry, literal)
                continue
            may_touch = may_touch or accepted(fence, chosen)
            # A wildcard holds no plan file here either; documents are everyone's.
            found = difference((Term(entry.pattern, without=spared),), may_touch)
            if isinstance(found, Witness):
                yield _outside(fence, chosen, task, entry, found.path)
            elif found is not None:
                what = f"whether '{entry.text}' lies within the slice {chosen.slice_.id!r}"
                yield _unproved(entry.location, what, found)


def _outside(fence: Fence, chosen: Chosen, task: Task, entry: Entry, path: bytes) -> Diagnostic:
    slice_id = chosen.slice_.id
    shown = path_text(path)
    reaches = "names" if shown == entry.text else f"reaches by '{entry.text}'"
    return TASK_OUTSIDE_SLICE.at(
        entry.location,
        f"the task {task.id!r} {reaches} the path '{shown}', which its slice {slice_id!r} "
        "may not touch",
        "name paths within the slice's scope, or widen that",
        related=(_why_outside(fence, chosen, path),),
        task=task.id,
        slice=slice_id,
        witness=shown,
    )


def _why_outside(fence: Fence, chosen: Chosen, path: bytes) -> Related:
    """The line that keeps a path out of a slice: an exclude, else the include that lacks it."""
    plan, slice_ = chosen
    scope = fence.scope(chosen)
    own = scope.own_exclude(path)
    if own is not None and scope.every(path):
        entry = slice_.scope.exclude[own]
        return Related(entry.location, f"the slice takes it away by '{entry.text}'")
    excluded = fence.excluded_by(path)
    if excluded is not None:
        return Related(excluded.location, f"excluded for every slice by '{excluded.text}'")
    return Related(plan.where(slice_.node, "scope", "include"), "the slice's scope")


def _swallowed(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    plan, slice_ = chosen
    entries = shared_with(plan, slice_.id)
    shared = tuple(_shared(fence, pattern) for pattern in patterns(entries))
    if not shared:
        return
    own = held(fence, chosen)
    found = difference(own, shared)
    place = plan.where(slice_.node, "scope", "include")
    if isinstance(found, Unproved):
        yield _unproved(place, f"whether all of the slice {slice_.id!r} is shared", found)
    elif found is None and difference(own, ()) is not None:
        yield SHARED_SWALLOWS_SCOPE.at(
            place,
            f"all that the slice {slice_.id!r} holds is shared, so nothing of it is its own",
            "narrow 'shared' to the paths that several slices must touch",
            related=tuple(
                Related(entry.location, f"shared by '{entry.text}'")
                for entry in entries
                if entry.pattern and overlap(own, (_shared(fence, entry.pattern),)) is not None
            )[:3],
        )


def _shared(fence: Fence, pattern: Pattern) -> Term:
    """What a shared entry shares: a plan file only when it names the very path."""
    return Term(pattern, without=() if pattern.is_literal else plan_files(fence))


def _unproved(place: Location, what: str, found: Unproved) -> Diagnostic:
    """Neither yes nor no: nothing that could not be decided passes."""
    hint = "write it with fewer wildcards"
    if found.exclude is not None:
        hint = f"write '{found.exclude.text}' with fewer wildcards"
    return UNPROVED_OVERLAP.at(place, f"it takes too long to tell {what}", hint)
