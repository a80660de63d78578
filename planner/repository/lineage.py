"""Ancestry of commits: merge bases, and the commits of a branch."""

import os
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.repository.git import Repository, oids
from planner.repository.objects import Objects
from planner.repository.process import Limit

WHOLE_HISTORY: Final = (
    "git fetch --unshallow (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"
)
"""How to get what a shallow clone lacks."""


class BranchCommit(NamedTuple):
    """A commit on the first-parent line of a branch, with its whole message."""

    commit: str
    message: bytes


class History(NamedTuple):
    """Where to read the own commits of a branch: those of `tip` that `base` lacks."""

    repository: Repository
    objects: Objects
    base: str
    tip: str


def merge_bases(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """List the best common ancestors of two commits; none when they share no history."""
    printed = repository.run("merge-base", "--all", base, head, expect=(0, 1))
    return oids("merge-base", printed)


def contains(repository: Repository, head: str, commit: str) -> bool:
    """Return whether a commit is another one or an ancestor of it."""
    return merge_bases(repository, head, commit) == (commit,)


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


def messages(repository: Repository, bases: Sequence[str], head: str) -> tuple[BranchCommit, ...]:
    """List the commits of `first_parents` with their messages, the oldest first."""
    printed = repository.run(
        "rev-list", "--first-parent", "--reverse", "--no-commit-header", "--encoding=UTF-8",
        "--format=%x00%H%n%B", head, "--not", *bases, limit=_MESSAGES,
    )  # fmt: skip
    commits = []
    for record in printed.split(b"\0")[1:]:
        commit, _, message = record.partition(b"\n")
        commits.append(BranchCommit(os.fsdecode(commit), message))
    if printed and (not commits or commits[-1].commit != head):
        raise GitError("git rev-list did not print the commits of the branch")
    return tuple(commits)


def own_messages(repository: Repository, base: str, head: str) -> tuple[BranchCommit, ...]:
    """List the commits of `first_parents` that are no merges, with messages, the oldest first."""
    printed = repository.run(
        "rev-list", "--first-parent", "--no-merges", "--reverse", "--no-commit-header",
        "--encoding=UTF-8", "--format=%x00%H%n%B", head, "--not", base, limit=_MESSAGES,
    )  # fmt: skip
    records = (record.partition(b"\n") for record in printed.split(b"\0")[1:])
    return tuple(BranchCommit(os.fsdecode(commit), message) for commit, _, message in records)


class Lacking(NamedTuple):
    """The commits of one head that another one lacks.

    Attributes:
        number: how many there are; 0 where a shallow clone cannot tell how many.
        is_certain: whether there are any; a shallow clone may not know the way to them.
    """

    number: int
    is_certain: bool = True


def lacking(repository: Repository, head: str, of: str) -> Lacking | None:
    """Return the commits of another head that a head lacks; None where it has them all."""
    if not repository.is_shallow:
        number = int(repository.run("rev-list", "--count", of, "--not", head))
        return Lacking(number) if number else None
    missing, own = (
        oids("rev-list", repository.run("rev-list", one, "--not", other))
        for one, other in ((of, head), (head, of))
    )
    if not missing:
        return None
    cut = boundary(repository)
    # Behind such a commit of its own, the head may have what seems to be missing.
    is_certain = cut.isdisjoint(own)
    return Lacking(len(missing) if is_certain and cut.isdisjoint(missing) else 0, is_certain)


class BranchMessages(NamedTuple):
    """The messages of a branch's commits, the oldest first.

    Attributes:
        own: those on its first-parent line.
        merged: those that came with merges.
    """

    own: tuple[BranchCommit, ...] = ()
    merged: tuple[BranchCommit, ...] = ()


def branch_messages(history: History, merge_base: str) -> BranchMessages:
    """Return the messages of the commits of a branch.

    Args:
        merge_base: where the branch started, to read few commits without a process of their own;
            empty where it is not known.
    """
    own = _line_to(history.objects, merge_base, history.tip) if merge_base else None
    if own is not None:
        return BranchMessages(own)
    printed = history.repository.run(
        "rev-list", "--topo-order", "--reverse", "--no-commit-header", "--encoding=UTF-8",
        "--format=%x00%H %P%n%B", history.tip, "--not", history.base, limit=_MESSAGES,
    )  # fmt: skip
    commits: dict[str, BranchCommit] = {}
    first_parent: dict[str, str] = {}
    for record in printed.split(b"\0")[1:]:
        ids, _, message = record.partition(b"\n")
        commit, *parents = os.fsdecode(ids).split()
        commits[commit] = BranchCommit(commit, message)
        first_parent[commit] = parents[0] if parents else ""
    line = []
    at = history.tip
    while at in commits:
        line.append(commits.pop(at))
        at = first_parent[at]
    return BranchMessages(tuple(reversed(line)), tuple(commits.values()))


_MOST_READ: Final = 50  # commits: more take longer than a process


def _line_to(objects: Objects, base: str, tip: str) -> tuple[BranchCommit, ...] | None:
    """The commits from the base to the tip; None where they are not a short line in UTF-8."""
    line: list[BranchCommit] = []
    while tip != base:
        header, _, message = (objects.content(tip.encode()) or b"").partition(b"\n\n")
        parents = _PARENT.findall(header)
        if len(parents) != 1 or b"\nencoding " in header or len(line) == _MOST_READ:
            return None
        line.append(BranchCommit(tip, message))
        tip = os.fsdecode(parents[0])
    return tuple(reversed(line))


_PARENT: Final = re.compile(rb"^parent ([0-9a-f]+)$", re.MULTILINE)


class Touch(NamedTuple):
    """One change of a path by a commit of a branch.

    Attributes:
        oid: what the path was afterwards; zeros where it was deleted.
        is_own: whether the commit is on the first-parent line, and no merge brought it.
    """

    commit: str
    oid: str
    is_own: bool


class Touches(NamedTuple):
    """What the commits of a branch touched.

    Attributes:
        first: by path, the first commit that touched it.
        undone: of each path that the branch as a whole does not change, all changes, the newest
            first.
        is_whole: whether this clone has all of its commits.
    """

    first: dict[bytes, str]
    undone: dict[bytes, list[Touch]]
    is_whole: bool


_TOUCHES: Final = Limit(
    size=128 * 1024 * 1024,
    cpu_s=8,
    what="what the commits of the branch changed",
    hint="squash its commits, or merge it in parts",
)
_RAW: Final = (
    "-c", "log.showRoot=true", "log", "-z", "--topo-order", "--format=%x01%H %P", "--raw",
    "--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv",
    "--no-relative", "--no-show-signature", "--no-notes", "--no-color", f"-O{os.devnull}",
)  # fmt: skip


def touches(repository: Repository, base: str, head: str, changed: frozenset[bytes]) -> Touches:
    """Return what the commits of a branch touched, those that a merge of the base brought aside.

    Of a merge commit, only changes against all its parents count. A commit whose parents a shallow
    clone lacks seems to add every path, so it is left out.

    Args:
        changed: the paths that the branch as a whole changes.
    """
    printed = repository.run(*_RAW, "-c", head, "--not", base, "--", limit=_TOUCHES)
    cut = boundary(repository)
    found = Touches({}, {}, is_whole=True)
    own = head  # the next commit of the first-parent line: git prints children first
    is_known, is_whole = False, True
    commit, is_own = "", False
    for parents, oid, path in _raw_changes(printed):
        if parents is not None:
            commit = parents[0]
            is_own = commit == own
            is_known = is_known or commit == head
            is_whole = is_whole and commit not in cut
            own = parents[1] if is_own and len(parents) > 1 else own
        elif commit not in cut:
            found.first[path] = commit  # the oldest comes last
            if path not in changed:
                found.undone.setdefault(path, []).append(Touch(commit, oid, is_own))
    if not is_known:
        raise GitError("git log left out the commits of the branch")
    return found._replace(is_whole=is_whole)


def contents(
    repository: Repository, head: str, without: Sequence[str], paths: Sequence[bytes]
) -> set[tuple[bytes, str]]:
    """Return what paths were after commits of a branch, as pairs of path and object id.

    Args:
        without: commits whose history does not count.
    """
    specs = [f":(literal){os.fsdecode(path)}" for path in paths]
    printed = repository.run(*_RAW, "-m", head, "--not", *without, "--", *specs, limit=_TOUCHES)
    return {(path, oid) for commit, oid, path in _raw_changes(printed) if commit is None}


def _raw_changes(printed: bytes) -> Iterator[tuple[list[str] | None, str, bytes]]:
    """Yield each commit with its parents, and then its changes: object id and path."""
    fields = _fields(printed)
    for field in fields:
        if field.startswith(b"\x01"):
            yield os.fsdecode(field[1:]).split(), "", b""
        elif field.lstrip(b"\n").startswith(b":"):
            yield None, os.fsdecode(field.split()[-2]), next(fields, b"")


def _fields(printed: bytes) -> Iterator[bytes]:
    """Yield the fields between NULs, one by one: a list would double the memory."""
    start = 0
    while (end := printed.find(b"\0", start)) >= 0:
        yield printed[start:end]
        start = end + 1
