"""The plan as immutable values.

They are named tuples: to define a frozen dataclass takes five times as long, at every start of
`check-scope` (docs/design.md).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from planner.boundary.pattern import Pattern
from planner.diagnostic import Location
from planner.plan.document.nodes import Mapping, locate


class Entry(NamedTuple):
    """A pattern in a list of the plan, and its attributes.

    `slices` are the ids of those that may share the path; empty means all.
    """

    pattern: Pattern
    location: Location
    why: str = ""
    new: bool = False
    slices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The pattern as it is written."""
        return self.pattern.text


class DeclaredScope(NamedTuple):
    """The scope of a slice as it is written in the plan."""

    summary: str = ""
    include: tuple[Entry, ...] = ()
    exclude: tuple[Entry, ...] = ()


class Owner(NamedTuple):
    """Someone who does slices or tasks; `capacity` is how many tasks at a time."""

    kind: str = ""
    role: str = ""
    capacity: int = 1


class Limits(NamedTuple):
    """How much a slice may change; None means unlimited."""

    files: int | None = None
    lines: int | None = None
    exceptions: int | None = None


class Coverage(NamedTuple):
    """What a gate requires of a coverage report; numbers are in percent."""

    report: tuple[str, ...] = ()
    no_regression: bool = False
    tolerance: float = 0
    minimum: float | None = None
    changed_lines: float | None = None
    paths: tuple[tuple[str, str], ...] = ()
    ignore: tuple[Entry, ...] = ()


class Gate(NamedTuple):
    """A check before a slice merges.

    Attributes:
        run: a script for the shell, or the words of a command without a shell.
        setup: what to run before it in a work tree that planner makes; of the same form.
        junit: report files or patterns of them, as in `Coverage.report`.
    """

    node: Mapping
    id: str = ""
    title: str = ""
    description: str = ""
    run: str | tuple[str, ...] = ""
    shell: str = "bash"
    setup: str | tuple[str, ...] = ""
    cwd: str = ""
    env: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 1800.0
    repeat: int = 1
    expect_output: tuple[str, ...] = ()
    forbid_output: tuple[str, ...] = ()
    junit: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    coverage: Coverage | None = None


class Minutes(NamedTuple):
    """A range of minutes of work: 1d is 8h, 1w is 5d."""

    low: int
    high: int


class Task(NamedTuple):
    """A part of the work of a slice. An empty `owner` means the owner of the slice."""

    node: Mapping
    id: str = ""
    title: str = ""
    description: str = ""
    owner: str = ""
    files: tuple[Entry, ...] = ()
    depends_on: tuple[str, ...] = ()
    effort: Minutes | None = None
    status: str = "todo"
    done_when: tuple[str, ...] = ()


class Risk(NamedTuple):
    """What can go wrong with a slice."""

    level: str = ""
    reason: str = ""
    mitigation: str = ""
    rollback: str = ""


class Slice(NamedTuple):
    """A pull request of the plan."""

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
    scope: DeclaredScope = DeclaredScope()
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
    """A point in time when its tasks, or the tasks of its slices, are done."""

    node: Mapping
    id: str = ""
    title: str = ""
    tasks: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    due: str = ""


class UnplannedRule(NamedTuple):
    """A rule for branches that do not belong to a slice.

    `held` is whether they may also touch what an open slice holds.
    """

    node: Mapping
    branch: tuple[Entry, ...] = ()
    include: tuple[Entry, ...] = ()
    from_: tuple[str, ...] = ()
    held: bool = False


class Plan(NamedTuple):
    """A whole plan file.

    Attributes:
        path: relative to the repository root.
        branches: the branches of slices that name none, with `{id}` for the id of the slice.
        queues: the branches of merge queues, which are judged commit by commit.
    """

    path: str
    node: Mapping
    title: str = ""
    overview: str = ""
    base: str = "main"
    branches: tuple[Entry, ...] = ()
    queues: tuple[Entry, ...] = ()
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
        """Return the place in the plan file that a route of keys and indices leads to."""
        return locate(self.path, node, *route)

    @property
    def open_slices(self) -> tuple[Slice, ...]:
        """The open slices, in the order of the plan."""
        return tuple(slice_ for slice_ in self.slices if slice_.is_open)

    def tasks(self) -> Iterator[tuple[Slice, Task]]:
        """Iterate over all tasks in the order of the plan, each with its slice."""
        return ((slice_, task) for slice_ in self.slices for task in slice_.tasks)

    def capacity_of(self, owner: str) -> int:
        """Return how many tasks an owner does at a time; 1 where the plan does not say."""
        return next((one.capacity for name, one in self.owners if name == owner), 1)

    def slice_of(self, slice_id: str) -> Slice | None:
        """Return the slice with an id."""
        return next((slice_ for slice_ in self.slices if slice_.id == slice_id), None)

    def base_of(self, slice_: Slice) -> str:
        """Return the branch that a slice starts from and merges into, unless it is stacked."""
        return slice_.base or self.base

    def limits_of(self, slice_: Slice) -> Limits:
        """Return the limits of a slice: its own, else the plan's."""
        pairs = zip(slice_.limits, self.limits, strict=True)
        return Limits(*(plan if own is None else own for own, plan in pairs))


class Chosen(NamedTuple):
    """A slice and its plan."""

    plan: Plan
    slice_: Slice

    @property
    def key(self) -> tuple[str, str]:
        """The path of the plan and the id of the slice, which tell it from all others."""
        return self.plan.path, self.slice_.id

    @property
    def label(self) -> str:
        """The slice in messages."""
        return f"the slice {self.slice_.id!r}"

    @property
    def exceptions(self) -> int:
        """How many paths outside its scope the slice may except."""
        return self.plan.limits_of(self.slice_).exceptions or 0


class ChosenRule(NamedTuple):
    """A rule for unplanned branches and its plan."""

    plan: Plan
    rule: UnplannedRule

    @property
    def label(self) -> str:
        """The rule in messages."""
        texts = [entry.text for entry in self.rule.branch]
        same = [
            one.node for one in self.plan.unplanned if [entry.text for entry in one.branch] == texts
        ]
        number = same.index(self.rule.node) + 1 if self.rule.node in same else 1
        return f"the rule for {of_several(texts[0], number)}"

    @property
    def exceptions(self) -> int:
        """How many paths outside its scope a branch may except: none."""
        return 0


def of_several(branch: str, number: int) -> str:
    """Return the branch of a rule in messages: of several rules for it, with their number."""
    return f"'{branch}'" + (f" (number {number} with this branch)" if number > 1 else "")


def shared_with(plan: Plan, slice_id: str) -> tuple[Entry, ...]:
    """Return the shared and generated entries of a plan that a slice may touch."""
    common = (entry for entry in plan.shared if not entry.slices or slice_id in entry.slices)
    return (*common, *plan.generated)


def patterns(entries: Iterable[Entry]) -> list[Pattern]:
    """Return the pattern of each entry."""
    return [entry.pattern for entry in entries]


def every_entry(plan: Plan) -> Iterator[tuple[Entry, bool]]:
    """Iterate over all path patterns of a plan, in its order, each with whether it excludes."""
    groups = [(plan.shared, False), (plan.generated, False), (plan.exclude, True)]
    groups += [(rule.include, False) for rule in plan.unplanned]
    for slice_ in plan.slices:
        groups += [(slice_.scope.include, False), (slice_.scope.exclude, True)]
        groups += [(task.files, False) for task in slice_.tasks]
    return ((entry, is_exclude) for entries, is_exclude in groups for entry in entries)
