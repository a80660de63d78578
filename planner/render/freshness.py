"""Whether a document on disk may be overwritten, so that no edit by hand is ever lost."""

import difflib
import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from planner.paths import path_text

HEAD: Final = "<!-- Rendered by planner from "
"""How the first line of every document starts that planner may write."""

# Not splitlines(), which also splits at form feeds and U+2028.
_LINE: Final = re.compile("[^\n]*\n|[^\n]+")


class Page(NamedTuple):
    """A rendered document, and what to do with the file in its place.

    Attributes:
        path: relative to the repository root, or absolute.
        action: `same` is up to date. Writing would lose somebody's text where the file was
            `edited` by hand, or is `foreign`: not written by planner.
        diff: from the file to the content; empty when they are the same.
    """

    path: str
    content: str
    action: Literal["write", "same", "edited", "foreign"]
    diff: str = ""


def judge(
    path: str,
    content: str,
    *,
    on_disk: bytes | None,
    in_head: bytes | None = None,
    rendered: Iterable[str] = (),
) -> Page:
    """Decide whether the content may be written to the path.

    It may if the file does not exist, or if its first line says that planner wrote it and nobody
    has edited it since: it is what HEAD has, or what a plan rendered to. Line endings do
    not count, since git may convert them, unless HEAD has others than planner writes.

    Args:
        on_disk: the file; None when there is none.
        in_head: the file in HEAD; None when HEAD has none.
        rendered: what planner rendered before, for example from the plan in HEAD; read only if
            the answer depends on it.
    """
    if on_disk is None:
        return Page(path, content, "write", diff("", content, path))
    old = text_of(on_disk)
    if old == content:
        if on_disk != in_head or on_disk == content.encode("utf-8", "surrogateescape"):
            return Page(path, content, "same")
        # git has these bytes, so it converts nothing.
        return Page(path, content, "write", diff(path_text(on_disk), content, path))
    difference = diff(old, content, path)
    if not old.startswith(HEAD):
        return Page(path, content, "foreign", difference)
    is_kept = (in_head is not None and old == text_of(in_head)) or old in rendered
    return Page(path, content, "write" if is_kept else "edited", difference)


def text_of(content: bytes) -> str:
    """Return a document as text with the line endings that planner writes."""
    # surrogateescape: bytes that are not UTF-8 must stay different from all text that is.
    return path_text(content).replace("\r\n", "\n")


def diff(old: str, new: str, name: str) -> str:
    """Return the unified diff between two texts of that name; empty when they are equal."""
    before, after = (_LINE.findall(text) for text in (old, new))
    rows = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(
        row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows
    )
