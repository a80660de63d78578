"""JUnit reports: the results of each test, and what no test accounts for.

There is no standard; https://github.com/testmoapp/junitxml collects what tools write. Surefire
describes its reruns at https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.reports.xml import read_xml

_NOT_RUN: Final = {"notrun", "disabled", "skipped", "suppressed"}
_STATES_OF_FAILURE: Final = {"fail", "failed", "failure", "error"}  # for want of an element
_FAILED: Final = ("failure", "error")
_RERUN: Final = ("flakyFailure", "flakyError", "rerunFailure", "rerunError")


class JunitReport(NamedTuple):
    """The tests of a report.

    Attributes:
        tests: by name, the results of a test in alphabetical order, of `passed`, `failed` and
            `skipped`; several where the name occurs several times or the test was run again.
        suites: each suite with an error or a failure that no test in it has, as a phrase.
        dropped: how many characters that XML forbids were dropped.
    """

    tests: Mapping[str, tuple[str, ...]]
    suites: tuple[str, ...] = ()
    dropped: int = 0

    @property
    def failed(self) -> tuple[str, ...]:
        """The tests that failed and never passed, and the suites with errors of their own."""
        names = (n for n, rs in self.tests.items() if "failed" in rs and "passed" not in rs)
        return (*sorted(names), *self.suites)

    @property
    def flaky(self) -> tuple[str, ...]:
        """The tests that both failed and passed."""
        return tuple(sorted(n for n, rs in self.tests.items() if {"failed", "passed"} <= {*rs}))

    @property
    def ran(self) -> bool:
        """Whether a test ran."""
        return any({*results} != {"skipped"} for results in self.tests.values())


def merge(reports: list[JunitReport]) -> JunitReport:
    """Return all tests of several reports."""
    tests: dict[str, tuple[str, ...]] = {}
    for report in reports:
        for name, results in report.tests.items():
            tests[name] = tuple(sorted((*tests.get(name, ()), *results)))
    suites = tuple(phrase for report in reports for phrase in report.suites)
    return JunitReport(tests, suites, sum(report.dropped for report in reports))


def read_junit(content: bytes) -> JunitReport:
    """Read a JUnit report.

    Raises:
        GateError: it is not a JUnit report, or it is incomplete.
    """
    reader = _Reader()
    dropped = read_xml(content, reader.start, reader.end)
    tests = {name: tuple(sorted(results)) for name, results in reader.tests.items()}
    return JunitReport(tests, tuple(reader.suites), dropped)


class _Suite:
    """An open element `testsuite` or `testsuites`."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name", "")
        self.phrase = f"suite {name!r}" if name else "a suite"
        self.claimed = sum(_number(attributes.get(key, "")) for key in ("failures", "errors"))
        self.elements = 0  # of failures and errors within it, in tests or not
        self.is_told = False  # whether it or a suite within it was reported


class _Reader:
    """Collects tests and suites while the elements are read."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}
        self.suites: list[str] = []
        self._suites: list[_Suite] = []
        self._in_tests = 0  # open elements `testcase`
        self._name = ""
        self._results: set[str] = set()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._suites and tag not in ("testsuites", "testsuite"):
            raise GateError(f"expected the root <testsuites> or <testsuite>, not <{tag}>")
        if tag in ("testsuites", "testsuite"):
            self._suites.append(_Suite(attributes))
        elif tag == "testcase":
            own = attributes.get("name", "")
            self._name = f"{attributes['classname']}::{own}" if attributes.get("classname") else own
            states = {attributes.get("status", "").lower(), attributes.get("result", "").lower()}
            self._results = {"skipped"} if states & _NOT_RUN else set()
            if states & _STATES_OF_FAILURE:
                self._results = {"failed"}
            self._in_tests += 1
        elif tag in _FAILED:
            self._results.add("failed")
            self._suites[-1].elements += 1
            if not self._in_tests:
                self._tell(f"{self._suites[-1].phrase}: {tag} outside its tests")
        elif tag in _RERUN:
            self._results.add("rerun")
        elif tag == "skipped":
            self._results.add("skipped")

    def _tell(self, phrase: str) -> None:
        self.suites.append(phrase)
        self._suites[-1].is_told = True

    def end(self, tag: str) -> None:
        if tag == "testcase":
            self._in_tests -= 1
            self.tests.setdefault(self._name, []).extend(_outcomes(self._results))
        elif tag in ("testsuites", "testsuite"):
            self._end_suite()

    def _end_suite(self) -> None:
        suite = self._suites[-1]
        if suite.claimed > suite.elements and not suite.is_told:
            counts = f"counts {suite.claimed} failed, but {suite.elements} of its tests did"
            self._tell(f"{suite.phrase} {counts}")
        self._suites.pop()
        if self._suites:
            self._suites[-1].elements += suite.elements
            self._suites[-1].is_told |= suite.is_told


def _outcomes(results: set[str]) -> tuple[str, ...]:
    """Return the results of one element `testcase` by what it contains."""
    if "failed" in results:
        return ("failed",)
    if "rerun" in results:  # it failed first, and the last run passed
        return ("failed", "passed")
    return ("skipped",) if "skipped" in results else ("passed",)


def _number(text: str) -> int:
    text = text.strip().replace(",", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
