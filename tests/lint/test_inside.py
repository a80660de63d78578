"""Tasks stay inside their slices, slices have paths of their own, no pattern is redundant."""

from random import Random

import git
import pytest
from benchmarks.overlap import Universe, random_pattern, rank
from planned import PLAN, Record, linted, plan_of, said, sliced, task, text_of
from world import commit, planner, write

from planner.boundary.language import Term, difference
from planner.boundary.matching import PatternSet
from planner.lint import boundaries, redundancy
from planner.plan.model import patterns
from planner.scopes.fence import Fence

OTHER = "docs/plan/other/plan.yaml"


def outside(slice_: Record, *files: str, **top: object) -> list[str]:
    """Return the witnesses of a slice's only task, which is outside."""
    text = text_of([{**slice_, "tasks": [task("t", files=list(files))]}], **top)
    return [
        said(one, "witness") for one in linted({PLAN: text}) if one.rule == "task-outside-slice"
    ]


def test_a_task_inside_its_slice_is_not_reported_however_it_is_written() -> None:
    assert outside(sliced("a", "src/"), "src/a.py", "src/**", "src/**/*.py", "src/") == []
    assert outside(sliced("a", "src/*.py", "src/*/**"), "src/**/*.py") == []
    assert outside(sliced("a", "src/"), "CHANGELOG.md", shared=["*.md"]) == []
    assert outside(sliced("a", "src/"), "**/*.snap", generated=["**/*.snap"]) == []


def test_a_task_outside_its_slice_is_reported_with_a_witness() -> None:
    assert outside(sliced("a", "src/"), "lib/a.py") == ["lib/a.py"]
    assert outside(sliced("a", "src/*.py"), "src/**/*.py") == ["src/x/x.py"]
    assert outside(sliced("a", "src/", exclude=["src/gen"]), "src/**") == ["src/gen"]
    assert outside(sliced("a", "src/"), "src/**", exclude=["src/gen"]) == ["src/gen"]


def test_a_shared_path_of_other_slices_is_outside() -> None:
    shared = [{"path": "nav.ts", "slices": ["b", "c"]}]
    slices = [
        sliced("a", "a", tasks=[task("t", files=["nav.ts"])]),
        sliced("b", "b"),
        sliced("c", "c"),
    ]

    found = linted({PLAN: text_of(slices, shared=shared)})

    assert [(one.rule, said(one, "task")) for one in found] == [("task-outside-slice", "t")]


def test_a_task_may_name_documents_and_a_wildcard_of_it_holds_no_plan_file() -> None:
    docs = sliced("a", "docs/**")

    assert outside(docs, "docs/**", "docs/plan/*") == []
    assert outside(sliced("a", "src/"), "docs/plan/TASKS.md", "docs/plan/*.md") == [
        "docs/plan/x.md"
    ]
    assert outside(docs, PLAN) == [PLAN]
    assert outside(sliced("a", PLAN), PLAN) == []


def test_the_excludes_of_another_plan_apply_to_a_task_too() -> None:
    plans = {
        PLAN: text_of([sliced("a", "src/**", tasks=[task("t", files=["src/gen/x.py"])])]),
        OTHER: text_of([sliced("b", "lib/")], exclude=["src/gen"]),
    }

    found = linted(plans)

    assert [one.rule for one in found] == ["task-outside-slice"]
    assert found[0].related[0].location.path == OTHER


def test_the_tasks_of_a_closed_slice_are_not_checked() -> None:
    assert outside(sliced("a", "src/", closed="merged"), "lib/a.py") == []


def swallowed(*slices: Record, **top: object) -> list[str]:
    found = linted({PLAN: text_of(slices, **top)})
    return [one.message.split("'")[1] for one in found if one.rule == "shared-swallows-scope"]


