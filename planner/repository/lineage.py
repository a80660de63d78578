"""How commits descend from one another: merge bases, and the commits of a branch."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from planner.errors import GitError
from planner.repository.git import Repository, oids


class BranchCommit(NamedTuple):
    """A commit of a branch's first-parent line, with its whole message."""

    commit: str
    message: bytes


def merge_bases(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """The best common ancestors of two commits; none when they share no history."""
    printed = repository.run("merge-base", "--all", base, head, expect=(0, 1))
    return oids("merge-base", printed)


def is_made_up(repository: Repository, base: str, head: str, merge_base: str) -> bool:
    """Whether a shallow clone may have made up the merge base.

    A commit of the shallow boundary between the merge base and the tips has parents that this
    clone does not know: the true merge base may lie behind it. With none there, every parent of
    that region is known, and no better common ancestor can exist. A base that is itself the
    merge base is right whatever the clone lacks.
    """
    if not repository.is_shallow or merge_base == base:
        return False
    between = oids("rev-list", repository.run("rev-list", base, head, "--not", merge_base))
    if not {base, head} - {merge_base} <= set(between):
        raise GitError("git rev-list left out the very commits that it was asked for")
    return not boundary(repository).isdisjoint(between)


def boundary(repository: Repository) -> frozenset[str]:
    """The commits whose parents a shallow clone left behind; none in a whole one.

    Raises:
        GitError: the list of them cannot be read.
    """
    if not repository.is_shallow:
        return frozenset()
    try:
        listed = (repository.common_dir / "shallow").read_text(encoding="ascii")
    except FileNotFoundError:
        return frozenset()  # the clone was made whole meanwhile: by --fetch
    except (OSError, ValueError) as error:
        raise GitError(f"cannot read the shallow boundary: {error}") from error
    return frozenset(listed.split())


def first_parents(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """The commits on head's first-parent line that base does not contain, the oldest first."""
    printed = repository.run("rev-list", "--first-parent", "--reverse", head, "--not", base)
    return oids("rev-list", printed)


def messages(repository: Repository, base: str, head: str) -> tuple[BranchCommit, ...]:
    """The commits of `first_parents` with their messages, the oldest first."""
    printed = repository.run(
        "rev-list", "--first-parent", "--reverse", "--no-commit-header", "--encoding=UTF-8",
        "--format=%x00%H%n%B", head, "--not", base,
    )  # fmt: skip
    commits = []
    for record in printed.split(b"\0")[1:]:
        commit, _, message = record.partition(b"\n")
        commits.append(BranchCommit(os.fsdecode(commit), message))
    return tuple(commits)


def first_touches(
    repository: Repository, base: str, head: str, paths: frozenset[bytes]
) -> dict[bytes, str]:
    """For each of the paths, the first commit of the branch that touched it.

    Commits that came by merging the base do not count; of a merge commit only what it changed
    against all its parents does. A commit whose parents a shallow clone left behind seems to
    add every path, so it is none's first.
    """
    listed = repository.run("rev-list", "--reverse", "--topo-order", head, "--not", base)
    cut = boundary(repository)
    known = [commit for commit in oids("rev-list", listed) if commit not in cut]
    if not known:
        return {}
    commits = "".join(f"{commit}\n" for commit in known).encode()
    printed = repository.run(
        "diff-tree", "--stdin", "-r", "--root", "-c", "--raw", "-z", "--no-renames",
        "--ignore-submodules=none", stdin=commits,
    )  # fmt: skip
    touched: dict[bytes, str] = {}
    commit = ""
    fields = _fields(printed)
    for field in fields:
        if field.startswith(b":"):
            path = next(fields, b"")
            if path in paths:
                touched.setdefault(path, commit)
        elif field:
            commit = os.fsdecode(field).strip()
    return touched


def _fields(printed: bytes) -> Iterator[bytes]:
    """What NULs part, one by one: all at once would be as large again."""
    start = 0
    while (end := printed.find(b"\0", start)) >= 0:
        yield printed[start:end]
        start = end + 1
