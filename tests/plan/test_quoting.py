"""Text that is quoted for YAML is read back as the same text."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.plan.document.nodes import plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.document.scalars import in_quotes, quoted

PLACES: dict[str, Callable[[str], object]] = {
    "{}": lambda text: text,
    "{}: b": lambda text: {text: "b"},
    "a: {} # b": lambda text: {"a": text},
    "- {}\n- b": lambda text: [text, "b"],
    "[{}]": lambda text: [text],
    "[a, {}, b]": lambda text: ["a", text, "b"],
    "{{a: {}}}": lambda text: {"a": text},
    "{{a: {}, b: c}}": lambda text: {"a": text, "b": "c"},
    "{{{}: a}}": lambda text: {text: "a"},
}
PARTS = [
    *"ab:-?[]{},&*!|>'\"%@`#~<= \t\n\r\\é1.", "\xa0", "\x85", "\u2028", "\u200d", "\u202e",
    "\ufeff", "- ", ": ", " #", "\n  ", "---", "...", "<<", "!!", "no", "null", "0x1f", ".inf",
]  # fmt: skip


@settings(deadline=None, max_examples=400)
@example("\uffff")
@example("\U0001f600")
@given(st.text(max_size=20) | st.lists(st.sampled_from(PARTS), max_size=6).map("".join))
def test_quoted_text_is_read_back_in_every_context(text: str) -> None:
    for scalar in (quoted(text), in_quotes(text)):
        for place, expected in PLACES.items():
            content = place.format(scalar).encode()
            problems = Problems("p")
            root = read_document(content, problems)
            assert problems.diagnostics == [], content
            assert root is not None
            assert plain(root) == expected(text), content


@pytest.mark.parametrize(
    ("text", "scalar"),
    [
        ("src/api/*.py", "src/api/*.py"),
        ("https://a.b/c", "https://a.b/c"),
        ("it's", "it's"),
        ("no", "no"),
        ("", "''"),
        ("true", "'true'"),
        ("1.10", "'1.10'"),
        ("'it", "'''it'"),
        ("a: b", "'a: b'"),
        ("Fix it, now", "'Fix it, now'"),
        ("*.py", "'*.py'"),
        ("a\nb", '"a\\nb"'),
        ('\x1b"\u202e', '"\\x1b\\"\\u202e"'),
    ],
)
def test_text_is_plain_where_that_is_safe(text: str, scalar: str) -> None:
    assert quoted(text) == scalar
