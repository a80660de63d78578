"""Turns text of the plan into Markdown that cannot change the structure of its page.

The rules are those of https://spec.commonmark.org, with GitHub's tables and math.
"""

import re
from typing import Final

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAK: Final = re.compile("\r\n?|\x85|[\u2028\u2029]")
_SPACE: Final = re.compile("[ \t\n]+")

_URL: Final = r"https?://(?:[\w\-./~%?=+#:@,]|&(?!\#?\w+;))*[\w/]"
# A code span is closed by the next run of as many backticks. `++` takes a run as a whole: three
# backticks are never two and one more.
_CODE: Final = r"(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
# First what stays as written: code, a URL, `_` within a word. Then what would start emphasis, a
# link, a tag, an entity or math.
_TOKEN: Final = re.compile(
    rf"{_CODE}|{_URL}"
    r"|(?<=[^\W_])_+(?=[^\W_])"
    r"|(?P<ticked>`+)"
    r"|(?P<mark>[\\*_\[\]~$]|<(?=[a-zA-Z/!?])|&(?=\#?\w+;))"
)
_MARKER: Final = re.compile(
    r"(?P<number>\d{1,9}(?=[.)](?: |$)))|[-+](?= |$)|-(?=[- ]*$)|#{1,6}(?= |$)|>"
)


def clean(text: str) -> str:
    """Return the text with LF line endings; controls, also bidirectional ones, become U+FFFD."""
    return _UNSEEN.sub("\ufffd", _BREAK.sub("\n", text))


def line(text: str) -> str:
    """Return the text in one line, escaped; code spans in it stay code spans."""
    return _TOKEN.sub(_escape, _SPACE.sub(" ", clean(text)).strip())


def _escape(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return code(match["code"])
    if match["ticked"] is not None:
        return "\\`" * len(match["ticked"])
    return f"\\{match['mark']}" if match["mark"] else match[0]


def item(text: str) -> str:
    """Return the text as a list item; what would start another block is escaped."""
    text = line(text)
    marker = _MARKER.match(text)
    if marker is None:
        return text
    # `1\.` is text, but `\1.` would show the backslash: only punctuation can be escaped.
    at = marker.end() if marker["number"] else 0
    return f"{text[:at]}\\{text[at:]}"


def heading(text: str) -> str:
    """Return the text as the end of a heading."""
    # Number signs at the end would close the heading, and not be shown.
    return re.sub(r"(#+)$", r"\\\1", line(text))


def cell(text: str) -> str:
    """Return one line of Markdown as a table cell."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Return the text as a code span, whatever backticks it contains."""
    text = clean(text).replace("\n", " ")
    fence = _fence(text, least=1)
    # Inside the fence one space on each side is not shown; without it a backtick joins the fence.
    is_bare = text.strip(" `") and text[0] not in " `" and text[-1] not in " `"
    return f"{fence}{text}{fence}" if is_bare else f"{fence} {text} {fence}"


def code_block(text: str, language: str = "") -> str:
    """Return the text as a fenced code block, whatever it contains."""
    text = clean(text).rstrip("\n")
    fence = _fence(text, least=3)
    return f"{fence}{language}\n{text}\n{fence}"


def _fence(text: str, *, least: int) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def indent(text: str) -> str:
    """Indent all lines but the first, as the content of a list item."""
    return re.sub("\n(?=[^\n])", "\n  ", text)


# A line with another backtick after the fence would be a code span; tildes have no such rule.
_OPEN: Final = re.compile(r"(?P<fence>`{3,}(?=[^`]*$)|~{3,}).*")
# What can come before a block in its line: quotes, bullets, numbers and their spaces.
_LEAD: Final = r"^(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*"
_BLOCK: Final = re.compile(rf"({_LEAD})(?=#{{1,6}}(?:[ \t]|$)|=+[ \t]*$|-+[ \t]*$|`{{3}}|~{{3}})")
# First what is kept: an escaped sign, code, a link. An open run of backticks is escaped, so that it
# cannot make code, and raw HTML elsewhere, of what follows in another line.
_INLINE: Final = re.compile(
    rf"\\[!-/:-@\[-`{{-~]|{_CODE}|<{_URL}>|(?P<ticked>`+)|(?P<tag><(?=[a-zA-Z/!?]))"
)


def block(text: str) -> str:
    """Return Markdown of the plan without what would affect the rest of the page.

    Lists, tables, links, quotes, emphasis and fenced code are kept. Raw HTML and headings become
    text, and an open fence is closed. Only an unindented fence is kept: elsewhere, whether it is
    a fence depends on the list above it.
    """
    rows: list[str] = []
    fence = ""
    for row in clean(text).strip().split("\n"):
        if fence:
            closes = re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*", row)
            fence = "" if closes else fence
        elif opened := _OPEN.fullmatch(row):
            fence = opened["fence"]
        else:
            row = _escape_row(row)  # noqa: PLW2901
        rows.append(row)
    return "\n".join([*rows, fence] if fence else rows)


def _escape_row(row: str) -> str:
    lead = _BLOCK.match(row)
    if lead:
        row = f"{lead[0]}\\{row[lead.end() :]}"
    return _INLINE.sub(_escape_html, row)


def _escape_html(match: re.Match[str]) -> str:
    if match["code"] is not None:
        # Table cells are split before code spans are found: with a `|` this may not be one.
        return match[0].replace("<", "&lt;") if "|" in match[0] else match[0]
    if match["ticked"] is not None:
        return "\\`" * len(match["ticked"])
    return "\\<" if match["tag"] else match[0]


def with_label(label: str, text: str) -> str:
    """Return Markdown of the plan after its label, as the content of a list item."""
    content = block(text)
    return f"**{label}**:" + (indent(f"\n\n{content}") if "\n" in content else f" {content}")
