import re
import time
import unicodedata
from pathlib import Path
from random import Random

import pytest
from benchmarks.matching import Index, compare_with_git, odd_paths, odd_patterns, pattern
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import spelled

from planner.boundary.language import Term, overlap
from planner.boundary.pattern import Pattern, Refusal, parse
from planner.boundary.translation import expression, pathspecs


def holds(text: str, path: str, *, below: bool = False) -> bool:
    return re.fullmatch(expression(pattern(text), below=below), path.encode()) is not None


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("src/a.py", ["src/a.py"], ["src/a.py/x", "src/a_py", "x/src/a.py"]),
        ("src/", ["src/a", "src/b/c"], ["src", "asrc/a", "src.py"]),
        ("src/*", ["src/a", "src/.a"], ["src/a/b", "src"]),
        ("src/**", ["src/a", "src/b/c"], ["src", "src2/a"]),
        ("**/a", ["a", "b/a", "b/c/a"], ["a/b", "ba", "b/ba"]),
        ("a/**/b", ["a/b", "a/c/b", "a/c/d/b"], ["ab", "a/cb", "a/b/c"]),
        ("**", ["a", "a/b", ".a"], []),
        ("?", ["a", "\n"], ["é", "ab", "a/b"]),
        ("*.py", [".py", "a.py"], ["b/a.py", "a.pyc"]),
        (r"app/\[id\]/**", ["app/[id]/page.tsx"], ["app/i/page.tsx"]),
        (r"\*", ["*"], ["a", r"\*"]),
        (r"\!a", ["!a"], ["a"]),
        ("a!:b", ["a!:b"], []),
        ("A.py", ["A.py"], ["a.py"]),
        (r"*\**", ["*", "a*b"], ["ab"]),
    ],
)
def test_a_pattern_holds_exactly_what_it_matches(
    text: str, inside: list[str], outside: list[str]
) -> None:
    assert [path for path in inside if not holds(text, path)] == []
    assert [path for path in outside if holds(text, path)] == []


def test_below_adds_everything_below_and_nothing_else() -> None:
    assert holds("**/secrets", "a/secrets/key", below=True)
    assert holds(".github", ".github/workflows/ci.yml", below=True)
    assert holds("src/*", "src/a/b", below=True)
    assert not holds("**/secrets", "a/secrets2", below=True)
    assert not holds(".github", ".github2/x", below=True)


def test_a_sample_of_odd_patterns_and_paths_agrees_with_git() -> None:
    pairs, wrong = compare_with_git(1, paths=500, patterns=50)

    assert wrong == 0
    assert pairs > 30_000


def test_git_disagrees_only_on_a_path_that_spells_the_pathspec(tmp_path: Path) -> None:
    index = Index(tmp_path, [b"src/a.py", rb"\src/a.py/x"])
    specs = pathspecs(pattern("src/a.py"))

    assert specs == (r":(top,glob)\src/a.py",)
    assert index.listed(specs) == {b"src/a.py", rb"\src/a.py/x"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "is empty", "write a path, a folder that ends with '/', or '**'"),
        ("/src/a", "must not start with '/' or './'", "write 'src/a'"),
        ("./src", "must not start with '/' or './'", "write 'src'"),
        ("/", "must not start with '/' or './'", "write '**'"),
        ("a//b", "contains an empty segment", "write 'a/b'"),
        ("a/./b/", "contains the segment '.'", "write 'a/b/'"),
        ("a/../b", "contains the segment '..'", "write 'b'"),
        ("..", "contains the segment '..'", "write '**'"),
        ("a/.GIT/b", "which git never tracks", "remove it"),
        ("a**", "'**' as part of a segment", "write 'a*'"),
        ("**.py", "'**' as part of a segment", "write '**/*.py'"),
        ("src/**.py", "'**' as part of a segment", "write 'src/**/*.py'"),
        ("a/***/b", "'**' as part of a segment", "write 'a/**/b'"),
        (r"\***.py", "'**' as part of a segment", r"write '\**.py'"),
        ("app/[id]/**", "no character classes", r"write 'app/\[id\]/**'"),
        (r"a\\[b]", "no character classes", r"write 'a\\\[b\]'"),
        ("!src/**", "patterns cannot be negated", "list 'src/**' under 'exclude'"),
        ("!", "cannot be negated", r"to match a name that starts with '!' write '\!'"),
        (":(top)a", "pathspec magic", r"write '\:(top)a'"),
        (r"src\api", "backslash before 'a'", "write 'src/api'"),
        ("src\\", "backslash before a slash or its end", "write 'src/'"),
        (r"a\\b\c", "backslash before 'c'", r"write 'a\\b/c'"),
        ("src/*/", "ends with '/' after a wildcard", "write 'src/*/**'"),
        ("src/**/", "ends with '/' after a wildcard", "write 'src/**'"),
        ("**/", "ends with '/' after a wildcard", "write '**'"),
        ("a\tb", "U+0009", "write 'a*b'"),
        ("a\u202eb", "U+202E", "write 'a*b'"),
        ("a\ud800", "U+D800", "write 'a*'"),
        ("*.{js,ts}", "contains braces", "write '*.js', '*.ts' as separate entries"),
        ("a{1..3}", "contains braces", "write 'a*'"),
        ("a/!(b)", "contains '!(b)', an extended glob", "that name write 'a/!?b)'"),
        ("!(b)", "contains '!(b)', an extended glob", "that name write '\\!?b)'"),
        ("@(a|b)/c", "contains '@(a|b)', an extended glob", "that name write '@?a|b)/c'"),
        ("it's/../x", "contains the segment '..'", "write 'x'"),
    ],
)
def test_a_refusal_says_what_to_write_instead(text: str, message: str, hint: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert message in found.message
    assert hint in found.hint


SIGNS = [*"ab*?[]\\!:/.{},' ", "**", "..", "\n", "é", "\u202e"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=10).map("".join))
def test_following_the_hints_leads_to_a_pattern(text: str) -> None:
    for _ in range(12):
        found = parse(text)
        if isinstance(found, Pattern) or "remove it" in found.hint:
            return
        pasted = re.search(r"'((?:[^']|'')+)'(?! under)(?:[,;]|$)", found.hint)
        if not text:
            return
        assert pasted, found
        text = pasted[1].replace("''", "'")
    pytest.fail(f"{text!r} is still refused: {found}")


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    assert isinstance(parse(text), Pattern | Refusal)


