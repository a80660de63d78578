"""What a coverage report says, and whether it is enough: lines, in exact fractions."""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from planner.gates.output import printable
from planner.gates.reports import GateError, read_xml
from planner.plan.model import Coverage

_SHOWN = 10  # files or runs of lines in an explanation
_MILLIONTHS: Final = 10**6

Counts = Mapping[str, tuple[int, int]]
"""Per file, how many lines are covered, and how many there are."""


class Lines(NamedTuple):
    """The lines of a file that can be run, and those of them that were."""

    covered: frozenset[int]
    all: frozenset[int]


class Report(NamedTuple):
    """A coverage report. `sources` are the folders that its paths may be counted from.

    Attributes:
        strangers: the files, of those it names, that are not in the repository.
    """

    files: Mapping[str, Lines]
    sources: tuple[str, ...] = ()
    strangers: frozenset[str] = frozenset()

    @property
    def counts(self) -> dict[str, tuple[int, int]]:
        """Per file, how many lines are covered, and how many there are: a baseline to keep."""
        return {path: (len(lines.covered), len(lines.all)) for path, lines in self.files.items()}


class CoverageResult(NamedTuple):
    """What a report shows of what a gate demands.

    Attributes:
        reasons: each demand that is not met, in one line.
        unknown: each demand that could not be judged; then it has not passed either.
        explanation: per file, what the share fell by, the greatest loss first.
        changed: covered and all lines among those that the branch changed, where demanded.
        files: per file, covered and all lines: the baseline for those who come later.
    """

    covered: int
    total: int
    passed: bool
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()
    changed: tuple[int, int] | None = None
    files: Counts = {}  # noqa: RUF012 - a default, never written to


