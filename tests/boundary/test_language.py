import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import git
import pytest
from benchmarks.overlap import (
    PLANS,
    Universe,
    all_overlaps,
    cases,
    cost,
    exists,
    families,
    honest,
    member,
    pattern,
    question,
    random_pattern,
    random_set,
    rank,
    term,
    timed,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from world import commit

from planner.boundary import budget
from planner.boundary.language import (
    Term,
    Unproved,
    Witness,
    cheapest,
    difference,
    overlap,
    overlaps,
)
from planner.boundary.meeting import pairs
from planner.boundary.pattern import Pattern
from planner.boundary.translation import pathspecs
from planner.boundary.witness import ANY, LIMIT, cheapest_path


def both(one: str, other: str, exclude: Sequence[str] = ()) -> bytes | None:
    found = overlap((term(one, exclude),), (term(other),))
    assert not isinstance(found, Unproved)
    return found.path if found else None


# Every pair that other tools get wrong, and similar ones.
@pytest.mark.parametrize(
    ("one", "other", "witness"),
    [
        ("*/models.py", "app/*", b"app/models.py"),
        ("src/*/x.py", "src/a/*", b"src/a/x.py"),
        ("src/**/test_*.py", "src/api/**", b"src/api/test_.py"),
        ("src/a*.py", "src/*b.py", b"src/ab.py"),
        ("**/*.md", "docs/**", b"docs/x.md"),
        ("src/foo.py", "src/foo.pyi", None),
        ("src/api", "src/api_v2/**", None),
        ("a/*.py", "a/*.md", None),
        ("src/*.py", "src/sub/*.ts", None),
        # git reads a plain name as a folder and a wildcard as a name; planner does not.
        ("services/orchestrator/database.py", "services/**/tests/**", None),
        ("src/foo.py", "src/**/test_*.py", None),
        ("README.md", "*/docs/**", None),
        ("tests/**/test_users_*.py", "tests/**/test_orders_*.py", None),
        ("**/*.md", "src/**/*.py", None),
        ("src/*", "src/*/**", None),
        ("src/", "src", None),
        ("src/", "src/**", b"src/x"),
        (r"app/\[id\]/**", "app/?id]/*", b"app/[id]/x"),
    ],
)
def test_pairs_that_other_tools_get_wrong(one: str, other: str, witness: bytes | None) -> None:
    assert both(one, other) == witness
    assert both(other, one) == witness


@pytest.mark.parametrize(
    ("one", "other", "witness"),
    [
        ("src/.?", "src/?.", None),  # `..` is no name
        (".?", "?.", None),
        (".gi?", "**", b".gix"),
        (".g*", "*t", b".gt"),
        (".???", "*it", b".xit"),
        ("*/config", ".G*T/*", b".GT/config"),
        ("?", "**", b"x"),
        ("a?", "*", b"ax"),
        ("*é*", "*", "é".encode()),
        ("**/**/x", "**/**", b"x"),
        ("**/a/**/b", "a/b", b"a/b"),
        ("a/**", "a/**/**", b"a/x"),
    ],
)
def test_only_paths_that_can_exist_are_witnesses(
    one: str, other: str, witness: bytes | None
) -> None:
    assert both(one, other) == witness


def test_a_name_reserved_by_git_is_never_a_witness() -> None:
    # `.G*T` with one letter between is `.GIT` or not: the cheapest that is not.
    assert both(".G?T", "**") == b".GxT"
    assert both(".g?t", ".?it") is None
    assert both(".g?t/**", "?git/**") is None
    assert both(".g?t?", ".?it*") == b".gitx"


def test_the_witness_is_the_cheapest_by_the_contract() -> None:
    assert both("*", "**", ["x"]) == b"a"
    assert both("*", "**", ["x", "a"]) == b"b"
    every = [*"xabcdefghijklmnopqrstuvwyz0123456789_"]
    assert both("?", "**", every) == b"A"
    assert both("*", "**", every) == b"xx"
    assert both("**", "?*/?*", ["x"]) == b"a/x"
    # a dot costs 9 at the start of a segment, else 1
    assert both("?x", "?*", [f"{letter}x" for letter in every]) == b"Ax"
    assert both("x?", "**", [f"x{letter}" for letter in every]) == b"x-"


def test_exclude_takes_away_everything_below() -> None:
    assert both("src/**", "**", ["src/*"]) is None
    assert both("src/**", "src/**/x.py", ["src/x.py"]) == b"src/x/x.py"
    assert both("**/secrets/key", "**", ["**/secrets"]) is None
    assert both("src/", "**", ["src"]) is None
    assert both("src", "**", ["src/"]) == b"src"


def test_without_takes_away_exactly_what_it_holds() -> None:
    one, other = (Term(pattern("src/**")),), (Term(pattern("**")),)
    assert overlap(one, other, without=(pattern("src/*"),)) == Witness(b"src/x/x", 0, 0)
    held = (Term(pattern("**"), without=(pattern(".planner/"), pattern("**/plan.yaml"))),)
    assert overlap(held, (term("**/plan.yaml"),)) is None
    assert overlap(held, (term(".planner/*/**"),)) is None


def test_a_literal_include_wins_over_the_exclude_of_the_plan() -> None:
    excluded = (pattern(".github"),)
    one = (Term(pattern(".github/CODEOWNERS")), Term(pattern("**"), excluded))
    other = (Term(pattern("**"), excluded),)
    assert overlap(one, other) == Witness(b"x", 1, 0)
    assert overlap(one[:1], other) is None
    assert difference(one, other) == Witness(b".github/CODEOWNERS", 0, -1)


def test_the_indices_are_those_of_the_first_terms_with_the_cheapest_path() -> None:
    one = (term("src/**"), term("x"), term("x"), term("*"))
    other = (term("docs/**"), term("src/a"), term("?"), term("**"))
    assert overlap(one, other) == Witness(b"x", 1, 2)
    assert overlap(other, one) == Witness(b"x", 2, 1)


def test_difference_respects_what_either_side_takes_away() -> None:
    assert difference((term("src/**"),), (term("**"),)) is None
    assert difference((term("**"),), (term("src/**"),)) == Witness(b"x", 0, -1)
    assert difference((term("src/**"),), (term("src/**", ["src/a"]),)) == Witness(b"src/a", 0, -1)
    assert difference((term("src/**", ["src/a"]),), (term("src/**", ["src/a"]),)) is None
    assert difference((term("src/**"),), (term("src/**", ["src/a"]), term("src/a/**"))) == Witness(
        b"src/a", 0, -1
    )
    whole = (term("src/**", ["src/a"]), term("src/a/**"), term("src/a"))
    assert difference((term("src/**"),), whole) is None
    assert difference((term("src/**"),), (term("src/**", (), ["src/a"]),)) == Witness(
        b"src/a", 0, -1
    )
    # a term that adds back what another excludes has an exclude of its own
    parts = (term("src/**", ["src/a"]), term("src/a/**", ["src/a/b"]))
    assert difference((term("src/*/**"),), parts) == Witness(b"src/a/b", 0, -1)


def test_cheapest_is_none_for_a_term_that_holds_nothing() -> None:
    assert cheapest(term("src/**/*.py")) == b"src/x.py"
    assert cheapest(term("src/*.py", ["src/*.py"])) is None
    assert cheapest(term("src/api/v1.py", ["**/api"])) is None
    assert cheapest(term("src/*", (), ["src/?*"])) is None
    assert cheapest(term("src/*", ["src/?"])) == b"src/xx"


def test_empty_sets_meet_nothing() -> None:
    assert overlap((), (term("**"),)) is None
    assert difference((), ()) is None
    assert overlaps((), is_ordered=_never, shared=_nothing) == []


def _never(_one: int, _other: int) -> bool:
    return False


def _nothing(_one: int, _other: int) -> tuple[()]:
    return ()


# --- brute force ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_brute_force_over_all_paths_of_a_small_alphabet_agrees() -> None:
    wrong = [(case, faults) for case, faults in cases(2_000, seed=7, patterns=200) if faults]
    assert wrong == []


@pytest.mark.slow
def test_brute_force_agrees_on_many_sets_at_once() -> None:
    found = [case for case, _ in cases(40, seed=8, patterns=60)]
    sets = [each for case in found for each in (case.one, case.other)]
    universe = Universe("xab.c/", 6)
    free = (pattern("a/**"),)

    def shared(one: int, other: int) -> tuple[Pattern, ...]:
        return free if (one + other) % 3 == 0 else ()

    answers = {
        (one, other): verdict
        for one, other, verdict in overlaps(
            sets, is_ordered=lambda one, other: (one * other) % 7 == 1, shared=shared
        )
    }
    assert list(answers) == sorted(answers)
    for one in range(len(sets)):
        for other in range(one + 1, len(sets)):
            if (one * other) % 7 == 1:
                assert (one, other) not in answers
                continue
            expected = overlap(sets[one], sets[other], without=shared(one, other))
            assert answers.get((one, other)) == expected
            bits = universe.of(sets[one]) & universe.of(sets[other])
            for each in shared(one, other):
                bits &= ~universe.held(each)
            assert bool(bits) <= bool(expected)


@pytest.mark.slow
def test_patterns_that_do_not_agree_in_their_text_never_meet() -> None:
    texts = {
        each.include.text
        for case, _ in cases(60, seed=9, patterns=80)
        for terms in (case.one, case.other)
        for each in terms
    }
    patterns = [pattern(text) for text in sorted(texts)]
    meeting = set(pairs(patterns))
    assert len(meeting) < len(patterns) * (len(patterns) - 1) // 2
    for one, here in enumerate(patterns):
        for other in range(one + 1, len(patterns)):
            if (one, other) not in meeting:
                assert cheapest_path(here, patterns[other]).key == ANY


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_the_laws_of_sets_hold(seed: int) -> None:
    random = Random(seed)
    pool = [random_pattern(random, "abc-") for _ in range(12)]
    one, other = random_set(random, pool), random_set(random, pool)
    both_ways = overlap(one, other), overlap(other, one)
    if isinstance(both_ways[0], Witness):
        path, here, there = both_ways[0]
        assert both_ways[1] == Witness(path, there, here)
    else:
        assert both_ways == (None, None)
    assert difference(one, one) is None
    assert difference(one, one + other) is None
    inside = all(overlap((each,), other) is None for each in one if cheapest(each) is not None)
    assert inside == (both_ways[0] is None)
    if difference(one, other) is None and any(cheapest(each) is not None for each in one):
        assert both_ways[0] is not None


@pytest.mark.slow
def test_git_agrees_on_every_witness(repo: git.Repo) -> None:
    found = [
        (case.one, case.other, case.both)
        for case, _ in cases(300, seed=10, patterns=120)
        if isinstance(case.both, Witness)
    ]
    # One witness may be a file where another needs a folder: those that do not fit are left out.
    tracked: set[bytes] = set()
    for _, _, witness in found:
        path = witness.path
        above = {path[:at] for at, byte in enumerate(path) if byte == ord("/")}
        if not above & tracked and not any(each.startswith(path + b"/") for each in tracked):
            tracked.add(path)
    commit(repo, {os.fsdecode(path): "" for path in tracked})
    shown = 0
    for one, other, witness in found:
        if witness.path in tracked and shown < 120:
            shown += 1
            assert _listed(repo, one[witness.one], witness.path)
            assert _listed(repo, other[witness.other], witness.path)
    assert shown > 60


def _listed(repo: git.Repo, each: Term, path: bytes) -> bool:
    """Return whether git lists the path for the term, without what the term takes away."""

    def lists(specs: tuple[str, ...]) -> bool:
        done = subprocess.run(
            ["git", "ls-files", "-z", "--", *specs],
            cwd=repo.working_dir,
            capture_output=True,
            check=True,
        )
        return path in done.stdout.split(b"\0")

    gone = [spec for out in each.exclude for spec in pathspecs(out, below=True)]
    gone += [spec for out in each.without for spec in pathspecs(out)]
    return lists(pathspecs(each.include)) and not (gone and lists(tuple(gone)))


def test_the_costs_of_the_oracle_are_those_of_the_contract() -> None:
    assert [cost(path) for path in (b"a9_", b"A/b", b".a", b"a.a-", b"-", b"a b", b"\xc3")] == [
        3, 5, 10, 4, 9, 8, 60,
    ]  # fmt: skip
    assert sorted([b"Z", b"0", b"z", b"a", b"x"], key=rank) == [b"x", b"a", b"z", b"0", b"Z"]
    assert [exists(path) for path in (b"a/.GIT", b"a/..", b"a//b", b".gitx")] == [
        False, False, False, True,
    ]  # fmt: skip


# --- the limit of states -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("includes", "excludes"),
    [each[1:] for each in families()],
    ids=[each[0] for each in families()],
)
def test_stars_with_twenty_excludes_are_decided_within_the_limit(
    includes: tuple[str, str], excludes: list[str]
) -> None:
    states, is_proved, _ = question(includes, excludes)
    assert is_proved
    assert states < LIMIT // 2
    ones, others = (term(includes[0], excludes),), (term(includes[1]),)
    found = overlap(ones, others)
    assert not isinstance(found, Unproved)
    if found is not None:
        assert member(ones, found.path)
        assert member(others, found.path)


