"""Average linkage against the plain algorithm."""

from collections.abc import Mapping
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.slicing.grouping.linkage import Link, Linkage, Pair

OTHERWISE = 50


@st.composite
def closenesses(draw: st.DrawFn) -> tuple[int, dict[Pair, int]]:
    items = draw(st.integers(1, 9))
    pairs = list(combinations(range(items), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return items, {pair: draw(st.integers(0, 1000)) for pair in chosen}


def plain(items: int, close: Mapping[Pair, int], least: float) -> list[list[int]]:
    """Join the two closest groups, by all pairs of their items, until none are close enough."""
    groups = [[item] for item in range(items)]

    def mean(first: list[int], second: list[int]) -> float:
        pairs = [(min(a, b), max(a, b)) for a in first for b in second]
        # As the other: the least that all have, and what is more than that.
        return OTHERWISE + sum(close.get(p, OTHERWISE) - OTHERWISE for p in pairs) / len(pairs)

    while True:
        known = [
            (-mean(first, second), first[0], second[0])
            for first, second in combinations(groups, 2)
            if any((min(a, b), max(a, b)) in close for a in first for b in second)
        ]
        if not known or -min(known)[0] < least:
            return sorted(groups)
        _, one, other = min(known)
        first, second = (next(g for g in groups if g[0] == name) for name in (one, other))
        groups = [g for g in groups if g not in (first, second)] + [sorted(first + second)]


@given(closenesses(), st.integers(51, 900))
@settings(max_examples=150, deadline=None)
def test_it_joins_what_the_plain_algorithm_joins(
    given_: tuple[int, dict[Pair, int]], least: int
) -> None:
    items, close = given_
    linkage = Linkage(items, {p: v for p, v in close.items() if v != OTHERWISE}, OTHERWISE)
    linkage.join_all(least)
    wanted = plain(items, {p: v for p, v in close.items() if v != OTHERWISE}, least)

    assert linkage.groups() == wanted


def test_no_group_grows_beyond_what_fits() -> None:
    linkage = Linkage(4, dict.fromkeys(combinations(range(4), 2), 900), OTHERWISE)
    linkage.join_all(0, lambda members: len(members) <= 2)

    assert linkage.groups() == [[0, 1], [2, 3]]


def test_two_groups_that_are_not_one_stay_apart_whatever_joins_them_later() -> None:
    linkage = Linkage(3, {(0, 1): 900, (1, 2): 800, (0, 2): 10}, OTHERWISE)
    seen: list[Link] = []

    def is_one(link: Link) -> bool:
        seen.append(link)
        return len(seen) != 1

    linkage.join_likely(200, is_one)

    assert linkage.groups() == [[0], [1, 2]]
    assert seen == [
        Link(mean=900, most=900, other=800, size=1, loose=900, tight=900, have_source=False),
        Link(mean=800, most=800, other=10, size=1, loose=800, tight=800, have_source=False),
    ]


def test_how_groups_hang_together_is_told_of_all_their_pairs() -> None:
    linkage = Linkage(4, {(0, 1): 900, (1, 2): 700, (0, 2): 500, (2, 3): 250}, OTHERWISE)
    seen: list[Link] = []

    def is_one(link: Link) -> bool:
        seen.append(link)
        return True

    linkage.join_likely(100, is_one)

    assert seen[1] == Link(
        mean=600, most=700, other=250, size=1, loose=600, tight=900, have_source=False
    )
    assert (seen[2].most, seen[2].tight) == (250, 700)
    assert linkage.groups() == [[0, 1, 2, 3]]


def test_two_groups_have_source_if_each_has_a_file_of_it() -> None:
    close = {(0, 1): 900, (1, 2): 700, (0, 2): 500, (2, 3): 250}
    linkage = Linkage(4, close, OTHERWISE, sources=[1, 3])
    seen: list[Link] = []

    def is_one(link: Link) -> bool:
        seen.append(link)
        return True

    linkage.join_likely(100, is_one)

    assert [link.have_source for link in seen] == [False, False, True]
