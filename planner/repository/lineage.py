"""Ancestry of commits: merge bases, and the commits of a branch."""

import os
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.repository.git import Repository, oids
from planner.repository.objects import Objects
from planner.repository.process import Limit


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


class Touched(NamedTuple):
    """Who touched a path.

    Attributes:
        first: the first commit that did, the oldest first.
        merged: the first one that is not on the first-parent line: a merge brought it; or empty.
    """

    first: str
    merged: str = ""


class Touches(NamedTuple):
    """What the commits of a branch touched.

    Attributes:
        by_path: who touched each path.
        is_whole: whether this clone has all of its commits.
    """

    by_path: dict[bytes, Touched]
    is_whole: bool


_TOUCHES: Final = Limit(
    size=128 * 1024 * 1024,
    cpu_s=8,
    what="what the commits of the branch changed",
    hint="squash its commits, or merge it in parts",
)


def touches(repository: Repository, base: str, head: str) -> Touches:
    """Return what the commits of a branch touched, those that a merge of the base brought aside.

    Of a merge commit, only changes against all its parents count. A commit whose parents a shallow
    clone lacks seems to add every path, so it is left out.
    """
    printed = repository.run(
        "-c", "log.showRoot=true", "log", "-z", "--topo-order", "--format=%x01%H %P", "--raw",
        "-c", "--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-ext-diff",
        "--no-textconv", "--no-relative", "--no-show-signature", "--no-notes", "--no-color",
        f"-O{os.devnull}", head, "--not", base, "--", limit=_TOUCHES,
    )  # fmt: skip
    cut = boundary(repository)
    found: dict[bytes, Touched] = {}  # from the newest commit to the oldest
    own = head  # the next commit of the first-parent line: git prints children first
    commit, is_own, is_whole, is_known = "", False, True, False
    fields = _fields(printed)
    for field in fields:
        if field.startswith(b"\x01"):
            commit, *parents = os.fsdecode(field[1:]).split()
            is_own = commit == own
            is_known = is_known or commit == head
            is_whole = is_whole and commit not in cut
            own = parents[0] if is_own and parents else own
        elif field.lstrip(b"\n").startswith(b":"):
            path = next(fields, b"")
            if commit not in cut:
                known = found.get(path)
                merged = known.merged if known else ""
                found[path] = Touched(commit, merged if is_own else commit)
    if not is_known:
        raise GitError("git log left out the commits of the branch")
    return Touches(found, is_whole)


def _fields(printed: bytes) -> Iterator[bytes]:
    """Yield the fields between NULs, one by one: a list would double the memory."""
    start = 0
    while (end := printed.find(b"\0", start)) >= 0:
        yield printed[start:end]
        start = end + 1
