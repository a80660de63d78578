from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.boundary.pattern import Pattern, parse
from planner.diagnostic import Location
from planner.gates.coverage import CoverageResult, judge
from planner.gates.reports.coverage import FORMATS, read_coverage
from planner.gates.reports.lines import Files, Lines
from planner.gates.reports.paths import Located, files_below, locate
from planner.plan.model import Coverage, Entry
from planner.repository.lines import LineChange

if TYPE_CHECKING:
    from gates.conftest import Runner


def entry(text: str) -> Entry:
    """Make an entry of a plan."""
    pattern = parse(text)
    assert isinstance(pattern, Pattern)
    return Entry(pattern, Location("plan.yaml"))


REPORTS = Path(__file__).parent / "reports"
NAMES = ("shop.json", "shop.xml", "shop.lcov")

# A pull request on which diff-cover 11.0.1 was run with the coverage.xml and the coverage.lcov
# of coverage.py 7.17.3: 30 lines, 7 missing, 76 %, and these lines per file.
CHANGED = {
    path: LineChange(frozenset(lines))
    for path, lines in {
        "README.md": {2},
        "shop/order.py": set(range(1, 25)),
        "shop/price.py": {2, 5, 8, 9, 10},
        "shop/stock.py": {9, 10, 12, 13},
        "shop/unused.py": {1, 2},
        "tests/test_shop.py": set(range(14, 24)),
    }.items()
}
TESTS = (entry("tests/**"),)  # not measured: diff-cover skips what the report lacks
DIFF_COVER = (23, 30)
DIFF_COVER_MISSING = "shop/order.py:15, shop/order.py:22-24, shop/price.py:9, shop/unused.py:1-2"


def counted(counts: Mapping[str, tuple[int, int]]) -> Files:
    """Make files with so many covered lines of so many lines."""
    return {
        path: Lines(frozenset(range(1, covered + 1)), frozenset(range(1, count + 1)))
        for path, (covered, count) in counts.items()
    }


BEFORE = counted({"shop/price.py": (5, 7), "shop/stock.py": (8, 9)})


def located(runner: "Runner", content: bytes) -> Located:
    """Read a report in the folder of the runner."""
    find = files_below(runner.root)
    reports = [(read_coverage(content), runner.root)]
    return locate(reports, find, root=runner.root, folder=runner.root)


def shop(runner: "Runner", name: str) -> Located:
    """Read one of the three reports, in the folder it was made in."""
    for module in ("__init__", "order", "price", "stock", "unused"):
        runner.write(f"shop/{module}.py", "")
    return located(runner, (REPORTS / name).read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_changed_lines_agree_with_diff_cover(runner: "Runner", name: str) -> None:
    demand = Coverage(changed_lines=76.7, ignore=TESTS)

    result = judge(shop(runner, name), demand, changes=CHANGED)

    assert result.changed == DIFF_COVER
    assert result.reasons == (
        "coverage of changed lines is 76.66 % (23 of 30 lines), less than 76.7 %;"
        f" not covered: {DIFF_COVER_MISSING}",
    )
    assert judge(shop(runner, name), demand._replace(changed_lines=76.6), changes=CHANGED).passed


def test_all_formats_give_the_same_report(runner: "Runner") -> None:
    first, *others = (shop(runner, name).files for name in NAMES)

    assert others == [first, first]
    assert sum(len(lines.all) for lines in first.values()) == 42
    assert sum(len(lines.covered) for lines in first.values()) == 33


def test_drop_is_explained_by_file_the_greatest_loss_first(runner: "Runner") -> None:
    demand = Coverage(no_regression=True, minimum=78.58)

    result = judge(shop(runner, "shop.xml"), demand, baseline=BEFORE, changes={})

    assert result.reasons == (
        "coverage is 78.57 % (33 of 42 lines), less than 78.58 %",
        "coverage fell from 81.25 % (13 of 16 lines) to 78.57 % (33 of 42 lines)",
    )
    assert result.explanation == (
        "shop/unused.py: new, 0 % (0 of 2 lines)",
        "shop/order.py: new, 78.94 % (15 of 19 lines)",
    )
    lines = result.files["shop/order.py"]
    assert (len(lines.covered), len(lines.all)) == (15, 19)


def test_without_a_baseline_it_does_not_pass(runner: "Runner") -> None:
    report = shop(runner, "shop.json")

    result = judge(report, Coverage(no_regression=True))

    assert not result.passed
    assert result.unknown == ("the coverage of the merge base is not known",)
    assert not judge(report, Coverage(changed_lines=1)).passed


LCOV = "SF:{}\nDA:1,1\nDA:2,0\nend_of_record\n"


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("/app/shop/order.py", "shop/order.py"),
        ("C:\\\\build\\\\shop\\\\order.py", "shop/order.py"),
        ("github.com/acme/shop/order.py", "shop/order.py"),
        ("order.py", "shop/order.py"),  # from another folder than any that is known
        ("acme/Order.java", "src/java/acme/Order.java"),
    ],
)
def test_an_unknown_file_that_may_be_a_changed_one_is_an_error(
    name: str, changed: str, runner: "Runner"
) -> None:
    runner.write("shop/price.py", "")
    name = name.replace("\\\\", "\\")
    report = located(runner, (LCOV.format("shop/price.py") + LCOV.format(name)).encode())
    changes = {changed: LineChange(frozenset({2}))}

    for demand in (Coverage(changed_lines=0), Coverage(minimum=1)):
        (reason,) = judge(report, demand, changes=changes).unknown
        assert reason.startswith(f"{name!r} of the coverage report is not in the repository")
        assert f"may be {changed!r}, which changed; say in 'paths'" in reason
    others = {"lib/other.py": LineChange(frozenset({1})), "x.md": LineChange(frozenset({1}))}
    assert judge(report, Coverage(minimum=1), changes=others).passed


