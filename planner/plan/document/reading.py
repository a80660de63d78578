"""YAML whose every key and value knows its line and column; the only module that knows yaml.

A plan is read from the parser's events, strictly: what YAML would quietly turn into something
else (a second key of one name, an anchor, a tag, `no` as false) is reported or stays text.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from planner.diagnostic import Diagnostic, Location, Related
from planner.plan.document import syntax
from planner.plan.document.nodes import Hole, Mapping, Node, Scalar, Sequence, Value
from planner.plan.document.syntax import Lines
from planner.rules import (
    ALIAS,
    ANCHOR,
    CONTROL_CHARACTER,
    DUPLICATE_KEY,
    KEY,
    MERGE_KEY,
    NOT_UTF8,
    SEVERAL_DOCUMENTS,
    TAG,
    TOO_DEEP,
    TOO_LARGE,
    TOO_MANY_MISTAKES,
    TOO_MANY_NODES,
    Rule,
)

LARGEST_BYTES: Final = 2 * 1024 * 1024
DEEPEST: Final = 64
MOST_NODES: Final = 100_000
MOST_DIAGNOSTICS: Final = 10_000
TOO_MANY: Final = (
    f"there are more mistakes than {MOST_DIAGNOSTICS}",
    "mend those that are listed first",
)


class Document(NamedTuple):
    """What a file says, and what is wrong with it as YAML; no root when nothing can be read."""

    root: Node | None
    diagnostics: tuple[Diagnostic, ...]


def read(content: bytes, path: str) -> Document:
    """Read one YAML document; never raises, whatever the bytes.

    A file that is too large, not UTF-8 or no YAML is a document with diagnostics and perhaps
    no root.
    """
    if len(content) > LARGEST_BYTES:
        size = TOO_LARGE.at(
            Location(path),
            f"a plan has at most {LARGEST_BYTES} bytes",
            "split it: one plan per effort, docs/plan/NAME/plan.yaml",
        )
        return Document(None, (size,))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Its offsets are counted from behind a byte order mark.
        rest, at = error.object, error.start
        place = _place(rest[:at].decode(), path)
        message = f"a plan is UTF-8, but here is byte 0x{rest[at]:02x}"
        return Document(None, (NOT_UTF8.at(place, message, "save it as UTF-8"),))
    unseen = _UNREADABLE.search(text)
    if unseen:
        message = f"here is the character U+{ord(unseen[0]):04X}, which YAML keeps out of files"
        hint = "remove it, or write it as an escape within double quotes"
        place = _place(text[: unseen.start()], path)
        return Document(None, (CONTROL_CHARACTER.at(place, message, hint),))
    if "%TAG" in text:
        directive = re.search(r"^%TAG", text, re.MULTILINE)
        if directive:
            # Also because libyaml compares each of them with all others.
            message, hint = "'%TAG' defines YAML tags, which a plan does not use", "remove the line"
            place = _place(text[: directive.start()], path)
            return Document(None, (TAG.at(place, message, hint),))
    reader = _Reader(text, path)
    try:
        root = reader.document()
    except yaml.YAMLError as error:
        return Document(None, (*reader.diagnostics, syntax.explained(error, Lines(text), path)))
    except _TooMuchError:
        root = None
    return Document(root, tuple(reader.diagnostics))


# What YAML keeps out of files, and the line breaks that only YAML 1.1 knew. (The allowed ranges,
# negated, would take 8 ms to compile.)
_UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
)


def _place(before: str, path: str) -> Location:
    """The place behind a text that starts with the file."""
    start = max(before.rfind("\n"), before.rfind("\r")) + 1
    breaks = before.count("\n") + before.count("\r") - before.count("\r\n")
    return Location(path, breaks + 1, len(before) - start + 1)


class _TooMuchError(Exception):
    """The document passed a limit; a diagnostic says which."""


class _Reader:
    """Builds the nodes of one document from its events, and collects what is wrong."""

    def __init__(self, text: str, path: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self._path = path
        self._lines = Lines(text)
        self._count = 0
        self.diagnostics: list[Diagnostic] = []

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._report(
                        event, SEVERAL_DOCUMENTS, "a plan is one document", "remove the '---'"
                    )
                    return root
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event)
        return root

    def _report(
        self,
        event: Any,
        rule: Rule,
        message: str,
        hint: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        if len(self.diagnostics) == MOST_DIAGNOSTICS:
            self.diagnostics.append(TOO_MANY_MISTAKES.at(self._place(event), *TOO_MANY))
            raise _TooMuchError
        self.diagnostics.append(rule.at(self._place(event), message, hint, related=related))

    def _place(self, event: Any) -> Location:
        return Location(self._path, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, first: Any) -> Node:
        """Build the node that starts with `first`: by a stack, so that depth costs no recursion."""
        root = self._open(first)
        stack: list[tuple[Sequence | Mapping, Scalar | Hole | None]] = []
        if isinstance(root, (Sequence, Mapping)):
            stack.append((root, None))
        while stack:
            event = next(self._events)
            container, key = stack[-1]
            if isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                continue
            if isinstance(container, Mapping) and key is None:
                stack[-1] = (container, self._key(event, container))
                continue
            node = self._open(event)
            if isinstance(container, Sequence):
                container.items.append(node)
            else:
                stack[-1] = (container, None)
                if isinstance(key, Scalar):
                    container.items[str(key.value)] = node
                    container.keys[str(key.value)] = key
            if isinstance(node, (Sequence, Mapping)):
                if len(stack) >= DEEPEST:
                    self._report(event, TOO_DEEP, f"a plan nests at most {DEEPEST} levels")
                    raise _TooMuchError
                stack.append((node, None))
        return root

    def _open(self, event: Any) -> Node:
        """The node that an event starts; a list or mapping is still empty."""
        self._counted(event)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        refused = self._refuse(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence([], line, column)
        if isinstance(event, yaml.MappingStartEvent):
            return Mapping({}, {}, line, column)
        if refused or not isinstance(event, yaml.ScalarEvent):
            return Hole(line, column)
        value = event.value if event.style else _core(event.value)
        return Scalar(value, line, column, event.value)

    def _counted(self, event: Any) -> None:
        self._count += 1
        if self._count > MOST_NODES:
            self._report(event, TOO_MANY_NODES, f"a plan has at most {MOST_NODES} values")
            raise _TooMuchError

    def _refuse(self, event: Any) -> bool:
        """Report an anchor, an alias or a tag."""
        if isinstance(event, yaml.AliasEvent):
            name = f"*{event.anchor}"
            self._report(
                event,
                ALIAS,
                f"'{name}' is a YAML alias, which a plan does not use",
                f"for the pattern or text quote it: {self._quoted(event)}",
            )
            return True
        if event.anchor is not None:
            self._report(
                event,
                ANCHOR,
                f"'&{event.anchor}' is a YAML anchor, which a plan does not use",
                "write the value out in each place",
            )
        tag = event.tag if event.tag is not None else ("!" if self._bare_tag(event) else None)
        if tag is not None:
            self._report(
                event,
                TAG,
                f"'{tag.replace('tag:yaml.org,2002:', '!!')}' is a YAML tag, "
                "which a plan does not use",
                f"for the text quote it: {self._quoted(event)}; to take paths away use 'exclude'",
            )
        return event.anchor is not None or tag is not None

    def _bare_tag(self, event: Any) -> bool:
        """Whether the non-specific tag `!` stands here, which the events do not show as a tag."""
        return (
            isinstance(event, yaml.ScalarEvent)
            and not event.style
            and event.implicit == (False, True)
        )

    def _quoted(self, event: Any) -> str:
        mark = event.start_mark
        return syntax.in_quotes(self._lines.at(mark.line, mark.column))

    def _key(self, event: Any, container: Mapping) -> Scalar | Hole:
        """The key that an event names, or a hole for one that cannot be used."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent) or not self._refuse(event):
                self._report(event, KEY, "a key is plain text", "write NAME: VALUE")
            self._skip(event)
            return Hole(line, column)
        self._refuse(event)
        if event.value == "<<" and not event.style:
            self._report(
                event,
                MERGE_KEY,
                "'<<' is a YAML merge key, which a plan does not use",
                "write the keys out",
            )
            return Hole(line, column)
        first = container.keys.get(event.value)
        if first is not None:
            self._report(
                event,
                DUPLICATE_KEY,
                f"the key {event.value!r} stands here a second time",
                "keep one of them",
                (Related(Location(self._path, first.line, first.column), "it stands here first"),),
            )
            return Hole(line, column)
        return Scalar(event.value, line, column, event.value)

    def _skip(self, event: Any) -> None:
        """Read past a node that is of no use."""
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = next(self._events)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            self._counted(event)
            if depth > DEEPEST:
                self._report(event, TOO_DEEP, f"a plan nests at most {DEEPEST} levels")
                raise _TooMuchError


_CORE: Final[dict[str, Value]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})")
_FLOAT: Final = r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_OTHER_BASE: Final = r"0(?:o[0-7]{1,40}|x[0-9a-fA-F]{1,40})"
_NO_NUMBER: Final = r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"


def _core(text: str) -> Value:
    """What YAML 1.2's core schema makes of a plain scalar; `012` and `12:30` stay text."""
    if text in _CORE:
        return _CORE[text]
    if not (text[0].isdigit() or text[0] in "+-.") or len(text) > 400:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if re.fullmatch(_FLOAT, text):
        return float(text)
    if re.fullmatch(_OTHER_BASE, text):
        return int(text, 0)
    return float(text.replace(".", "")) if re.fullmatch(_NO_NUMBER, text) else text
