"""Coverage reports: coverage.py JSON, Cobertura and JaCoCo XML, LCOV, and Go's cover profile."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from planner.gates.errors import GateError
from planner.gates.reports.lines import Files, Row, merged
from planner.gates.reports.xml import read_xml

FORMATS: Final = "coverage.py JSON, Cobertura, JaCoCo, LCOV or a Go cover profile"


class CoverageReport(NamedTuple):
    """The lines of a coverage report, with the paths that it names.

    Attributes:
        sources: folders that its paths may be relative to.
        form: its format: `json`, `cobertura`, `jacoco`, `lcov` or `go`.
    """

    files: Files
    form: str
    sources: tuple[str, ...] = ()


def read_coverage(content: bytes) -> CoverageReport:
    """Read a coverage report, whose format is recognized by its content.

    Only lines count, not branches or functions. The entries of a file that occurs twice are merged:
    a line is covered if it is covered in one of them.

    Raises:
        GateError: it has another format, or is incomplete.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return CoverageReport(merged(_json_rows(text)), "json")
    if text.startswith(b"<") or content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return _read_xml(content)
    if re.match(rb"mode: (?:set|count|atomic)\s", text):
        return CoverageReport(merged(_go_rows(text)), "go")
    if re.search(rb"^SF:", text, re.MULTILINE):
        return CoverageReport(merged(_lcov_rows(text)), "lcov")
    raise GateError(f"unknown format; expected {FORMATS}")


def _json_rows(text: bytes) -> Iterable[Row]:
    import json  # noqa: PLC0415 - 7 ms

    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GateError(f"incomplete or malformed JSON: {error}") from error
    files = document.get("files")
    if not isinstance(files, dict):
        raise GateError("not the JSON of coverage.py: it has no 'files'")
    for path, file in files.items():
        yield path, 0, False
        for key, is_covered in (("executed_lines", True), ("missing_lines", False)):
            lines = file.get(key) if isinstance(file, dict) else None
            if not isinstance(lines, list) or not all(type(line) is int for line in lines):
                raise GateError(f"{path!r} has no list of numbers {key!r}")
            for line in lines:
                yield path, _possible(line, f"{key!r} of {path!r}"), is_covered


def _read_xml(content: bytes) -> CoverageReport:
    """Read Cobertura or JaCoCo; the root element tells which."""
    reader = _XmlReader()
    read_xml(content, reader.start, reader.end, reader.text.append)
    if not reader.rows:
        others = "; Clover and SonarQube are not read" if reader.form == "cobertura" else ""
        raise GateError(f"it contains no line of a file{others}")
    return CoverageReport(merged(reader.rows), reader.form, tuple(filter(None, reader.sources)))


class _XmlReader:
    """Collects the lines while the elements are read."""

    def __init__(self) -> None:
        self.form = ""
        self.rows: list[Row] = []
        self.sources: list[str] = []
        self.text: list[str] = []
        self._path = self._package = ""
        # A class lists its lines; those of its methods again, or where functions start instead.
        self._methods: list[Row] = []
        self._is_in_methods = False
        self._first = -1  # where the lines of the class start in `rows`

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self.form:
            if tag not in _FORMS:
                raise GateError(f"expected the root <coverage> or <report>, not <{tag}>")
            self.form = _FORMS[tag]
        self.text.clear()
        if self.form == "jacoco":
            self._jacoco(tag, attributes)
        else:
            self._cobertura(tag, attributes)

    def _cobertura(self, tag: str, attributes: Mapping[str, str]) -> None:
        # https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd
        if tag == "class":
            self._path = attributes.get("filename", "")
            self.rows += [(self._path, 0, False)] if self._path else []
            self._methods, self._is_in_methods = [], False
            self._first = len(self.rows)
        elif tag == "methods":
            self._is_in_methods = True
        elif tag == "line" and self._path:
            number = _line_number(attributes.get("number", ""), "number")
            self._add(number, _is_hit(attributes.get("hits", ""), "hits"))

    def _jacoco(self, tag: str, attributes: Mapping[str, str]) -> None:
        # https://www.jacoco.org/jacoco/trunk/coverage/report.dtd: `ci` are covered instructions.
        if tag == "package":
            self._package = attributes.get("name", "")
        elif tag == "sourcefile":
            name = attributes.get("name", "")
            self._path = f"{self._package}/{name}" if self._package else name
            self.rows.append((self._path, 0, False))
        elif tag == "line" and self._path:
            number = _line_number(attributes.get("nr", ""), "nr")
            self._add(number, _is_hit(attributes.get("ci", ""), "ci"))

    def _add(self, number: int, is_covered: bool) -> None:
        rows = self._methods if self._is_in_methods else self.rows
        rows.append((self._path, number, is_covered))

    def end(self, tag: str) -> None:
        if tag == "methods":
            self._is_in_methods = False
        elif tag in ("class", "sourcefile"):
            if len(self.rows) == self._first:
                self.rows += self._methods
            self._path = ""
        elif tag == "source":
            self.sources.append("".join(self.text).strip())


