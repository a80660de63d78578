"""What a slice holds and accepts, as sets of paths for the algebra."""

import re
from functools import lru_cache
from typing import Final

from planner.boundary.language import PathSet, Term
from planner.boundary.pattern import Pattern, parse
from planner.paths import path_bytes
from planner.plan.find import PLAN_FILES
from planner.plan.model import Chosen, patterns, shared_with
from planner.scopes.fence import Fence

_SPECIAL: Final = re.compile(r"[*?\[\]\\!:]")


def held(fence: Fence, chosen: Chosen) -> PathSet:
    """Return all paths that a slice holds, one term for each entry of its include.

    Only a literal include wins over the excludes of the plans, or holds a plan file.
    """
    own = tuple(patterns(chosen.slice_.scope.exclude))
    everyone = (*own, *patterns(fence.exclude))
    files = plan_files(fence)
    return tuple(
        Term(pattern, own) if pattern.is_literal else Term(pattern, everyone, files)
        for pattern in patterns(chosen.slice_.scope.include)
    )


def accepted(fence: Fence, chosen: Chosen) -> PathSet:
    """Return all paths that a slice may touch: those that it holds, and those shared with it.

    Documents rendered from a plan, which everyone may touch, are not included.
    """
    excluded = tuple(patterns(fence.exclude))
    files = plan_files(fence)
    shared = patterns(shared_with(chosen.plan, chosen.slice_.id))
    return (*held(fence, chosen), *(Term(pattern, excluded, files) for pattern in shared))


def plan_files(fence: Fence) -> tuple[Pattern, ...]:
    """Return patterns of the plan files, which only a literal entry holds."""
    return _plan_files(tuple(plan.path for plan in fence.plans))


@lru_cache(maxsize=4)
def _plan_files(plans: tuple[str, ...]) -> tuple[Pattern, ...]:
    known = (each for each in map(parse, PLAN_FILES) if isinstance(each, Pattern))
    return tuple(dict.fromkeys([*known, *map(literally, plans)]))


def literally(path: str) -> Pattern:
    """Return the pattern that names a path, whatever characters are in it."""
    segments = tuple(map(tuple, path_bytes(path).split(b"/")))
    return Pattern(_SPECIAL.sub(r"\\\g<0>", path), segments, is_folder=False)
