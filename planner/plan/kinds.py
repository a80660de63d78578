"""The kinds of values that a plan holds: each reads a node, and says itself as JSON Schema.

One description serves the parser and the schema, so that the two cannot disagree.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from planner.diagnostic import Diagnostic, Location
from planner.plan.document import nodes
from planner.plan.document.nodes import Node, plain
from planner.plan.document.reading import MOST_DIAGNOSTICS, TOO_MANY
from planner.rules import (
    CONFLICTING_KEYS,
    EMPTY_VALUE,
    MISSING_KEY,
    TOO_MANY_MISTAKES,
    UNKNOWN_KEY,
    WRONG_KIND,
    Rule,
)

MISSING: Final = object()
"""What a kind gives back for a node that it reported."""


_MOST_SEARCHES: Final = 500  # each takes about a millisecond
_LONGEST: Final = 100


class Reading:
    """One reading of a file: where it is, and what is wrong with it so far."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.diagnostics: list[Diagnostic] = []
        self._searches = _MOST_SEARCHES

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """A hint that names the nearest known word; no more of them than people read."""
        self._searches -= 1
        return nearest(word, known) if self._searches >= 0 and len(word) <= _LONGEST else ""

    def report(self, node: Node, rule: Rule, message: str, hint: str = "") -> None:
        """Note an error at the node; after very many only that there are more."""
        if len(self.diagnostics) > MOST_DIAGNOSTICS:
            return
        place = Location(self.path, node.line, node.column)
        if len(self.diagnostics) == MOST_DIAGNOSTICS:
            rule, (message, hint) = TOO_MANY_MISTAKES, TOO_MANY
        self.diagnostics.append(rule.at(place, message, hint))


class Kind:
    """A kind of value."""

    says: str = ""  # what is expected, as it stands after "is"

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The value of the node, or `MISSING` when it is of another kind, which is reported.

        Args:
            what: the value's name in a message, such as "'title' of a slice".
        """
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The kind as JSON Schema, draft-07."""
        raise NotImplementedError

    def _wrong(self, node: Node, what: str, reading: Reading, hint: str = "") -> Any:
        if not isinstance(node, nodes.Hole):
            reading.report(node, WRONG_KIND, f"{what} is {self.says}, not {_shown(node)}", hint)
        return MISSING


def _shown(node: Node) -> str:
    if isinstance(node, nodes.Mapping):
        return "a mapping"
    if isinstance(node, nodes.Sequence):
        return "a list"
    value = plain(node)
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    return str(value).lower() if isinstance(value, bool) else str(value)


class Text(Kind):
    """Text with something in it. A number or a truth value is no text, unless it is quoted.

    Args:
        form: a regular expression for the whole text, in what Python and ECMAScript share.
        says: what is expected, for people.
    """

    def __init__(self, form: str = "", says: str = "text") -> None:
        self.says = says
        self._form = form

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The text as written."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if not isinstance(value, str):
            hint = ""
            if isinstance(node, nodes.Scalar) and value is not None:
                hint = f"for the text write '{node.text}', in quotes"
            return self._wrong(node, what, reading, hint)
        if not value.strip():
            reading.report(node, EMPTY_VALUE, f"{what} is empty", f"write {self.says}")
            return MISSING
        if self._form and not re.fullmatch(self._form, value):
            return self._wrong(node, what, reading)
        return value

    def schema(self) -> dict[str, Any]:
        """A string with a character that is no white space."""
        # Python's `$` also matches before a final newline: the look-ahead says what is meant.
        form = f"^(?:{self._form})$(?!\\n)" if self._form else "\\S"
        return {"type": "string", "pattern": form}


class Choice(Kind):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.says = " or ".join(map(repr, words))

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The word."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if value in self._words:
            return value
        near = reading.nearest(value, self._words) if isinstance(value, str) else ""
        return self._wrong(node, what, reading, near)

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self._words)}


class Flag(Kind):
    """True or false."""

    says = "true or false"

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The truth value."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        return value if isinstance(value, bool) else self._wrong(node, what, reading)

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


class Count(Kind):
    """A whole number within bounds."""

    def __init__(self, least: int = 0, most: int | None = None) -> None:
        self._least = least
        self._most = most
        self.says = f"a whole number from {least}" + ("" if most is None else f" to {most}")
        if least == most:
            self.says = str(least)

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The number."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # to JSON Schema 2.0 is an integer
        if not isinstance(value, int) or isinstance(value, bool):
            return self._wrong(node, what, reading)
        if value < self._least or (self._most is not None and value > self._most):
            return self._wrong(node, what, reading)
        return value

    def schema(self) -> dict[str, Any]:
        """An integer."""
        bounds: dict[str, Any] = {"type": "integer", "minimum": self._least}
        return bounds if self._most is None else {**bounds, "maximum": self._most}


class Share(Kind):
    """A number from 0 to 100, in per cent."""

    says = "a number from 0 to 100"

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The number."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
            return self._wrong(node, what, reading)
        return value

    def schema(self) -> dict[str, Any]:
        """A number."""
        return {"type": "number", "minimum": 0, "maximum": 100}


