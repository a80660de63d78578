"""Makes the document of a plan of what was found, ordered so that slices do not overlap."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from planner.agents.imports.drafts.ids import wrong_ids
from planner.agents.imports.drafts.marks import false_marks
from planner.agents.imports.drafts.order import Order
from planner.agents.imports.found import Found, Group, Item, id_of
from planner.boundary.language import Term, Witness, difference
from planner.boundary.pattern import Pattern, parse
from planner.diagnostic import Diagnostic, has_errors, ordered
from planner.lint.tree import Tree
from planner.paths import path_text
from planner.plan import parse as plans
from planner.plan.document.writing import Commented, write_document
from planner.plan.model import Entry
from planner.rules import LEFT_OUT, NO_PATH
from planner.scopes.disjoint import Meeting, meetings
from planner.scopes.fence import Fence

_MOST_SHARED: Final = 500
_MOST_NAMED: Final = 12


class Waiting(NamedTuple):
    """A slice that waits for another only because both touch a path; `is_shared`: neither can."""

    slice_id: str
    other: str
    path: str
    is_shared: bool = False


class Draft(NamedTuple):
    """The document of a plan; None where what is wrong leaves none."""

    values: Mapping[str, Any] | None
    findings: tuple[Diagnostic, ...]
    waiting: tuple[Waiting, ...] = ()


def draft(found: Found, tree: Tree, *, is_first: bool) -> Draft:
    """Return the plan that was found.

    A slice for each group, a task for each item. Where two slices touch a path and no dependency
    orders them, the later one waits for the earlier one; only where their tasks wait for each
    other both ways, the path is shared between the two.

    Args:
        is_first: whether the repository has no plan yet: then other branches go on as before.
    """
    findings = [*found.findings, *wrong_ids(found)]
    if not has_errors(findings):
        findings += false_marks(found)
    kept = []
    for group in found.groups:
        reason = _without_path(group)
        findings += reason
        if group.every_path:
            kept.append(group)
    if not found.groups or has_errors(findings):
        return Draft(None, ordered(findings))
    if not kept:
        last = found.groups[-1]
        nothing = NO_PATH.at(last.place, "nothing is left to plan", "name paths in what is to do")
        return Draft(None, ordered([*findings, nothing]))
    values, waiting = _Writer(found, Order(found, kept), tree, is_first=is_first).document()
    return Draft(values, ordered(findings), waiting)


def _without_path(group: Group) -> Iterator[Diagnostic]:
    """Report what of a group names no path: all of it, or some tasks."""
    missing = [item for item in group.items if not item.paths and not item.is_done]
    is_done = bool(group.items) and all(item.is_done for item in group.items)
    if not group.every_path:
        names = _names(group.items)
        if is_done or group.keys.get("closed"):
            said = f"{group.id!r} is done and names no path: it is left out ({group.title})"
            yield LEFT_OUT.at(group.place, said, tasks=[item.id for item in group.items])
        else:
            place = group.items[0].place if group.items else group.place
            message = f"{group.id!r} names no path: its slice would hold nothing ({group.title})"
            hint = f"name the files that it touches, in one of its tasks: {names}"
            if not group.items:
                hint = "list the files that it touches"
            yield NO_PATH.at(place, message, hint, tasks=[item.id for item in group.items])
    elif missing and not group.paths:
        message = f"{_names(missing)} of {group.id!r} name no path"
        if len(missing) == 1:
            message = message.replace(" name ", " names ")
        yield NO_PATH.at(
            missing[0].place,
            message,
            "name the files, so that planner can tell what may run beside it",
            severity="warning",
            tasks=[item.id for item in missing],
        )


def _names(items: Sequence[Item]) -> str:
    names = [item.id for item in items]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


class _Writer:
    """Writes the groups of a list as slices, in an order that keeps them apart."""

    def __init__(self, found: Found, order: Order, tree: Tree, *, is_first: bool) -> None:
        self._found = found
        self._order = order
        self._tree = tree
        self._is_first = is_first
        self._reasons: dict[int, list[str]] = {}  # why a slice waits for the last it waits for
        self._shared: list[dict[str, Any]] = []

    def document(self) -> tuple[dict[str, Any], tuple[Waiting, ...]]:
        """Return the plan's document, and which slices meet at a path."""
        # Those that name the same path need no question, of which a run has only so many.
        waiting = self._let_wait(self._same_paths())
        waiting += self._let_wait(self._pairs(self._meetings()))
        while True:
            # Left are slices whose tasks wait for each other both ways.
            shared = [_as_shared(one) for one in self._meetings() if isinstance(one.found, Witness)]
            new = [one for one in shared if one[1] not in self._shared]
            if not new or len(self._shared) >= _MOST_SHARED:
                return self._values(), tuple(waiting)
            waiting += [one for one, _ in new]
            self._shared += [entry for _, entry in new]

    def _same_paths(self) -> dict[int, dict[int, str]]:
        """By slice, the last before it that names the same path, for each of its paths."""
        order = self._order
        pairs: dict[int, dict[int, str]] = {}
        last: dict[bytes, int] = {}
        for at in sorted(range(len(order.groups)), key=order.by_place):
            for named in order.groups[at].every_path:
                pattern = parse(named.text)
                path = pattern.path if isinstance(pattern, Pattern) else None
                if path is None:
                    continue
                if path in last and order.is_after(at, last[path]):
                    pairs.setdefault(at, {}).setdefault(last[path], path_text(path))
                last[path] = at
        return pairs

    def _meetings(self) -> list[Meeting]:
        plan = plans.parse(write_document(self._values()).encode(), "plan.yaml").usable
        return list(meetings(Fence([plan]))) if plan else []

    def _pairs(self, found: Sequence[Meeting]) -> dict[int, dict[int, str]]:
        """By slice, those before it that meet it, each with the path."""
        order = self._order
        numbers = {id_: at for at, id_ in enumerate(order.slices)}
        pairs: dict[int, dict[int, str]] = {}
        for meeting in found:
            ends = (numbers[meeting.one.slice_.id], numbers[meeting.other.slice_.id])
            first, last = sorted(ends, key=order.by_place)
            if order.is_after(last, first):
                pairs.setdefault(last, {})[first] = _path(meeting)
        return pairs

    def _let_wait(self, pairs: Mapping[int, Mapping[int, str]]) -> list[Waiting]:
        """Let the later of two slices that meet wait for the earlier."""
        ids, added = self._order.slices, self._order.let_wait(pairs)
        for at, before, path in added:
            self._reasons.setdefault(at, []).append(f"{ids[before]}: both touch {path}")
        return [Waiting(ids[at], ids[before], path) for at, before, path in added]

    def _values(self) -> dict[str, Any]:
        title = self._found.title.strip() or "Imported tasks"
        values: dict[str, Any] = {"version": 1, "title": title, **self._found.keys}
        values["branches"] = [f"feature/{id_of(title, 'plan')}-{{id}}"]
        if self._is_first:
            every = [{"branch": "**", "include": ["**"]}]
            values["unplanned"] = Commented(every, _UNPLANNED)
        if self._shared:
            values["shared"] = list(self._shared)
        values["slices"] = list(self._slices())
        return values

    def _slices(self) -> Iterator[dict[str, Any]]:
        order = self._order
        before = iter(order.sequence())
        for at, group in enumerate(order.groups):
            id_ = order.slices[at]
            slice_: dict[str, Any] = {"id": id_, "title": group.title.strip() or id_}
            if "overview" in group.keys:
                slice_["overview"] = group.keys["overview"]
            if order.waits[at]:
                needs = [order.slices[other] for other in order.waits[at]]
                said = "\n".join(self._reasons.get(at, ()))
                slice_["depends_on"] = Commented(needs, said) if said else needs
            slice_["scope"] = {"include": list(self._include(group))}
            if "success_criteria" in group.keys:
                slice_["success_criteria"] = group.keys["success_criteria"]
            tasks = [self._task(item, next(before)) for item in group.items]
            yield {**slice_, **({"tasks": tasks} if tasks else {})}

    def _include(self, group: Group) -> Iterator[object]:
        """The entries of a scope, without those that the rest of it covers; new ones stay."""
        read = {path.text: parse(path.text) for path in group.every_path}
        patterns = [one for one in read.values() if isinstance(one, Pattern)]
        wide = [one for one in patterns if not one.is_literal]
        for path, pattern in read.items():
            if not isinstance(pattern, Pattern) or not self._tree.matched([pattern]):
                yield {"path": path, "new": True}
                continue
            others = [one for one in wide if one is not pattern]
            if others and difference((Term(pattern),), tuple(map(Term, others))) is None:
                wide = others
            else:
                yield path

    def _task(self, item: Item, before: Sequence[str]) -> dict[str, Any]:
        files = [path.text for path in item.paths]
        needs = list(dict.fromkeys([*self._order.needs(item), *before]))
        keys = {**item.keys, "files": files, "depends_on": needs}
        more = {key: keys[key] for key in _OF_TASK if keys.get(key)}
        return {"id": id_of(item.id), "title": item.title, **more}


_OF_TASK: Final = ("description", "files", "depends_on", "status", "done_when")
_UNPLANNED: Final = (
    "All other branches go on as before: they may touch whatever no open slice holds."
)


def _as_shared(meeting: Meeting) -> tuple[Waiting, dict[str, Any]]:
    """The entry of `shared` for a path of two slices that no order can keep apart."""
    one, other, _ = meeting
    ids = [one.slice_.id, other.slice_.id]
    entry = _entry(meeting)
    why = f"tasks of {ids[0]} and {ids[1]} wait for each other, so neither slice can be first"
    waiting = Waiting(ids[0], ids[1], _path(meeting), is_shared=True)
    return waiting, {"path": entry.text, "why": why, "slices": ids}


def _path(meeting: Meeting) -> str:
    """A path at which two slices meet; where that could not be decided, a pattern of one."""
    found = meeting.found
    return path_text(found.path) if isinstance(found, Witness) else _entry(meeting).text


def _entry(meeting: Meeting) -> Entry:
    """The narrower of the two entries that meet."""
    one, other, found = meeting
    entries = (one.slice_.scope.include[found.one], other.slice_.scope.include[found.other])
    return min(entries, key=lambda each: not each.pattern.is_literal)
