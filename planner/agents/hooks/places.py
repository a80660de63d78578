"""Where an edit goes: the path in a work tree, with links and `..` resolved."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from planner.agents.hooks.patches import Edit, UnreadableError
from planner.repository.git import Repository

Kind = Literal["inside", "outside", "git"]


class Place(NamedTuple):
    """Where an edit goes.

    Attributes:
        path: from the root of the work tree, in bytes as in git; of a place that is not in it, the
            whole path.
    """

    kind: Kind
    path: bytes


def resolved(folder: str, edit: Edit) -> str:
    """Return the absolute path that an edit would change, without links.

    Args:
        folder: the client's current folder, which a relative path starts from.

    Raises:
        UnreadableError: no file system has such a path.
    """
    named = os.path.join(folder, edit.path)  # noqa: PTH118 - `..` and links are resolved below
    try:
        if not edit.is_entry:
            return _encodable(os.path.realpath(named))
        parent, name = os.path.split(named.rstrip("/"))
        if name in ("", ".", ".."):
            return _encodable(os.path.realpath(named))
        return _encodable(os.path.join(os.path.realpath(parent), name))  # noqa: PTH118 - as above
    except ValueError as error:  # a NUL, or half a surrogate pair
        raise UnreadableError(f"{edit.path!r} is not a path") from error


def _encodable(path: str) -> str:
    os.fsencode(path)
    return path


def roots_of(path: str) -> Iterator[str]:
    """Yield the roots of the work trees that a path is in, the innermost first."""
    folder = os.path.dirname(path)  # noqa: PTH120 - a text
    while True:
        if os.path.lexists(f"{folder.rstrip('/')}/.git"):
            yield folder
        above = os.path.dirname(folder)  # noqa: PTH120 - a text
        if above == folder:
            return
        folder = above


def place_of(repository: Repository, path: str) -> Place:
    """Return where a resolved path is, seen from a repository.

    Another linked work tree, also one in a folder of this one, is outside: it has a branch of its
    own.
    """
    root = os.path.realpath(repository.root)
    whole = os.fsencode(path)
    inside = os.fsencode(root).rstrip(b"/") + b"/"
    if not whole.startswith(inside):
        git_dirs = {os.path.realpath(repository.git_dir), os.path.realpath(repository.common_dir)}
        is_git = any(whole.startswith(os.fsencode(one) + b"/") for one in git_dirs)
        return Place("git" if is_git else "outside", whole)
    relative = whole.removeprefix(inside)
    if b".git" in relative.lower().split(b"/"):
        return Place("git", relative)
    nested = _nested(root, os.fsdecode(relative))
    if nested and _is_worktree(f"{root}/{nested}/.git"):
        return Place("outside", whole)
    return Place("inside", os.fsencode(nested) or relative)


def _nested(root: str, path: str) -> str:
    """The outermost folder on the way to a path that is a repository of its own; or empty.

    git sees a change in it as one of the folder: a submodule.
    """
    names = path.split("/")
    folders = ("/".join(names[:count]) for count in range(1, len(names)))
    return next((one for one in folders if os.path.lexists(f"{root}/{one}/.git")), "")


def _is_worktree(git_file: str) -> bool:
    """Whether it is the `.git` of a linked work tree (gitrepository-layout(5))."""
    try:
        content = Path(git_file).read_bytes() if Path(git_file).is_file() else b""
    except OSError:
        return False
    return b"/worktrees/" in content[:4096].replace(b"\\", b"/")
