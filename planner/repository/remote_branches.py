"""The branches that a remote has now: asked of it, not taken from what was last fetched."""

import os
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from planner.errors import GitError, PlannerError
from planner.paths import path_text, shell_text
from planner.repository.branches import Reference
from planner.repository.git import Repository, failed, last_line
from planner.repository.process import Limit

_HEADS: Final = "refs/heads/"
_ANY_MEMORY: Final = Limit(memory=0)


class Remote(NamedTuple):
    """A remote repository that is pushed to.

    `source` is where to read from, so that what was pushed is seen: its name, or the URL that is
    pushed to where it has another one for that.
    """

    name: str
    source: str

    @property
    def command(self) -> str:
        """The command that lists the claims there."""
        usual = self.name == "origin"
        return "planner claims" if usual else f"planner claims --remote {shell_text(self.name)}"


class Listing(NamedTuple):
    """What a remote has: the name of its default branch, which may be empty, and its branches.

    The branches are given as that repository has them: they are its own, so `remote` is empty.
    """

    default: str
    branches: tuple[Reference, ...]


def remote_named(repository: Repository, name: str = "") -> Remote:
    """Return the remote of a name; without a name `origin`, or the only one.

    Raises:
        PlannerError: there is none, or there are several.
    """
    known = _lines(repository.run("remote"))
    if not known:
        raise PlannerError(
            "this repository has no remote, and a claim is a branch on a remote",
            hint="git remote add origin URL",
        )
    named = name or ("origin" if "origin" in known else known[0])
    if named not in known:
        raise PlannerError(f"unknown remote {named!r}", hint=f"the remotes are: {', '.join(known)}")
    if not name and named != "origin" and len(known) > 1:
        raise PlannerError(
            f"there are {len(known)} remotes and none is called origin: {', '.join(known)}",
            hint="name one: --remote NAME",
        )
    to = _urls(repository, "--push", named)
    if len(to) > 1:
        raise PlannerError(
            f"a push to {named!r} goes to {len(to)} repositories, but a claim must be made in one",
            hint="name a remote with one URL: --remote NAME",
        )
    return Remote(named, named if to == _urls(repository, named)[:1] else to[0])


def _urls(repository: Repository, *words: str) -> list[str]:
    return _lines(repository.run("remote", "get-url", "--all", *words))


def _lines(printed: bytes) -> list[str]:
    return os.fsdecode(printed).splitlines()


def branches_of(repository: Repository, remote: Remote) -> Listing:
    """Return what a remote has now.

    Raises:
        PlannerError: it cannot be reached.
    """
    asked = ("ls-remote", "--symref", "--", remote.source, "HEAD", f"{_HEADS}*")
    ended = repository.attempt(*asked)
    if ended.exit:
        raise PlannerError(
            f"cannot read the branches of {remote.name!r}: {last_line(path_text(ended.stderr))}",
            hint="check its URL, and that you have access to it: git remote -v",
        )
    default, branches = "", []
    for line in path_text(ended.stdout).split("\n"):
        value, _, ref = line.partition("\t")
        if ref == "HEAD" and value.startswith(f"ref: {_HEADS}"):
            default = value.removeprefix(f"ref: {_HEADS}")
        elif ref.startswith(_HEADS):
            branches.append(Reference(ref.removeprefix(_HEADS), "", value))
    return Listing(default, tuple(branches))


def bring(repository: Repository, remote: Remote, commits: Iterable[str]) -> None:
    """Fetch commits of a remote, and change no ref: other processes may fetch here as well.

    Raises:
        GitError: git failed, or the remote no longer has one of them.
    """
    wanted = "".join(f"{commit}\n" for commit in dict.fromkeys(commits))
    if not wanted:
        return
    ended = repository.attempt(
        "fetch", "--stdin", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules",
        "--no-write-fetch-head", "--no-write-commit-graph", "--no-auto-maintenance",
        "--", remote.source, stdin=wanted.encode(), limit=_ANY_MEMORY,
    )  # fmt: skip
    if ended.exit:
        raise failed("fetch", ended.stderr)


def follow(repository: Repository, remote: Remote, known: str | None, branch: Reference) -> None:
    """Let the remote-tracking branch be where the branch is, whose commit is in this clone.

    Unless another process has moved it meanwhile, or the remote is read from elsewhere.

    Args:
        known: the commit that the remote-tracking branch was at; None where there was none.
    """
    if remote.source == remote.name and known != branch.commit:
        ref = f"refs/remotes/{remote.name}/{branch.name}"
        repository.attempt(
            "update-ref", "--", ref, branch.commit, known or "0" * len(branch.commit)
        )


class Tip(NamedTuple):
    """The last commit of a branch: who wrote it, and when, in seconds since 1970."""

    author: str
    time: int


def tips(repository: Repository, commits: Sequence[str]) -> dict[str, Tip]:
    """Return who wrote some commits, and when they were committed.

    Raises:
        GitError: git failed, or one of them is not in this clone.
    """
    if not commits:
        return {}
    printed = repository.run(
        "rev-list", "--no-walk=unsorted", "--stdin", "--no-commit-header", "--encoding=UTF-8",
        "--format=%H %ct %an", stdin="".join(f"{commit}\n" for commit in commits).encode(),
    )  # fmt: skip
    fields = (line.split(" ", 2) for line in path_text(printed).split("\n")[:-1])
    try:
        return {commit: Tip(author, int(time)) for commit, time, author in fields}
    except ValueError as error:
        raise GitError("git rev-list did not print the commits") from error
