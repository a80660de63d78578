"""What the message of a commit says has landed, in the forms of the hosts."""

import re
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.paths import path_bytes
from planner.plan.model import Slice, patterns


class Landing(NamedTuple):
    """A commit of a base's own line, by what it brought.

    Attributes:
        lines: its subject without the host's number, the first line of a merge's body, the title
            that a merge quotes, and its lines `Slice: ID`.
        branch: the branch that it names as merged; or empty.
    """

    commit: str
    lines: tuple[str, ...]
    branch: str


MARKS: Final = (
    "Merge pull request ", "Merge branch '", "Merge remote-tracking branch '", "Merged in ",
    "Merge in ",
)  # fmt: skip
"""Texts of which a message that names a merged branch contains one."""

_NUMBER: Final = re.compile(r" \([#!][0-9]+\)$|^Merged PR [0-9]+: |^Pull request #[0-9]+: ")
# Each with the branch, and the base if the form names it.
_MERGES: Final = tuple(
    re.compile(form)
    for form in (
        # GitHub; Gitea; Azure DevOps before "Merged PR"; GitLab and git itself
        r"Merge pull request #[0-9]+ from [^/\s]+/(?P<branch>\S+)",
        r"Merge pull request '(?P<title>.*)' \([#!][0-9]+\) from (?:[^:\s]+:)?(?P<branch>\S+)"
        r" into (?P<base>\S+)",
        r"Merge pull request [0-9]+ from (?P<branch>\S+) into (?P<base>\S+)",
        r"Merge branch '(?P<branch>[^']+)'(?: of \S+)?(?: into '?(?P<base>[^']+)'?)?",
        r"Merge remote-tracking branch '[^'/]+/(?P<branch>[^']+)'(?: into '?(?P<base>[^']+)'?)?",
        r"Merged in (?P<branch>\S+) \(pull request #[0-9]+\)",  # Bitbucket Cloud
        # Bitbucket Server, in the body; a branch of a fork behind `~USER/REPOSITORY:`
        r"Merge in \S+ from (?:[^:\s]+:)?(?P<branch>\S+) to (?P<base>\S+)",
    )
)


def landing(commit: str, message: str, base: str, *, is_merge: bool) -> Landing:
    """Return what a commit on the own line of a base says that it brought.

    Args:
        base: the base; empty for any.
    """
    subject, *body = message.splitlines() or [""]
    first = next((line for line in body if line.strip()), "")
    lines = [without_number(subject)]
    lines += [without_number(first)] if is_merge and first else []
    lines += [line.rstrip() for line in body if line.startswith("Slice: ")]
    matches = (form.fullmatch(line.strip()) for line in (subject, first) for form in _MERGES)
    named = next((m.groupdict() for m in matches if m and _lands_on(m, base)), {})
    lines += [named["title"]] if named.get("title") else []
    return Landing(commit, tuple(lines), named.get("branch", ""))


def line_of(landed: Landing, slice_: Slice) -> str:
    """Return the line of a message that says that a slice landed with it; empty for none."""
    lines = (f"Slice: {slice_.id}", slice_.commit)
    return next((line for line in lines if line and line in landed.lines), "")


def names_branch_of(landed: Landing, slice_: Slice) -> bool:
    """Return whether a message says that a branch of the slice was merged."""
    if not landed.branch:
        return False
    return PatternSet(patterns(slice_.branch)).first(path_bytes(landed.branch)) is not None


def without_number(subject: str) -> str:
    """Return a subject without the number of the pull request that the host adds."""
    return _NUMBER.sub("", subject)


def _lands_on(match: re.Match[str], base: str) -> bool:
    return not base or match.groupdict().get("base") in (None, base)
