"""Times of work that waits for other work: the critical path, who does what when, and when."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from planner import graph
from planner.graph import Waits
from planner.plan.model import Effort

_WIDTH: Final = 64  # bits; no sum of minutes of a plan needs as many


class Work(NamedTuple):
    """Nodes in an order in which each stands behind what it waits for.

    `efforts` and `owners` have an entry for each node; a node that is no work has no effort and
    no owner. Owned by nobody, it can be done at any time.
    """

    waits: Waits
    order: Sequence[int]
    efforts: Sequence[Effort | None]
    owners: Sequence[str]


class Critical(NamedTuple):
    """The chain with the most effort, and all nodes that lie on one just as long."""

    path: list[int]
    nodes: frozenset[int]
    remaining: list[int]  # by node: what the longest way from its start on weighs


def critical(work: Work) -> Critical:
    """Find the chain with the most effort: by the high estimates, then the low, then the number.

    Of chains that weigh the same it takes, from the end, the node that comes first.
    """
    weights = [
        0 if effort is None else effort.high << 2 * _WIDTH | effort.low << _WIDTH | 1
        for effort in work.efforts
    ]
    heads = list(weights)
    for node in work.order:
        heads[node] += max((heads[other] for other in work.waits[node]), default=0)
    tails = list(weights)
    after = graph.followers(work.waits)
    for node in reversed(work.order):
        tails[node] += max((tails[other] for other in after[node]), default=0)
    longest = max(heads, default=0)
    nodes = frozenset(
        node
        for node, weight in enumerate(weights)
        if weight and heads[node] + tails[node] - weight == longest
    )
    path: list[int] = []
    last, rest = min((node for node in nodes if heads[node] == longest), default=-1), longest
    while rest:
        if weights[last]:
            path.append(last)
        rest -= weights[last]
        last = min((other for other in work.waits[last] if heads[other] == rest), default=-1)
    return Critical(path[::-1], nodes, tails)


def sequence(work: Work, remaining: Sequence[int]) -> list[int]:
    """The nodes in the order in which they start, each owner doing one at a time.

    By the high efforts. Of what an owner can start, that with the most remaining comes first.
    """
    return _Clock(work, remaining).run()


class _Clock:
    """List scheduling: whenever an owner is free, the most urgent of what can start is started."""

    def __init__(self, work: Work, remaining: Sequence[int]) -> None:
        self._work = work
        self._remaining = remaining
        self._after = graph.followers(work.waits)
        self._missing = [len(before) for before in work.waits]
        self._now = 0
        self._running: list[tuple[int, int]] = []  # when a node is finished, and which
        self._ready: dict[str, list[tuple[int, int]]] = {}
        self._idle: set[str] = set()  # owners to look at
        self._busy: set[str] = set()
        self._started: list[int] = []

    def run(self) -> list[int]:
        """Let the time pass from one finish to the next."""
        for node in [node for node in self._work.order if not self._missing[node]]:
            self._release(node)
        self._assign()
        while self._running:
            self._now = self._running[0][0]
            while self._running and self._running[0][0] == self._now:
                self._finish(heappop(self._running)[1])
            self._assign()
        return self._started

    def _assign(self) -> None:
        """Give every free owner something to do."""
        for owner in sorted(self._idle):
            if owner not in self._busy and self._ready.get(owner):
                self._busy.add(owner)
                self._start(heappop(self._ready[owner])[1])
        self._idle.clear()

    def _start(self, node: int) -> None:
        """Start a node; what takes no time is finished in the next round, never by recursion."""
        self._started.append(node)
        effort = self._work.efforts[node]
        heappush(self._running, (self._now + (effort.high if effort else 0), node))

    def _release(self, node: int) -> None:
        """Let a node start that waits for nothing more."""
        owner = self._work.owners[node]
        if owner:
            heappush(self._ready.setdefault(owner, []), (-self._remaining[node], node))
            self._idle.add(owner)
        else:
            self._start(node)

    def _finish(self, node: int) -> None:
        """Release what waited for the node."""
        self._busy.discard(self._work.owners[node])
        self._idle.add(self._work.owners[node])
        for other in self._after[node]:
            self._missing[other] -= 1
            if not self._missing[other]:
                self._release(other)


def starts(work: Work, order: Sequence[int], minutes: Sequence[int]) -> list[int]:
    """When each node starts if those of one owner are done one at a time in that order."""
    found = [0] * len(minutes)
    free: dict[str, int] = {}
    for node in order:
        owner = work.owners[node]
        begin = max((found[other] + minutes[other] for other in work.waits[node]), default=0)
        if owner:
            begin = max(begin, free.get(owner, 0))
            free[owner] = begin + minutes[node]
        found[node] = begin
    return found
