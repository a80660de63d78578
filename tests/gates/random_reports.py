"""Random reports of tests and coverage in all formats, and what a gate must say of them."""

import json
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from planner.gates.reports.lines import Files, Lines
from planner.plan.model import Coverage
from planner.repository.lines import LineChange

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "": ("passed",),
    "<system-out>failed</system-out>": ("passed",),
    "<failure>no</failure>": ("failed",),
    "<error message='no'/>": ("failed",),
    "<failure/><rerunFailure/>": ("failed",),
    "<skipped/>": ("skipped",),
    "<skipped type='todo'/><failure/>": ("skipped",),
    "<flakyFailure/>": ("failed", "passed"),
    "<flakyError><stackTrace>x</stackTrace></flakyError>": ("failed", "passed"),
}
_WEIGHTS = (60, 3, 1, 1, 1, 6, 1, 1, 1)
_NAMES = ("a", "b", "c & d", "e<f>", "ü", "test_1[x-2]")


class Tests(NamedTuple):
    """Reports of tests, and the verdict on a command that exits 0 and writes them."""

    reports: tuple[str, ...]
    verdict: str


def random_tests(dice: random.Random) -> Tests:
    """Return random JUnit reports."""
    seen: dict[tuple[str, ...], set[str]] = {}
    bad_suites: list[str] = []
    reports = tuple(
        dice.choice(["", "\ufeff", "\n", '<?xml version="1.0"?>\n'])
        + f"<testsuites>{_suites(dice, (), seen, bad_suites)}</testsuites>"
        for _ in range(dice.choice([1, 1, 1, 2, 5]))
    )
    results = list(seen.values())
    if bad_suites or any("failed" in each and "passed" not in each for each in results):
        return Tests(reports, "failed")
    if any("failed" in each for each in results):
        return Tests(reports, "flaky")
    return Tests(reports, "passed" if any(each - {"skipped"} for each in results) else "failed")


def _suites(
    dice: random.Random,
    place: tuple[str, ...],
    seen: dict[tuple[str, ...], set[str]],
    bad_suites: list[str],
) -> str:
    text = ""
    for _ in range(dice.randrange(0 if place else 1, 3)):
        name = dice.choice(["one", "two", "three", "a > b", *_NAMES])
        inner, failures = "", 0
        for _ in range(dice.randrange(4)):
            case, unit = dice.choice(_NAMES), dice.choice(["", "unit", "x.Unit"])
            (body,) = dice.choices(list(OUTCOMES), _WEIGHTS)
            seen.setdefault((*place, name, unit, case), set()).update(OUTCOMES[body])
            failures += body.startswith(("<failure", "<error")) or "<failure" in body
            inner += (
                f"<testcase classname={quoteattr(unit)} name={quoteattr(case)}>{body}</testcase>"
            )
        if dice.random() < 0.3 and len(place) < 3:
            inner += _suites(dice, (*place, name), seen, bad_suites)
        if dice.random() < 0.01:
            inner += dice.choice(["<error/>", "<failure>setup</failure>"])
            bad_suites.append(name)
        attributes = f"name={quoteattr(name)} tests='{dice.randrange(9)}'"
        if dice.random() < 0.5:  # else the counts of inner suites would have to be added
            attributes += f" failures='{failures}'"
        elif dice.random() < 0.02:
            attributes += " errors='1000'"
            bad_suites.append(name)
        text += f"<testsuite {attributes}>{inner}</testsuite>"
    return text


class Measured(NamedTuple):
    """Reports of coverage by file name, what is demanded of them, and the verdict."""

    reports: Mapping[str, str]
    demand: Coverage
    baseline: Files
    verdict: str


FILES = tuple(f"src/{name}.py" for name in "abcde")


def random_changes(dice: random.Random) -> Mapping[str, LineChange]:
    """Return what a branch changed in some of `FILES`."""
    return {path: LineChange(_some(dice), _some(dice)) for path in FILES if dice.random() < 0.5}


def random_coverage(
    dice: random.Random, number: int, changes: Mapping[str, LineChange]
) -> Measured:
    """Return random reports of `FILES` in one format, with a demand."""
    now, before = _lines(dice), _lines(dice)
    form = dice.choice(list(_FORMS))
    parts = _split(dice, now) if now else [now]
    reports = {f"c{number}-{at}.out": _FORMS[form](dice, part) for at, part in enumerate(parts)}
    covered, count = _total(now)
    share = 100 * covered // count if count else 0
    near = max(0, share + dice.choice([-20, -1, 0, 1]))
    demand = Coverage(
        (f"c{number}-*.out",),
        minimum=min(100, near) if dice.random() < 0.6 else None,
        changed_lines=dice.choice([0, 20, 50]) if dice.random() < 0.5 else None,
        no_regression=dice.random() < 0.4,
        tolerance=dice.choice([0, 0.5, 5, 20]),
    )
    return Measured(reports, demand, before, _verdict(now, demand, before, changes))


