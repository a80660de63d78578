import re
import time
from collections.abc import Callable
from random import Random

import pytest
from benchmarks.matching import (
    anywhere,
    mixed,
    odd_paths,
    odd_patterns,
    ours,
    pattern,
    plain_paths,
    seconds,
)

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.boundary.translation import expression


def one_by_one(patterns: list[Pattern], path: bytes, *, below: bool) -> tuple[int, ...]:
    """The oracle: test each pattern by itself, with `below` on the folders of the path too."""
    parts = [path]
    if below:
        parts += [path[:at] for at, byte in enumerate(path) if byte == ord("/")]
    return tuple(
        index
        for index, each in enumerate(patterns)
        if any(re.fullmatch(expression(each), part) for part in parts)
    )


@pytest.mark.slow
@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_set_answers_as_its_patterns_do_one_by_one(seed: int, below: bool) -> None:
    random = Random(seed)
    paths = odd_paths(random, 150)
    source = odd_patterns(random, paths)
    patterns = [next(source) for _ in range(60)]
    held = PatternSet(patterns, below=below)
    for path in paths:
        want = one_by_one(patterns, path, below=below)
        assert held.every(path) == want, path
        assert held.first(path) == (want[0] if want else None)


@pytest.mark.parametrize("below", [False, True])
def test_a_set_of_one_pattern_answers_as_its_expression(below: bool) -> None:
    random = Random(9)
    paths = odd_paths(random, 60)
    source = odd_patterns(random, paths)
    for _ in range(250):
        each = next(source)
        held = PatternSet([each], below=below)
        holds = re.compile(expression(each, below=below)).fullmatch
        for path in paths:
            assert (held.first(path) is not None) == (holds(path) is not None), (each.text, path)


def test_an_empty_set_holds_no_path() -> None:
    assert PatternSet([]).first(b"a") is None
    assert PatternSet([], below=True).every(b"a/b") == ()


def test_matching_does_not_slow_down_with_the_number_of_patterns() -> None:
    paths = plain_paths(2_000)

    def query_time(texts: list[str]) -> float:
        """Return the least time for all paths, without what is built on first use."""
        held = PatternSet([pattern(text) for text in texts])
        return min(seconds(lambda: [held.first(path) for path in paths], 1) for _ in range(6))

    assert query_time(mixed(1_000)) < 3 * query_time(mixed(100))


@pytest.mark.slow
@pytest.mark.parametrize(("make", "bar_s"), [(mixed, 0.06), (anywhere, 0.6)])
def test_ten_thousand_paths_by_a_thousand_patterns_are_quick(
    make: Callable[[int], list[str]], bar_s: float
) -> None:
    paths, texts = plain_paths(10_000), make(1_000)

    # Four times the time of an idle machine: this only guards against another order of growth.
    assert min(seconds(lambda: ours(texts, paths), 1) for _ in range(3)) < 4 * bar_s


def test_a_hostile_path_costs_microseconds() -> None:
    texts = ["*a*a*a*a*b", "**/x*a*a*b", "src/**", "a/a/*", "**/y/**"]
    for below in (False, True):
        held = PatternSet([pattern(text) for text in texts], below=below)
        for path in (b"a" * 4096, b"a/" * 2047 + b"a"):
            held.first(path)
            start = time.process_time()
            held.first(path)
            assert time.process_time() - start < 0.02
