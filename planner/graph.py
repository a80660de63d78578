"""Graphs of numbered nodes: orders, circles, what reaches what, and the fewest chains.

`waits[node]` lists the nodes that a node waits for. Sets of nodes are integers of bits, so that
asking a thousand nodes at once costs a few machine words; nothing here recurses.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import compress, count
from typing import Final, TypeVar

Item = TypeVar("Item")
Waits = Sequence[Collection[int]]

_BITS: Final = bytes.maketrans(b"01", b"\0\1")
_DENSE: Final = 40  # taking out one node costs as much as looking at so many
_MOST_STEPS: Final = 200_000  # for joining kin; counted, so that every machine says the same


def bits(mask: int) -> list[int]:
    """The nodes of a set, in order."""
    if not _is_sparse(mask):
        return list(compress(count(), _flags(mask)))
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def picked(items: Sequence[Item], mask: int) -> Iterable[Item]:
    """What stands in the places of a set, in order."""
    if _is_sparse(mask):
        return [items[at] for at in bits(mask)]
    return compress(items, _flags(mask))


def _is_sparse(mask: int) -> bool:
    return mask.bit_count() * _DENSE < mask.bit_length()


def _flags(mask: int) -> bytes:
    """A set as one byte for each node up to its last, 1 where the node is in it."""
    return bin(mask)[:1:-1].encode().translate(_BITS)


def followers(waits: Waits) -> list[list[int]]:
    """For each node the nodes that wait for it, in order; one that waits twice stands twice."""
    found: list[list[int]] = [[] for _ in waits]
    for node, before in enumerate(waits):
        for other in before:
            found[other].append(node)
    return found


def ordered(waits: Waits) -> tuple[list[int], list[int]]:
    """The nodes in an order in which each stands behind what it waits for, lowest first.

    The second list holds, in order, the nodes that have no place: those in a circle or behind one.
    """
    after = followers(waits)
    missing = [len(before) for before in waits]
    ready = [node for node, number in enumerate(missing) if not number]
    heapify(ready)
    order = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for other in after[node]:
            missing[other] -= 1
            if not missing[other]:
                heappush(ready, other)
    return order, [node for node, number in enumerate(missing) if number]


def components(waits: Waits) -> list[list[int]]:
    """The nodes grouped so that two are together when each waits for the other, however far.

    A group stands behind those that it waits for. This is Tarjan's algorithm with a stack.
    """
    index = [-1] * len(waits)
    low = [0] * len(waits)
    found: list[list[int]] = []
    path: list[int] = []
    is_on_path = bytearray(len(waits))
    numbers = count()
    for root in range(len(waits)):
        if index[root] >= 0:
            continue
        todo = [(root, iter(waits[root]))]
        while todo:
            node, rest = todo[-1]
            if index[node] < 0:
                index[node] = low[node] = next(numbers)
                path.append(node)
                is_on_path[node] = True
            for other in rest:
                if index[other] < 0:
                    todo.append((other, iter(waits[other])))
                    break
                if is_on_path[other]:
                    low[node] = min(low[node], index[other])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_cut(path, node, is_on_path))
    return found


def _cut(path: list[int], node: int, is_on_path: bytearray) -> list[int]:
    """Take the end of the path away from the node on."""
    group: list[int] = []
    while not group or group[-1] != node:
        group.append(path.pop())
        is_on_path[group[-1]] = False
    return sorted(group)


def reached(waits: Waits) -> list[int]:
    """For each node the set of those that it waits for, however far; itself too in a circle."""
    found = [0] * len(waits)
    for group in components(waits):
        mask = 0
        for node in group:
            for other in waits[node]:
                mask |= found[other] | 1 << other
        for node in group:
            found[node] = mask
    return found


def shortest(waits: Waits, start: int, end: int, within: Collection[int]) -> list[int]:
    """The nodes of a shortest way from waiting node to waited-for node; empty if there is none."""
    came = {start: -1}
    todo = deque([start])
    while todo and end not in came:
        node = todo.popleft()
        for other in waits[node]:
            if other not in came and other in within:
                came[other] = node
                todo.append(other)
    if end not in came:
        return []
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def chains(after: Sequence[int], kin: Sequence[int]) -> list[list[int]]:
    """Cover all nodes by as few chains as can be, and let as many links as then can join kin.

    By Dilworth and Fulkerson a cover by the fewest chains is a maximum matching of nodes with
    the nodes that follow them. Among those matchings this finds one of least cost, where a link
    costs 0 between kin and 1 else: both numbers are exact, whatever the order of the nodes. Only
    where the search for the cheapest takes too many steps (a chain of thousands whose kin take
    turns) is the matching finished at any cost; it still has the fewest chains.

    Args:
        after: for each node the set of those that come after it, however far.
        kin: for each node the set of those that it likes to be in one chain with.
    """
    matching = _Matching(after, kin)
    matching.complete()
    found = []
    for head, before in enumerate(matching.before):
        if before >= 0:
            continue
        chain = [head]
        while (link := matching.behind[chain[-1]]) >= 0:
            chain.append(link)
        found.append(chain)
    return sorted(found, key=min)


class _Matching:
    """Links from nodes to the nodes behind them, grown at least cost (the primal-dual method).

    `price` of a node as a start, less the discount of a node as an end, never exceeds the cost
    of the link between them; links are made only where they are equal, so none was too dear.
    """

    def __init__(self, after: Sequence[int], kin: Sequence[int]) -> None:
        self._near = [mask & own for mask, own in zip(after, kin, strict=True)]
        self._far = [mask & ~own for mask, own in zip(after, kin, strict=True)]
        self._starts = [node for node, mask in enumerate(after) if mask]
        self._price = [0] * len(after)
        self._all = (1 << len(after)) - 1
        self._discounts = {0: self._all}  # a discount, and the ends that have it
        self._free = self._all  # the ends that no link leads to
        self._steps = 0
        self._is_hasty = False
        self.behind = [-1] * len(after)
        self.before = [-1] * len(after)

    def complete(self) -> None:
        """Make links until no more can be made."""
        while True:
            grown, unseen = self._grow()
            if not grown and (self._is_hasty or not self._raise_prices(unseen)):
                return
            self._is_hasty = self._steps > _MOST_STEPS

    def _grow(self) -> tuple[bool, int]:
        """Lengthen the matching from each free start; the ends that no way led to come second."""
        grown = False
        unseen = self._all
        for root in self._starts:
            if self.behind[root] >= 0:
                continue
            starts, ends = [root], list[int]()
            while starts:
                self._steps += 1
                way = self._fitting(starts[-1]) & unseen
                if not way:
                    starts.pop()
                    ends = ends[:-1]
                    continue
                goal = way & self._free
                bit = (goal or way) & -(goal or way)
                unseen ^= bit
                ends.append(bit.bit_length() - 1)
                if goal:
                    self._free ^= bit
                    self._link(starts, ends)
                    grown = True
                    break
                starts.append(self.before[ends[-1]])
        return grown, unseen

    def _fitting(self, start: int) -> int:
        """The ends that a start may be linked to at its price."""
        if self._is_hasty:
            return self._near[start] | self._far[start]
        price = self._price[start]
        near = self._near[start] & self._discounts.get(price, 0)
        return near | self._far[start] & self._discounts.get(price - 1, 0)

    def _link(self, starts: Iterable[int], ends: Iterable[int]) -> None:
        for start, end in zip(starts, ends, strict=True):
            self.behind[start] = end
            self.before[end] = start

    def _raise_prices(self, unseen: int) -> bool:
        """Let every start that a way led to pay one more; False when that opens no new end."""
        seen = self._all & ~unseen
        starts = [node for node in self._starts if self.behind[node] < 0]
        starts += [self.before[end] for end in bits(seen)]
        if not any((self._near[node] | self._far[node]) & unseen for node in starts):
            return False
        for node in starts:
            self._price[node] += 1
        for discount in sorted(self._discounts, reverse=True):
            moved = self._discounts[discount] & seen
            self._discounts[discount] &= unseen
            self._discounts[discount + 1] = self._discounts.get(discount + 1, 0) | moved
        return True
