"""Boundaries that must hold between the parts of plans: tasks in slices, scopes beside shared."""

from collections.abc import Iterator

from planner.boundary.language import PathSet, Term, Unproved, difference
from planner.diagnostic import Diagnostic, Related
from planner.plan.fence import Fence
from planner.plan.find import Chosen, patterns, shared_with
from planner.plan.sets import accepted, held


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Each task inside its slice; no slice whose whole scope is shared."""
    for chosen in fence.open:
        yield from _tasks(fence, chosen)
        yield from _swallowed(fence, chosen)


def _tasks(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    plan, slice_ = chosen
    scope = fence.scope(chosen)
    may_touch: PathSet | None = None
    for task in slice_.tasks:
        for entry in task.files:
            if entry.pattern is None:
                continue
            literal = None if entry.pattern.is_folder else entry.pattern.literal
            if literal is not None:
                outside = None if scope.accepts(literal) else literal
            else:
                may_touch = may_touch or accepted(fence, chosen)
                found = difference((Term(entry.pattern),), may_touch)
                if isinstance(found, Unproved):
                    continue
                outside = found and found.path
            if outside is not None:
                shown = outside.decode("utf-8", "surrogateescape")
                yield Diagnostic(
                    entry.location,
                    "task-outside-slice",
                    f"the task {task.id!r} names '{shown}', which its slice {slice_.id!r} "
                    "may not touch",
                    "name a path within the slice's scope, or widen that",
                    related=(
                        Related(plan.where(slice_.node, "scope", "include"), "the slice's scope"),
                    ),
                    details=(("task", task.id), ("slice", slice_.id), ("witness", shown)),
                )


def _swallowed(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    plan, slice_ = chosen
    shared = tuple(Term(pattern) for pattern in patterns(shared_with(plan, slice_.id)))
    own = held(fence, chosen)
    if shared and own and difference(own, shared) is None:
        yield Diagnostic(
            plan.where(slice_.node, "scope", "include"),
            "shared-swallows-scope",
            f"all that the slice {slice_.id!r} holds is shared, so nothing of it is its own",
            "narrow 'shared' to the paths that several slices must touch",
            related=tuple(
                Related(entry.location, f"shared by '{entry.text}'")
                for entry in shared_with(plan, slice_.id)[:3]
            ),
        )
