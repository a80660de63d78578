"""What a change of plans opens and closes, slice by slice, with a path that shows it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from planner.boundary.language import Unproved, Witness, difference
from planner.diagnostic import Diagnostic, Location, path_text
from planner.plan.fence import Fence
from planner.plan.find import Chosen
from planner.plan.model import Plan
from planner.plan.sets import accepted


class Moved(NamedTuple):
    """What one slice accepts more, and less, than before: a path for each, where there is one.

    `gained_paths` and `lost_paths` are those among the tracked ones, in git's order.
    """

    chosen: Chosen
    gained: Witness | Unproved | None
    lost: Witness | Unproved | None
    gained_paths: tuple[bytes, ...] = ()
    lost_paths: tuple[bytes, ...] = ()


def moved(
    before: Sequence[Plan], after: Sequence[Plan], tracked: Sequence[bytes] = ()
) -> tuple[Moved, ...]:
    """What a change of plans opens and closes, slice by slice, in the order of the new plans.

    Closed slices accept nothing. A slice that is new gains all that it accepts.
    """
    old, new = Fence(before), Fence(after)
    former = {_key(chosen): chosen for chosen in old.open}
    found = []
    for chosen in new.open:
        was = former.pop(_key(chosen), None)
        found.append(_step(chosen, (old, was), (new, chosen), tracked))
    for was in former.values():
        found.append(_step(was, (old, was), (new, None), tracked))
    return tuple(step for step in found if step.gained or step.lost)


def _key(chosen: Chosen) -> tuple[str, str]:
    return chosen.plan.path, chosen.slice_.id


_Side = tuple[Fence, Chosen | None]


def _step(chosen: Chosen, before: _Side, after: _Side, tracked: Sequence[bytes]) -> Moved:
    """What a slice, as it stands on one side and on the other, accepts more and less."""
    was, now = (() if one is None else accepted(fence, one) for fence, one in (before, after))
    if was == now:
        return Moved(chosen, None, None)
    had, has = _accepting(before, tracked), _accepting(after, tracked)
    return Moved(
        chosen,
        difference(now, was),
        difference(was, now),
        tuple(path for path in tracked if path in has and path not in had),
        tuple(path for path in tracked if path in had and path not in has),
    )


def _accepting(side: _Side, tracked: Sequence[bytes]) -> frozenset[bytes]:
    fence, chosen = side
    if chosen is None:
        return frozenset()
    accepts = fence.scope(chosen).accepts
    return frozenset(path for path in tracked if accepts(path))


def plan_change(path: str, steps: Iterable[Moved]) -> Diagnostic:
    """The note that a branch changes plans alone, with what each slice gains and loses."""
    listed = []
    for step in steps:
        entry: dict[str, Any] = {"slice": step.chosen.slice_.id}
        for key, shown in (("gains", step.gained), ("loses", step.lost)):
            if isinstance(shown, Witness):
                entry[key] = path_text(shown.path)
            elif shown is not None:
                entry[key] = "?"
        listed.append(entry)
    said = "; ".join(
        f"{entry['slice']} "
        + " and ".join(f"{key} '{entry[key]}'" for key in ("gains", "loses") if key in entry)
        for entry in listed
    )
    return Diagnostic(
        Location(path),
        "plan-change",
        "the branch changes plans and their documents alone, so it needs no slice",
        said or "no slice gains or loses a path",
        "note",
        details=(("slices", listed),),
    )


def widened(steps: Iterable[Moved]) -> tuple[Diagnostic, ...]:
    """A note for each slice that accepts more than before, with a path that shows it."""
    return tuple(_widened(step) for step in steps if step.gained is not None)


def _widened(step: Moved) -> Diagnostic:
    plan, slice_ = step.chosen.plan, step.chosen.slice_
    place = plan.where(slice_.node, "scope", "include")
    if isinstance(step.gained, Witness):
        path = path_text(step.gained.path)
        return Diagnostic(
            place,
            "scope-widened",
            f"the slice {slice_.id!r} accepts more than before, such as '{path}'",
            severity="note",
            details=(("slice", slice_.id), ("witness", path)),
        )
    return Diagnostic(
        place,
        "scope-widened",
        f"the slice {slice_.id!r} may accept more than before: that was too much work to decide",
        severity="note",
        details=(("slice", slice_.id),),
    )


def unproved(steps: Iterable[Moved]) -> tuple[Diagnostic, ...]:
    """An error for each slice of which it could not be decided whether it gains or loses."""
    return tuple(
        Diagnostic(
            step.chosen.plan.where(step.chosen.slice_.node, "scope", "include"),
            "unproved-overlap",
            f"whether the slice {step.chosen.slice_.id!r} accepts {what} than before takes too "
            "much work to decide",
            "write its patterns, before or after, with fewer wildcards",
            details=(("slice", step.chosen.slice_.id),),
        )
        for step in steps
        for what, found in (("more", step.gained), ("less", step.lost))
        if isinstance(found, Unproved)
    )