def test_ignore_tells_that_an_unknown_file_is_another_one(runner: "Runner") -> None:
    runner.write("setup.py", "")
    names = ("setup.py", "/other/place/setup.py", "C:\\other\\setup.py")
    report = located(runner, "".join(map(LCOV.format, names)).encode())
    changes = {"setup.py": LineChange(frozenset({2}))}
    demand = Coverage(changed_lines=0)

    (reason,) = judge(report, demand, changes=changes).unknown
    assert "may be 'setup.py', which changed" in reason
    assert reason.endswith(
        "say in 'paths' which folder it starts in, or in 'ignore' that it is another file"
    )
    ignoring = demand._replace(ignore=(entry("other/place/**"), entry("C:/other/setup.py")))
    assert judge(report, ignoring, changes=changes).changed == (0, 1)
    assert judge(report, ignoring, changes=changes).passed
    assert judge(report, ignoring._replace(ignore=(entry("other/**"),)), changes=changes).unknown


@pytest.mark.parametrize("demand", [Coverage(changed_lines=0), Coverage(minimum=1)])
def test_a_report_of_another_repository_does_not_pass(runner: "Runner", demand: Coverage) -> None:
    report = located(runner, LCOV.format("/app/shop/order.py").encode())

    result = judge(report, demand, changes={})

    assert result.unknown == (
        "no file of the coverage report is in this repository, such as '/app/shop/order.py'",
    )


def test_a_report_of_nothing_but_build_output_tells_nothing_of_changed_lines(
    runner: "Runner",
) -> None:
    runner.write("dist/app.js", "")
    runner.write("src/app.ts", "")
    script = "printf 'SF:dist/app.js\\nDA:1,1\\nend_of_record\\n' > c.info"
    demand = Coverage(("c.info",), changed_lines=90)
    gate = runner.gate(run=script, coverage=demand)
    changes = {"src/app.ts": LineChange(frozenset({1}))}

    (result,) = runner.run(gate, changes=changes, tracked=frozenset({"src/app.ts"}))

    assert (result.verdict, result.reason) == (
        "error",
        "git tracks no file of the coverage report, which has output such as 'dist/app.js'",
    )
    (result,) = runner.run(gate, changes=changes, tracked=frozenset({"dist/app.js"}))
    assert result.verdict == "passed"
    minimum = gate._replace(coverage=demand._replace(changed_lines=None, minimum=90))
    (result,) = runner.run(minimum, changes=changes, tracked=frozenset())
    assert result.verdict == "passed"


def test_a_file_that_cannot_be_compared_counts_as_rewritten() -> None:
    now, before = counted({"a": (1, 4)}), counted({"a": (4, 4), "b": (1, 4)})
    changes = {"a": LineChange(is_whole=True)}

    result = judge(
        Located(now),
        Coverage(changed_lines=50, no_regression=True),
        baseline=before,
        changes=changes,
    )

    assert result.changed == (1, 4)
    assert [reason.split(" (")[0] for reason in result.reasons] == [
        "coverage fell from 25 %",
        "coverage of changed lines is 25 %",
    ]


def test_a_changed_file_that_the_report_lacks_is_not_covered(runner: "Runner") -> None:
    runner.write("shop/price.py", "")
    report = located(runner, LCOV.format("shop/price.py").encode())
    names = ("shop/new.py", "shop/gone.py", "tests/test_new.py", "README.md", "Makefile")
    changes = {name: LineChange(frozenset({1})) for name in names}
    changes["shop/gone.py"] = LineChange(removed=frozenset({1}))
    demand = Coverage(changed_lines=0)

    result = judge(report, demand, changes=changes)

    assert result.reasons == (
        "changed, but not in the coverage report: shop/new.py, tests/test_new.py",
    )
    ignoring = demand._replace(ignore=(entry("tests/**"), entry("**/new.py")))
    assert judge(report, ignoring, changes=changes).passed
    assert judge(report, Coverage(minimum=1), changes=changes).passed


