"""Slices that may run in parallel are disjoint, or lint says where they are not, and exactly so."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from random import Random

import git
import pytest
from benchmarks.overlap import Universe, pattern, random_pattern, rank
from planned import PLAN, Record, linted, plan_of, said, sliced, task, text_of
from world import commit, planner, write

from planner.boundary.language import Witness
from planner.boundary.matching import PatternSet
from planner.lint.overlap import meetings
from planner.plan.fence import Fence
from planner.plan.find import Chosen, patterns
from planner.plan.model import Entry, Plan
from planner.plan.schedule import slice_order

OTHER = "docs/plan/other/plan.yaml"


def overlapping(plans: dict[str, str]) -> list[tuple[str, str, str]]:
    """The overlaps that lint finds."""
    found = [one for one in linted(plans) if one.rule == "overlapping-scope"]
    return [(*said(one, "slices"), said(one, "witness")) for one in found]


def of_two(one: Record, other: Record, **top: object) -> list[tuple[str, str, str]]:
    """The overlaps of a plan of two slices."""
    return overlapping({PLAN: text_of([one, other], **top)})


def across(ones: Sequence[Record], others: Sequence[Record], **top: object) -> list[str]:
    """The witnesses of two plans, each with the same further keys."""
    found = overlapping({PLAN: text_of(ones, **top), OTHER: text_of(others, **top)})
    return [witness for _, _, witness in found]


@pytest.mark.parametrize(
    ("one", "other", "witness"),
    [
        ("*/models.py", "app/*", "app/models.py"),
        ("src/*/x.py", "src/a/*", "src/a/x.py"),
        ("src/**/test_*.py", "src/api/**", "src/api/test_.py"),
        ("src/a*.py", "src/*b.py", "src/ab.py"),
        ("**/*.md", "docs/**", "docs/x.md"),
        ("src/foo.py", "src/foo.pyi", None),
        ("src/api", "src/api_v2/**", None),
        ("a/*.py", "a/*.md", None),
        ("src/*.py", "src/sub/*.ts", None),
    ],
)
def test_the_pairs_that_other_tools_get_wrong_are_right(
    one: str, other: str, witness: str | None
) -> None:
    found = of_two(sliced("one", one), sliced("other", other))

    assert found == ([("one", "other", witness)] if witness else [])


@pytest.mark.parametrize("refused", ["docs/[a-m]*.md", "src/{a,b}.py"])
def test_what_other_tools_read_in_two_ways_is_refused(refused: str) -> None:
    found = linted({PLAN: text_of([sliced("one", refused), sliced("other", "docs/i*.md")])})

    assert [one.rule for one in found] == ["refused-pattern"]


def test_an_overlap_is_told_with_both_patterns_both_positions_and_the_ways_out(
    repo: git.Repo,
) -> None:
    commit(repo, {"src/api/a.py": "", "src/api/page.html": ""})
    text = """\
version: 1
title: T
slices:
  - {id: api, title: API, branch: api, scope: {include: [src/api/]}}
  - {id: page, title: Page, branch: page, scope: {include: ["src/**/*.html"]}}
