"""All that a change of plans opens and closes, as notes for its reviewer, the widest first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.boundary.language import Witness, difference
from planner.boundary.pattern import Pattern, parse
from planner.check.plans import widening
from planner.check.plans.differences import Difference, differences, empty_plan
from planner.check.plans.moves import moves, of_plans
from planner.check.plans.widening import AnyMoved, Moved
from planner.check.plans.words import TEXTS, key_of, sentence, values
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.plan.model import Chosen, ChosenRule, Plan
from planner.rules import FENCE_CHANGED, PLAN_CHANGE
from planner.scopes.fence import Fence
from planner.scopes.sets import held


class Review(NamedTuple):
    """What a change of plans opens and closes.

    Attributes:
        slices: what each slice accepts more, and less.
        rules: the same of each rule for unplanned branches.
        fences: a note for each other value that decides something, the widest first.
    """

    slices: tuple[Moved[Chosen], ...]
    rules: tuple[Moved[ChosenRule], ...]
    fences: tuple[Diagnostic, ...]

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """All notes: first what accepts more, then what else is new, gone or other."""
        steps: tuple[AnyMoved, ...] = (*self.rules, *self.slices)
        return (*widening.widened(steps), *self.fences, *_narrowed(steps))


def review(before: Sequence[Plan], after: Sequence[Plan], tracked: Sequence[bytes] = ()) -> Review:
    """Compare the plans of a repository before and after a change.

    Args:
        tracked: the paths of which those that are gained or lost are listed.
    """
    slices = widening.moved(before, after, tracked)
    rules = widening.rules_moved(before, after, tracked)
    fence, reserved = Fence(before), Fence(after)
    old = {plan.path: plan for plan in before}
    moved = moves(before, after)
    elsewhere = {one.key for pair in moved for one in pair}
    ranked = []
    for plan in after:
        was = old.pop(plan.path, None)
        if was is None:
            ranked.append((_PLAN, _whole(plan, "new")))
        ranked += [
            (_breadth(each), _note(each, fence, plan.path))
            for each in differences(was or empty_plan(plan.path), plan)
            if (_decides(each) or _names_reserved(each, reserved))
            and (each.keys != ("slices",) or (plan.path, each.slice_id) not in elsewhere)
        ]
    ranked += [(_PLAN, _whole(plan, "gone")) for plan in old.values()]
    for pair in moved:
        ranked += _of_moved(*pair, fence)
    ranked.sort(key=lambda pair: pair[0])
    return Review(slices, rules, tuple(note for _, note in ranked))


_Rank = tuple[int, int]
_FIRST: Final = ("unplanned", "exclude", "limits", "gates")
_FIRST_OF_SLICE: Final = (
    "id", "scope", "from", "branch", "gates", "limits", "closed", "base", "depends_on", "stacked",
)  # fmt: skip
_PLAN: Final = (0, 0)


def _breadth(change: Difference) -> _Rank:
    """The order of notes: what concerns every branch comes first, and slices that are new last."""
    key = change.steps[0].key
    if change.slice_id:
        if len(change.steps) == 1:
            return (2 if change.is_new else 1), 0
        inner = change.steps[1].key
        first = _FIRST_OF_SLICE.index(inner) if inner in _FIRST_OF_SLICE else len(_FIRST_OF_SLICE)
        return 1, first
    return 0, _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _decides(change: Difference) -> bool:
    """Whether a change decides what a branch may do, and is not told by a witness."""
    keys = change.keys
    if not TEXTS.isdisjoint(keys) or keys[:3] == ("slices", "scope", "include"):
        return False
    if keys[:2] == ("slices", "tasks"):
        return keys[-1] == "owner"
    # Only of rules the first that matches counts.
    return keys == ("unplanned",) if change.is_order else True


def _names_reserved(change: Difference, fence: Fence) -> bool:
    """Whether an include gains by name what no wildcard holds: a plan file, an excluded path."""
    if change.keys[:3] != ("slices", "scope", "include") or change.after is None:
        return False
    text = change.after.get("path", "") if isinstance(change.after, dict) else change.after
    pattern = parse(text) if isinstance(text, str) else None
    path = pattern.path if isinstance(pattern, Pattern) else None
    return path is not None and (fence.is_plan_file(path) or fence.excluded.first(path) is not None)


def _note(change: Difference, before: Fence, path: str) -> Diagnostic:
    details: dict[str, Any] = {"key": key_of(change)}
    if change.slice_id:
        details["slice"] = change.slice_id
    message = sentence(change)
    if change.is_order:
        was, now = values(change)
        message = (
            f"the unplanned rules are in another order: {now} (before: {was}); "
            "the first that matches a branch counts"
        )
    elif change.keys == ("slices", "closed") or (change.keys == ("slices",) and change.is_gone):
        message = _ended(change)
        freed = _freed(change.slice_id, before, path)
        if freed:
            details["witness"] = freed
            message += f": what it held is free, such as '{freed}'"
    return FENCE_CHANGED.at(change.place, message, **details)


def _of_moved(was: Chosen, now: Chosen, before: Fence) -> Iterator[tuple[_Rank, Diagnostic]]:
    """The notes of a slice that was moved to another plan."""
    what = f"slice {now.slice_.id} has moved"
    details: dict[str, Any] = {"key": f"slices.{now.slice_.id}", "slice": now.slice_.id}
    place = now.plan.where(now.slice_.node)
    yield (1, 0), FENCE_CHANGED.at(place, f"{what} here from {was.plan.path}", **details)
    for each in of_plans(was, now):
        if each.slice_id and _decides(each):
            yield _breadth(each), _note(each, before, was.plan.path)
        elif not each.slice_id:
            details["key"] = key_of(each)
            yield (1, 0), FENCE_CHANGED.at(each.place, sentence(each, what), **details)


def _ended(change: Difference) -> str:
    """That a slice is closed, open again or gone."""
    what = f"slice {change.slice_id} is"
    if change.keys == ("slices",):
        return f"{what} gone"
    if change.after is None:
        return f"{what} open again (before: closed as '{change.before}')"
    return f"{what} closed as '{change.after}'"


def _freed(slice_id: str, before: Fence, path: str) -> str:
    """A path that an open slice held before; empty where it held none."""
    for chosen in before.open:
        if (chosen.plan.path, chosen.slice_.id) == (path, slice_id):
            witness = difference(held(before, chosen), ())
            return path_text(witness.path) if isinstance(witness, Witness) else ""
    return ""


def _whole(plan: Plan, what: str) -> Diagnostic:
    return FENCE_CHANGED.at(Location(plan.path), f"the plan is {what}: {_counted(plan)}")


def _counted(plan: Plan) -> str:
    counts = [
        (len(plan.slices), "slice", "slices"),
        (len(plan.unplanned), "unplanned rule", "unplanned rules"),
        (len(plan.exclude), "exclude", "excludes"),
        (len(plan.gates), "gate of every slice", "gates of every slice"),
    ]
    return ", ".join(f"{n} {one if n == 1 else more}" for n, one, more in counts if n)


def _narrowed(steps: Iterable[AnyMoved]) -> Iterator[Diagnostic]:
    """Notes of the slices and rules that go on and accept less than before."""
    for step in steps:
        if step.lost.witness and not step.is_over:
            details = step.details
            message = f"{step.chosen.label} accepts less than before"
            if isinstance(step.lost.witness, Witness):
                details["witness"] = path_text(step.lost.witness.path)
                message += f", such as '{details['witness']}'"
            yield FENCE_CHANGED.at(step.place, message, **details)


_NOTHING: Final = "no slice gains or loses a path, and no rule, gate or limit changes"


def plan_change(path: str, review_: Review) -> Diagnostic:
    """Return the note that a branch changes only plans, with what each slice gains and loses."""
    listed = []
    for step in review_.slices:
        entry: dict[str, Any] = {"slice": step.slice_id}
        for key, shown in (("gains", step.gained.witness), ("loses", step.lost.witness)):
            if shown is not None:
                entry[key] = path_text(shown.path) if isinstance(shown, Witness) else "?"
        listed.append(entry)
    return PLAN_CHANGE.at(
        Location(path),
        "the branch changes only plans and their documents, so it needs no slice",
        "" if review_.notes else _NOTHING,
        slices=listed,
    )
