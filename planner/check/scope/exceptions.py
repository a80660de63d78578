"""Reads exceptions for single paths from the commit messages of a branch.

`Scope-Exception: PATH -- REASON` counts anywhere in a message: a squash moves it out of the last
paragraph, where git looks for trailers.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from planner.repository.changes import unquote
from planner.repository.lineage import BranchCommit

LEAST_REASON: Final = 10
QUOTING: Final = "its path is not quoted as git quotes paths"
_KEY: Final = b"Scope-Exception:"
# The author of a branch writes these lines, so the expressions must not backtrack. They are
# compiled when first used: most branches have no such line.
_LINE: Final = rb"""(?sx)
    Scope-Exception:[ \t\r]*+
    (?: "(?P<quoted>(?:[^"\\]|\\.)*+)"[ \t\r]*? | (?P<path>[^"].*?) )
    [ \t]--[ \t](?P<reason>.*)"""
_ALIKE: Final = (
    rb"(?si)[\s>*+#-]*+scope(?:[-_ \t]?exceptions?[ \t]*+[:=]|[-_]exceptions?[ \t])(?P<rest>.*)"
)
_QUOTED: Final = rb'"(?P<quoted>(?:[^"\\]|\\.)*+)"(?=[ \t\r]|$)'


class ScopeException(NamedTuple):
    """One path that a commit of the branch excepts, and why."""

    path: bytes
    reason: str
    commit: str


class Line(NamedTuple):
    """A line of a message that is an exception, or looks like one.

    Attributes:
        exception: what it says; the path is empty where it names none.
        fault: why it is not an exception whatever the path; empty where it is one.
        hint: what to write instead.
    """

    exception: ScopeException
    fault: str = ""
    hint: str = ""


def read_lines(commits: Iterable[BranchCommit]) -> Iterator[Line]:
    """Yield all lines that are exceptions or look like one, in order.

    The path is literal, quoted as git quotes paths where it contains a blank, a quote or a control
    character.
    """
    for commit in commits:
        # Most messages have none, and a search is faster than to split them.
        if b"exception" in commit.message.lower():
            lines = commit.message.split(b"\n")
            yield from (_line(alike, commit.commit) for alike in filter(None, map(_alike, lines)))


class _Alike(NamedTuple):
    rest: bytes
    has_key: bool


def _alike(line: bytes) -> _Alike | None:
    """What follows the key of a line that looks like an exception."""
    if line.startswith(_KEY):
        return _Alike(line.removeprefix(_KEY), has_key=True)
    match = re.match(_ALIKE, line)
    # Without its colon it may be the start of a sentence.
    is_meant = match and (b":" in line[: match.start("rest")] or b"--" in match["rest"])
    return _Alike(match["rest"], has_key=False) if match and is_meant else None


def _line(alike: _Alike, commit: str) -> Line:
    rest = alike.rest.strip(b" \t\r")
    match = re.match(_LINE, _KEY + b" " + rest)
    if match is None:
        return _incomplete(rest, commit)
    quoted = match["quoted"]
    path = match["path"].rstrip(b" \t\r") if quoted is None else unquote(quoted)
    reason = match["reason"].decode("utf-8", "replace").strip()
    read = ScopeException(path, reason, commit)
    # Only visible characters count: ten zero-width spaces are not a reason.
    if not path:
        return Line(read, "it names no path", _FORM)
    if not reason:
        return Line(read, "it gives no reason", _FORM)
    if sum(map(str.isprintable, reason)) < LEAST_REASON:
        fault = f"its reason is shorter than {LEAST_REASON} characters"
        return Line(read, fault, f"say why in {LEAST_REASON} characters or more")
    if not alike.has_key:
        return Line(read, "its line does not start with 'Scope-Exception:'", _FORM)
    return Line(read)


_DASH: Final = rb"--|[ \t]-[ \t]|\xe2\x80[\x93\x94]"  # as editors write it
_FORM: Final = "write in a commit message: Scope-Exception: PATH -- REASON"


def _incomplete(rest: bytes, commit: str) -> Line:
    """A line that has not the form of an exception."""
    if rest.startswith(b'"'):
        match = re.match(_QUOTED, rest)
        if match is None:
            read = ScopeException(b"", "", commit)
            hint = 'write the path as it is, or as git quotes it: "a \\"b\\".md"'
            return Line(read, QUOTING, hint)
        path = unquote(match["quoted"])
    else:
        path = re.split(_DASH, rest, maxsplit=1)[0].rstrip(b" \t")
    read = ScopeException(path, "", commit)
    if not path:
        return Line(read, "it names no path", _FORM)
    return Line(read, "it gives no reason after ' -- '", _FORM)
