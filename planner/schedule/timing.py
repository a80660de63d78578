"""When tasks can run: the critical path, the order in which they start, and start times."""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from operator import add
from typing import Final, NamedTuple

from planner import graph
from planner.graph import Waits
from planner.plan.model import Minutes

_WIDTH: Final = 64  # bits; more than any sum of minutes of a plan has


class Work(NamedTuple):
    """Nodes to be scheduled; in `order` each comes after all that it waits for.

    `efforts`, `owners` and `apart` have an entry for each node; a node that is not a task has no
    effort, no owner and nothing that it is kept apart from. An owner does as many tasks at a time
    as `capacities` says, by default one; a node without owner waits for nobody. A node never runs
    at the same time as those in its mask `apart`, of nodes that are not ordered by `waits`.
    """

    waits: Waits
    order: Sequence[int]
    efforts: Sequence[Minutes | None]
    owners: Sequence[str]
    capacities: Mapping[str, int]
    apart: Sequence[int]


class Critical(NamedTuple):
    """The chain with the most effort, and all nodes that are on a chain as long."""

    path: list[int]
    nodes: frozenset[int]
    remaining: list[int]  # by node: the weight of the longest chain that starts with it


class Times(NamedTuple):
    """When the nodes of `Work` are done, each list by node; `starts` and `finishes` in minutes.

    `follows` are those that a node comes after only because the two are kept apart, the last
    first, without those that it comes after anyway. `waits` has those as well.
    """

    critical: Critical
    starts: list[Minutes]
    finishes: list[Minutes]
    follows: list[list[int]]
    waits: list[list[int]]


def find_times(work: Work) -> Times:
    """Return the earliest times; the order of the high efforts is kept for the low ones."""
    lows = [effort.low if effort else 0 for effort in work.efforts]
    highs = [effort.high if effort else 0 for effort in work.efforts]
    longest = _critical(work)
    order = _sequence(work, highs, longest.remaining)
    follows = _follows(work, order)
    waits = [[*before, *more] for before, more in zip(work.waits, follows, strict=True)]
    work = work._replace(waits=waits)
    low_starts, high_starts = _starts(work, order, lows), _starts(work, order, highs)
    starts = map(Minutes, low_starts, high_starts)
    finishes = map(Minutes, map(add, low_starts, lows), map(add, high_starts, highs))
    return Times(longest, list(starts), list(finishes), follows, waits)


def _critical(work: Work) -> Critical:
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


def _sequence(work: Work, minutes: Sequence[int], remaining: Sequence[int]) -> list[int]:
    """Return the nodes in the order in which they start.

    Of the nodes that can start, the one with the most remaining is first, then the first node.
    """
    return _Clock(work, minutes, remaining).run()


class _Clock:
    """List scheduling: whenever something is finished, the most urgent that can start does.

    Nodes are numbered by their rank: 0 is the most urgent, so it is the lowest bit of a mask.
    """

    def __init__(self, work: Work, minutes: Sequence[int], remaining: Sequence[int]) -> None:
        self._nodes = sorted(range(len(minutes)), key=lambda node: -remaining[node])
        self._ranks = _places(self._nodes)
        self._work = work
        self._minutes = minutes
        self._apart = _renumbered(work.apart, self._ranks)
        self._owned = graph.masks(work.owners[node] for node in self._nodes)
        self._free = {owner: work.capacities.get(owner, 1) for owner in self._owned}
        self._after = graph.followers(work.waits)
        self._missing = [len(before) for before in work.waits]
        self._ready = sum(1 << self._ranks[n] for n in work.order if not self._missing[n])
        self._full = 0  # the nodes of owners who have no time for another
        self._running: list[tuple[int, int]] = []  # finish time and node
        self._blocking: set[int] = set()  # the running nodes that keep others apart
        self._started: list[int] = []

    def run(self) -> list[int]:
        """Advance the time from one finish to the next."""
        now = 0
        while self._ready or self._running:
            self._start_all(now)
            now = self._running[0][0]
            while self._running and self._running[0][0] == now:
                # What a node of no effort releases starts in the next round, not by recursion.
                self._finish(heappop(self._running)[1])
        return self._started

    def _start_all(self, now: int) -> None:
        can_start = self._ready & ~self._full
        for node in self._blocking:
            can_start &= ~self._apart[node]
        while can_start:
            lowest = can_start & -can_start
            node = self._nodes[lowest.bit_length() - 1]
            self._ready ^= lowest
            self._started.append(node)
            heappush(self._running, (now + self._minutes[node], node))
            if self._apart[node]:
                self._blocking.add(node)
            owner = self._work.owners[node]
            self._free[owner] -= 1
            if owner and not self._free[owner]:
                self._full |= self._owned[owner]
            can_start &= ~(lowest | self._apart[node] | self._full)

    def _finish(self, node: int) -> None:
        self._blocking.discard(node)
        owner = self._work.owners[node]
        if owner and not self._free[owner]:
            self._full ^= self._owned[owner]
        self._free[owner] += 1
        for other in self._after[node]:
            self._missing[other] -= 1
            if not self._missing[other]:
                self._ready |= 1 << self._ranks[other]


def _places(nodes: Sequence[int]) -> list[int]:
    """Return for each node its place in the list."""
    places = [0] * len(nodes)
    for place, node in enumerate(nodes):
        places[node] = place
    return places


def _renumbered(masks: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """Return the masks with other numbers for their nodes."""
    # Tasks of one file have the same mask: thousands of them are renumbered once.
    known = {mask: sum(1 << numbers[node] for node in graph.bits(mask)) for mask in set(masks)}
    return [known[mask] for mask in masks]


def _follows(work: Work, order: Sequence[int]) -> list[list[int]]:
    """Return for each node those that it is kept apart from and that come before it in the order.

    Those are left out that it comes after because of the others, or of what it waits for.
    """
    places = _places(order)
    apart = _renumbered(work.apart, places)
    before = [0] * len(order)  # by place: a mask of places
    found: list[list[int]] = [[] for _ in order]
    for place, node in enumerate(order):
        mask = 0
        for at in (places[other] for other in work.waits[node]):
            mask |= before[at] | 1 << at
        while rest := apart[node] & ((1 << place) - 1) & ~mask:
            last = rest.bit_length() - 1
            found[node].append(order[last])
            mask |= before[last] | 1 << last
        before[place] = mask
    return found


def _starts(work: Work, order: Sequence[int], minutes: Sequence[int]) -> list[int]:
    """Return when each node starts if owners do theirs in that order; `apart` is not looked at."""
    times = [0] * len(minutes)
    busy: dict[str, list[int]] = {}  # by owner: when those that they do are finished
    for node in order:
        owner = work.owners[node]
        begin = max((times[other] + minutes[other] for other in work.waits[node]), default=0)
        if owner:
            finishes = busy.setdefault(owner, [])
            if len(finishes) >= work.capacities.get(owner, 1):
                begin = max(begin, heappop(finishes))
            heappush(finishes, begin + minutes[node])
        times[node] = begin
    return times
