"""Coverage reports: read them, and judge them by what a gate demands. Lines only, exact math."""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.output import printable
from planner.gates.reports import read_xml
from planner.plan.model import Coverage

_MOST_SHOWN: Final = 10  # files or line ranges in an explanation
_MILLIONTHS: Final = 10**6

Counts = Mapping[str, tuple[int, int]]
"""By file, the number of covered lines and of all lines."""


class Lines(NamedTuple):
    """The executable lines of a file, and those of them that were executed."""

    covered: frozenset[int]
    all: frozenset[int]


class Report(NamedTuple):
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


class CoverageResult(NamedTuple):
    """A report judged by the demands of a gate.

    Attributes:
        reasons: each demand that is not met, in one line.
        unknown: each demand that could not be judged; it has not passed either.
        explanation: the files that made coverage fall, the greatest loss first.
        changed: covered and all lines among those that the branch changed, where demanded.
        files: the counts, to be stored as a baseline.
    """

    covered: int
    total: int
    passed: bool
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()
    changed: tuple[int, int] | None = None
    files: Counts = {}  # noqa: RUF012 - never written to


def read(content: bytes) -> Report:
    """Read coverage.py JSON, Cobertura XML or LCOV, recognized by the content.

    Only lines count, not branches or functions. The entries of a file that occurs twice are merged:
    a line is covered if it is covered in one of them.

    Raises:
        GateError: it has another format, or is incomplete.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return Report(_merged(_json_lines(text)))
    if text.startswith(b"<") or content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return _read_cobertura(content.lstrip())
    if re.search(rb"^SF:", text, re.MULTILINE):
        return Report(_merged(_lcov_lines(text)))
    raise GateError("unknown format; expected coverage.py JSON, Cobertura XML or LCOV")


def _merged(rows: Iterable[tuple[str, int, bool]]) -> dict[str, Lines]:
    """Group rows of path, line and whether it is covered, by file."""
    covered: dict[str, set[int]] = {}
    everything: dict[str, set[int]] = {}
    for path, line, is_covered in rows:
        everything.setdefault(path, set()).add(line)
        if is_covered:
            covered.setdefault(path, set()).add(line)
    return {
        path: Lines(frozenset(covered.get(path, ())), frozenset(lines))
        for path, lines in everything.items()
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


def _read_cobertura(content: bytes) -> Report:
    rows: list[tuple[str, int, bool]] = []
    sources: list[str] = []
    open_tags: list[str] = []
    text: list[str] = []
    path: str | None = None

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal path
        if not open_tags and tag != "coverage":
            raise GateError(f"not Cobertura XML: its root is <{tag}>")
        open_tags.append(tag)
        text.clear()
        if tag == "class":
            path = attributes.get("filename")
        elif tag == "line" and path is not None:
            number, hits = attributes.get("number", ""), attributes.get("hits", "")
            rows.append((path, _count(number, "number"), _count(hits, "hits") > 0))

    def end(tag: str) -> None:
        nonlocal path
        open_tags.pop()
        if tag == "class":
            path = None
        elif tag == "source":
            sources.append("".join(text).strip())

    read_xml(content, start, end, text.append)
    if not rows:
        raise GateError("it contains no line of a class")
    return Report(_merged(rows), tuple(filter(None, sources)))


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


def located(report: Report, root: Path, folder: Path) -> Report:
    """Return the report with paths relative to the repository root.

    A path is looked up relative to the folder of the command, to the sources of the report, and to
    the root, in this order. One that is not a file of the repository is kept in `unknown_files`.
    """
    top = os.path.realpath(root)
    starts = [str(folder), *(str(folder / source) for source in report.sources), top]
    real_folders: dict[str, str] = {}

    def locate(name: str) -> str | None:
        for start in starts:
            path = Path(start, name)
            parent = str(path.parent)
            with contextlib.suppress(OSError, ValueError):  # not a valid path on this system
                if parent not in real_folders:
                    real_folders[parent] = os.path.realpath(parent)
                real = f"{real_folders[parent]}/{path.name}"
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
    return Report(_merged(rows), report.sources, unknown_files)


def judge(
    report: Report,
    demand: Coverage,
    *,
    baseline: Counts | None = None,
    changed_lines: Mapping[str, Iterable[int]] | None = None,
) -> CoverageResult:
    """Judge a report by the demands of a gate.

    Args:
        report: what was measured, with paths relative to the repository root.
        baseline: what was measured at the merge base; None if unknown, which never passes.
        changed_lines: by path, the lines that the branch added or changed; None if unknown.
    """
    covered, total = _sum(report.counts)
    reasons: list[str] = []
    unknown: list[str] = [] if total else ["the coverage report contains no line"]
    explanation: tuple[str, ...] = ()
    if demand.minimum is not None and total and _is_below(covered, total, demand.minimum):
        reasons.append(f"coverage is {_share(covered, total)}, less than {demand.minimum:g} %")
    if demand.no_regression and baseline is None:
        unknown.append("the coverage of the merge base is not known")
    elif demand.no_regression and baseline is not None and total:
        before = _sum(baseline)
        if covered * before[1] < before[0] * total:
            reasons.append(f"coverage fell from {_share(*before)} to {_share(covered, total)}")
            explanation = tuple(_losses(report.counts, baseline))
    changed: tuple[int, int] | None = None
    if demand.changed_lines is not None:
        changed, reason, problem = _judge_changed(report, demand.changed_lines, changed_lines)
        reasons += filter(None, [reason])
        unknown += filter(None, [problem])
    passed = not reasons and not unknown
    return CoverageResult(
        covered,
        total,
        passed,
        tuple(reasons),
        tuple(unknown),
        explanation,
        changed,
        report.counts,
    )


def _sum(counts: Counts) -> tuple[int, int]:
    return sum(count[0] for count in counts.values()), sum(count[1] for count in counts.values())


def _is_below(covered: int, total: int, least: float) -> bool:
    """Whether covered/total is below a percentage, which is exact to six decimals."""
    return covered * 100 * _MILLIONTHS < round(least * _MILLIONTHS) * total


def _share(covered: int, total: int) -> str:
    """Format a share, rounded down: 79.999 % must not read as 80 %."""
    if not total:
        return "0 of 0 lines"
    hundredths = covered * 10_000 // total
    percent = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
    return f"{percent} % ({covered} of {total} lines)"


def _losses(now: Counts, before: Counts) -> Iterable[str]:
    """Yield the files that made the share fall, the greatest loss first.

    With S the share before, the gain of a file is its change in (covered - S * lines). The gains
    of all files add up to what the share fell by, so they show exactly where.
    """
    covered, total = _sum(before)

    def gain(path: str) -> int:
        new, old = now.get(path, (0, 0)), before.get(path, (0, 0))
        return (new[0] - old[0]) * total - covered * (new[1] - old[1])

    losers = sorted((gain(path), path) for path in {*now, *before} if gain(path) < 0)
    for _, path in losers[:_MOST_SHOWN]:
        old, new = before.get(path, (0, 0)), now.get(path, (0, 0))
        if not old[1]:
            yield f"{printable(path)}: new, {_share(*new)}"
        elif not new[1]:
            yield f"{printable(path)}: gone, it had {_share(*old)}"
        else:
            yield f"{printable(path)}: {_share(*new)}, before {_share(*old)}"
    if len(losers) > _MOST_SHOWN:
        yield f"and {len(losers) - _MOST_SHOWN} more files"


def _judge_changed(
    report: Report, least: float, changed: Mapping[str, Iterable[int]] | None
) -> tuple[tuple[int, int] | None, str, str]:
    """Return covered and all changed lines, why they are too few, and why that is unknown."""
    if changed is None:
        return None, "", "the lines that the branch changed are not known"
    if report.files and len(report.unknown_files) == len(report.files):
        name = min(report.unknown_files)
        return None, "", f"no file of the coverage report is in this repository, such as {name!r}"
    none = Lines(frozenset(), frozenset())
    measured = {path: report.files.get(path, none).all & set(ls) for path, ls in changed.items()}
    missed = {path: ls - report.files.get(path, none).covered for path, ls in measured.items()}
    total = sum(map(len, measured.values()))
    covered = total - sum(map(len, missed.values()))
    if not _is_below(covered, total, least):
        return (covered, total), "", ""
    reason = f"coverage of changed lines is {_share(covered, total)}, less than {least:g} %"
    return (covered, total), f"{reason}; not covered: {_places(missed)}", ""


def _places(missed: Mapping[str, Iterable[int]]) -> str:
    """Format lines as `a.py:3, a.py:7-9`."""
    places: list[str] = []
    for path, lines in sorted(missed.items()):
        for first, last in _ranges(sorted(lines)):
            lines_text = f"{first}" if first == last else f"{first}-{last}"
            places.append(f"{printable(path)}:{lines_text}")
    more = len(places) - _MOST_SHOWN
    return ", ".join(places[:_MOST_SHOWN]) + (f" and {more} more places" if more > 0 else "")


def _ranges(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Yield the first and last number of each range without a gap."""
    at = 0
    while at < len(numbers):
        start = at
        while at + 1 < len(numbers) and numbers[at + 1] == numbers[at] + 1:
            at += 1
        yield numbers[start], numbers[at]
        at += 1
