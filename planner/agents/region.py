"""A region of a Markdown file that tells agents which slice the branch is."""

import codecs
from pathlib import Path
from typing import Final

from planner import files
from planner.agents.brief import Brief
from planner.errors import PlannerError
from planner.formats.text import visible
from planner.paths import path_bytes
from planner.render.markdown import code

BEGIN: Final = "<!-- planner:begin -->"
END: Final = "<!-- planner:end -->"
MOST_BYTES: Final = 600
_LARGEST_FILE: Final = 16 * 1024 * 1024


def text_of(brief: Brief) -> str:
    """Return the region, with its two comment lines: `MOST_BYTES` at most."""
    slice_ = brief.part.chosen.slice_
    shared = " It may also change what the plan shares." if brief.shared else ""
    patterns = [code(visible(entry.text)) for entry in brief.include]
    shown = len(patterns)
    while True:
        text = "\n".join(_lines(slice_.id, patterns[:shown], len(patterns) - shown, shared))
        if len(text.encode("utf-8", "surrogateescape")) <= MOST_BYTES or not shown:
            return text
        shown -= 1


def _lines(slice_id: str, patterns: list[str], more: int, shared: str) -> list[str]:
    what = ", ".join(patterns)
    if more:
        noun = f"pattern{'' if more == 1 else 's'}"
        what = (
            f"{what}, and {more} more {noun}" if patterns else f"paths that match its {more} {noun}"
        )
    name = slice_id if len(slice_id) <= _LONGEST_ID else "ID"
    return [
        BEGIN,
        f"This branch is the slice `{name}` of a plan. It may change only: {what}.{shared}",
        f"Before you start: `planner brief {name}`. After each edit: "
        "`planner check-scope --worktree`.",
        "To change any other path, stop and ask: the plan has to be changed first.",
        END,
    ]


_LONGEST_ID: Final = 60


def write(path: Path, brief: Brief, root: Path) -> bool:
    """Write the region into a file: over the one that is there, else at the end.

    All other bytes stay as they are; a file that does not exist is made.

    Args:
        root: the root of the work tree.

    Returns:
        Whether the file changed.

    Raises:
        PlannerError: the file has one of the two comment lines alone, or cannot be written.
    """
    files.refuse_links(path, root)
    content = files.read(path, most=_LARGEST_FILE + 1)
    if content is not None and len(content) > _LARGEST_FILE:
        raise PlannerError(f"{str(path)!r} is larger than {_LARGEST_FILE >> 20} MiB")
    edited = with_region(content or b"", text_of(brief), str(path))
    if edited == content:
        return False
    files.write(path, edited)
    return True


def with_region(content: bytes, region: str, name: str) -> bytes:
    """Return the content of a file with the region in it.

    Args:
        name: what the file is called in messages.

    Raises:
        PlannerError: it does not have both comment lines once, the first one first, or neither.
    """
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    return mark + _with_region(content.removeprefix(mark), region, name)


def _with_region(content: bytes, region: str, name: str) -> bytes:
    end = b"\r\n" if b"\r\n" in content.partition(b"\n")[0] + b"\n" else b"\n"
    text = end.join(region.encode("utf-8", "surrogateescape").split(b"\n"))
    lines = content.splitlines(keepends=True)
    marks = [
        (at, mark)
        for at, line in enumerate(lines)
        for mark in (BEGIN, END)
        if line.strip() == mark.encode()
    ]
    if not marks:
        gap = b"" if not content else end if content.endswith(b"\n") else end * 2
        return content + gap + text + end
    if [mark for _, mark in marks] != [BEGIN, END]:
        places = ", ".join(f"{mark!r} on line {at + 1}" for at, mark in marks[:4])
        raise PlannerError(
            f"{name!r} does not have one pair of planner's comment lines: {places}",
            hint=f"remove them, or write {BEGIN!r} and {END!r} around the region",
        )
    (first, _), (last, _) = marks
    rest = lines[last].rstrip(b"\r\n")
    return b"".join([*lines[:first], text, lines[last][len(rest) :], *lines[last + 1 :]])


def is_in_scope(path: Path, brief: Brief, root: Path) -> bool:
    """Return whether the slice accepts the file; one outside the work tree needs no scope."""
    if not path.is_relative_to(root):
        return True
    name = path_bytes(path.relative_to(root).as_posix())
    return brief.fence.scope(brief.part.chosen).accepts(name)
