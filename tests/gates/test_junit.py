"""JUnit reports: each test with its results, and whatever a report says failed."""

import contextlib
import itertools
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.gates.errors import GateError
from planner.gates.reports.junit import Case, JunitReport, merge, read_junit


def test_each_test_passes_fails_or_is_skipped() -> None:
    report = read_junit(b"""<?xml version="1.0"?>
    <testsuites><testsuite name="s"><properties/>
      <testcase classname="a.B" name="good"><system-out>x</system-out></testcase>
      <testcase classname="a.B" name="bad"><failure>no &lt;b&gt;</failure></testcase>
      <testcase classname="a.B" name="teardown"><failure/><error/></testcase>
      <testcase classname="a.B" name="off"><skipped/></testcase>
      <testcase name="gtest" status="notrun"/>
      <testcase name="[1]"/><testcase name="[1]"><error/></testcase>
    </testsuite></testsuites>""")

    assert report.tests == {
        "a.B::good": ("passed",),
        "a.B::bad": ("failed",),
        "a.B::teardown": ("failed",),
        "a.B::off": ("skipped",),
        "gtest": ("skipped",),
        "[1]": ("failed", "passed"),
    }
    assert report.failed == ("a.B::bad", "a.B::teardown")
    assert report.flaky == ("[1]",)
    states = b"""<testsuite><testcase name="a" status="Failed"/>
      <testcase name="b" result="failure"/>
      <testcase name="c" status="run" result="completed"/></testsuite>"""
    assert read_junit(states).failed == ("a", "b")
    assert report.ran


@pytest.mark.parametrize(
    ("body", "results"),
    [
        # Surefire: passed in a later run; failed in all runs. nextest writes the same.
        (
            '<flakyFailure message="m"><stackTrace>t</stackTrace></flakyFailure>',
            ("failed", "passed"),
        ),
        ("<flakyError/>", ("failed", "passed")),
        ("<failure/><rerunFailure/><rerunFailure/>", ("failed",)),
        ("<error/><rerunError/>", ("failed",)),
        ("<rerunFailure/>", ("failed", "passed")),
        ("<skipped/><failure/>", ("failed",)),
        ("<a><failure/></a>", ("failed",)),
    ],
)
def test_a_test_that_was_run_again_has_failed_once(body: str, results: tuple[str, ...]) -> None:
    report = read_junit(f'<testsuite><testcase name="t">{body}</testcase></testsuite>'.encode())

    assert report.tests == {"t": results}
    assert report.suites == ()


@pytest.mark.parametrize(
    ("report", "suites"),
    [
        ('<testsuite name="s"><error/></testsuite>', ("suite 's': error outside its tests",)),
        ("<testsuite><failure>x</failure></testsuite>", ("a suite: failure outside its tests",)),
        (
            '<testsuites errors="1"><testsuite name="s" errors="1" tests="0"/></testsuites>',
            ("suite 's' counts 1 failed, but 0 of its tests did",),
        ),
        (
            '<testsuites failures="2"><testsuite name="s"><testcase><failure/></testcase>'
            "</testsuite></testsuites>",
            ("a suite counts 2 failed, but 1 of its tests did",),
        ),
        # pytest counts a test that failed and whose teardown failed twice.
        (
            '<testsuite errors="1" failures="1"><testcase><failure/><error/></testcase>'
            "</testsuite>",
            (),
        ),
        ('<testsuite errors="" failures="none" tests="1,024"/>', ()),
        # Google Test writes several failures of one test.
        ('<testsuite failures="1"><testcase><failure/><failure/></testcase></testsuite>', ()),
        ('<testsuite failures="0"><testcase><flakyFailure/></testcase></testsuite>', ()),
    ],
)
def test_an_error_of_a_suite_counts_if_no_test_has_it(report: str, suites: tuple[str, ...]) -> None:
    read = read_junit(report.encode())

    assert read.suites == suites
    assert set(suites) <= set(read.failed)


def test_a_test_of_several_files_has_all_their_results() -> None:
    a, b, c = Case("a"), Case("b"), Case("c")
    one = JunitReport({a: ("passed",), b: ("passed",)}, ("suite 's': x",), 1)
    other = JunitReport({a: ("failed",), c: ("skipped",)}, (), 2)

    both = merge([one, other])

    assert both.tests == {"a": ("failed", "passed"), "b": ("passed",), "c": ("skipped",)}
    assert (both.flaky, both.failed, both.dropped) == (("a",), ("suite 's': x",), 3)
    assert merge([]) == JunitReport({})
    assert not merge([JunitReport({c: ("skipped",)})]).ran


