"""Ids of slices, and names of their branches, that no branch and no open slice has."""

from collections.abc import Callable, Sequence
from typing import Final

from planner.boundary.matching import PatternSet
from planner.branch.run import Run
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan.model import Plan, patterns
from planner.repository import branches
from planner.slicing.ends import Ends
from planner.slicing.naming import Named
from planner.slicing.split import record

_OF_PLANS: Final = "plan"  # `split` puts the plans on a branch of that name
_OTHER: Final = "sliced-"  # in front of the name of the branch, where a plan accepts such names
_TRIALS: Final = 2  # the second with other ids

Name = Callable[[frozenset[str]], Sequence[Named]]
"""Names slices with ids that are not among some others."""


def freely_named(
    run: Run, ends: Ends, plans: Sequence[Plan], name: Name
) -> tuple[Ends, Sequence[Named]]:
    """Return the ends with what the names of branches start with, and the names of slices.

    No open slice of the plans, nor a merge queue, accepts a branch of these names, unless one
    accepts all that are tried.

    Raises:
        GitError: git failed.
    """
    of_plans = {slice_.id for plan in plans for slice_ in plan.slices}
    entries = [entry for plan in plans for slice_ in plan.open_slices for entry in slice_.branch]
    entries += [entry for plan in plans for entry in plan.queues]
    accepting = PatternSet(patterns(entries))
    for branch in (ends.branch, _OTHER + ends.branch):
        tried = ends._replace(branch=branch)
        taken = frozenset(of_plans | _taken(run, tried))
        for _ in range(_TRIALS):
            named = name(taken)
            ids = (one.id for one in named)
            accepted = {id_ for id_ in ids if accepting.every(path_bytes(f"{branch}-{id_}"))}
            if not accepted:
                return tried, named
            taken |= accepted
    return tried, named


def _taken(run: Run, ends: Ends) -> set[str]:
    """The ids for whose branch there is no room beside those that exist.

    What an earlier split of the same branch made is left out: split finds it again, or says how to
    take it back.
    """
    start = f"{ends.branch}-"
    made = _made_before(run, ends)
    known = branches.references(run.repository)
    names = (one.name for one in known if (one.name, one.commit) not in made)
    after = (name.removeprefix(start) for name in names if name.startswith(start))
    return {_OF_PLANS, *(name.partition("/")[0] for name in after)}


def _made_before(run: Run, ends: Ends) -> set[tuple[str, str]]:
    try:
        found = record.read(run.objects, ends.name)
    except PlannerError:  # of another version: split will say so
        return set()
    return {(one.name, one.commit) for one in found.branches} if found else set()
