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
# The author of a branch writes these lines, so the expression must not backtrack.
_LINE: Final = re.compile(
    rb"""Scope-Exception:[ \t\r]*+
    (?: "(?P<quoted>(?:[^"\\]|\\.)*+)"[ \t\r]*? | (?P<path>[^"].*?) )
    [ \t]--[ \t](?P<reason>.*)""",
    re.DOTALL | re.VERBOSE,
)


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
        for match in filter(None, map(_LINE.match, commit.message.split(b"\n"))):
            quoted = match["quoted"]
            path = match["path"].rstrip(b" \t\r") if quoted is None else unquote(quoted)
            reason = match["reason"].decode("utf-8", "replace").strip()
            # Only visible characters count: ten zero-width spaces are not a reason.
            if path and sum(map(str.isprintable, reason)) >= LEAST_REASON:
                found.setdefault(path, ScopeException(path, reason, commit.commit))
    return tuple(found.values())
