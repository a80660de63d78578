"""The overlaps that lint finds are those that exist: checked for every path of a small world."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from random import Random

import pytest
from benchmarks.overlap import Universe, pattern, random_pattern, rank
from planned import Record, plan_of, sliced

from planner.boundary.language import Witness
from planner.boundary.matching import PatternSet
from planner.plan.model import Chosen, Entry, Plan, patterns
from planner.scopes.dependencies import slice_order
from planner.scopes.disjoint import meetings
from planner.scopes.fence import Fence

pytestmark = pytest.mark.slow


def random_plans(random: Random, pool: list[str]) -> list[Plan]:
    """Return one or two plans made of a few short patterns."""
    paths = random.choice((["b"], ["a/x"], ["b", "a/x"], ["a/b", "x"]))
    return [_random_plan(random, pool, path, at) for at, path in enumerate(paths)]


def _random_plan(random: Random, pool: list[str], path: str, at: int) -> Plan:
    def some(most: int) -> list[str]:
        return random.sample(pool, random.randint(0, most))

    ids = [f"{'pq'[at]}{n}" for n in range(random.choice((1, 2, 3)))]
    shared: list[str | Record] = [*some(1)]
    if random.random() < 0.4:
        names = random.sample(ids, random.randint(1, len(ids)))
        shared.append({"path": random.choice(pool), "slices": names})
    slices = [
        sliced(
            name,
            *random.sample(pool, random.randint(1, 3)),
            *([path] if random.random() < 0.3 else []),
            exclude=some(1),
            depends_on=[before for before in ids[:number] if random.random() < 0.2],
            **({"closed": "dropped"} if random.random() < 0.1 else {}),
        )
        for number, name in enumerate(ids)
    ]
    return plan_of(slices, path, shared=shared, exclude=some(1) if random.random() < 0.5 else [])


def true_overlaps(fence: Fence, paths: Sequence[bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Yield open slices neither ordered nor disjoint, with their cheapest common path.

    Whether a slice holds a path is decided by the code that checks branches.
    """
    held = [
        {path for path in paths if fence.scope(chosen).holds(path) is not None}
        for chosen in fence.open
    ]
    for one, other in combinations(range(len(held)), 2):
        a, b = fence.open[one], fence.open[other]
        if slice_order(fence.plans).is_path(a, b):
            continue
        free = (path for path in paths if path in held[one] & held[other])
        first = next((path for path in free if not is_shared(fence, path, a, b)), None)
        if first is not None:
            yield a.slice_.id, b.slice_.id, first


def is_shared(fence: Fence, path: bytes, a: Chosen, b: Chosen) -> bool:
    """Return whether each plan concerned shares the path between the two."""

    def shares(entry: Entry) -> bool:
        names = {a.slice_.id, b.slice_.id}
        if entry.slices and (a.plan.path != b.plan.path or not names <= {*entry.slices}):
            return False
        if fence.is_plan_file(path):
            return entry.text == path.decode()
        return PatternSet(patterns([entry])).first(path) is not None

    plans = {chosen.plan.path: chosen.plan for chosen in (a, b)}.values()
    return all(any(map(shares, (*plan.shared, *plan.generated))) for plan in plans)


@pytest.mark.parametrize("seed", range(4))
def test_lint_finds_exactly_the_overlaps_that_exist_each_with_its_cheapest_path(seed: int) -> None:
    random = Random(seed)
    universe = Universe("xabc/", 5)  # one letter more than anything names
    pool = sorted(
        {random_pattern(random, "ab") for _ in range(60)} | {"b", "a/x", "a/b", "a/", "x"}
    )
    pool = [text for text in pool if "." not in text]
    kinds = [0, 0, 0]
    for _ in range(150):
        fence = Fence(random_plans(random, pool))
        found = {
            (one.slice_.id, other.slice_.id): seen.path
            for one, other, seen in meetings(fence)
            if isinstance(seen, Witness)
        }
        truth = {(one, other): path for one, other, path in true_overlaps(fence, universe.paths)}
        # A witness that costs more than all paths of the universe is not in it.
        near = {key: path for key, path in found.items() if rank(path)[0] <= universe.most}
        assert near == truth, [plan.node for plan in fence.plans]
        kinds[0] += bool(found)
        kinds[1] += any(one[0] != other[0] for one, other in found)
        kinds[2] += any(map(fence.is_plan_file, found.values()))
    assert all(kinds), "the plans were too similar"


def test_both_reported_patterns_hold_the_witness() -> None:
    random = Random(7)
    pool = sorted({random_pattern(random, "ab") for _ in range(80)})
    seen = 0
    for _ in range(300):
        for one, other, found in meetings(Fence(random_plans(random, pool))):
            assert isinstance(found, Witness)
            for chosen, at in ((one, found.one), (other, found.other)):
                entry = chosen.slice_.scope.include[at]
                assert PatternSet([pattern(entry.text)]).first(found.path) is not None
            seen += 1
    assert seen > 100
