"""Patterns that say nothing: the rest of their list covers them, or an exclude swallows them."""

from collections.abc import Iterator, Sequence

from planner.boundary.language import Term, cheapest, difference
from planner.boundary.pattern import Pattern
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
    left = [entry for entry in entries if entry.pattern is not None]
    # From the end, so that of two equal ones the first stays.
    for entry in reversed(left):
        rest = [one for one in left if one is not entry]
        if entry.why or entry.new or entry.slices or entry.pattern is None:
            continue
        others = tuple(Term(pattern) for pattern in patterns(rest) if _may_cover(pattern, entry))
        if others and difference((Term(entry.pattern),), others) is None:
            left = rest
            yield Diagnostic(
                entry.location,
                "redundant-pattern",
                f"the rest of the list already holds all of '{entry.text}'",
                "remove it, or say why it is there: {path: …, why: …}",
                "warning",
            )


def _may_cover(pattern: Pattern, entry: Entry) -> bool:
    """Whether one pattern of many could hold some of what an entry holds: told by their folders."""
    other = entry.pattern
    if other is None:
        return False
    return pattern.prefix.startswith(other.prefix) or other.prefix.startswith(pattern.prefix)


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
