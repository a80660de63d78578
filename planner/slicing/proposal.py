"""Proposes slices of a big change: what goes together, in which order, and why."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.model import Limits, Plan
from planner.repository import activity, lineage
from planner.repository.ahead import Ahead
from planner.repository.edits import Edit, edits
from planner.repository.lines import Hunk
from planner.rules import LEFT_OUT, UNKNOWN_HISTORY
from planner.scopes.fence import Fence
from planner.slicing.change import Change, read_change
from planner.slicing.declared import Declared, crossings, declared
from planner.slicing.ends import Ends
from planner.slicing.free_names import freely_named
from planner.slicing.grouping.groups import Groups, Size, grouped, size, waits_of
from planner.slicing.hunks.parts import divide
from planner.slicing.hunks.pieces import read_pieces
from planner.slicing.naming import Named, named
from planner.slicing.order.edges import Because
from planner.slicing.order.stacks import stacked
from planner.slicing.reasons import Reason, Reasons
from planner.slicing.uncommitted import uncommitted

BUDGET: Final = Size(20, 400)
"""Above these limits a change needs slices, where the plan sets none."""
_TOLERANCE: Final = 1.5  # times the budget, where the plan sets none: to cut costs readers as well


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


def propose(
    run: Run,
    ends: Ends,
    plans: Sequence[Plan],
    *,
    by_commit: bool = False,
    by_hunk: bool = False,
) -> Proposal:
    """Propose slices of a change.

    Args:
        plans: their open slices take what they hold first.
        by_commit: keep what one commit of the branch changed in one slice.
        by_hunk: divide a file whose hunks belong to several slices.

    Raises:
        PlannerError: nothing was changed, or git failed.
    """
    repository = run.repository
    between = (repository, ends.merge_base, ends.head.commit)
    own_commits = Ahead(lambda: activity.own_commits(*between))
    edited = edits(*between)
    is_of_plans = _is_of_plans(plans, edited)
    work = [edit for edit in edited if not all(map(is_of_plans, edit.paths))]
    if not work:
        what = "nothing but plans" if edited else "nothing"
        raise PlannerError(
            f"{ends.head.name} changes {what} since {ends.base}",
            hint="name the ends of the change: planner slice --base REV --head REV",
        )
    change = read_change(repository, ends.merge_base, work)
    known = declared(plans, change)
    limits = plans[0].limits if plans else Limits()
    budget = Size(limits.files or BUDGET.files, limits.lines or BUDGET.lines)
    groups = grouped(
        change,
        _cut_at(limits),
        declared=known.members,
        shared=known.shared,
        commits=own_commits.result() if by_commit else None,
    )
    total = size(change.items, range(len(change.items)))
    if by_hunk:
        pieces = read_pieces(repository, ends.merge_base, ends.head.commit, change)
        change, groups = divide(change, groups, pieces, _cut_at(limits))
    own = [Named(chosen.slice_.id, chosen.slice_.title) for chosen in known.slices]
    mechanical = groups.mechanical - groups.declared if groups.mechanical >= 0 else -1
    others = groups.members[groups.declared :]
    commits = own_commits.result()
    ends, new = freely_named(
        run, ends, plans, lambda taken: named(change, others, mechanical, commits, taken)
    )
    made = _Made(change, groups, known, [*own, *new], ends)
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
            and not any(change.items[item].hunks for item in (edge.before, edge.after))
        ),
        shared=tuple(path for item in _shared(groups) for path in change.items[item].paths),
        findings=(
            *uncommitted(run, ends.head.commit, is_of_plans),
            *_notes(run, len(edited) - len(work)),
            *known.findings,
            *crossed,
        ),
    )


def _is_of_plans(plans: Sequence[Plan], edited: Sequence[Edit]) -> Callable[[bytes], bool]:
    """Return a test for plans and their documents: they land first, on a branch of their own."""
    added = [
        edit.new.path.decode()
        for edit in edited
        if edit.new.mode and find.is_plan_path(edit.new.path)
    ]
    return Fence(plans, added).is_open_to_all


def _cut_at(limits: Limits) -> Size:
    """The size at which a slice is cut: the plan's limits exactly, planner's own with tolerance."""
    files, lines = (round(one * _TOLERANCE) for one in BUDGET)
    return Size(limits.files or files, limits.lines or lines)


def _shared(groups: Groups) -> list[int]:
    """The items that are shared; not those of a slice that would hold nothing else."""
    alone = {
        item for members in groups.members if groups.hot.issuperset(members) for item in members
    }
    return sorted(groups.hot - alone)


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


def _notes(run: Run, of_plans: int) -> list[Diagnostic]:
    """What was left out of plans, and what makes the proposal worse."""
    notes = []
    nowhere = Location("")
    if of_plans:
        files = "file of the plan is" if of_plans == 1 else "files of the plan are"
        notes.append(
            LEFT_OUT.at(
                nowhere,
                f"{'one' if of_plans == 1 else of_plans} changed {files} left out",
                "plans land first: open a pull request for them alone",
            )
        )
    if run.repository.is_shallow:
        notes.append(
            UNKNOWN_HISTORY.at(
                nowhere,
                "this clone is shallow: which files changed together in the past is unknown",
                lineage.WHOLE_HISTORY,
                severity="warning",
            )
        )
    return notes
