"""Files: those that ship with planner, and atomic writes."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from planner.errors import PlannerError


def packaged(folder: str) -> Path:
    """Return the folder `templates`, `examples` or `reference` that ships with planner.

    A wheel has them inside the package; a checkout has them next to it, so that an editable
    install uses the edited files.
    """
    package = Path(__file__).parent
    if (package / folder).is_dir():
        return package / folder
    return package.parent / (folder if folder == "templates" else f"docs/{folder}")


def read(path: Path, *, most: int = -1) -> bytes | None:
    """Return the bytes of a regular file, or None when there is no such file.

    Args:
        most: how many bytes to read at most; a negative number for all.

    Raises:
        PlannerError: it cannot be read, or it is not a regular file: a pipe might never end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PlannerError(f"cannot read {str(path)!r}: it is not a regular file")
        with path.open("rb") as stream:
            return stream.read(most)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PlannerError(f"cannot read {str(path)!r}: {error.strerror}") from error


def refuse_links(path: Path, root: Path) -> None:
    """Refuse a path of the repository that is a link, is git's own, or leads out through a link.

    A path outside the repository is its user's own choice; only a link in its place is refused.

    Args:
        root: the root of the work tree, without links.

    Raises:
        PlannerError: it does.
    """
    if path.is_symlink():
        raise PlannerError(f"{str(path)!r} is a symlink", hint="put a regular file in its place")
    folder = Path(os.path.realpath(path.parent))
    is_within = folder == root or root in folder.parents
    is_private = is_within and ".git" in map(str.lower, folder.relative_to(root).parts)
    place = Path(os.path.normpath(path))
    if root not in place.parents:
        return
    if ".git" in map(str.lower, place.relative_to(root).parts):
        raise PlannerError(f"{str(path)!r} is in git's own folder", hint="name another path")
    if is_private or not is_within:
        raise PlannerError(
            f"{str(path)!r} is reached through a link that leaves the repository",
            hint="remove the link",
        )


def write(path: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old content or the new.

    An existing file keeps its permissions; a symlink is refused, not replaced.

    Raises:
        PlannerError: it cannot be written; an existing file is unchanged.
    """
    if path.is_symlink():
        raise PlannerError(
            f"{str(path)!r} is a symlink", hint="remove the link: planner writes regular files"
        )
    if path.is_dir():
        raise PlannerError(f"cannot write {str(path)!r}: it is a folder")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _writing(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)


@contextlib.contextmanager
def _writing(path: Path, unfinished: Path | None = None) -> Iterator[None]:
    """Raise our error for one of the system, and remove the file that it leaves unfinished."""
    try:
        yield
    except OSError as error:
        if unfinished is not None:
            with contextlib.suppress(OSError):
                unfinished.unlink()
        raise PlannerError(f"cannot write {str(path)!r}: {error.strerror}") from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process of planner is in here for a folder: to read, edit and write it.

    Nothing is written, and the system ends the lock with its process. On a system or a network
    folder without such locks it does not wait.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on Windows, and most commands change nothing
    except ImportError:
        yield
        return
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def create(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        PlannerError: there is something in its place, also a broken link, or it cannot be written.
    """
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("xb")
    with _writing(path, path), stream:
        stream.write(content)


def write_output(path: Path, content: bytes) -> None:
    """Write a file that the user named for a result; what is no regular file is written straight.

    Straight is behind what is there, without truncation: `/dev/stdout` may be somebody's log.

    Raises:
        PlannerError: it cannot be written; an existing file is unchanged.
    """
    place = path.absolute()
    folder = Path(os.path.realpath(place.parent))
    if ".git" in map(str.lower, (*folder.parts, place.name)):
        raise PlannerError(f"cannot write {str(path)!r}: it is in git's own folder")
    descriptor = descriptor_of(path)
    # A link of the system leads to what the caller chose; one in a checkout is refused.
    is_link = place.is_symlink()
    is_followed = is_link and _OF_SYSTEM.fullmatch(str(folder)) is not None
    is_special = not is_link and place.exists() and not (place.is_file() or place.is_dir())
    if descriptor is None and not is_followed and not is_special:
        write(path, content)
        return
    with _writing(path):
        # Opened once more, a file that standard output goes to has a position of its own.
        opened = place.open("ab") if descriptor is None else os.fdopen(os.dup(descriptor), "wb")
        with opened as stream:
            stream.write(content)


def descriptor_of(path: Path) -> int | None:
    """Return the descriptor of this process that a path such as `/dev/stdout` names, if it does."""
    place = path.absolute()
    folder = os.path.realpath(place.parent)
    if folder == "/dev" and place.name in _STREAMS:
        return _STREAMS.index(place.name)
    own = re.fullmatch(rf"/dev/fd|/proc/{os.getpid()}(?:/task/[0-9]+)?/fd", folder)
    return int(place.name) if own and place.name.isdecimal() else None


_STREAMS: Final = ("stdin", "stdout", "stderr")
_OF_SYSTEM: Final = re.compile(r"/dev|/dev/fd|/proc/[0-9]+(?:/task/[0-9]+)?/fd")
