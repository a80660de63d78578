"""Text of the plan as Markdown that cannot change the structure of the page around it."""

import re
from typing import Final

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAK: Final = re.compile("\r\n?|\x85|[\u2028\u2029]")
_SPACE: Final = re.compile("[ \t\n]+")

_URL: Final = r"https?://(?:[\w\-./~%?=+#:@,]|&(?!\#?\w+;))*[\w/]"
# What stays as it is comes first: a code span (it closes at the next run of as many backticks),
# an address, `_` within a word. Then what would begin emphasis, a link, a tag, an entity, math.
_TOKEN: Final = re.compile(
    r"(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    rf"|(?P<url>{_URL})"
    r"|(?<=[^\W_])_+(?=[^\W_])"
    r"|(?P<ticked>`+)"
    r"|(?P<mark>[\\*_\[\]~$]|<(?=[a-zA-Z/!?])|&(?=\#?\w+;))"
)
_MARKER: Final = re.compile(
    r"(?P<number>\d{1,9}(?=[.)](?: |$)))|[-+](?= |$)|-(?=[- ]*$)|#{1,6}(?= |$)|>"
)


def clean(text: str) -> str:
    """The text with LF as its only line end, and U+FFFD for what no page can show.

    These are control characters and those that turn the direction of the text around them.
    """
    return _UNSEEN.sub("\ufffd", _BREAK.sub("\n", text))


def line(text: str) -> str:
    """The text within one line, as it was written; code spans in it stay code spans."""
    return _TOKEN.sub(_escaped, _SPACE.sub(" ", clean(text)).strip())


def _escaped(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return code(match["code"])
    if match["ticked"] is not None:
        return "\\`" * len(match["ticked"])
    return f"\\{match['mark']}" if match["mark"] else match[0]


def item(text: str) -> str:
    """The text as the whole of a list item: what would start another block is escaped."""
    return _at_start(line(text))


def _at_start(text: str) -> str:
    marker = _MARKER.match(text)
    if marker is None:
        return text
    # A number is none that counts when its dot is escaped; a digit itself cannot be.
    at = marker.end() if marker["number"] else 0
    return f"{text[:at]}\\{text[at:]}"


def heading(text: str) -> str:
    """The text as the end of a heading: number signs in the end stay a part of it."""
    return re.sub(r"(#+)$", r"\\\1", line(text))


def cell(text: str) -> str:
    """Finished Markdown of one line as the cell of a table."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """The text as a code span, whatever backticks it holds."""
    text = clean(text).replace("\n", " ")
    fence = _fence(text, least=1)
    is_bare = text.strip(" `") and text[0] not in " `" and text[-1] not in " `"
    return f"{fence}{text}{fence}" if is_bare else f"{fence} {text} {fence}"


def fenced(text: str, language: str = "") -> str:
    """The text as a fenced block of code, whatever it holds."""
    text = clean(text).rstrip("\n")
    fence = _fence(text, least=3)
    return f"{fence}{language}\n{text}\n{fence}"


def _fence(text: str, *, least: int) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def indented(text: str) -> str:
    """The text as the content of a list item, but for its first line."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(f"  {row}" if row else "" for row in rest)])


_OPEN: Final = re.compile(r"(?P<fence>`{3,})[^`]*|(?P<tildes>~{3,}).*")
# Whatever may stand before a block on its line: quotes, bullets, numbers, and their spaces.
_LEAD: Final = r"^(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*"
_BLOCK: Final = re.compile(rf"({_LEAD})(?=#{{1,6}}(?:[ \t]|$)|=+[ \t]*$|-+[ \t]*$|`{{3}}|~{{3}})")
_INLINE: Final = re.compile(
    r"(?P<pair>\\[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?P<ticked>`+)"
    rf"|(?P<link><{_URL}>)"
    r"|(?P<tag><(?=[a-zA-Z/!?]))"
)


def block(text: str) -> str:
    """Markdown of the plan without what reaches beyond itself.

    Lists, tables, links, quotes, emphasis and fenced code stay what they are. Raw HTML and
    headings become text, and a fence that was left open is closed. A fence counts where it
    starts its line: there it is one for every reader, whatever list stands above.
    """
    rows: list[str] = []
    fence = ""
    for row in clean(text).strip().split("\n"):
        if fence:
            closes = re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*", row)
            fence = "" if closes else fence
            rows.append(row)
            continue
        opened = _OPEN.fullmatch(row)
        if opened:
            fence = opened["fence"] or opened["tildes"]
            rows.append(row)
        else:
            rows.append(_text_row(row))
    return "\n".join([*rows, fence] if fence else rows)


def _text_row(row: str) -> str:
    lead = _BLOCK.match(row)
    if lead:
        row = f"{lead[0]}\\{row[lead.end() :]}"
    return _INLINE.sub(_without_html, row)


def _without_html(match: re.Match[str]) -> str:
    if match["code"] is not None:
        # A table takes its cells apart before it looks for code: this span may be none.
        return match[0].replace("<", "&lt;") if "|" in match[0] else match[0]
    if match["ticked"] is not None:
        return "\\`" * len(match["ticked"])
    return "\\<" if match["tag"] else match[0]


def labelled(label: str, text: str) -> str:
    """Markdown of the plan behind its label, as the content of a list item."""
    whole = block(text)
    return f"**{label}**:" + (indented(f"\n\n{whole}") if "\n" in whole else f" {whole}")
