"""Takes groups apart that only hang together by files with pieces for several of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from planner.slicing.grouping.affinity import LEAST, OTHERWISE, is_one
from planner.slicing.grouping.linkage import Linkage, Pair
from planner.slicing.hunks.division import Division


def taken_apart(
    division: Division, members: Sequence[int], links: Iterable[Pair]
) -> list[list[int]]:
    """Return the groups that the items of a group fall into, each and all by the first item.

    The pieces of a file count as items that have nothing in common with each other. The file goes
    where most of its changed lines are.

    Args:
        links: pairs of items that stay together.
    """
    piece_of = {number: item for item in members for number in division.pieces(item)}
    known = {item: division.pieces(item) or [item] for item in members}
    nodes = [number for item in members for number in known[item]]
    at = {number: place for place, number in enumerate(nodes)}
    close = {
        (at[first], at[second]): value
        for first, second, value in division.pairs(nodes)
        if piece_of.get(first, -1) != piece_of.get(second, -2)
    }
    sources = [at[number] for number in nodes if division.is_source(number)]
    linkage = Linkage(len(nodes), close, OTHERWISE, sources)
    largest = {item: max(some, key=division.lines) for item, some in known.items()}
    for first, second in links:
        if first in largest and second in largest:
            linkage.join_items(at[largest[first]], at[largest[second]])
    linkage.join_likely(LEAST, is_one)
    homes = _homes(known, {number: linkage.group_of(at[number]) for number in nodes}, division)
    found: dict[int, list[int]] = defaultdict(list)
    for item in members:
        found[homes[item]].append(item)
    return sorted(map(sorted, found.values()))


def _homes(
    known: Mapping[int, Sequence[int]], group_of: Mapping[int, int], division: Division
) -> dict[int, int]:
    """The group that has most of each item."""
    homes = {}
    for item, numbers in known.items():
        lines: Counter[int] = Counter()
        for number in numbers:
            lines[group_of[number]] += division.lines(number)
        homes[item] = max(lines, key=lambda group: (lines[group], -group))
    return homes
