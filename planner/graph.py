"""Graphs of numbered nodes: orders, circles, reachability, and the fewest chains.

`waits[node]` lists the nodes that a node waits for. A set of nodes is an integer of bits (a
mask), so that one operation handles a thousand nodes; nothing here recurses.
"""

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import compress
from operator import or_
from typing import Final, TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Waits = Sequence[Collection[int]]

_FLAGS: Final = bytes.maketrans(b"01", b"\0\1")
_DENSE: Final = 40  # removing one node from a mask costs as much as scanning this many
_MOST_STEPS: Final = 200_000  # for the best chains; counted, so that all machines answer the same


def bits(mask: int) -> list[int]:
    """List the nodes of a mask, in order."""
    return list(select(range(mask.bit_length()), mask))


def select(items: Sequence[Item], mask: int) -> Iterable[Item]:
    """Return the items of the nodes of a mask, in order."""
    if mask.bit_count() * _DENSE >= mask.bit_length():
        # bin() writes "0b", then the highest node first: read backwards, up to the "b".
        return compress(items, bin(mask)[:1:-1].encode().translate(_FLAGS))
    selected = []
    while mask:
        lowest = mask & -mask
        selected.append(items[lowest.bit_length() - 1])
        mask ^= lowest
    return selected


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


def tied(nodes: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups that pairs of the nodes 0 … n-1 tie, each and all of them in order."""
    waits: list[list[int]] = [[] for _ in range(nodes)]
    for first, second in pairs:
        waits[first].append(second)
        waits[second].append(first)
    return sorted(sorted(group) for group in components(waits))


def components(waits: Waits) -> list[list[int]]:
    """Group the nodes: two are in one group if each waits for the other, directly or not.

    A group comes after those that it waits for. Tarjan's algorithm, with a stack.
    """
    groups: list[list[int]] = []
    path: list[int] = []
    # By node: the first place in `path` that it leads to. -1: not visited; beyond all: in a group.
    low = [-1] * len(waits)
    for root in range(len(waits)):
        todo = [(root, iter(waits[root]))] if low[root] < 0 else []
        while todo:
            node, rest = todo[-1]
            if low[node] < 0:
                low[node] = len(path)
                path.append(node)
            for other in rest:
                if low[other] < 0:
                    todo.append((other, iter(waits[other])))
                    break
                low[node] = min(low[node], low[other])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
                first = low[node]
                if path[first] == node:
                    groups.append(sorted(path[first:]))
                    del path[first:]
                    for member in groups[-1]:
                        low[member] = len(waits)
    return groups


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
        same_owner: for each node the mask of those of its owner; 0 if it has none.
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
        self._after = after
        self._same_owner = same_owner
        self._starts = [node for node, mask in enumerate(after) if mask]
        self._price = [0] * len(after)
        self._all = (1 << len(after)) - 1
        self._discounted = [0, self._all]  # by discount, from -1: the ends that have it
        self._free = self._all  # the ends without a link
        self._unseen = self._all  # the ends that the last search did not reach
        self._steps = 0
        self._ignores_cost = False
        self.next = [-1] * len(after)
        self.before = [-1] * len(after)

    def complete(self) -> None:
        """Make links until no more can be made."""
        while self._grow() or self._raise_prices():
            self._ignores_cost = self._steps > _MOST_STEPS

    def _grow(self) -> bool:
        """Search an augmenting path from each free start; return whether there is one."""
        self._unseen = self._all
        grown = [self._augment(root) for root in self._starts if self.next[root] < 0]
        return any(grown)

    def _augment(self, root: int) -> bool:
        starts, ends = [root], list[int]()
        while starts:
            self._steps += 1
            candidates = self._affordable(starts[-1]) & self._unseen
            if not candidates:
                starts.pop()
                del ends[-1:]
                continue
            free = candidates & self._free
            end = (free or candidates) & -(free or candidates)  # the lowest bit
            self._unseen ^= end
            ends.append(end.bit_length() - 1)
            if free:
                self._free ^= end
                for start, node in zip(starts, ends, strict=True):
                    self.next[start], self.before[node] = node, start
                return True
            starts.append(self.before[ends[-1]])
        return False

    def _affordable(self, start: int) -> int:
        """Return the ends that a start may be linked to at its price."""
        if self._ignores_cost:
            return self._after[start]
        price = self._price[start]
        less, equal = self._discounted[price : price + 2]
        same_owner = self._same_owner[start]
        return self._after[start] & (equal & same_owner | less & ~same_owner)

    def _raise_prices(self) -> bool:
        """Raise by 1 the prices and discounts that were reached; False if no end is left."""
        seen = self._all & ~self._unseen
        starts = [node for node in self._starts if self.next[node] < 0]
        starts += [self.before[end] for end in bits(seen)]
        if not any(self._after[node] & self._unseen for node in starts):
            return False
        for node in starts:
            self._price[node] += 1
        kept = [ends & self._unseen for ends in self._discounted]
        raised = [ends & seen for ends in self._discounted]
        self._discounted = list(map(or_, [*kept, 0], [0, *raised]))
        return True
