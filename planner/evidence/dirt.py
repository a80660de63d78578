"""Why a work tree is not what a commit holds, so that its results are not evidence."""

import os
import sys

from planner.paths import path_text
from planner.repository.git import Repository
from planner.repository.own_index import OwnIndex


def dirt_before(repository: Repository, index: OwnIndex) -> str:
    """Return how a work tree differs before gates run; or an empty text."""
    if index.is_sparse:
        return "the checkout is sparse, so a part of the commit may be missing"
    new = (path for path in index.untracked() if not _is_own_output(repository, path))
    path = next(index.changed(), None) or next(new, None)
    return _phrase(repository, path) if path else ""


def dirt_after(repository: Repository, index: OwnIndex) -> str:
    """Return how gates left tracked files; or an empty text. New files, as reports, are fine."""
    path = next(index.changed(), None)
    return _phrase(repository, path) if path else ""


def _phrase(repository: Repository, path: bytes) -> str:
    """Name a path that differs, and what the user cannot see of it."""
    phrase = f"'{path_text(path)}' differs from the commit"
    words = ("status", "--porcelain", "-z", "--", os.fsdecode(path))
    literally = {"GIT_LITERAL_PATHSPECS": "1"}
    if repository.run(*words, more=literally, expect=(0, 128)):
        return phrase
    return f"{phrase}, though git status hides it (a flag, a setting or an exclude file)"


def _is_own_output(repository: Repository, path: bytes) -> bool:
    """Whether a new file is the one that stdout is redirected to (`> gates.json`)."""
    try:
        own = os.fstat(sys.stdout.fileno())
        return own.st_size == 0 and os.path.samestat(
            own, (repository.root / os.fsdecode(path)).stat()
        )
    except (OSError, ValueError, AttributeError):
        return False
