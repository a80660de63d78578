"""What a slice or a rule holds and accepts, as sets of paths for the algebra."""

from planner.boundary.language import PathSet, Term
from planner.boundary.pattern import literally
from planner.plan.model import Chosen, ChosenRule, Entry, patterns, shared_with
from planner.scopes.fence import Fence


def held(fence: Fence, chosen: Chosen) -> PathSet:
    """Return all paths that a slice holds, one term for each entry of its include.

    Only a literal include wins over the excludes of the plans, or holds a plan file.
    """
    own = tuple(patterns(chosen.slice_.scope.exclude))
    everyone = (*own, *patterns(fence.exclude))
    return tuple(
        Term(pattern, own) if pattern.is_literal else Term(pattern, everyone, fence.plan_files)
        for pattern in patterns(chosen.slice_.scope.include)
    )


def accepted(fence: Fence, chosen: Chosen) -> PathSet:
    """Return all paths that a slice may touch: those that it holds, and those shared with it.

    Documents rendered from a plan, which everyone may touch, are not included.
    """
    excluded = tuple(patterns(fence.exclude))
    shared = patterns(shared_with(chosen.plan, chosen.slice_.id))
    return (
        *held(fence, chosen),
        *(Term(pattern, excluded, fence.plan_files) for pattern in shared),
    )


def included(fence: Fence, chosen: ChosenRule) -> PathSet:
    """Return all paths that a rule for unplanned branches includes, also those of slices.

    What it includes by name or folder wins over the excludes of the plans.
    """
    everyone = tuple(patterns(fence.exclude))
    return tuple(
        Term(pattern)
        if pattern.is_literal
        else Term(pattern, everyone if pattern.is_wildcard else (), fence.plan_files)
        for pattern in patterns(chosen.rule.include)
    )


def listed(fence: Fence, entry: Entry) -> Term:
    """Return the paths that an entry of a task's files lists.

    A wildcard never holds a plan file, and every slice may touch the documents.
    """
    if entry.pattern.is_literal:
        return Term(entry.pattern)
    documents = map(literally, sorted(fence.documents))
    return Term(entry.pattern, without=(*fence.plan_files, *documents))