def _verdict(now: Files, demand: Coverage, before: Files, changes: Mapping[str, LineChange]) -> str:
    """Judge by sets and fractions; every path is known."""
    covered, count = _total(now)
    if not count:
        return "error"
    wrong = []
    if demand.minimum is not None:
        wrong.append(Fraction(covered, count) < Fraction(demand.minimum) / 100)
    if demand.no_regression:
        lines = [(p, n) for p, f in before.items() for n in f.all if n not in _removed(changes, p)]
        was = sum(number in before[path].covered for path, number in lines)
        lost = sum(path not in now for path, _ in lines)
        if lines:
            fall = Fraction(was, len(lines)) - Fraction(covered, count + lost)
            wrong.append(fall > Fraction(str(demand.tolerance)) / 100)
    if demand.changed_lines is not None:
        new = [(p, n) for p, c in changes.items() if p in now for n in now[p].all & c.added]
        hit = sum(number in now[path].covered for path, number in new)
        wrong.append(bool(new) and Fraction(hit, len(new)) < Fraction(demand.changed_lines) / 100)
        wrong.append(any(change.added and path not in now for path, change in changes.items()))
    return "failed" if any(wrong) else "passed"


def _removed(changes: Mapping[str, LineChange], path: str) -> frozenset[int]:
    return changes[path].removed if path in changes else frozenset()


def _total(files: Files) -> tuple[int, int]:
    return sum(len(f.covered) for f in files.values()), sum(len(f.all) for f in files.values())


def _lines(dice: random.Random) -> dict[str, Lines]:
    files = {}
    for path in FILES:
        if dice.random() < 0.7:
            known = _some(dice)
            files[path] = Lines(frozenset(n for n in known if dice.random() < 0.7), known)
    return files


def _some(dice: random.Random) -> frozenset[int]:
    return frozenset(dice.sample(range(1, 40), dice.randrange(12)))


def _split(dice: random.Random, files: Files) -> Sequence[Files]:
    """Share files among reports: a line is in one or more, and covered in one of them at least."""
    parts: list[dict[str, Lines]] = [{} for _ in range(dice.choice([1, 1, 2, 3]))]
    for path, lines in files.items():
        chosen = dice.sample(parts, dice.randrange(1, len(parts) + 1))
        for part in chosen[1:]:
            some = frozenset(n for n in lines.all if dice.random() < 0.5)
            part[path] = Lines(
                frozenset(n for n in some & lines.covered if dice.random() < 0.5), some
            )
        chosen[0][path] = lines
    return [part for part in parts if part]


def _hits(dice: random.Random, is_covered: bool) -> str:
    return dice.choice(
        ["1", "7", "1e+06", "4294967296", "0.5"] if is_covered else ["0", "-3", "0.0"]
    )


def _json(_: random.Random, files: Files) -> str:
    rows = {
        path: {"executed_lines": sorted(f.covered), "missing_lines": sorted(f.all - f.covered)}
        for path, f in files.items()
    }
    return json.dumps({"meta": {"version": "7"}, "files": rows})


def _lcov(dice: random.Random, files: Files) -> str:
    records = [
        f"TN:\nSF:{path}\n"
        + "".join(f"DA:{n},{_hits(dice, n in f.covered)}\n" for n in sorted(f.all))
        + f"LF:{len(f.all)}\nend_of_record\n"
        for path, f in files.items()
    ]
    return "".join(records) or "SF:src/a.py\nend_of_record\n"


def _cobertura(dice: random.Random, files: Files) -> str:
    classes = "".join(
        f"<class filename='{path}'><methods/><lines>"
        + "".join(f"<line number='{n}' hits='{_hits(dice, n in f.covered)}'/>" for n in f.all)
        + "</lines></class>"
        for path, f in files.items()
    )
    return f"<coverage><sources><source>.</source></sources>{classes or _EMPTY}</coverage>"


_EMPTY = "<class filename='src/a.py'/>"


def _jacoco(_: random.Random, files: Files) -> str:
    sources = "".join(
        f"<sourcefile name='{path.removeprefix('src/')}'>"
        + "".join(f"<line nr='{n}' mi='1' ci='{int(n in f.covered) * 4}'/>" for n in f.all)
        + "</sourcefile>"
        for path, f in files.items()
    )
    package = sources or "<sourcefile name='a.py'/>"
    return f"<report name='x'><package name='src'>{package}</package></report>"


def _go(dice: random.Random, files: Files) -> str:
    rows: Sequence[str] = [
        f"{path}:{n}.2,{n}.9 1 {int(n in f.covered) * dice.randrange(1, 9)}\n"
        for path, f in files.items()
        for n in f.all
    ]
    # A profile lists blocks alone, so a file without any is named by an empty one.
    rows = [*rows, *(f"{path}:1.1,1.1 0 0\n" for path, f in files.items() if not f.all)]
    return f"mode: {dice.choice(['set', 'count', 'atomic'])}\n" + "".join(rows)


_FORMS = {"json": _json, "lcov": _lcov, "cobertura": _cobertura, "jacoco": _jacoco, "go": _go}
