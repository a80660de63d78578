"""Names each change of a plan that the branch of a slice may not make, with its commit."""

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from planner.check.plans.differences import Difference, differences
from planner.check.plans.words import key_of, values
from planner.diagnostic import Location
from planner.paths import path_bytes
from planner.plan.model import Plan
from planner.plan.parse import parse
from planner.repository import lineage
from planner.repository.lineage import History

_MOST_BYTES: Final = 1_000_000  # of plans that are parsed to find commits: about three seconds


class NamedEdit(NamedTuple):
    """A change of a plan, its place in the later plan, and further keys of the JSON output."""

    message: str
    place: Location
    details: dict[str, str]


def named_edits(
    before: Plan, after: Plan, slice_id: str, history: History | None
) -> tuple[NamedEdit, ...]:
    """Return every change that the branch of a slice may not make, in the order of the plan.

    It may change the `status` of the slice's own tasks, and set its own `closed: merged`.

    Args:
        slice_id: the slice; empty where the branch has none in this plan.
        history: where to look for the commits; None where the change is not committed.
    """
    every = differences(before, after, counts_defaults=True)
    made = [one for one in every if not _is_own(one, slice_id)]
    commits = _commits(before, made, history) if made and history else {}
    return tuple(_named(one, commits.get(_identity(one), "")) for one in made)


def _is_own(difference: Difference, slice_id: str) -> bool:
    if not slice_id or difference.slice_id != slice_id:
        return False
    if difference.keys == ("slices", "closed"):
        return (difference.before, difference.after) == (None, "merged")
    return difference.keys == ("slices", "tasks", "status")


def _named(difference: Difference, commit: str) -> NamedEdit:
    key = key_of(difference)
    details = {"key": key}
    if difference.slice_id:
        details["slice"] = difference.slice_id
    if commit:
        details["commit"] = commit
    if difference.is_order:
        message = f"the branch reorders '{key}'"
    elif difference.is_new or difference.is_gone:
        message = f"the branch {'adds' if difference.is_new else 'removes'} '{key}'"
    else:
        was, now = values(difference)
        message = f"the branch changes '{key}' from {was} to {now}"
    return NamedEdit(message, difference.place, details)


def _identity(difference: Difference) -> Hashable:
    """What two commits must have in common to have made the same change."""
    after = "" if difference.is_order else repr(difference.after)
    return difference.steps, difference.is_order, after


def _commits(before: Plan, made: Sequence[Difference], history: History) -> dict[Hashable, str]:
    """The first commit of the branch that made each change; of a long history, what is found."""
    wanted = {_identity(one) for one in made}
    path = path_bytes(before.path)
    cut = lineage.boundary(history.repository)
    commits = lineage.first_parents(history.repository, history.base, history.tip)
    found: dict[Hashable, str] = {}
    earlier: frozenset[Hashable] = frozenset()
    last = None
    left = _MOST_BYTES
    own = frozenset(commits) - cut
    for revision in (*(f"{commit}^" for commit in commits[:1]), *commits):
        entry = history.objects.oid(revision.encode() + b":" + path)
        if entry == last:
            continue
        last = entry
        content = history.objects.content(entry[0].encode()) if entry else None
        left -= len(content or b"")
        if left < 0 or len(found) == len(wanted):
            break
        plan = None if content is None else parse(content, before.path).usable
        present = earlier
        if plan:
            every = differences(before, plan, counts_defaults=True)
            present = frozenset(map(_identity, every))
        if revision in own:
            found |= {one: revision for one in present - earlier if one in wanted - found.keys()}
        earlier = present
    return found
