"""Adds values to a JSON text and takes them out again, and leaves all other bytes as they are.

What was added can be told by its first character: in a list or mapping that was empty before, it
follows the bracket at once; in one that came with it, white space is between them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\r\n]*")


class NotJsonError(ValueError):
    """A text is not JSON as programs write it; the message says why."""


class Item(NamedTuple):
    """A value of a list or mapping: where it starts, with its key, and where its value is."""

    key: str
    start: int
    value: int
    end: int


class Container(NamedTuple):
    """A list or mapping of a text: its items, and where it starts and ends."""

    start: int
    end: int
    items: tuple[Item, ...]

    def item(self, key: str) -> Item | None:
        """Return the item with a key."""
        return next((one for one in self.items if one.key == key), None)


def parse(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return what a text says.

    Raises:
        NotJsonError: it is not JSON, or a mapping has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise NotJsonError("it has too many levels") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"line {error.lineno}: {error.msg}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise NotJsonError(f"the key {twice!r} is there twice")
    return dict(pairs)


def container(text: str, at: int) -> Container:
    """Return the list or mapping that starts at an index, or after the white space there.

    The text is one that `parse` takes.
    """
    start = _skip(text, at)
    closing = "}" if text[start] == "{" else "]"
    items = []
    at = _skip(text, start + 1)
    while text[at] != closing:
        begin, key = at, ""
        if closing == "}":
            key, at = json.JSONDecoder().raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = json.JSONDecoder().raw_decode(text, at)
        items.append(Item(key, begin, at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return Container(start, at + 1, tuple(items))


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def added(text: str, to: Container, value: Any, key: str = "") -> str:  # noqa: ANN401 - JSON
    """Return the text with a value at the end of a list, or of a mapping with its key."""
    shown = f"{json.dumps(key)}: " if key else ""
    if not to.items:
        at = to.start + 1
        return f"{text[:at]}{shown}{_compact(value)}{text[at:]}"
    last = to.items[-1]
    before = text[: to.items[0].start].rpartition("\n")
    indent = before[2]
    end = "\r\n" if before[0].endswith("\r") else "\n"
    if not before[1] or indent.strip():  # it is on one line
        return f"{text[: last.end]}, {shown}{_compact(value)}{text[last.end :]}"
    pretty = json.dumps(value, indent=_unit(text)).replace("\n", f"{end}{indent}")
    return f"{text[: last.end]},{end}{indent}{shown}{pretty}{text[last.end :]}"


def _unit(text: str) -> str:
    """The indentation of one level, as the text has it."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "


def _compact(value: Any) -> str:  # noqa: ANN401 - JSON
    """A value on one line, with white space behind each bracket."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)}: {_compact(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[ " + ", ".join(map(_compact, value)) + " ]"
    return json.dumps(value)


def removed(text: str, of: Container, item: Item) -> str:
    """Return the text without an item of a list or mapping."""
    at = of.items.index(item)
    if at:
        return text[: of.items[at - 1].end] + text[item.end :]
    after = of.items[1].start if len(of.items) > 1 else item.end
    return text[: item.start] + text[after:]


def came_along(text: str, of: Container) -> bool:
    """Return whether a list or mapping with one item was added together with that item."""
    return text[of.start + 1] in " \t\r\n"


def values(text: str, of: Container) -> Iterator[tuple[Item, Any]]:
    """Yield the items of a list or mapping, each with what it says."""
    for item in of.items:
        yield item, json.loads(text[item.value : item.end])
