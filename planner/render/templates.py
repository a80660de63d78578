"""A repository's own templates, read from a folder or from a commit, never through a link."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import PlannerError
from planner.paths import path_text
from planner.repository.objects import Objects

FOLDER: Final = ".planner/templates"
"""The folder of a repository's own templates, relative to its root."""

_LARGEST_BYTES: Final = 1 << 20  # of one file
_MOST_FILES: Final = 1_000
_LINK: Final = 0o120000


class Template(NamedTuple):
    """A file in a folder of templates.

    Attributes:
        shown: its path, as messages name it: from the root, if it is in the repository.
        text: its content; empty where there is a fault.
        fault: why it cannot be used, such as `is a symlink`; empty when it can.
    """

    shown: str
    text: str = ""
    fault: str = ""


Templates = Mapping[str, Template]


def in_folder(folder: Path, *, root: Path, is_needed: bool = False) -> dict[str, Template]:
    """Return the files in a folder and below it, by their path in it.

    A symlink has a fault: it stops a template that uses it, and no other.

    Args:
        root: the root of the repository.
        is_needed: whether the folder must exist.

    Raises:
        PlannerError: the folder is a link, cannot be read, or has more than 1,000 files.
    """
    _refuse_links(folder, root)
    try:
        if not is_needed and not os.path.lexists(folder):
            return {}
        found: dict[str, Template] = {}
        for path in _files(folder):
            if len(found) == _MOST_FILES:
                message = f"{str(folder)!r} has more than {_MOST_FILES:,} files"
                raise PlannerError(message, hint="name a folder of templates alone")
            absolute = Path(os.path.abspath(path))  # noqa: PTH100 - as below
            shown = absolute.relative_to(root) if root in absolute.parents else path
            found[path.relative_to(folder).as_posix()] = _read(path, str(shown))
    except OSError as error:
        message = f"cannot read the folder of templates {str(folder)!r}: {error.strerror}"
        raise PlannerError(message, hint="name a readable folder: --templates DIR") from error
    return found


def _refuse_links(folder: Path, root: Path) -> None:
    """Refuse a folder that is a link, or is reached through one of the repository."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow the links
    for place in (absolute, *(place for place in absolute.parents if root in place.parents)):
        if place.is_symlink():
            message = f"cannot use the templates in {str(folder)!r}: {str(place)!r} is a symlink"
            raise PlannerError(message, hint="replace the link by the folder")


def _files(folder: Path) -> Iterator[Path]:
    with os.scandir(f"{folder}/.") as entries:  # "/.": so that it must be searchable as well
        children = sorted(entries, key=lambda entry: entry.name)
    for child in children:
        if not child.is_dir(follow_symlinks=False):
            yield folder / child.name
        elif child.name != ".git":
            yield from _files(folder / child.name)


def _read(path: Path, shown: str) -> Template:
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode):
        return Template(
            shown, fault="is a symlink" if stat.S_ISLNK(mode) else "is not a regular file"
        )
    try:
        # O_NOFOLLOW: the file may have become a link since.
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(opened, "rb") as stream:  # noqa: PTH123 - by its number
            return _decoded(shown, stream.read(_LARGEST_BYTES + 1))
    except OSError as error:
        return Template(shown, fault=f"cannot be read: {error.strerror}")


def _decoded(shown: str, content: bytes) -> Template:
    if len(content) > _LARGEST_BYTES:
        return Template(shown, fault="is larger than 1 MiB")
    try:
        return Template(shown, content.decode())
    except UnicodeDecodeError:
        return Template(shown, fault="is not UTF-8")


def in_commit(objects: Objects, commit: str) -> dict[str, Template]:
    """Return the files of `.planner/templates` in a commit, by their path in that folder.

    Raises:
        GitError: one is not in this clone.
        PlannerError: there are more than 1,000.
    """
    found: dict[str, Template] = {}
    folders = [("", f"{commit}:{FOLDER}".encode())]
    while folders:
        above, tree = folders.pop()
        for entry in objects.tree(tree):
            name = above + path_text(entry.name)
            shown = f"{FOLDER}/{name}"
            if entry.mode == 0o040000:
                folders.append((f"{name}/", entry.oid.encode()))
            elif entry.mode == _LINK:
                found[name] = Template(shown, fault="is a symlink")
            elif stat.S_ISREG(entry.mode):
                found[name] = _decoded(shown, objects.needed(entry.oid, f"the template {shown!r}"))
        if len(found) > _MOST_FILES:
            raise PlannerError(f"{FOLDER!r} has more than {_MOST_FILES:,} files", hint="move some")
    return found
