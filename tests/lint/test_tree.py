"""A tree gives the same answers as matching each pattern with each path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, parse
from planner.lint.tree import Tree

NAMES = st.sampled_from(["a", "b", "ab", "a.py", "a-", "a0", ".x", "é"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["a", "b", "ab", "a*", "*.py", "?", "**", "*", "a.py", ".x"])


def pattern(text: str) -> Pattern:
    parsed = parse(text)
    assert isinstance(parsed, Pattern)
    return parsed


def tree(*paths: str) -> Tree:
    return Tree([path.encode() for path in paths], lambda _path: False)


@st.composite
def texts(draw: st.DrawFn) -> str:
    text = "/".join(draw(st.lists(PARTS, min_size=1, max_size=4)))
    is_plain = not set(text) & set("*?")
    return text + "/" if is_plain and draw(st.booleans()) else text


@pytest.mark.slow
@given(st.lists(PATHS, max_size=12), st.lists(texts(), max_size=8))
def test_patterns_match_together_as_they_match_alone(paths: list[str], texts: list[str]) -> None:
    # In git no file has the path of a folder.
    tracked = [p for p in paths if not any(other.startswith(f"{p}/") for other in paths)]
    patterns = [pattern(text) for text in texts]
    raw = [path.encode() for path in tracked]
    folders = {path[:at] for path in raw for at, byte in enumerate(path) if byte == ord("/")}

    def holding(names: set[bytes]) -> set[Pattern]:
        return {p for p in patterns if any(PatternSet([p]).every(name) for name in names)}

    whole = tree(*tracked)
    assert whole.matched(patterns) == holding(set(raw))
    assert whole.matched_folders(patterns) == holding(folders)


def test_the_nearest_path_has_the_same_name_elsewhere_or_a_similar_name() -> None:
    whole = tree(
        "src/api/routes.py", "src/api/users.py", "src/db/routes.py", "app/[id]/a.tsx", "!x"
    )

    assert whole.nearest(pattern("src/apo/routes.py")) == "src/api/routes.py"
    assert whole.nearest(pattern("src/api/user.py")) == "src/api/users.py"
    assert whole.nearest(pattern("src/apu/")) == "src/api/"
    assert whole.nearest(pattern("db/")) == "src/db/"
    assert whole.nearest(pattern("scr/api/users.py")) == "src/api/users.py"
    assert whole.nearest(pattern("lib/**")) == ""
    assert whole.nearest(pattern("src/**/zebra.py")) == ""


def test_the_nearest_path_is_returned_as_a_pattern_for_it() -> None:
    whole = tree("app/[id]/a.tsx", "!x", "tab\there", "a\\b.py")

    assert whole.nearest(pattern("a.tsx")) == r"app/\[id\]/a.tsx"
    assert whole.nearest(pattern(r"lib/\!x")) == r"\!x"
    assert whole.nearest(pattern(r"lib/a\\b.py")) == r"a\\b.py"
    assert whole.nearest(pattern("tab_here")) == ""


def test_a_path_that_is_not_utf8_is_never_suggested() -> None:
    assert Tree([b"src/\xff.py"], lambda _path: False).nearest(pattern("src/f.py")) == ""
