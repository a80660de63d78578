"""Find the slice of an id or a branch, or the rule for a branch that belongs to no slice."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.diagnostic import Diagnostic, Related
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan.document.problems import nearest
from planner.plan.model import Chosen, ChosenRule, Entry, Plan, Slice, patterns
from planner.rules import AMBIGUOUS_BRANCH

REVERT: Final = re.compile(r"revert-(?:[0-9]+-(?P<branch>.+)|(?P<commit>[0-9a-f]{7,64}))")
"""A branch that reverts another one, as GitHub names it, or a commit, as GitLab names it."""


def slice_named(plans: Sequence[Plan], slice_id: str) -> Chosen:
    """Return the slice of an id, open or closed.

    Raises:
        PlannerError: no plan has the slice, or several plans have it.
    """
    every = _every(plans)
    matches = [chosen for chosen in every if chosen.slice_.id == slice_id]
    if len(matches) > 1:
        paths = " and ".join(chosen.plan.path for chosen in matches)
        raise PlannerError(
            f"the slice {slice_id!r} is defined in {paths}", hint="name the plan: --plan PATH"
        )
    if not matches:
        known = [chosen.slice_.id for chosen in every]
        hint = "there is no usable plan: planner lint"
        if known:
            hint = nearest(slice_id, known) or f"the slices are: {', '.join(known[:20])}"
        raise PlannerError(f"unknown slice {slice_id!r}", hint=hint)
    return matches[0]


def dependency(plans: Sequence[Plan], plan: Plan, slice_id: str) -> Chosen | None:
    """Return the slice that a slice of a plan means by an id: its own plan's before another's.

    None where no plan has it, or only several others have it.
    """
    own = plan.slice_of(slice_id)
    if own is not None:
        return Chosen(plan, own)
    others = [(other, other.slice_of(slice_id)) for other in plans if other.path != plan.path]
    found = [Chosen(other, slice_) for other, slice_ in others if slice_ is not None]
    return found[0] if len(found) == 1 else None


def _every(plans: Sequence[Plan]) -> list[Chosen]:
    return [Chosen(plan, slice_) for plan in plans for slice_ in plan.slices]


def slice_of_branch(plans: Sequence[Plan], branch: str, fork: str | None) -> Chosen | None:
    """Return the open slice that accepts a branch.

    Args:
        fork: the full name of the fork that has the branch; None if it is not in a fork.

    Raises:
        PlannerError: two open slices accept the branch.
    """
    accepting = [each for each in _accepting(plans, branch, fork) if each.slice_.is_open]
    if len(accepting) > 1:
        raise _ambiguous(branch, accepting)
    return accepting[0] if accepting else None


def slice_of_merged(plans: Sequence[Plan], branch: str, fork: str | None) -> Chosen | None:
    """Return the slice of a branch that was merged, never a dropped one.

    Of several the one with the longest name for it counts, then an open one.
    """
    name = path_bytes(branch)

    def rank(chosen: Chosen) -> tuple[int, bool]:
        texts = (one.text for one in chosen.slice_.branch if PatternSet([one.pattern]).every(name))
        return max(map(len, texts)), chosen.slice_.is_open

    accepting = [one for one in _accepting(plans, branch, fork) if one.slice_.closed != "dropped"]
    return max(accepting, key=rank, default=None)


def _ambiguous(branch: str, accepting: Sequence[Chosen]) -> PlannerError:
    ids = " and ".join(repr(chosen.slice_.id) for chosen in accepting)
    message = f"the branch {branch!r} is accepted by the open slices {ids}"
    name = path_bytes(branch)
    claims = [
        _claim(one.plan, one.slice_, entry)
        for one in accepting
        for entry in one.slice_.branch
        if PatternSet([entry.pattern]).every(name)
    ]
    hint = _own_names(claims, "name the slice: --slice ID")
    places = [claim.entry.location for claim in claims]
    related = tuple(Related(place, "also accepted here") for place in places[1:])
    finding = AMBIGUOUS_BRANCH.at(places[0], message, hint, related=related)
    return PlannerError(f"{message} [ambiguous-branch]", hint=hint, findings=(finding,))


def _accepting(plans: Sequence[Plan], branch: str, fork: str | None) -> list[Chosen]:
    """Return the slices that accept a branch, each once."""
    every = [each for each in _every(plans) if accepts_fork(each.slice_.from_, fork)]
    names = [(entry.pattern, chosen) for chosen in every for entry in chosen.slice_.branch]
    # One set for all slices, because a plan may have thousands of them.
    matches = PatternSet([pattern for pattern, _ in names]).every(path_bytes(branch))
    return list({id(names[at][1]): names[at][1] for at in matches}.values())


def rule_of_branch(plans: Sequence[Plan], branch: str, fork: str | None) -> ChosenRule | None:
    """Return the first rule for unplanned branches that accepts a branch."""
    name = path_bytes(branch)
    for plan in plans:
        for rule in plan.unplanned:
            accepts = PatternSet(patterns(rule.branch))
            if accepts.first(name) is not None and accepts_fork(rule.from_, fork):
                return ChosenRule(plan, rule)
    return None


def accepts_fork(sources: tuple[str, ...], fork: str | None) -> bool:
    """Return whether a branch may be in this fork: its owner can name it as they like.

    Hosts do not distinguish upper and lower case in the names of repositories.
    """
    if fork is None or "*" in sources:
        return True
    return bool(fork) and fork.lower() in map(str.lower, sources)


def base_of_queue(plans: Sequence[Plan], branch: str) -> str:
    """Return the branch that a merge queue's branch lands on; empty where it is not a queue's.

    It is the base that the name contains, as in `queue/main/pr-7`; else the plan's.
    """
    bases = {plan.base for plan in plans} | {
        plan.base_of(slice_) for plan in plans for slice_ in plan.slices
    }
    for plan in plans:
        if PatternSet(patterns(plan.queues)).first(path_bytes(branch)) is not None:
            named = [base for base in bases if f"/{base}/" in f"/{branch}/"]
            return max(named, key=lambda base: (len(base), base), default=plan.base)
    return ""


def nearest_branches(plans: Sequence[Plan], branch: str) -> tuple[str, ...]:
    """Return up to three branches of the plans whose names are most like this one."""
    declared = [
        entry.text for plan in plans for slice_ in plan.open_slices for entry in slice_.branch
    ]
    declared += [entry.text for plan in plans for rule in plan.unplanned for entry in rule.branch]
    import difflib  # noqa: PLC0415 - only where no slice accepts a branch

    return tuple(difflib.get_close_matches(branch, declared, n=3, cutoff=0.4))


_MOST_PAIRS: Final = 5_000  # of patterns that are compared: about a second


class _Claim(NamedTuple):
    """An entry by which an open slice accepts branches.

    `template` is the entry of the plan's `branches` that it was made from, if it was.
    """

    slice_: Slice
    entry: Entry
    template: str


def _claim(plan: Plan, slice_: Slice, entry: Entry) -> _Claim:
    made = () if "branch" in slice_.node.items else plan.branches
    texts = (one.text for one in made if one.location == entry.location)
    return _Claim(slice_, entry, next(texts, ""))


def _own_names(claims: Sequence[_Claim], instead: str) -> str:
    """What to do where several slices accept the same branch."""
    template = next((claim.template for claim in claims if claim.template), "")
    if not template:
        return f"give each slice its own branch names, or {instead}"
    # An id may start with another one and a hyphen, such as `web` and `web-list`.
    better = template.replace("{id}-", "{id}/")
    write = f"write '{better}' there, " if better != template else ""
    return (
        f"the name comes from '{template}' in the plan's 'branches': {write}give one of the "
        f"slices a 'branch' of its own, or {instead}"
    )


def ambiguous_branches(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Report branch names that two open slices accept, of one plan or of several.

    Each entry is reported once, with the first earlier one that accepts the same name.
    """
    first: dict[str, _Claim] = {}
    for plan in plans:
        for slice_ in plan.open_slices:
            for entry in {entry.text: entry for entry in reversed(slice_.branch)}.values():
                claim = _claim(plan, slice_, entry)
                earlier = first.setdefault(entry.text, claim)
                if earlier.slice_ is not slice_:
                    yield _accepted_twice(claim, earlier)
    several = len({id(claim.slice_) for claim in first.values()}) > 1
    if several and any(claim.entry.pattern.is_wildcard for claim in first.values()):
        yield from _overlapping(list(first.values()))


