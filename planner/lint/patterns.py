"""Patterns that are held against the tracked tree: what each really matches."""

from collections.abc import Iterable, Iterator

from planner.boundary.matching import PatternSet
from planner.diagnostic import Diagnostic
from planner.lint.tree import Tree
from planner.plan.find import patterns
from planner.plan.model import Entry, Plan, Slice


def check(plan: Plan, tree: Tree) -> Iterator[Diagnostic]:
    """A plain name that is a folder; an allowing pattern that matches nothing, or only folders."""
    nothing = PatternSet(())
    for entries in (plan.shared, plan.generated, *(rule.include for rule in plan.unplanned)):
        yield from _allowing(entries, tree, nothing)
    for slice_ in plan.open_slices:
        coming = PatternSet(patterns(_coming(plan, slice_)))
        yield from _allowing(slice_.scope.include, tree, coming)
        for task in slice_.tasks:
            yield from _allowing(task.files, tree, coming)


def _coming(plan: Plan, slice_: Slice) -> Iterator[Entry]:
    """The entries that this slice, or one that it depends on, marks as new."""
    todo = [slice_.id]
    seen: set[str] = set()
    while todo:
        known = plan.slice_of(todo.pop())
        if known is not None and known.id not in seen:
            seen.add(known.id)
            yield from (entry for entry in known.scope.include if entry.new)
            todo.extend(known.depends_on)


def _allowing(entries: Iterable[Entry], tree: Tree, coming: PatternSet) -> Iterator[Diagnostic]:
    for entry in entries:
        pattern = entry.pattern
        if pattern is None or tree.matches(pattern):
            continue
        literal = pattern.literal
        if literal is not None and not pattern.is_folder and tree.is_folder(literal):
            yield Diagnostic(
                entry.location,
                "names-a-folder",
                f"the pattern '{entry.text}' is one path, but that is a folder",
                f"write '{entry.text}/'",
            )
        elif not entry.new and (literal is None or coming.first(literal) is None):
            yield _matches_nothing(
                entry, pattern.is_wildcard and tree.matches_folder(pattern), tree
            )


def _matches_nothing(entry: Entry, matches_folders: bool, tree: Tree) -> Diagnostic:
    if matches_folders:
        return Diagnostic(
            entry.location,
            "matches-only-folders",
            f"the pattern '{entry.text}' matches folders, but nothing in them",
            f"write '{entry.text}/**'",
            "warning",
        )
    near = tree.nearest(entry.pattern) if entry.pattern else ""
    ways = [f"did you mean '{near}'?"] if near else []
    return Diagnostic(
        entry.location,
        "matches-nothing",
        f"the pattern '{entry.text}' matches nothing tracked",
        "; ".join([*ways, "a path that the slice will add is marked 'new: true'"]),
        "warning",
    )
