import contextlib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.gates.coverage import CoverageResult, judge
from planner.gates.coverage_reports import CoverageReport, Lines, read_report, resolve_paths
from planner.gates.errors import GateError
from planner.plan.model import Coverage

if TYPE_CHECKING:
    from gates.conftest import Runner

REPORTS = Path(__file__).parent / "reports"
FORMATS = ("shop.json", "shop.xml", "shop.lcov")

# A pull request on which diff-cover 11.0.1 was run with the coverage.xml and the coverage.lcov
# of coverage.py 7.17.3: 30 lines, 7 missing, 76 %, and these lines per file.
CHANGED = {
    "README.md": {2},
    "shop/order.py": set(range(1, 25)),
    "shop/price.py": {2, 5, 8, 9, 10},
    "shop/stock.py": {9, 10, 12, 13},
    "shop/unused.py": {1, 2},
    "tests/test_shop.py": set(range(14, 24)),
}
DIFF_COVER = (23, 30)
DIFF_COVER_MISSING = "shop/order.py:15, shop/order.py:22-24, shop/price.py:9, shop/unused.py:1-2"
BEFORE = {"shop/price.py": (5, 7), "shop/stock.py": (8, 9)}


def shop(runner: "Runner", name: str) -> CoverageReport:
    """Read one of the three reports, in the folder it was made in."""
    for module in ("__init__", "order", "price", "stock", "unused"):
        runner.write(f"shop/{module}.py", "")
    return resolve_paths(read_report((REPORTS / name).read_bytes()), runner.root, runner.root)


@pytest.mark.parametrize("name", FORMATS)
def test_changed_lines_agree_with_diff_cover(runner: "Runner", name: str) -> None:
    demand = Coverage(changed_lines=76.7)

    result = judge(shop(runner, name), demand, changed_lines=CHANGED)

    assert result.changed == DIFF_COVER
    assert result.reasons == (
        "coverage of changed lines is 76.66 % (23 of 30 lines), less than 76.7 %;"
        f" not covered: {DIFF_COVER_MISSING}",
    )
    assert judge(shop(runner, name), Coverage(changed_lines=76.6), changed_lines=CHANGED).passed


def test_all_formats_give_the_same_report(runner: "Runner") -> None:
    first, *others = (shop(runner, name).files for name in FORMATS)

    assert others == [first, first]
    assert sum(len(lines.all) for lines in first.values()) == 42
    assert sum(len(lines.covered) for lines in first.values()) == 33


def test_drop_is_explained_by_file_the_greatest_loss_first(runner: "Runner") -> None:
    demand = Coverage(no_regression=True, minimum=78.58)

    result = judge(shop(runner, "shop.xml"), demand, baseline=BEFORE)

    assert result.reasons == (
        "coverage is 78.57 % (33 of 42 lines), less than 78.58 %",
        "coverage fell from 81.25 % (13 of 16 lines) to 78.57 % (33 of 42 lines)",
    )
    assert result.explanation == (
        "shop/unused.py: new, 0 % (0 of 2 lines)",
        "shop/order.py: new, 78.94 % (15 of 19 lines)",
    )
    assert result.files["shop/order.py"] == (15, 19)


def test_without_a_baseline_it_does_not_pass(runner: "Runner") -> None:
    report = shop(runner, "shop.json")

    result = judge(report, Coverage(no_regression=True))

    assert not result.passed
    assert result.unknown == ("the coverage of the merge base is not known",)
    assert not judge(report, Coverage(changed_lines=1)).passed


def test_report_with_foreign_paths_does_not_pass_for_changed_lines(runner: "Runner") -> None:
    report = resolve_paths(
        read_report(b"SF:/app/shop/order.py\nDA:1,1\nend_of_record\n"), runner.root, runner.root
    )

    result = judge(report, Coverage(changed_lines=90), changed_lines={"shop/order.py": {1}})

    assert result.unknown == (
        "no file of the coverage report is in this repository, such as '/app/shop/order.py'",
    )


