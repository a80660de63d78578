"""When tasks can run: the critical path, the order in which owners work, and start times."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from planner import graph
from planner.graph import Waits
from planner.plan.model import Minutes

_WIDTH: Final = 64  # bits; more than any sum of minutes of a plan has


class Work(NamedTuple):
    """Nodes to be scheduled; in `order` each comes after all that it waits for.

    `efforts` and `owners` have an entry for each node; a node that is not a task has no effort
    and no owner. Without an owner, a node can start at any time.
    """

    waits: Waits
    order: Sequence[int]
    efforts: Sequence[Minutes | None]
    owners: Sequence[str]


class Critical(NamedTuple):
    """The chain with the most effort, and all nodes that are on a chain as long."""

    path: list[int]
    nodes: frozenset[int]
    remaining: list[int]  # by node: the weight of the longest chain that starts with it


def critical(work: Work) -> Critical:
    """Find the chain with the most effort: by the high estimates, then the low, then the number.

    Of chains of the same weight it takes, from the end, the node that comes first.
    """
    # Three numbers in one integer, the first of them highest: weights then compare and add up as
    # tuples would, element by element, in one operation. No sum carries into the next number.
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


def sequence(work: Work, minutes: Sequence[int], remaining: Sequence[int]) -> list[int]:
    """Return the nodes in the order in which they start, each owner doing one at a time.

    Of the nodes an owner can start, the one with the most remaining is first.
    """
    return _Clock(work, minutes, remaining).run()


class _Clock:
    """List scheduling: a free owner starts the most urgent node that can start."""

    def __init__(self, work: Work, minutes: Sequence[int], remaining: Sequence[int]) -> None:
        self._owners = work.owners
        self._minutes = minutes
        self._remaining = remaining
        self._after = graph.followers(work.waits)
        self._missing = [len(before) for before in work.waits]
        self._running: list[tuple[int, int]] = []  # finish time and node
        self._ready: dict[str, list[tuple[int, int]]] = {owner: [] for owner in work.owners}
        self._idle: set[str] = set()  # owners to check
        self._busy: set[str] = set()
        self._started: list[int] = []
        for node in [node for node in work.order if not self._missing[node]]:
            self._release(node, now=0)

    def run(self) -> list[int]:
        """Advance the time from one finish to the next."""
        now = 0
        while self._idle or self._running:
            for owner in sorted(self._idle - self._busy):
                if self._ready[owner]:
                    self._busy.add(owner)
                    self._start(heappop(self._ready[owner])[1], now)
            self._idle.clear()
            now = self._running[0][0] if self._running else now
            while self._running and self._running[0][0] == now:
                self._finish(heappop(self._running)[1], now)
        return self._started

    def _start(self, node: int, now: int) -> None:
        # A node of no effort is finished in the next round, not by recursion.
        self._started.append(node)
        heappush(self._running, (now + self._minutes[node], node))

    def _release(self, node: int, now: int) -> None:
        """Make a node available that waits for nothing any more."""
        owner = self._owners[node]
        if owner:
            heappush(self._ready[owner], (-self._remaining[node], node))
            self._idle.add(owner)
        else:
            self._start(node, now)

    def _finish(self, node: int, now: int) -> None:
        self._busy.discard(self._owners[node])
        self._idle.add(self._owners[node])
        for other in self._after[node]:
            self._missing[other] -= 1
            if not self._missing[other]:
                self._release(other, now)


def starts(work: Work, order: Sequence[int], minutes: Sequence[int]) -> list[int]:
    """Return when each node starts if owners do theirs one at a time, in that order."""
    times = [0] * len(minutes)
    free: dict[str, int] = {}
    for node in order:
        owner = work.owners[node]
        begin = max((times[other] + minutes[other] for other in work.waits[node]), default=0)
        if owner:
            begin = max(begin, free.get(owner, 0))
            free[owner] = begin + minutes[node]
        times[node] = begin
    return times
