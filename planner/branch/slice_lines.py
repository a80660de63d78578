"""Which open slice the lines `Slice: ID` in the messages of commits name."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final

from planner.errors import PlannerError
from planner.plan.branches import dependency
from planner.plan.model import Chosen, Plan

_SLICE: Final = re.compile(rb"^Slice:[ \t]*([a-z0-9][a-z0-9-]*)[ \t\r]*$", re.MULTILINE)


def named_slice(
    plans: Sequence[Plan], commits: Iterable[tuple[str, bytes]], what: str
) -> Chosen | None:
    """Return the open slice that lines `Slice: ID` name in the messages of commits.

    Args:
        commits: ids and messages.
        what: whose commits they are, for the error.

    Raises:
        PlannerError: they name several slices.
    """
    named = _ids(commits)
    last = _on_top(plans, named)
    if len(last) > 1:
        ids = " and ".join(f"{one.slice_.id!r} ({named[one.slice_.id][:12]})" for one in last)
        hint = "keep one line 'Slice: ID' in their messages, or name the slice: --slice ID"
        if len({one.slice_.id for one in last}) == 1:
            ids = f"{last[0].slice_.id!r} in " + " and ".join(one.plan.path for one in last)
            hint = "name the plan: --plan PATH"
        raise PlannerError(f"the commits of {what} name several slices: {ids}", hint=hint)
    return last[0] if last else None


def slices_named(plans: Sequence[Plan], commits: Iterable[tuple[str, bytes]]) -> list[Chosen]:
    """Return the open slices that lines `Slice: ID` name in the messages of commits: all of them.

    Args:
        commits: ids and messages.
    """
    return _on_top(plans, _ids(commits))


def _ids(commits: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """The ids in lines `Slice: ID`, each with the first commit that has it."""
    named: dict[str, str] = {}
    for commit, message in commits:
        for match in _SLICE.finditer(message):
            named.setdefault(match[1].decode(), commit)
    return named


def _on_top(plans: Sequence[Plan], ids: Container[str]) -> list[Chosen]:
    """The open slices of these ids.

    In a stack, a branch also has the commits of its parent: the slice on top counts.
    """
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.open_slices]
    chosen = [one for one in every if one.slice_.id in ids]
    below = {one.key for each in chosen for one in _stack_below(plans, each)}
    return [one for one in chosen if one.key not in below]


def _stack_below(plans: Sequence[Plan], chosen: Chosen) -> Iterator[Chosen]:
    """The slices that a slice is stacked on, directly or not."""
    known = {chosen.key}
    while chosen.slice_.stacked:
        parent = dependency(plans, chosen.plan, chosen.slice_.depends_on[0])
        if parent is None or parent.key in known:
            return
        known.add(parent.key)
        yield parent
        chosen = parent