def test_change_without_measured_lines_passes(runner: "Runner") -> None:
    result = judge(
        shop(runner, "shop.xml"), Coverage(changed_lines=100), changed_lines={"a.md": {1}}
    )

    assert (result.passed, result.changed) == (True, (0, 0))


counts = st.dictionaries(
    st.sampled_from("abcdef"),
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)


def report_of(files: Mapping[str, tuple[int, int]]) -> CoverageReport:
    return CoverageReport(
        {p: Lines(frozenset(range(c)), frozenset(range(n))) for p, (c, n) in files.items()}
    )


def totals(files: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(c for c, _ in files.values()), sum(n for _, n in files.values())


@given(counts, counts)
def test_regression_is_judged_by_exact_fractions(
    now: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]]
) -> None:
    (covered, total), (covered_before, total_before) = totals(now), totals(before)

    result = judge(report_of(now), Coverage(no_regression=True), baseline=before)

    if not total:
        assert result.unknown == ("the coverage report contains no line",)
    elif not total_before:
        assert result.passed
    else:
        fell = Fraction(covered, total) < Fraction(covered_before, total_before)
        assert result.passed is not fell
        assert bool(result.explanation) is fell  # a drop always has a file that explains it


@given(st.integers(0, 3000), st.integers(1, 3000), st.decimals(0, 100, places=3))
def test_minimum_is_judged_exactly(covered: int, more: int, least: object) -> None:
    total = covered + more
    result = judge(report_of({"a": (covered, total)}), Coverage(minimum=float(str(least))))

    assert result.passed is (Fraction(covered, total) * 100 >= Fraction(str(least)))


def test_share_is_never_rounded_up() -> None:
    result = judge(report_of({"a": (79_999, 100_000)}), Coverage(minimum=80))

    assert result.reasons == ("coverage is 79.99 % (79999 of 100000 lines), less than 80 %",)


def test_entries_of_a_file_that_occurs_twice_are_merged() -> None:
    lcov = b"SF:a\nDA:1,0\nDA:2,0\nend_of_record\nSF:a\nDA:1,3,hash\nDA:3,0\nend_of_record\n"
    xml = (
        b'<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'
        b'<coverage><class filename="a"><methods><method><lines><line number="1" hits="0"/>'
        b'</lines></method></methods><lines><line number="2" hits="0"/></lines></class>'
        b'<class filename="a"><lines><line number="1" hits="3"/><line number="3" hits="0"/>'
        b"</lines></class></coverage>"
    )

    for content in (
        lcov,
        xml,
        b"\xef\xbb\xbf" + lcov.replace(b"\n", b"\r\n"),
        xml.decode().encode("utf-16"),
    ):
        assert read_report(content).files == {"a": Lines(frozenset({1}), frozenset({1, 2, 3}))}


BOMB = b'<!DOCTYPE c [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><coverage>&b;</coverage>'
OUTSIDE = b'<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><coverage>&a;</coverage>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unknown format; expected coverage.py JSON, Cobertura XML or LCOV"),
        (b"\0\xff" * 99, "unknown format; expected coverage.py JSON, Cobertura XML or LCOV"),
        (b"{}", "not the JSON of coverage.py: it has no 'files'"),
        (b"{" * 99_999, "incomplete or malformed JSON"),
        (
            b'{"files": {"a": {"executed_lines": [1]}}}',
            "'a' has no list of numbers 'missing",
        ),
        (
            b'{"files": {"a": {"executed_lines": [true]}}}',
            "'a' has no list of numbers 'exec",
        ),
        (b"<report/>", "expected the root <coverage>, not <report>"),
        (b"<coverage><file/></coverage>", "it contains no line of a class"),
        (BOMB, "it declares or uses an entity, which is not supported"),
        (OUTSIDE, "it declares or uses an entity, which is not supported"),
        (
            b'<coverage><class filename="a"><line number="x" hits="1"/></class></coverage>',
            "expected a number in 'number', not 'x'",
        ),
        (b"<?xml version='1.0' encoding='none'?><coverage/>", "its XML cannot be read: "),
        (b"SF:a\nDA:1,1\n", "it ends within the record of 'a'"),
        (b"SF:a\nDA:1\nend_of_record\n", "expected a number in 'DA:1', not ''"),
        (b"DA:1,1\nSF:a\nend_of_record\n", "'DA:1,1' is outside a record"),
        (b"SF:a\nDA:1,1\nend_of_record\nS", "'S' is outside a record"),
    ],
)
def test_file_that_is_not_a_report_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(GateError) as caught:
        read_report(content)

    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("name", FORMATS)
