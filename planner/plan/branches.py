"""Which slice is meant: by its id, or by a branch that it accepts."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic, Related
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan.model import Chosen, ChosenRule, Entry, Plan, Slice, patterns
from planner.rules import AMBIGUOUS_BRANCH

_REVERT: Final = re.compile(r"revert-[0-9]+-(.+)")


def slice_named(plans: Sequence[Plan], slice_id: str) -> Chosen:
    """The slice of an id, open or closed.

    Raises:
        PlannerError: no plan has it, or several do.
    """
    found = [
        Chosen(plan, slice_) for plan in plans for slice_ in plan.slices if slice_.id == slice_id
    ]
    if len(found) > 1:
        named = " and ".join(chosen.plan.path for chosen in found)
        raise PlannerError(
            f"the slice {slice_id!r} stands in {named}", hint="name the plan: --plan PATH"
        )
    if not found:
        known = [slice_.id for plan in plans for slice_ in plan.slices]
        near = difflib.get_close_matches(slice_id, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known[:20])}"
        raise PlannerError(f"no plan has the slice {slice_id!r}", hint=hint)
    return found[0]


def slice_of_branch(plans: Sequence[Plan], branch: str, fork: str | None) -> Chosen | None:
    """The open slice that accepts a branch; for a revert of a slice's branch, that slice.

    Args:
        fork: the full name of the fork that the branch lies in; None when it lies in no fork.

    Raises:
        PlannerError: two open slices accept it.
    """
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.slices]
    accepting = [
        chosen
        for chosen in _accepting(every, branch)
        if chosen.slice_.is_open and _may_come(chosen.slice_.from_, fork)
    ]
    if len(accepting) > 1:
        raise _ambiguous(branch, accepting)
    if accepting:
        return accepting[0]
    name = branch
    while reverted := _REVERT.fullmatch(name):
        name = reverted[1]
        former = [c for c in _accepting(every, name) if _may_come(c.slice_.from_, fork)]
        if former:
            return min(former, key=lambda chosen: not chosen.slice_.is_open)
    return None


def _ambiguous(branch: str, accepting: Sequence[Chosen]) -> PlannerError:
    named = " and ".join(repr(chosen.slice_.id) for chosen in accepting)
    message = f"the branch {branch!r} is accepted by the open slices {named}"
    hint = "give each slice branches of its own, or name the slice: --slice ID"
    places = [chosen.slice_.branch[0].location for chosen in accepting]
    related = tuple(Related(place, "and here") for place in places[1:])
    found = AMBIGUOUS_BRANCH.at(places[0], message, hint, related=related)
    return PlannerError(f"{message} [ambiguous-branch]", hint=hint, findings=(found,))


def _accepting(every: Sequence[Chosen], branch: str) -> list[Chosen]:
    owners: list[Chosen] = []
    names: list[Pattern] = []
    for chosen in every:
        for entry in chosen.slice_.branch:
            if entry.pattern is not None:
                owners.append(chosen)
                names.append(entry.pattern)
    name = path_bytes(branch)
    held = [owners[index] for index in PatternSet(names).every(name)]
    return [chosen for at, chosen in enumerate(held) if not any(chosen is c for c in held[:at])]


def rule_of_branch(plans: Sequence[Plan], branch: str, fork: str | None) -> ChosenRule | None:
    """The first rule for unplanned branches that accepts a branch."""
    name = path_bytes(branch)
    for plan in plans:
        for rule in plan.unplanned:
            accepts = PatternSet(patterns(rule.branch))
            if accepts.first(name) is not None and _may_come(rule.from_, fork):
                return ChosenRule(plan, rule)
    return None


def _may_come(sources: tuple[str, ...], fork: str | None) -> bool:
    """Whether a branch's name counts: not from a fork, whose author chooses it, unless allowed."""
    return fork is None or "*" in sources or (bool(fork) and fork in sources)


def nearest_branches(plans: Sequence[Plan], branch: str) -> tuple[str, ...]:
    """Up to three declared branches that look most like this one."""
    declared = [
        entry.text for plan in plans for slice_ in plan.open_slices for entry in slice_.branch
    ]
    declared += [entry.text for plan in plans for rule in plan.unplanned for entry in rule.branch]
    return tuple(difflib.get_close_matches(branch, declared, n=3, cutoff=0.4))


_MOST_PAIRS: Final = 5_000  # of names with wildcards that are compared: about a second


class _Claim(NamedTuple):
    """An entry by which an open slice accepts branches."""

    slice_: Slice
    entry: Entry
    pattern: Pattern


def ambiguous_branches(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Report branch names that two open slices accept, of one plan or of several.

    Each entry is reported once, beside the first earlier one that accepts the same name.
    """
    first: dict[str, _Claim] = {}
    for plan in plans:
        for slice_ in plan.open_slices:
            for entry in {entry.text: entry for entry in reversed(slice_.branch)}.values():
                if entry.pattern is not None:
                    claim = _Claim(slice_, entry, entry.pattern)
                    rival = first.setdefault(entry.text, claim)
                    if rival.slice_ is not slice_:
                        yield _accepted_twice(claim, rival)
    several = len({id(claim.slice_) for claim in first.values()}) > 1
    if several and any(claim.pattern.is_wildcard for claim in first.values()):
        yield from _overlapping(list(first.values()))


def _overlapping(claims: Sequence[_Claim]) -> Iterator[Diagnostic]:
    """Report entries of different texts that accept one name."""
    from planner.boundary.meeting import pairs  # noqa: PLC0415 - only wildcards need it

    names = [claim.pattern for claim in claims]
    candidates = [(later, earlier) for earlier, later in pairs(names, most=_MOST_PAIRS)]
    if not candidates:
        return
    from planner.boundary.language import Term, Unproved, overlap  # noqa: PLC0415 - as above

    reported: set[int] = set()
    for later, earlier in sorted(candidates):
        claim, rival = claims[later], claims[earlier]
        if later in reported or rival.slice_ is claim.slice_:
            continue
        found = overlap((Term(rival.pattern),), (Term(claim.pattern),))
        if found is not None:
            reported.add(later)
            is_open = isinstance(found, Unproved)
            yield _undecided(claim, rival) if is_open else _accepted_twice(claim, rival)
    if len(candidates) >= _MOST_PAIRS:
        yield _undecided(claims[-1], claims[0])


def _accepted_twice(claim: _Claim, rival: _Claim) -> Diagnostic:
    ours, theirs = claim.slice_.id, rival.slice_.id
    return AMBIGUOUS_BRANCH.at(
        claim.entry.location,
        f"the branch {claim.entry.text!r} is accepted by the open slices {theirs!r} and {ours!r}",
        "give each slice branches of its own, or close one of them",
        related=(Related(rival.entry.location, f"the slice {theirs!r} accepts it here"),),
    )


def _undecided(claim: _Claim, rival: _Claim) -> Diagnostic:
    return AMBIGUOUS_BRANCH.at(
        claim.entry.location,
        f"whether {claim.entry.text!r} of {claim.slice_.id!r} and {rival.entry.text!r} of "
        f"{rival.slice_.id!r} accept the same branch could not be decided within the limit",
        "start branch names with text of their own before the wildcard, such as 'feature/NAME-*'",
        related=(Related(rival.entry.location, f"{rival.entry.text!r} is here"),),
    )
