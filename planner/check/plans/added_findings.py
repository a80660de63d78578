"""The findings of lint that a change of plans adds: what the plans had before stops no branch."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from planner.boundary.language import PathSet, Term, difference, overlap
from planner.boundary.pattern import Pattern
from planner.check.plans.differences import paired
from planner.check.plans.edit import PlanEdit
from planner.diagnostic import Diagnostic
from planner.lint.plans import lint
from planner.lint.tree import Tree
from planner.plan.model import Chosen, Plan, Task, patterns, shared_with
from planner.plan.parse import Parsed
from planner.rules import OVERLAPPING_SCOPE, TASK_OUTSIDE_SLICE, UNPLANNED_RULE
from planner.scopes.fence import Fence
from planner.scopes.sets import accepted, held, listed


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

    A finding that is on another line, or about a slice or task that has another id now, is the
    same. Of two slices that overlap, and of what a task lists outside its slice, only one path is
    reported: they are reported again if the change adds any other.
    """
    found = lint(after, tree)
    if not found:
        return ()
    earlier = lint(before, tree)
    ids = _later_ids(before, after)
    known = Counter(_identity(one, ids) for one in earlier)
    pairs = {frozenset(_pair(one, ids)) for one in earlier if one.rule == OVERLAPPING_SCOPE.name}
    old, new = _side(before, ids), _side(after, {})
    added = []
    for one in found:
        if one.rule == UNPLANNED_RULE.name:
            continue  # what a rule lets by is told by the review of the change
        if one.rule == OVERLAPPING_SCOPE.name:
            is_known = frozenset(pair := _pair(one)) in pairs and not _overlap_more(old, new, pair)
        else:
            identity = _identity(one)
            is_known = known[identity] > 0
            known[identity] -= 1
            if one.rule == TASK_OUTSIDE_SLICE.name:
                is_known = is_known or not _lists_more(old, new, one)
        if not is_known:
            added.append(one)
    return tuple(added)


class _Key(NamedTuple):
    """A slice or task."""

    plan: str
    id: str


_Ids = Mapping[_Key, str]
"""The later id of each slice and task that has another one than before."""
_NO_IDS: Final[_Ids] = {}


def _later_ids(before: Sequence[Parsed], after: Sequence[Parsed]) -> _Ids:
    plans = {one.plan.path: one.plan for one in after if one.plan}
    pairs = [(one.plan, plans.get(one.plan.path)) for one in before if one.plan]
    return {
        _Key(plan.path, old): new
        for plan, later in pairs
        if later is not None
        for old, new in _renamed(plan, later)
    }


def _renamed(before: Plan, after: Plan) -> Iterator[tuple[str, str]]:
    for was, now in paired(before.slices, after.slices):
        if was and now:
            tasks = paired(was.tasks, now.tasks)
            ids = [(was.id, now.id), *((old.id, new.id) for old, new in tasks if old and new)]
            yield from ((old, new) for old, new in ids if old != new)


_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def _identity(one: Diagnostic, ids: _Ids = _NO_IDS) -> Hashable:
    """What two findings have in common that are the same but for their lines and ids."""

    def said(path: str, text: str) -> str:
        return _ID.sub(lambda id_: _later(_Key(path, id_[0]), ids).id, text) if ids else text

    path = one.location.path
    related = tuple((at.path, said(at.path, text)) for at, text in one.related)
    return path, one.rule, said(path, one.message), related


def _later(key: _Key, ids: _Ids) -> _Key:
    return key._replace(id=ids.get(key, key.id))


def _pair(one: Diagnostic, ids: _Ids = _NO_IDS) -> tuple[_Key, _Key]:
    first, second = dict(one.details)["slices"]
    plan, other = (place.location.path for place in one.related)
    return _later(_Key(plan, first), ids), _later(_Key(other, second), ids)


class _Side(NamedTuple):
    """The plans before or after the change: the open slices and all tasks by their later ids."""

    fence: Fence
    slices: Mapping[_Key, Chosen]
    tasks: Mapping[_Key, Task]


def _side(parsed: Sequence[Parsed], ids: _Ids) -> _Side:
    fence = Fence([one.usable for one in parsed if one.usable])
    slices = {_later(_Key(one.plan.path, one.slice_.id), ids): one for one in fence.open}
    tasks = {
        _later(_Key(plan.path, task.id), ids): task
        for plan in fence.plans
        for _, task in plan.tasks()
    }
    return _Side(fence, slices, tasks)


def _overlap_more(old: _Side, new: _Side, pair: tuple[_Key, _Key]) -> bool:
    """Whether two slices may both hold a path now that they did not both hold before."""
    was, now = ([side.slices[key] for key in pair] for side in (old, new))
    one, other = (held(new.fence, chosen) for chosen in now)
    shared = _shared(*now)
    for gained, theirs in (
        (_gained(held(old.fence, was[0]), one), other),
        (_gained(held(old.fence, was[1]), other), one),
    ):
        if gained and overlap(gained, theirs, without=shared) is not None:
            return True
    # What is shared no longer counts again.
    unshared = [(Term(pattern),) for pattern in _shared(*was) if pattern not in shared]
    return any(overlap(each, one) and overlap(each, other) for each in unshared)


def _lists_more(old: _Side, new: _Side, one: Diagnostic) -> bool:
    """Whether a task lists a path outside its slice that it did not list there before."""
    details, plan = dict(one.details), one.location.path
    slice_, task = _Key(plan, details["slice"]), _Key(plan, details["task"])
    if slice_ not in old.slices or task not in old.tasks:
        return True
    before, after = (accepted(side.fence, side.slices[slice_]) for side in (old, new))
    now = [each for each in new.tasks[task].files if each.location == one.location]
    files = tuple(listed(new.fence, each) for each in now)
    known = tuple(listed(old.fence, each) for each in old.tasks[task].files)
    if difference(files, (*after, *known)) is not None:
        return True
    # What the slice accepted before was not outside.
    lost = _gained(after, before)
    return bool(lost) and overlap(lost, files) is not None


def _shared(one: Chosen, other: Chosen) -> tuple[Pattern, ...]:
    theirs = frozenset(patterns(shared_with(other.plan, other.slice_.id)))
    return tuple(each for each in patterns(shared_with(one.plan, one.slice_.id)) if each in theirs)


def _gained(before: PathSet, after: PathSet) -> PathSet:
    """The terms by which a slice holds more than before."""
    if difference(after, before) is None:
        return ()
    return tuple(term for term in after if term not in before)
