"""The findings of lint that a change of plans adds: what the plans had before stops no branch."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from planner.boundary.language import PathSet, Term, difference, overlap
from planner.boundary.pattern import Pattern
from planner.check.plans.edit import PlanEdit
from planner.diagnostic import Diagnostic
from planner.lint.plans import lint
from planner.lint.tree import Tree
from planner.plan.model import Chosen, patterns, shared_with
from planner.plan.parse import Parsed
from planner.rules import OVERLAPPING_SCOPE, UNPLANNED_RULE
from planner.scopes.fence import Fence
from planner.scopes.sets import held


def added_findings(
    edits: Sequence[PlanEdit], trusted: Mapping[str, Parsed], tree: Tree, *, is_whole: bool
) -> list[Diagnostic]:
    """Return what lint finds in the plans that a branch changes, and did not find before.

    Args:
        trusted: the plans of the trusted commit by path; of them, those that the branch does not
            change count as they are.
        is_whole: whether all findings of all plans are asked for.
    """
    plans = {edit.path: edit.after for edit in edits}
    earlier = {edit.path: edit.before for edit in edits}
    before, after = ([p for p in {**trusted, **side}.values() if p] for side in (earlier, plans))
    if is_whole:
        return list(lint(after, tree))
    # An overlap is reported in one plan and related to the other.
    return [
        one
        for one in _added(before, after, tree)
        if one.location.path in plans
        or any(related.location.path in plans for related in one.related)
    ]


def _added(before: Sequence[Parsed], after: Sequence[Parsed], tree: Tree) -> tuple[Diagnostic, ...]:
    """What lint finds in the later plans only.

    A finding that is on another line is the same. Of two slices that overlap only one path is
    reported: they are reported again if the change lets them overlap anywhere else.
    """
    found = lint(after, tree)
    if not found:
        return ()
    earlier = lint(before, tree)
    known = Counter(map(_identity, earlier))
    pairs = {_pair(one) for one in earlier if one.rule == OVERLAPPING_SCOPE.name}
    old, new = (Fence([one.usable for one in side if one.usable]) for side in (before, after))
    added = []
    for one in found:
        if one.rule == UNPLANNED_RULE.name:
            continue  # what a rule lets by is told by the review of the change
        if one.rule == OVERLAPPING_SCOPE.name:
            is_known = (pair := _pair(one)) in pairs and not _overlap_more(old, new, pair)
        else:
            is_known = known[_identity(one)] > 0
            known[_identity(one)] -= 1
        if not is_known:
            added.append(one)
    return tuple(added)


def _identity(one: Diagnostic) -> Hashable:
    """What two findings have in common that are the same but for their lines."""
    related = tuple((place.location.path, place.message) for place in one.related)
    return one.location.path, one.rule, one.message, related


class _Key(NamedTuple):
    plan: str
    slice_id: str


def _pair(one: Diagnostic) -> tuple[_Key, _Key]:
    first, second = dict(one.details)["slices"]
    plan, other = (place.location.path for place in one.related)
    return _Key(plan, first), _Key(other, second)


def _overlap_more(old: Fence, new: Fence, pair: tuple[_Key, _Key]) -> bool:
    """Whether two slices may both hold a path now that they did not both hold before."""
    was, now = ([_chosen(fence, key) for key in pair] for fence in (old, new))
    one, other = (held(new, chosen) for chosen in now)
    shared = _shared(*now)
    for gained, theirs in (
        (_gained(held(old, was[0]), one), other),
        (_gained(held(old, was[1]), other), one),
    ):
        if gained and overlap(gained, theirs, without=shared) is not None:
            return True
    # What is shared no longer counts again.
    unshared = [(Term(pattern),) for pattern in _shared(*was) if pattern not in shared]
    return any(overlap(each, one) and overlap(each, other) for each in unshared)


def _chosen(fence: Fence, key: _Key) -> Chosen:
    return next(each for each in fence.open if _Key(each.plan.path, each.slice_.id) == key)


def _shared(one: Chosen, other: Chosen) -> tuple[Pattern, ...]:
    theirs = frozenset(patterns(shared_with(other.plan, other.slice_.id)))
    return tuple(each for each in patterns(shared_with(one.plan, one.slice_.id)) if each in theirs)


def _gained(before: PathSet, after: PathSet) -> PathSet:
    """The terms by which a slice holds more than before."""
    if difference(after, before) is None:
        return ()
    return tuple(term for term in after if term not in before)