@pytest.mark.slow
def test_a_question_over_the_limit_is_unproved_and_names_an_exclude() -> None:
    # Eight letters a, no two of them at one of these distances: every set of positions counts.
    distances = (0, 1, 2, 4, 7, 9, 12, 14, 17, 19, 22, 26, 27, 31)
    excludes = [f"*a{'?' * distance}a*" for distance in distances]
    hard = (term("*" + "*".join("a" * 8) + "*", excludes),)
    found = overlap(hard, (term("**"),))
    assert isinstance(found, Unproved)
    assert found.exclude in hard[0].exclude
    assert difference(hard, ()) == found._replace(other=-1)
    assert isinstance(cheapest(hard[0]), Unproved)
    # a witness of another pair is still found
    assert overlap(hard, (term("**"), term("src/**"))) == found
    assert overlap((*hard, term("src/**")), (term("**"),)) == Witness(b"src/x", 1, 0)


def test_long_patterns_exhaust_neither_stack_nor_memory() -> None:
    name = "a" * 50_000
    assert both(f"*{name}", f"{name}*") == name.encode()
    assert both("/".join("ab" * 1_000), "a/**/b") == b"/".join([b"a", b"b"] * 1_000)
    assert both("/".join(["*"] * 500), "**/x") == b"/".join([b"x"] * 500)
    assert cheapest(term("**/x/" + "/".join(["**/y"] * 2_000))) is not None