def test_a_pattern_holds_the_path_that_it_spells() -> None:
    random = Random(3)
    source = odd_patterns(random, odd_paths(random, 100))
    for _ in range(500):
        each = next(source)
        assert re.fullmatch(expression(each), spelled(each).encode()), each.text


HOSTILE = [
    "*a*a*a*a*a*a*a*a*b",
    "**/*a*a*a*a*b",
    "**/a/**/a/**/a/**/b",
    "**/a*/**/*a*/**/*a/**/b",
    "**/" + "*/" * 200 + "b",
    "*" + "?" * 100 + "b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_pattern_backtracks_on_a_hostile_name(text: str) -> None:
    for below in (False, True):
        tried = re.compile(expression(pattern(text), below=below))
        for path in (b"a" * 4096, b"a/" * 2047 + b"a", (b"a" * 63 + b"/") * 63 + b"a"):
            start = time.process_time()
            tried.fullmatch(path)
            assert time.process_time() - start < 0.05


@settings(deadline=None)
@given(*[st.text("ab*?/", min_size=1, max_size=4)] * 2)
def test_two_patterns_overlap_if_some_path_is_held_by_both(one: str, other: str) -> None:
    found = [parse(text) for text in (one, other)]
    first, second = (each if isinstance(each, Pattern) else None for each in found)
    if first is None or second is None or "**" in one + other:
        return
    if first.is_folder or second.is_folder:
        return
    tests = [re.compile(expression(each)).fullmatch for each in (first, second)]
    meet = overlap((Term(first),), (Term(second),))
    assert (meet is not None) == any(all(test(name) for test in tests) for name in NAMES)


def _names() -> list[bytes]:
    names = [""]
    for _ in range(7):
        names += [name + sign for name in names[-(3 ** len(names[-1])) :] for sign in "ab/"]
    return [n.encode() for n in names if n and "//" not in n and n.strip("/") == n]


NAMES = _names()


# Default_Ignorable_Code_Point that is not of the category Cf (Unicode, DerivedCoreProperties).
IGNORABLE = [
    0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164,
    *range(0xFE00, 0xFE10), 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000),
]  # fmt: skip


def test_every_character_that_is_not_drawn_is_refused_with_its_place() -> None:
    categories = {"Cc", "Cf", "Zl", "Zp"}
    hidden = [n for n in range(0x110000) if unicodedata.category(chr(n)) in categories]
    for number in sorted({*hidden, *IGNORABLE}):
        refused = parse(f"src/{chr(number)}a")
        assert isinstance(refused, Refusal), hex(number)
        assert f"U+{number:04X} at position 5" in refused.message
        assert "'src/*a'" in refused.hint


@pytest.mark.parametrize("text", ["日本/語.py", "e\u0301", "\u00a0", "\u3000", "\U0001f600", "ی"])
def test_characters_of_every_script_are_names(text: str) -> None:
    assert isinstance(parse(text), Pattern)
