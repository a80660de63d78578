"""Rewrites Markdown of the plan in the one spelling that formatters leave alone, and as a part.

Nothing in it can affect the rest of a page: it is read by a parser of its own, and every mark that
is written stands for something that was read. Raw HTML, headings and rules become text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, cast

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode as Node

from planner.render.markdown import (
    cell,
    clean,
    code,
    code_block,
    escape,
    indent,
    item,
    line,
    prose,
    start,
    table,
)

_BOX: Final = re.compile(r"\[[ xX]\](?!\()")
_MERGED: Final = ("bullet_list", "ordered_list", "blockquote")


def block(text: str) -> str:
    """Return Markdown of the plan as blocks that end where it ends."""
    # Markdown that shows nothing, such as the definition of a link, is shown as text.
    return _blocks(_read(clean(text)).children) or item(text)


def with_label(label: str, text: str) -> str:
    """Return Markdown of the plan after its label, as the content of a list item."""
    if not is_one_paragraph(text):
        return indent(f"**{label}**:\n\n{block(text)}")
    nodes = _read(clean(text)).children
    if not _blocks(nodes):
        return f"**{label}**: {line(text)}"
    first, *rows = _inline(nodes[0].children[0]).split("\n")
    return "\n  ".join([f"**{label}**: {first.strip()}", *(_row(row.strip()) for row in rows)])


def is_one_paragraph(text: str) -> bool:
    """Whether Markdown of the plan is a single paragraph."""
    nodes = _read(clean(text)).children
    return [node.type for node in nodes] == ["paragraph"] or not _blocks(nodes)


class _Parser(MarkdownIt):
    """CommonMark with tables and strikethrough, without raw HTML, and with links as written."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        return url


@lru_cache(maxsize=32)  # what is asked of a text is asked several times in a row
def _read(text: str) -> Node:
    return Node(_parser().parse(text))


