"""Creates and deletes branches of a remote, each only if it is there as the caller knows it."""

import os
import re
import time
from typing import Final, Literal, NamedTuple

from planner.paths import path_text
from planner.repository.git import Repository, last_line
from planner.repository.process import Ended, Limit
from planner.repository.remote_branches import Remote

_TRIES: Final = 6
_WAIT_S: Final = 0.1  # at most, before the second try; twice as long before each further one
_MOST_WORDS: Final = 300  # characters of what a remote says
# What git says of a ref that another process is writing, or has just written.
_CONTENDED: Final = re.compile("failed to (?:update ref|lock)|cannot lock ref|already exists")
_REPORTED: Final = re.compile(r"\[(?P<kind>[a-z ]+)\](?: \((?P<why>.*)\))?")


class Pushed(NamedTuple):
    """What became of a push.

    `words` is what the remote said about it, on one line. `changed` means that the branch is not
    as the caller knew it, so that nothing was done; `unanswered` that nobody knows what was done.
    """

    result: Literal["done", "changed", "refused", "unanswered"]
    words: str = ""


def create(repository: Repository, remote: Remote, branch: str, commit: str) -> Pushed:
    """Create a branch that must not exist, also not at the same commit.

    `done` only where git reports a new branch: a lease passes for one that is at this very commit,
    since git compares the commits first (`set_ref_status_for_push` in remote.c).
    """
    return _pushed(repository, remote, f"{commit}:refs/heads/{branch}", "", "*")


def delete(repository: Repository, remote: Remote, branch: str, commit: str) -> Pushed:
    """Delete a branch that must be at this commit."""
    return _pushed(repository, remote, f":refs/heads/{branch}", commit, "-")


def _pushed(
    repository: Repository, remote: Remote, refspec: str, lease: str, wanted: str
) -> Pushed:
    """Push until the remote gives an answer that is not about another process's lock."""
    tried = 1
    while True:
        pushed = _answer(_push(repository, remote, refspec, lease), refspec, wanted)
        is_contended = pushed.result == "refused" and _CONTENDED.search(pushed.words)
        if not is_contended or tried == _TRIES:
            return pushed
        time.sleep(_WAIT_S * 2**tried * os.urandom(1)[0] / 255)
        tried += 1


def _push(repository: Repository, remote: Remote, refspec: str, lease: str) -> Ended:
    """Push one branch; no setting and no hook of this clone adds to that."""
    ref = refspec.rpartition(":")[2]
    return repository.attempt(
        "-c", f"remote.{remote.name}.mirror=false", "-c", "push.pushOption=",
        "-c", "push.negotiate=false",
        "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed",
        "--no-recurse-submodules", f"--force-with-lease={ref}:{lease}",
        "--", remote.name, refspec, limit=Limit(memory=0),
    )  # fmt: skip


def _answer(ended: Ended, refspec: str, wanted: str) -> Pushed:
    """Read what `git push --porcelain` printed for the one branch that was pushed."""
    ref = refspec.rpartition(":")[2]
    said = path_text(ended.stderr)
    for line in path_text(ended.stdout).split("\n"):
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        if names.rpartition(":")[2] != ref:
            continue
        found = _REPORTED.match(summary)
        kind, why = (found["kind"], found["why"] or "") if found else ("", summary)
        if flag == wanted:
            return Pushed("done")
        if flag == "=" or kind == "rejected":
            return Pushed("changed")
        if kind == "remote rejected":
            return Pushed("refused", _words(why, said))
    return Pushed("unanswered", _words("", said) or last_line(said))


def _words(why: str, said: str) -> str:
    """What the remote says, the reason first."""
    lines = (line.removeprefix("remote:").strip() for line in _remote_lines(said))
    return "; ".join(filter(None, [why, *lines]))[:_MOST_WORDS]


def _remote_lines(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("remote:")]
