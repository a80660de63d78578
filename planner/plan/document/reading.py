"""Reading of YAML into nodes that know their line and column; the only module that knows yaml.

A plan is read strictly from the events of the parser. What YAML would silently change is reported
(a duplicate key, an anchor, a tag) or stays text (`no`, which YAML 1.1 reads as false).
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final, NoReturn

import yaml

from planner import rules
from planner.characters import BYTE_ORDER_MARK, CONTROLS, LINE_SEPARATORS, NONCHARACTERS
from planner.diagnostic import Related
from planner.plan.document.nodes import (
    DEEPEST,
    LARGEST_BYTES,
    MOST_NODES,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
)
from planner.plan.document.problems import Problems
from planner.plan.document.scalars import plain_value
from planner.plan.document.syntax import SourceLines, explain, quote_first


def read_document(
    content: bytes, problems: Problems, *, without: Collection[str] = ()
) -> Node | None:
    """Read a file of one YAML document; never raises, whatever the bytes.

    Args:
        without: keys whose values are passed over, wherever they are: each is unreadable.

    Returns:
        The root node; None if the file is empty or cannot be read.
    """
    text = _decode(content, problems)
    if text is None:
        return None
    reader = _Reader(text, problems, without)
    try:
        return reader.read_root()
    except yaml.YAMLError as error:
        line, column, message, hint = explain(error, reader.lines, reader.opened)
        problems.report(Unreadable(line + 1, column + 1), rules.YAML_SYNTAX, message, hint)
    except _LimitExceededError:
        pass
    return None


def end_of_scalar(text: str, line: int, column: int) -> tuple[int, int]:
    """Return line and column, from 1, right after the scalar that starts at a place.

    Raises:
        ValueError: no scalar starts there.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    event: Any
    for event in yaml.parse(text, Loader=loader):
        if type(event) is yaml.ScalarEvent and _mark(event) == (line, column):
            end: Any = event.end_mark
            return end.line + 1, end.column + 1
    raise ValueError(f"no scalar starts at {line}:{column}")


def _decode(content: bytes, problems: Problems) -> str | None:
    """Return the text of a file; None, and a problem, if no plan may have such a text."""
    if len(content) > LARGEST_BYTES:
        message = f"the plan is larger than {LARGEST_BYTES} bytes"
        hint = "split it into several plans: docs/plan/NAME/plan.yaml"
        problems.report(Unreadable(0, 0), rules.TOO_LARGE, message, hint)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts its offsets from after a byte order mark.
        rest, at = error.object, error.start
        message = f"the plan is not UTF-8: byte 0x{rest[at]:02x}"
        problems.report(_end(rest[:at].decode()), rules.NOT_UTF8, message, "save it as UTF-8")
        return None
    if refused := _REFUSED.search(text):
        message = f"the character U+{ord(refused[0]):04X} is not allowed in a plan"
        hint = "remove it, or write it as an escape sequence in double quotes"
        problems.report(_end(text[: refused.start()]), rules.CONTROL_CHARACTER, message, hint)
        return None
    # libyaml compares each directive with all others: quadratic time.
    if "%TAG" in text and (directive := re.search(r"^%TAG", text, re.MULTILINE)):
        message = "'%TAG' is not allowed in a plan"
        problems.report(_end(text[: directive.start()]), rules.TAG, message, "remove the line")
        return None
    return text


# What YAML does not allow, and the line breaks of YAML 1.1. Directions and zero-width characters
# are allowed: titles in Arabic, in Persian and with emoji need them.
_REFUSED: Final = re.compile(f"[{CONTROLS}{LINE_SEPARATORS}{NONCHARACTERS}{BYTE_ORDER_MARK}]")


def _end(before: str) -> Unreadable:
    """Return the place after a text that starts with the file."""
    start = max(before.rfind("\n"), before.rfind("\r")) + 1
    breaks = before.count("\n") + before.count("\r") - before.count("\r\n")
    return Unreadable(breaks + 1, len(before) - start + 1)


def _mark(event: Any) -> Unreadable:
    """Return the place where an event starts."""
    return Unreadable(event.start_mark.line + 1, event.start_mark.column + 1)


def _is_plain_text(event: Any) -> bool:
    """Whether an event is a scalar without an anchor or a tag."""
    return (
        type(event) is yaml.ScalarEvent
        and event.anchor is None
        and event.tag is None
        and not _has_bare_tag(event)
    )


def _has_bare_tag(event: Any) -> bool:
    """Whether the tag of a scalar is the non-specific `!`, which only `implicit` shows."""
    return not event.style and event.implicit == (False, True)


def _scalar(event: Any) -> Scalar:
    mark, text = event.start_mark, event.value
    value = text if event.style else plain_value(text)
    return Scalar(value, mark.line + 1, mark.column + 1, text)


_STARTS: Final = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class _LimitExceededError(Exception):
    """The document exceeds a limit; a problem says which."""


