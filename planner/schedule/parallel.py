"""Which tasks may run in parallel, and what prevents it for the others."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, Literal, NamedTuple

from planner.graph import bits, masks, select
from planner.plan.model import Plan
from planner.schedule.footprints import Footprints
from planner.schedule.order import Network, Paths

Kind = Literal["dependency", "dependent", "overlap", "no-files", "owner"]


class Obstacle(NamedTuple):
    """Why a task cannot run in parallel with another; the first reason that applies.

    - dependency: it waits for `task`; dependent: `task` waits for it (directly)
    - overlap: both may touch `path`: a file, a pattern that both declare, or the witness of two
      patterns
    - no-files: `task` declares no files, so it may touch those of any task of its slice; if it is
      the task itself, one obstacle covers all others of the slice
    - owner: both have the same owner, who does one task at a time
    """

    kind: Kind
    task: str
    path: str = ""


class Parallel(NamedTuple):
    """The ids of the tasks that a task may run in parallel with, and why not with the others.

    `reason` puts the obstacles into words: `waits for a; shares src/b.py with c and d`. `meeting`
    is the mask of the tasks whose files can meet its own, with itself; 0 if there are none.
    """

    tasks: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    reason: str
    meeting: int = 0


def find_parallel(
    plan: Plan, network: Network, paths: Paths, owners: Sequence[str]
) -> list[Parallel]:
    """Return for each task what may run in parallel with it.

    Two open tasks may if no path of dependencies leads from one to the other, their files cannot
    meet and they do not have the same owner, unless that one does several tasks at a time; anyone
    may do a task without owner. A task without files cannot run in parallel with others of its
    slice; for tasks of other slices, its files are what its slice holds. What the plan shares
    between two slices does not count there.
    """
    open_tasks = sum(1 << node for node, (slice_, _) in enumerate(network.tasks) if slice_.is_open)
    is_alone = open_tasks.bit_count() == 1
    otherwise = "the only open task" if is_alone else "held by a circle of dependencies"
    notes = _Notes([task.id for _, task in network.tasks], otherwise)
    footprints = Footprints(plan, network)
    owned = masks(owners)
    capacities = {name: one.capacity for name, one in plan.owners}
    needed_by = _needed_by(paths.direct)
    parallels = []
    for node, owner in enumerate(owners):
        if not open_tasks >> node & 1:
            parallels.append(Parallel((), (), "its slice is closed"))
            continue
        blockers = [
            _Blocker("dependency", paths.direct[node]),
            _Blocker("dependent", needed_by[node]),
        ]
        rest = open_tasks & ~(paths.before[node] | paths.after[node] | 1 << node)
        meeting = 0
        for path, blocked in footprints.clashes(node, rest):
            blockers.append(_Blocker("overlap", blocked, path))
            meeting |= blocked | 1 << node
        rest &= ~meeting
        blocked = footprints.undeclared(node, rest)
        rest &= ~blocked
        if blocked and node not in footprints.declared:
            blocked = 1 << node
        blockers.append(_Blocker("no-files", blocked))
        blocked = rest & owned[owner] if owner and capacities.get(owner, 1) == 1 else 0
        rest &= ~blocked
        blockers.append(_Blocker("owner", blocked))
        parallel = notes.parallel(rest, [each for each in blockers if each.tasks])
        parallels.append(parallel._replace(meeting=meeting))
    return parallels


def _needed_by(direct: Sequence[int]) -> list[int]:
    """Return for each task the mask of those that directly wait for it."""
    groups = masks(direct)  # often all tasks of a slice wait for the same tasks
    needed_by = [0] * len(direct)
    for mask, group in groups.items():
        for node in bits(mask):
            needed_by[node] |= group
    return needed_by


class _Blocker(NamedTuple):
    """What keeps a task apart from some others, a mask."""

    kind: Kind
    tasks: int
    path: str = ""


_SHOWN: Final = 3  # names of one kind in a reason, and paths
PHRASES: Final[dict[Kind, str]] = {
    "dependency": "waits for",
    "dependent": "blocks",
    "overlap": "shares {path} with",
    "no-files": "no files declared by",
    "owner": "same owner as",
}
"""What an obstacle says of the tasks that are named after it."""


class _Notes:
    """Ids and words for masks; an obstacle that many tasks have is one value, not thousands."""

    def __init__(self, ids: Sequence[str], otherwise: str) -> None:
        self._ids = ids
        self._otherwise = otherwise
        self._known: dict[tuple[Kind, str], list[Obstacle]] = {}

    def parallel(self, tasks: int, blockers: Sequence[_Blocker]) -> Parallel:
        """Return what may run in parallel with a task, and what blocks the others."""
        obstacles = tuple(chain.from_iterable(map(self._obstacles, blockers)))
        reason = "; ".join(self._phrases(blockers))
        if not reason and not tasks:
            reason = self._otherwise
        return Parallel(tuple(select(self._ids, tasks)), obstacles, reason)

    def _obstacles(self, blocker: _Blocker) -> Iterable[Obstacle]:
        kind, tasks, path = blocker
        if tasks.bit_count() < len(self._ids) / 50:
            return [Obstacle(kind, id_, path) for id_ in select(self._ids, tasks)]
        if (kind, path) not in self._known:
            self._known[kind, path] = [Obstacle(kind, id_, path) for id_ in self._ids]
        return select(self._known[kind, path], tasks)

    def _phrases(self, blockers: Sequence[_Blocker]) -> Iterator[str]:
        paths = 0
        for kind, tasks, path in blockers:
            paths += kind == "overlap"
            if kind != "overlap" or paths <= _SHOWN:
                yield f"{PHRASES[kind].format(path=path)} {self._names(tasks)}"
            elif paths == _SHOWN + 1:
                yield f"shares {sum(each.kind == kind for each in blockers) - _SHOWN} more paths"

    def _names(self, tasks: int) -> str:
        """Name the first few tasks, and count the rest."""
        *names, last = islice(select(self._ids, tasks), _SHOWN + 1)
        left = tasks.bit_count() - len(names)
        last = last if left == 1 else f"{left} more"
        return f"{', '.join(names)} and {last}" if names else last
