"""Coverage reports in the formats that tools write, and everything that is not one."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.gates.errors import GateError
from planner.gates.reports.coverage import FORMATS, read_coverage
from planner.gates.reports.lines import Lines

REPORTS = Path(__file__).parent / "reports"
NAMES = ("shop.json", "shop.xml", "shop.lcov")
TWICE = {"a": Lines(frozenset({1}), frozenset({1, 2, 3}))}


def test_entries_of_a_file_that_occurs_twice_are_merged() -> None:
    lcov = b"SF:a\nDA:1,0\nDA:2,0\nend_of_record\nSF:a\nDA:1,3,hash\nDA:3,0\nend_of_record\n"
    xml = (
        b'<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'
        b'<coverage><class filename="a"><methods><method><lines><line number="1" hits="0"/>'
        b'</lines></method></methods><lines><line number="2" hits="0"/></lines></class>'
        b'<class filename="a"><lines><line number="1" hits="3"/><line number="3" hits="0"/>'
        b"</lines></class></coverage>"
    )
    go = b"mode: count\na:1.2,2.3 1 0\na:1.9,1.20 1 3\nmode: count\na:3.1,3.4 2 0\n"

    for content in (
        lcov,
        xml,
        go,
        b"\xef\xbb\xbf" + lcov.replace(b"\n", b"\r\n"),
        xml.decode().encode("utf-16"),
    ):
        assert read_coverage(content).files == TWICE


def test_jacoco_names_files_by_package_and_counts_instructions() -> None:
    report = read_coverage(
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><!DOCTYPE report PUBLIC '
        b'"-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="shop">'
        b'<sessioninfo id="x" start="1" dump="2"/><group name="core"><package name="com/acme">'
        b'<class name="com/acme/A" sourcefilename="A.java"><method name="m" desc="()V" line="3">'
        b'<counter type="LINE" missed="1" covered="1"/></method></class>'
        b'<sourcefile name="A.java"><line nr="3" mi="0" ci="2" mb="0" cb="0"/>'
        b'<line nr="4" mi="3" ci="0" mb="0" cb="0"/><line nr="5" mi="1" ci="1" mb="1" cb="1"/>'
        b'<counter type="LINE" missed="1" covered="2"/></sourcefile></package></group>'
        b'<package name=""><sourcefile name="Main.kt"><line nr="1" mi="1" ci="0"/></sourcefile>'
        b"</package></report>"
    )

    assert report.form == "jacoco"
    assert report.files == {
        "com/acme/A.java": Lines(frozenset({3, 5}), frozenset({3, 4, 5})),
        "Main.kt": Lines(frozenset(), frozenset({1})),
    }


def test_a_go_file_with_nothing_but_empty_functions_is_in_the_report() -> None:
    profile = b"mode: set\na.go:1.1,2.2 1 1\nb.go:3.10,3.12 0 0\n"

    assert read_coverage(profile).files["b.go"] == Lines(frozenset(), frozenset())


def test_a_go_profile_lists_blocks_of_statements() -> None:
    report = read_coverage(
        b"mode: set\n"
        b"github.com/acme/shop/pay/pay.go:5.30,7.16 2 1\n"
        b"github.com/acme/shop/pay/pay.go:7.16,9.3 1 0\n"
        b"github.com/acme/shop/pay/pay.go:11.1,11.2 0 1\n"
    )

    assert (report.form, report.files) == (
        "go",
        {"github.com/acme/shop/pay/pay.go": Lines(frozenset({5, 6, 7}), frozenset(range(5, 10)))},
    )


@pytest.mark.parametrize(
    ("hits", "is_covered"),
    [
        ("0", False), ("00", False), ("0.0", False), ("0e5", False), ("-1", False), ("-0", False),
        ("-2.5", False), ("1", True), ("1.0", True), ("1e+06", True), ("0.5", True), ("2.", True),
        ("18446744073709551615", True), ("9" * 40, True), ("1e-9", True), ("+3", True),
    ],
)  # fmt: skip
def test_a_line_is_covered_if_its_counter_is_above_zero(hits: str, is_covered: bool) -> None:
    for content in (
        f"SF:a\nDA:1,{hits}\nend_of_record\n",
        f'<coverage><class filename="a"><line number="1" hits="{hits}"/></class></coverage>',
        f'<report><sourcefile name="a"><line nr="1" ci="{hits}"/></sourcefile></report>',
    ):
        (lines,) = read_coverage(content.encode()).files.values()
        assert (1 in lines.covered, lines.all) == (is_covered, frozenset({1}))


def test_line_0_is_no_line() -> None:
    for content in (
        b"SF:a\nDA:0,1\nDA:1,0\nend_of_record\n",
        b'<coverage><class filename="a"><line number="0" hits="1"/><line number="1" hits="0"/>'
        b"</class></coverage>",
        b'{"files": {"a": {"executed_lines": [0], "missing_lines": [1]}}}',
    ):
        assert read_coverage(content).files == {"a": Lines(frozenset(), frozenset({1}))}


BOMB = b'<!DOCTYPE c [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><coverage>&b;</coverage>'
OUTSIDE = b'<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><coverage>&a;</coverage>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", f"unknown format; expected {FORMATS}"),
        (b"\0\xff" * 99, f"unknown format; expected {FORMATS}"),
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
        (
            b'{"files": {"a": {"executed_lines": [-1], "missing_lines": []}}}',
            "a line number is negative: -1 in 'executed_lines' of 'a'",
        ),
        (
            b'{"files": {"a": {"executed_lines": [1000000000], "missing_lines": []}}}',
            "a line number is too large: 1000000000 in 'executed_lines' of 'a'",
        ),
        (
            b'<coverage><class filename="a"><line number="-1" hits="1"/></class></coverage>',
            "a line number is negative: -1 in number",
        ),
        (
            b'<report><sourcefile name="a"><line nr="-1" ci="1"/></sourcefile></report>',
            "a line number is negative: -1 in nr",
        ),
        (b"SF:a\nDA:1000000000,1\nend_of_record\n", "expected a number in 'DA:1000000000,1'"),
        (b"mode: set\na.go:-1.1,2.2 1 1", "expected a block of a cover profile, not "),
        (b"mode: set\na.go:0.1,2.2 1 1", "the block 'a.go:0.1,2.2 1 1' has no lines, or too many"),
        (
            b'<coverage><project><file name="a"><line num="1"/></file></project></coverage>',
            "it contains no line of a file; Clover and SonarQube are not read",
        ),
        (b"<html/>", "expected the root <coverage> or <report>, not <html>"),
        (b"<coverage><file/></coverage>", "it contains no line of a file"),
        (b"<report/>", "it contains no line of a file"),
        (BOMB, "it declares or uses an entity, which is not supported"),
        (OUTSIDE, "it declares or uses an entity, which is not supported"),
        (
            b'<coverage><class filename="a"><line number="x" hits="1"/></class></coverage>',
            "expected a number in 'number', not 'x'",
        ),
        (
            b'<coverage><class filename="a"><line number="1" hits="nan"/></class></coverage>',
            "expected a number in 'hits', not 'nan'",
        ),
        (b"<?xml version='1.0' encoding='none'?><coverage/>", "its XML cannot be read: "),
        (b"SF:a\nDA:1,1\n", "it ends within the record of 'a'"),
        (b"SF:a\nDA:1\nend_of_record\n", "expected a number in 'DA:1', not ''"),
        (b"SF:a\nDA:-1,1\nend_of_record\n", "a line number is negative: -1 in DA:-1,1"),
        (b"DA:1,1\nSF:a\nend_of_record\n", "'DA:1,1' is outside a record"),
        (b"SF:a\nDA:1,1\nend_of_record\nS", "'S' is outside a record"),
        (b"mode: set\na.go:1.1,2.2 1", "expected a block of a cover profile, not 'a.go:1.1,2.2 1'"),
        (b"mode: set\na.go:3.1,2.2 1 1", "the block 'a.go:3.1,2.2 1 1' has no lines, or too many"),
        (b"mode: set\na.go:1.1,999999999.2 1 1", "the block 'a.go:1.1,999999999.2 1 1' has no"),
        (
            b"mode: set\n" + b"a.go:1.1,999001.1 1 1\n" * 1000,
            "the block 'a.go:1.1,999001.1 1 1' has no lines, or too many",
        ),
    ],
)
def test_file_that_is_not_a_report_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(GateError) as caught:
        read_coverage(content)

    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("name", NAMES)
def test_truncated_report_is_refused_wherever_it_ends(name: str) -> None:
    content = (REPORTS / name).read_bytes().rstrip()
    records = {m for m in range(len(content)) if content[:m].rstrip().endswith(b"end_of_record")}

    for end in range(0, len(content), 7):
        if end in records:
            continue  # LCOV has no end: whole records are a whole report
        with pytest.raises(GateError):
            read_coverage(content[:end])


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"SF:", b'{"files":', b"<coverage>", b"<report>", b"<?xml", b"mode: set\n"):
        with contextlib.suppress(GateError):
            read_coverage(start + content)


METHODS = b"""<coverage><class filename="a.js"><methods><method name="f"><lines>
  <line number="1" hits="0"/></lines></method></methods>{}</class></coverage>"""


def test_lines_of_methods_count_only_where_their_class_lists_none() -> None:
    """Istanbul lists where functions start, which need not be a line that runs."""
    own = b'<lines><line number="2" hits="1"/></lines>'

    both, alone = (read_coverage(METHODS.replace(b"{}", each)).files for each in (own, b"<lines/>"))

    assert both == {"a.js": Lines(frozenset({2}), frozenset({2}))}
    assert alone == {"a.js": Lines(frozenset(), frozenset({1}))}
