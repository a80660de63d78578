"""Patterns that say nothing: the rest of their list covers them, or an exclude swallows them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from planner.boundary.language import Term, cheapest, difference
from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, spelled
from planner.diagnostic import Diagnostic
from planner.plan.fence import Fence
from planner.plan.find import Chosen, patterns
from planner.plan.model import Entry


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Each pattern of an allowing list changes what the list holds.

    One that says why it is there, or that is new, stays: it is there for its readers.
    """
    for plan in fence.plans:
        yield from _covered(plan.shared)
        yield from _covered(plan.generated)
        for rule in plan.unplanned:
            yield from _covered(rule.include)
    for chosen in fence.open:
        yield from _covered(chosen.slice_.scope.include)
        yield from _swallowed(fence, chosen)


def _covered(entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    first: dict[Pattern, Entry] = {}
    for entry in entries:
        # What is shared by some slices alone covers nothing that is shared by all.
        if entry.pattern is None or entry.slices:
            continue
        if first.setdefault(entry.pattern, entry) is not entry and not _is_told(entry):
            yield _redundant(entry)
    whole = list(first)
    left = dict.fromkeys(whole)
    holds = PatternSet(whole)
    # From the end, so that of two that hold the same the first stays.
    for pattern in reversed(whole):
        # A pattern can be covered only if any one of its paths is held by another, too.
        rivals = [whole[at] for at in holds.every(spelled(pattern)) if whole[at] in left]
        rivals.remove(pattern)
        if rivals and not _is_told(first[pattern]) and _is_covered(pattern, rivals, left):
            del left[pattern]
            yield _redundant(first[pattern])


def _is_told(entry: Entry) -> bool:
    return bool(entry.why or entry.new)


def _is_covered(pattern: Pattern, rivals: list[Pattern], left: Collection[Pattern]) -> bool:
    """Whether one of its rivals covers the pattern, or all that is left of the list does."""
    if not pattern.is_folder and not pattern.is_wildcard:
        return True
    if any(_lacks_nothing(pattern, [rival]) for rival in rivals[:_MOST_RIVALS]):
        return True
    return _lacks_nothing(
        pattern, [other for other in left if other != pattern and _may_cover(other, pattern)]
    )


_MOST_RIVALS: Final = 8


def _lacks_nothing(pattern: Pattern, others: list[Pattern]) -> bool:
    return difference((Term(pattern),), tuple(map(Term, others))) is None


def _redundant(entry: Entry) -> Diagnostic:
    return Diagnostic(
        entry.location,
        "redundant-pattern",
        f"the rest of the list already holds all of '{entry.text}'",
        "remove it, or say why it is there: {path: …, why: …}",
        "warning",
    )


def _may_cover(one: Pattern, other: Pattern) -> bool:
    """Whether one pattern could hold some of what another holds: told by their folders."""
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)


def _swallowed(fence: Fence, chosen: Chosen) -> Iterator[Diagnostic]:
    own = tuple(patterns(chosen.slice_.scope.exclude))
    everyone = (*own, *patterns(fence.exclude))
    for entry in chosen.slice_.scope.include:
        pattern = entry.pattern
        if pattern is None:
            continue
        is_literal = not (pattern.is_folder or pattern.is_wildcard)
        if everyone and cheapest(Term(pattern, own if is_literal else everyone)) is None:
            yield Diagnostic(
                entry.location,
                "redundant-pattern",
                f"the excludes take away all of '{entry.text}'",
                "remove it, or narrow the exclude",
                "warning",
            )
