"""Find patterns that have no effect: the rest of the list, or an exclude, covers them."""

from collections.abc import Iterator, Sequence
from typing import Final

from planner.boundary.language import Term, cheapest, difference
from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.boundary.witness import cheapest_path
from planner.diagnostic import Diagnostic
from planner.plan.document.scalars import quoted
from planner.plan.model import Entry, patterns
from planner.rules import REDUNDANT_PATTERN
from planner.scopes.fence import Fence
from planner.scopes.sets import held

_OF_PLANS: Final = (b"docs/plan/", b".planner/")  # here a pattern may match only plan files


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Report patterns of lists that allow paths if the list is the same without them.

    A pattern with `why` or `new` is not reported: it informs the reader.
    """
    for plan in fence.plans:
        yield from _covered(fence, plan.shared, _REMOVE_OR_EXPLAIN)
        for entries in (plan.generated, *(rule.include for rule in plan.unplanned)):
            yield from _covered(fence, entries, "remove it")
    for chosen in fence.open:
        effective: list[Entry] = []
        own = PatternSet(patterns(chosen.slice_.scope.exclude), below=True)
        for entry, term in zip(chosen.slice_.scope.include, held(fence, chosen), strict=True):
            diagnostic = _excluded(fence, own, entry, term)
            if diagnostic is not None:
                yield diagnostic
            else:
                effective.append(entry)
        yield from _covered(fence, effective, _REMOVE_OR_EXPLAIN)


_REMOVE_OR_EXPLAIN: Final = "remove it, or add the reason for it: {{path: {}, why: …}}"


def _excluded(fence: Fence, own: PatternSet, entry: Entry, term: Term) -> Diagnostic | None:
    """Report an entry that holds nothing, because all its paths are excluded or plan files."""
    if not term.exclude and not term.include.prefix.startswith(_OF_PLANS):
        return None
    path = _first(term.include)
    if path is None or (own.first(path) is None and not _is_reserved(fence, path)):
        return None
    if cheapest(term) is not None:
        return None
    if cheapest(term._replace(without=())) is None:
        message = f"all paths of '{entry.text}' are excluded"
        hint = "remove it, or narrow the exclude"
    else:
        message = f"'{entry.text}' matches only plan files, so it holds nothing"
        hint = "list the exact path: wildcards and folders never hold a plan file"
    return REDUNDANT_PATTERN.at(entry.location, message, hint)


def _is_reserved(fence: Fence, path: bytes) -> bool:
    """Whether only a literal entry can hold the path: it is a plan file, or excluded."""
    return fence.is_plan_file(path) or fence.excluded.first(path) is not None


def _first(pattern: Pattern) -> bytes | None:
    """Return the cheapest path that the pattern holds; it is enough for most patterns."""
    if pattern.is_literal:
        return pattern.path
    key = cheapest_path(pattern, pattern).key
    return key.path or None if key else None


def _covered(fence: Fence, entries: Sequence[Entry], hint: str) -> Iterator[Diagnostic]:
    """Report entries that the rest of the list covers."""
    duplicates = list(_duplicates(entries))
    yield from (_redundant(entry, hint) for entry in duplicates)
    removed = {entry.location for entry in duplicates}
    # An entry for some slices only does not cover anything for the others.
    left = [entry for entry in entries if entry.location not in removed and not entry.slices]
    listed = patterns(left)
    every = PatternSet(listed)
    useless: set[int] = set()
    for at in reversed(range(len(listed))):
        entry, pattern = left[at], listed[at]
        path = None if entry.why or entry.new else _first(pattern)
        if path is None or (pattern.is_literal and _is_reserved(fence, path)):
            continue
        if not {*every.every(path)} - useless - {at}:
            continue
        others = [Term(each) for to, each in enumerate(listed) if to != at and to not in useless]
        if difference((Term(pattern),), tuple(others)) is None:
            useless.add(at)
            yield _redundant(entry, hint)


def _duplicates(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Iterate over repeated patterns; those with `why` or `new` are kept, else the first."""
    groups: dict[Pattern, list[Entry]] = {}
    for entry in entries:
        if not entry.slices:
            groups.setdefault(entry.pattern, []).append(entry)
    for group in groups.values():
        bare = [entry for entry in group if not (entry.why or entry.new)]
        yield from bare if len(bare) < len(group) else bare[1:]


def _redundant(entry: Entry, hint: str) -> Diagnostic:
    return REDUNDANT_PATTERN.at(
        entry.location,
        f"the rest of the list already contains all paths of '{entry.text}'",
        hint.format(quoted(entry.text)),
    )