def _overlapping(claims: Sequence[_Claim]) -> Iterator[Diagnostic]:
    """Report entries that differ and accept the same name."""
    from planner.boundary.meeting import pairs  # noqa: PLC0415 - only wildcards need it

    names = [claim.entry.pattern for claim in claims]
    candidates = [(later, earlier) for earlier, later in pairs(names, most=_MOST_PAIRS)]
    if not candidates:
        return
    from planner.boundary.language import Term, Unproved, overlap  # noqa: PLC0415 - as above

    reported: set[int] = set()
    for later, earlier in sorted(candidates):
        claim, other = claims[later], claims[earlier]
        if later in reported or other.slice_ is claim.slice_:
            continue
        common = overlap((Term(other.entry.pattern),), (Term(claim.entry.pattern),))
        if common is not None:
            reported.add(later)
            report = _undecided if isinstance(common, Unproved) else _accepted_twice
            yield report(claim, other)
    if len(candidates) >= _MOST_PAIRS:
        yield _undecided(claims[-1], claims[0])


def _accepted_twice(claim: _Claim, other: _Claim) -> Diagnostic:
    ours, theirs = claim.slice_.id, other.slice_.id
    return AMBIGUOUS_BRANCH.at(
        claim.entry.location,
        f"the branch '{claim.entry.text}' is accepted by the open slices {theirs!r} and {ours!r}",
        _own_names([claim, other], "close one of them"),
        related=(Related(other.entry.location, f"the slice {theirs!r} accepts it here"),),
    )


def _undecided(claim: _Claim, other: _Claim) -> Diagnostic:
    return AMBIGUOUS_BRANCH.at(
        claim.entry.location,
        f"whether '{claim.entry.text}' of {claim.slice_.id!r} and '{other.entry.text}' of "
        f"{other.slice_.id!r} accept the same branch could not be decided within the limit",
        "put different text before the first wildcard of each, such as 'feature/NAME-*'",
        related=(Related(other.entry.location, f"the pattern '{other.entry.text}'"),),
    )
