"""The report files that a command wrote, found by name or pattern; older ones do not count."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.boundary.pattern import Pattern, has_signs, parse
from planner.boundary.translation import expression
from planner.gates.errors import GateError

LARGEST_BYTES: Final = 256 * 1024 * 1024  # of all reports of a gate together


class Report(NamedTuple):
    """A report file: its path, as found from the folder of the gate, and its bytes."""

    name: str
    content: bytes


class FreshReports(NamedTuple):
    """The reports that a run wrote, in the order of their paths, and how many older ones exist."""

    reports: tuple[Report, ...]
    older: int = 0


def read_fresh(folder: Path, names: Sequence[str], since_ns: int) -> FreshReports:
    """Read the reports that were written since a moment.

    Args:
        folder: the folder of the gate.
        names: paths, or patterns as in a scope, relative to the folder.
        since_ns: a time of the file system's clock (`clock_ns`).

    Raises:
        GateError: a path was not written, or no file that matches a pattern; or a report is not a
            regular file, or all together are too large.
    """
    fresh: dict[str, Path] = {}
    older: set[str] = set()
    for name in names:
        matches = list(_matches(folder, name))
        written = [(found, path) for found, path in matches if _written_ns(path) >= since_ns]
        if not written:
            raise GateError(_missing(name, is_older=bool(matches)))
        fresh.update(written)
        older.update(found for found, _ in matches)
    left = LARGEST_BYTES
    reports = []
    for found in sorted(fresh):
        content = _content(found, fresh[found], left)
        left -= len(content)
        reports.append(Report(found, content))
    return FreshReports(tuple(reports), len(older - fresh.keys()))


def clock_ns(folder: Path) -> int:
    """Return the time of the file system's clock, which can lag behind the system's."""
    os.utime(folder)
    return folder.stat().st_mtime_ns


def _missing(name: str, *, is_older: bool) -> str:
    if has_signs(name):
        return f"the command wrote no report that matches {name!r}" + (
            ", only older ones exist" if is_older else ""
        )
    if is_older:
        return f"the report {name!r} is older than the run"
    return f"the command did not write the report {name!r}"


def _matches(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Yield the files that a name stands for, each with its path from the folder."""
    pattern = parse(name) if has_signs(name) else None
    if not isinstance(pattern, Pattern):
        if os.path.exists(folder / name):  # noqa: PTH110 - False, too, for a name with a NUL
            yield name, folder / name
        return
    matches = re.compile(expression(pattern)).fullmatch
    # The walk starts at the last folder that the pattern names literally.
    literal = name[: min(at for at in map(name.find, "*?\\") if at >= 0)].rpartition("/")[0]
    for parent, folders, files in os.walk(folder / literal):
        folders[:] = [each for each in folders if each != ".git"]
        for file in files:
            path = Path(parent, file)
            found = path.relative_to(folder).as_posix()
            if matches(os.fsencode(found)):
                yield found, path


def _written_ns(path: Path) -> int:
    """Return when the file was last written; of a link, the file that it leads to."""
    try:
        status = path.stat()
        # A program can set the one, as `cp -p` does; a link, a new name or a mode change the other.
        return min(status.st_mtime_ns, status.st_ctime_ns)
    except (OSError, ValueError):
        return -1


def _content(name: str, path: Path, most: int) -> bytes:
    try:
        # Without O_NONBLOCK, opening a named pipe would block for ever.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(file, "rb") as stream:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise GateError(f"the report {name!r} is not a regular file")
            if status.st_size > most:
                raise GateError(f"the report {name!r} is larger than {LARGEST_BYTES} bytes")
            return stream.read(most)
    except OSError as error:
        raise GateError(f"cannot read the report {name!r}: {error.strerror}") from error
