"""The paths that a branch, the index or the work tree changed, as the bytes that git stores."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import GitError, TooBigError
from planner.repository import names
from planner.repository.git import Repository, oids
from planner.repository.process import Limit

SYMLINK: Final = 0o120000
SUBMODULE: Final = 0o160000
REGULAR: Final = (0o100644, 0o100755)

# --no-renames: with renames, moving a file out of another folder would hide its deletion.
# --ignore-submodules=none: `ignore = all` in .gitmodules would hide a new commit of a submodule.
_RAW: Final = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")


_STATUSES: Final = {b"A": "A", b"M": "M", b"D": "D", b"T": "T", b"U": "M"}


# 100,000 paths of a usual length take 16 MiB. A tree that holds itself many times over has no end.
_LIMIT: Final = Limit(
    size=32 * 1024 * 1024,
    what="the list of changed paths",
    hint="split the change into several pull requests",
)


class Change(NamedTuple):
    """One changed path.

    Attributes:
        path: relative to the repository root, in git's bytes.
        status: A added, M modified, D deleted, T type changed.
        mode: the new mode, 0 when deleted.
        oid: for a symlink, its new object, or zeros if git has not hashed it; else empty.
    """

    path: bytes
    status: str
    mode: int
    oid: str


def between(repository: Repository, base: str, head: str) -> tuple[Change, ...]:
    """List the changes from one commit to another, in path order. Both ends of a rename count.

    Raises:
        GitError: git is missing or failed, or its output is incomplete.
    """
    printed = repository.run(
        "diff-tree", "-r", *_RAW, "--ignore-submodules=none", "--end-of-options", base, head, "--",
        limit=_LIMIT._replace(cpu_s=5),
    )  # fmt: skip
    return _accepted(_parse(printed), head)


def _accepted(changes: tuple[Change, ...], commit: str) -> tuple[Change, ...]:
    """Return the changes; a path that git refuses may only be deleted.

    Raises:
        GitError: there is such a path.
    """
    if names.are_plain([change.path for change in changes]):
        return changes
    for path, status, mode, _ in changes:
        if not path or (status != "D" and names.is_refused(path, mode)):
            raise names.refusal(path, commit)
    return changes


def staged(repository: Repository) -> tuple[Change, ...]:
    """List the changes of the index against HEAD, in path order."""
    words = ("diff-index", "--cached", *_RAW, "--ignore-submodules=none")
    printed = repository.run(*words, "HEAD", "--", limit=_LIMIT)
    if not printed:
        _prove(repository, *words, _empty_tree(repository), "--")
    changes = _parse(printed)
    # In a merge, a path that is the same in another parent was changed there, not here.
    for parent in _merge_heads(repository):
        others = _parse(repository.run(*words, parent, "--", limit=_LIMIT))
        differing = {change.path for change in others}
        changes = tuple(change for change in changes if change.path in differing)
    return _accepted(changes, "the index")


def _merge_heads(repository: Repository) -> tuple[str, ...]:
    """List the commits that an unfinished merge brings in.

    Raises:
        GitError: git's list of them is damaged.
    """
    place = repository.git_dir / "MERGE_HEAD"
    if not place.is_file():  # a pipe might never end
        return ()
    with place.open("rb") as file:
        listed = file.read(_MOST_BYTES + 1)
    heads = tuple(listed.decode("ascii", "replace").split())
    if len(listed) > _MOST_BYTES or not all(map(_OID.fullmatch, heads)):
        raise GitError(
            f"{str(place)!r} does not name the commits of a merge", hint="git merge --abort"
        )
    return heads


_MOST_BYTES: Final = 8_192  # git merges a hundred commits at most
_OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def in_worktree(repository: Repository, base: str) -> tuple[Change, ...]:
    """List the changes of the work tree against a commit, with untracked, not ignored files."""
    import shutil  # noqa: PLC0415 - only needed here
    import tempfile  # noqa: PLC0415

    # git diff, not diff-index, which lists a file that was only touched. -O and --no-relative
    # override the user's configuration. It refreshes the index in spite of --no-optional-locks,
    # so it gets a copy.
    words = ("diff", *_RAW, "--ignore-submodules=dirty", "-O/dev/null", "--no-relative")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "index"
        index = repository.git_dir / "index"
        if index.exists():
            shutil.copy2(index, copy)  # keeps its time, by which git detects changed files
        with_copy = repository._replace(index_file=str(copy))
        printed = with_copy.run(*words, base, "--", limit=_LIMIT)
        if not printed:
            _prove(with_copy, *words, _empty_tree(repository), "--")
    untracked = repository.run("ls-files", "-z", "--others", "--exclude-standard")
    if not untracked:
        _prove(repository, "ls-files", "-z", "--cached")
    new = {one.path: one for one in (_untracked(repository, path) for path in _paths(untracked))}
    tracked = []
    for change in _parse(printed):
        if change.path in new:  # `git rm --cached` left the file behind
            new[change.path] = new[change.path]._replace(status="M")
        else:
            tracked.append(change)
    return _accepted(tuple(sorted((*tracked, *new.values()))), "the work tree")


def untracked(repository: Repository) -> tuple[Change, ...]:
    """List the files that are neither tracked nor ignored, in path order; proves nothing."""
    printed = repository.run("ls-files", "-z", "--others", "--exclude-standard")
    return tuple(sorted(_untracked(repository, path) for path in _paths(printed)))


class Ignored(NamedTuple):
    """A path that git ignores, and the rule: `FILE:LINE` and the pattern."""

    path: str
    place: str
    pattern: str


def ignored(repository: Repository, paths: Iterable[str]) -> tuple[Ignored, ...]:
    """List those of some untracked paths that `git add` refuses without `--force`."""
    # With `./` in front nothing in a name is magic of a pathspec.
    asked = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    words = ("check-ignore", "--verbose", "-z", "--stdin")
    # 128: git follows no link to a path, and knows no rule for what is behind one, nor in a
    # submodule.
    fields = os.fsdecode(repository.run(*words, stdin=asked, expect=(0, 1, 128))).split("\0")[:-1]
    found = zip(*(fields[at::4] for at in range(4)), strict=True)
    return tuple(
        Ignored(path.removeprefix("./"), f"{source}:{line}", pattern)
        for source, line, pattern, path in found
        if not pattern.startswith("!")
    )


def _untracked(repository: Repository, path: bytes) -> Change:
    # A nested repository is listed as a folder; if added, it would be a submodule of that name.
    if path.endswith(b"/"):
        return Change(path[:-1], "A", SUBMODULE, "")
    is_link = (repository.root / os.fsdecode(path)).is_symlink()
    return Change(path, "A", SYMLINK if is_link else REGULAR[0], "")


def _empty_tree(repository: Repository) -> str:
    """Return the id of the empty tree, without writing it."""
    printed = repository.run("hash-object", "-t", "tree", "--stdin")
    return "".join(oids("hash-object", printed))


def _prove(repository: Repository, *words: str) -> None:
    """Check that git prints something where it must: else an empty answer proves nothing."""
    try:
        is_printing = bool(repository.run(*words, limit=Limit(size=4096)))
    except TooBigError:
        is_printing = True
    if not is_printing:
        raise GitError(f"git {words[0]} prints nothing, even where there must be output")


def list_tracked(repository: Repository, revision: str = "") -> tuple[bytes, ...]:
    """List the tracked paths of the index or of a commit, in git's order."""
    if revision:
        printed = repository.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)
    else:
        printed = repository.run("ls-files", "-z", "--cached", "--full-name")
    return tuple(dict.fromkeys(_paths(printed)))


