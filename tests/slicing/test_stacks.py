"""Slices in stacks: each on one other at most, behind all that it needs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.slicing.order.stacks import stacked


@st.composite
def waits(draw: st.DrawFn) -> list[set[int]]:
    slices = draw(st.integers(1, 9))
    names = draw(st.permutations(range(slices)))
    found: list[set[int]] = [set() for _ in range(slices)]
    for at in range(1, slices):
        found[names[at]] = draw(st.sets(st.sampled_from(names[:at]), max_size=3))
    return found


@given(waits())
@settings(max_examples=200, deadline=None)
def test_each_slice_is_behind_all_that_it_waits_for(needed: list[set[int]]) -> None:
    order, on = stacked(needed)

    assert sorted(order) == list(range(len(needed)))
    for slice_, others in enumerate(needed):
        below = set()
        at = on[slice_]
        while at is not None:
            assert at not in below
            assert order.index(at) < order.index(slice_)
            below.add(at)
            at = on[at]
        assert others <= below


def test_slices_that_wait_for_nothing_in_common_stay_apart() -> None:
    assert stacked([set(), {0}, set(), {2}])[1] == [None, 0, None, 2]


def test_one_that_waits_for_two_is_behind_both_and_the_rest_is_not() -> None:
    order, on = stacked([set(), set(), {0, 1}, {0}])

    assert (order, on) == ([0, 1, 2, 3], [None, 0, 1, 0])
