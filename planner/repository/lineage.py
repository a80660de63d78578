"""Ancestry of commits: merge bases, and the commits of a branch."""

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from planner.errors import GitError, TooBigError
from planner.repository.git import Repository, oids
from planner.repository.process import Limit


class BranchCommit(NamedTuple):
    """A commit on the first-parent line of a branch, with its whole message."""

    commit: str
    message: bytes


def merge_bases(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """List the best common ancestors of two commits; none when they share no history."""
    printed = repository.run("merge-base", "--all", base, head, expect=(0, 1))
    return oids("merge-base", printed)


def may_be_wrong(repository: Repository, base: str, head: str, merge_base: str) -> bool:
    """Whether the merge base may be wrong because the clone is shallow.

    A commit of the shallow boundary between the merge base and the tips has parents that this
    clone does not have: the true merge base may be behind it. Without such a commit, all parents
    of that region are known, so no better common ancestor can exist. A base that is itself the
    merge base is right in any clone.
    """
    if not repository.is_shallow or merge_base == base:
        return False
    between = oids("rev-list", repository.run("rev-list", base, head, "--not", merge_base))
    if not {base, head} - {merge_base} <= set(between):
        raise GitError("git rev-list did not print the commits that it was given")
    return not boundary(repository).isdisjoint(between)


def boundary(repository: Repository) -> frozenset[str]:
    """Return the commits whose parents a shallow clone lacks; none in a full clone.

    Raises:
        GitError: the list of them cannot be read.
    """
    if not repository.is_shallow:
        return frozenset()
    try:
        listed = (repository.common_dir / "shallow").read_text(encoding="ascii")
    except FileNotFoundError:
        return frozenset()  # --fetch has made the clone full meanwhile
    except (OSError, ValueError) as error:
        raise GitError(f"cannot read the shallow boundary: {error}") from error
    return frozenset(listed.split())


def first_parents(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """List the commits on the first-parent line of head that base lacks, the oldest first."""
    printed = repository.run("rev-list", "--first-parent", "--reverse", head, "--not", base)
    return oids("rev-list", printed)


_MESSAGES: Final = Limit(
    size=16 * 1024 * 1024,
    what="what the commit messages of the branch say",
    hint="shorten them: git rebase --interactive",
)


def messages(repository: Repository, base: str, head: str) -> tuple[BranchCommit, ...]:
    """List the commits of `first_parents` with their messages, the oldest first."""
    printed = repository.run(
        "rev-list", "--first-parent", "--reverse", "--no-commit-header", "--encoding=UTF-8",
        "--format=%x00%H%n%B", head, "--not", base, limit=_MESSAGES,
    )  # fmt: skip
    commits = []
    for record in printed.split(b"\0")[1:]:
        commit, _, message = record.partition(b"\n")
        commits.append(BranchCommit(os.fsdecode(commit), message))
    return tuple(commits)


def first_touches(
    repository: Repository, base: str, head: str, paths: frozenset[bytes]
) -> dict[bytes, str]:
    """Return for each of the paths the first commit of the branch that touched it.

    Commits that a merge of the base brought do not count; of a merge commit, only changes against
    all its parents do. A commit whose parents a shallow clone lacks seems to add every path, so it
    is left out.
    """
    listed = repository.run("rev-list", "--reverse", "--topo-order", head, "--not", base)
    cut = boundary(repository)
    known = [commit for commit in oids("rev-list", listed) if commit not in cut]
    touched: dict[bytes, str] = {}
    for start in range(0, len(known), _TOGETHER):
        if len(touched) == len(paths):
            break
        try:
            _add_touches(repository, known[start : start + _TOGETHER], paths, touched)
        except TooBigError:
            break  # the findings stand without their commits
    return touched


_TOGETHER: Final = 500  # commits that one process looks at
_TOUCHES: Final = Limit(size=64 * 1024 * 1024, cpu_s=5)


def _add_touches(
    repository: Repository, commits: list[str], paths: frozenset[bytes], touched: dict[bytes, str]
) -> None:
    """Add the first of the commits that touched each of the paths not touched before."""
    printed = repository.run(
        "diff-tree", "--stdin", "-r", "--root", "-c", "--raw", "-z", "--no-renames",
        "--ignore-submodules=none", stdin="".join(f"{one}\n" for one in commits).encode(),
        limit=_TOUCHES,
    )  # fmt: skip
    commit = ""
    fields = _fields(printed)
    for field in fields:
        if field.startswith(b":"):
            path = next(fields, b"")
            if path in paths:
                touched.setdefault(path, commit)
        elif field:
            commit = os.fsdecode(field).strip()


def _fields(printed: bytes) -> Iterator[bytes]:
    """Yield the fields between NULs, one by one: a list would double the memory."""
    start = 0
    while (end := printed.find(b"\0", start)) >= 0:
        yield printed[start:end]
        start = end + 1