"""
    write(repo, {PLAN: text})

    ran = planner("lint", at=repo)
    found = planner("lint", "--format", "json", at=repo)

    assert (ran.exit, ran.stderr) == (1, "")
    assert ran.stdout == (
        f"{PLAN}:5:61: error: the slices 'api' and 'page' may run in parallel, "
        "and both hold 'src/api/x.html' [overlapping-scope]\n"
        f"  {PLAN}:4:58: 'api' holds it by 'src/api/'\n"
        f"  {PLAN}:5:61: 'page' holds it by 'src/**/*.html'\n"
        "  hint: narrow one of them, let one depend on the other, or list the path under 'shared'\n"
        "1 plan: 1 error\n"
    )
    assert found.rules == ["overlapping-scope"]
    assert found.json["findings"][0]["slices"] == ["api", "page"]
    assert found.json["findings"][0]["witness"] == "src/api/x.html"


def test_two_hundred_honest_slices_do_not_alarm() -> None:
    names = [f"part{n}" for n in range(200)]
    slices = [
        sliced(name, f"src/{name}/", f"docs/{name}.md", f"tests/**/test_{name}_*.py")
        for name in names
    ]

    assert linted({PLAN: text_of(slices)}) == []


def test_order_by_dependencies_however_long_lifts_the_duty_to_be_disjoint() -> None:
    slices = [
        sliced("a", "src/"),
        sliced("b", "lib/", depends_on=["a"]),
        sliced("c", "src/", depends_on=["b"]),
        sliced("d", "src/api/", depends_on=["c"], stacked=True),
    ]

    assert overlapping({PLAN: text_of(slices)}) == []


def test_a_closed_slice_takes_part_in_no_proof_and_orders_nobody() -> None:
    slices = [
        sliced("a", "src/"),
        sliced("b", "src/", depends_on=["a"], closed="merged"),
        sliced("c", "src/", depends_on=["b"]),
    ]

    assert overlapping({PLAN: text_of(slices)}) == [("a", "c", "src/x")]


def test_a_task_that_waits_for_a_task_orders_no_slices() -> None:
    slices = [
        sliced("a", "src/", tasks=[task("one")]),
        sliced("b", "src/", tasks=[task("two", depends_on=["one"])]),
    ]

    assert overlapping({PLAN: text_of(slices)}) == [("a", "b", "src/x")]


def test_shared_and_generated_paths_are_no_overlap() -> None:
    one, other = (sliced(name, f"{name}/", "CHANGELOG.md", "**/*.snap") for name in "ab")

    assert of_two(one, other, shared=["CHANGELOG.md"], generated=["**/*.snap"]) == []
    assert of_two(one, other, shared=["CHANGELOG.md"]) == [("a", "b", "x.snap")]


def test_what_some_slices_share_is_shared_among_those_alone() -> None:
    slices = [sliced(name, "x") for name in "ab"]
    third, fourth = sliced("c", "c"), sliced("d", "d")

    def with_entries(*entries: list[str]) -> list[tuple[str, str, str]]:
        shared = [{"path": "x", "why": "w", "slices": names} for names in entries]
        return overlapping({PLAN: text_of([*slices, third, fourth], shared=shared)})

    assert with_entries(["a", "b"]) == []
    # Each of the two shares it with somebody; nothing says that they share it with each other.
    assert with_entries(["a", "c"], ["b", "d"]) == [("a", "b", "x")]


def test_the_excludes_of_all_plans_bind_the_slices_of_all() -> None:
    plans = {PLAN: text_of([sliced("a", "src/**")], exclude=["src/gen"])}

    assert overlapping({**plans, OTHER: text_of([sliced("b", "src/gen/**")])}) == []
    assert across([sliced("a", "src/**")], [sliced("b", "src/gen/**")]) == ["src/gen/x"]


def test_a_literal_include_wins_over_the_plans_exclude_but_not_over_its_own() -> None:
    wild, literal = sliced("a", ".github/**"), sliced("b", ".github/ci.yml")
    both = sliced("a", ".github/**", ".github/ci.yml")
    own = sliced("a", ".github/**", ".github/ci.yml", exclude=[".github/ci.yml"])

    assert of_two(wild, literal, exclude=[".github"]) == []
    assert of_two(both, literal, exclude=[".github"]) == [("a", "b", ".github/ci.yml")]
    assert of_two(own, literal, exclude=[".github"]) == []


def test_plan_files_are_held_by_literal_entries_alone() -> None:
    wild, other = sliced("a", "docs/**"), sliced("b", "docs/plan/**")
    literal, same = sliced("a", PLAN), sliced("b", PLAN)

    assert of_two(wild, same) == []
    assert of_two(wild, other) == [("a", "b", "docs/plan/x")]
    assert of_two(literal, same) == [("a", "b", PLAN)]
    # So is what is shared: a folder that happens to hold the plan does not share it.
    assert of_two(literal, same, shared=["docs/"]) == [("a", "b", PLAN)]
    assert of_two(literal, same, shared=[PLAN]) == []


def test_a_plan_whose_path_looks_like_a_pattern_is_a_plan_file_all_the_same() -> None:
    named = "pl[a]*/x?.yaml"
    slices = [sliced("a", r"pl\[a\]\*/x\?.yaml"), sliced("b", "pl*/**")]

    assert overlapping({named: text_of(slices)}) == []


def test_between_two_plans_a_path_is_shared_when_both_say_so() -> None:
    one, other = sliced("a", "src/api/**", "a"), sliced("b", "src/**/*.py", "b")

    def witnesses(ours: object, theirs: object) -> list[str]:
        plans = {PLAN: text_of([one], shared=ours), OTHER: text_of([other], shared=theirs)}
        return [witness for _, _, witness in overlapping(plans)]

    assert witnesses(["src/**/*.py"], []) == ["src/api/x.py"]
    assert witnesses([], ["src/**/*.py"]) == ["src/api/x.py"]
    assert witnesses(["src/**/*.py"], ["src/**/*.py"]) == []
    # By other words: what the two lists have in common counts, not how they spell it.
    assert witnesses(["src/api/**"], ["**/*.py"]) == []
    assert witnesses(["src/api/*.py", "src/api/*/**"], ["src/**/x*.py"]) == ["src/api/a.py"]
    # Entries for some slices of a plan say nothing of those of another.
    assert witnesses([{"path": "src/**", "slices": ["a"]}], ["src/**"]) == ["src/api/x.py"]


def test_slices_of_one_name_in_two_plans_are_held_against_each_other() -> None:
    slices = [sliced("a", "src/", branch="one")], [sliced("a", "src/x.py", branch="two")]

    assert across(*slices) == ["src/x.py"]


def test_the_witness_between_two_plans_is_the_cheapest_by_the_order_of_witnesses() -> None:
    plans = {
        PLAN: text_of([sliced("a", "a/-", "a/xxxxx", "a/xx/xx")], shared=["b"]),
        OTHER: text_of([sliced("b", "a/**")], shared=["c"]),
    }

    # The shortest is '-' at the start of a name, which costs nine letters.
    assert [witness for _, _, witness in overlapping(plans)] == ["a/xxxxx"]


HARD = [
    "src/*aa*",
    *(f"src/*a{'?' * n}a*" for n in (1, 2, 4, 7, 9, 12, 14, 17, 19, 22, 26, 27, 31)),
]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_takes_too_much_work_ends_with_2_and_names_the_patterns(
    form: str, repo: git.Repo
) -> None:
    commit(repo, {"src/x": ""})
    include = "src/*a*a*a*a*a*a*a*a*"
    slices = [sliced("one", include, exclude=HARD), sliced("other", "src/*")]
    write(repo, {PLAN: text_of(slices)})

    ran = planner("lint", "--format", form, at=repo)

    assert ran.exit == 2
    assert f"'{include}' of 'one' and 'src/*' of 'other' meet" in ran.stdout
    assert "[unproved-overlap]" in (ran.stderr if form == "text" else ran.stdout)
    if form == "json":
        assert ran.json["schema"] == "planner.error/1"
        assert ran.json["ok"] is False


# --- brute force ---------------------------------------------------------------------------------


def random_plans(random: Random, pool: list[str]) -> list[Plan]:
    """One or two plans whose paths, and all else, come from a few short patterns."""
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
    """Open slices neither ordered nor disjoint, with the first path of both: asked path by path.

    What holds a path is told by what judges branches.
    """
    held = [
        {path for path in paths if fence.scope(chosen).holds(path) is not None}
        for chosen in fence.open
    ]
    for one, other in combinations(range(len(held)), 2):
        a, b = fence.open[one], fence.open[other]
        is_same = a.plan.path == b.plan.path
        if is_same and slice_order(a.plan).is_path(a.slice_.id, b.slice_.id):
            continue
        free = (path for path in paths if path in held[one] & held[other])
        first = next((path for path in free if not is_shared(fence, path, a, b)), None)
        if first is not None:
            yield a.slice_.id, b.slice_.id, first


def is_shared(fence: Fence, path: bytes, a: Chosen, b: Chosen) -> bool:
    """Whether each plan that is concerned shares the path between the two."""

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
        # What is dearer than all paths of the universe is not in it.
        near = {key: path for key, path in found.items() if rank(path)[0] <= universe.most}
        assert near == truth, [plan.node for plan in fence.plans]
        kinds[0] += bool(found)
        kinds[1] += any(one[0] != other[0] for one, other in found)
        kinds[2] += any(map(fence.is_plan_file, found.values()))
    assert all(kinds), "the plans were too much alike"


def test_the_two_patterns_that_are_named_both_hold_the_witness() -> None:
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
