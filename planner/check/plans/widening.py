"""What a change of plans opens and closes per slice, each with a witness."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from planner.boundary.language import PathSet, Term, Unproved, Verdict, Witness, difference
from planner.boundary.pattern import literally
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.plan.model import Chosen, Plan
from planner.rules import PLAN_CHANGE, SCOPE_WIDENED, UNPROVED_OVERLAP
from planner.scopes.fence import Fence
from planner.scopes.sets import accepted


class Side(NamedTuple):
    """What a slice accepts on one side of a change and not on the other.

    Attributes:
        witness: shows that there is something; None where there is nothing.
        paths: the tracked paths among it, in git's order.
        further: a witness that there is more than those.
    """

    witness: Verdict = None
    paths: tuple[bytes, ...] = ()
    further: Verdict = None


class Moved(NamedTuple):
    """What one slice accepts more, and less, than before."""

    chosen: Chosen
    gained: Side
    lost: Side


def moved(
    before: Sequence[Plan], after: Sequence[Plan], tracked: Sequence[bytes] = ()
) -> tuple[Moved, ...]:
    """Return what a change of plans opens and closes per slice, in the order of the new plans.

    Closed slices accept nothing. A slice that is new gains all that it accepts.
    """
    old, new = Fence(before), Fence(after)
    former = {(chosen.plan.path, chosen.slice_.id): chosen for chosen in old.open}
    steps = []
    for chosen in new.open:
        was = former.pop((chosen.plan.path, chosen.slice_.id), None)
        steps.append(_step(chosen, (old, was), (new, chosen), tracked))
    steps += [_step(was, (old, was), (new, None), tracked) for was in former.values()]
    return tuple(step for step in steps if step.gained.witness or step.lost.witness)


_Version = tuple[Fence, Chosen | None]


def _step(chosen: Chosen, before: _Version, after: _Version, tracked: Sequence[bytes]) -> Moved:
    """What a slice accepts more, and less, than before."""
    was, now = (() if one is None else accepted(fence, one) for fence, one in (before, after))
    if was == now:
        return Moved(chosen, Side(), Side())
    had, has = _accepting(before, tracked), _accepting(after, tracked)
    gained = tuple(path for path in tracked if path in has and path not in had)
    lost = tuple(path for path in tracked if path in had and path not in has)
    return Moved(chosen, _side(now, was, gained), _side(was, now, lost))


def _accepting(version: _Version, tracked: Sequence[bytes]) -> frozenset[bytes]:
    fence, chosen = version
    if chosen is None:
        return frozenset()
    accepts = fence.scope(chosen).accepts
    return frozenset(path for path in tracked if accepts(path))


def _side(more: PathSet, less: PathSet, paths: tuple[bytes, ...]) -> Side:
    witness = difference(more, less)
    if not isinstance(witness, Witness) or not paths:
        return Side(witness, paths, witness)
    beyond = difference(more, (*less, *(Term(literally(path)) for path in paths)))
    # Beyond many tracked paths the limit may be reached; that there is something is known.
    return Side(witness, paths, witness if isinstance(beyond, Unproved) else beyond)


def plan_change(path: str, steps: Iterable[Moved]) -> Diagnostic:
    """Return the note that a branch changes only plans, with what each slice gains and loses."""
    listed, texts = [], []
    for step in steps:
        entry: dict[str, Any] = {"slice": step.chosen.slice_.id}
        for key, shown in (("gains", step.gained.witness), ("loses", step.lost.witness)):
            if shown is not None:
                entry[key] = path_text(shown.path) if isinstance(shown, Witness) else "?"
        listed.append(entry)
        verbs = " and ".join(f"{key} '{entry[key]}'" for key in ("gains", "loses") if key in entry)
        texts.append(f"{entry['slice']} {verbs}")
    return PLAN_CHANGE.at(
        Location(path),
        "the branch changes only plans and their documents, so it needs no slice",
        "; ".join(texts) or "no slice gains or loses a path",
        slices=listed,
    )


def widened(steps: Iterable[Moved]) -> tuple[Diagnostic, ...]:
    """Return a note for each slice that accepts more than before, with a witness."""
    return tuple(_widened(step) for step in steps if step.gained.witness)


def _widened(step: Moved) -> Diagnostic:
    slice_id = step.chosen.slice_.id
    if isinstance(step.gained.witness, Witness):
        path = path_text(step.gained.witness.path)
        message = f"the slice {slice_id!r} accepts more than before, such as '{path}'"
        return SCOPE_WIDENED.at(_place(step), message, slice=slice_id, witness=path)
    return SCOPE_WIDENED.at(_place(step), _undecided(step, "more"), slice=slice_id)


def unproved(steps: Iterable[Moved]) -> tuple[Diagnostic, ...]:
    """Return an error for each slice where what it gains or loses could not be decided."""
    hint = "write its patterns with fewer wildcards"
    return tuple(
        UNPROVED_OVERLAP.at(_place(step), _undecided(step, what), hint, slice=step.chosen.slice_.id)
        for step in steps
        for what, verdict in (("more", step.gained.witness), ("less", step.lost.witness))
        if isinstance(verdict, Unproved)
    )


def _place(step: Moved) -> Location:
    return step.chosen.plan.where(step.chosen.slice_.node, "scope", "include")


def _undecided(step: Moved, what: str) -> str:
    return (
        f"whether the slice {step.chosen.slice_.id!r} accepts {what} than before could not be "
        "decided within the limit"
    )
