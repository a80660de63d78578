"""The names of the branches of slices, and the refs that are in their way."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from planner.boundary.pattern import ANY, Pattern, is_wild
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.plan.branch_names import why_invalid_branch
from planner.plan.model import Chosen
from planner.repository.branches import Reference
from planner.rules import BRANCH_NAME, TAKEN_BRANCH
from planner.slicing.split.building import Made

_FILLED: Final = b"split"  # what stands for a wildcard


def branch_of(chosen: Chosen) -> str:
    """Return the first branch name of a slice without a wildcard; else one that it accepts."""
    patterns = [entry.pattern for entry in chosen.slice_.branch]
    literal = next((one for one in patterns if one.is_literal), None)
    return path_text(_filled(literal or patterns[0]))


def _filled(pattern: Pattern) -> bytes:
    return b"/".join(
        b"".join(_spelled(atom) if is_wild(atom) else bytes([atom]) for atom in segment)
        for segment in pattern.segments
    )


def _spelled(atom: int) -> bytes:
    return _FILLED[:1] if atom == ANY else _FILLED


def refused(slices: Iterable[Chosen]) -> Iterator[Diagnostic]:
    """Yield a finding for each slice whose branch would have a name that git refuses."""
    for chosen in slices:
        name = branch_of(chosen)
        reason = why_invalid_branch(name)
        if reason:
            yield BRANCH_NAME.at(
                chosen.slice_.branch[0].location,
                f"git does not accept the branch name '{name}': {reason}",
                "give the slice another branch in the plan",
                slice=chosen.slice_.id,
            )


def taken(
    made: Sequence[Made], references: Sequence[Reference], earlier: Collection[tuple[str, str]]
) -> Iterator[Diagnostic]:
    """Yield a finding for each name that a branch has already, or that git cannot give.

    A branch at the very commit that would be made is what an earlier run made.

    Args:
        earlier: the branches that an earlier split of this branch made, with their commits.
    """
    known = {one.planned.name: one for one in made}
    local = {one.name: one for one in references if not one.remote}
    for reference in references:
        one = known.get(reference.name)
        if one is not None and reference.commit != one.commit:
            where = f" on {reference.remote}" if reference.remote else ""
            is_at = f"the branch {reference.name!r} exists{where}, at {reference.commit[:12]}"
            hint = "rename or delete it, or give the slice another branch"
            if (reference.name, reference.commit) in earlier:
                hint = "take back what an earlier split made: planner split --undo"
            yield _finding(one, is_at, hint)
    names = [*local, *known]
    for one in made:
        if known[one.planned.name] is not one:
            message = f"two branches would be called {one.planned.name!r}"
            yield _finding(one, message, "give the slice another branch in the plan")
        name = one.planned.name
        near = next((other for other in names if other.startswith(f"{name}/")), "")
        near = near or next((other for other in names if name.startswith(f"{other}/")), "")
        if near:
            message = f"git has no branch {name!r} beside {near!r}: one would be in the other"
            yield _finding(one, message, "give the slice another branch in the plan")


def _finding(one: Made, message: str, hint: str) -> Diagnostic:
    chosen = one.planned.chosen
    place = chosen.slice_.branch[0].location if chosen else Location("")
    return TAKEN_BRANCH.at(
        place, f"{message}; nothing was made", hint, slice=one.planned.slice_id or None
    )
