"""JSON for programs: one document, whatever a path holds."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planner.diagnostic import Diagnostic, Location, Related
from planner.errors import PlannerError
from planner.formats import json as json_format
from planner.paths import path_text
from planner.report import Report

PATHS = st.binary(min_size=1)
TEXTS = st.text(st.characters(exclude_categories=[]))


def read(pieces: Iterable[str]) -> Any:
    """The document as another program reads it: from UTF-8."""
    return json.loads("".join(pieces).encode("utf-8"))


def lint(*findings: Diagnostic) -> Iterator[str]:
    return json_format.report(Report("lint", findings))


@given(PATHS, TEXTS, TEXTS)
def test_any_path_and_any_text_make_one_document(path: bytes, message: str, hint: str) -> None:
    place = Location(path_text(path), 1, 2)
    found = Diagnostic(place, "rule", message, hint, related=(Related(place, message),))
    for said in (
        read(lint(found))["findings"][0],
        read(json_format.error(PlannerError("what", findings=(found,))))["findings"][0],
    ):
        assert (said["rule"], said["line"], said["column"]) == ("rule", 1, 2)
        assert said["related"][0]["path"] == said["path"]
        if "path_base64" in said:
            assert base64.b64decode(said["path_base64"]) == path
        else:
            assert said["path"].encode() == path


@given(PATHS)
def test_a_witness_that_is_not_utf8_stands_in_base64_beside(path: bytes) -> None:
    details = (("slices", ["a", "b"]), ("witness", path_text(path)))
    found = Diagnostic(Location("plan.yaml", 1, 1), "overlapping-scope", "m", details=details)
    said = read(lint(found))["findings"][0]

    assert said["slices"] == ["a", "b"]
    assert base64.b64decode(said.get("witness_base64", "")) in (path, b"")
    assert ("witness_base64" in said) == (b"\\x" in said["witness"].encode() and not utf8(path))


def utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_keys_that_do_not_apply_are_left_out() -> None:
    found = Diagnostic(Location("plan.yaml"), "empty-plan", "the plan is empty")

    assert read(lint(found)) == {
        "schema": "planner.lint/1",
        "ok": False,
        "findings": [
            {
                "rule": "empty-plan",
                "severity": "error",
                "message": "the plan is empty",
                "path": "plan.yaml",
            }
        ],
    }


def test_warnings_are_ok_and_errors_are_not() -> None:
    warning = Diagnostic(Location("p"), "r", "m", severity="warning")

    assert read(lint(warning))["ok"] is True
    assert read(lint(warning._replace(severity="error")))["ok"] is False


def test_an_error_has_its_place() -> None:
    stopped = PlannerError("what", hint="do", location=Location("p\udcff", 3))

    assert read(json_format.error(stopped)) == {
        "schema": "planner.error/1",
        "ok": False,
        "error": {
            "message": "what",
            "hint": "do",
            "path": "p\\xff",
            "path_base64": "cP8=",
            "line": 3,
        },
        "findings": [],
    }


def test_text_stays_readable() -> None:
    found = Diagnostic(Location("Zoë.yaml"), "r", "→ 日本")

    document = "".join(lint(found))

    assert "Zoë.yaml" in document
    assert "→ 日本" in document


ACTIVE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]|##\\w*\\[|^\\s*::",
    re.MULTILINE,
)
HOSTILE = [
    *("##[", "##vso[", "::", ":", "#", "[", "\n", "\r", "\t", " ", "a", '"', "\\", "\u202e"),
    *("\x9b", "\x7f", "\u2028", "\u200b", "\ufeff", "\xad", "\ufe0f", "\U000e0041", "\ud800"),
]


@given(st.lists(st.sampled_from(HOSTILE)).map("".join))
def test_no_text_reaches_a_log_as_a_command_and_every_value_is_kept(text: str) -> None:
    found = Diagnostic(Location("p"), "r", text, text)

    document = "".join(lint(found))
    raw = "".join(json_format.report(Report("matrix", raw=json.dumps(text))))

    assert not ACTIVE.search(document)
    assert not ACTIVE.search(raw)
    # No line of a value starts a command either, where a program prints it with its escapes.
    assert not re.search(r'(?:"|\\[nr]) *::', document + raw)
    assert json.loads(raw) == text
    assert json.loads(document)["findings"][0]["message"] == text


def test_findings_that_differ_only_in_their_details_are_all_kept() -> None:
    at = Location("zz")
    both = [Diagnostic(at, "outside-scope", "m", details=(("commit", one),)) for one in "ab"]
    parts = {one.details[0][1]: Report("check-scope", (one,)) for one in both}

    assert Report("check", parts=parts).verdict == "failed: 2 errors"


def test_a_document_with_more_to_tell_says_why_it_is_undecided() -> None:
    answer = Report("run-gates", payload={"gates": []}, undecided="no notes")

    assert read(json_format.report(answer))["undecided"] == "no notes"