class _Reader:
    """Builds the nodes of one document from its events."""

    def __init__(self, text: str, problems: Problems, without: Collection[str]) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        # yaml.parse() asks before each event whether there is one: a tenth of the time.
        self._events: Iterator[Any] = iter(loader(text).get_event, None)
        self._problems = problems
        self._without = without
        self.lines = SourceLines(text)
        self._count = 0
        self._opened: list[Unreadable] = []

    @property
    def opened(self) -> tuple[int, int]:
        """Line and column, from 0, of the innermost list or mapping that is not finished."""
        line, column = self._opened[-1] if self._opened else (1, 1)
        return line - 1, column - 1

    def read_root(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event)
            elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
                message = "a plan must be a single YAML document"
                self._report(event, rules.SEVERAL_DOCUMENTS, message, "remove the '---'")
                break
        return root

    def _report(self, event: Any, rule: rules.Rule, message: str, hint: str = "") -> None:
        self._problems.report(_mark(event), rule, message, hint)

    def _node(self, event: Any) -> Node:
        """Build the node that starts with an event."""
        self._count += 1
        if self._count > MOST_NODES:
            self._stop(event, rules.TOO_MANY_NODES, f"the plan has more than {MOST_NODES} values")
        if _is_plain_text(event):  # most are: refusing nothing is cheap
            return _scalar(event)
        is_refused = self._refuse(event)
        if isinstance(event, yaml.CollectionStartEvent):
            return self._collection(event)
        return _mark(event) if is_refused else _scalar(event)

    def _collection(self, start: Any) -> Sequence | Mapping:
        """Build a list or a mapping and, by recursion, what is in it: `DEEPEST` is a small number.

        One that an error of libyaml leaves unfinished stays in `_opened`.
        """
        if len(self._opened) >= DEEPEST:
            self._stop(start, rules.TOO_DEEP, f"the plan has more than {DEEPEST} levels")
        self._opened.append(_mark(start))
        read = self._sequence if isinstance(start, yaml.SequenceStartEvent) else self._mapping
        collection = read(_mark(start))
        self._opened.pop()
        return collection

    def _sequence(self, place: Unreadable) -> Sequence:
        items: list[Node] = []
        events, node, end = self._events, self._node, yaml.SequenceEndEvent
        while type(event := next(events)) is not end:
            items.append(node(event))
        return Sequence(items, *place)

    def _mapping(self, place: Unreadable) -> Mapping:
        values: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        mapping = Mapping(values, keys, *place)
        events, node, end = self._events, self._node, yaml.MappingEndEvent
        while type(event := next(events)) is not end:
            key = self._key(event, mapping)
            start = next(events)
            is_skipped = isinstance(key, Scalar) and key.text in self._without
            value = self._passed_over(start) if is_skipped else node(start)
            if isinstance(key, Scalar):
                values[key.text] = value
                keys[key.text] = key
        return mapping

    def _passed_over(self, start: Any) -> Unreadable:
        """Pass over a value, whatever is in it."""
        events, depth, kind = self._events, 0, type(start)
        while True:
            if kind in _STARTS:
                depth += 1
            elif kind in _ENDS:
                depth -= 1
            if not depth:
                return _mark(start)
            kind = type(next(events))

    def _stop(self, event: Any, rule: rules.Rule, message: str) -> NoReturn:
        self._report(event, rule, message)
        raise _LimitExceededError

    def _refuse(self, event: Any) -> bool:
        """Report an anchor, an alias or a tag, and return whether there was one."""
        if isinstance(event, yaml.AliasEvent):
            message = f"YAML aliases such as '*{event.anchor}' are not allowed in a plan"
            hint = f"if it is a pattern or text, quote it: {self._quote(event)}"
            self._report(event, rules.ALIAS, message, hint)
            return True
        if event.anchor is not None:
            message = f"YAML anchors such as '&{event.anchor}' are not allowed in a plan"
            self._report(event, rules.ANCHOR, message, "repeat the value where it is needed")
        is_scalar = isinstance(event, yaml.ScalarEvent)
        tag = "!" if is_scalar and event.tag is None and _has_bare_tag(event) else event.tag
        if tag is not None:
            name = tag.replace("tag:yaml.org,2002:", "!!")
            message = f"YAML tags such as '{name}' are not allowed in a plan"
            hint = f"if it is text, quote it: {self._quote(event)}; to remove paths use 'exclude'"
            self._report(event, rules.TAG, message, hint)
        return event.anchor is not None or tag is not None

    def _quote(self, event: Any) -> str:
        mark = event.start_mark
        return quote_first(self.lines.at(mark.line, mark.column))

    def _key(self, event: Any, container: Mapping) -> Scalar | Unreadable:
        """Return the key that an event is; report one that cannot be used."""
        if _is_plain_text(event) and event.value not in container.keys and event.value != "<<":
            mark, text = event.start_mark, event.value
            return Scalar(text, mark.line + 1, mark.column + 1, text)
        place = _mark(event)
        if not isinstance(event, yaml.ScalarEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                self._report(event, rules.KEY, "a key must be text", "write KEY: VALUE")
            self._node(event)
            return place
        self._refuse(event)
        if event.value == "<<" and not event.style:
            message = "the YAML merge key '<<' is not allowed in a plan"
            self._report(event, rules.MERGE_KEY, message, "write the merged keys here")
            return place
        first = container.keys.get(event.value)
        if first is not None:
            related = Related(self._problems.place(first), "first defined here")
            message, hint = f"duplicate key {event.value!r}", "remove one of them"
            self._problems.report(place, rules.DUPLICATE_KEY, message, hint, related)
            return place
        return Scalar(event.value, *place, event.value)
