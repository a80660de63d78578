import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.gates.errors import GateError
from planner.gates.reports import read_junit


def test_each_test_passes_fails_or_is_skipped() -> None:
    report = b"""<?xml version="1.0"?>
    <testsuites><testsuite name="s"><properties/>
      <testcase classname="a.B" name="good"><system-out>x</system-out></testcase>
      <testcase classname="a.B" name="bad"><failure>no &lt;b&gt;</failure></testcase>
      <testcase classname="a.B" name="teardown"><failure/><error/></testcase>
      <testcase classname="a.B" name="off"><skipped/></testcase>
      <testcase name="gtest" status="notrun"/>
      <testcase name="[1]"/><testcase name="[1]"><error/></testcase>
      <error>of the suite</error>
    </testsuite></testsuites>"""

    assert read_junit(report) == {
        "a.B::good": ("passed",),
        "a.B::bad": ("failed",),
        "a.B::teardown": ("failed",),
        "a.B::off": ("skipped",),
        "gtest": ("skipped",),
        "[1]": ("failed", "passed"),
    }


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