def _paths(printed: bytes) -> list[bytes]:
    """Split a list of paths, each of which ends with NUL."""
    *paths, end = printed.split(b"\0")
    if end or not all(paths):
        raise GitError("git did not print a list of paths")
    return paths


def _parse(printed: bytes) -> tuple[Change, ...]:
    """Read git's raw format: `:MODE MODE OID OID STATUS NUL PATH NUL`."""
    *fields, end = printed.split(b"\0")
    if end or len(fields) % 2:
        raise GitError("the output of git diff ends within a line")
    changes = []
    kinds: dict[bytes, tuple[int, str]] = {}
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        # Thousands of lines have only a few combinations of modes and status: parse each once.
        modes, status = head[:15], head[-2:]
        kind = kinds.get(modes + status)
        if kind is None or head.count(b" ") != 4:
            kind = kinds[modes + status] = _kind(head)
        # Only symlinks are read later: for 100,000 paths the other ids would take 10 MB.
        oid = head.split(b" ")[3].decode("ascii", "replace") if kind[0] == SYMLINK else ""
        changes.append(Change(path, kind[1], kind[0], oid))
    return tuple(changes)


def _kind(head: bytes) -> tuple[int, str]:
    """Return the new mode and the status of a line; a path in conflict counts as modified."""
    words = head.split(b" ")
    if len(words) != 5 or head[:1] != b":" or words[4] not in _STATUSES:
        raise GitError(f"git diff printed an unknown line: {head[:80]!r}")
    return int(words[1], 8), _STATUSES[words[4]]


_ESCAPE: Final = re.compile(rb"\\(?:([0-3][0-7]{2})|(.))")
_ESCAPES: Final[Mapping[bytes, bytes]] = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip


def unquote(text: bytes) -> bytes:
    """Undo git's C-style quoting of a path (git-config(1), core.quotePath), without the quotes."""

    def unescape(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([int(match[1], 8)])
        return _ESCAPES.get(match[2], match[2])

    return _ESCAPE.sub(unescape, text)
