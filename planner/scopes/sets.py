"""What a slice holds and accepts, as sets of paths that can be reckoned with."""

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
    """All paths that a slice holds, a term for each line of its include.

    A literal include wins over the plans' excludes, and alone holds a plan file.
    """
    own = tuple(patterns(chosen.slice_.scope.exclude))
    everyone = (*own, *patterns(fence.exclude))
    files = plan_files(fence)
    return tuple(
        Term(pattern, own) if is_one_path(pattern) else Term(pattern, everyone, files)
        for pattern in patterns(chosen.slice_.scope.include)
    )


def accepted(fence: Fence, chosen: Chosen) -> PathSet:
    """All paths that a slice may touch: those that it holds, and those shared with it.

    The documents rendered from a plan, which everyone may touch, are left out.
    """
    excluded = tuple(patterns(fence.exclude))
    files = plan_files(fence)
    shared = patterns(shared_with(chosen.plan, chosen.slice_.id))
    return (*held(fence, chosen), *(Term(pattern, excluded, files) for pattern in shared))


def is_one_path(pattern: Pattern) -> bool:
    """Whether the pattern is literal: it names one path and holds nothing else."""
    return not (pattern.is_folder or pattern.is_wildcard)


def plan_files(fence: Fence) -> tuple[Pattern, ...]:
    """What only a literal entry holds, as patterns."""
    return _plan_files(tuple(plan.path for plan in fence.plans))


@lru_cache(maxsize=4)
def _plan_files(plans: tuple[str, ...]) -> tuple[Pattern, ...]:
    named = (one for one in map(parse, PLAN_FILES) if isinstance(one, Pattern))
    return tuple(dict.fromkeys([*named, *map(literally, plans)]))


def literally(path: str) -> Pattern:
    """The pattern that names a path, whatever characters that has."""
    segments = tuple(map(tuple, path_bytes(path).split(b"/")))
    return Pattern(_SPECIAL.sub(r"\\\g<0>", path), segments, is_folder=False)
