"""What changed between two commits as people see it: renames as one change, lines counted."""

import re
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.repository.changes import REGULAR
from planner.repository.git import Repository
from planner.repository.process import Limit

RAW: Final = (
    "diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color",
    "--ignore-submodules=none", "-O/dev/null",
)  # fmt: skip
"""The words for git that make it print what `read_raw` reads."""
_WORDS: Final = (*RAW, "--numstat", "--find-renames=50%", "-l1000")
_LIMIT: Final = Limit(
    size=64 * 1024 * 1024, what="the list of changed paths", hint="slice a part of the change"
)
_NO_OBJECT: Final = re.compile(r"0+")


class Side(NamedTuple):
    """A path of a commit; `mode` is git's, and the id is that of a blob or of a submodule's commit.

    Where the commit has no such path, mode is 0 and the id is empty.
    """

    path: bytes
    mode: int
    oid: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, so that its content may be text."""
        return self.mode in REGULAR


class Edit(NamedTuple):
    """One changed path, or a rename.

    Attributes:
        old: as it was; its path differs from that of `new` for a rename alone.
        new: as it is.
        added: how many lines were added; None for what is not text.
        removed: the same of removed lines.
    """

    old: Side
    new: Side
    added: int | None
    removed: int | None

    @property
    def is_rename(self) -> bool:
        """Whether the path changed."""
        return self.old.path != self.new.path

    @property
    def paths(self) -> tuple[bytes, ...]:
        """The paths that it touches: two for a rename, the new one first."""
        return (self.new.path, self.old.path) if self.is_rename else (self.new.path,)

    @property
    def lines(self) -> int:
        """How many lines were added or removed."""
        return (self.added or 0) + (self.removed or 0)


def edits(repository: Repository, base: str, head: str) -> tuple[Edit, ...]:
    """List what changed from one commit to another, by the path as it is now.

    Raises:
        GitError: git failed, or its output is incomplete.
    """
    printed = repository.run(*_WORDS, "--end-of-options", base, head, "--", limit=_LIMIT)
    sides, fields = read_raw(printed)
    if sides and not fields:
        raise GitError("git diff-tree did not count the lines")
    at = 0
    counts: dict[bytes, tuple[int | None, int | None]] = {}
    while at < len(fields):
        path, count, at = _count(fields, at)
        counts[path] = count
    found = (Edit(old, new, *counts.get(new.path, (None, None))) for old, new in sides)
    return tuple(sorted(found, key=lambda edit: edit.new.path))


def read_raw(printed: bytes) -> tuple[list[tuple[Side, Side]], list[bytes]]:
    """Return each path as it was and as it is, and the fields that git printed behind these.

    Raises:
        GitError: the output is incomplete.
    """
    fields = printed.split(b"\0")
    if fields.pop():
        raise GitError("the output of git diff-tree ends within a line")
    sides: list[tuple[Side, Side]] = []
    at = 0
    while at < len(fields) and fields[at].startswith(b":"):
        both, at = _sides(fields, at)
        sides.append(both)
    return sides, fields[at:]


def _sides(fields: list[bytes], at: int) -> tuple[tuple[Side, Side], int]:
    """Read `:MODE MODE OID OID STATUS NUL PATH NUL`, with a second path for a rename."""
    words = fields[at].decode("ascii", "replace").removeprefix(":").split(" ")
    is_rename = words[-1].startswith("R")
    after = at + (3 if is_rename else 2)
    if len(words) != 5 or len(fields) < after:
        raise GitError(f"git diff-tree printed an unknown line: {fields[at][:80]!r}")
    paths = fields[at + 1 : after] if is_rename else [fields[at + 1]] * 2
    old, new = (
        Side(path, int(mode, 8), "" if _NO_OBJECT.fullmatch(oid) else oid)
        for path, mode, oid in zip(paths, words[:2], words[2:4], strict=True)
    )
    return (old, new), after


def _count(fields: list[bytes], at: int) -> tuple[bytes, tuple[int | None, int | None], int]:
    """Read `ADDED TAB REMOVED TAB PATH NUL`, or for a rename `… TAB NUL OLD NUL NEW NUL`."""
    words = fields[at].split(b"\t", 2)
    if len(words) != 3 or (not words[2] and len(fields) < at + 3):
        raise GitError(f"git diff-tree printed an unknown line: {fields[at][:80]!r}")
    added, removed = (None if word == b"-" else int(word) for word in words[:2])
    if words[2]:
        return words[2], (added, removed), at + 1
    return fields[at + 2], (added, removed), at + 3
