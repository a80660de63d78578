"""Which tasks may run side by side, and where not, what stands in the way."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, Literal, NamedTuple

from planner.graph import bits, picked
from planner.plan.model import Plan
from planner.schedule.footprints import Footprints
from planner.schedule.order import Network

Kind = Literal["dependency", "dependent", "overlap", "no-files", "owner"]


class Obstacle(NamedTuple):
    """Why a task cannot run beside another one, the first reason of these that applies.

    - dependency: it waits for `task`; dependent: `task` waits for it (the direct ones)
    - overlap: both may touch `path`: a file, a pattern that both declare, or else a path that
      shows how two patterns meet
    - no-files: `task` declares no files, so nothing is known of it beside those of its slice;
      where that is the task itself, it stands once for all of them
    - owner: both have one owner
    """

    kind: Kind
    task: str
    path: str = ""


class Beside(NamedTuple):
    """The ids of the tasks that a task may run beside, and why not beside the others.

    `reason` says the obstacles in words, such as `waits for a; shares src/b.py with c and d`.
    """

    tasks: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    reason: str


class Relations(NamedTuple):
    """Who waits for whom, as sets of tasks: bits in the plan's order, one set for each task."""

    open: int
    waits_for: Sequence[int]
    needed_by: Sequence[int]
    joined: Sequence[int]  # by a path of dependencies, either way


def beside(plan: Plan, found: Network, owners: Sequence[str], relations: Relations) -> list[Beside]:
    """For each task what may run beside it.

    Two open tasks may when no path of dependencies joins them, their files cannot meet and they
    have not the same owner; a task without owner is anybody's. A task that declares no files
    cannot run beside one of its own slice; beside one of another slice what its slice holds
    stands for its files. What the plan shares between two slices is no obstacle between them.
    """
    ids = [task.id for _, task in found.tasks]
    footprints = Footprints(plan, found)
    owned: dict[str, int] = {}
    for node, owner in enumerate(owners):
        owned[owner] = owned.get(owner, 0) | 1 << node
    is_alone = relations.open.bit_count() == 1
    notes = _Notes(ids, "the only open task" if is_alone else "held by a circle of dependencies")
    answers = []
    for node, owner in enumerate(owners):
        if not relations.open >> node & 1:
            answers.append(Beside((), (), "its slice is closed"))
            continue
        ways = [
            _Way("dependency", relations.waits_for[node]),
            _Way("dependent", relations.needed_by[node]),
        ]
        rest = relations.open & ~relations.joined[node] & ~(1 << node)
        for path, hit in footprints.clashes(node, rest):
            ways.append(_Way("overlap", hit, path))
            rest &= ~hit
        hit = footprints.undeclared(node, rest)
        rest &= ~hit
        ways.append(_Way("no-files", hit if node in footprints.declared else min(hit, 1) << node))
        hit = rest & owned[owner] if owner else 0
        rest &= ~hit
        ways.append(_Way("owner", hit))
        answers.append(notes.answer(rest, [way for way in ways if way.tasks]))
    return answers


class _Way(NamedTuple):
    """What stands in the way between a task and some others."""

    kind: Kind
    tasks: int
    path: str = ""


_SHOWN: Final = 3  # names of one kind in a reason, and paths
_PHRASES: Final[dict[Kind, str]] = {
    "dependency": "waits for {names}",
    "dependent": "is waited for by {names}",
    "overlap": "shares {path} with {names}",
    "no-files": "no files declared by {names}",
    "owner": "same owner as {names}",
}


class _Notes:
    """Answers in ids and words; an obstacle that many tasks meet is one value, not thousands."""

    def __init__(self, ids: Sequence[str], otherwise: str) -> None:
        self._ids = ids
        self._otherwise = otherwise
        self._known: dict[tuple[Kind, str], list[Obstacle]] = {}

    def answer(self, beside: int, ways: Sequence[_Way]) -> Beside:
        """What may run beside a task, and the ways in which others may not."""
        obstacles = tuple(chain.from_iterable(map(self._obstacles, ways)))
        words = "; ".join(self._words(ways))
        if not words and not beside:
            words = self._otherwise
        return Beside(tuple(picked(self._ids, beside)), obstacles, words)

    def _obstacles(self, way: _Way) -> Iterable[Obstacle]:
        known = self._known.get((way.kind, way.path))
        if known is None and way.tasks.bit_count() < len(self._ids) / 50:
            return [Obstacle(way.kind, self._ids[task], way.path) for task in bits(way.tasks)]
        if known is None:
            known = [Obstacle(way.kind, name, way.path) for name in self._ids]
            self._known[way.kind, way.path] = known
        return picked(known, way.tasks)

    def _words(self, ways: Sequence[_Way]) -> Iterator[str]:
        paths = 0
        for kind, tasks, path in ways:
            paths += kind == "overlap"
            if kind != "overlap" or paths <= _SHOWN:
                yield _PHRASES[kind].format(names=self._some(tasks), path=path)
            elif paths == _SHOWN + 1:
                yield f"shares {sum(way.kind == kind for way in ways) - _SHOWN} more paths"

    def _some(self, tasks: int) -> str:
        """The tasks as a phrase: at most a few of them by name."""
        number = tasks.bit_count()
        names = list(islice(picked(self._ids, tasks), _SHOWN + 1))
        if number > _SHOWN + 1:
            return f"{', '.join(names[:_SHOWN])} and {number - _SHOWN} more"
        return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
