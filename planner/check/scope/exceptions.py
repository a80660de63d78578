"""Exceptions that a branch claims for single paths, in lines of its commit messages.

`Scope-Exception: PATH -- REASON`, anywhere in a message: a squash moves it out of the last
paragraph, so git's own reading of trailers would lose it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from planner.repository.lineage import BranchCommit

LEAST_REASON: Final = 10
_LINE: Final = re.compile(
    rb"^Scope-Exception:[ \t]*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\s\"](?:.*?\S)?))"
    rb"[ \t]+--[ \t]+(?P<reason>.*?)[ \t\r]*$",
    re.MULTILINE,
)
_ESCAPE: Final = re.compile(rb"\\(?:([0-3][0-7]{2})|(.))")
_ESCAPES: Final[Mapping[bytes, bytes]] = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip


class ScopeException(NamedTuple):
    """One path that a commit of the branch excepts, and why."""

    path: bytes
    reason: str
    commit: str


def claimed(commits: Iterable[BranchCommit]) -> tuple[ScopeException, ...]:
    """The exceptions of a branch in order, each path once; one with a short reason does not count.

    The path is literal, quoted as git quotes paths where it holds a blank, a quote or a control
    character.
    """
    found: dict[bytes, ScopeException] = {}
    for commit in commits:
        for match in _LINE.finditer(commit.message):
            quoted, reason = match["quoted"], match["reason"].decode("utf-8", "replace")
            path = match["plain"] if quoted is None else _unquoted(quoted)
            if len(reason.strip()) >= LEAST_REASON:
                found.setdefault(path, ScopeException(path, reason.strip(), commit.commit))
    return tuple(found.values())


def _unquoted(text: bytes) -> bytes:
    """Undo git's C-style quoting (core.quotePath)."""

    def undone(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([int(match[1], 8)])
        return _ESCAPES.get(match[2], match[2])

    return _ESCAPE.sub(undone, text)
