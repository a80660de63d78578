"""Notes and `plan-diff` report exactly which paths a change of plans opens and closes."""

from collections.abc import Sequence
from random import Random
from typing import Any

import git
import pytest
from benchmarks.overlap import Universe, random_pattern, rank
from planned import PLAN, Record, plan_of, sliced, task, text_of
from world import commit, planner, write

from planner.boundary.language import Unproved, Witness
from planner.check.plans.widening import moved
from planner.plan.model import Plan
from planner.scopes.fence import Fence

OTHER = "docs/plan/other/plan.yaml"
Shown = tuple[str | None, str | None]


def shown(found: Witness | Unproved | None) -> str | None:
    assert not isinstance(found, Unproved)
    return found.path.decode() if found else None


def steps(before: list[Plan], after: list[Plan]) -> dict[str, Shown]:
    """Return what each slice gains and loses."""
    return {
        step.chosen.slice_.id: (shown(step.gained.witness), shown(step.lost.witness))
        for step in moved(before, after)
    }


def one(*include: str, exclude: Sequence[str] = (), **top: Any) -> list[Plan]:
    return [plan_of([sliced("a", *include, exclude=exclude)], **top)]


def test_rewriting_patterns_for_the_same_paths_opens_nothing() -> None:
    assert steps(one("src/"), one("src/**")) == {}
    assert steps(one("src/**"), one("src/*", "src/*/**")) == {}
    assert steps(one("src/*.py", "src/**"), one("src/**")) == {}
    assert (
        steps(one("src/**", exclude=("src/x",)), one("src/**", exclude=("src/x/**", "src/x"))) == {}
    )
    assert steps(one("lib/", shared=["src/"]), one("lib/", generated=["src/"])) == {}


def test_what_opens_and_closes_is_shown_with_the_cheapest_path() -> None:
    assert steps(one("src/*.py"), one("src/**/*.py")) == {"a": ("src/x/x.py", None)}
    assert steps(one("src/"), one("src/*.py")) == {"a": (None, "src/x")}
    assert steps(one("src/"), one("lib/")) == {"a": ("lib/x", "src/x")}
    assert steps(one("src/", exclude=("src/gen",)), one("src/")) == {"a": ("src/gen", None)}
    assert steps(one("src/", exclude=["src/gen"]), one("src/", exclude=())) == {
        "a": ("src/gen", None)
    }


def test_sharing_excluding_and_closing_count_for_every_slice_concerned() -> None:
    slices = [sliced("a", "a/"), sliced("b", "b/")]
    closed = [slices[0], {**slices[1], "closed": "merged"}]
    narrow: Record = {"path": "nav", "slices": ["a"]}
    plan = [plan_of(slices)]

    assert steps(plan, [plan_of(slices, shared=["nav"])]) == {
        "a": ("nav", None),
        "b": ("nav", None),
    }
    assert steps(plan, [plan_of(slices, shared=[narrow])]) == {"a": ("nav", None)}
    assert steps(plan, [plan_of(slices, exclude=["b/x"])]) == {"b": (None, "b/x")}
    assert steps(plan, [plan_of(closed)]) == {"b": (None, "b/x")}
    assert steps([plan_of(closed)], plan) == {"b": ("b/x", None)}
    assert steps([], plan) == {"a": ("a/x", None), "b": ("b/x", None)}
    assert steps(plan, []) == {"a": (None, "a/x"), "b": (None, "b/x")}


def test_the_excludes_of_another_plan_close_and_open_as_well() -> None:
    mine = plan_of([sliced("a", "src/")])
    strict, lax = (plan_of([sliced("b", "lib/")], OTHER, exclude=out) for out in (["src/x"], []))

    assert steps([mine, lax], [mine, strict]) == {"a": (None, "src/x")}
    assert steps([mine, strict], [mine, lax]) == {"a": ("src/x", None)}


def test_an_entry_that_names_the_plan_opens_it() -> None:
    assert steps(one("docs/**"), one("docs/**", PLAN)) == {"a": (PLAN, None)}
    assert steps(one("docs/**"), one("docs/**", "docs/plan/*.yaml")) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_notes_are_exact_containment(seed: int) -> None:
    random = Random(seed)
    universe = Universe("xabc/", 5)
    pool = [text for text in (random_pattern(random, "ab") for _ in range(60)) if "." not in text]

    def some(most: int) -> list[str]:
        return random.sample(pool, random.randint(0, most))

    def any_plan() -> list[Plan]:
        slices = [sliced("s", *random.sample(pool, random.randint(1, 3)), exclude=some(1))]
        return [plan_of(slices, "a/b", shared=some(1), exclude=some(1))]

    kinds = [0, 0, 0]
    for _ in range(120):
        before = any_plan()
        after = any_plan() if random.random() < 0.8 else before
        old, new = (
            {path for path in universe.paths if fence.scope(fence.open[0]).accepts(path)}
            for fence in map(Fence, (before, after))
        )
        gained, lost = steps(before, after).get("s", (None, None))
        for path, more, less in ((gained, new, old), (lost, old, new)):
            first = next((p.decode() for p in universe.paths if p in more and p not in less), None)
            is_dear = path is not None and rank(path.encode())[0] > universe.most
            assert path == first or (is_dear and first is None)
        kinds[(gained is not None) + (lost is not None)] += 1
    assert all(kinds)


