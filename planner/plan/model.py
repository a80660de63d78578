"""The plan as frozen values, and the questions they can answer.

They are named tuples: as frozen as a frozen dataclass and a fifth of its cost to define, which
every start of `check-scope` pays (docs/design.md).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from planner.boundary.pattern import Pattern
from planner.diagnostic import Location
from planner.plan.document.nodes import Mapping, locate


class Entry(NamedTuple):
    """One pattern of a list in the plan, with what is said of it.

    `pattern` is None when the text is no pattern, which makes the plan unusable.
    `slices` are the ids that may share the path; empty means all.
    """

    text: str
    location: Location
    pattern: Pattern | None
    why: str = ""
    new: bool = False
    slices: tuple[str, ...] = ()


class Scope(NamedTuple):
    """What a slice may touch, as written."""

    summary: str = ""
    include: tuple[Entry, ...] = ()
    exclude: tuple[Entry, ...] = ()


class Owner(NamedTuple):
    """Who does a slice or a task."""

    kind: str = ""
    role: str = ""


class Limits(NamedTuple):
    """How much a slice may change; None is no limit."""

    files: int | None = None
    lines: int | None = None
    exceptions: int | None = None


class Coverage(NamedTuple):
    """What a gate demands of a coverage report; shares are in per cent."""

    report: str = ""
    no_regression: bool = False
    minimum: float | None = None
    changed_lines: float | None = None


class Gate(NamedTuple):
    """What must hold before a slice merges. `run` is one shell line, or words as they stand."""

    node: Mapping
    id: str = ""
    title: str = ""
    description: str = ""
    run: str | tuple[str, ...] = ""
    cwd: str = ""
    env: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 1800.0
    repeat: int = 1
    expect_output: tuple[str, ...] = ()
    forbid_output: tuple[str, ...] = ()
    junit: str = ""
    needs: tuple[str, ...] = ()
    coverage: Coverage | None = None


class Effort(NamedTuple):
    """How long a task takes, in minutes of work: 1d is 8h, 1w is 5d."""

    low: int
    high: int


class Task(NamedTuple):
    """One piece of the work of a slice. `owner` is empty when it is the slice's."""

    node: Mapping
    id: str = ""
    title: str = ""
    description: str = ""
    owner: str = ""
    files: tuple[Entry, ...] = ()
    depends_on: tuple[str, ...] = ()
    effort: Effort | None = None
    status: str = "todo"
    done_when: tuple[str, ...] = ()


class Risk(NamedTuple):
    """What may go wrong with a slice."""

    level: str = ""
    reason: str = ""
    mitigation: str = ""
    rollback: str = ""


class Slice(NamedTuple):
    """One pull request of the plan."""

    node: Mapping
    id: str = ""
    title: str = ""
    overview: str = ""
    owner: str = ""
    reviewers: tuple[str, ...] = ()
    branch: tuple[Entry, ...] = ()
    from_: tuple[str, ...] = ()
    base: str = ""
    depends_on: tuple[str, ...] = ()
    stacked: bool = False
    closed: str = ""
    commit: str = ""
    scope: Scope = Scope()
    limits: Limits = Limits()
    gates: tuple[Gate, ...] = ()
    success_criteria: tuple[str, ...] = ()
    risk: Risk | None = None
    timeline: tuple[tuple[str, str], ...] = ()
    tasks: tuple[Task, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the slice still holds paths: it is neither merged nor dropped."""
        return not self.closed


class Milestone(NamedTuple):
    """A point that is reached when its tasks, or the tasks of its slices, are done."""

    node: Mapping
    id: str = ""
    title: str = ""
    tasks: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    due: str = ""


class UnplannedRule(NamedTuple):
    """What branches that are no slice may touch."""

    node: Mapping
    branch: tuple[Entry, ...] = ()
    include: tuple[Entry, ...] = ()
    from_: tuple[str, ...] = ()


class Plan(NamedTuple):
    """A plan file, whole. `path` is counted from the repository's root."""

    path: str
    node: Mapping
    title: str = ""
    overview: str = ""
    base: str = "main"
    start: str = ""
    owners: tuple[tuple[str, Owner], ...] = ()
    shared: tuple[Entry, ...] = ()
    generated: tuple[Entry, ...] = ()
    exclude: tuple[Entry, ...] = ()
    limits: Limits = Limits()
    unplanned: tuple[UnplannedRule, ...] = ()
    gates: tuple[Gate, ...] = ()
    slices: tuple[Slice, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    success_metrics: tuple[tuple[str, str], ...] = ()

    def where(self, node: Mapping, *route: str | int) -> Location:
        """The place in the plan file that a route of keys and indices below the node leads to."""
        return locate(self.path, node, *route)

    @property
    def open_slices(self) -> tuple[Slice, ...]:
        """The slices that hold something, in the plan's order."""
        return tuple(slice_ for slice_ in self.slices if slice_.is_open)

    def tasks(self) -> Iterator[tuple[Slice, Task]]:
        """All tasks in the plan's order, each with its slice."""
        return ((slice_, task) for slice_ in self.slices for task in slice_.tasks)

    def slice_of(self, slice_id: str) -> Slice | None:
        """The slice of that id."""
        return next((slice_ for slice_ in self.slices if slice_.id == slice_id), None)

    def base_of(self, slice_: Slice) -> str:
        """The branch that a slice starts from and lands on, stacking aside."""
        return slice_.base or self.base

    def limits_of(self, slice_: Slice) -> Limits:
        """The limits of a slice: its own, else the plan's; no exceptions unless it says so."""
        own, plan = slice_.limits, self.limits
        exceptions = plan.exceptions if own.exceptions is None else own.exceptions
        return Limits(
            plan.files if own.files is None else own.files,
            plan.lines if own.lines is None else own.lines,
            exceptions or 0,
        )


class Chosen(NamedTuple):
    """A slice and the plan that it stands in."""

    plan: Plan
    slice_: Slice


class ChosenRule(NamedTuple):
    """A rule for branches that are no slice, and the plan that it stands in."""

    plan: Plan
    rule: UnplannedRule


def shared_with(plan: Plan, slice_id: str) -> tuple[Entry, ...]:
    """The shared and generated entries of a plan that a slice may touch without holding them."""
    common = (entry for entry in plan.shared if not entry.slices or slice_id in entry.slices)
    return (*common, *plan.generated)


def patterns(entries: Iterable[Entry]) -> list[Pattern]:
    """The patterns of entries of a usable plan, one for each."""
    return [entry.pattern for entry in entries if entry.pattern is not None]


def every_entry(plan: Plan) -> Iterator[tuple[Entry, bool]]:
    """Every pattern of paths in a plan, in its order, and whether it takes away what it matches."""
    yield from ((entry, False) for entry in (*plan.shared, *plan.generated))
    yield from ((entry, True) for entry in plan.exclude)
    for rule in plan.unplanned:
        yield from ((entry, False) for entry in rule.include)
    for slice_ in plan.slices:
        yield from ((entry, False) for entry in slice_.scope.include)
        yield from ((entry, True) for entry in slice_.scope.exclude)
        for task in slice_.tasks:
            yield from ((entry, False) for entry in task.files)
