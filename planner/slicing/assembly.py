"""Makes the slices of a proposal from groups, each after what it waits for."""

from collections.abc import Sequence

from planner.slicing.change import Change
from planner.slicing.declared import Declared
from planner.slicing.ends import Ends
from planner.slicing.grouping.groups import Groups, waits_of
from planner.slicing.naming import Named
from planner.slicing.order.edges import Because
from planner.slicing.order.stacks import stacked
from planner.slicing.proposal import Order, Placed, Proposed
from planner.slicing.reasons import Reason, Reasons


class Assembly:
    """Makes the slices of groups, in order.

    Args:
        names: the id and title of each group.

    Attributes:
        slice_ids: the id of the slice of each item.
    """

    def __init__(
        self, change: Change, groups: Groups, known: Declared, names: Sequence[Named], ends: Ends
    ) -> None:
        self._change, self._groups, self._known = change, groups, known
        self._names, self._ends = names, ends
        group_of = groups.group_of
        self.slice_ids = [names[group_of[item]].id for item in range(len(change.items))]

    def parts(
        self, *, by_commit: bool
    ) -> tuple[tuple[Proposed, ...], tuple[Placed, ...], tuple[Order, ...]]:
        """Return the slices, the places of all paths, and the order of the slices."""
        order, on = self._stacked()
        shown = [group for group in order if self._groups.members[group]]
        place = {group: at for at, group in enumerate(shown)}
        slices = tuple(self._slice(group, _shown(on, group, place)) for group in shown)
        return slices, tuple(self._placed(place, by_commit=by_commit)), tuple(self._order(place))

    def _stacked(self) -> tuple[list[int], list[int | None]]:
        """Stack the groups; those of the plan only as it says."""
        groups = self._groups
        waits = waits_of(self._change, groups.group_of, len(groups.members))
        number = {chosen.key: at for at, chosen in enumerate(self._known.slices)}
        for at, chosen in enumerate(self._known.slices):
            named = ((chosen.plan.path, name) for name in chosen.slice_.depends_on)
            waits[at] = {number[key] for key in named if key in number}
        return stacked(waits)

    def _slice(self, group: int, on: int | None) -> Proposed:
        name = self._names[group]
        items = (self._change.items[item] for item in self._groups.members[group])
        edited = sorted(
            (edit for item in items for edit in item.edits), key=lambda edit: edit.new.path
        )
        is_declared = group < self._groups.declared
        branch = f"{self._ends.branch}-{name.id}"
        if is_declared:
            slice_ = self._known.slices[group].slice_
            own = [entry.text for entry in slice_.branch if "*" not in entry.text]
            branch = own[0] if own else branch
        return Proposed(name.id, name.title, branch, tuple(edited), on, is_declared)

    def _placed(self, place: dict[int, int], *, by_commit: bool) -> list[Placed]:
        groups = self._groups
        labels = {
            group: Reason("declared", f"the plan's slice {chosen.slice_.id!r} holds it", {})
            for group, chosen in enumerate(self._known.slices)
        }
        if groups.mechanical >= 0:
            text = "it only moves, or only its mode or its spaces change"
            labels[groups.mechanical] = Reason("shape", text, {"rule": "mechanical"})
        if by_commit:
            for group in range(groups.declared, len(groups.members)):
                text = f"a commit of the branch: {self._names[group].title}"
                labels.setdefault(group, Reason("commit", text, {}))
        reasons = Reasons(self._change, groups, labels)
        group_of = groups.group_of
        found = []
        for item, one in enumerate(self._change.items):
            confidence, because = reasons.of(item)
            found += [
                Placed(edit, place[group_of[item]], confidence, because, one.hunks)
                for edit in one.edits
            ]
        return sorted(
            found, key=lambda placed: (placed.confidence, placed.edit.new.path, placed.hunks)
        )

    def _order(self, place: dict[int, int]) -> list[Order]:
        group_of = self._groups.group_of
        because: dict[tuple[int, int], list[Because]] = {}
        for edge in self._change.edges:
            before, after = (place[group_of[one]] for one in (edge.before, edge.after))
            if before != after:
                because.setdefault((before, after), []).append(edge.because)
        return [Order(*pair, tuple(some)) for pair, some in sorted(because.items())]


def _shown(on: Sequence[int | None], group: int, place: dict[int, int]) -> int | None:
    """The place of the next slice below a group that changes anything."""
    at = on[group]
    while at is not None and at not in place:
        at = on[at]
    return None if at is None else place[at]