# --- through the commands ------------------------------------------------------------------------


def on_a_branch(
    repo: git.Repo, before: str, after: str, more: dict[str, str] | None = None
) -> None:
    """Commit a plan to main, and a change of it to a branch."""
    commit(repo, {PLAN: before, "src/a.py": "", "src/gen/b.py": "", "lib/c.py": ""})
    repo.git.switch("--quiet", "-c", "plans")
    commit(repo, {PLAN: after, **(more or {})})


def test_check_scope_notes_what_a_change_of_plans_opens(repo: git.Repo) -> None:
    slices = [sliced("a", "src/*.py"), sliced("b", "lib/")]
    wider = [sliced("a", "src/**/*.py"), sliced("b", "lib/**")]
    on_a_branch(repo, text_of(slices), text_of(wider))

    ran = planner("check-scope", "--format", "json", at=repo)

    assert ran.exit == 0
    notes = {one["rule"]: one for one in ran.json["findings"] if one["severity"] == "note"}
    assert set(notes) == {"plan-change", "scope-widened"}
    assert notes["scope-widened"]["slice"] == "a"
    assert notes["scope-widened"]["witness"] == "src/x/x.py"
    assert notes["plan-change"]["slices"] == [{"slice": "a", "gains": "src/x/x.py"}]


def test_plan_diff_lists_tracked_paths_and_shows_the_rest(repo: git.Repo) -> None:
    slices = [sliced("a", "src/", exclude=["src/gen"]), sliced("b", "lib/c.py")]
    changed = [sliced("a", "src/**"), sliced("b", "lib/d.py"), sliced("c", "web/")]
    on_a_branch(repo, text_of(slices), text_of(changed))
    base = str(repo.git.rev_parse("main"))

    ran = planner("plan-diff", at=repo)
    found = planner("plan-diff", "--format", "json", at=repo)
    page = planner("plan-diff", "--format", "markdown", at=repo)

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout == (
        f"{PLAN}:9:13: note: slice a: scope.exclude 'src/gen' is gone [fence-changed]\n"
        f"{PLAN}:25:3: note: slice c is new: branch 'c', include 'web/' [fence-changed]\n"
        f"a ({PLAN})\n"
        "  + src/gen/b.py\n"
        "  + any path such as src/gen\n"
        f"b ({PLAN})\n"
        "  + any path such as lib/d.py\n"
        "  - lib/c.py\n"
    )
    rules = [(one["rule"], one["slice"]) for one in found.json["findings"]]
    assert rules == [
        ("scope-widened", "a"),
        ("scope-widened", "b"),
        ("fence-changed", "a"),
        ("fence-changed", "c"),
        ("fence-changed", "b"),
    ]
    document = {key: value for key, value in found.json.items() if key != "findings"}
    assert document == {
        "schema": "planner.plan-diff/1",
        "ok": True,
        "rules": [],
        "before": {"revision": "the merge base with main", "commit": base},
        "slices": [
            {
                "id": "a",
                "plan": PLAN,
                "gains": {"paths": ["src/gen/b.py"], "witness": "src/gen"},
                "loses": {"paths": []},
            },
            {
                "id": "b",
                "plan": PLAN,
                "gains": {"paths": [], "witness": "lib/d.py"},
                "loses": {"paths": ["lib/c.py"]},
            },
            {
                "id": "c",
                "plan": PLAN,
                "gains": {"paths": [], "witness": "web/x"},
                "loses": {"paths": []},
            },
        ],
    }
    assert page.stdout == (
        f"What the plans open and close compared with `the merge base with main ({base[:12]})`:\n\n"
        "- `slice a: scope.exclude 'src/gen' is gone`\n"
        "- `slice c is new: branch 'c', include 'web/'`\n"
        "- **`a`**\n"
        "  - gains `src/gen/b.py`\n"
        "  - gains any path such as `src/gen`\n"
        "- **`b`**\n"
        "  - gains any path such as `lib/d.py`\n"
        "  - loses `lib/c.py`\n"
    )