def test_change_without_measured_lines_passes(runner: "Runner") -> None:
    result = judge(
        shop(runner, "shop.xml"),
        Coverage(changed_lines=100),
        changes={"a.md": LineChange(frozenset({1}))},
    )

    assert (result.passed, result.changed) == (True, (0, 0))


counts = st.dictionaries(
    st.sampled_from("abcdef"),
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)


def report_of(files: Mapping[str, tuple[int, int]]) -> Located:
    return Located(counted(files))


def totals(files: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(c for c, _ in files.values()), sum(n for _, n in files.values())


removed = st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.integers(1, 30)))
tolerances = st.sampled_from([0, 0.1, 0.5, 3, 33.3])


@given(counts, counts, removed, tolerances)
def test_regression_is_judged_by_exact_fractions(
    now: dict[str, tuple[int, int]],
    before: dict[str, tuple[int, int]],
    removed: dict[str, frozenset[int]],
    tolerance: float,
) -> None:
    covered, total = totals(now)
    kept = [
        (number <= before[path][0])
        for path in before
        for number in range(1, before[path][1] + 1)
        if number not in removed.get(path, ())
    ]
    total += sum(
        number not in removed.get(path, ())
        for path in before
        if path not in now
        for number in range(1, before[path][1] + 1)
    )
    demand = Coverage(no_regression=True, tolerance=tolerance)
    changes = {path: LineChange(removed=lines) for path, lines in removed.items()}

    result = judge(report_of(now), demand, baseline=counted(before), changes=changes)

    if not totals(now)[1]:
        assert result.unknown == ("the coverage report contains no line",)
    elif not totals(before)[1]:
        assert result.passed
    else:
        # Where no line is left of it, the whole baseline counts.
        kept = kept or [n < c for c, count in before.values() for n in range(count)]
        least = Fraction(sum(kept), len(kept)) - Fraction(str(tolerance)) / 100
        fell = Fraction(covered, total) < least
        assert result.passed is not fell
        assert bool(result.explanation) is fell  # a drop always has a file that explains it


def test_another_indent_of_every_line_hides_no_regression() -> None:
    before = counted({"a": (9, 10), "gone": (5, 5)})
    changes = {
        path: LineChange(removed=frozenset(range(1, 11)), added=frozenset(range(1, 11)))
        for path in ("a", "gone")
    }
    demand = Coverage(no_regression=True)

    result = judge(report_of({"a": (2, 10)}), demand, baseline=before, changes=changes)
    assert result.reasons == (
        "coverage fell from 93.33 % (14 of 15 lines) to 20 % (2 of 10 lines)",
    )
    assert judge(report_of({"a": (10, 10)}), demand, baseline=before, changes=changes).passed


def test_files_outside_the_repository_do_not_count() -> None:
    files = counted({"a": (1, 10), "/usr/lib/b": (990, 990)})
    report = Located(files, frozenset(["/usr/lib/b"]))

    result = judge(report, Coverage(minimum=50))
    assert result.reasons == ("coverage is 10 % (1 of 10 lines), less than 50 %",)
    assert result.files == {"a": files["a"]}
    empty = Located(counted({"a": (0, 0), "/usr/lib/b": (9, 9)}), frozenset(["/usr/lib/b"]))
    assert judge(empty, Coverage(minimum=50)).unknown == (
        "the coverage report contains no line of a file in this repository",
    )


def test_a_fall_within_the_tolerance_passes() -> None:
    before, now = counted({"a": (80, 100)}), report_of({"a": (795, 1000)})
    demand = Coverage(no_regression=True, tolerance=0.5)

    assert judge(now, demand, baseline=before, changes={}).passed
    result = judge(now, demand._replace(tolerance=0.4), baseline=before, changes={})
    assert result.reasons == (
        "coverage fell from 80 % (80 of 100 lines) to 79.5 % (795 of 1000 lines), "
        "by more than 0.4 points",
    )
    unknown = judge(now, demand, baseline=before).unknown
    assert unknown == ("the lines that the branch removed are not known",)


