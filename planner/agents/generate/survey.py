"""What a repository shows of itself to an agent that plans work in it."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.errors import GitError, PlannerError
from planner.paths import path_bytes, path_text
from planner.plan.model import Chosen, Entry, Plan
from planner.repository import changes
from planner.repository.activity import changed_often
from planner.status.guesses import MANIFESTS, Guess, guesses

_CODEOWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_MOST_MANIFESTS: Final = 20


class Survey(NamedTuple):
    """What a repository shows of itself.

    Attributes:
        tracked: the paths of the index, in git's order.
        often: how often the last commits changed each path.
        gates: commands that may be those of its tests.
        owners: the lines of CODEOWNERS that name someone.
        base: the default branch; empty where nothing tells it.
        slices: the open slices of all plans that stay.
        exclude: what no slice may touch, by these plans.
        has_plan: whether there is another plan.
    """

    tracked: tuple[bytes, ...]
    often: Mapping[bytes, int]
    gates: tuple[Guess, ...]
    owners: tuple[str, ...]
    base: str
    slices: tuple[Chosen, ...]
    exclude: tuple[Entry, ...]
    has_plan: bool

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """How many files have each extension, the most frequent first."""
        names = (path.rpartition(b"/")[2].rpartition(b".") for path in self.tracked)
        counts = Counter(path_text(end) for start, dot, end in names if start and dot)
        return sorted(counts.items(), key=lambda one: (-one[1], one[0]))

    @property
    def hot(self) -> list[tuple[bytes, int]]:
        """The tracked files that were changed most often lately, and how often."""
        tracked = frozenset(self.tracked)
        known = ((path, count) for path, count in self.often.items() if path in tracked)
        return sorted(known, key=lambda one: (-one[1], one[0]))


def survey(run: Run, plans: Sequence[Plan]) -> Survey:
    """Look at a repository.

    Args:
        plans: those that stay beside the plan that is written.

    Raises:
        GitError: git failed.
    """
    tracked = changes.list_tracked(run.repository)
    head = run.objects.commit("HEAD")
    return Survey(
        tracked,
        _often(run, head) if head else {},
        guesses(run.repository.root, _manifests(tracked)),
        _owners(run, head) if head else (),
        _base(run),
        tuple(Chosen(plan, one) for plan in plans for one in plan.open_slices),
        tuple(chain.from_iterable(plan.exclude for plan in plans)),
        bool(plans),
    )


def _often(run: Run, head: str) -> Mapping[bytes, int]:
    try:
        return changed_often(run.repository, head)
    except GitError:  # a partial clone lacks the trees of its history
        return {}


def _manifests(tracked: Sequence[bytes]) -> list[bytes]:
    """The tracked files from which gates are guessed, those in the outer folders first."""
    names = frozenset(map(path_bytes, MANIFESTS))
    found = (path for path in tracked if path.rpartition(b"/")[2] in names)
    return sorted(found, key=lambda path: (path.count(b"/"), path))[:_MOST_MANIFESTS]


def _owners(run: Run, head: str) -> tuple[str, ...]:
    """The lines of the CODEOWNERS file that hosts read; none where it cannot be read."""
    for path in _CODEOWNERS:
        entry = run.objects.oid(path_bytes(f"{head}:{path}"))
        if entry is not None and entry[1] == "blob":
            with contextlib.suppress(GitError):  # it is huge, or not in a partial clone
                text = path_text(run.objects.blob(head, path) or b"")
                lines = (line.partition("#")[0].strip() for line in text.split("\n"))
                return tuple(line for line in lines if line)
    return ()


def _base(run: Run) -> str:
    try:
        return run.default_branch
    except PlannerError:
        return ""
