"""Undoes what `render.markdown` does to a text, and reads lists and sections of a page."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

# An escaped backtick is no part of the run that follows it.
_CODE: Final = r"(?:(?<!`)|(?<=\\`))(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
_MARK: Final = re.compile(
    r"\\(?P<sign>[!-/:-@\[-`{-~])"
    rf"|{_CODE}"
    r"|<(?P<address>(?:https?://|[^<>\s@]+@)[^<>\s]*)>"
    r"|\[(?P<www>www\.[^\[\]]*)\]\(http://(?P=www)\)",
    re.DOTALL,
)
_FENCE: Final = re.compile(r"\s*(?P<fence>`{3,}|~{3,})(?P<rest>.*)")
_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*")
_LABEL: Final = re.compile(rf"\*\*(?P<label>(?:\\.|{_CODE}|(?!\*\*)[^\\`])+?)\*\*", re.DOTALL)


class Row(NamedTuple):
    """A line of a page."""

    number: int
    text: str


class Section(NamedTuple):
    """A heading and the lines below it, up to the next heading of any level."""

    level: int
    title: str
    number: int
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The lines, without blank ones at the ends."""
        return "\n".join(row.text for row in self.rows).strip("\n")


class Bullet(NamedTuple):
    """An item of a list: its lines without the indentation."""

    number: int
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The lines, without blank ones at the end."""
        return "\n".join(row.text for row in self.rows).rstrip("\n")


class Labelled(NamedTuple):
    """A label and what follows it; `label` is empty where there is none."""

    label: str
    rest: str
    number: int
    below: tuple[Bullet, ...] = ()


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections of a page; what comes before the first heading has level 0."""
    found = [(0, "", 1, list[Row]())]
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.fullmatch(line)
        if fence:
            is_end = mark and mark["fence"].startswith(fence) and not mark["rest"].strip()
            fence = "" if is_end else fence
        elif mark and not (mark["fence"][0] == "`" and "`" in mark["rest"]):
            fence = mark["fence"]
        heading = None if fence or mark else _HEADING.fullmatch(line)
        if heading:
            found.append((len(heading[1]), heading[2], number, []))
        else:
            found[-1][3].append(Row(number, line))
    return tuple(Section(level, title, at, tuple(rows)) for level, title, at, rows in found)


def bullets(rows: Iterable[Row]) -> tuple[Bullet, ...]:
    """Return the items of a list that starts at the first column."""
    items: list[tuple[int, list[Row]]] = []
    for row in rows:
        mark = re.match(r"(?:[-*+]|\d+[.)])(?: +|$)", row.text)
        if mark:
            items.append((row.number, [Row(row.number, row.text[mark.end() :])]))
        elif items and (not row.text.strip() or row.text.startswith(("  ", "\t"))):
            inner = row.text[2:] if row.text.startswith("  ") else row.text.strip()
            items[-1][1].append(Row(row.number, inner if row.text.strip() else ""))
        elif items and items[-1][1][-1].text.strip():
            items[-1][1].append(row)  # a lazy continuation
        elif items:
            break
    return tuple(Bullet(number, tuple(inner)) for number, inner in items)


def labelled(bullet: Bullet) -> Labelled:
    """Return an item as its label, the text of its paragraph, and the list below it."""
    start = next((at for at, row in enumerate(bullet.rows) if at and _is_bullet(row.text)), None)
    below = bullets(bullet.rows[start:]) if start is not None else ()
    label, rest = split_label("\n".join(row.text for row in bullet.rows[:start]).rstrip("\n"))
    return Labelled(label, rest, bullet.number, below)


def _is_bullet(text: str) -> bool:
    return bool(re.match(r"[-*+] ", text))


def split_label(text: str) -> tuple[str, str]:
    """Return `**Label**: text` as two; the label is empty where there is none."""
    found = _LABEL.match(text)
    if found and text.startswith(":", found.end()):
        return unescaped(found["label"]), text[found.end() + 1 :].removeprefix(" ")
    if found and found["label"].endswith(":"):  # people also write `**Label:** text`
        return unescaped(found["label"][:-1]), text[found.end() :].removeprefix(" ")
    return "", text


def unescaped(text: str) -> str:
    """Return what a line of a page says: what `render.markdown.line` was given.

    Code in it stays marked as code.
    """
    return _MARK.sub(
        lambda found: found["sign"] or found["address"] or found["www"] or found[0], text
    )


def as_block(text: str) -> str:
    """Return a description of several blocks; of one alone, it was a heading or a rule."""
    return re.sub(r"^\\(?=#|---)", "", text) if "\n\n" not in text else text


def full_title(title: str, label: str) -> str:
    """Return a title with the full stop or the like that a heading leaves out, from a chart.

    Args:
        label: the same title as Mermaid has it.
    """
    shown = re.sub(r"#(\d{1,7});", lambda sign: chr(int(sign[1]) % 0x110000), label)
    end = re.search(f"[{re.escape(_PUNCTUATION)}]+$", shown)
    is_left_out = end and not title.endswith(tuple(_PUNCTUATION))
    return f"{title}{end[0]}" if end and is_left_out else title


_PUNCTUATION: Final = ".,;:!\u3002\uff0c\uff1b\uff1a\uff01 "


def codes(text: str) -> list[str]:
    """Return the texts of the code spans of a line, in their order."""
    return [_bare(found["code"]) for found in _MARK.finditer(text) if found["code"]]


def only_code(text: str) -> str | None:
    """Return the text of a line that is one code span; None for any other."""
    found = _MARK.fullmatch(text.strip())
    return _bare(found["code"]) if found and found["code"] else None


def _bare(code: str) -> str:
    is_padded = len(code) > 1 and code[0] == code[-1] == " " and code.strip(" ")
    return code[1:-1] if is_padded else code


def without_codes(text: str, shown: Callable[[str], str] = lambda _code: "\0") -> str:
    """Return a line with a sign in the place of each code span."""
    return _MARK.sub(lambda found: shown(found["code"]) if found["code"] else found[0], text)


def split_outside_code(text: str, sign: str) -> list[str]:
    """Split a line at a sign that is not in code."""
    spans = [found.group() for found in _MARK.finditer(text) if found["code"]]
    parts = without_codes(text).split(sign)
    rest = iter(spans)
    return [re.sub("\0", lambda _: next(rest), part) for part in parts]


def by_label(items: Sequence[Labelled]) -> Iterator[tuple[str, Labelled]]:
    """Yield each item with its label in lower case."""
    return ((one.label.strip().lower(), one) for one in items)
