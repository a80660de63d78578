"""Makes the document of a plan of what was found, ordered so that slices do not overlap."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from planner import graph
from planner.agents.imports.found import Found, Group, Item, Named, id_of
from planner.agents.imports.ids import places_of, wrong_ids
from planner.agents.imports.marks import false_marks
from planner.boundary.language import Unproved
from planner.boundary.pattern import Pattern, parse
from planner.diagnostic import Diagnostic, has_errors, ordered
from planner.lint.tree import Tree
from planner.paths import path_text
from planner.plan import parse as plans
from planner.plan.document.writing import Commented, write_document
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
    values, waiting = _Writer(found, kept, tree).document(is_first=is_first)
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
    """The groups that become slices, with their ids and their order."""

    def __init__(self, found: Found, groups: Sequence[Group], tree: Tree) -> None:
        self._found = found
        self._groups = groups
        self._tree = tree
        self._items = [item for group in groups for item in group.items]
        self._item_at = places_of(self._items)
        self._group_at = places_of(groups)
        self._home = [at for at, group in enumerate(groups) for _ in group.items]
        self.ids = self._slice_ids()
        waits = [[self._item_at[id_] for id_ in self._needs(item)] for item in self._items]
        self._rank = {node: at for at, node in enumerate(graph.ordered(waits)[0])}
        self._place, self._ring = self._ordered(waits)
        self._waits = [self._slice_waits(at) for at in range(len(groups))]
        self._reasons: dict[int, list[tuple[int, str]]] = {}  # why the last of them are there

    def _slice_ids(self) -> list[str]:
        taken = {id_of(item.id) for item in self._items}
        ids: list[str] = []
        for group in self._groups:
            wanted = id_of(group.id, "slice")
            number, id_ = 1, wanted
            while id_ in taken:
                number += 1
                id_ = f"{wanted}-{number}"
            taken.add(id_)
            ids.append(id_)
        return ids

    def _needs(self, item: Item) -> list[str]:
        """The ids of the tasks that a task names, without those that are left out."""
        return list(dict.fromkeys(i for n in item.needs if (i := id_of(n.id)) in self._item_at))

    def _ordered(self, waits: Sequence[Sequence[int]]) -> tuple[dict[int, int], list[int]]:
        """The rank of each group, and the circle that it is in: the first member's number."""
        edges: list[set[int]] = [set() for _ in self._groups]
        for item, needed in enumerate(waits):
            edges[self._home[item]] |= {self._home[other] for other in needed}
        for at, group in enumerate(self._groups):
            edges[at] |= {
                self._group_at[i] for n in group.needs if (i := id_of(n.id)) in self._group_at
            }
            edges[at].discard(at)
        ring = [0] * len(self._groups)
        for members in graph.components([sorted(edge) for edge in edges]):
            for member in members:
                ring[member] = members[0]
        firsts = sorted(set(ring))
        numbers = {first: number for number, first in enumerate(firsts)}
        between: list[set[int]] = [set() for _ in firsts]
        for at, edge in enumerate(edges):
            between[numbers[ring[at]]] |= {
                numbers[ring[other]] for other in edge if ring[other] != ring[at]
            }
        order = graph.ordered([sorted(edge) for edge in between])[0]
        rank = {firsts[number]: at for at, number in enumerate(order)}
        return {at: rank[ring[at]] for at in range(len(self._groups))}, ring

    def _may_wait(self, at: int, other: int) -> bool:
        return self._place[other] < self._place[at]

    def _slice_waits(self, at: int) -> list[int]:
        """What a slice waits for: what it declares, and by the order of phases."""
        group = self._groups[at]
        needed = [self._group_at[i] for n in group.needs if (i := id_of(n.id)) in self._group_at]
        barriers = [one for one in range(at) if self._groups[one].is_barrier]
        last = barriers[-1] if barriers else -1
        before = list(range(last + 1, at)) if group.is_barrier else []
        before = before or ([last] if last >= 0 else [])
        return list(dict.fromkeys([*needed, *(one for one in before if self._may_wait(at, one))]))

    def document(self, *, is_first: bool) -> tuple[dict[str, Any], tuple[Waiting, ...]]:
        """Return the plan's document, and which slices wait for another because of a path."""
        shared: list[dict[str, Any]] = []
        waiting = self._order(self._meetings(self._values(shared, is_first=is_first)))
        while True:
            values = self._values(shared, is_first=is_first)
            left = self._meetings(values)  # of slices whose tasks wait for each other both ways
            new = [one for one in map(self._shared, left) if one[1] not in shared]
            if not new or len(shared) >= _MOST_SHARED:
                return values, tuple(waiting)
            for one, entry in new:
                waiting.append(one)
                shared.append(entry)

    def _meetings(self, values: Mapping[str, Any]) -> list[Meeting]:
        plan = plans.parse(write_document(values).encode(), "plan.yaml").usable
        return list(meetings(Fence([plan]))) if plan else []

    def _order(self, found: Sequence[Meeting]) -> list[Waiting]:
        """Let the later of two slices that meet wait for the earlier, where nothing else does."""
        pairs: dict[int, dict[int, str]] = {}
        for one, other, witness in found:
            ends = sorted(
                (self.ids.index(one.slice_.id), self.ids.index(other.slice_.id)), key=self._by_rank
            )
            if not isinstance(witness, Unproved) and self._may_wait(ends[1], ends[0]):
                pairs.setdefault(ends[1], {})[ends[0]] = path_text(witness.path)
        before: dict[int, int] = {}
        added = []
        for at in sorted(range(len(self.ids)), key=self._by_rank):
            mask = 0
            for other in self._waits[at]:
                mask |= before.get(other, 0) | 1 << other
            for other in sorted(pairs.get(at, {}), key=self._by_rank, reverse=True):
                if not mask >> other & 1:
                    mask |= before.get(other, 0) | 1 << other
                    self._waits[at].append(other)
                    self._reasons.setdefault(at, []).append((other, pairs[at][other]))
                    added.append(Waiting(self.ids[at], self.ids[other], pairs[at][other]))
            before[at] = mask
        return added

    def _by_rank(self, at: int) -> tuple[int, int]:
        return self._place[at], at

    def _shared(self, found: Meeting) -> tuple[Waiting, dict[str, Any]]:
        """The entry of `shared` for a path of two slices that no order can keep apart."""
        one, other, witness = found
        ids = [one.slice_.id, other.slice_.id]
        entries = [
            (one.slice_.scope.include[found.found.one]),
            other.slice_.scope.include[found.found.other],
        ]
        entry = min(entries, key=lambda each: not each.pattern.is_literal)
        path = path_text(witness.path) if not isinstance(witness, Unproved) else entry.text
        why = f"tasks of {ids[0]} and {ids[1]} wait for each other, so neither slice can be first"
        return Waiting(*ids, path, is_shared=True), {"path": entry.text, "why": why, "slices": ids}

    def _values(self, shared: Sequence[Mapping[str, Any]], *, is_first: bool) -> dict[str, Any]:
        title = self._found.title.strip() or "Imported tasks"
        values: dict[str, Any] = {"version": 1, "title": title, **self._found.keys}
        values["branches"] = [f"feature/{id_of(title, 'plan')}-{{id}}"]
        if is_first:
            every = [{"branch": "**", "include": ["**"]}]
            values["unplanned"] = Commented(every, _UNPLANNED)
        if shared:
            values["shared"] = list(shared)
        values["slices"] = list(self._slices())
        return values

    def _slices(self) -> Iterator[dict[str, Any]]:
        soft = self._sequence()
        node = 0
        for at, group in enumerate(self._groups):
            slice_: dict[str, Any] = {
                "id": self.ids[at],
                "title": group.title.strip() or self.ids[at],
            }
            slice_ |= {
                key: group.keys[key] for key in ("overview", "owner", "closed") if key in group.keys
            }
            if self._waits[at]:
                needs: object = [self.ids[other] for other in self._waits[at]]
                said = [
                    f"{self.ids[o]}: both touch {path}" for o, path in self._reasons.get(at, ())
                ]
                slice_["depends_on"] = Commented(needs, "\n".join(said)) if said else needs
            slice_["scope"] = {"include": list(self._include(group))}
            if "success_criteria" in group.keys:
                slice_["success_criteria"] = group.keys["success_criteria"]
            tasks = []
            for item in group.items:
                tasks.append(self._task(item, soft[node]))
                node += 1
            if tasks:
                slice_["tasks"] = tasks
            yield slice_

    def _include(self, group: Group) -> Iterator[object]:
        """The entries of a scope; what a folder of the same list holds needs none of its own."""
        paths = group.every_path
        folders = [path.text.removesuffix("**") for path in paths if _is_folder(path)]
        for path in paths:
            if not any(
                path.text.startswith(f) and path.text.removesuffix("**") != f for f in folders
            ):
                is_there = self._is_there(path.text)
                yield path.text if is_there else {"path": path.text, "new": True}

    def _is_there(self, text: str) -> bool:
        pattern = parse(text)
        return isinstance(pattern, Pattern) and bool(self._tree.matched([pattern]))

    def _task(self, item: Item, soft: Sequence[str]) -> dict[str, Any]:
        files = [path.text for path in item.paths]
        needs = list(dict.fromkeys([*self._needs(item), *soft]))
        keys = {**item.keys, "files": files, "depends_on": needs}
        order = ("description", "owner", "files", "depends_on", "effort", "status", "done_when")
        more = {key: keys[key] for key in order if keys.get(key)}
        return {"id": id_of(item.id), "title": item.title, **more}

    def _sequence(self) -> list[list[str]]:
        """For each task those that come before it in a list whose order counts."""
        soft: list[list[str]] = [[] for _ in self._items]
        last, run = -1, list[int]()
        for node, item in enumerate(self._items if self._found.is_sequence else ()):
            if node and self._home[node] != self._home[node - 1]:
                last, run = -1, []
            before = [last] if item.mark or not run else run
            known = [one for one in before if one >= 0 and self._rank[one] < self._rank[node]]
            soft[node] = [id_of(self._items[one].id) for one in known]
            last, run = (last, [*run, node]) if item.mark else (node, [])
        return soft


def _is_folder(path: Named) -> bool:
    text = path.text.removesuffix("**")
    return text.endswith("/") and "*" not in text and "?" not in text


_UNPLANNED: Final = (
    "All other branches go on as before: they may touch whatever no open slice holds."
)
