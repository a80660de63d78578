"""Which paths the last commits changed, and how often."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from planner.repository.git import Repository
from planner.repository.process import Limit

_MOST_COMMITS: Final = 300
_MOST_PATHS: Final = 50  # of a commit: one that changes more is a move or a new format of all
_LIMIT: Final = Limit(size=64 * 1024 * 1024, cpu_s=10)
LOG_PATHS: Final = (
    "log", "-z", "--name-only",
    "--no-renames", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv", "--no-relative",
    "--no-show-signature", "--no-notes", "--no-color", f"-O{os.devnull}",
)  # fmt: skip
"""Lists commits with the paths that each changed, for `records`; configuration changes nothing."""
_LOG: Final = (
    "-c", "log.showRoot=false", *LOG_PATHS, "--no-merges", "--format=%x00%H%x00%s",
)  # fmt: skip


def changed_often(repository: Repository, commit: str) -> Mapping[bytes, int]:
    """Return how often the last commits up to a commit changed each path.

    Merges, the first commit, and commits that change very many paths do not count.

    Raises:
        GitError: git failed, as where a partial clone lacks trees.
    """
    counts: Counter[bytes] = Counter()
    for paths in changed_together(repository, commit, _MOST_COMMITS):
        if len(paths) <= _MOST_PATHS:
            counts.update(paths)
    return counts


def changed_together(repository: Repository, commit: str, most: int) -> Iterator[list[bytes]]:
    """Yield the paths that each of the last commits up to a commit changed, the newest first.

    Merges and the first commit of the history are left out.

    Args:
        most: how many commits are read.

    Raises:
        GitError: git failed, as where a partial clone lacks trees.
    """
    printed = repository.run(*_LOG, f"--max-count={most}", commit, "--", limit=_LIMIT)
    for _, _, paths in records(printed):
        if paths:
            yield paths


def records(printed: bytes) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
    """Yield two fields and the paths of each commit that git printed: `%x00FIELD%x00FIELD`.

    An empty field begins a commit, since no path is empty; all other bytes may be in a path.
    """
    fields = printed.split(b"\0")[:-1]
    at = 0
    while at < len(fields):
        first, second = fields[at + 1 : at + 3]
        at += 3
        start = at
        while at < len(fields) and fields[at]:
            at += 1
        paths = fields[start:at]
        yield first, second, [path.removeprefix(b"\n") for path in paths[:1]] + paths[1:]


class OwnCommit(NamedTuple):
    """A commit of a branch, with the paths that it changed."""

    commit: str
    subject: str
    paths: frozenset[bytes]


def own_commits(repository: Repository, base: str, head: str) -> tuple[OwnCommit, ...]:
    """List the commits of head that base lacks, the oldest first; merges are left out.

    Raises:
        GitError: git failed.
    """
    printed = repository.run(*_LOG, "--reverse", head, "--not", base, "--", limit=_LIMIT)
    return tuple(
        OwnCommit(commit.decode(), subject.decode("utf-8", "replace"), frozenset(paths))
        for commit, subject, paths in records(printed)
    )