def read(content: bytes) -> Report:
    """Read coverage.py JSON, Cobertura XML or LCOV; which of them, the content tells.

    Lines alone count: branches and functions are left out. A file that is named twice has the
    lines of both, and a line is covered when one of them says so.

    Raises:
        GateError: it is none of the three, or not a whole one.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return Report(_merged(_json_lines(text)))
    if text.startswith(b"<") or content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return _read_cobertura(content.lstrip())
    if re.search(rb"^SF:", text, re.MULTILINE):
        return Report(_merged(_lcov_lines(text)))
    raise GateError(
        "it is in no known format",
        hint="planner reads coverage.py JSON, Cobertura XML and LCOV",
    )


def _merged(rows: Iterable[tuple[str, int, bool]]) -> dict[str, Lines]:
    """Files from rows of path, line and whether it is covered."""
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
    import json  # noqa: PLC0415 - 7 ms that only this report needs

    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GateError(f"it is no whole JSON: {error}") from error
    files = document.get("files")
    if not isinstance(files, dict):
        raise GateError("it is JSON, but not of coverage.py: there is no 'files'")
    for path, file in files.items():
        for key, is_covered in (("executed_lines", True), ("missing_lines", False)):
            lines = file.get(key) if isinstance(file, dict) else None
            if not isinstance(lines, list) or not all(type(line) is int for line in lines):
                raise GateError(f"it has no {key!r} for {path!r}")
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
            raise GateError(f"it is XML, but no Cobertura: its root is <{tag}>")
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
        raise GateError("it is XML, but names no line of a class")
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
                raise GateError(f"it has {row!r} outside a record")
        elif kind == "DA":
            number, _, hits = rest.partition(",")
            yield path, _count(number, row), _count(hits.partition(",")[0], row) > 0
    if path is not None:
        raise GateError(f"it ends in the middle of {path!r}")


def _count(text: str, what: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise GateError(f"it has {text!r} for a number, in {what!r}")
    return int(text)


def located(report: Report, root: Path, folder: Path) -> Report:
    """The same report with its files named from the repository's root.

    A path is looked for from the folder of the command, from the report's own sources, and from
    the root. One that leads to no file of the repository keeps its name and is a stranger.
    """
    top = os.path.realpath(root)
    starts = [str(folder), *(str(folder / source) for source in report.sources), top]
    real_folders: dict[str, str] = {}

    def locate(name: str) -> str | None:
        for start in starts:
            path = Path(start, name)
            parent = str(path.parent)
            with contextlib.suppress(OSError, ValueError):  # no name that the system knows
                if parent not in real_folders:
                    real_folders[parent] = os.path.realpath(parent)
                real = f"{real_folders[parent]}/{path.name}"
                if real.startswith(f"{top}/") and Path(real).is_file():
                    return real[len(top) + 1 :]
        return None

    names = {name: locate(name) for name in report.files}
    rows = (
        (names[name] or name, line, line in lines.covered)
        for name, lines in report.files.items()
        for line in lines.all
    )
    strangers = frozenset(name for name, place in names.items() if place is None)
    return Report(_merged(rows), report.sources, strangers)


def judge(
    report: Report,
    demand: Coverage,
    *,
    baseline: Counts | None = None,
    changed_lines: Mapping[str, Iterable[int]] | None = None,
) -> CoverageResult:
    """Hold a report against what a gate demands.

    Args:
        report: what was measured, its files named from the repository's root.
        demand: what the gate demands.
        baseline: what was measured at the merge base; None is not known, which never passes.
        changed_lines: per path, the lines that the branch added or changed.
    """
    covered, total = _sum(report.counts)
    reasons: list[str] = []
    unknown: list[str] = [] if total else ["the coverage report counts no line"]
    explanation: tuple[str, ...] = ()
    if demand.minimum is not None and total and _is_below(covered, total, demand.minimum):
        reasons.append(f"coverage is {_share(covered, total)}, less than {demand.minimum:g} %")
    if demand.no_regression and baseline is None:
        unknown.append("there is no coverage of the merge base to compare with")
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
    """Whether covered/total is below a share in per cent, which counts to six decimals."""
    return covered * 100 * _MILLIONTHS < round(least * _MILLIONTHS) * total


def _share(covered: int, total: int) -> str:
    """A share in words, rounded down: 79.999 % must not read as 80 %."""
    if not total:
        return "0 of 0 lines"
    hundredths = covered * 10_000 // total
    per_cent = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
    return f"{per_cent} % ({covered} of {total} lines)"


def _losses(now: Counts, before: Counts) -> Iterable[str]:
    """What each file took away from the share, the greatest loss first.

    With S the share before, a file adds (covered - S * lines) now, less the same before; these
    add up to what the whole fell by, so they say exactly where it went.
    """
    covered, total = _sum(before)

    def gain(path: str) -> int:
        new, old = now.get(path, (0, 0)), before.get(path, (0, 0))
        return (new[0] - old[0]) * total - covered * (new[1] - old[1])

    losers = sorted((gain(path), path) for path in {*now, *before} if gain(path) < 0)
    for _, path in losers[:_SHOWN]:
        old, new = before.get(path, (0, 0)), now.get(path, (0, 0))
        if not old[1]:
            yield f"{printable(path)}: new, {_share(*new)}"
        elif not new[1]:
            yield f"{printable(path)}: gone, it had {_share(*old)}"
        else:
            yield f"{printable(path)}: {_share(*new)}, before {_share(*old)}"
    if len(losers) > _SHOWN:
        yield f"and {len(losers) - _SHOWN} more files"


def _judge_changed(
    report: Report, least: float, changed: Mapping[str, Iterable[int]] | None
) -> tuple[tuple[int, int] | None, str, str]:
    """Covered and all changed lines, why they are too few, and why that cannot be told."""
    if changed is None:
        return None, "", "the lines that the branch changed are not known"
    if report.files and len(report.strangers) == len(report.files):
        name = min(report.strangers)
        return None, "", f"the coverage report names no file of this repository: {name!r}"
    none = Lines(frozenset(), frozenset())
    measured = {path: report.files.get(path, none).all & set(ls) for path, ls in changed.items()}
    missed = {path: ls - report.files.get(path, none).covered for path, ls in measured.items()}
    total = sum(map(len, measured.values()))
    covered = total - sum(map(len, missed.values()))
    if not _is_below(covered, total, least):
        return (covered, total), "", ""
    reason = f"of the changed lines {_share(covered, total)} are covered, less than {least:g} %"
    return (covered, total), f"{reason}; not covered: {_places(missed)}", ""


def _places(missed: Mapping[str, Iterable[int]]) -> str:
    """Lines as `a.py:3, a.py:7-9`."""
    places: list[str] = []
    for path, lines in sorted(missed.items()):
        for first, last in _stretches(sorted(lines)):
            lines_text = f"{first}" if first == last else f"{first}-{last}"
            places.append(f"{printable(path)}:{lines_text}")
    more = len(places) - _SHOWN
    return ", ".join(places[:_SHOWN]) + (f" and {more} more places" if more > 0 else "")


def _stretches(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Runs of numbers without a gap, as first and last."""
    at = 0
    while at < len(numbers):
        start = at
        while at + 1 < len(numbers) and numbers[at + 1] == numbers[at] + 1:
            at += 1
        yield numbers[start], numbers[at]
        at += 1
