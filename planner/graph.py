"""Graphs of numbered nodes: orders, circles, reachability, and the fewest chains.

`waits[node]` lists the nodes that a node waits for. A set of nodes is an integer of bits (a
mask), so that one operation handles a thousand nodes; nothing here recurses.
"""

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import compress, count
from typing import Final, TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Waits = Sequence[Collection[int]]

_FLAGS: Final = bytes.maketrans(b"01", b"\0\1")
_DENSE: Final = 40  # removing one node from a mask costs as much as scanning this many
_MOST_STEPS: Final = 200_000  # for the best chains; counted, so that all machines answer the same


def bits(mask: int) -> list[int]:
    """List the nodes of a mask, in order."""
    if not _is_sparse(mask):
        return list(compress(count(), _flags(mask)))
    nodes = []
    while mask:
        lowest = mask & -mask
        nodes.append(lowest.bit_length() - 1)
        mask ^= lowest
    return nodes


def select(items: Sequence[Item], mask: int) -> Iterable[Item]:
    """Return the items of the nodes of a mask, in order."""
    if _is_sparse(mask):
        return [items[node] for node in bits(mask)]
    return compress(items, _flags(mask))


def _is_sparse(mask: int) -> bool:
    return mask.bit_count() * _DENSE < mask.bit_length()


def _flags(mask: int) -> bytes:
    """Return one byte for each node up to the last one, 1 if the mask has the node, else 0."""
    # bin() writes "0b", then the highest node first: read backwards, up to the "b".
    return bin(mask)[:1:-1].encode().translate(_FLAGS)


def masks(groups: Iterable[Key]) -> dict[Key, int]:
    """Return by group the mask of its nodes, given the group of each node."""
    nodes: dict[Key, int] = {}
    for node, group in enumerate(groups):
        nodes[group] = nodes.get(group, 0) | 1 << node
    return nodes


def followers(waits: Waits) -> list[list[int]]:
    """List for each node those that wait for it, in order; twice if one waits twice."""
    waiting: list[list[int]] = [[] for _ in waits]
    for node, before in enumerate(waits):
        for other in before:
            waiting[other].append(node)
    return waiting


