"""JUnit reports: the results of each test, and what no test accounts for.

There is no standard; https://github.com/testmoapp/junitxml collects what tools write. Surefire
describes its reruns at https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.reports.xml import read_xml

_NOT_RUN: Final = {"notrun", "disabled", "skipped", "suppressed"}
_STATES_OF_FAILURE: Final = {"fail", "failed", "failure", "error"}  # for want of an element
_FAILED: Final = ("failure", "error")
_RERUN: Final = ("flakyFailure", "flakyError", "rerunFailure", "rerunError")


class Case(NamedTuple):
    """A test: its name, and the suites that hold it with its file, the outermost first."""

    name: str
    place: tuple[str, ...] = ()


class JunitReport(NamedTuple):
    """The tests of a report.

    Attributes:
        cases: the results of each test in alphabetical order, of `passed`, `failed` and `skipped`;
            several where it occurs several times in one place or was run again.
        suites: each suite with an error or a failure that no test in it has, as a phrase.
        dropped: how many characters that XML forbids were dropped.
    """

    cases: Mapping[Case, tuple[str, ...]]
    suites: tuple[str, ...] = ()
    dropped: int = 0

    @property
    def tests(self) -> Mapping[str, tuple[str, ...]]:
        """The results by name alone: the names of suites can differ between runs."""
        tests: dict[str, list[str]] = {}
        for case, results in self.cases.items():
            tests.setdefault(case.name, []).extend(results)
        return {name: tuple(sorted(results)) for name, results in tests.items()}

    @property
    def failed(self) -> tuple[str, ...]:
        """The tests that failed and never passed, and the suites with errors of their own."""
        failed = (case for case, rs in self.cases.items() if "failed" in rs and "passed" not in rs)
        return (*self._named(failed), *self.suites)

    @property
    def flaky(self) -> tuple[str, ...]:
        """The tests that both failed and passed."""
        return self._named(c for c, rs in self.cases.items() if {"failed", "passed"} <= {*rs})

    def _named(self, cases: Iterable[Case]) -> tuple[str, ...]:
        """Return names of tests; with their suites where another test has the same name."""
        places = Counter(case.name for case in self.cases)
        return tuple(
            sorted(
                " > ".join((*case.place, case.name)) if places[case.name] > 1 else case.name
                for case in cases
            )
        )

    @property
    def ran(self) -> bool:
        """Whether a test ran."""
        return any({*results} != {"skipped"} for results in self.cases.values())


def merge(reports: list[JunitReport]) -> JunitReport:
    """Return all tests of several reports."""
    cases: dict[Case, tuple[str, ...]] = {}
    for report in reports:
        for case, results in report.cases.items():
            cases[case] = tuple(sorted((*cases.get(case, ()), *results)))
    suites = tuple(phrase for report in reports for phrase in report.suites)
    return JunitReport(cases, suites, sum(report.dropped for report in reports))


def read_junit(content: bytes) -> JunitReport:
    """Read a JUnit report.

    Raises:
        GateError: it is not a JUnit report, or it is incomplete.
    """
    reader = _Reader()
    dropped = read_xml(content, reader.start, reader.end)
    cases = {case: tuple(sorted(results)) for case, results in reader.cases.items()}
    return JunitReport(cases, tuple(reader.suites), dropped)


class _Suite:
    """An open element `testsuite` or `testsuites`."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name", "")
        self.phrase = f"suite {name!r}" if name else "a suite"
        self.place = tuple(filter(None, map(attributes.get, ("package", "file", "name"))))
        self.claimed = sum(_number(attributes.get(key, "")) for key in ("failures", "errors"))
        self.elements = 0  # of failures and errors within it, in tests or not
        self.is_told = False  # whether it or a suite within it was reported


class _Reader:
    """Collects tests and suites while the elements are read."""

    def __init__(self) -> None:
        self.cases: dict[Case, list[str]] = {}
        self.suites: list[str] = []
        self._suites: list[_Suite] = []
        self._in_tests = 0  # open elements `testcase`
        self._case = Case("")
        self._results: set[str] = set()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._suites and tag not in ("testsuites", "testsuite"):
            raise GateError(f"expected the root <testsuites> or <testsuite>, not <{tag}>")
        if tag in ("testsuites", "testsuite"):
            self._suites.append(_Suite(attributes))
        elif tag == "testcase":
            own = attributes.get("name", "")
            name = f"{attributes['classname']}::{own}" if attributes.get("classname") else own
            place = tuple(part for suite in self._suites for part in suite.place)
            self._case = Case(name, (*place, *filter(None, [attributes.get("file")])))
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
            self._results.add("todo" if attributes.get("type") == "todo" else "skipped")

    def _tell(self, phrase: str) -> None:
        self.suites.append(phrase)
        self._suites[-1].is_told = True

    def end(self, tag: str) -> None:
        if tag == "testcase":
            self._in_tests -= 1
            self.cases.setdefault(self._case, []).extend(_outcomes(self._results))
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
    if "todo" in results:  # of node: it may fail, as an expected failure of other runners
        return ("skipped",)
    if "failed" in results:
        return ("failed",)
    if "rerun" in results:  # it failed first, and the last run passed
        return ("failed", "passed")
    return ("skipped",) if "skipped" in results else ("passed",)


def _number(text: str) -> int:
    text = text.strip().replace(",", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
