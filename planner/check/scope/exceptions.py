"""Reads exceptions for single paths from the commit messages of a branch.

`Scope-Exception: PATH -- REASON` counts anywhere in a message: a squash moves it out of the last
paragraph, where git looks for trailers.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from planner.repository.changes import unquote
from planner.repository.lineage import BranchCommit

LEAST_REASON: Final = 10
_MARK: Final = b"Scope-Exception:"
_BLANKS: Final = b" \t\r"
_QUOTED: Final = re.compile(rb'"((?:[^"\\]|\\.)*+)"(?=[ \t])')
_DASHES: Final = re.compile(rb"[ \t]--[ \t]")


class ScopeException(NamedTuple):
    """One path that a commit of the branch excepts, and why."""

    path: bytes
    reason: str
    commit: str


def parse_exceptions(commits: Iterable[BranchCommit]) -> tuple[ScopeException, ...]:
    """Return the exceptions of a branch in order, each path once; a short reason does not count.

    The path is literal, quoted as git quotes paths where it contains a blank, a quote or a control
    character.
    """
    found: dict[bytes, ScopeException] = {}
    for commit in commits:
        for line in commit.message.split(b"\n"):
            if line.startswith(_MARK):
                path, reason = _split(line[len(_MARK) :].strip(_BLANKS))
                # Only visible characters count: ten zero-width spaces are not a reason.
                if path and sum(map(str.isprintable, reason)) >= LEAST_REASON:
                    found.setdefault(path, ScopeException(path, reason, commit.commit))
    return tuple(found.values())


def _split(text: bytes) -> tuple[bytes, str]:
    """The path and the reason; the path is empty where the line has another form.

    The author of a branch writes these lines, so the expressions must not backtrack.
    """
    quoted = _QUOTED.match(text)
    dashes = _DASHES.search(text, quoted.end() if quoted else 0)
    if dashes is None or (text.startswith(b'"') and quoted is None):
        return b"", ""
    between = text[quoted.end() if quoted else 0 : dashes.start()].strip(_BLANKS)
    if quoted and between:
        return b"", ""
    reason = text[dashes.end() :].strip(_BLANKS).decode("utf-8", "replace").strip()
    return (unquote(quoted[1]) if quoted else between), reason