def test_a_slice_is_reported_exactly_if_everything_in_it_is_shared() -> None:
    assert swallowed(sliced("a", "src/*.py"), shared=["src/"]) == ["a"]
    assert swallowed(sliced("a", "src/**"), shared=["src/*.py"]) == []
    # No single entry holds everything; two of them do.
    assert swallowed(sliced("a", "src/**"), shared=["src/*"], generated=["src/*/**"]) == ["a"]
    # Paths that an exclude takes away need not be shared.
    assert swallowed(sliced("a", "src/**", exclude=["src/*/**"]), shared=["src/*"]) == ["a"]
    assert swallowed(sliced("a", "src/**"), shared=["src/*"], exclude=["src/*/**"]) == ["a"]
    assert (
        swallowed(sliced("a", "x"), sliced("b", "y"), shared=[{"path": "x", "slices": ["b"]}]) == []
    )


def test_a_slice_that_holds_nothing_is_not_reported_as_shared() -> None:
    assert swallowed(sliced("a", "src/**"), shared=["lib/"], exclude=["src"]) == []


def test_a_shared_folder_does_not_share_the_plan_in_it() -> None:
    assert swallowed(sliced("a", PLAN), shared=["docs/"]) == []
    assert swallowed(sliced("a", PLAN), shared=[PLAN]) == ["a"]


def redundant(*slices: Record, **top: object) -> list[str]:
    """Return the texts of the redundant patterns."""
    found = linted({PLAN: text_of(slices, **top)})
    assert {one.severity for one in found if one.rule == "redundant-pattern"} <= {"warning"}
    listed = [one.message.split("'")[-2 if "all of" in one.message else 1] for one in found]
    return [
        text for text, one in zip(listed, found, strict=True) if one.rule == "redundant-pattern"
    ]


def test_a_pattern_that_the_rest_of_its_list_covers_is_redundant() -> None:
    assert redundant(sliced("a", "src/", "src/a.py")) == ["src/a.py"]
    assert redundant(sliced("a", "src/**", "src/")) == ["src/"]
    # No single one covers the third; together they do.
    assert redundant(sliced("a", "src/*.py", "src/*/**/*.py", "src/**/*.py")) == ["src/**/*.py"]


def test_of_two_equal_patterns_the_one_with_a_reason_or_the_first_stays() -> None:
    with_reason = {"path": "src/a.py", "why": "the heart of it"}
    text = text_of([sliced("a", "src/a.py", with_reason, "src/b.py", "src/b.py")])
    lines = text.splitlines()

    found = linted({PLAN: text})

    assert [one.rule for one in found] == ["redundant-pattern"] * 2
    at = [one.location.line for one in found]
    assert at[0] < next(n for n, line in enumerate(lines, 1) if '"path"' in line)
    assert at[1] == max(n for n, line in enumerate(lines, 1) if "src/b.py" in line)


def test_a_pattern_with_a_reason_or_marked_new_is_never_redundant() -> None:
    entries: list[Record] = [
        {"path": "src/a.py", "why": "look here"},
        {"path": "src/b.py", "new": True},
    ]

    assert redundant(sliced("a", "src/", *entries)) == []


def test_an_exception_from_an_exclude_is_not_redundant() -> None:
    scope = sliced("a", ".github/**", "src/", ".github/ci.yml")

    assert redundant(scope, exclude=[".github/*.yml"]) == []
    assert redundant(scope) == [".github/ci.yml"]


def test_the_entry_that_holds_the_plan_is_not_redundant() -> None:
    assert redundant(sliced("a", "docs/**", PLAN)) == []
    assert redundant(sliced("a", "docs/**", PLAN), shared=["lib/", PLAN, "*/**"]) == ["lib/"]


def test_an_entry_for_some_slices_makes_nothing_redundant_for_others() -> None:
    slices = [sliced(name, name) for name in "abc"]
    shared = [{"path": "nav/**", "slices": ["a", "b"]}, "nav/x.ts"]

    assert redundant(*slices, shared=shared) == []
    assert redundant(*slices, shared=["nav/**", "nav/x.ts"]) == ["nav/x.ts"]


def test_a_pattern_that_is_entirely_excluded_is_redundant() -> None:
    assert redundant(sliced("a", "src/", "lib/*.py", exclude=["lib"])) == ["lib/*.py"]
    assert redundant(sliced("a", "src/", "lib/*.py"), exclude=["**/*.py"]) == ["lib/*.py"]
    assert redundant(sliced("a", "src/", "lib/*.py"), exclude=["**/x*.py"]) == []


