"""Why a path was put into a slice, and how sure that is."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from planner.paths import path_text
from planner.slicing.change import Change
from planner.slicing.grouping.affinity import OTHERWISE, Likeness
from planner.slicing.grouping.groups import Groups
from planner.slicing.grouping.linkage import UNIT
from planner.slicing.order.edges import Edge

Kind = Literal["names", "history", "order", "stem", "shape", "declared", "commit"]

_MOST_WORDS: Final = 4


class Reason(NamedTuple):
    """One reason; `keys` are what JSON adds to its kind."""

    kind: Kind
    text: str
    keys: Mapping[str, Any]


class Reasons:
    """Explains where the items of a change were put.

    Args:
        labels: by group what put all its items there, such as the slice of a plan.
    """

    def __init__(self, change: Change, groups: Groups, labels: Mapping[int, Reason]) -> None:
        self._change = change
        self._groups = groups
        self._labels = labels
        self._group_of = groups.group_of
        self._paired = {n: one for one in groups.pairings for n in (one.item, one.other)}

    def of(self, item: int) -> tuple[float, tuple[Reason, ...]]:
        """Return how sure it is that an item belongs to its group, from 0 to 1, and why."""
        group = self._group_of[item]
        found = [self._labels[group]] if group in self._labels else []
        if item in self._paired and group not in self._labels:
            found.append(self._of_shape(item))
        if item in self._groups.hot:
            text = "it is shared, and closest to this slice"
            found.append(Reason("shape", text, {"rule": "shared"}))
        if not self._labels.get(group):
            found += self._of_likeness(item, group)
        found += self._of_order(item, group)
        if not found:
            found.append(self._alone(item))
        return self._confidence(item, group), tuple(found)

    def _alone(self, item: int) -> Reason:
        if item not in self._closest:
            text = "it has nothing in common with other files"
            return Reason("shape", text, {"rule": "alone"})
        other = self._closest[item][0]
        path = path_text(self._change.items[other].name)
        text = f"it is closest to {path}"
        if self._group_of[other] != self._group_of[item]:
            text += ", which is in another slice"
        return Reason("shape", text, {"rule": "alone", "with": path})

    def _confidence(self, item: int, group: int) -> float:
        if group in self._labels or item in self._paired:
            return 1.0
        near = self._near.get(item, {})
        sizes = {one: len(self._groups.members[one]) - (one == group) for one in (*near, group)}
        mean = {
            one: OTHERWISE + near.get(one, 0) / size if size else 0.0 for one, size in sizes.items()
        }
        own = mean.pop(group)
        best = max(mean.values(), default=0.0)
        if not sizes[group]:
            return round(1 - best / UNIT, 2)
        return round(own / (own + best), 2)

    @cached_property
    def _near(self) -> dict[int, dict[int, int]]:
        """By item and group, how much closer it is to the items of the group than `OTHERWISE`."""
        near: dict[int, dict[int, int]] = {}
        for (first, second), close in self._groups.close.items():
            for item, other in ((first, second), (second, first)):
                sums, group = near.setdefault(item, {}), self._group_of[other]
                sums[group] = sums.get(group, 0) + close - OTHERWISE
        return near

    @cached_property
    def _closest(self) -> dict[int, tuple[int, int]]:
        """By item the closest other item of its group, else of all, and how close it is."""
        best: dict[int, tuple[bool, int, int]] = {}
        for (first, second), close in self._groups.close.items():
            is_own = self._group_of[first] == self._group_of[second]
            for item, other in ((first, second), (second, first)):
                best[item] = max(best.get(item, (False, -1, 0)), (is_own, close, -other))
        return {item: (-other, close) for item, (_, close, other) in best.items()}

    def _of_shape(self, item: int) -> Reason:
        pairing = self._paired[item]
        other = pairing.other if pairing.item == item else pairing.item
        path = path_text(self._change.items[other].name)
        return Reason("shape", f"{pairing.rule}: {path}", {"rule": pairing.rule, "with": path})

    def _of_likeness(self, item: int, group: int) -> list[Reason]:
        """What it has in common with the item of the group that it is most like."""
        other = self._closest.get(item, (item, 0))[0]
        if other == item or self._group_of[other] != group:
            return []
        likeness = self._groups.alike[min(item, other), max(item, other)]
        return [*self._of_words(item, other, likeness), *self._of_history(other, likeness)]

    def _of_words(self, item: int, other: int, likeness: Likeness) -> list[Reason]:
        ours, theirs = (self._change.items[one].traits for one in (item, other))
        path = path_text(self._change.items[other].name)
        rarity = self._change.rarity
        extensions = self._change.items[item].extensions
        both = sorted(
            (ours.words.keys() & theirs.words.keys()) - extensions,
            key=lambda word: (-rarity.idf(word), word),
        )
        first = {word.lower(): word for word in reversed(both)}  # of `Cart` and `cart` one
        words = [word for word in both if first[word.lower()] == word][:_MOST_WORDS]
        if not words or not likeness.words:
            return []
        kind: Kind = "stem" if ours.stems & theirs.stems else "names"
        text = f"shares {', '.join(words)} with {path}"
        return [Reason(kind, text, {"names": words, "with": path})]

    def _of_history(self, other: int, likeness: Likeness) -> list[Reason]:
        if not likeness.history:
            return []
        path = path_text(self._change.items[other].name)
        text = f"earlier commits changed it together with {path}"
        return [Reason("history", text, {"with": path, "share": round(likeness.history, 2)})]

    def _of_order(self, item: int, group: int) -> list[Reason]:
        """The name that ties it to another item of its group, or its own paths to each other."""
        for edge in self._edges_of.get(item, ()):
            other = edge.after if edge.before == item else edge.before
            if self._group_of[other] == group:
                keys = {"name": edge.because.name}
                if other != item:
                    keys["with"] = path_text(self._change.items[other].name)
                return [Reason("order", edge.because.text, keys)]
        return []

    @cached_property
    def _edges_of(self) -> dict[int, list[Edge]]:
        found: dict[int, list[Edge]] = {}
        for edge in self._change.edges:
            for item in {edge.before, edge.after}:
                found.setdefault(item, []).append(edge)
        return found
