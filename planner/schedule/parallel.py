"""Which tasks may run in parallel, and what prevents it for the others."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, Literal, NamedTuple

from planner.graph import bits, masks, select
from planner.plan.model import Plan
from planner.schedule.footprints import Footprints
from planner.schedule.order import Network

Kind = Literal["dependency", "dependent", "overlap", "no-files", "owner"]


class Obstacle(NamedTuple):
    """Why a task cannot run in parallel with another; the first reason that applies.

    - dependency: it waits for `task`; dependent: `task` waits for it (directly)
    - overlap: both may touch `path`: a file, a pattern that both declare, or the witness of two
      patterns
    - no-files: `task` declares no files, so it may touch those of any task of its slice; if it is
      the task itself, one obstacle covers all others of the slice
    - owner: both have the same owner
    """

    kind: Kind
    task: str
    path: str = ""


class Parallel(NamedTuple):
    """The ids of the tasks that a task may run in parallel with, and why not with the others.

    `reason` puts the obstacles into words: `waits for a; shares src/b.py with c and d`.
    """

    tasks: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    reason: str


class Relations(NamedTuple):
    """Which tasks wait for which, as masks of tasks in the plan's order, by task."""

    open: int
    waits_for: Sequence[int]
    needed_by: Sequence[int]
    ordered: Sequence[int]  # by a path of dependencies, either way


def find_parallel(
    plan: Plan, network: Network, owners: Sequence[str], relations: Relations
) -> list[Parallel]:
    """Return for each task what may run in parallel with it.

    Two open tasks may if no path of dependencies leads from one to the other, their files cannot
    meet and they do not have the same owner; anyone may do a task without owner. A task without
    files cannot run in parallel with others of its slice; for tasks of other slices, its files
    are what its slice holds. What the plan shares between two slices does not count there.
    """
    ids = [task.id for _, task in network.tasks]
    footprints = Footprints(plan, network)
    owned = masks(owners)
    is_alone = relations.open.bit_count() == 1
    notes = _Notes(ids, "the only open task" if is_alone else "held by a circle of dependencies")
    parallels = []
    for node, owner in enumerate(owners):
        if not relations.open >> node & 1:
            parallels.append(Parallel((), (), "its slice is closed"))
            continue
        blockers = [
            _Blocker("dependency", relations.waits_for[node]),
            _Blocker("dependent", relations.needed_by[node]),
        ]
        rest = relations.open & ~relations.ordered[node] & ~(1 << node)
        for path, blocked in footprints.clashes(node, rest):
            blockers.append(_Blocker("overlap", blocked, path))
            rest &= ~blocked
        blocked = footprints.undeclared(node, rest)
        rest &= ~blocked
        if blocked and node not in footprints.declared:
            blocked = 1 << node
        blockers.append(_Blocker("no-files", blocked))
        blocked = rest & owned[owner] if owner else 0
        rest &= ~blocked
        blockers.append(_Blocker("owner", blocked))
        parallels.append(notes.parallel(rest, [each for each in blockers if each.tasks]))
    return parallels


class _Blocker(NamedTuple):
    """What keeps a task apart from some others, a mask."""

    kind: Kind
    tasks: int
    path: str = ""


_SHOWN: Final = 3  # names of one kind in a reason, and paths
_PHRASES: Final[dict[Kind, str]] = {
    "dependency": "waits for {names}",
    "dependent": "blocks {names}",
    "overlap": "shares {path} with {names}",
    "no-files": "no files declared by {names}",
    "owner": "same owner as {names}",
}


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
        known = self._known.get((kind, path))
        if known is None and tasks.bit_count() < len(self._ids) / 50:
            return [Obstacle(kind, self._ids[task], path) for task in bits(tasks)]
        if known is None:
            known = [Obstacle(kind, id_, path) for id_ in self._ids]
            self._known[kind, path] = known
        return select(known, tasks)

    def _phrases(self, blockers: Sequence[_Blocker]) -> Iterator[str]:
        paths = 0
        for kind, tasks, path in blockers:
            paths += kind == "overlap"
            if kind != "overlap" or paths <= _SHOWN:
                yield _PHRASES[kind].format(names=self._names(tasks), path=path)
            elif paths == _SHOWN + 1:
                yield f"shares {sum(each.kind == kind for each in blockers) - _SHOWN} more paths"

    def _names(self, tasks: int) -> str:
        """Name the first few tasks, and count the rest."""
        number = tasks.bit_count()
        names = list(islice(select(self._ids, tasks), _SHOWN + 1))
        if number > _SHOWN + 1:
            return f"{', '.join(names[:_SHOWN])} and {number - _SHOWN} more"
        return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
