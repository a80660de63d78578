"""Patterns that are held against the tracked tree: what each really matches."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.diagnostic import Diagnostic
from planner.lint.tree import Tree
from planner.plan.model import Entry, Plan, Slice, every_entry, patterns
from planner.rules import MATCHES_NOTHING, MATCHES_ONLY_FOLDERS, NAMES_A_FOLDER


def check(plan: Plan, tree: Tree) -> Iterator[Diagnostic]:
    """A plain name that is a folder; an allowing pattern that matches nothing, or only folders."""
    allowing = patterns(entry for entry, is_exclude in every_entry(plan) if not is_exclude)
    matched = tree.matched(allowing)
    lost = [pattern for pattern in allowing if pattern not in matched]
    look = _Look(tree, matched, tree.matched_folders(lost) if lost else frozenset())
    nothing = PatternSet(())
    for entries in (plan.shared, plan.generated, *(rule.include for rule in plan.unplanned)):
        yield from _allowing(entries, look, nothing, "")
    known = {slice_.id: slice_ for slice_ in plan.slices}
    for slice_ in plan.open_slices:
        named = (*slice_.scope.include, *(entry for task in slice_.tasks for entry in task.files))
        if all(entry.pattern in matched for entry in named):
            continue  # what is to come is asked for only where something is not there yet
        coming = PatternSet(patterns(_coming(known, slice_)))
        yield from _allowing(slice_.scope.include, look, coming, _TO_COME)
        for task in slice_.tasks:
            yield from _allowing(task.files, look, coming, _TO_COME_IN_SLICE)


_TO_COME: Final = "if the slice adds it, write {{path: {}, new: true}}"
_TO_COME_IN_SLICE: Final = "if the slice adds it, put {{path: {}, new: true}} in its include"


class _Look(NamedTuple):
    """The tree, and which patterns of the plan hold a path or a folder in it."""

    tree: Tree
    matched: frozenset[Pattern]
    folders: frozenset[Pattern]


def _coming(slices: Mapping[str, Slice], slice_: Slice) -> Iterator[Entry]:
    """The entries that this slice, or one that it depends on, marks as new."""
    todo = [slice_.id]
    seen: set[str] = set()
    while todo:
        known = slices.get(todo.pop())
        if known is not None and known.id not in seen:
            seen.add(known.id)
            yield from (entry for entry in known.scope.include if entry.new)
            todo.extend(known.depends_on)


def _allowing(
    entries: Iterable[Entry], look: _Look, coming: PatternSet, advice: str
) -> Iterator[Diagnostic]:
    for entry in entries:
        pattern = entry.pattern
        if pattern is None or pattern in look.matched:
            continue
        literal = pattern.literal
        if literal is not None and not pattern.is_folder and look.tree.is_folder(literal):
            yield NAMES_A_FOLDER.at(
                entry.location,
                f"the pattern '{entry.text}' is one path, but that is a folder",
                f"write {_quoted(entry.text + '/')}",
            )
        elif not entry.new and (literal is None or coming.first(literal) is None):
            yield (
                _only_folders(entry)
                if pattern in look.folders
                else _nothing(entry, look.tree.nearest(pattern), advice)
            )


def _only_folders(entry: Entry) -> Diagnostic:
    is_wildcard = entry.pattern is not None and entry.pattern.is_wildcard
    return MATCHES_ONLY_FOLDERS.at(
        entry.location,
        f"the pattern '{entry.text}' matches folders only, not what lies in them",
        f"write {_quoted(entry.text + ('/**' if is_wildcard else '/'))}",
    )


def _nothing(entry: Entry, near: str, advice: str) -> Diagnostic:
    hint = advice.format(_quoted(entry.text)) or "correct it, or take it out"
    if near:
        meant = f"did you mean {_quoted(near)}?"
        hint = f"{meant} {hint[0].upper()}{hint[1:]}" if advice else meant
    return MATCHES_NOTHING.at(
        entry.location, f"the pattern '{entry.text}' matches nothing tracked", hint
    )


def _quoted(text: str) -> str:
    """The text as YAML takes it, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"
