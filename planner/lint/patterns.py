"""Check what the patterns of a plan match in the tracked tree."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic
from planner.lint.tree import Tree
from planner.plan.document.scalars import in_quotes, quoted
from planner.plan.model import Entry, Plan, Slice, every_entry, patterns
from planner.rules import MATCHES_NOTHING, MATCHES_ONLY_FOLDERS, NAMES_A_FOLDER


def check(plan: Plan, tree: Tree) -> Iterator[Diagnostic]:
    """Report patterns that match nothing, or only folders, and plain names of folders.

    Excludes may match nothing.
    """
    allowing = patterns(entry for entry, is_exclude in every_entry(plan) if not is_exclude)
    matched = tree.matched(allowing)
    unmatched = [pattern for pattern in allowing if pattern not in matched]
    matches = _Matches(tree, matched, tree.matched_folders(unmatched) if unmatched else frozenset())
    nothing = PatternSet(())
    for entries in (plan.shared, plan.generated, *(rule.include for rule in plan.unplanned)):
        yield from _check_entries(entries, matches, nothing, "")
    known = {slice_.id: slice_ for slice_ in plan.slices}
    for slice_ in plan.open_slices:
        entries = (*slice_.scope.include, *(entry for task in slice_.tasks for entry in task.files))
        if all(entry.pattern in matched for entry in entries):
            continue  # the search for new entries is slow in plans with long chains of slices
        new = PatternSet(patterns(_new_entries(known, slice_)))
        yield from _check_entries(slice_.scope.include, matches, new, _HINT_FOR_INCLUDE)
        for task in slice_.tasks:
            yield from _check_entries(task.files, matches, new, _HINT_FOR_TASK)


_HINT_FOR_INCLUDE: Final = "if the slice adds it, write {{path: {}, new: true}}"
_HINT_FOR_TASK: Final = "if the slice adds it, add {{path: {}, new: true}} to its include"


class _Matches(NamedTuple):
    """The tree, and which patterns of the plan match a path or a folder in it."""

    tree: Tree
    matched: frozenset[Pattern]
    folders: frozenset[Pattern]


def _new_entries(slices: Mapping[str, Slice], slice_: Slice) -> Iterator[Entry]:
    """Iterate over the entries that the slice, or one that it depends on, marks as new."""
    todo = [slice_.id]
    seen: set[str] = set()
    while todo:
        known = slices.get(todo.pop())
        if known is not None and known.id not in seen:
            seen.add(known.id)
            yield from (entry for entry in known.scope.include if entry.new)
            todo.extend(known.depends_on)


def _check_entries(
    entries: Iterable[Entry], matches: _Matches, new: PatternSet, hint: str
) -> Iterator[Diagnostic]:
    for entry in entries:
        pattern = entry.pattern
        if pattern in matches.matched:
            continue
        literal = pattern.literal
        if literal is not None and not pattern.is_folder and matches.tree.is_folder(literal):
            yield NAMES_A_FOLDER.at(
                entry.location,
                f"the pattern '{entry.text}' holds a single file, but that path is a folder",
                f"write {in_quotes(entry.text + '/')}",
            )
        elif not entry.new and (literal is None or new.first(literal) is None):
            yield (
                _only_folders(entry)
                if pattern in matches.folders
                else _nothing(entry, matches.tree.nearest(pattern), hint)
            )


def _only_folders(entry: Entry) -> Diagnostic:
    return MATCHES_ONLY_FOLDERS.at(
        entry.location,
        f"the pattern '{entry.text}' matches only folders, not the files in them",
        f"write {in_quotes(entry.text + ('/**' if entry.pattern.is_wildcard else '/'))}",
    )


def _nothing(entry: Entry, near: str, hint: str) -> Diagnostic:
    hint = hint.format(quoted(entry.text))
    if near:
        question = f"did you mean {in_quotes(near)}?"
        hint = f"{question} {hint[:1].upper()}{hint[1:]}".rstrip()
    return MATCHES_NOTHING.at(
        entry.location,
        f"the pattern '{entry.text}' matches no tracked file",
        hint or "correct it, or remove it",
    )
