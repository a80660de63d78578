"""Why a path was put into a slice, and how sure that is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from planner.paths import path_text
from planner.slicing.change import Change
from planner.slicing.grouping.affinity import Likeness
from planner.slicing.grouping.groups import Groups

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
        near = [
            (self._groups.alike[pair].probability, -other)
            for pair in self._pairs.get(item, ())
            for other in pair
            if other != item
        ]
        if not near:
            text = "it has nothing in common with other files"
            return Reason("shape", text, {"rule": "alone"})
        path = path_text(self._change.items[-max(near)[1]].name)
        text = f"it is closest to {path}, which is in another slice"
        return Reason("shape", text, {"rule": "alone", "with": path})

    def _confidence(self, item: int, group: int) -> float:
        if group in self._labels or item in self._paired:
            return 1.0
        own = self._groups.closeness(item, group)
        others = (self._groups.closeness(item, other) for other in self._others_of(item, group))
        best = max(others, default=0.0)
        if len(self._groups.members[group]) == 1:
            return round(1 - best, 2)
        return round(own / (own + best), 2) if own + best else 0.0

    def _others_of(self, item: int, group: int) -> list[int]:
        near = {other for pair in self._pairs.get(item, ()) for other in pair if other != item}
        return sorted({self._group_of[other] for other in near} - {group})

    @property
    def _pairs(self) -> Mapping[int, Sequence[tuple[int, int]]]:
        if not hasattr(self, "_by_item"):
            self._by_item: dict[int, list[tuple[int, int]]] = {}
            for pair in self._groups.alike:
                for item in pair:
                    self._by_item.setdefault(item, []).append(pair)
        return self._by_item

    def _of_shape(self, item: int) -> Reason:
        pairing = self._paired[item]
        other = pairing.other if pairing.item == item else pairing.item
        path = path_text(self._change.items[other].name)
        return Reason("shape", f"{pairing.rule}: {path}", {"rule": pairing.rule, "with": path})

    def _of_likeness(self, item: int, group: int) -> list[Reason]:
        """What it has in common with the item of the group that it is most like."""
        alike = [
            (self._groups.alike[pair].probability, -pair[0], -pair[1])
            for pair in self._pairs.get(item, ())
            if self._group_of[pair[0]] == self._group_of[pair[1]] == group
        ]
        if not alike:
            return []
        _, first, second = max(alike)
        other = -first if -second == item else -second
        likeness = self._groups.alike[-first, -second]
        return [*self._of_words(item, other, likeness), *self._of_history(other, likeness)]

    def _of_words(self, item: int, other: int, likeness: Likeness) -> list[Reason]:
        ours, theirs = (self._change.items[one].traits for one in (item, other))
        path = path_text(self._change.items[other].name)
        rarity = self._change.rarity
        both = sorted(
            ours.words.keys() & theirs.words.keys(), key=lambda word: (-rarity.idf(word), word)
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
        """The names that tie it to another item of its group."""
        for edge in self._change.edges:
            if item in (edge.before, edge.after):
                other = edge.after if edge.before == item else edge.before
                if self._group_of[other] == group:
                    path = path_text(self._change.items[other].name)
                    because = edge.because
                    text = (
                        f"{because.used.path}:{because.used.line} uses {because.name} "
                        f"of {because.defined.path}:{because.defined.line}"
                    )
                    return [Reason("order", text, {"name": because.name, "with": path})]
        return []
