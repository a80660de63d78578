"""Which documents on disk may be overwritten, so that no edit by hand is ever lost."""

import difflib
import re
from collections.abc import Collection
from typing import Final, Literal, NamedTuple

HEAD: Final = "<!-- Rendered by planner from "
"""How the first line of every document starts that planner may write."""

_LINE: Final = re.compile("[^\n]*\n|[^\n]+")


class Verdict(NamedTuple):
    """What to do with a document: write it, leave it (it is `same`), or refuse to touch it.

    `diff` leads from what is on disk to the new text; empty when it is the same.
    """

    action: Literal["write", "same", "refuse"]
    diff: str = ""


def judge(
    name: str,
    new: str,
    *,
    on_disk: bytes | None,
    in_head: bytes | None = None,
    rendered: Collection[str] = (),
) -> Verdict:
    """Say whether the document of that name may become the new text.

    It may when it is not there, or when its first line says that planner wrote it and nobody
    has touched it since: then it is what HEAD keeps, or what a plan rendered to. Line ends do
    not count, since git may turn them.

    Args:
        on_disk: the document as it lies there; None when it does not.
        in_head: its version in HEAD; None when HEAD has none.
        rendered: what the plan rendered to before, as it stands in HEAD for one.
    """
    if on_disk is None:
        return Verdict("write", diff("", new, name))
    old = text_of(on_disk)
    if old == new:
        return Verdict("same")
    is_kept = (in_head is not None and old == text_of(in_head)) or old in rendered
    is_ours = old.startswith(HEAD)
    return Verdict("write" if is_ours and is_kept else "refuse", diff(old, new, name))


def text_of(content: bytes) -> str:
    """A document as text, its line ends those that planner writes."""
    # What is not UTF-8 must stay different from all that is.
    return content.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def diff(old: str, new: str, name: str) -> str:
    """The unified diff from one text to the other, both called by the name; empty when equal."""
    before, after = (_LINE.findall(text) for text in (old, new))
    rows = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(
        row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows
    )
