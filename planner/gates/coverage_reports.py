"""Coverage reports: the lines of each file, from coverage.py JSON, Cobertura XML and LCOV."""

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from planner.gates.errors import GateError
from planner.gates.reports import read_xml

Counts = Mapping[str, tuple[int, int]]
"""By file, the number of covered lines and of all lines."""


class Lines(NamedTuple):
    """The executable lines of a file, and those of them that were executed."""

    covered: frozenset[int]
    all: frozenset[int]


class CoverageReport(NamedTuple):
    """A coverage report.

    Attributes:
        sources: folders that its paths may be relative to.
        unknown_files: its files that are not in the repository.
    """

    files: Mapping[str, Lines]
    sources: tuple[str, ...] = ()
    unknown_files: frozenset[str] = frozenset()

    @property
    def counts(self) -> dict[str, tuple[int, int]]:
        """The counts, to be stored as a baseline."""
        return {path: (len(lines.covered), len(lines.all)) for path, lines in self.files.items()}


def read_report(content: bytes) -> CoverageReport:
    """Read coverage.py JSON, Cobertura XML or LCOV, recognized by the content.

    Only lines count, not branches or functions. The entries of a file that occurs twice are merged:
    a line is covered if it is covered in one of them.

    Raises:
        GateError: it has another format, or is incomplete.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return CoverageReport(_merged(_json_lines(text)))
    if text.startswith(b"<") or content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return _read_cobertura(content.lstrip())
    if re.search(rb"^SF:", text, re.MULTILINE):
        return CoverageReport(_merged(_lcov_lines(text)))
    raise GateError("unknown format; expected coverage.py JSON, Cobertura XML or LCOV")


def _merged(rows: Iterable[tuple[str, int, bool]]) -> dict[str, Lines]:
    """Group rows of path, line and whether it is covered, by file."""
    covered: dict[str, set[int]] = defaultdict(set)
    every: dict[str, set[int]] = defaultdict(set)
    for path, line, is_covered in rows:
        every[path].add(line)
        if is_covered:
            covered[path].add(line)
    return {
        path: Lines(frozenset(covered[path]), frozenset(lines)) for path, lines in every.items()
    }


def _json_lines(text: bytes) -> Iterable[tuple[str, int, bool]]:
    import json  # noqa: PLC0415 - 7 ms

    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GateError(f"incomplete or malformed JSON: {error}") from error
    files = document.get("files")
    if not isinstance(files, dict):
        raise GateError("not the JSON of coverage.py: it has no 'files'")
    for path, file in files.items():
        for key, is_covered in (("executed_lines", True), ("missing_lines", False)):
            lines = file.get(key) if isinstance(file, dict) else None
            if not isinstance(lines, list) or not all(type(line) is int for line in lines):
                raise GateError(f"{path!r} has no list of numbers {key!r}")
            yield from ((path, line, is_covered) for line in lines)


def _read_cobertura(content: bytes) -> CoverageReport:
    rows: list[tuple[str, int, bool]] = []
    sources: list[str] = []
    text: list[str] = []
    path: str | None = None

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal path
        text.clear()
        if tag == "class":
            path = attributes.get("filename")
        elif tag == "line" and path is not None:
            number, hits = attributes.get("number", ""), attributes.get("hits", "")
            rows.append((path, _count(number, "number"), _count(hits, "hits") > 0))

    def end(tag: str) -> None:
        nonlocal path
        if tag == "class":
            path = None
        elif tag == "source":
            sources.append("".join(text).strip())

    read_xml(content, ("coverage",), start, end, text.append)
    if not rows:
        raise GateError("it contains no line of a class")
    return CoverageReport(_merged(rows), tuple(filter(None, sources)))


def _lcov_lines(text: bytes) -> Iterable[tuple[str, int, bool]]:
    path: str | None = None
    for row in text.decode("utf-8", "surrogateescape").splitlines():
        kind, _, rest = row.strip().partition(":")
        if kind == "SF":
            path = rest
        elif kind == "end_of_record":
            path = None
        elif path is None:
            if kind not in ("", "TN") and not kind.startswith("#"):
                raise GateError(f"{row!r} is outside a record")
        elif kind == "DA":
            number, _, hits = rest.partition(",")
            yield path, _count(number, row), _count(hits.partition(",")[0], row) > 0
    if path is not None:
        raise GateError(f"it ends within the record of {path!r}")


def _count(text: str, what: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise GateError(f"expected a number in {what!r}, not {text!r}")
    return int(text)


def resolve_paths(report: CoverageReport, root: Path, folder: Path) -> CoverageReport:
    """Return the report with paths relative to the repository root.

    A path is looked up relative to the folder of the command, to the sources of the report, and to
    the root, in this order. One that is not a file of the repository is kept in `unknown_files`.
    """
    top = os.path.realpath(root)
    starts = [str(folder), *(str(folder / source) for source in report.sources), top]
    real_folder = cache(os.path.realpath)

    def locate(name: str) -> str | None:
        for start in starts:
            path = Path(start, name)
            with contextlib.suppress(OSError, ValueError):  # not a valid path on this system
                real = f"{real_folder(str(path.parent))}/{path.name}"
                if real.startswith(f"{top}/") and Path(real).is_file():
                    return real[len(top) + 1 :]
        return None

    paths = {name: locate(name) for name in report.files}
    rows = (
        (paths[name] or name, line, line in lines.covered)
        for name, lines in report.files.items()
        for line in lines.all
    )
    unknown_files = frozenset(name for name, path in paths.items() if path is None)
    return CoverageReport(_merged(rows), report.sources, unknown_files)
