"""Judge line coverage by what a gate demands, in exact arithmetic."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from planner.gates.coverage_reports import Counts, CoverageReport, Lines
from planner.gates.output import printable
from planner.plan.model import Coverage

_MOST_SHOWN: Final = 10  # files or line ranges in an explanation
_MILLIONTHS: Final = 10**6


class CoverageResult(NamedTuple):
    """A report judged by the demands of a gate.

    Attributes:
        reasons: each demand that is not met, in one line.
        unknown: each demand that could not be checked; it has not passed either.
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


def judge(
    report: CoverageReport,
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
    report: CoverageReport, least: float, changed: Mapping[str, Iterable[int]] | None
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
