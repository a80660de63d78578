# ruff: noqa: ANN401 - a kind reads values of any type
"""Kinds of values that contain others: lists, mappings, and a choice between kinds."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from planner.plan.document import nodes
from planner.plan.document.nodes import Node
from planner.plan.document.problems import Problems
from planner.plan.kinds import MISSING, Kind
from planner.rules import CONFLICTING_KEYS, EMPTY_VALUE, MISSING_KEY, UNKNOWN_KEY


class Items(Kind):
    """A list of values of one kind; entries that are wrong are reported and left out."""

    def __init__(self, kind: Kind, *, least: int = 0) -> None:
        schema = {"type": "array", "items": kind.schema, "minItems": least}
        super().__init__("a list", schema)
        self.kind = kind
        self._least = least

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the values as a tuple."""
        if not isinstance(node, nodes.Sequence):
            hint = "write each entry as '- ENTRY', or all as [ENTRY, ENTRY]"
            return self._wrong(node, what, problems, hint)
        if len(node.items) < self._least:
            problems.report(node, EMPTY_VALUE, f"{what} is empty", "add an entry")
        values = (self.kind.read(item, f"an entry of {what}", problems) for item in node.items)
        return tuple(value for value in values if value is not MISSING)


class Table(Kind):
    """A mapping with any keys, whose order is kept."""

    def __init__(self, kind: Kind, *, may_have_blank_key: bool = False) -> None:
        schema = {"type": "object", "additionalProperties": kind.schema}
        if not may_have_blank_key:
            schema["propertyNames"] = {"pattern": "\\S"}
        super().__init__("a mapping", schema)
        self.kind = kind
        self._may_have_blank_key = may_have_blank_key

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return pairs of key and value as a tuple."""
        if not isinstance(node, nodes.Mapping):
            return self._wrong(node, what, problems, "write it as KEY: VALUE")
        pairs = []
        for key, inner in node.items.items():
            if not key.strip() and not self._may_have_blank_key:
                problems.report(node.keys[key], EMPTY_VALUE, f"{what} has an empty key")
                continue
            value = self.kind.read(inner, f"{key!r} of {what}", problems)
            if value is not MISSING:
                pairs.append((key, value))
        return tuple(pairs)


class Either(Kind):
    """A value of one of several kinds: text, a list or a mapping, whichever the node is."""

    def __init__(
        self, *, text: Kind, items: Kind | None = None, mapping: Kind | None = None
    ) -> None:
        by_node = {nodes.Scalar: text, nodes.Sequence: items, nodes.Mapping: mapping}
        kinds = [kind for kind in by_node.values() if kind]
        says = " or ".join(kind.says for kind in kinds)
        super().__init__(says, {"anyOf": [kind.schema for kind in kinds]})
        self.by_node: Mapping[type, Kind | None] = by_node

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return what the kind for this node reads."""
        kind = self.by_node.get(type(node))
        return (kind.read if kind else self._wrong)(node, what, problems)


class Key(NamedTuple):
    """A key of a mapping: the kind of its value, and a description that editors show."""

    kind: Kind
    description: str
    required: bool = False


Make = Callable[[nodes.Mapping, Mapping[str, Any], Problems], Any]


class Struct(Kind):
    """A mapping with known keys.

    Args:
        name: its name in messages, such as "a slice".
        keys: its keys, in the order of messages and schema.
        make: builds the value from what could be read; keys that are missing or wrong are left out.
        some_of: keys of which at least one is required.
        one_of: keys of which exactly one is required.
    """

    def __init__(
        self,
        name: str,
        keys: Mapping[str, Key],
        make: Make,
        *,
        some_of: tuple[str, ...] = (),
        one_of: tuple[str, ...] = (),
    ) -> None:
        super().__init__("a mapping", _schema(keys, some_of, one_of))
        self.name = name
        self.keys = keys
        self._what = {key: f"{key!r} of {name}" for key in keys}
        self._required = [key for key, value in keys.items() if value.required]
        self._make = make
        self.some_of = some_of
        self.one_of = one_of

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the value that `make` builds."""
        if not isinstance(node, nodes.Mapping):
            return self._wrong(node, what, problems, f"write the keys of {self.name}")
        values = {}
        for name, inner in node.items.items():
            key = self.keys.get(name)
            if key is None:
                self._report_unknown(name, node, problems)
                continue
            value = key.kind.read(inner, self._what[name], problems)
            if value is not MISSING:
                values[name] = value
        for name in self._required:
            if name not in node.items:
                message = f"{self.name} must have {name!r}"
                problems.report(node, MISSING_KEY, message, f"add '{name}: …'")
        if self.some_of or self.one_of:
            self._check_groups(node, problems)
        return self._make(node, values, problems)

    def _report_unknown(self, name: str, node: nodes.Mapping, problems: Problems) -> None:
        hint = problems.nearest(name, self.keys) or f"its keys are {', '.join(self.keys)}"
        verb = "have" if self.name.endswith("s") else "has"  # the limits
        message = f"{self.name} {verb} no key {name!r}"
        problems.report(node.keys[name], UNKNOWN_KEY, message, hint)

    def _check_groups(self, node: nodes.Mapping, problems: Problems) -> None:
        for names, is_enough in ((self.some_of, False), (self.one_of, True)):
            present = [name for name in names if name in node.items]
            message = f"{self.name} must have {' or '.join(map(repr, names))}"
            if names and not present:
                problems.report(node, MISSING_KEY, message, "add one of them")
            elif is_enough and len(present) > 1:
                place = node.keys[present[1]]
                problems.report(
                    place, CONFLICTING_KEYS, f"{message}, not both", "remove one of them"
                )


def _schema(
    keys: Mapping[str, Key], some_of: tuple[str, ...], one_of: tuple[str, ...]
) -> dict[str, Any]:
    """Return the schema of an object that has no other keys."""
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": key.description, **key.kind.schema} for name, key in keys.items()
        },
    }
    required = [name for name, key in keys.items() if key.required]
    if required:
        schema["required"] = required
    for word, names in (("anyOf", some_of), ("oneOf", one_of)):
        if names:
            # Ajv's strict mode, which SchemaStore uses, wants what is required listed beside it.
            schema[word] = [{"properties": {name: {}}, "required": [name]} for name in names]
    return schema
