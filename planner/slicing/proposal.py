"""Proposes slices of a big change: what goes together, in which order, and why."""

import contextlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.branch.bases import branch_tip, find_merge_base
from planner.branch.ends import revision
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan import find
from planner.plan.model import Limits, Plan
from planner.repository import activity, changes, lineage
from planner.repository.edits import Edit, edits
from planner.rules import LEFT_OUT, UNKNOWN_HISTORY
from planner.slicing.change import Change, read_change
from planner.slicing.declared import Declared, crossings, declared
from planner.slicing.grouping.groups import Groups, Size, grouped, size, waits_of
from planner.slicing.naming import Named, named
from planner.slicing.order.edges import Because
from planner.slicing.order.stacks import stacked
from planner.slicing.reasons import Reason, Reasons

BUDGET: Final = Size(20, 400)
"""Above these limits a change needs slices, where the plan sets none."""
_TOLERANCE: Final = 1.5  # times the budget, where the plan sets none: to cut costs readers as well


class Ends(NamedTuple):
    """The ends of a big change.

    Attributes:
        branch: the name of its branch, which starts those of its slices.
        target: the branch that its slices land on.
    """

    base: Revision
    head: Revision
    merge_base: str
    branch: str
    target: str


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
    """A changed path, or a rename, and the slice that it was put into, by its place."""

    edit: Edit
    slice_: int
    confidence: float
    reasons: tuple[Reason, ...]


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
        needs: which path must land before which, also within a slice.
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


def find_ends(run: Run, base: str, head: str) -> Ends:
    """Return the ends of a change, as the user names them.

    Args:
        base: may be empty: then it is the default branch.
        head: may be empty: then it is HEAD.

    Raises:
        PlannerError: an end is not in this clone, or they share no history.
    """
    tip = revision(run, head or "HEAD")
    start = revision(run, base) if base else branch_tip(run, run.default_branch)
    start, merge_base = find_merge_base(run, start, tip)
    name = run.repository.branch if head in ("", "HEAD") else head
    is_branch = run.objects.ref(f"refs/heads/{name}") or "/" in name
    return Ends(
        start, tip, merge_base, name if name and is_branch else "sliced", _target(run, base)
    )


def _target(run: Run, base: str) -> str:
    """The branch that a base names; where it names none, the default branch, else main."""
    for place in ("origin/", "upstream/", ""):
        name = base.removeprefix(place)
        if name and run.objects.ref(f"refs/{f'remotes/{place}' if place else 'heads/'}{name}"):
            return name
    with contextlib.suppress(PlannerError):
        return run.default_branch
    return "main"


def propose(run: Run, ends: Ends, plans: Sequence[Plan], *, by_commit: bool = False) -> Proposal:
    """Propose slices of a change.

    Args:
        plans: their open slices take what they hold first.
        by_commit: keep what one commit of the branch changed in one slice.

    Raises:
        PlannerError: nothing was changed, or git failed.
    """
    repository = run.repository
    edited = edits(repository, ends.merge_base, ends.head.commit)
    own = _of_plans(plans, edited)
    work = [edit for edit in edited if edit not in own]
    if not work:
        what = "nothing but plans" if edited else "nothing"
        raise PlannerError(
            f"{ends.head.name} changes {what} since {ends.base}",
            hint="name the ends of the change: planner slice --base REV --head REV",
        )
    change = read_change(repository, ends.merge_base, work)
    commits = activity.own_commits(repository, ends.merge_base, ends.head.commit)
    known = declared(plans, change)
    limits = plans[0].limits if plans else Limits()
    budget = Size(limits.files or BUDGET.files, limits.lines or BUDGET.lines)
    groups = grouped(
        change,
        _cut_at(limits),
        declared=known.members,
        shared=known.shared,
        commits=commits if by_commit else None,
    )
    names = _names(change, groups, known, commits)
    total = size(change.items, range(len(change.items)))
    made = _Made(change, groups, known, names, ends)
    slices, placed, order = made.parts(by_commit=by_commit)
    crossed = crossings(plans, known, change, made.slice_ids)
    return Proposal(
        ends,
        is_needed=not total.fits(budget),
        total=total,
        budget=budget,
        slices=slices,
        placed=placed,
        order=order,
        needs=tuple(
            Need(*(change.items[item].name for item in (edge.before, edge.after)))
            for edge in change.edges
            if edge.because.kind != "moves"
        ),
        shared=tuple(path for item in sorted(groups.hot) for path in change.items[item].paths),
        findings=(*_notes(run, ends, own), *known.findings, *crossed),
    )


def _of_plans(plans: Sequence[Plan], edited: Sequence[Edit]) -> frozenset[Edit]:
    """What changes plans and their documents: that lands first, on a branch of its own."""
    added = [
        edit.new.path.decode()
        for edit in edited
        if edit.new.mode and find.is_plan_path(edit.new.path)
    ]
    paths = [*(plan.path for plan in plans), *added]
    is_plan_file = find.is_plan_file(paths)
    documents = {path_bytes(name) for path in paths for name in find.documents(path)}
    return frozenset(
        edit
        for edit in edited
        if all(is_plan_file(path) or path in documents for path in edit.paths)
    )


def _cut_at(limits: Limits) -> Size:
    """The size at which a slice is cut: the plan's limits exactly, planner's own with tolerance."""
    files, lines = (round(one * _TOLERANCE) for one in BUDGET)
    return Size(limits.files or files, limits.lines or lines)


def _names(
    change: Change, groups: Groups, known: Declared, commits: Sequence[activity.OwnCommit]
) -> list[Named]:
    """The ids and titles of all groups: those of the plan as they are, the others made up."""
    ids = [chosen.slice_.id for chosen in known.slices]
    mechanical = groups.mechanical - groups.declared if groups.mechanical >= 0 else -1
    others = groups.members[groups.declared :]
    return [
        *(Named(chosen.slice_.id, chosen.slice_.title) for chosen in known.slices),
        *named(change, others, mechanical, commits, ids),
    ]


class _Made:
    """Makes the slices of groups, in order."""

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
            text = "it only moves, or only its spaces change"
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
                Placed(edit, place[group_of[item]], confidence, because) for edit in one.edits
            ]
        return sorted(found, key=lambda placed: (placed.confidence, placed.edit.new.path))

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


def _notes(run: Run, ends: Ends, own: frozenset[Edit]) -> list[Diagnostic]:
    """What was left out, and what makes the proposal worse."""
    notes = []
    nowhere = Location("")
    repository = run.repository
    if run.objects.commit("HEAD") == ends.head.commit and (
        left := changes.in_worktree(repository, "HEAD")
    ):
        notes.append(
            LEFT_OUT.at(
                nowhere,
                f"{len(left)} uncommitted changes are left out",
                "commit them first",
            )
        )
    if own:
        notes.append(
            LEFT_OUT.at(
                nowhere,
                f"{len(own)} changed files of the plan are left out: they land first",
                "open a pull request for them alone",
            )
        )
    if repository.is_shallow:
        notes.append(
            UNKNOWN_HISTORY.at(
                nowhere,
                "this clone is shallow: which files changed together in the past is unknown",
                lineage.WHOLE_HISTORY,
                severity="warning",
            )
        )
    return notes
