"""The nodes of a YAML file, each with its line and column, both from 1."""

from typing import Any, Final, NamedTuple

from planner.diagnostic import Location

# Limits of a file, so that reading one takes seconds at most.
LARGEST_BYTES: Final = 2 * 1024 * 1024
DEEPEST: Final = 64
MOST_NODES: Final = 100_000

Value = str | int | float | bool | None


class Scalar(NamedTuple):
    """A scalar. `value` is what YAML 1.2's core schema makes of the `text` in the file."""

    value: Value
    line: int
    column: int
    text: str = ""


class Sequence(NamedTuple):
    """A list."""

    items: "list[Node]"
    line: int
    column: int


class Mapping(NamedTuple):
    """A mapping from text keys, in the order of the file. `keys` has the place of each key."""

    items: "dict[str, Node]"
    keys: dict[str, Scalar]
    line: int
    column: int


class Unreadable(NamedTuple):
    """The place of a node that was reported and skipped."""

    line: int
    column: int


Node = Scalar | Sequence | Mapping | Unreadable


def plain(node: Node) -> Any:  # noqa: ANN401 - JSON
    """Return the node as data of JSON: dict, list, str, int, float, bool or None."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def locate(path: str, node: Node, *route: str | int) -> Location:
    """Return the place of the node that a route of keys and indices leads to.

    If the route leads nowhere, the place is that of the last node on the way.
    """
    for step in route:
        inner: Node | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            inner = node.items.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            inner = node.items[step]
        if inner is None:
            break
        node = inner
    return Location(path, node.line, node.column)
