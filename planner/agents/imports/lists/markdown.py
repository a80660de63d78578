"""Reads Markdown line by line: headings, list items, and what is code or a comment."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})(?P<rest>.*)")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_EMPHASIS: Final = re.compile(r"\*\*|__")


class Line(NamedTuple):
    """A line of Markdown; `level` is that of a heading, 0 for any other line.

    `text` is that of the heading, else the whole line.
    """

    number: int
    text: str
    level: int = 0

    @property
    def indent(self) -> int:
        """How many columns it is indented by; a tab goes to the next multiple of four."""
        blank = self.text[: len(self.text) - len(self.text.lstrip())]
        return len(blank.expandtabs(4))


def lines(text: str) -> Iterator[Line]:
    """Yield the lines of a text without its front matter, comments and blocks of code."""
    every = text.split("\n")
    start = _after_front_matter(every)
    fence, is_comment = "", False
    for number, line in enumerate(every[start:], start + 1):
        if is_comment:
            is_comment = "-->" not in line
            continue
        found = _FENCE.fullmatch(line)
        if fence:
            is_end = found and found["fence"].startswith(fence) and not found["rest"].strip()
            fence = "" if is_end else fence
        elif found and not (found["fence"][0] == "`" and "`" in found["rest"]):
            fence = found["fence"]
        elif line.lstrip().startswith("<!--"):
            is_comment = "-->" not in line
        else:
            heading = _HEADING.fullmatch(line)
            yield Line(number, heading[2], len(heading[1])) if heading else Line(number, line)


def front_matter(text: str) -> str:
    """Return the YAML at the start of a text, on the lines where it stands; empty without one."""
    every = text.split("\n")
    end = _after_front_matter(every)
    return "\n".join(["", *every[1 : end - 1], ""]) if end else ""


def _after_front_matter(every: list[str]) -> int:
    if every[0].rstrip() != "---":
        return 0
    return next((at + 1 for at, line in enumerate(every) if at and line.rstrip() == "---"), 0)


def plain(text: str) -> str:
    """Return a heading without emphasis, and without the pictures that tools put into it."""
    return " ".join(
        re.sub(r"[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]", "", _EMPHASIS.sub("", text)).split()
    )
