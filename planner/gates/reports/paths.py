"""Where the files of a coverage report are in the repository."""

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.reports.coverage import CoverageReport
from planner.gates.reports.lines import Files, merged, rows_of

Find = Callable[[str], str | None]
"""Returns the path from the repository root of an absolute path, if it is a file in there."""

_SOURCE_ROOTS: Final = tuple(
    f"src/{kind}/{language}"
    for kind in ("main", "test")
    for language in ("java", "kotlin", "scala", "groovy")
)
"""Of Maven and Gradle: JaCoCo names a file by its package alone."""


class Located(NamedTuple):
    """The lines of coverage reports by path from the repository root.

    Attributes:
        unknown: the files that are not in the repository, by their names in the report.
        untracked: the files that are in its folder, but not in its index: output of a build.
        outside: one of them that exists somewhere else; or empty.
    """

    files: Files
    unknown: frozenset[str] = frozenset()
    outside: str = ""
    untracked: frozenset[str] = frozenset()


class Start(NamedTuple):
    """Where paths of a report may start: a folder, and what to take away in front of a path."""

    folder: str
    prefix: str = ""


def locate(
    reports: Sequence[tuple[CoverageReport, Path]],
    find: Find,
    *,
    root: Path,
    folder: Path,
    prefixes: Sequence[tuple[str, str]] = (),
) -> Located:
    """Return the reports together, with paths from the repository root.

    A path whose start is one of the prefixes is looked up there and nowhere else; the start may be
    of a source of the report, to which the path is relative. All others are
    looked up from the sources of the report, from the folder of its file, from the folder of the
    gate, from the root, and by the Go module that these folders are in, in this order.

    Args:
        reports: each with the folder of its file.
        find: tells which files are in the repository.
        root: what the folders of the prefixes are relative to.
        folder: the folder of the gate.
        prefixes: a start of paths in the report, and the folder that it stands for.

    Raises:
        GateError: no path has any of the prefixes.
    """
    known = _longest_first(prefixes)
    used: set[str] = set()
    rows = []
    unknown = set()
    outside = ""
    for report, place in reports:
        starts = _starts(report, root, folder, place)
        for name, lines in report.files.items():
            candidates = list(
                _candidates(_spellings(name, report.sources), starts, root, known, used)
            )
            # The first that exists is meant: another one may be a file of the same name.
            path = next((p for each in candidates if (p := find(each)) or _is_file(each)), None)
            if path is None:
                unknown.add(name)
                outside = outside or next(filter(_is_file, candidates), "")
            rows.append((path or name, lines))
    if prefixes and not used:
        named = " or ".join(repr(prefix) for prefix, _ in prefixes)
        raise GateError(f"no path of the coverage report starts with {named}")
    files = merged(row for path, lines in rows for row in rows_of({path: lines}))
    return Located(files, frozenset(unknown), outside)


def _longest_first(prefixes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return prefixes with the separator of git, as all paths here."""
    plain = ((prefix.replace("\\", "/"), folder) for prefix, folder in prefixes)
    return sorted(plain, key=lambda each: -len(each[0]))


def files_below(root: Path) -> Find:
    """Return what finds the files of a folder; links within it are followed."""
    top = os.path.realpath(root)
    real_folders: dict[str, str] = {}

    def find(path: str) -> str | None:
        parent, name = os.path.split(path)
        with contextlib.suppress(OSError, ValueError):  # not a valid path on this system
            if parent not in real_folders:
                real_folders[parent] = os.path.realpath(parent)
            real = f"{real_folders[parent]}/{name}"
            if real.startswith(f"{top}/") and _is_file(real):
                return real[len(top) + 1 :]
        return None

    return find


def files_among(root: Path, paths: Collection[str]) -> Find:
    """Return what finds the files of a commit, whatever is on the disk."""

    def find(path: str) -> str | None:
        relative = os.path.relpath(path, root).replace(os.sep, "/")
        return relative if relative in paths else None

    return find


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - False, too, for what cannot be a path


def _spellings(name: str, sources: Sequence[str]) -> tuple[str, ...]:
    """Return a name of a report with the slashes of git, alone and below each source."""
    plain = name.replace("\\", "/")
    folders = (source.replace("\\", "/").rstrip("/") for source in sources)
    return (plain, *(f"{folder}/{plain}" for folder in folders))


def _candidates(
    spellings: Sequence[str],
    starts: Sequence[Start],
    root: Path,
    prefixes: Sequence[tuple[str, str]],
    used: set[str],
) -> Iterator[str]:
    """Yield the absolute paths that a name of a report may stand for, the likeliest first."""
    for prefix, folder in prefixes:
        for spelling in spellings:
            rest = _rest(spelling, prefix)
            if rest is not None:
                used.add(prefix)
                yield os.path.join(root, folder, rest)  # noqa: PTH118 - thousands of paths
                return
    for start in starts:
        rest = _rest(spellings[0], start.prefix)
        if rest is not None:
            yield os.path.normpath(os.path.join(start.folder, rest))  # noqa: PTH118


def _rest(name: str, prefix: str) -> str | None:
    """Return what follows the prefix, which ends where a segment ends; None if it is not there."""
    if not prefix:
        return name
    rest = name.removeprefix(prefix)
    if rest == name or not (prefix.endswith("/") or rest.startswith("/")):
        return None
    return rest.lstrip("/")


def _starts(report: CoverageReport, root: Path, folder: Path, place: Path) -> list[Start]:
    folders = [Path(near, source) for source in report.sources for near in (place, folder)]
    folders += [place, folder, root]
    starts = [Start(str(each)) for each in dict.fromkeys(folders)]
    starts += [*_go_modules(place, root), *_go_modules(folder, root)]
    if report.form == "jacoco":
        upward = [each for each in (place, *place.parents) if each.is_relative_to(root)]
        starts += [Start(str(each / source)) for each in upward for source in _SOURCE_ROOTS]
    return starts


_MODULE: Final = re.compile(r'^module\s+"?([^\s"]+)"?', re.MULTILINE)


def _go_modules(folder: Path, root: Path) -> Iterator[Start]:
    """Yield the Go modules that hold a folder, the nearest first.

    A cover profile names files by import path, and so does what is made of one.
    """
    for parent in (folder, *folder.parents):
        if not parent.is_relative_to(root):
            return
        with contextlib.suppress(OSError, ValueError):
            module = _MODULE.search((parent / "go.mod").read_text(encoding="utf-8"))
            if module:
                yield Start(str(parent), module[1])
