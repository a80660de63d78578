"""The paths that git itself refuses to check out, whatever their case and on every file system.

These are the rules of `verify_path` in git's read-cache.c, with `core.protectHFS` and
`core.protectNTFS` on.
"""

import re
from collections.abc import Sequence
from typing import Final

from planner.errors import GitError
from planner.paths import path_text

_SYMLINK: Final = 0o120000
# HFS+ ignores these in a name: U+200C-200F, U+202A-202E, U+206A-206F, U+FEFF.
_IGNORED: Final = re.compile(rb"\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf")
# NTFS has a short name for each, and drops dots, spaces and the name of a stream at the end.
_GIT: Final = re.compile(rb"(?:\.git|git~1)[. ]*+(?::|\Z)", re.IGNORECASE)
_GITMODULES: Final = re.compile(
    rb"(?:\.gitmodules|gitmod~[1-4]|gi7eba~[1-9])[. ]*+(?::|\Z)", re.IGNORECASE
)


def is_refused(path: bytes, mode: int) -> bool:
    """Return whether git refuses to check out a path: a name is empty, `.`, `..` or `.git`.

    Args:
        mode: git's mode of the path; a symbolic link may also not be `.gitmodules`.
    """
    names = path.split(b"/")
    if any(name in (b"", b".", b"..") or is_git_folder(name) for name in names):
        return True
    parts = [*names[-1].split(b"\\"), _IGNORED.sub(b"", names[-1])]
    return mode == _SYMLINK and any(map(_GITMODULES.match, parts))


def are_plain(paths: Sequence[bytes]) -> bool:
    """Return whether none of many paths can be refused; told at once, since most are not."""
    text = b"/%b/" % b"//".join(paths)
    return text.isascii() and text.count(b"//") == len(paths) - 1 and not _SUSPECT.search(text)


_SUSPECT: Final = re.compile(rb"/\.|[\\~]|///")


def is_git_folder(name: bytes) -> bool:
    """Return whether some file system takes a name for `.git`."""
    plain = _IGNORED.sub(b"", name)
    if plain[:4].lower() == b".git" and plain[4:]:
        # HFS+ shows a byte that is not UTF-8 in another way, and git then stops reading the name.
        after = plain[4:].decode("utf-8", "surrogateescape")
        if "\udc80" <= after[0] <= "\udcff":
            return True
    return any(map(_GIT.match, (*name.split(b"\\"), plain)))


def refusal(path: bytes, commit: str) -> GitError:
    """Return the error for a path of a commit, or of the index, that git refuses."""
    return GitError(
        f"{commit[:12]} contains the path '{path_text(path)}', which git refuses to check out",
        hint="remove that path from the branch (git fsck names such trees)",
    )
