"""Streams: tasks that one worker can do in a row."""

from collections.abc import Sequence
from typing import NamedTuple

from planner import graph
from planner.schedule.order import Network


class Stream(NamedTuple):
    """Tasks that one worker can do in a row; `owner` is the only one that its tasks have, or empty.

    Tasks without owner do not count.
    """

    id: int
    tasks: tuple[str, ...]
    owner: str


def find_streams(
    network: Network, waits: graph.Waits, owners: Sequence[str]
) -> tuple[tuple[Stream, ...], list[int]]:
    """Return the streams, by their first tasks in the plan, and the stream of each task; 0: none.

    Args:
        waits: what the nodes of the network wait for, without circles.
        owners: of the tasks.
    """
    # Tasks without an owner do not count as having the same owner: otherwise they would be joined
    # before tasks that do.
    owned = {**graph.masks(owners), "": 0}
    tasks = (1 << len(owners)) - 1
    after = [mask & tasks for mask in graph.reachable(graph.followers(waits))[: len(owners)]]
    streams: list[Stream] = []
    stream_of = [0] * len(owners)
    for chain in graph.chains(after, [owned[owner] for owner in owners]):
        if not network.tasks[chain[0]][0].is_open:
            continue
        workers = {owners[node] for node in chain} - {""}
        ids = tuple(map(network.id_of, chain))
        streams.append(Stream(len(streams) + 1, ids, workers.pop() if len(workers) == 1 else ""))
        for node in chain:
            stream_of[node] = len(streams)
    return tuple(streams), stream_of
