"""In which order the slices and tasks of a list come: as declared, and as the list has them."""

from collections.abc import Mapping, Sequence

from planner import graph
from planner.agents.imports.drafts.ids import places_of
from planner.agents.imports.found import Found, Group, Item, id_of


class Order:
    """The groups that become slices, and their items, by numbers.

    Attributes:
        groups: those of the list that are kept.
        items: the items of all of them.
        slices: the id of each slice.
        waits: for each slice those that it waits for.
    """

    def __init__(self, found: Found, groups: Sequence[Group]) -> None:
        self.groups = tuple(groups)
        self.items = [item for group in groups for item in group.items]
        self._is_sequence = found.is_sequence
        self._item_at = places_of(self.items)
        self._group_at = places_of(groups)
        self._home = [at for at, group in enumerate(groups) for _ in group.items]
        self.slices = self._slice_ids()
        waits = [[self._item_at[id_] for id_ in self.needs(item)] for item in self.items]
        self._rank = {node: at for at, node in enumerate(graph.ordered(waits)[0])}
        self._place = self._places(waits)
        self.waits = [self._slice_waits(at) for at in range(len(groups))]

    def _slice_ids(self) -> list[str]:
        """The id of each slice, which no task and no other slice has."""
        taken = {id_of(item.id) for item in self.items}
        ids: list[str] = []
        for group in self.groups:
            ids.append(free(id_of(group.id, "slice"), taken))
            taken.add(ids[-1])
        return ids

    def needs(self, item: Item) -> list[str]:
        """Return the ids of the tasks that a task names, without those that are left out."""
        ids = (id_of(need.id) for need in item.needs)
        return list(dict.fromkeys(id_ for id_ in ids if id_ in self._item_at))

    def _needed(self, group: Group) -> list[int]:
        ids = (id_of(need.id) for need in group.needs)
        return [self._group_at[id_] for id_ in ids if id_ in self._group_at]

    def _places(self, waits: Sequence[Sequence[int]]) -> list[int]:
        """The place of each group in an order that all agrees with.

        Groups whose tasks wait for each other both ways have the same place.
        """
        edges: list[set[int]] = [set(self._needed(group)) for group in self.groups]
        for item, needed in enumerate(waits):
            edges[self._home[item]] |= {self._home[other] for other in needed}
        ring = [0] * len(self.groups)  # by group: the first of those that wait for each other
        for members in graph.components([sorted(edge) for edge in edges]):
            for member in members:
                ring[member] = members[0]
        numbers = {first: number for number, first in enumerate(sorted(set(ring)))}
        between: list[set[int]] = [set() for _ in numbers]
        for at, edge in enumerate(edges):
            between[numbers[ring[at]]] |= {numbers[ring[one]] for one in edge} - {numbers[ring[at]]}
        order, _ = graph.ordered([sorted(edge) for edge in between])
        places = {number: place for place, number in enumerate(order)}
        return [places[numbers[first]] for first in ring]

    def _slice_waits(self, at: int) -> list[int]:
        """What a slice waits for: what it or its tasks declare, and by the order of phases."""
        barriers = [one for one in range(at) if self.groups[one].is_barrier]
        last = barriers[-1] if barriers else -1
        before = list(range(last + 1, at)) if self.groups[at].is_barrier else []
        before = before or ([last] if last >= 0 else [])
        # A slice lands as a whole: what one of its tasks waits for must have landed before.
        needs = {self._item_at[id_] for item in self.groups[at].items for id_ in self.needs(item)}
        before += sorted(self._home[item] for item in needs)
        known = (one for one in before if self.is_after(at, one))
        return list(dict.fromkeys([*self._needed(self.groups[at]), *known]))

    def is_after(self, at: int, other: int) -> bool:
        """Return whether a slice can wait for another without a circle."""
        return self._place[other] < self._place[at]

    def by_place(self, at: int) -> tuple[int, int]:
        """Return the key by which the slices come in order."""
        return self._place[at], at

    def let_wait(self, pairs: Mapping[int, Mapping[int, str]]) -> list[tuple[int, int, str]]:
        """Let slices wait for others where nothing else orders the two; return the new ones.

        Args:
            pairs: by slice, those before it that touch a path of it, each with the path.
        """
        before: dict[int, int] = {}  # by slice: the mask of those before it
        added = []
        for at in sorted(range(len(self.groups)), key=self.by_place):
            mask = 0
            for other in self.waits[at]:
                mask |= before.get(other, 0) | 1 << other
            paths = pairs.get(at, {})
            for other in sorted(paths, key=self.by_place, reverse=True):
                if not mask >> other & 1:
                    mask |= before.get(other, 0) | 1 << other
                    self.waits[at].append(other)
                    added.append((at, other, paths[other]))
            before[at] = mask
        return added

    def sequence(self) -> list[list[str]]:
        """Return for each item the ids of those before it in a list whose order counts.

        One without a mark waits for all since the last without one, marked ones for that one.
        """
        before_it: list[list[str]] = [[] for _ in self.items]
        last, run = -1, list[int]()
        for node, item in enumerate(self.items if self._is_sequence else ()):
            if node and self._home[node] != self._home[node - 1]:
                last, run = -1, []
            before = [last] if item.mark or not run else run
            known = [one for one in before if one >= 0 and self._rank[one] < self._rank[node]]
            before_it[node] = [id_of(self.items[one].id) for one in known]
            last, run = (last, [*run, node]) if item.mark else (node, [])
        return before_it


def free(wanted: str, taken: "set[str] | frozenset[str]") -> str:
    """Return an id that is not taken: the one that is wanted, else with a number."""
    number, id_ = 1, wanted
    while id_ in taken:
        number += 1
        id_ = f"{wanted}-{number}"
    return id_