def test_a_file_that_vanishes_from_the_report_is_not_covered() -> None:
    before, now = counted({"a": (2, 2), "b": (1, 4)}), report_of({"a": (2, 2)})
    demand = Coverage(no_regression=True)

    result = judge(now, demand, baseline=before, changes={})
    assert result.reasons == ("coverage fell from 50 % (3 of 6 lines) to 33.33 % (2 of 6 lines)",)
    assert result.explanation == ("b: no longer in the report, before 25 % (1 of 4 lines)",)
    deleted = {"b": LineChange(removed=frozenset(range(1, 5)))}
    assert judge(now, demand, baseline=before, changes=deleted).passed


def test_a_changed_file_without_executable_lines_is_in_the_report(runner: "Runner") -> None:
    runner.write("a.py", "")
    runner.write("b.py", "")
    changes = {"a.py": LineChange(frozenset({1}))}
    for report in (
        "SF:a.py\nend_of_record\nSF:b.py\nDA:1,1\nend_of_record\n",
        '{"files": {"a.py": {"executed_lines": [], "missing_lines": []},'
        ' "b.py": {"executed_lines": [1], "missing_lines": []}}}',
        '<coverage><class filename="a.py"/><class filename="b.py">'
        '<line number="1" hits="1"/></class></coverage>',
    ):
        demand = Coverage(changed_lines=100)
        assert judge(located(runner, report.encode()), demand, changes=changes).passed


def test_removing_covered_lines_is_no_regression() -> None:
    before = counted({"a": (90, 100)})
    now = report_of({"a": (40, 50)})
    changes = {"a": LineChange(removed=frozenset(range(1, 51)))}

    assert judge(now, Coverage(no_regression=True), baseline=before, changes=changes).passed
    assert not judge(now, Coverage(no_regression=True), baseline=before, changes={}).passed


@given(st.integers(0, 3000), st.integers(1, 3000), st.decimals(0, 100, places=3))
def test_minimum_is_judged_exactly(covered: int, more: int, least: object) -> None:
    total = covered + more
    result = judge(report_of({"a": (covered, total)}), Coverage(minimum=float(str(least))))

    assert result.passed is (Fraction(covered, total) * 100 >= Fraction(str(least)))


def test_share_is_never_rounded_up() -> None:
    result = judge(report_of({"a": (79_999, 100_000)}), Coverage(minimum=80))

    assert result.reasons == ("coverage is 79.99 % (79999 of 100000 lines), less than 80 %",)


def test_gate_with_coverage_passes_fails_or_is_an_error(runner: "Runner") -> None:
    runner.write("a.py", "")
    lcov = "printf 'SF:a.py\\nDA:1,1\\nDA:2,0\\nend_of_record\\n' > c.info"
    enough = Coverage(("c.info",), minimum=50)

    results = runner.run(
        runner.gate("enough", run=lcov, coverage=enough),
        runner.gate("read", coverage=enough, needs=("enough",)),
        runner.gate("more", run=lcov, coverage=Coverage(("c.info",), minimum=50.1)),
        runner.gate("kept", run=lcov, coverage=Coverage(("c.info",), no_regression=True)),
        runner.gate("fell", run=lcov, coverage=Coverage(("c.info",), no_regression=True)),
        runner.gate("none", run=lcov, coverage=Coverage(("c.info",), no_regression=True)),
        runner.gate("lines", run=lcov, coverage=Coverage(("c.info",), changed_lines=50)),
        runner.gate("absent", run="true", coverage=Coverage(("absent.info",), minimum=0)),
        runner.gate("old", run="true", coverage=enough),
        runner.gate("broken", run="echo x > broken", coverage=Coverage(("broken",), minimum=0)),
        baselines={"kept": counted({"a.py": (1, 2)}), "fell": counted({"a.py": (2, 3)})},
        changes={"a.py": LineChange(frozenset({2}))},
    )

    assert [(r.gate.id, r.verdict, r.reason) for r in results] == [
        ("enough", "passed", ""),
        ("read", "passed", ""),
        ("more", "failed", "coverage is 50 % (1 of 2 lines), less than 50.1 %"),
        ("kept", "passed", ""),
        ("fell", "failed", "coverage fell from 66.66 % (2 of 3 lines) to 50 % (1 of 2 lines)"),
        ("none", "error", "the coverage of the merge base is not known"),
        (
            "lines",
            "failed",
            "coverage of changed lines is 0 % (0 of 1 lines), less than 50 %; not covered: a.py:2",
        ),
        ("absent", "error", "the command did not write the report 'absent.info'"),
        ("old", "error", "the report 'c.info' is older than the run"),
        (
            "broken",
            "error",
            f"report 'broken': unknown format; expected {FORMATS}",
        ),
    ]
    assert isinstance(results[0].coverage, CoverageResult)
    assert results[0].coverage.files == {"a.py": Lines(frozenset({1}), frozenset({1, 2}))}
    assert results[1].runs[0].exit is None
