"""The part `conflicts` of `check`: does the branch merge with its base, and with other slices?"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

from planner.branch.bases import find_merge_base
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.branch.standing import started
from planner.branch.trusted import Revision
from planner.check.places import places
from planner.check.scope.judge import BranchJudge
from planner.diagnostic import Diagnostic, Location, ordered
from planner.errors import GitError
from planner.paths import path_text, shell_text
from planner.plan.model import Chosen
from planner.report import Report
from planner.repository import lineage, merging
from planner.repository.branches import Reference
from planner.repository.merging import Conflict
from planner.repository.own_folder import OwnFolder, own_folder
from planner.rules import MERGE_CONFLICT, UNKNOWN_HISTORY

_MOST_OTHERS: Final = 50  # branches of other slices: each is a merge


class Other(NamedTuple):
    """A branch of another slice that is under way."""

    chosen: Chosen
    revision: Revision


class Compared(NamedTuple):
    """A merge that was tried.

    Attributes:
        chosen: the slice whose branch it is; None for the base.
        skipped: why it was not tried; then there are no conflicts.
    """

    revision: Revision
    chosen: Chosen | None = None
    conflicts: tuple[Conflict, ...] = ()
    skipped: str = ""


def check(run: Run, branch: Branch) -> Report:
    """Check that the branch merges with its base, and with the branches of other open slices.

    Raises:
        PlannerError: it cannot be determined.
    """
    if branch.is_nothing:
        return Report("check", not_applicable="nothing changed")
    if branch.is_queue:
        return Report("check", not_applicable="the commits of a merge queue are merged already")
    if branch.trusted.error is not None:
        BranchJudge(run, branch).require_usable_plan()
    others = _others(run, branch)
    compared = [*_compared(run, branch, others[:_MOST_OTHERS])]
    left = [one.revision.name for one in others[_MOST_OTHERS:]]
    return Report(
        "check",
        ordered([finding for one in compared for finding in _findings(branch, one)]),
        summary=tuple(_summary(compared, left)),
        payload=_payload(branch, compared, left),
        places=places(run, branch),
    )


def _others(run: Run, branch: Branch) -> list[Other]:
    """The branches of other open slices that are under way, in the order of the plans."""
    own = branch.chosen.key if branch.chosen else None
    plans = branch.trusted.plans
    every = [Chosen(plan, one) for plan in plans for one in plan.open_slices]
    every = [chosen for chosen in every if chosen.key != own]
    known = (branch.tip, branch.base.commit, branch.merge_base)  # nothing of their own
    return [
        Other(one.chosen, _revision(head))
        for one in (started(run.repository, every, plans) if every else ())
        for head in (one.head, *one.others)
        if head is not None and head.name != branch.name and head.commit not in known
    ]


def _revision(head: Reference) -> Revision:
    name = f"{head.remote}/{head.name}" if head.remote else head.name
    place = "remotes" if head.remote else "heads"
    return Revision(name, head.commit, ref=f"refs/{place}/{name}")


def _compared(run: Run, branch: Branch, others: Sequence[Other]) -> Iterator[Compared]:
    """Try the merge with the base, then those with the others."""
    base, tip = branch.base, branch.tip
    with ExitStack() as stack:
        made: list[OwnFolder] = []

        def conflicts(theirs: str) -> tuple[Conflict, ...]:
            if not made:  # most branches are up to date, and alone
                is_sha256 = len(tip) == 64
                made.append(stack.enter_context(own_folder(run.repository, is_sha256=is_sha256)))
            return merging.conflicts(made[0], run.objects, theirs, tip)

        if branch.merge_base == base.commit and branch.head.commit == tip:
            yield Compared(base)  # the branch contains its base
        elif _is_merged_by_host(run, branch):
            yield Compared(base)
        else:
            yield Compared(base, conflicts=conflicts(base.commit))
        for one in others:
            revision, chosen = one.revision, one.chosen
            if run.repository.is_shallow and not _is_known(run, revision, tip):
                yield Compared(revision, chosen, skipped=_SHALLOW)
                continue
            try:
                yield Compared(revision, chosen, conflicts(revision.commit))
            except GitError:
                if lineage.merge_bases(run.repository, revision.commit, tip):
                    raise
                yield Compared(revision, chosen, skipped="the two share no history")


_SHALLOW: Final = "this clone is shallow"


def _is_known(run: Run, revision: Revision, tip: str) -> bool:
    """Whether the merge base with another commit is known in a shallow clone."""
    try:
        find_merge_base(run, revision, Revision("the branch", tip))
    except GitError:
        return False
    return True


def _is_merged_by_host(run: Run, branch: Branch) -> bool:
    """Whether only the merge commit of the host tells that the branch merges with its base.

    That is so in a clone of two commits, which has no merge base of the two.
    """
    is_made = branch.head.commit != branch.tip
    return is_made and run.repository.is_shallow and not _is_known(run, branch.base, branch.tip)


def _findings(branch: Branch, one: Compared) -> Iterator[Diagnostic]:
    name, chosen = one.revision.name, one.chosen
    if one.skipped == _SHALLOW and chosen is not None:
        yield UNKNOWN_HISTORY.at(
            chosen.plan.where(chosen.slice_.node),
            f"whether the branch merges with {name!r} of {chosen.label} is unknown: {one.skipped}",
            "fetch the whole history: git fetch --unshallow (actions/checkout: fetch-depth: 0)",
        )
    for path, kinds in one.conflicts:
        kind = f" ({', '.join(kinds)})" if kinds else ""
        place = Location(path_text(path))
        if chosen is None:
            yield MERGE_CONFLICT.at(
                place,
                f"conflicts with the base {name!r}{kind}",
                f"merge the base, and resolve it: git merge {shell_text(name)}",
                branch=name,
            )
        else:
            yield MERGE_CONFLICT.at(
                place,
                f"conflicts with {name!r}, the branch of {chosen.label}{kind}",
                "agree on which of the two lands first; the other one then merges the base",
                severity="warning",
                branch=name,
                other_slice=chosen.slice_.id,
            )


def _summary(compared: Sequence[Compared], left: Sequence[str]) -> Iterator[str]:
    base, *others = [one for one in compared if not one.skipped]
    many = f" and {len(others)} branch{'' if len(others) == 1 else 'es'} of other slices"
    paths = {conflict.path for one in compared for conflict in one.conflicts}
    count = f"{len(paths):,} path{'' if len(paths) == 1 else 's'}" if paths else "no path"
    yield f"merge with {base.revision}{many if others else ''}: {count} in conflict"
    for one in compared:
        if one.skipped:
            yield f"  no merge with {one.revision.name}: {one.skipped}"
    if left:
        yield f"  no merge with {len(left)} more branches of other slices: at most {_MOST_OTHERS}"


def _payload(branch: Branch, compared: Sequence[Compared], left: Sequence[str]) -> dict[str, Any]:
    return {
        "tip": branch.tip,
        "merges": [
            {
                "revision": one.revision.name,
                "commit": one.revision.commit,
                "slice": one.chosen.slice_.id if one.chosen else None,
                "paths": None if one.skipped else len(one.conflicts),
                **({"why": one.skipped} if one.skipped else {}),
            }
            for one in compared
        ],
        "left_out": list(left),
    }