_FORMS: Final = {"coverage": "cobertura", "report": "jacoco"}  # by the root element


_LCOV_LINE: Final = re.compile(r"DA:([0-9]{1,9}),([0-9]+)")


def _lcov_rows(text: bytes) -> Iterable[Row]:
    """https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1, "TRACEFILE FORMAT"."""
    path: str | None = None
    for row in text.decode("utf-8", "surrogateescape").splitlines():
        usual = _LCOV_LINE.fullmatch(row)
        if usual and path is not None:  # nearly all rows, of which there can be millions
            yield path, int(usual[1]), usual[2].strip("0") != ""
            continue
        kind, _, rest = row.strip().partition(":")
        if kind == "SF":
            path = rest
            yield path, 0, False
        elif kind == "end_of_record":
            path = None
        elif path is None:
            if kind not in ("", "TN") and not kind.startswith("#"):
                raise GateError(f"{row!r} is outside a record")
        elif kind == "DA":
            number, _, hits = rest.partition(",")
            yield path, _line_number(number, row), _is_hit(hits.partition(",")[0], row)
    if path is not None:
        raise GateError(f"it ends within the record of {path!r}")


_GO_BLOCK: Final = re.compile(r"(.+):(\d+)\.\d+,(\d+)\.\d+ (\d+) (\d+)")
_LAST_LINE: Final = 999_999_999
_MOST_LINES: Final = 5_000_000  # of a profile: more are a mistake, and would fill the memory


def _go_rows(text: bytes) -> Iterable[Row]:
    """https://pkg.go.dev/golang.org/x/tools/cover: `FILE:LINE.COL,LINE.COL STATEMENTS COUNT`."""
    left = _MOST_LINES
    for row in text.decode("utf-8", "surrogateescape").splitlines():
        block = _GO_BLOCK.fullmatch(row.strip())
        if block is None:
            # Profiles of several packages are often concatenated, each with its mode.
            if row.strip() and not row.startswith("mode: "):
                raise GateError(f"expected a block of a cover profile, not {row!r}")
            continue
        path, first, last, statements, hits = block.groups()
        start, end = _line_number(first, row), _line_number(last, row)
        left -= end - start + 1
        if not 0 < start <= end or left < 0:
            raise GateError(f"the block {row!r} has no lines, or too many")
        yield path, 0, False  # an empty function has a block without statements
        if int(statements):
            yield from ((path, line, int(hits) > 0) for line in range(start, end + 1))


_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
_COUNTER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,4})?")


def _line_number(text: str, what: str) -> int:
    """Return a line number; some compilers count code of no line as line 0."""
    if not _NUMBER.fullmatch(text):
        raise GateError(f"expected a number in {what!r}, not {text!r}")
    return _possible(int(text), what)


def _possible(number: int, what: str) -> int:
    if number < 0:
        raise GateError(f"a line number is negative: {number} in {what}")
    if number > _LAST_LINE:
        raise GateError(f"a line number is too large: {number} in {what}")
    return number


def _is_hit(text: str, what: str) -> bool:
    """Return whether a counter is above 0: overflowed, with a point or with an exponent, too."""
    if not _COUNTER.fullmatch(text):
        raise GateError(f"expected a number in {what!r}, not {text!r}")
    mantissa = re.split("[eE]", text)[0]
    return not text.startswith("-") and mantissa.strip("+0.") != ""
