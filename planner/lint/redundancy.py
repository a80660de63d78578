"""Patterns that say nothing: the rest of their list covers them, or an exclude swallows them."""

from collections.abc import Iterator, Sequence
from typing import Final

from planner.boundary.language import Term, cheapest, difference
from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.boundary.witness import cheapest_path
from planner.diagnostic import Diagnostic
from planner.plan.model import Entry, patterns
from planner.rules import REDUNDANT_PATTERN
from planner.scopes.fence import Fence
from planner.scopes.sets import held

_OF_PLANS: Final = (b"docs/plan/", b".planner/")  # below these a pattern may hold plan files alone


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Each pattern of an allowing list changes what the list holds.

    One that says why it is there, or that is new, stays: it is there for its readers.
    """
    for plan in fence.plans:
        lists = (plan.shared, plan.generated, *(rule.include for rule in plan.unplanned))
        for entries in lists:
            yield from _covered(fence, entries)
    for chosen in fence.open:
        left: list[Entry] = []
        own = PatternSet(patterns(chosen.slice_.scope.exclude), below=True)
        for entry, term in zip(chosen.slice_.scope.include, held(fence, chosen), strict=True):
            found = _swallowed(fence, own, entry, term)
            if found is not None:
                yield found
            else:
                left.append(entry)
        yield from _covered(fence, left)


def _swallowed(fence: Fence, own: PatternSet, entry: Entry, term: Term) -> Diagnostic | None:
    """What to say of a line that holds nothing, by what takes it away."""
    if not term.exclude and not term.include.prefix.startswith(_OF_PLANS):
        return None
    path = _first(term.include)
    if path is None or not (
        own.first(path) is not None
        or fence.excluded.first(path) is not None
        or fence.is_plan_file(path)
    ):
        return None
    if cheapest(term) is not None:
        return None
    if cheapest(term._replace(without=())) is None:
        message = f"the excludes take away all of '{entry.text}'"
        hint = "remove it, or narrow the exclude"
    else:
        message = f"'{entry.text}' matches plan files alone, and so holds nothing"
        hint = "name the very file: a plan file is held by a literal entry alone"
    return REDUNDANT_PATTERN.at(entry.location, message, hint)


def _first(pattern: Pattern) -> bytes | None:
    """The cheapest path that the pattern holds; most questions are settled by that one."""
    if pattern.is_literal:
        return pattern.path
    key = cheapest_path(pattern, pattern).key
    return key.path if key else None


def _covered(fence: Fence, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    """The entries of which the rest of the list holds everything."""
    doubles = list(_doubles(entries))
    yield from map(_redundant, doubles)
    gone = {entry.location for entry in doubles}
    # An entry for some slices alone holds nothing for the others.
    left = [entry for entry in entries if entry.location not in gone and not entry.slices]
    listed = patterns(left)
    every = PatternSet(listed)
    useless: set[int] = set()
    for at in reversed(range(len(listed))):
        entry, pattern = left[at], listed[at]
        path = None if entry.why or entry.new or _is_exception(fence, pattern) else _first(pattern)
        if path is None or not {*every.every(path)} - useless - {at}:
            continue
        others = [Term(each) for to, each in enumerate(listed) if to != at and to not in useless]
        if difference((Term(pattern),), tuple(others)) is None:
            useless.add(at)
            yield _redundant(entry)


def _doubles(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Entries whose very pattern stands there again: one with a reason stays, or the first."""
    groups: dict[Pattern, list[Entry]] = {}
    for entry in entries:
        if entry.pattern is not None and not entry.slices:
            groups.setdefault(entry.pattern, []).append(entry)
    for group in groups.values():
        bare = [entry for entry in group if not (entry.why or entry.new)]
        yield from bare if len(bare) < len(group) else bare[1:]


def _is_exception(fence: Fence, pattern: Pattern) -> bool:
    """Whether it names a path that only a literal entry holds: a plan file, or one excluded."""
    path = pattern.path
    return path is not None and (fence.is_plan_file(path) or fence.excluded.first(path) is not None)


def _redundant(entry: Entry) -> Diagnostic:
    return REDUNDANT_PATTERN.at(
        entry.location,
        f"the rest of the list already holds all of '{entry.text}'",
        "remove it, or say why it is there: {path: …, why: …}",
    )