def test_a_wildcard_that_matches_only_plan_files_holds_nothing() -> None:
    found = linted({PLAN: text_of([sliced("a", "src/", "docs/plan/*/plan.yaml", ".planner/")])})

    assert [one.message for one in found] == [
        "'docs/plan/*/plan.yaml' matches only plan files, so it holds nothing",
        "'.planner/' matches only plan files, so it holds nothing",
    ]


def test_a_redundant_pattern_exits_with_0_or_with_strict_1(repo: git.Repo) -> None:
    commit(repo, {"src/a.py": ""})
    write(repo, {PLAN: text_of([sliced("a", "src/", "src/a.py")])})

    assert planner("lint", at=repo).exit == 0
    assert planner("lint", "--strict", at=repo).exit == 1


# --- brute force ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_exactly_the_redundant_patterns_can_be_removed(seed: int) -> None:
    random = Random(seed)
    universe = Universe("xabc/", 5)
    pool = [text for text in (random_pattern(random, "ab") for _ in range(80)) if "." not in text]
    flagged = 0
    for _ in range(200):
        include = random.sample(pool, random.randint(2, 6))
        exclude = random.sample(pool, random.choice((0, 0, 1, 2)))
        slice_ = sliced("a", *include, exclude=exclude)
        top = {"exclude": random.sample(pool, random.choice((0, 0, 1)))}
        fence = Fence([plan_of([slice_], "zz", **top)])
        useless = {one.location for one in redundancy.check(fence)}
        flagged += bool(useless)
        every = fence.open[0].slice_.scope.include
        left = [entry for entry in every if entry.location not in useless]
        held = [entry.text for entry in left]
        if not held:
            continue
        rest = Fence([plan_of([sliced("a", *held, exclude=exclude)], "zz", **top)])
        before, after = (each.scope(each.open[0]) for each in (fence, rest))
        assert all((before.holds(p) is None) == (after.holds(p) is None) for p in universe.paths)
        for entry in left:
            others = [other for other in left if other is not entry]
            mine = patterns([entry])[0]
            is_exception = (
                mine.literal is not None and fence.excluded.first(mine.literal) is not None
            )
            others_hold = tuple(map(Term, patterns(others)))
            assert is_exception or difference((Term(mine),), others_hold) is not None
    assert flagged > 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_tasks_outside_and_shared_slices_are_found_exactly(seed: int) -> None:
    random = Random(seed)
    universe = Universe("xabc/", 5)
    pool = [text for text in (random_pattern(random, "ab") for _ in range(80)) if "." not in text]
    rules: set[str] = set()
    for _ in range(200):
        files = random.sample(pool, 1)
        slice_ = sliced(
            "a",
            *random.sample(pool, random.randint(1, 3)),
            exclude=random.sample(pool, random.choice((0, 0, 1))),
            tasks=[task("t", files=files)],
        )
        top = {key: random.sample(pool, random.choice((0, 1, 2))) for key in ("shared", "exclude")}
        fence = Fence([plan_of([slice_], random.choice(("b", "a/b")), **top)])
        scope = fence.scope(fence.open[0])
        found = list(boundaries.check(fence))
        rules.update(one.rule for one in found)

        names = PatternSet(patterns(fence.open[0].slice_.tasks[0].files))
        is_literal = {files[0].encode()}
        wanted = [
            path
            for path in universe.paths
            if names.first(path) is not None
            and not scope.accepts(path)
            and (path in is_literal or not fence.is_plan_file(path))
            and path not in fence.documents
        ]
        shown = [said(one, "witness") for one in found if one.rule == "task-outside-slice"]
        near = [path.encode() for path in shown if rank(path.encode())[0] <= universe.most]
        assert near == wanted[:1]

        shared = PatternSet(patterns(fence.plans[0].shared))
        texts = {entry.text.encode() for entry in fence.plans[0].shared}
        own = [
            path
            for path in universe.paths
            if scope.holds(path) is not None
            and (path not in texts if fence.is_plan_file(path) else shared.first(path) is None)
        ]
        is_swallowed = any(one.rule == "shared-swallows-scope" for one in found)
        assert not (own and is_swallowed)
    assert rules == {"task-outside-slice", "shared-swallows-scope"}