@pytest.mark.parametrize(
    "other",
    [
        '<testsuite name="two"><testcase classname="test" name="same"/></testsuite>',
        '<testsuite name="one" package="p"><testcase classname="test" name="same"/></testsuite>',
        '<testsuite name="one" file="b.mjs"><testcase classname="test" name="same"/></testsuite>',
        '<testsuite name="one"><testcase classname="test" name="same" file="b.mjs"/></testsuite>',
        '<testsuite><testsuite name="one"/><testcase classname="test" name="same"/></testsuite>',
    ],
)
def test_the_same_name_in_another_suite_is_another_test(other: str) -> None:
    failed = '<testcase classname="test" name="same"><failure/></testcase>'
    one = f'<testsuite name="one">{failed}</testsuite>'

    report = read_junit(f"<testsuites>{one}{other}</testsuites>".encode())
    assert (report.flaky, report.failed) == ((), ("one > test::same",))
    assert report.tests == {"test::same": ("failed", "passed")}
    apart = [read_junit(f"<testsuites>{each}</testsuites>".encode()) for each in (one, other)]
    assert merge(apart) == report


def test_a_test_that_is_still_to_do_may_fail() -> None:
    """`node --test` writes both elements, and exits 0."""
    report = read_junit(b"""<testsuites><testsuite name="s" failures="1">
      <testcase name="later"><skipped type="todo" message="true"/><failure/></testcase>
      <testcase name="off"><skipped type="skipped" message="true"/></testcase>
      </testsuite></testsuites>""")

    assert report.tests == {"later": ("skipped",), "off": ("skipped",)}
    assert (report.failed, report.ran) == ((), False)


@pytest.mark.parametrize(
    ("content", "dropped"),
    [
        (b'<testsuite><testcase name="a\x1b[32m b"/></testsuite>', 1),
        (b'<testsuite><testcase name="a&#27;[32m b"/></testsuite>', 1),
        (b'<testsuite><testcase name="a&#x1B;[32m b&#0;"/></testsuite>', 2),
        (b'<testsuite><testcase name="a&#xD800;[32m b&#x110000;&#99999999999;"/></testsuite>', 3),
        (b'<testsuite><testcase name="a[32m b"><a>\x00\x01&#xFFFE;</a></testcase></testsuite>', 3),
        (b'<testsuite><testcase name="a[32m b"><![CDATA[\x1b\x0c]]></testcase></testsuite>', 2),
        ('<testsuite><testcase name="a[32m b"/>\uffff</testsuite>'.encode(), 1),
        (
            b'\xef\xbb\xbf\n \n<?xml version="1.0"?>'
            b'<testsuite><testcase name="a[32m b"/></testsuite>',
            0,
        ),
        (b'\n<testsuite><testcase name="a&#91;32m&#x20;b"/>&#9;&#10;</testsuite>', 0),
    ],
)
def test_characters_that_xml_forbids_are_dropped_and_counted(content: bytes, dropped: int) -> None:
    report = read_junit(content)

    assert list(report.tests) == ["a[32m b"]
    assert report.dropped == dropped


def test_bytes_that_are_not_utf_8_are_replaced_and_counted() -> None:
    latin = '<testsuite><testcase name="é"/></testsuite>'.encode("latin-1")
    declared = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + latin

    assert read_junit(latin) == JunitReport({Case("�"): ("passed",)}, (), 1)
    assert read_junit(declared) == JunitReport({Case("é"): ("passed",)}, (), 0)
    utf_16 = '<?xml version="1.0"?><testsuite><testcase name="é"/></testsuite>'.encode("utf-16")
    assert read_junit(utf_16) == JunitReport({Case("é"): ("passed",)}, (), 0)


cases = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.lists(
            st.sampled_from(["failure", "error", "flakyFailure", "rerunError", "skipped"]),
            max_size=2,
        ),
    ),
    max_size=6,
)


@given(cases, st.integers(0, 3))
def test_a_report_passes_only_if_nothing_in_it_failed(
    tests: list[tuple[str, list[str]]], claimed: int
) -> None:
    body = "".join(
        f"<testcase name={quoteattr(name)}>{''.join(f'<{tag}/>' for tag in tags)}</testcase>"
        for name, tags in tests
    )
    report = read_junit(f'<testsuite failures="{claimed}">{body}</testsuite>'.encode())

    tags = list(itertools.chain.from_iterable(tags for _, tags in tests))
    failures = sum(tag in ("failure", "error") for tag in tags)
    is_bad = claimed > failures or any(tag != "skipped" for tag in tags)
    assert bool(report.failed or report.flaky) is is_bad


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"<testsuite>", b"<testsuite><testcase "):
        with contextlib.suppress(GateError):
            read_junit(start + content)


def test_every_truncation_is_refused() -> None:
    report = b'<testsuite><testcase name="a"><failure/></testcase></testsuite>'

    for end in range(len(report)):
        with pytest.raises(GateError):
            read_junit(report[:end])


@pytest.mark.slow
def test_a_million_nested_elements_take_no_stack() -> None:
    with pytest.raises(GateError):
        read_junit(b"<testsuite>" + b"<a>" * 1_000_000)
