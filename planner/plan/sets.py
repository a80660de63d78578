"""What a slice holds and accepts, as sets of paths that can be reckoned with."""

from planner.boundary.language import PathSet, Term
from planner.boundary.pattern import Pattern, parse
from planner.plan.fence import Fence
from planner.plan.find import PLAN_FILES, Chosen, patterns, shared_with


def held(fence: Fence, chosen: Chosen) -> PathSet:
    """All paths that a slice holds.

    A literal include wins over the plans' excludes, and alone holds a plan file.
    """
    own = tuple(patterns(chosen.slice_.scope.exclude))
    everyone = (*own, *patterns(fence.exclude))
    files = _plan_files(fence)
    return tuple(
        Term(pattern, everyone, files)
        if pattern.is_folder or pattern.is_wildcard
        else Term(pattern, own)
        for pattern in patterns(chosen.slice_.scope.include)
    )


def accepted(fence: Fence, chosen: Chosen) -> PathSet:
    """All paths that a slice may touch: those that it holds, and those shared with it."""
    excluded = tuple(patterns(fence.exclude))
    files = _plan_files(fence)
    shared = patterns(shared_with(chosen.plan, chosen.slice_.id))
    return (*held(fence, chosen), *(Term(pattern, excluded, files) for pattern in shared))


def _plan_files(fence: Fence) -> tuple[Pattern, ...]:
    """What only a literal entry holds, as patterns."""
    found = (parse(text) for text in (*PLAN_FILES, *(plan.path for plan in fence.plans)))
    return tuple(dict.fromkeys(one for one in found if isinstance(one, Pattern)))
