from benchmarks.matching import pattern
from planned import plan_of, sliced

from planner.boundary.matching import PatternSet
from planner.scopes.fence import Fence
from planner.scopes.scope import Reserved, Scope

PLAN_FILE = b"docs/plan/plan.yaml"


def is_plan_file(path: bytes) -> bool:
    return path == PLAN_FILE


def scope(
    *include: str,
    exclude: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    shared: tuple[str, ...] = (),
) -> Scope:
    return Scope(
        [pattern(text) for text in include],
        exclude=[pattern(text) for text in exclude],
        shared=[pattern(text) for text in shared],
        reserved=Reserved(
            PatternSet([pattern(text) for text in excluded], below=True), is_plan_file
        ),
    )


def test_a_scope_holds_what_it_includes_and_returns_the_entry() -> None:
    each = scope("docs/", "src/**", "src/a.py")

    assert each.holds(b"src/b.py") == 1
    assert each.holds(b"src/a.py") == 2  # the entry that names exactly this path
    assert each.holds(b"other") is None


def test_an_exclude_takes_away_what_it_matches_and_everything_below() -> None:
    each = scope("src/**", "src/old/keep.py", exclude=("src/old",))

    assert each.holds(b"src/a") == 0
    assert each.holds(b"src/old") is None
    assert each.holds(b"src/old/a") is None
    assert each.holds(b"src/old/keep.py") is None
    assert each.excluded.first(b"src/old/a") == 0


def test_only_a_literal_include_wins_over_the_exclude_of_the_plan() -> None:
    each = scope("**", ".github/ci.yml", excluded=(".github",))

    assert each.holds(b".github/ci.yml") == 1
    assert each.accepts(b".github/ci.yml")
    assert each.holds(b".github/other.yml") is None
    assert scope(".github/", excluded=(".github",)).holds(b".github/ci.yml") is None


def test_only_a_literal_entry_holds_a_plan_file() -> None:
    assert scope("**", "docs/plan/").holds(PLAN_FILE) is None
    assert scope("docs/plan/plan.yaml").holds(PLAN_FILE) == 0
    assert scope("a", shared=("docs/plan/plan.yaml", "**")).shares(PLAN_FILE) is None
    assert scope("docs/plan/plan.yaml", exclude=("docs",)).holds(PLAN_FILE) is None


def test_shared_paths_are_accepted_but_not_held() -> None:
    each = scope("src/", shared=("CHANGELOG.md", "**/*.snap"), excluded=("secret",))

    assert each.accepts(b"CHANGELOG.md")
    assert each.holds(b"CHANGELOG.md") is None
    assert each.shares(b"a/b.snap") == 1
    assert not each.accepts(b"secret/b.snap")


def test_holders_are_all_open_slices_that_hold_the_path_in_order() -> None:
    slices = [
        sliced("a", "src/**"),
        sliced("b", "**/*.py", exclude=["src/b.py"]),
        sliced("c", "src/a.py"),
        sliced("d", "docs/"),
    ]
    fence = Fence([plan_of(slices)])

    def holders(path: bytes) -> list[tuple[str, str]]:
        return [(chosen.slice_.id, entry.text) for chosen, entry in fence.holders(path)]

    assert holders(b"src/a.py") == [("a", "src/**"), ("b", "**/*.py"), ("c", "src/a.py")]
    assert holders(b"src/b.py") == [("a", "src/**")]
    assert holders(b"none") == []
    assert Fence([]).holders(b"a") == ()
