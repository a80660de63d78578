"""Slices that may run in parallel are disjoint, or lint says exactly where they are not."""

from collections.abc import Sequence

import git
import pytest
from planned import PLAN, Record, linted, said, sliced, task, text_of
from world import commit, planner, write

OTHER = "docs/plan/other/plan.yaml"


def overlapping(plans: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return the overlaps that lint finds."""
    found = [one for one in linted(plans) if one.rule == "overlapping-scope"]
    return [(*said(one, "slices"), said(one, "witness")) for one in found]


def of_two(one: Record, other: Record, **top: object) -> list[tuple[str, str, str]]:
    """Return the overlaps of a plan of two slices."""
    return overlapping({PLAN: text_of([one, other], **top)})


def across(ones: Sequence[Record], others: Sequence[Record], **top: object) -> list[str]:
    """Return the witnesses of two plans with the same further keys."""
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
def test_pairs_that_other_tools_get_wrong_are_right(
    one: str, other: str, witness: str | None
) -> None:
    found = of_two(sliced("one", one), sliced("other", other))

    assert found == ([("one", "other", witness)] if witness else [])


@pytest.mark.parametrize("refused", ["docs/[a-m]*.md", "src/{a,b}.py"])
def test_ambiguous_pattern_syntax_is_refused(refused: str) -> None:
    found = linted({PLAN: text_of([sliced("one", refused), sliced("other", "docs/i*.md")])})

    assert [one.rule for one in found] == ["refused-pattern"]


def test_an_overlap_is_reported_with_both_patterns_their_positions_and_a_hint(
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
        "but both hold 'src/api/x.html' [overlapping-scope]\n"
        f"  {PLAN}:4:58: 'api' holds it with 'src/api/'\n"
        f"  {PLAN}:5:61: 'page' holds it with 'src/**/*.html'\n"
        "  hint: narrow one of them, let one depend on the other, or list the path under 'shared'\n"
        "checked 1 plan\n"
        "failed: 1 error\n"
    )
    assert found.rules == ["overlapping-scope"]
    assert found.json["findings"][0]["slices"] == ["api", "page"]
    assert found.json["findings"][0]["witness"] == "src/api/x.html"


def test_two_hundred_realistic_slices_lint_clean() -> None:
    names = [f"part{n}" for n in range(200)]
    slices = [
        sliced(name, f"src/{name}/", f"docs/{name}.md", f"tests/**/test_{name}_*.py")
        for name in names
    ]

    assert linted({PLAN: text_of(slices)}) == []


def test_slices_ordered_by_dependencies_need_not_be_disjoint() -> None:
    slices = [
        sliced("a", "src/"),
        sliced("b", "lib/", depends_on=["a"]),
        sliced("c", "src/", depends_on=["b"]),
        sliced("d", "src/api/", depends_on=["c"], stacked=True),
    ]

    assert overlapping({PLAN: text_of(slices)}) == []


def test_a_closed_slice_neither_overlaps_nor_orders_others() -> None:
    slices = [
        sliced("a", "src/"),
        sliced("b", "src/", depends_on=["a"], closed="merged"),
        sliced("c", "src/", depends_on=["b"]),
    ]

    assert overlapping({PLAN: text_of(slices)}) == [("a", "c", "src/x")]


def test_dependencies_of_tasks_do_not_order_their_slices() -> None:
    slices = [
        sliced("a", "src/", tasks=[task("one")]),
        sliced("b", "src/", tasks=[task("two", depends_on=["one"])]),
    ]

    assert overlapping({PLAN: text_of(slices)}) == [("a", "b", "src/x")]


def test_shared_and_generated_paths_do_not_overlap() -> None:
    one, other = (sliced(name, f"{name}/", "CHANGELOG.md", "**/*.snap") for name in "ab")

    assert of_two(one, other, shared=["CHANGELOG.md"], generated=["**/*.snap"]) == []
    assert of_two(one, other, shared=["CHANGELOG.md"]) == [("a", "b", "x.snap")]


def test_a_path_shared_by_name_is_shared_among_those_slices_only() -> None:
    slices = [sliced(name, "x") for name in "ab"]
    third, fourth = sliced("c", "c"), sliced("d", "d")

    def with_entries(*entries: list[str]) -> list[tuple[str, str, str]]:
        shared = [{"path": "x", "why": "w", "slices": names} for names in entries]
        return overlapping({PLAN: text_of([*slices, third, fourth], shared=shared)})

    assert with_entries(["a", "b"]) == []
    # Each shares it with another slice, but they do not share it with each other.
    assert with_entries(["a", "c"], ["b", "d"]) == [("a", "b", "x")]


def test_the_excludes_of_each_plan_apply_to_the_slices_of_all() -> None:
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


def test_only_literal_entries_hold_plan_files() -> None:
    wild, other = sliced("a", "docs/**"), sliced("b", "docs/plan/**")
    literal, same = sliced("a", PLAN), sliced("b", PLAN)

    assert of_two(wild, same) == []
    assert of_two(wild, other) == [("a", "b", "docs/plan/x")]
    assert of_two(literal, same) == [("a", "b", PLAN)]
    # The same for shared entries: a folder with the plan in it does not share the plan.
    assert of_two(literal, same, shared=["docs/"]) == [("a", "b", PLAN)]
    assert of_two(literal, same, shared=[PLAN]) == []


def test_a_plan_whose_path_looks_like_a_pattern_is_still_a_plan_file() -> None:
    named = "pl[a]*/x?.yaml"
    slices = [sliced("a", r"pl\[a\]\*/x\?.yaml"), sliced("b", "pl*/**")]

    assert overlapping({named: text_of(slices)}) == []


def test_between_two_plans_a_path_is_shared_if_both_share_it() -> None:
    one, other = sliced("a", "src/api/**", "a"), sliced("b", "src/**/*.py", "b")

    def witnesses(ours: object, theirs: object) -> list[str]:
        plans = {PLAN: text_of([one], shared=ours), OTHER: text_of([other], shared=theirs)}
        return [witness for _, _, witness in overlapping(plans)]

    assert witnesses(["src/**/*.py"], []) == ["src/api/x.py"]
    assert witnesses([], ["src/**/*.py"]) == ["src/api/x.py"]
    assert witnesses(["src/**/*.py"], ["src/**/*.py"]) == []
    # The paths that both lists hold count, not how the patterns are written.
    assert witnesses(["src/api/**"], ["**/*.py"]) == []
    assert witnesses(["src/api/*.py", "src/api/*/**"], ["src/**/x*.py"]) == ["src/api/a.py"]
    # Entries that name slices do not apply to slices of another plan.
    assert witnesses([{"path": "src/**", "slices": ["a"]}], ["src/**"]) == ["src/api/x.py"]


def test_slices_with_the_same_id_in_two_plans_are_compared() -> None:
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


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_undecided_overlap_exits_with_2_and_names_the_patterns(
    form: str, repo: git.Repo
) -> None:
    commit(repo, {"src/x": ""})
    include = "src/*a*a*a*a*a*a*a*a*"
    slices = [sliced("one", include, exclude=HARD), sliced("other", "src/*")]
    write(repo, {PLAN: text_of(slices)})

    ran = planner("lint", "--format", form, at=repo)

    assert ran.exit == 2
    assert f"'{include}' of 'one' and 'src/*' of 'other' overlap" in ran.stdout
    if form == "text":
        assert ran.stdout.splitlines()[-1].startswith("undecided: not everything could be checked")
    assert "[unproved-overlap]" in ran.stdout
    if form == "json":
        assert ran.json["schema"] == "planner.error/1"
        assert ran.json["ok"] is False
