"""Check what the patterns of a plan match in the tracked tree."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic
from planner.lint.tree import Tree
from planner.plan.document.scalars import in_quotes, quoted
from planner.plan.model import Entry, Plan, Slice, every_entry, patterns
from planner.rules import MATCHES_NOTHING, MATCHES_ONLY_FOLDERS, NAMES_A_FOLDER


def check(plan: Plan, tree: Tree) -> Iterator[Diagnostic]:
    """Report patterns that match nothing, or only folders, and plain names of folders.

    Excludes may match nothing, unless a tracked path is near to them.
    """
    allowing = patterns(entry for entry, is_exclude in every_entry(plan) if not is_exclude)
    yield from _excludes(plan, tree)
    matched = tree.matched(allowing)
    unmatched = [pattern for pattern in allowing if pattern not in matched]
    folders = tree.matched_folders(unmatched) if unmatched else frozenset()

    def lost(*lists: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in chain.from_iterable(lists) if entry.pattern not in matched]

    nothing = PatternSet(())
    common = [
        entry
        for entry in lost(plan.shared, plan.generated)
        if not entry.pattern.is_wildcard or entry.pattern in folders
    ]
    # '**' stands for everything; only a repository without files has nothing for it.
    rules = [e for e in lost(*(rule.include for rule in plan.unplanned)) if e.pattern.folder != b""]
    for entry in (*common, *rules):
        yield from _check_entry(entry, tree, folders, nothing, "")
    known = {slice_.id: slice_ for slice_ in plan.slices}
    for slice_ in plan.open_slices:
        included = lost(slice_.scope.include)
        listed = lost(*(task.files for task in slice_.tasks))
        if not (included or listed):
            continue  # the search for new entries is slow in plans with long chains of slices
        added = patterns(_new_entries(known, slice_))
        new = PatternSet(added)
        for entry in included:
            yield from _check_entry(entry, tree, folders, new, _HINT_FOR_INCLUDE)
        for entry in (one for one in listed if one.pattern not in added):
            yield from _check_entry(entry, tree, folders, new, _HINT_FOR_TASK)


def _excludes(plan: Plan, tree: Tree) -> Iterator[Diagnostic]:
    """Report excludes that match nothing, where a tracked path is nearly the same."""
    entries = [entry for entry, is_exclude in every_entry(plan) if is_exclude]
    found = tree.matched(patterns(entries))
    rest = [entry for entry in entries if entry.pattern not in found]
    found = tree.matched_folders(patterns(rest)) if rest else found
    for entry in rest:
        near = "" if entry.pattern in found else tree.nearest(entry.pattern)
        if near:
            message = f"the exclude '{entry.text}' matches no tracked path"
            yield MATCHES_NOTHING.at(entry.location, message, f"did you mean {in_quotes(near)}?")


_HINT_FOR_INCLUDE: Final = "if the slice adds it, write {{path: {}, new: true}}"
_HINT_FOR_TASK: Final = "if the slice adds it, add {{path: {}, new: true}} to its include"


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


def _check_entry(
    entry: Entry, tree: Tree, folders: Collection[Pattern], new: PatternSet, hint: str
) -> Iterator[Diagnostic]:
    """Report an entry that matches no path, unless the slice adds what it matches."""
    text, pattern = entry.text, entry.pattern
    if pattern.path is not None and not entry.new and tree.is_folder(pattern.path):
        message = f"the pattern '{text}' holds a single file, but that path is a folder"
        yield NAMES_A_FOLDER.at(entry.location, message, f"write {in_quotes(text + '/')}")
    elif entry.new or (pattern.literal is not None and new.first(pattern.literal) is not None):
        return
    elif pattern in folders:
        below = "/**" if pattern.is_wildcard else "/"
        message = f"the pattern '{text}' matches only folders, not the files in them"
        yield MATCHES_ONLY_FOLDERS.at(entry.location, message, f"write {in_quotes(text + below)}")
    else:
        hint = hint.format(quoted(text))
        if near := tree.nearest(pattern):
            hint = f"did you mean {in_quotes(near)}? {hint[:1].upper()}{hint[1:]}".rstrip()
        message = f"the pattern '{text}' matches no tracked file"
        yield MATCHES_NOTHING.at(entry.location, message, hint or "correct it, or remove it")