def test_truncated_report_is_refused_wherever_it_ends(name: str) -> None:
    content = (REPORTS / name).read_bytes().rstrip()
    records = {m for m in range(len(content)) if content[:m].rstrip().endswith(b"end_of_record")}

    for end in range(0, len(content), 7):
        if end in records:
            continue  # LCOV has no end: whole records are a whole report
        with pytest.raises(GateError):
            read_report(content[:end])


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"SF:", b'{"files":', b"<coverage>", b"<?xml"):
        with contextlib.suppress(GateError):
            read_report(start + content)


def test_files_are_found_from_the_folder_the_sources_and_the_root(
    runner: "Runner", tmp_path: Path
) -> None:
    for name in ("svc/src/a.py", "svc/b.py", "c.py", "svc/real.py"):
        runner.write(name, "")
    runner.write("svc/link/x.py", "")
    (runner.root / "svc" / "alias").symlink_to("link")
    (tmp_path / "out.py").write_text("")
    lines = Lines(frozenset(), frozenset({1}))
    named = ("a.py", "./b.py", "../c.py", "svc/real.py", "alias/x.py", "../../out.py", "gone.py")
    strange = ("a\0b.py", "\ud800.py", "n" * 300, "n" * 5000 + "/a.py")
    report = CoverageReport(
        dict.fromkeys((*named, *strange, str(runner.root / "svc/b.py")), lines), ("src",)
    )

    found = resolve_paths(report, runner.root, runner.root / "svc")

    assert set(found.files) == {
        "svc/src/a.py",
        "svc/b.py",
        "c.py",
        "svc/real.py",
        "svc/link/x.py",
        "../../out.py",
        "gone.py",
        *strange,
    }
    assert found.unknown_files == {"../../out.py", "gone.py", *strange}


def test_gate_with_coverage_passes_fails_or_is_an_error(runner: "Runner") -> None:
    runner.write("a.py", "")
    lcov = "printf 'SF:a.py\\nDA:1,1\\nDA:2,0\\nend_of_record\\n' > c.info"
    enough = Coverage("c.info", minimum=50)

    results = runner.run(
        runner.gate("enough", run=lcov, coverage=enough),
        runner.gate("read", coverage=enough, needs=("enough",)),
        runner.gate("more", run=lcov, coverage=Coverage("c.info", minimum=50.1)),
        runner.gate("kept", run=lcov, coverage=Coverage("c.info", no_regression=True)),
        runner.gate("fell", run=lcov, coverage=Coverage("c.info", no_regression=True)),
        runner.gate("none", run=lcov, coverage=Coverage("c.info", no_regression=True)),
        runner.gate("lines", run=lcov, coverage=Coverage("c.info", changed_lines=50)),
        runner.gate("absent", run="true", coverage=Coverage("absent.info", minimum=0)),
        runner.gate("old", run="true", coverage=enough),
        runner.gate("broken", run="echo x > broken", coverage=Coverage("broken", minimum=0)),
        baselines={"kept": {"a.py": (1, 2)}, "fell": {"a.py": (2, 3)}},
        changed_lines={"a.py": {2}},
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
            "report 'broken': unknown format; expected coverage.py JSON, Cobertura XML or LCOV",
        ),
    ]
    assert isinstance(results[0].coverage, CoverageResult)
    assert results[0].coverage.files == {"a.py": (1, 2)}
    assert results[1].runs[0].exit is None
