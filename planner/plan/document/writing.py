"""Writes YAML for a plan that a program made, in the style of the examples.

Short lists and records are in flow style, all else in block style; a long text is folded. What is
written reads back as the same values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from planner.characters import NOT_SHOWN
from planner.plan.document.scalars import quoted

_WIDTH: Final = 100


class Commented(NamedTuple):
    """A value of a mapping or list with a comment in the lines above it."""

    value: object
    comment: str


def write_document(values: Mapping[str, object], *, comment: str = "") -> str:
    """Return a mapping as a YAML document.

    Args:
        values: mappings, sequences, texts, numbers, truth values, None and `Commented` values.
        comment: the comment at the top.
    """
    lines = list(_comment(comment, 0))
    is_long = False
    for key, value in values.items():
        entry = list(_mapping({key: value}, 0, is_spaced=True))
        if is_long or (lines and len(entry) > 1):
            lines.append("")
        is_long = len(entry) > 1
        lines += entry
    return "".join(f"{line}\n" for line in (lines if values else [*lines, "{}"]))


def _comment(text: str, indent: int) -> Iterator[str]:
    for line in text.split("\n") if text else ():
        shown = re.sub(f"[{NOT_SHOWN}]", "?", line)
        yield f"{' ' * indent}# {shown}".rstrip()


def _mapping(
    values: Mapping[str, object], indent: int, *, is_spaced: bool = False
) -> Iterator[str]:
    for key, entry in values.items():
        value, comment = entry if isinstance(entry, Commented) else (entry, "")
        yield from _comment(comment, indent)
        yield from _entry(f"{' ' * indent}{quoted(key)}:", value, indent, is_spaced=is_spaced)


def _sequence(values: Sequence[object], indent: int, *, is_spaced: bool) -> Iterator[str]:
    """The entries of a list in block style, those of several lines apart if it is spaced."""
    was_long = False
    for at, entry in enumerate(values):
        value, comment = entry if isinstance(entry, Commented) else (entry, "")
        lines = [*_comment(comment, indent), *_item(value, indent)]
        if is_spaced and at and (was_long or len(lines) > 1):
            yield ""
        was_long = len(lines) > 1
        yield from lines


def _item(value: object, indent: int) -> Iterator[str]:
    """An entry of a list: a mapping in block style starts in the line of its dash."""
    dash = f"{' ' * indent}-"
    if not isinstance(value, Mapping) or _fits(dash, value):
        yield from _entry(dash, value, indent)
        return
    first, *rest = value.items()
    if isinstance(first[1], Commented):
        yield dash
        yield from _mapping(value, indent + 2)
        return
    head, *below = _mapping({first[0]: first[1]}, indent + 2)
    yield f"{dash} {head.lstrip()}"
    yield from below
    yield from _mapping(dict(rest), indent + 2)


def _entry(head: str, value: object, indent: int, *, is_spaced: bool = False) -> Iterator[str]:
    """A key or dash with what follows it."""
    if isinstance(value, str) and (block := _block(head, value)):
        style, *lines = block
        yield f"{head} {style}"
        yield from (f"{' ' * (indent + 2)}{line}" if line else "" for line in lines)
    elif _fits(head, value) or not isinstance(value, (Mapping, list, tuple)):
        yield f"{head} {_flow(value)}"
    elif isinstance(value, Mapping):
        yield head
        yield from _mapping(value, indent + 2)
    else:
        yield head
        yield from _sequence(value, indent + 2, is_spaced=is_spaced)


def _block(head: str, text: str) -> list[str]:
    """The style and the lines of a text that is written below its key; none for another one."""
    body = text.removesuffix("\n")
    if not body or body[0] in " \n" or body[-1] in " \n" or re.search(_NOT_IN_BLOCK, body):
        return []
    if "\n" in body:
        return ["|" if text != body else "|-", *body.split("\n")]
    if text != body or "  " in body or len(head) + len(body) < _WIDTH:
        return []
    lines: list[str] = []
    for word in body.split(" "):
        if lines and len(head) + len(lines[-1]) + len(word) < _WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [">-", *lines]


_NOT_IN_BLOCK: Final = f"[{NOT_SHOWN.replace(chr(10), '')}]"


def _fits(head: str, value: object) -> bool:
    """Whether a list or mapping is short and plain enough for flow style.

    A record of records, such as a slice, is easier to read and to change in block style.
    """
    if not isinstance(value, (Mapping, list, tuple)):
        return False
    inner = list(value.values() if isinstance(value, Mapping) else value)
    if isinstance(value, Mapping):
        # A list within a record may be in flow style as well.
        inner = [each for one in inner for each in (one if type(one) in (list, tuple) else [one])]
    is_flat = not any(isinstance(one, (Mapping, list, tuple, Commented)) for one in inner)
    return not value or (is_flat and len(head) + len(_flow(value)) < _WIDTH)


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quoted(key)}: {_flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
