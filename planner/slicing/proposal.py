"""Slices that are proposed for a big change: what goes together, in which order, and why."""

from typing import NamedTuple

from planner.diagnostic import Diagnostic
from planner.repository.edits import Edit
from planner.repository.lines import Hunk
from planner.slicing.ends import Ends
from planner.slicing.grouping.groups import Size
from planner.slicing.order.edges import Because
from planner.slicing.reasons import Reason


class Proposed(NamedTuple):
    """A slice that is proposed, or one of the plan with what it holds.

    Attributes:
        branch: its branch; of a slice of the plan the first that it names.
        edits: what it changes, in path order.
        on: the slice that it waits for, by its place in the proposal.
        is_declared: whether the plan has it.
    """

    id: str
    title: str
    branch: str
    edits: tuple[Edit, ...]
    on: int | None
    is_declared: bool

    @property
    def added(self) -> int:
        """How many lines are added."""
        return sum(edit.added or 0 for edit in self.edits)

    @property
    def removed(self) -> int:
        """How many lines are removed."""
        return sum(edit.removed or 0 for edit in self.edits)


class Placed(NamedTuple):
    """A changed path, or a rename, and the slice that it was put into, by its place.

    Attributes:
        hunks: those that were put there, where others were put into other slices; else empty.
    """

    edit: Edit
    slice_: int
    confidence: float
    reasons: tuple[Reason, ...]
    hunks: tuple[Hunk, ...] = ()


class Order(NamedTuple):
    """Two slices of which the first must land before the second, and why."""

    before: int
    after: int
    because: tuple[Because, ...]


class Need(NamedTuple):
    """Two paths of which the first must land before the second, or with it."""

    before: bytes
    after: bytes


class Proposal(NamedTuple):
    """Slices of a big change, in an order in which they can land.

    Attributes:
        is_needed: whether the change is over the limits; else it is a suggestion.
        total: how many files and lines count for that.
        placed: every changed path, the least certain first.
        needs: which path must land before which, also within a slice; not divided ones.
        shared: the paths that every slice may touch, such as a change log.
        findings: what crosses the slices of the plan, and what was left out.
    """

    ends: Ends
    is_needed: bool
    total: Size
    budget: Size
    slices: tuple[Proposed, ...]
    placed: tuple[Placed, ...]
    order: tuple[Order, ...]
    needs: tuple[Need, ...]
    shared: tuple[bytes, ...]
    findings: tuple[Diagnostic, ...]