# --- whole plans ---------------------------------------------------------------------------------


def test_realistic_plans_have_no_overlaps() -> None:
    assert all_overlaps([honest(number) for number in range(200)]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", list(PLANS)[:5])
def test_two_hundred_slices_are_decided_quickly(name: str) -> None:
    sets = PLANS[name](200)
    seconds, count = min(timed(sets) for _ in range(3))
    assert count in (0, 100)
    assert seconds < 0.4


def test_excludes_common_to_all_slices_cost_nothing_per_pair() -> None:
    common = tuple(pattern(f"vendor/lib{number}/**/*_gen*") for number in range(200))
    sets = [
        tuple(each._replace(exclude=(*each.exclude, *common)) for each in honest(number))
        for number in range(200)
    ]
    assert min(timed(sets) for _ in range(3))[0] < 0.4


@pytest.mark.slow
def test_the_answers_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    script = tmp_path / "answers.py"
    script.write_text(
        "from benchmarks.overlap import all_overlaps, cases, entangled, few_overlaps\n"
        "print(all_overlaps(few_overlaps(120)))\n"
        "print(all_overlaps([entangled(number) for number in range(4)]))\n"
        "print([case[3:] for case, _ in cases(60, seed=1, patterns=30)])\n"
    )
    root = Path(__file__).parents[2]
    answers = {
        subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root}:{root / 'tests'}"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(answers) == 1
    assert b"Witness" in answers.pop()


def test_a_run_has_so_many_states_for_all_its_questions() -> None:
    sets = [(term(f"**/*{name}*"),) for name in ("ab", "ba", "aa", "bb", "abab")]

    def ask() -> list[tuple[int, int, Witness | Unproved]]:
        return overlaps(sets, is_ordered=lambda _one, _other: False, shared=lambda *_: ())

    with budget.bounded():
        whole = ask()
    assert whole == ask()
    assert len(whole) == 10
    with budget.bounded(40):
        cut = ask()
    # What was told before the end is the same; the last one says that the rest is not known.
    assert 1 < len(cut) < len(whole)
    assert cut[:-1] == whole[: len(cut) - 1]
    assert cut[-1] == (*whole[len(cut) - 1][:2], Unproved(0, 0, None, is_last=True))
    with budget.bounded(40):
        assert ask() == cut
    with budget.bounded(0):
        assert isinstance(difference(sets[0], sets[1]), Unproved)
        assert isinstance(cheapest(sets[0][0]), Unproved)


def test_pairs_of_ordered_sets_cost_nothing() -> None:
    sets = [(term("src/**"),)] * 300
    with budget.bounded(100):
        assert overlaps(sets, is_ordered=lambda *_: True, shared=lambda *_: ()) == []
        assert budget.left() == 100
