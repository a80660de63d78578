"""Turns text of the plan into Markdown that cannot change the structure of its page.

The rules are those of https://spec.commonmark.org, with GitHub's tables and math. Of all spellings
the one is taken that mdformat, Prettier and markdownlint leave alone: a sign is escaped only where
it would be syntax.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html.entities import html5
from typing import Final

from planner.characters import BYTE_ORDER_MARK, CONTROLS, DIRECTIONS, SURROGATES

_UNSEEN: Final = re.compile(f"[{CONTROLS}{DIRECTIONS}{BYTE_ORDER_MARK}{SURROGATES}]")
_BREAK: Final = re.compile("\r\n?|\x85|[\u2028\u2029]")
_SPACE: Final = re.compile("[ \t\n]+")

_URL: Final = r"https?://(?:[\w\-./~%?=+#:@,]|&(?!\#?\w+;))*[\w/]"
# A code span is closed by the next run of as many backticks. `++` takes a run as a whole: three
# backticks are never two and one more.
_CODE: Final = r"(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
_SPAN: Final = re.compile(_CODE)
# What GitHub makes a link of, written as one.
_ADDRESS: Final = re.compile(
    rf"(?P<url>(?<!\w){_URL})"
    r"|(?P<www>(?<![\w.])www(?:\.[A-Za-z0-9-]+)+(?:/[\w\-./~%?=+#:@,]*)?(?<=[\w/]))"
    r"|(?P<mail>(?<![\w.+@/:-])[A-Za-z0-9][A-Za-z0-9.+_-]*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+(?![\w@-]))"
)
# GitHub draws `$a$` as math and `~a~` struck out; mdformat would take the escapes away, so they are
# written only where one of the two is near.
_MATH: Final = re.compile(r"\$[^\s$](?:[^$]*[^\s$])?\$(?!\w)|\$\$")
_STRUCK: Final = re.compile(r"~~|~[^\s~](?:[^~]*[^\s~])?~")
_MARKER: Final = re.compile(
    r"\d{1,9}(?=[.)](?: |$))|[-+*](?= |$)|-(?=[- ]*$)|#{1,6}(?= |$)|>|=(?==*$)"
)
_PUNCTUATION: Final = ".,;:!\u3002\uff0c\uff1b\uff1a\uff01 "
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|(\w+));")


def clean(text: str) -> str:
    """Return the text with LF line endings; controls, also bidirectional ones, become U+FFFD."""
    return _UNSEEN.sub("\ufffd", _BREAK.sub("\n", text))


def line(text: str, *, before: str = " ") -> str:
    """Return the text in one line, escaped; code spans in it stay code spans.

    Args:
        before: the character that comes before; empty at the start of a block.
    """
    text = _SPACE.sub(" ", clean(text)).strip()
    parts, at = [], 0
    for span in _SPAN.finditer(text):
        parts += [
            prose(text[at : span.start()], before if at == 0 else ""),
            code(span["code"].strip(" ")),
        ]
        at = span.end()
    return "".join([*parts, prose(text[at:], before if at == 0 else "")])


def prose(text: str, before: str = "") -> str:
    """Return text between two marks, escaped, with addresses as links.

    Args:
        before: the character that comes before it; empty after a mark.
    """
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        parts.append(escape(text[at : found.start()], before if at == 0 else ""))
        parts.append(f"[{found[0]}](http://{found[0]})" if found["www"] else f"<{found[0]}>")
        at = found.end()
    return "".join([*parts, escape(text[at:], before if at == 0 else "")])


def escape(text: str, before: str = "") -> str:
    """Return text between two marks with all escaped that would start a mark.

    Args:
        before: the character that comes before it; empty after a mark.
    """
    text = text.replace("\\", "\\\\").replace("`", "\\`")
    text = _flanked(text, before)
    text = _brackets(text)
    text = re.sub(r"<(?! )", r"\\<", text)
    text = _ENTITY.sub(_entity, text)
    for pattern, sign in ((_MATH, "$"), (_STRUCK, "~")):
        if pattern.search(text):
            text = text.replace(sign, f"\\{sign}")
    return text


def _flanked(text: str, before: str) -> str:
    """Escape `*` and `_` where they could start or end emphasis."""
    if "*" not in text and "_" not in text:
        return text
    around = [before, *text, ""]
    return "".join(
        f"\\{sign}" if sign in "*_" and _is_mark(sign, around[at], around[at + 2]) else sign
        for at, sign in enumerate(text)
    )


def _is_mark(sign: str, before: str, after: str) -> bool:
    if before.isspace() and after.isspace():
        return False
    return sign == "*" or not (_is_word(before) and _is_word(after))


def _is_word(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] not in "ZPS"


def _brackets(text: str) -> str:
    """Escape brackets, save those of a pair that cannot be a link: there is no `(` or `:` after."""
    simple = {
        at
        for pair in re.finditer(r"\[[^\[\]]*\](?![(:])", text)
        for at in (pair.start(), pair.end() - 1)
    }
    return "".join(
        f"\\{sign}" if sign in "[]" and at not in simple else sign for at, sign in enumerate(text)
    )


def _entity(match: re.Match[str]) -> str:
    is_known = match[1] is None or f"{match[1]};" in html5
    return f"\\{match[0]}" if is_known else match[0]


def item(text: str) -> str:
    """Return the text as a list item; what would start another block is escaped."""
    return start(line(text, before=""))


def start(text: str) -> str:
    """Return a line of Markdown with what would start another block escaped."""
    marker = _MARKER.match(text)
    if marker is None:
        return text
    # `1\.` is text, but `\1.` would show the backslash: only punctuation can be escaped.
    at = marker.end() if marker[0].isdigit() else 0
    return f"{text[:at]}\\{text[at:]}"


def heading(text: str, *, before: str = "") -> str:
    """Return the text as the end of a heading, without a full stop or the like at its end."""
    text = text.strip()
    text = line(text.rstrip(_PUNCTUATION) or text, before=before)
    # A number sign at the end would close the heading, and not be shown.
    return f"{text[:-1]}\\#" if text.endswith("#") else text


def bullets(items: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return a list of texts, each with the items below it.

    Where one needs a blank line, all items have one: a list has them everywhere or nowhere.
    """
    every = list(items)
    is_loose = any("\n\n" in text for text, _ in every)
    gap = "\n\n" if is_loose else "\n"
    return gap.join(
        gap.join([f"- {text}", *(["\n".join(f"  - {line}" for line in below)] if below else [])])
        for text, below in every
    )


