"""Branches that are no slice's, whatever patterns accept their names: bases and merge queues."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.paths import path_bytes
from planner.plan.model import Chosen, Plan, patterns

QUEUE: Final = "gh-readonly-queue/"
"""What the branches of GitHub's merge queue start with: their commits are of several slices."""

_DEFAULTS: Final = ("main", "master")


class Reserved(NamedTuple):
    """The branches that slices land on, and those of merge queues.

    Attributes:
        default: the default branch; empty where it is not known.
        bases: what lands on each base of a plan or a slice, in words for messages.
    """

    default: str
    bases: Mapping[str, str]
    queues: PatternSet

    def is_queue(self, name: str) -> bool:
        """Whether a branch is that of a merge queue."""
        return name.startswith(QUEUE) or self.queues.first(path_bytes(name)) is not None

    def keeps(self, chosen: Chosen, name: str) -> bool:
        """Whether a branch is not that of a slice, though one of its patterns accepts the name.

        A slice has a branch that others land on only if it spells the name: a pull request may be
        stacked on that of another slice, and origin/HEAD of a clone of a clone names any branch.
        """
        if name == chosen.plan.base_of(chosen.slice_) or self.is_queue(name):
            return True
        is_shared = name == self.default or name in self.bases
        return is_shared and not _spells(chosen, name)

    def why(self, name: str) -> str:
        """Return why a branch must stay on a remote; empty where nothing says so."""
        if name == self.default:
            return "the default branch"
        if name in self.bases:
            return self.bases[name]
        return "a branch of a merge queue" if self.is_queue(name) else ""


def _spells(chosen: Chosen, name: str) -> bool:
    literal = path_bytes(name)
    return any(entry.pattern.literal == literal for entry in chosen.slice_.branch)


def reserved(plans: Sequence[Plan], default: str) -> Reserved:
    """Return the branches that are no slice's by these plans.

    Args:
        default: the name of the default branch; empty where it is not known.
    """
    bases: dict[str, str] = {}
    for plan in plans:
        for slice_ in plan.slices:
            if slice_.base:
                bases.setdefault(slice_.base, f"the base of the slice {slice_.id!r}")
        bases[plan.base] = f"the base of {plan.path}"
    queues = PatternSet(patterns(entry for plan in plans for entry in plan.queues))
    return Reserved(default, bases, queues)


def usual_default(named: str, names: Iterable[str]) -> str:
    """Return the name of the default branch: the one that is named, else main or master.

    Empty where both exist, or neither.
    """
    usual = set(names).intersection(_DEFAULTS)
    return named or (usual.pop() if len(usual) == 1 else "")
