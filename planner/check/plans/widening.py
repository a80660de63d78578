"""Which paths a change of plans opens and closes, per slice and rule, each with a witness."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from planner.boundary.language import PathSet, Term, Unproved, Verdict, Witness, difference, overlap
from planner.boundary.pattern import literally
from planner.check.plans.differences import paired
from planner.check.plans.moves import moves
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.plan.model import Chosen, ChosenRule, Plan
from planner.rules import SCOPE_WIDENED, UNPROVED_OVERLAP
from planner.scopes.fence import Fence
from planner.scopes.sets import accepted, held, included

_ChosenT = TypeVar("_ChosenT", bound=Chosen | ChosenRule)


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


class Moved(NamedTuple, Generic[_ChosenT]):
    """What one slice or rule accepts more, and less, than before.

    Attributes:
        chosen: the slice or rule of the later plan; of the earlier one where it is gone.
        is_new: whether the earlier plan has no such slice or rule.
        is_over: whether the slice is closed or gone, or the rule is gone.
    """

    chosen: _ChosenT
    gained: Side
    lost: Side
    is_new: bool = False
    is_over: bool = False

    @property
    def place(self) -> Location:
        """The line of the plan that says what it accepts."""
        if isinstance(self.chosen, ChosenRule):
            return self.chosen.plan.where(self.chosen.rule.node, "include")
        return self.chosen.plan.where(self.chosen.slice_.node, "scope", "include")

    @property
    def slice_id(self) -> str:
        """The id of the slice; empty for a rule."""
        return self.chosen.slice_.id if isinstance(self.chosen, Chosen) else ""

    @property
    def details(self) -> dict[str, Any]:
        """The keys of the JSON output of a finding about it."""
        return {"slice": self.slice_id} if self.slice_id else {}


AnyMoved = Moved[Chosen] | Moved[ChosenRule]


class _Accepted(NamedTuple):
    """What a slice or a rule accepts on one side.

    Attributes:
        declared: what it says that it accepts.
        held: what open slices hold, where it is not accepted.
    """

    declared: PathSet = ()
    held: PathSet = ()
    declares: Callable[[bytes], bool] = lambda _path: False
    is_held: Callable[[bytes], bool] = lambda _path: False


def moved(
    before: Sequence[Plan], after: Sequence[Plan], tracked: Sequence[bytes] = ()
) -> tuple[Moved[Chosen], ...]:
    """Return what a change of plans opens and closes per slice, in the order of the new plans.

    Closed slices accept nothing. A slice that is new gains all that it accepts.
    """
    old, new = Fence(before), Fence(after)
    return _moved(
        (
            Moved(
                chosen,
                *_sides(_of_slice(old, earlier), _of_slice(new, current), tracked),
                is_new=earlier is None,
                is_over=current is None or not current.slice_.is_open,
            )
            for chosen, earlier, current in _slices(before, after)
        )
    )


def _slices(
    before: Sequence[Plan], after: Sequence[Plan]
) -> Iterator[tuple[Chosen, Chosen | None, Chosen | None]]:
    """Yield the versions of each slice, of one that was moved to another plan as well."""
    earlier = {now.key: was for was, now in moves(before, after)}
    left = {was.key for was in earlier.values()}
    pairs = _paired_plans(before, after)
    for chosen, was, now in _versions(pairs, lambda plan: plan.slices, Chosen):
        if now is not None or chosen.key not in left:
            yield chosen, was or earlier.get(chosen.key), now


def rules_moved(
    before: Sequence[Plan], after: Sequence[Plan], tracked: Sequence[bytes] = ()
) -> tuple[Moved[ChosenRule], ...]:
    """Return what the rules for unplanned branches accept more, and less, than before.

    What a slice holds no longer is not counted: that is told of the slice.
    """
    old, new = (
        (fence, tuple(chain.from_iterable(held(fence, each) for each in fence.open)))
        for fence in map(Fence, (before, after))
    )
    pairs = _paired_plans(before, after)
    return _moved(
        (
            Moved(
                chosen,
                *_sides(_of_rule(*old, earlier), _of_rule(*new, current), tracked),
                is_new=earlier is None,
                is_over=current is None,
            )
            for chosen, earlier, current in _versions(
                pairs, lambda plan: plan.unplanned, ChosenRule
            )
        )
    )


def _moved(steps: Iterable[Moved[_ChosenT]]) -> tuple[Moved[_ChosenT], ...]:
    """Those that accept anything more or less."""
    return tuple(step for step in steps if step.gained.witness or step.lost.witness)


def _versions(
    pairs: Iterable[tuple[Plan | None, Plan | None]],
    entries: Callable[[Plan], Sequence[Any]],
    kind: Callable[[Plan, Any], _ChosenT],
) -> Iterator[tuple[_ChosenT, _ChosenT | None, _ChosenT | None]]:
    """Yield each entry of a list of the plans: as it is now or was last, as it was, as it is."""
    for plan, later in pairs:
        for was, now in paired(*(entries(one) if one else () for one in (plan, later))):
            earlier = kind(plan, was) if plan and was else None
            current = kind(later, now) if later and now else None
            chosen = current or earlier
            if chosen is not None:
                yield chosen, earlier, current


def _paired_plans(
    before: Sequence[Plan], after: Sequence[Plan]
) -> Iterator[tuple[Plan | None, Plan | None]]:
    old = {plan.path: plan for plan in before}
    yield from ((old.pop(plan.path, None), plan) for plan in after)
    yield from ((plan, None) for plan in old.values())


def _of_slice(fence: Fence, chosen: Chosen | None) -> _Accepted:
    if chosen is None or not chosen.slice_.is_open:
        return _Accepted()
    return _Accepted(accepted(fence, chosen), declares=fence.scope(chosen).accepts)


def _of_rule(fence: Fence, taken: PathSet, chosen: ChosenRule | None) -> _Accepted:
    if chosen is None:
        return _Accepted()
    declares = fence.rule_scope(chosen).accepts
    if chosen.rule.held:
        return _Accepted(included(fence, chosen), (), declares)
    return _Accepted(
        included(fence, chosen), taken, declares, lambda path: bool(fence.holders(path))
    )


def _sides(was: _Accepted, now: _Accepted, tracked: Sequence[bytes]) -> tuple[Side, Side]:
    """What is accepted more, and less, than before."""
    if was.declared == now.declared and bool(was.held) == bool(now.held):
        return Side(), Side()
    return _side(now, was, tracked), _side(was, now, tracked)


def _side(more: _Accepted, less: _Accepted, tracked: Sequence[bytes]) -> Side:
    known = (*less.declared, *more.held)
    # A rule that gave way to slices, and does so no longer.
    stays = bool(less.held and not more.held)
    witness = difference(more.declared, known)
    if witness is None and stays:
        witness = overlap(more.declared, less.held)
    if witness is None:
        return Side()
    paths = tuple(
        path
        for path in tracked
        if more.declares(path)
        and not more.is_held(path)
        and (not less.declares(path) or (stays and less.is_held(path)))
    )
    if not isinstance(witness, Witness) or not paths:
        return Side(witness, paths, witness)
    beyond = difference(more.declared, (*known, *(Term(literally(path)) for path in paths)))
    # Beyond many tracked paths the limit may be reached; that there is something is known.
    return Side(witness, paths, witness if isinstance(beyond, Unproved) else beyond)


def widened(steps: Iterable[AnyMoved]) -> tuple[Diagnostic, ...]:
    """Return a note for each slice or rule that accepts more than before, the widest first.

    A slice that is new has no note here.
    """
    wider = [step for step in steps if step.gained.witness and not (step.is_new and step.slice_id)]
    return tuple(_widened(step) for step in sorted(wider, key=_narrowness))


def _narrowness(step: AnyMoved) -> tuple[bool, int, int]:
    """Rules come before slices; what opens high in the tree before what opens deep in it."""
    path = step.gained.witness.path if isinstance(step.gained.witness, Witness) else b""
    return bool(step.slice_id), path.count(b"/"), len(path)


def _widened(step: AnyMoved) -> Diagnostic:
    if isinstance(step.gained.witness, Witness):
        path = path_text(step.gained.witness.path)
        message = f"{step.chosen.label} accepts more than before, such as '{path}'"
        return SCOPE_WIDENED.at(step.place, message, **step.details, witness=path)
    return SCOPE_WIDENED.at(step.place, _undecided(step, "more"), **step.details)


def unproved(steps: Iterable[AnyMoved]) -> tuple[Diagnostic, ...]:
    """Return an error for each slice where what it gains or loses could not be decided."""
    hint = "write its patterns with fewer wildcards"
    return tuple(
        UNPROVED_OVERLAP.at(
            step.place,
            _undecided(step, what),
            hint,
            **step.details,
        )
        for step in steps
        for what, verdict in (("more", step.gained.witness), ("less", step.lost.witness))
        if isinstance(verdict, Unproved)
    )


def _undecided(step: AnyMoved, what: str) -> str:
    return (
        f"whether {step.chosen.label} accepts {what} than before could not be "
        "decided within the limit"
    )