def cell(text: str) -> str:
    """Return one line of Markdown as a table cell."""
    return text.replace("|", "\\|")


def table(rows: Iterable[Sequence[str]], *head: str, aligns: Sequence[str] = ()) -> str:
    """Return a table with columns of even width.

    Args:
        rows: cells of Markdown.
        head: the names of the columns.
        aligns: `left`, `right`, `center` or empty for each column.
    """
    every = [tuple(head), *map(tuple, rows)]
    widths = [max(3, *map(width, column)) for column in zip(*every, strict=True)]
    aligns = aligns or [""] * len(head)
    lines = [[_padded(*one) for one in zip(row, widths, aligns, strict=True)] for row in every]
    lines.insert(1, [_rule(*way) for way in zip(widths, aligns, strict=True)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _padded(text: str, most: int, align: str) -> str:
    gap = most - width(text)
    left = {"right": gap, "center": gap // 2}.get(align, 0)
    return f"{' ' * left}{text}{' ' * (gap - left)}"


def _rule(most: int, align: str) -> str:
    first = ":" if align in ("left", "center") else "-"
    last = ":" if align in ("right", "center") else "-"
    return f"{first}{'-' * (most - 2)}{last}"


def width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(
        0
        if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


def code(text: str) -> str:
    """Return the text as a code span, whatever backticks it contains."""
    text = re.sub("[\t\n]", " ", clean(text))
    runs = set(map(len, re.findall("`+", text)))
    fence = "`" * next(count for count in range(1, len(runs) + 2) if count not in runs)
    # Inside the fence one space on each side is not shown; without it a backtick joins the fence.
    is_bare = text.strip(" `") and "`" not in (text[0], text[-1]) and text[0] + text[-1] != "  "
    return f"{fence}{text}{fence}" if is_bare else f"{fence} {text} {fence}"


def code_block(text: str, language: str = "") -> str:
    """Return the text as a fenced code block, whatever it contains."""
    text = clean(text).rstrip("\n")
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def indent(text: str, by: int = 2) -> str:
    """Indent all lines but the first, as the content of a list item."""
    return re.sub("\n(?=[^\n])", f"\n{' ' * by}", text)
