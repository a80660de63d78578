"""Lines of source files, and which of them were executed."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

Row = tuple[str, int, bool]
"""A path, a line from 1 (0: no line), and whether the line was executed."""


class Lines(NamedTuple):
    """The executable lines of a file, and those of them that were executed."""

    covered: frozenset[int]
    all: frozenset[int]


Files = Mapping[str, Lines]


def merged(rows: Iterable[Row]) -> dict[str, Lines]:
    """Group rows by file: a line is covered if it is covered in one of its rows.

    Line 0 is no line: compilers use it for code of no line, and our readers to name a file that has
    no line at all.
    """
    covered: dict[str, set[int]] = {}
    everything: dict[str, set[int]] = {}
    for path, line, is_covered in rows:
        lines = everything.setdefault(path, set())
        if line:
            lines.add(line)
        if line and is_covered:
            covered.setdefault(path, set()).add(line)
    return {
        path: Lines(frozenset(covered.get(path, ())), frozenset(lines))
        for path, lines in everything.items()
    }


def rows_of(files: Files) -> Iterable[Row]:
    """Yield the rows of files."""
    for path, lines in files.items():
        yield path, 0, False
        for line in lines.all:
            yield path, line, line in lines.covered


def total(files: Files) -> tuple[int, int]:
    """Return the number of covered lines, and of all."""
    return sum(len(f.covered) for f in files.values()), sum(len(f.all) for f in files.values())


def ranges(lines: Iterable[int]) -> str:
    """Write line numbers as `3,7-9`."""
    spans = []
    # Numbers without a gap keep the same distance to their index.
    for _, group in groupby(enumerate(sorted(lines)), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in group]
        spans.append(f"{numbers[0]}-{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}")
    return ",".join(spans)
