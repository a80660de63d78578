"""Proposes slices of a big change."""

from collections.abc import Callable, Sequence
from typing import Final

from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.model import Limits, Plan
from planner.repository import activity, lineage
from planner.repository.ahead import Ahead
from planner.repository.edits import Edit, edits
from planner.rules import LEFT_OUT, UNKNOWN_HISTORY
from planner.scopes.fence import Fence
from planner.slicing.assembly import Assembly
from planner.slicing.change import read_change
from planner.slicing.declared import crossings, declared
from planner.slicing.ends import Ends
from planner.slicing.free_names import freely_named
from planner.slicing.grouping.groups import Groups, Size, grouped, size
from planner.slicing.hunks.parts import divide
from planner.slicing.hunks.pieces import read_pieces
from planner.slicing.naming import Named, named
from planner.slicing.proposal import Need, Proposal
from planner.slicing.uncommitted import uncommitted

BUDGET: Final = Size(20, 400)
"""Above these limits a change needs slices, where the plan sets none."""
_TOLERANCE: Final = 1.5  # times the budget, where the plan sets none: to cut costs readers as well


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
        pieces = read_pieces(*between, change)
        change, groups = divide(change, groups, pieces, _cut_at(limits))
    own = [Named(chosen.slice_.id, chosen.slice_.title) for chosen in known.slices]
    mechanical = groups.mechanical - groups.declared if groups.mechanical >= 0 else -1
    others = groups.members[groups.declared :]
    commits = own_commits.result()
    ends, new = freely_named(
        run, ends, plans, lambda taken: named(change, others, mechanical, commits, taken)
    )
    made = Assembly(change, groups, known, [*own, *new], ends)
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
