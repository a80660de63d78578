"""The include line that is nearest to a path."""

from hypothesis import given
from hypothesis import strategies as st

from planner.boundary.pattern import Pattern, parse
from planner.diagnostic import Location
from planner.plan.model import Entry
from planner.scopes.nearest import Nearest


def entry(text: str, line: int = 1) -> Entry:
    pattern = parse(text)
    assert isinstance(pattern, Pattern)
    return Entry(pattern, Location("plan.yaml", line))


def shared_names(text: str, path: str) -> int:
    """How many leading names a pattern without wildcards or a path have in common, by hand."""
    count = 0
    for name, other in zip(text.rstrip("/").split("/"), path.split("/"), strict=False):
        if name != other or "*" in name:
            break
        count += 1
    return count


NAMES = st.sampled_from(["a", "b", "c", "*", "**"])
TEXTS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATHS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map("/".join)


@given(st.lists(TEXTS, max_size=8), PATHS)
def test_it_shares_most_leading_names_and_is_the_first_of_equals(
    texts: list[str], path: str
) -> None:
    entries = [entry(text, line) for line, text in enumerate(texts)]
    best = max(entries, key=lambda one: shared_names(one.text, path), default=None)

    assert Nearest(entries).entry(path.encode()) == best


def test_an_escaped_name_is_the_name_that_it_stands_for() -> None:
    entries = [entry("app/**"), entry(r"app/\[id\]/page.tsx")]

    assert Nearest(entries).entry(b"app/[id]/x.tsx") == entries[1]
