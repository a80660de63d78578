"""Branches that name their slice in a commit, since no slice accepts them by name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from planner.boundary.matching import PatternSet
from planner.branch.reserved import QUEUE
from planner.branch.slice_lines import slices_named
from planner.paths import path_bytes
from planner.plan.branches import REVERT
from planner.plan.model import Plan, patterns
from planner.repository import branches
from planner.repository.branches import Reference
from planner.repository.git import Repository

Key = tuple[str, str]  # a plan's path, and the id of a slice

_OWN: Final = ("", "origin", "upstream")  # remotes: a fork cannot name its slice in a commit


def named_in_commits(
    repository: Repository,
    references: Sequence[Reference],
    plans: Sequence[Plan],
    bases: Mapping[str, Reference | None],
) -> dict[Key, list[Reference]]:
    """Return the branches whose own commits have a line `Slice: ID`, by the open slice.

    As in `check-scope`, only where no open slice accepts the name. Two git processes at most, and
    none where every branch belongs to a slice.

    Args:
        bases: the branches that slices land on, by name.

    Raises:
        GitError: git failed.
    """
    others = [*_others(references, plans, bases)]
    if not others:
        return {}
    tips = [one.commit for one in others]
    known = [base.commit for base in bases.values() if base]
    commits = branches.own_messages(repository, tips, known, "Slice:")
    found: dict[Key, list[Reference]] = defaultdict(list)
    for one in others:
        for chosen in slices_named(plans, commits.get(one.commit, ())):
            found[chosen.key].append(one)
    return found


def _others(
    references: Sequence[Reference],
    plans: Sequence[Plan],
    bases: Mapping[str, Reference | None],
) -> Iterator[Reference]:
    """The branches that no slice accepts by name, those of queues, reverts and bases aside."""
    opened = [slice_ for plan in plans for slice_ in plan.open_slices]
    if not opened:
        return
    accepted = PatternSet(patterns(entry for slice_ in opened for entry in slice_.branch))
    queues = PatternSet(patterns(entry for plan in plans for entry in plan.queues))
    landed = {base.commit for base in bases.values() if base}
    for one in references:
        name = path_bytes(one.name)
        is_known = accepted.first(name) is not None or queues.first(name) is not None
        is_other = one.name in bases or one.commit in landed or one.name.startswith(QUEUE)
        if one.remote in _OWN and not (is_known or is_other or REVERT.fullmatch(one.name)):
            yield one