def ordered(waits: Waits) -> tuple[list[int], list[int]]:
    """Sort the nodes so that each comes after all that it waits for, the lowest first.

    The second list has, in order, the nodes that cannot be sorted: those in or after a circle.
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
    """Group the nodes: two are in one group if each waits for the other, directly or not.

    A group comes after those that it waits for. Tarjan's algorithm, with a stack.
    """
    index = [-1] * len(waits)
    low = [0] * len(waits)
    groups: list[list[int]] = []
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
                    groups.append(_cut(path, node, is_on_path))
    return groups


def _cut(path: list[int], node: int, is_on_path: bytearray) -> list[int]:
    """Remove the end of the path, from the node on, and return it sorted."""
    group: list[int] = []
    while not group or group[-1] != node:
        group.append(path.pop())
        is_on_path[group[-1]] = False
    return sorted(group)


def reachable(waits: Waits) -> list[int]:
    """Return for each node the mask of all that it waits for; in a circle with the node itself."""
    masks = [0] * len(waits)
    for group in components(waits):
        mask = 0
        for node in group:
            for other in waits[node]:
                mask |= masks[other] | 1 << other
        for node in group:
            masks[node] = mask
    return masks


def shortest(waits: Waits, start: int, end: int, within: Collection[int]) -> list[int]:
    """Find a shortest path from waiting node to waited-for node; empty if there is none."""
    came_from = {start: -1}
    todo = deque([start])
    while todo and end not in came_from:
        node = todo.popleft()
        for other in waits[node]:
            if other not in came_from and other in within:
                came_from[other] = node
                todo.append(other)
    if end not in came_from:
        return []
    path = [end]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]


def chains(after: Sequence[int], same_owner: Sequence[int]) -> list[list[int]]:
    """Cover all nodes by the fewest chains, with as many links within an owner as possible.

    By Dilworth and Fulkerson, a cover by the fewest chains is a maximum matching of nodes with
    nodes that come after them. Of those, this finds one of least cost, where a link costs 0
    within an owner and 1 otherwise: both numbers are exact, whatever the order of the nodes.
    Only if that takes too many steps (a chain of thousands in which owners take turns) is the
    matching completed at any cost; it still has the fewest chains.

    Args:
        after: for each node the mask of those that come after it, directly or not.
        same_owner: for each node the mask of those of its owner.
    """
    matching = _Matching(after, same_owner)
    matching.complete()
    cover = []
    for head, before in enumerate(matching.before):
        if before >= 0:
            continue
        chain = [head]
        while (node := matching.next[chain[-1]]) >= 0:
            chain.append(node)
        cover.append(chain)
    return sorted(cover, key=min)


class _Matching:
    """Links from a node to the next one of its chain, of least cost by the primal-dual method.

    Each node has a price as the start of a link and a discount as the end of one. Price minus
    discount never exceeds the cost of a link, and links are made only where it equals the cost:
    then no matching with as many links is cheaper. Plain matching that merely prefers the owner
    loses links within an owner in 2 of 100 small plans.
    """

    def __init__(self, after: Sequence[int], same_owner: Sequence[int]) -> None:
        self._within = [mask & own for mask, own in zip(after, same_owner, strict=True)]
        self._across = [mask & ~own for mask, own in zip(after, same_owner, strict=True)]
        self._starts = [node for node, mask in enumerate(after) if mask]
        self._price = [0] * len(after)
        self._all = (1 << len(after)) - 1
        self._discounts = {0: self._all}  # by discount: the mask of the ends that have it
        self._free = self._all  # the ends without a link
        self._steps = 0
        self._ignores_cost = False
        self.next = [-1] * len(after)
        self.before = [-1] * len(after)

    def complete(self) -> None:
        """Make links until no more can be made."""
        while True:
            has_grown, unseen = self._grow()
            if not has_grown and (self._ignores_cost or not self._raise_prices(unseen)):
                return
            self._ignores_cost = self._steps > _MOST_STEPS

    def _grow(self) -> tuple[bool, int]:
        """Search an augmenting path from each free start; return also the ends not reached."""
        has_grown = False
        unseen = self._all
        for root in self._starts:
            if self.next[root] >= 0:
                continue
            starts, ends = [root], list[int]()
            while starts:
                self._steps += 1
                candidates = self._affordable(starts[-1]) & unseen
                if not candidates:
                    starts.pop()
                    ends = ends[:-1]
                    continue
                free = candidates & self._free
                end = (free or candidates) & -(free or candidates)  # the lowest bit
                unseen ^= end
                ends.append(end.bit_length() - 1)
                if free:
                    self._free ^= end
                    for start, node in zip(starts, ends, strict=True):
                        self.next[start], self.before[node] = node, start
                    has_grown = True
                    break
                starts.append(self.before[ends[-1]])
        return has_grown, unseen

    def _affordable(self, start: int) -> int:
        """Return the ends that a start may be linked to at its price."""
        if self._ignores_cost:
            return self._within[start] | self._across[start]
        price = self._price[start]
        within = self._within[start] & self._discounts.get(price, 0)
        return within | self._across[start] & self._discounts.get(price - 1, 0)

    def _raise_prices(self, unseen: int) -> bool:
        """Raise by 1 the prices and discounts that were reached; False if no end is left."""
        seen = self._all & ~unseen
        starts = [node for node in self._starts if self.next[node] < 0]
        starts += [self.before[end] for end in bits(seen)]
        if not any((self._within[node] | self._across[node]) & unseen for node in starts):
            return False
        for node in starts:
            self._price[node] += 1
        for discount in sorted(self._discounts, reverse=True):
            moved = self._discounts[discount] & seen
            self._discounts[discount] &= unseen
            self._discounts[discount + 1] = self._discounts.get(discount + 1, 0) | moved
        return True