@cache
def _parser() -> MarkdownIt:
    return _Parser("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _blocks(nodes: Sequence[Node], *, is_tight: bool = False) -> str:
    texts = [_BLOCKS[kind](group) for kind, group in _groups(nodes)]
    return ("\n" if is_tight else "\n\n").join(filter(None, texts))


def _groups(nodes: Sequence[Node]) -> Iterator[tuple[str, list[Node]]]:
    """Yield each block; lists and quotes that follow one another are one, as they will be read."""
    group: list[Node] = []
    for node in nodes:
        if group and (node.type != group[0].type or node.type not in _MERGED):
            yield group[0].type, group
            group = []
        group.append(node)
    if group:
        yield group[0].type, group


def _paragraph(group: list[Node]) -> str:
    paragraph = group[0]
    rows = [row.strip() for row in _inline(paragraph.children[0]).split("\n")]
    is_item = (
        paragraph.previous_sibling is None
        and paragraph.parent
        and paragraph.parent.type == "list_item"
    )
    first = [start(rows[0])] if is_item else []  # which may have a box to tick
    return "\n".join([*first, *map(_row, rows[len(first) :])])


def _row(text: str) -> str:
    if _BOX.match(text):
        return text.replace("[", "\\[", 1).replace("]", "\\]", 1)
    # Such a row could be read as the rule below the head of a table.
    is_rule = "|" in text and not text.strip("|-: ")
    return text.replace("-", "\\-", 1) if is_rule else start(text)


def _heading(group: list[Node]) -> str:
    text = " ".join(_inline(group[0].children[0]).split("\n")) if group[0].children else ""
    return f"\\{'#' * int(group[0].tag[1:])} {text}".rstrip()


def _bullets(group: list[Node]) -> str:
    return _items(group, lambda number: "-")


def _numbers(group: list[Node]) -> str:
    first = int(group[0].attrs.get("start", 1))
    # mdformat and markdownlint want the same number, which is read as one more, if it is 1.
    return _items(group, lambda number: f"{first + (number if first != 1 else 0)}.")


def _items(group: list[Node], marker: Callable[[int], str]) -> str:
    items = [each for part in group for each in part.children]
    is_tight = all(map(_is_tight, items))
    texts = []
    for number, each in enumerate(items):
        content = _blocks(each.children, is_tight=is_tight)
        mark = marker(number)
        texts.append(f"{mark} {indent(content, len(mark) + 1)}".rstrip())
    return ("\n" if is_tight else "\n\n").join(texts)


def _is_tight(item: Node) -> bool:
    """Whether nothing in a list item needs a blank line, which all items of the list then have.

    Blank lines that nothing needs are not kept: formatters do not agree on them.
    """
    return all(child.type in _MERGED[:2] for child in item.children[1:])


def _quote(group: list[Node]) -> str:
    content = _blocks([child for part in group for child in part.children])
    if not content:
        return ""
    return "\n".join(f"> {row}".rstrip() for row in content.split("\n"))


def _code(group: list[Node]) -> str:
    language = group[0].info.strip().partition(" ")[0]
    content = group[0].content
    is_name = re.fullmatch(r"[\w+#.-]+", language)
    return code_block(content, language if is_name else "text") if content.strip() else ""


def _rule(group: list[Node]) -> str:
    return "\\---"


def _table(group: list[Node]) -> str:
    rows = [
        [cell(_inline(each.children[0])) if each.children else "" for each in row.children]
        for part in group[0].children
        for row in part.children
    ]
    head = group[0].children[0].children[0].children
    aligns = [str(each.attrs.get("style", "")).removeprefix("text-align:") for each in head]
    return table(rows[1:], *rows[0], aligns=aligns)


_BLOCKS: Final[dict[str, Callable[[list[Node]], str]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bullet_list": _bullets,
    "ordered_list": _numbers,
    "blockquote": _quote,
    "fence": _code,
    "code_block": _code,
    "hr": _rule,
    "table": _table,
}


def _inline(node: Node) -> str:
    """Return the marks and the text of a block; all of it as text where that reads otherwise."""
    written = _marked(node.children)
    if all(child.type in ("text", "softbreak") for child in node.children):
        return written
    again = _read(f"x {written} x").children
    if len(again) == 1 and _shape(again[0]) == _shape(node):
        return written
    return "\n".join(escape(row.strip()) for row in node.content.split("\n"))


def _shape(node: Node) -> list[str]:
    """List the marks within a block, in order; an address is text, however it is written."""
    return [
        each.type
        for each in node.walk(include_self=False)
        if each.type not in ("inline", "text") and not _is_address(each)
    ]


def _is_address(node: Node) -> bool:
    if node.type != "link" or [child.type for child in node.children] != ["text"]:
        return False
    shown = node.children[0].content
    return node.attrs["href"] in (shown, f"mailto:{shown}", f"http://{shown}")


def _marked(nodes: Iterable[Node], within: frozenset[str] = frozenset()) -> str:
    return "".join(_mark(node, within) for node in nodes)


def _mark(node: Node, within: frozenset[str]) -> str:
    kind = node.type
    if kind == "text":
        text = re.sub("[ \t]+", " ", node.content)
        return escape(text) if "link" in within else prose(text)
    if kind == "code_inline":
        return code(node.content)
    if kind in ("softbreak", "hardbreak"):
        return "\n" if kind == "softbreak" else "\\\n"
    if kind == "image":
        return f"!{_link(node, node.content, 'src')}"
    content = _marked(node.children, within | {kind})
    if kind == "link":
        is_auto = node.markup == "autolink"
        return f"<{node.children[0].content}>" if is_auto else _link(node, content, "href")
    mark = {"strong": "**", "s": "~~"}.get(kind) or (
        "*" if "em" in within or _is_inside(node) else "_"
    )
    return f"{mark}{content}{mark}"


def _link(node: Node, content: str, key: str) -> str:
    # Formatters do not agree on how to write these.
    address = re.sub("[ ()<>]", lambda sign: f"%{ord(sign[0]):02X}", cast("str", node.attrs[key]))
    title = str(node.attrs.get("title", "")).replace('"', '\\"')
    return f'[{content}]({address} "{title}")' if title else f"[{content}]({address})"


def _is_inside(node: Node) -> bool:
    """Whether emphasis touches a word: `_` is none there."""
    before, after = node.previous_sibling, node.next_sibling
    return bool(
        (before and before.type == "text" and before.content[-1:].isalnum())
        or (after and after.type == "text" and after.content[:1].isalnum())
    )
