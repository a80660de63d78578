"""The branches of a repository, and what landed on them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planner.paths import path_text
from planner.repository import lineage
from planner.repository.git import Repository
from planner.repository.lineage import BranchCommit


class Reference(NamedTuple):
    """A branch: of a remote, or local when `remote` is empty. A name need not be UTF-8."""

    name: str
    remote: str
    commit: str


def references(repository: Repository) -> tuple[Reference, ...]:
    """List all branches, local ones and those of remotes as last fetched, in git's order.

    Raises:
        GitError: git is missing or failed.
    """
    printed = _run(repository, "for-each-ref", "--format=%(objectname) %(refname)", *_BRANCHES)
    branches = []
    for line in printed.split("\n")[:-1]:
        commit, _, ref = line.partition(" ")
        _, kind, name = ref.split("/", 2)
        remote = ""
        if kind == "remotes":
            remote, _, name = name.partition("/")
        if not (remote and name == "HEAD"):
            branches.append(Reference(name, remote, commit))
    return tuple(branches)


_BRANCHES = ("refs/heads", "refs/remotes")


class Message(NamedTuple):
    """A commit with its whole message."""

    commit: str
    is_merge: bool
    text: str


def messages(repository: Repository, base: Reference, marks: Sequence[str]) -> list[Message]:
    """List the commits of a branch's own line whose message has one of the texts, newest first."""
    if not marks:
        return []
    printed = _run(
        repository, "log", "--first-parent", "--encoding=UTF-8", "--no-show-signature",
        "--fixed-strings",
        *(f"--grep={mark}" for mark in dict.fromkeys(marks)),
        "--format=%x00%H%x00%P%x00%B", base.commit, "--",
    )  # fmt: skip
    fields = printed.split("\0")[1:]
    commits = zip(fields[::3], fields[1::3], fields[2::3], strict=True)
    return [Message(commit, " " in parents, text) for commit, parents, text in commits]


def own_messages(
    repository: Repository, tips: Sequence[str], bases: Sequence[str], mark: str
) -> dict[str, tuple[BranchCommit, ...]]:
    """Return by tip the commits on its own line whose message has a text, the oldest first.

    Tips without such a commit are left out; commits that a base has do not count.
    """
    revisions = "\n".join([*dict.fromkeys(tips), *(f"^{base}" for base in bases), ""]).encode()
    words = ("rev-list", "--stdin", "--first-parent")
    printed = repository.run(
        *words, "--fixed-strings", f"--grep={mark}", "--no-commit-header", "--encoding=UTF-8",
        "--format=%x00%H%n%B", stdin=revisions,
    )  # fmt: skip
    records = (record.partition(b"\n") for record in printed.split(b"\0")[1:])
    marked = {id_: BranchCommit(id_.decode(), message) for id_, _, message in records}
    if not marked:
        return {}
    below: dict[bytes, tuple[BranchCommit, ...]] = {}
    lines = repository.run(*words, "--parents", "--topo-order", "--reverse", stdin=revisions)
    for line in lines.splitlines():
        commit, *parents = line.split()
        before = below.get(parents[0], ()) if parents else ()
        below[commit] = (*before, marked[commit]) if commit in marked else before
    return {tip: below[tip.encode()] for tip in tips if below.get(tip.encode())}


def merged(repository: Repository, bases: Sequence[str], tips: Iterable[str]) -> frozenset[str]:
    """Return those of some commits that are in the history of a base: nothing of them is new."""
    asked = dict.fromkeys(tips)
    if not asked:
        return frozenset()
    revisions = "\n".join([*asked, *(f"^{base}" for base in bases), ""]).encode()
    unmerged = _run(repository, "rev-list", "--stdin", stdin=revisions).split()
    return frozenset(asked).difference(unmerged)


def containing(repository: Repository, commit: str) -> frozenset[str]:
    """Return the names of the branches, local ones and those of remotes, that have a commit."""
    printed = _run(
        repository, "for-each-ref", f"--contains={commit}", "--format=%(refname)", *_BRANCHES
    )
    named = (ref.split("/", 2) for ref in printed.split())
    return frozenset(
        name.partition("/")[2] if kind == "remotes" else name for _, kind, name in named
    )


def is_on_line(repository: Repository, base: Reference, commit: str) -> bool:
    """Whether a commit is on the first-parent line of a branch: it was its tip once.

    Also where that cannot be excluded, because a shallow clone lacks the rest of the line.
    """
    parents = _run(repository, "rev-list", "--parents", "--max-count=1", commit).split()[1:]
    line = _run(repository, "rev-list", "--first-parent", base.commit, "--not", *parents).split()
    return commit in line or not lineage.boundary(repository).isdisjoint(line)


def ahead_behind(repository: Repository, base: str, head: str) -> tuple[int, int]:
    """Count the commits that a head has and its base lacks, and the other way round."""
    printed = _run(repository, "rev-list", "--left-right", "--count", f"{head}...{base}")
    ahead, behind = printed.split()
    return int(ahead), int(behind)


def _run(repository: Repository, *words: str, stdin: bytes = b"") -> str:
    return path_text(repository.run(*words, stdin=stdin))
