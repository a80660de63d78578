"""The paths that a branch, the index or the work tree changed, exactly as git knows them."""

import os
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.repository.git import Repository

SYMLINK: Final = 0o120000

# --no-renames: with renames on, moving a file out of a foreign folder hides its deletion.
# --ignore-submodules=none: `ignore = all` in .gitmodules would hide a new pointer, in a fresh
# clone as well.
_RAW: Final = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")


class Change(NamedTuple):
    """One path that was touched.

    Attributes:
        path: from the repository's root, in git's bytes.
        status: A added, M modified, D deleted, T its type changed.
        mode: the new mode, 0 when deleted.
        oid: the new object; all zeros where git has not hashed it (a file of the work tree).
    """

    path: bytes
    status: str
    mode: int
    oid: str


def between(repository: Repository, base: str, head: str) -> tuple[Change, ...]:
    """What changed from one commit to another, in path order. Both ends of a rename count.

    Raises:
        GitError: git stopped, or its answer is not complete.
    """
    printed = repository.run(
        "diff-tree", "-r", *_RAW, "--ignore-submodules=none", "--end-of-options", base, head, "--"
    )
    return _parse(printed)


def staged(repository: Repository) -> tuple[Change, ...]:
    """What the index would add to HEAD, in path order. Within a hook, it is the hook's index."""
    index = os.environ.get("GIT_INDEX_FILE", "")
    against = "HEAD"
    if repository.is_unborn:
        against = os.fsdecode(repository.run("hash-object", "-t", "tree", "--stdin")).strip()
    printed = repository.run(
        "diff-index", "--cached", *_RAW, "--ignore-submodules=none", against, "--", index=index
    )
    return _parse(printed)


def in_worktree(repository: Repository, base: str) -> tuple[Change, ...]:
    """What the work tree changed since a commit, untracked files that are not ignored included."""
    # git diff, not diff-index: the latter calls a touched file changed. The order and the folder
    # that the user's configuration asks for are cancelled.
    printed = repository.run(
        "diff", *_RAW, "--ignore-submodules=dirty", "-O/dev/null", "--no-relative", base, "--"
    )
    untracked = repository.run("ls-files", "-z", "--others", "--exclude-standard")
    new = [
        Change(path, "A", SYMLINK if _is_link(repository, path) else 0o100644, "")
        for path in untracked.split(b"\0")
        if path
    ]
    return tuple(sorted((*_parse(printed), *new)))


def _is_link(repository: Repository, path: bytes) -> bool:
    return (repository.root / os.fsdecode(path)).is_symlink()


def tracked(repository: Repository, revision: str = "") -> tuple[bytes, ...]:
    """The tracked paths, of the index or of a commit, in git's order."""
    if revision:
        printed = repository.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)
    else:
        printed = repository.run("ls-files", "-z", "--cached", "--full-name")
    return tuple(dict.fromkeys(path for path in printed.split(b"\0") if path))


def _parse(printed: bytes) -> tuple[Change, ...]:
    """Read git's raw format: `:MODE MODE OID OID STATUS NUL PATH NUL`."""
    *fields, end = printed.split(b"\0")
    if end or len(fields) % 2:
        raise GitError("git diff ended in the middle of a line")
    changes = []
    paths = iter(fields)
    for head in paths:
        words = head.split(b" ")
        if len(words) != 5 or head[:1] != b":":
            raise GitError(f"git diff printed an unknown line: {head[:80]!r}")
        status = words[4][:1].decode("ascii", "replace")
        mode = int(words[1], 8)
        # Only links are looked into: for 100,000 paths the other ids would be 10 MB.
        oid = words[3].decode("ascii", "replace") if mode == SYMLINK else ""
        changes.append(Change(next(paths), "M" if status == "U" else status, mode, oid))
    return tuple(changes)
