"""Text for people: whatever a plan or a path holds, a terminal and a CI log stay the user's."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planner.diagnostic import Diagnostic, Location, Related
from planner.errors import PlannerError
from planner.formats import text as text_format
from planner.formats.text import visible
from planner.report import Report

ANYTHING = st.text(st.characters(exclude_categories=[]))
HOSTILE = st.lists(
    st.sampled_from(
        ["::", "##[", "##vso[", "#", "[", ":", " ", "\t", "\u3000", "error", "\r", "\x1b[31m"]
    )
).map("".join)
# Unicode's property Bidi_Control.
BIDI = {*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
# actions/runner ActionCommand.cs: `::` once the line is trimmed, `##[` wherever it stands.
COMMAND = re.compile(r"^\s*::|##\w*\[")


@given(ANYTHING | HOSTILE)
@example("::error::x")
@example("\u2028::error::x")
@example("a ##[error]x")
@example("###[error]x")
@example("#\u200b#[error]x")
def test_no_text_drives_a_terminal_or_a_ci_log(text: str) -> None:
    shown = visible(text)

    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not BIDI & {*shown}
    assert not COMMAND.search(shown)
    assert visible(shown) == shown


@given(st.text("abcdefghij äöü日本👩.,;/-_()'\"{}[]<>|~"))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\udcff.py", r"\xff.py"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("see ##[error]x", r"see \x23#[error]x"),
        ("a::b", "a::b"),
        ("## heading", "## heading"),
    ],
)
def test_what_is_escaped_can_be_read(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANYTHING | HOSTILE, ANYTHING, ANYTHING)
@example(":", "m", "")
def test_a_diagnostic_stands_on_its_own_lines(path: str, message: str, hint: str) -> None:
    place = Location(path, 3, 5)
    found = Diagnostic(place, "rule", message, hint, related=(Related(place, message),))
    lines = text_format.diagnostics((found,)).split("\n")

    assert len(lines) == (4 if hint else 3)
    assert lines[0].endswith(" [rule]")
    assert all(line == visible(line) for line in lines)


def test_the_parts_of_a_diagnostic_stand_where_compilers_put_them() -> None:
    found = Diagnostic(
        Location("plan.yaml", 3, 5),
        "unknown-key",
        "a slice has no key 'scop'",
        "did you mean 'scope'?",
        related=(Related(Location("plan.yaml", 1), "it starts here"),),
    )
    whole = Diagnostic(Location("plan.yaml"), "empty-plan", "the plan is empty", severity="warning")

    assert text_format.report(Report("lint", (found, whole), ("checked 2 plans",))) == (
        "plan.yaml:3:5: error: a slice has no key 'scop' [unknown-key]\n"
        "  plan.yaml:1: it starts here\n"
        "  hint: did you mean 'scope'?\n"
        "plan.yaml: warning: the plan is empty [empty-plan]\n"
        "checked 2 plans\n"
        "failed: 1 error, 1 warning\n"
    )
    assert text_format.report(Report("lint", summary=("checked 1 plan",))) == (
        "checked 1 plan\npassed\n"
    )


def test_of_many_findings_that_differ_in_their_path_ten_are_shown() -> None:
    found = [
        Diagnostic(Location(f"f{at}"), "rule", "is wrong", severity="note") for at in range(25)
    ]
    lines = text_format.diagnostics(found).splitlines()

    assert lines[:10] == [f"f{at}: note: is wrong [rule]" for at in range(10)]
    assert lines[10:] == [
        "... and 15 more paths (--format json lists them): note: is wrong [rule]",
    ]


def test_colour_changes_nothing_but_the_colour() -> None:
    found = Diagnostic(Location("a", 1, 1), "rule", "what", severity="note")
    coloured = text_format.diagnostics((found,), has_color=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_format.diagnostics((found,))


@given(ANYTHING | HOSTILE, ANYTHING)
def test_an_error_says_what_and_then_what_to_do(message: str, hint: str) -> None:
    said = text_format.error(PlannerError(message, hint=hint))

    assert said == f"error: {visible(message)}\n" + (f"hint: {visible(hint)}\n" if hint else "")


def test_of_many_notes_of_a_rule_five_hundred_are_shown() -> None:
    found = [
        Diagnostic(Location("p", at + 1, 1), "rule", f"is {at}", severity="note")
        for at in range(505)
    ]
    error = Diagnostic(Location("p", 999, 1), "rule", "is wrong")
    lines = text_format.diagnostics([*found, error]).splitlines()

    assert lines == [
        *(f"p:{at + 1}:1: note: is {at} [rule]" for at in range(500)),
        "p:999:1: error: is wrong [rule]",
        "... and 5 more (--format json lists them): note [rule]",
    ]


def test_a_page_on_stdout_starts_no_command_of_a_ci_system() -> None:
    page = "::error::x\n\n  ::add-mask::y\n`##[stop]` ##vso[a]\na::b\n\tkept\u200d\n"

    shown = text_format.report(Report("render", kind="question", raw=page))

    assert shown == (
        "\\x3a:error::x\n\n  \\x3a:add-mask::y\n`\\x23#[stop]` \\x23#vso[a]\na::b\n\tkept\u200d\n"
    )
