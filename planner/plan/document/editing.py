"""Sets a word in a plan file, and changes no other byte."""

import re
from typing import Any, Final

from planner.plan.document.nodes import Mapping, Node, Scalar, Sequence, plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import end_of_scalar, read_document

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BLOCK: Final = "|>"  # how a block scalar starts
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def set_word(content: bytes, route: tuple[str | int, ...], key: str, word: str) -> bytes | None:
    """Return a plan file in which a mapping has a key with this word.

    What is returned has been read again: nothing else is different. None where the file is written
    in a form in which the word cannot be set that way.

    Args:
        content: a file that `read_document` reads.
        route: the keys and indices that lead to the mapping, which has an `id`.
        word: a text that needs no quotes in YAML.
    """
    root = _read(content)
    mapping = _at(root, route)
    if not isinstance(mapping, Mapping):
        return None
    wanted = plain(root) if root else None
    _at_plain(wanted, route)[key] = word
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
    text = content.removeprefix(mark).decode()
    edited = mark + _edited(text, mapping, key, word).encode()
    after = _read(edited)
    return edited if after is not None and plain(after) == wanted else None


def _read(content: bytes) -> Node | None:
    problems = Problems("")
    root = read_document(content, problems)
    return None if problems.diagnostics else root


def _at(node: Node | None, route: tuple[str | int, ...]) -> Node | None:
    for step in route:
        if isinstance(node, Mapping) and isinstance(step, str):
            node = node.items.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
    return node


def _at_plain(value: Any, route: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
    for step in route:
        value = value[step]
    return value


def _edited(text: str, mapping: Mapping, key: str, word: str) -> str:
    """Replace the value of the key, or add the key behind the title or the id."""
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column - 1

    def ends(node: Scalar) -> int:
        start, end = offset(*_place(node)), offset(*end_of_scalar(text, *_place(node)))
        return start + len(text[start:end].rstrip()) if text[start] in _BLOCK else end

    present = mapping.items.get(key)
    if isinstance(present, Scalar):
        start, end = offset(*_place(present)), ends(present)
        if text[start] in _BLOCK:
            start = max(start, end - len(present.text))
        return text[:start] + word + text[end:]
    at = ends(_first(text, mapping))
    opening = text[offset(*_place(mapping))]
    if opening == "{":
        return f"{text[:at]}, {key}: {word}{text[at:]}"
    keys = [mapping] if opening == "?" else mapping.keys.values()
    indent = " " * (min(one.column for one in keys) - 1)
    found = _BREAK.search(text, at)
    if found is None:
        last = _BREAK.search(text)
        return f"{text}{last[0] if last else chr(10)}{indent}{key}: {word}"
    return f"{text[: found.end()]}{indent}{key}: {word}{found[0]}{text[found.end() :]}"


def _place(node: Node) -> tuple[int, int]:
    return node.line, node.column


def _first(text: str, mapping: Mapping) -> Scalar:
    """The title, if it is on one line, else the id."""
    title = mapping.items.get("title")
    if isinstance(title, Scalar) and end_of_scalar(text, *_place(title))[0] == title.line:
        return title
    found = (value for name, value in mapping.items.items() if name == "id")
    return next(value for value in found if isinstance(value, Scalar))
