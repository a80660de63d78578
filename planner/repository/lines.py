"""The lines that a branch added to its files and removed from them."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.paths import is_utf8, path_text
from planner.repository.changes import REGULAR, unquote
from planner.repository.git import Repository
from planner.repository.own_folder import OwnFolder
from planner.repository.process import Limit

_DIFF: Final = (
    "diff", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
    "--ignore-submodules=all", "-O/dev/null", "--no-relative", "--diff-algorithm=myers",
    "--indent-heuristic",
)  # fmt: skip
_HUNK: Final = re.compile(rb"^@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@", re.MULTILINE)
_NO_FILE: Final = re.compile(
    rb"^(?:(?:new|deleted) file mode|index \S+) (?:120000|160000)$", re.MULTILINE
)
_SMALL_BYTES: Final = 64 * 1024  # what is not text matters only in larger files
_LARGEST_BYTES: Final = 16 * 1024 * 1024
_BATCH_BYTES: Final = 64 * 1024 * 1024  # of content, for one process
_BATCH_PATHS: Final = 500
_LIMIT: Final = Limit(size=4 * _BATCH_BYTES, what="the differences", hint="split the change")
_SNIFFED_BYTES: Final = 8000  # as git looks for a NUL


class LineChange(NamedTuple):
    """The lines of a file that were added, and those that were removed.

    A line that was changed is both. Lines count from 1: the former in the file as it is now, the
    latter in the file as it was.

    Attributes:
        is_whole: every line is both, whatever the numbers: the file is not text, or too large to be
            compared.
    """

    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    is_whole: bool = False

    @property
    def has_added(self) -> bool:
        """Whether a line was added."""
        return self.is_whole or bool(self.added)


class Hunk(NamedTuple):
    """Lines of a file that were replaced by others; lines count from 0.

    Attributes:
        old: the first line that was replaced, in the file as it was.
        removed: how many were replaced; 0 where lines were only added, before the line `old`.
        new: the first line that replaced them, in the file as it is.
        added: how many these are.
    """

    old: int
    removed: int
    new: int
    added: int


class _Changed(NamedTuple):
    path: bytes
    size: int  # of both sides, in bytes
    is_whole: bool


def line_changes(repository: Repository, base: str) -> dict[str, LineChange]:
    """Return by path the lines that differ between a commit and the work tree.

    Untracked files do not count. Files whose name is not UTF-8 are skipped: no report has them.
    """
    changes: dict[str, LineChange] = {}
    for batch in _batches(repository, base):
        for one in batch:
            path = path_text(one.path)
            if one.is_whole and is_utf8(path):
                changes[path] = LineChange(is_whole=True)
        paths = [os.fsdecode(one.path) for one in batch if not one.is_whole]
        for path, change in _compared(repository, (base,), paths) if paths else ():
            # A file that becomes a link, or the reverse, is printed as two.
            if is_utf8(path):
                known = changes.get(path, change)
                added, removed = known.added | change.added, known.removed | change.removed
                changes[path] = LineChange(added, removed, known.is_whole)
    return changes


def changed_lines(folder: OwnFolder, base: str, head: str) -> dict[bytes, int | None]:
    """Return by path how many lines were added to a file and removed from it between two commits.

    None for a file that is not text by its content; the attributes of no commit count.

    Raises:
        GitError: git failed, prints too much, or the clone lacks a file.
    """
    words = ("diff-tree", "-r", "--numstat", "-z", "--no-renames", "--ignore-submodules=none")
    printed = folder.run(*words, "--end-of-options", base, head, "--", limit=_COUNTING)
    lines: dict[bytes, int | None] = {}
    *entries, end = printed.split(b"\0")
    for entry in entries:
        added, _, rest = entry.partition(b"\t")
        removed, _, path = rest.partition(b"\t")
        if (added, removed) == (b"-", b"-"):
            lines[path] = None
        elif path and added.isdigit() and removed.isdigit():
            lines[path] = int(added) + int(removed)
        else:
            raise GitError(f"git diff-tree printed an unknown line: {entry[:80]!r}")
    if end:
        raise GitError("the output of git diff-tree ends within a line")
    return lines


_COUNTING: Final = Limit(
    size=32 * 1024 * 1024,
    cpu_s=30,
    what="the number of changed lines",
    hint="split the change into several pull requests",
)


def hunks(
    repository: Repository, base: str, head: str, paths: Iterable[str]
) -> dict[str, tuple[Hunk, ...]]:
    """Return by path what differs in a file between two commits, in order and without context.

    A path without a difference, a link, or a submodule has none.

    Raises:
        GitError: git failed, or prints too much.
    """
    wanted = sorted(paths)
    found: dict[str, tuple[Hunk, ...]] = {}
    for at in range(0, len(wanted), _BATCH_PATHS):
        found.update(_hunks(repository, (base, head), wanted[at : at + _BATCH_PATHS]))
    return found


def first_added_lines(
    repository: Repository, ends: Sequence[str], paths: Iterable[str]
) -> dict[str, int]:
    """Return by path the first line that was added to a file; without such a line, nothing.

    Args:
        ends: two commits, or one to compare with the work tree, or `--cached` and a commit.
        paths: the files to look at. Those of the work tree that git does not track are new.

    Raises:
        GitError: git failed, or prints too much.
    """
    lines: dict[str, int] = {}
    wanted = sorted(paths)
    for at in range(0, len(wanted), _BATCH_PATHS):
        some = wanted[at : at + _BATCH_PATHS]
        for path, change in _compared(repository, ends, some):
            if change.added:
                lines[path] = min(change.added)
        if len(ends) == 1:
            literal = {"GIT_LITERAL_PATHSPECS": "1"}
            listed = repository.run("ls-files", "-z", "--others", "--", *some, more=literal)
            new = (os.fsdecode(path) for path in listed.split(b"\0") if path)
            lines |= {path: 1 for path in new if _is_filled(repository.root / path)}
    return lines


def _is_filled(file: Path) -> bool:
    return not file.is_symlink() and file.is_file() and file.stat().st_size > 0


def _batches(repository: Repository, base: str) -> Iterator[list[_Changed]]:
    """Yield the changed files, so many that their differences fit into memory."""
    batch: list[_Changed] = []
    size = 0
    for one in _changed(repository, base):
        if batch and (size + one.size > _BATCH_BYTES or len(batch) == _BATCH_PATHS):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += 0 if one.is_whole else one.size
    if batch:
        yield batch


def _changed(repository: Repository, base: str) -> list[_Changed]:
    """List the changed files; what is neither before nor after a regular file is left out."""
    *fields, end = repository.run(*_DIFF, "--raw", "-z", "--no-abbrev", base, "--").split(b"\0")
    if end or len(fields) % 2:
        raise GitError("the output of git diff ends within a line")
    entries = []
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_oid, *_ = head.lstrip(b":").split(b" ")
        was_file, is_file = (int(mode, 8) in REGULAR for mode in (old_mode, new_mode))
        if was_file or is_file:
            entries.append((path, old_oid if was_file else b"", is_file))
    oids = b"".join(oid + b"\n" for _, oid, _ in entries if oid)
    sizes = iter(repository.run("cat-file", "--batch-check=%(objectsize)", stdin=oids).split(b"\n"))
    changed = []
    for path, oid, is_file in entries:
        before = next(sizes, b"") if oid else b"0"
        if not before.isdigit():  # not in this clone
            raise GitError(f"the object {oid.decode()[:12]} is missing from this clone")
        changed.append(_measured(repository.root, path, int(before), is_file=is_file))
    return changed


def _measured(root: Path, path: bytes, before: int, *, is_file: bool) -> _Changed:
    now, start = 0, b""
    with contextlib.suppress(OSError):  # gone meanwhile
        if is_file:
            with (root / os.fsdecode(path)).open("rb") as stream:
                now = os.fstat(stream.fileno()).st_size
                start = stream.read(_SNIFFED_BYTES)
    largest = max(before, now)
    is_binary = largest > _SMALL_BYTES and b"\0" in start
    return _Changed(path, before + now, is_binary or largest > _LARGEST_BYTES)


def _compared(
    repository: Repository, ends: Sequence[str], paths: Sequence[str]
) -> Iterator[tuple[str, LineChange]]:
    for path, found in _hunks(repository, ends, paths):
        added = _all(range(one.new + 1, one.new + one.added + 1) for one in found)
        removed = _all(range(one.old + 1, one.old + one.removed + 1) for one in found)
        yield path, LineChange(added, removed)


def _hunks(
    repository: Repository, ends: Sequence[str], paths: Sequence[str]
) -> Iterator[tuple[str, tuple[Hunk, ...]]]:
    # --text: with an attribute (`*.py -diff`) a file would count as binary, without lines.
    printed = repository.run(
        *_DIFF, "--text", "--unified=0", "--inter-hunk-context=0", "--src-prefix=a/",
        "--dst-prefix=b/", *ends, "--", *paths, more={"GIT_LITERAL_PATHSPECS": "1"},
        limit=_LIMIT,
    )  # fmt: skip
    for part in re.split(rb"^diff --git ", printed, flags=re.MULTILINE)[1:]:
        header = part.split(b"\n@@", 1)[0]
        # git quotes a name only where it must. There is no line of code before the first hunk.
        names = re.findall(rb'^(?:---|\+\+\+) (?:[ab]/(.*?)|"[ab]/(.*)")\t?$', header, re.MULTILINE)
        # Only the mode changed; or a symbolic link, which has a target and no lines.
        if not names or _NO_FILE.search(header):
            continue
        plain, quoted = names[-1]
        found = tuple(_hunk(*match) for match in _HUNK.findall(part))
        yield path_text(plain or unquote(quoted)), found


def _hunk(*fields: bytes) -> Hunk:
    """Read `@@ -START,COUNT +START,COUNT @@`: from 1, and where nothing is, the line before."""
    old, removed, new, added = (int(field or 1) for field in fields)
    return Hunk(old - bool(removed), removed, new - bool(added), added)


def _all(spans: Iterable[range]) -> frozenset[int]:
    return frozenset(number for span in spans for number in span)
