"""Judge line coverage by what a gate demands, in exact arithmetic."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.gates.output import listed, printable
from planner.gates.reports.lines import Files, Lines, ranges, total
from planner.gates.reports.paths import Located
from planner.plan.model import Coverage, patterns
from planner.repository.lines import LineChange

_MOST_SHOWN: Final = 10  # files or line ranges in an explanation
_NONE: Final = Lines(frozenset(), frozenset())


LineChanges = Mapping[str, LineChange]


class CoverageResult(NamedTuple):
    """A report judged by the demands of a gate.

    Attributes:
        reasons: each demand that is not met, in one line.
        unknown: each demand that could not be checked; it has not passed either.
        explanation: the files that made coverage fall, the greatest loss first.
        changed: covered and all lines among those that the branch changed, where demanded.
        files: the lines by file, to be stored as a baseline.
        outside: a file of the report that exists, but not in the work tree; or empty.
    """

    covered: int
    total: int
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()
    changed: tuple[int, int] | None = None
    files: Files = {}  # noqa: RUF012 - never written to
    outside: str = ""

    @property
    def passed(self) -> bool:
        """Whether every demand is met."""
        return not self.reasons and not self.unknown


def judge(
    report: Located,
    demand: Coverage,
    *,
    baseline: Files | None = None,
    changes: LineChanges | None = None,
) -> CoverageResult:
    """Judge a report by the demands of a gate.

    Args:
        report: what was measured.
        baseline: what was measured at the merge base; None if unknown, which never passes.
        changes: by path, what the branch changed; None if unknown, which does not pass where the
            changed lines decide.
    """
    # What is not in the repository, such as a library, is none of its lines.
    files = {path: lines for path, lines in report.files.items() if path not in report.unknown}
    covered, count = total(files)
    result = CoverageResult(covered, count, files=files, outside=report.outside)
    unknown = [*_strangers(report, demand, changes or {})]
    if not total(report.files)[1]:
        unknown.insert(0, "the coverage report contains no line")
    elif not files and not unknown:
        name = min(report.unknown)
        unknown = [f"no file of the coverage report is in this repository, such as {name!r}"]
    elif not count and not unknown:
        unknown = ["the coverage report contains no line of a file in this repository"]
    reasons: list[str] = []
    if demand.minimum is not None and count and _is_below(covered, count, demand.minimum):
        reasons.append(f"coverage is {share(covered, count)}, less than {demand.minimum:g} %")
    result = result._replace(reasons=tuple(reasons), unknown=tuple(unknown))
    if demand.no_regression and count:
        result = _judge_regression(result, demand, baseline, changes)
    if demand.changed_lines is not None:
        result = _judge_changed(result, report, demand, changes)
    return result


def _strangers(report: Located, demand: Coverage, changes: LineChanges) -> Iterable[str]:
    """Yield why the report cannot be understood: a changed file that is somewhere else in it."""
    ignored = PatternSet(patterns(demand.ignore))
    changed = {
        _reversed(path): path
        for path, change in changes.items()
        if change.has_added and ignored.first(path.encode()) is None
    }
    # What such a file may be called, if the report names it from another folder.
    ends: dict[tuple[str, ...], str] = {}
    for parts, path in changed.items():
        if path not in report.files:
            ends.update((parts[:length], path) for length in range(1, len(parts) + 1))
    for name in sorted(report.unknown):
        parts = _reversed(name.replace("\\", "/"))
        whole = (parts[:length] for length in range(len(parts), 0, -1))
        meant = next((changed[each] for each in whole if each in changed), None) or ends.get(parts)
        if meant and ignored.first(_ignorable(name)) is None:
            yield (
                f"{printable(name)!r} of the coverage report is not in the repository, and may be"
                f" {printable(meant)!r}, which changed; say in 'paths' which folder it starts in,"
                " or in 'ignore' that it is another file"
            )
            return


def _ignorable(name: str) -> bytes:
    """Return a name of a report as patterns match it: they never start with a slash."""
    return name.replace("\\", "/").lstrip("/").encode("utf-8", "surrogateescape")


def _reversed(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts[::-1]


def _judge_regression(
    result: CoverageResult, demand: Coverage, baseline: Files | None, changes: LineChanges | None
) -> CoverageResult:
    """Compare with the baseline, without the lines that the branch removed.

    Where it removed or changed all of them, as by another indent, it is compared with all of them:
    else nothing would be compared.
    """
    if baseline is None:
        return _add(result, unknown="the coverage of the merge base is not known")
    if changes is None:
        return _add(result, unknown="the lines that the branch removed are not known")
    kept = {path: _without(lines, changes.get(path)) for path, lines in baseline.items()}
    # A file that nothing runs any longer can vanish from a report: its lines are not covered.
    vanished = {p: Lines(frozenset(), lines.all) for p, lines in kept.items() if lines.all}
    if not vanished:
        kept = dict(baseline)
    before = total(kept)
    if not before[1]:
        return result
    files = {**vanished, **result.files}
    now = total(files)
    fall = Fraction(*before) - Fraction(*now)
    if fall * 100 <= Fraction(str(demand.tolerance)):
        return result
    reason = f"coverage fell from {share(*before)} to {share(*now)}"
    if demand.tolerance:
        reason += f", by more than {demand.tolerance:g} points"
    losses = tuple(_losses(files, kept, result.files))
    return _add(result, reason)._replace(explanation=losses)


def _add(result: CoverageResult, reason: str = "", unknown: str = "") -> CoverageResult:
    reasons = (*result.reasons, *filter(None, [reason]))
    return result._replace(reasons=reasons, unknown=(*result.unknown, *filter(None, [unknown])))


def _without(lines: Lines, change: LineChange | None) -> Lines:
    if change is None:
        return lines
    if change.is_whole:
        return _NONE
    return Lines(lines.covered - change.removed, lines.all - change.removed)


def _is_below(covered: int, count: int, least: float) -> bool:
    """Whether covered/count is below a percentage."""
    return Fraction(covered, count) * 100 < Fraction(str(least)) if count else False


def share(covered: int, count: int) -> str:
    """Format a share, rounded down: 79.999 % must not read as 80 %."""
    if not count:
        return "0 of 0 lines"
    hundredths = covered * 10_000 // count
    percent = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
    return f"{percent} % ({covered} of {count} lines)"


def _losses(now: Files, before: Files, measured: Files) -> Iterable[str]:
    """Yield the files that made the share fall, the greatest loss first.

    With S the share before, the gain of a file is its change in (covered - S * lines). The gains
    of all files add up to what the share fell by, so they show exactly where.
    """
    covered, count = total(before)

    def counts(files: Files, path: str) -> tuple[int, int]:
        lines = files.get(path, _NONE)
        return len(lines.covered), len(lines.all)

    def gain(path: str) -> int:
        new, old = counts(now, path), counts(before, path)
        return (new[0] - old[0]) * count - covered * (new[1] - old[1])

    losers = sorted((gain(path), path) for path in {*now, *before} if gain(path) < 0)
    for _, path in losers[:_MOST_SHOWN]:
        old, new = counts(before, path), counts(now, path)
        if not old[1]:
            yield f"{printable(path)}: new, {share(*new)}"
        elif path not in measured:
            yield f"{printable(path)}: no longer in the report, before {share(*old)}"
        else:
            yield f"{printable(path)}: {share(*new)}, before {share(*old)}"
    if len(losers) > _MOST_SHOWN:
        yield f"and {len(losers) - _MOST_SHOWN} more files"


def _judge_changed(
    result: CoverageResult, report: Located, demand: Coverage, changes: LineChanges | None
) -> CoverageResult:
    """Judge the lines that the branch added or changed."""
    least = demand.changed_lines or 0
    if changes is None:
        return _add(result, unknown="the lines that the branch changed are not known")
    if report.unknown >= report.files.keys():
        return result
    built = report.unknown | report.untracked
    if built >= report.files.keys():
        name = min(report.untracked)
        unknown = f"git tracks no file of the coverage report, which has output such as {name!r}"
        return _add(result, unknown=unknown)
    added = {path: change for path, change in changes.items() if change.has_added}
    measured = {path: _added(report.files.get(path, _NONE), added[path]) for path in added}
    missed = {p: lines - report.files.get(p, _NONE).covered for p, lines in measured.items()}
    count = sum(map(len, measured.values()))
    covered = count - sum(map(len, missed.values()))
    result = result._replace(changed=(covered, count))
    lacking = _lacking(report, demand, added)
    if lacking:
        names = listed(lacking, _MOST_SHOWN, "more")
        result = _add(result, f"changed, but not in the coverage report: {names}")
    if _is_below(covered, count, least):
        reason = f"coverage of changed lines is {share(covered, count)}, less than {least:g} %"
        result = _add(result, f"{reason}; not covered: {_places(missed)}")
    return result


def _added(lines: Lines, change: LineChange) -> frozenset[int]:
    return lines.all if change.is_whole else lines.all & change.added


def _lacking(report: Located, demand: Coverage, changed: Iterable[str]) -> list[str]:
    """List the changed files of a kind that the report knows, which it lacks: nothing ran them."""
    kinds = {PurePosixPath(path).suffix for path in report.files} - {""}
    ignored = PatternSet(patterns(demand.ignore))
    return [
        path
        for path in sorted(changed)
        if path not in report.files
        and PurePosixPath(path).suffix in kinds
        and ignored.first(path.encode()) is None
    ]


def _places(missed: Mapping[str, Iterable[int]]) -> str:
    """Format lines as `a.py:3, a.py:7-9`."""
    places = [
        f"{path}:{span}"
        for path, lines in sorted(missed.items())
        for span in ranges(lines).split(",")
        if span
    ]
    return listed(places, _MOST_SHOWN, "more places")
