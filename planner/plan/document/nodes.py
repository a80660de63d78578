"""What a YAML file says, as values that know their line and column."""

from typing import Any, NamedTuple

from planner.diagnostic import Location

Value = str | int | float | bool | None


class Scalar(NamedTuple):
    """A scalar. `value` is what YAML 1.2's core schema makes of the `text` that stands there."""

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
    """A mapping from text keys, in the order of the file. `keys` are the key's own places."""

    items: "dict[str, Node]"
    keys: dict[str, Scalar]
    line: int
    column: int


class Hole(NamedTuple):
    """Where something stood that was reported already; reading goes on around it."""

    line: int
    column: int


Node = Scalar | Sequence | Mapping | Hole


def plain(node: Node) -> Any:  # noqa: ANN401 - JSON
    """The node as JSON would hold it: dict, list, str, int, float, bool or None."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def locate(path: str, node: Node, *route: str | int) -> Location:
    """The place that a route of keys and indices leads to, or the last that is there on the way.

    A key leads to its value; a key whose value is missing to where the mapping starts.
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