class Items(Kind):
    """A list of values of one kind; what is wrong is left out, and reported."""

    def __init__(self, kind: Kind, *, least: int = 0) -> None:
        self._kind = kind
        self._least = least
        self.says = "a list"

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The values as a tuple, in order."""
        if not isinstance(node, nodes.Sequence):
            return self._wrong(node, what, reading, "write it with '- ' in front, or within [ ]")
        if len(node.items) < self._least:
            reading.report(node, EMPTY_VALUE, f"{what} is empty", "it needs an entry")
        values = (self._kind.read(item, f"an entry of {what}", reading) for item in node.items)
        return tuple(value for value in values if value is not MISSING)

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self._kind.schema(), "minItems": self._least}


class Table(Kind):
    """A mapping with keys of the user's choice, whose order is kept."""

    says = "a mapping"

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The pairs of key and value as a tuple, in order."""
        if not isinstance(node, nodes.Mapping):
            return self._wrong(node, what, reading, "write it as KEY: VALUE")
        pairs = []
        for key, inner in node.items.items():
            if not key.strip():
                reading.report(node.keys[key], EMPTY_VALUE, f"{what} has an empty key")
                continue
            value = self._kind.read(inner, f"{key!r} of {what}", reading)
            if value is not MISSING:
                pairs.append((key, value))
        return tuple(pairs)

    def schema(self) -> dict[str, Any]:
        """An object."""
        return {
            "type": "object",
            "propertyNames": {"pattern": "\\S"},
            "additionalProperties": self._kind.schema(),
        }


class Either(Kind):
    """A value of one of several kinds, told apart by whether it is text, a list or a mapping."""

    def __init__(
        self, *, text: Kind, items: Kind | None = None, record: Kind | None = None
    ) -> None:
        self._text = text
        self._items = items
        self._record = record
        others = [kind.says for kind in (items, record) if kind]
        self.says = " or ".join([text.says, *others])

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The value as its kind reads it."""
        if isinstance(node, nodes.Sequence) and self._items:
            return self._items.read(node, what, reading)
        if isinstance(node, nodes.Mapping) and self._record:
            return self._record.read(node, what, reading)
        if isinstance(node, nodes.Scalar):
            return self._text.read(node, what, reading)
        return self._wrong(node, what, reading)

    def schema(self) -> dict[str, Any]:
        """Any of the kinds."""
        kinds = (self._text, self._items, self._record)
        return {"anyOf": [kind.schema() for kind in kinds if kind]}


class Field(NamedTuple):
    """One key of a record: its kind, and what it is for (shown by editors)."""

    kind: Kind
    description: str
    required: bool = False


Make = Callable[[nodes.Mapping, Mapping[str, Any], Reading], Any]


class Record(Kind):
    """A mapping with known keys.

    Args:
        name: what it is, such as "a slice".
        fields: its keys; the order is that of the messages and the schema.
        make: builds the value from what could be read; a key that is missing or wrong is left out.
        some_of: keys of which at least one must be there.
        one_of: keys of which exactly one must be there.
    """

    def __init__(
        self,
        name: str,
        fields: Mapping[str, Field],
        make: Make,
        *,
        some_of: tuple[str, ...] = (),
        one_of: tuple[str, ...] = (),
    ) -> None:
        self._name = name
        self._fields = fields
        self._make = make
        self._some_of = some_of
        self._one_of = one_of
        self._its_keys = f"its keys are {', '.join(fields)}"
        self.says = "a mapping"

    def read(self, node: Node, what: str, reading: Reading) -> Any:
        """The value that `make` builds."""
        if not isinstance(node, nodes.Mapping):
            return self._wrong(node, what, reading, f"write the keys of {self._name}")
        for key in node.items:
            if key not in self._fields:
                hint = reading.nearest(key, self._fields) or self._its_keys
                message = f"{self._name} has no key {key!r}"
                reading.report(node.keys[key], UNKNOWN_KEY, message, hint)
        values = {}
        for key, field in self._fields.items():
            inner = node.items.get(key)
            if inner is not None:
                value = field.kind.read(inner, f"{key!r} of {self._name}", reading)
                if value is not MISSING:
                    values[key] = value
            elif field.required:
                reading.report(node, MISSING_KEY, f"{self._name} has no {key!r}", f"add '{key}: …'")
        self._read_groups(node, reading)
        return self._make(node, values, reading)

    def _read_groups(self, node: nodes.Mapping, reading: Reading) -> None:
        for keys, is_enough in ((self._some_of, False), (self._one_of, True)):
            present = [key for key in keys if key in node.items]
            named = " or ".join(map(repr, keys))
            if keys and not present:
                reading.report(node, MISSING_KEY, f"{self._name} has no {named}", "add it")
            elif is_enough and len(present) > 1:
                reading.report(
                    node.keys[present[1]], CONFLICTING_KEYS, f"{self._name} has {named}, not both"
                )

    def schema(self) -> dict[str, Any]:
        """An object that takes no other keys."""
        properties = {
            key: {"description": field.description, **field.kind.schema()}
            for key, field in self._fields.items()
        }
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
        }
        required = [key for key, field in self._fields.items() if field.required]
        if required:
            schema["required"] = required
        if self._some_of:
            schema["anyOf"] = [{"required": [key]} for key in self._some_of]
        if self._one_of:
            schema["oneOf"] = [{"required": [key]} for key in self._one_of]
        return schema


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or nothing when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
