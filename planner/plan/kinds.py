"""Kinds of values in a plan: each reads a node, and describes itself as JSON Schema.

The parser and the schema share one description, so that they cannot disagree.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final

from planner.plan.document import nodes
from planner.plan.document.nodes import Node, plain
from planner.plan.document.problems import Problems
from planner.plan.document.scalars import in_quotes
from planner.rules import EMPTY_VALUE, WRONG_KIND

MISSING: Final = object()
"""The value of a node that was reported."""


class Kind:
    """A kind of value.

    Attributes:
        says: what is expected: the words after "must be".
        schema: the kind as JSON Schema, draft-07.
    """

    def __init__(self, says: str, schema: dict[str, Any]) -> None:
        self.says = says
        self.schema = schema

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the value of the node, or report that it is of another kind: `MISSING`.

        Args:
            what: the name of the value in messages, such as "'title' of a slice".
        """
        value = self._value(node.value) if isinstance(node, nodes.Scalar) else MISSING
        return self._wrong(node, what, problems) if value is MISSING else value

    def _value(self, value: nodes.Value) -> Any:
        """Return the value of a scalar, `MISSING` if it is of another kind."""
        raise NotImplementedError

    def _wrong(self, node: Node, what: str, problems: Problems, hint: str = "") -> Any:
        if not isinstance(node, nodes.Unreadable):
            message = f"{what} must be {self.says}, not {_describe(node)}"
            problems.report(node, WRONG_KIND, message, hint)
        return MISSING


def _describe(node: Node) -> str:
    if isinstance(node, nodes.Mapping):
        return "a mapping"
    if isinstance(node, nodes.Sequence):
        return "a list"
    value = plain(node)
    if value is None:
        return "null"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    return str(value).lower() if isinstance(value, bool) else str(value)


Make = Callable[[str, Node, str, Problems], Any]
Hint = Callable[[str], str]


class Text(Kind):
    """Text that is not blank. A number or a boolean is text only in quotes.

    Args:
        form: a regular expression for the whole text, in the syntax that Python and ECMAScript
            share.
        says: what is expected, in words.
        make: makes the value of a text of that form, from it and the arguments of `read`.
        hint: says what to write for a text of another form.
    """

    def __init__(
        self,
        form: str = "",
        says: str = "text",
        make: Make | None = None,
        hint: Hint = lambda _text: "",
    ) -> None:
        # Python's `$` also matches before a final newline; the look-ahead rules that out.
        pattern = f"^(?:{form})$(?!\\n)" if form else "\\S"
        super().__init__(says, {"type": "string", "pattern": pattern})
        self._form = form
        self._make = make
        self._hint = hint

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the text, or what `make` makes of it."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if not isinstance(value, str):
            hint = ""
            if isinstance(node, nodes.Scalar) and value is not None:
                is_form = not self._form or re.fullmatch(self._form, node.text)
                quote = f"to make it text, quote it: {in_quotes(node.text)}"
                hint = quote if is_form else self._hint(node.text)
            return self._wrong(node, what, problems, hint)
        if not value.strip():
            problems.report(node, EMPTY_VALUE, f"{what} is empty", f"write {self.says}")
            return MISSING
        if self._form and not re.fullmatch(self._form, value):
            return self._wrong(node, what, problems, self._hint(value))
        return self._make(value, node, what, problems) if self._make else value


class Choice(Kind):
    """One of a few words; `hint` says what to write for others."""

    def __init__(self, *words: str, hint: Hint = lambda _text: "") -> None:
        *others, last = map(repr, words)
        super().__init__(f"{', '.join(others)} or {last}", {"enum": list(words)})
        self._words = words
        self._hint = hint

    def read(self, node: Node, what: str, problems: Problems) -> Any:
        """Return the word."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if value in self._words:
            return value
        hint = self._hint(node.text) if isinstance(node, nodes.Scalar) else ""
        if not hint and isinstance(value, str):
            hint = problems.nearest(value, self._words)
        return self._wrong(node, what, problems, hint)


class Flag(Kind):
    """True or false."""

    def __init__(self) -> None:
        super().__init__("true or false", {"type": "boolean"})

    def _value(self, value: nodes.Value) -> Any:
        return value if isinstance(value, bool) else MISSING


class Number(Kind):
    """A number within bounds."""

    def __init__(self, least: int = 0, most: float = math.inf, *, is_whole: bool = True) -> None:
        says = f"a {'whole ' * is_whole}number from {least}"
        schema: dict[str, Any] = {"type": "integer" if is_whole else "number", "minimum": least}
        if most < math.inf:
            says += f" to {most}"
            schema["maximum"] = most
        super().__init__(str(least) if least == most else says, schema)
        self._least = least
        self._most = most
        self._is_whole = is_whole

    def _value(self, value: nodes.Value) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return MISSING
        if not self._least <= value <= self._most or (self._is_whole and value % 1):
            return MISSING
        return int(value) if self._is_whole else value  # JSON Schema takes 2.0 for an integer