def test_plan_diff_sees_the_work_tree_and_any_revision(repo: git.Repo) -> None:
    first, second, third = (text_of([sliced("a", path)]) for path in ("src/", "lib/", "web/"))
    start = commit(repo, {PLAN: first})
    commit(repo, {PLAN: second})
    write(repo, {PLAN: third})

    def witnesses(*words: str) -> list[str]:
        (slice_,) = planner("plan-diff", *words, "--format", "json", at=repo).json["slices"]
        return [slice_["gains"]["witness"], slice_["loses"]["witness"]]

    assert witnesses() == ["web/x", "lib/x"]
    assert witnesses("HEAD~1") == ["web/x", "src/x"]
    assert witnesses(start) == ["web/x", "src/x"]


def test_plan_diff_without_changes_says_so(repo: git.Repo) -> None:
    on_a_branch(repo, text_of([sliced("a", "src/")]), text_of([sliced("a", "src/**")]))

    assert planner("plan-diff", at=repo).stdout.startswith("no slice gains or loses a path")
    assert "No slice gains" in planner("plan-diff", "--format", "markdown", at=repo).stdout
    assert planner("plan-diff", "--format", "json", at=repo).json["slices"] == []


def test_plan_diff_with_an_unknown_revision_exits_with_2(repo: git.Repo) -> None:
    commit(repo, {PLAN: text_of([sliced("a", "src/")])})

    ran = planner("plan-diff", "nowhere", at=repo)

    assert (ran.exit, ran.stdout) == (2, "")
    assert "there is no commit 'nowhere'" in ran.stderr


def test_plan_diff_against_an_unusable_plan_exits_with_2(repo: git.Repo) -> None:
    on_a_branch(repo, "version: 1\nslices: []\n", text_of([sliced("a", "src/")]))

    ran = planner("plan-diff", at=repo)

    assert ran.exit == 2
    assert "compare with a commit whose plans are usable: planner plan-diff REV" in ran.stderr


def test_plan_diff_counts_all_plans_unless_one_is_named(repo: git.Repo) -> None:
    before = {PLAN: text_of([sliced("a", "a/")]), OTHER: text_of([sliced("b", "b/")])}
    after = {PLAN: text_of([sliced("a", "a/", "c/")]), OTHER: text_of([sliced("b", "b/", "d/")])}
    commit(repo, before)
    write(repo, after)

    def ids(*words: str) -> list[str]:
        ran = planner("plan-diff", "--format", "json", *words, at=repo)
        return [slice_["id"] for slice_ in ran.json["slices"]]

    assert ids() == ["a", "b"]
    assert ids("--plan", OTHER) == ["b"]


HARD = [
    "src/*aa*",
    *(f"src/*a{'?' * n}a*" for n in (1, 2, 4, 7, 9, 12, 14, 17, 19, 22, 26, 27, 31)),
]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_an_undecided_plan_diff_never_exits_with_0(form: str, repo: git.Repo) -> None:
    stars = "src/*a*a*a*a*a*a*a*a*"
    on_a_branch(repo, text_of([sliced("a", *HARD)]), text_of([sliced("a", stars)]))

    ran = planner("plan-diff", "--format", form, at=repo)

    assert ran.exit == 2
    assert "unproved-overlap" in ran.stdout
    if form == "json":
        assert ran.json["schema"] == "planner.error/1"


def test_a_name_cannot_break_out_of_the_markdown(repo: git.Repo) -> None:
    name = "src/``x` <b>\u202e.py"
    commit(repo, {PLAN: text_of([sliced("a", "lib/")]), name: ""})
    write(repo, {PLAN: text_of([sliced("a", "lib/", "src/")])})

    page = planner("plan-diff", "--format", "markdown", at=repo).stdout

    assert "  - gains ``` src/``x` <b>\\u202e.py ```\n" in page


def test_the_example_of_other_paths_is_not_one_of_those_listed(repo: git.Repo) -> None:
    commit(repo, {PLAN: text_of([sliced("a", "lib/")]), "src/x": "", "src/a": "", "src/b": ""})
    write(repo, {PLAN: text_of([sliced("a", "lib/", "src/*")])})

    (slice_,) = planner("plan-diff", "--format", "json", at=repo).json["slices"]

    assert slice_["gains"] == {"paths": ["src/a", "src/b", "src/x"], "witness": "src/c"}


def test_many_paths_are_counted_not_listed(repo: git.Repo) -> None:
    files = {f"src/f{n:03}.py": "" for n in range(100)}
    commit(repo, {PLAN: text_of([sliced("a", "lib/")]), **files})
    write(repo, {PLAN: text_of([sliced("a", "src/", tasks=[task("t")])])})

    ran = planner("plan-diff", at=repo)

    assert "  + 80 more tracked paths (--format json lists them)\n" in ran.stdout
    assert len(ran.stdout.splitlines()) < 30
