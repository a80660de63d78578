"""Reads files that ship with planner, and writes a file whole or not at all."""

import contextlib
import os
import shutil
import stat
from pathlib import Path

from planner.errors import PlannerError


def packaged(folder: str) -> Path:
    """The folder `templates`, `examples` or `reference`, as it ships with planner.

    A wheel carries them inside the package; in a checkout they stand beside it, so that an
    editable install shows an edit at once.
    """
    package = Path(__file__).parent
    inside = package / folder
    if inside.is_dir():
        return inside
    return package.parent / {"templates": "templates"}.get(folder, f"docs/{folder}")


def read(path: Path, *, most: int = -1) -> bytes | None:
    """The bytes of a regular file, or None when there is no such file.

    Args:
        most: how many bytes to read at most; a negative number for all.

    Raises:
        PlannerError: it is there and cannot be read, or is no regular file: a pipe would never
            end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PlannerError(f"cannot read {str(path)!r}: it is no regular file")
        with path.open("rb") as stream:
            return stream.read(most)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PlannerError(f"cannot read {str(path)!r}: {error.strerror}") from error


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: no reader ever sees half of it.

    A file that was there keeps its permissions; a symlink is refused rather than replaced.

    Raises:
        PlannerError: it cannot be written; what was there is untouched.
    """
    if path.is_symlink():
        raise PlannerError(
            f"{str(path)!r} is a symlink", hint="planner writes regular files; remove the link"
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise PlannerError(f"cannot write {str(path)!r}: {error.strerror}") from error


def remove_folder(folder: Path) -> None:
    """Remove a folder that planner made, with all in it; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)
