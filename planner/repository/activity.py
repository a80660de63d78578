"""Which paths the last commits changed, and how often."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from planner.repository.git import Repository
from planner.repository.process import Limit

_MOST_COMMITS: Final = 300
_MOST_PATHS: Final = 50  # of a commit: one that changes more is a move or a new format of all
_LIMIT: Final = Limit(size=64 * 1024 * 1024, cpu_s=10)
_LOG: Final = (
    "-c", "log.showRoot=false", "log", "-z", "--no-merges", "--format=%x01", "--name-only",
    "--no-renames", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv", "--no-relative",
    "--no-show-signature", "--no-notes", "--no-color", f"-O{os.devnull}",
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
    for record in printed.split(b"\x01\0"):
        paths = [
            path.removeprefix(b"\n") for path in record.split(b"\0") if path not in (b"", b"\n")
        ]
        if paths:
            yield paths
