"""What a plan lets two of its slices both touch."""

from planner.boundary.pattern import Pattern
from planner.plan.model import Plan, patterns


class Sharing:
    """The shared and generated patterns of a plan, one list for each set of entries.

    An entry of `shared` that names slices is shared among those only.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._entries: dict[str, set[int]] = {}
        for at, entry in enumerate(plan.shared):
            for slice_id in entry.slices:
                self._entries.setdefault(slice_id, set()).add(at)
        self._patterns: dict[frozenset[int], tuple[Pattern, ...]] = {}

    def entries(self, slice_id: str) -> frozenset[int]:
        """Return the indices of the entries of `shared` that name the slice."""
        return frozenset(self._entries.get(slice_id, ()))

    def patterns(self, entries: frozenset[int] = frozenset()) -> tuple[Pattern, ...]:
        """Return what two slices may both touch, given the entries that name both.

        The same entries get the same tuple, whose id the algebra may remember.
        """
        if entries not in self._patterns:
            shared = [e for at, e in enumerate(self._plan.shared) if not e.slices or at in entries]
            self._patterns[entries] = tuple(patterns([*shared, *self._plan.generated]))
        return self._patterns[entries]
