"""What `planner split` says of what cannot be split: never a traceback, never a ref."""

from collections.abc import Callable
from pathlib import Path

import git
import pytest
from big import big_branch, branches, refs, split
from planned import PLAN, sliced, text_of
from world import Ran, commit, planner, write

SLICES = [sliced("a", "a"), sliced("b", "b")]
FILES = {"a": "x\n", "b": "x\n"}


def refused(ran: Ran) -> tuple[int, str]:
    """The exit code and the error of a run that could not tell."""
    return ran.exit, ran.stderr.splitlines()[0]


def _empty(repo: git.Repo) -> None:
    repo.git.reset("--quiet", "--hard", "main")


def _no_plan(repo: git.Repo) -> None:
    commit(repo, {PLAN: None})
    repo.git.branch("--force", "main", "big")
    commit(repo, {"a": "y\n"})


def _unusable_plan(repo: git.Repo) -> None:
    write(repo, {PLAN: "version: 1\ntitle: T\nslices: [{id: a}]\n"})


def _unrelated(repo: git.Repo) -> None:
    repo.git.switch("--quiet", "--orphan", "other")
    commit(repo, {PLAN: text_of(SLICES), "a": "y\n"})


def _circle(repo: git.Repo) -> None:
    slices = [sliced("a", "a", depends_on=["b"]), sliced("b", "b", depends_on=["a"])]
    write(repo, {PLAN: text_of(slices)})


def _bases(repo: git.Repo) -> None:
    write(repo, {"docs/plan/next/plan.yaml": text_of([sliced("c", "c")], base="next")})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_empty, "changes nothing since"),
        (_no_plan, "no plan found"),
        (_unusable_plan, "a plan is unusable"),
        (_unrelated, "share no history"),
        (_circle, "the slices 'a' and 'b' wait for each other"),
        (_bases, "the slices have several bases: main, next"),
    ],
)
def test_what_cannot_be_split_is_told_and_nothing_is_made(
    repo: git.Repo, spoil: Callable[[git.Repo], None], said: str
) -> None:
    big_branch(repo, SLICES, FILES)
    spoil(repo)
    before = refs(repo)
    code, error = refused(planner("split", at=repo))

    assert code == 2
    assert said in error
    assert refs(repo) == before


def test_a_branch_of_one_file_is_one_branch(repo: git.Repo) -> None:
    big_branch(repo, SLICES, {"a": "x\n"})

    assert list(branches(split(repo))) == ["a"]


def test_the_base_need_not_be_an_ancestor(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    start = repo.git.rev_parse("main")
    repo.git.switch("--quiet", "main")
    commit(repo, {"kept.txt": "moved on\n"})
    ran = split(repo, "--head", "big")

    assert {one["parent"] for one in ran.json["branches"]} == {start}


def test_unknown_revisions_are_told(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    for option in ("--base", "--head", "--onto"):
        ran = planner("split", option, "none", at=repo)
        assert refused(ran) == (2, "error: there is no commit 'none'")


def test_a_shallow_clone_that_has_the_merge_base_is_split(repo: git.Repo, tmp_path: Path) -> None:
    big_branch(repo, SLICES, FILES)
    clone = _clone(repo, tmp_path, "--depth", "2")
    ran = split(clone)

    assert (ran.exit, ran.json["proof"]["is_same"]) == (0, True)


def test_a_shallow_clone_without_the_merge_base_is_refused(repo: git.Repo, tmp_path: Path) -> None:
    big_branch(repo, SLICES, FILES)
    clone = _clone(repo, tmp_path, "--depth", "1")

    ran = planner("split", at=clone)
    code, error = refused(ran)
    assert code == 2
    assert "this clone is shallow" in error
    assert "git fetch --unshallow" in ran.stderr
    assert "check-scope" not in ran.stderr


def test_a_partial_clone_says_how_to_get_what_is_missing(repo: git.Repo, tmp_path: Path) -> None:
    big_branch(repo, SLICES, {"a": "x\n" * 50, "b": "y\n" * 50})
    repo.git.config("uploadpack.allowFilter", "true")
    clone = _clone(repo, tmp_path, "--filter=blob:none", "--no-checkout")
    clone.git.read_tree("HEAD")
    write(clone, {PLAN: text_of(SLICES)})
    ran = planner("split", at=clone)

    assert ran.exit == 2
    assert "partial clone" in ran.stderr
    assert "git fetch --refetch --no-filter" in ran.stderr


def _clone(repo: git.Repo, tmp_path: Path, *words: str) -> git.Repo:
    place = tmp_path / "clone"
    git.Git(tmp_path).clone("--quiet", "--branch", "big", "--no-single-branch", *words,
                            f"file://{repo.working_dir}", place)  # fmt: skip
    return git.Repo(place)


def test_a_lock_that_a_killed_git_left_is_told(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    write(repo, {".git/packed-refs.lock": ""})
    before = refs(repo)
    ran = planner("split", at=repo)

    assert refused(ran)[0] == 2
    assert "packed-refs.lock' exists" in ran.stderr
    assert refs(repo) == before


@pytest.mark.parametrize("name", ["HEAD", "-b", "a..b", "b.lock", "@{1}", "*.lock"])
def test_a_branch_name_that_git_refuses_stops_it(repo: git.Repo, name: str) -> None:
    big_branch(repo, [sliced("a", "a"), sliced("b", "b", branch=name)], FILES)
    before = refs(repo)
    ran = split(repo)

    assert (ran.exit, ran.rules) == (1, ["branch-name"])
    assert ran.json["findings"][0]["path"] == PLAN
    assert refs(repo) == before


@pytest.mark.parametrize("words", ["slice -o", "split --head", "split --onto"])
def test_an_empty_value_of_a_variable_that_is_not_set_is_refused(
    repo: git.Repo, words: str
) -> None:
    big_branch(repo, SLICES, FILES)
    before = refs(repo)
    code, error = refused(planner(*words.split(), "", at=repo))

    assert code == 2
    assert "the value is empty" in error
    assert refs(repo) == before


def test_a_clone_without_a_checkout_is_sliced_and_split(repo: git.Repo, tmp_path: Path) -> None:
    big_branch(repo, SLICES, FILES)
    repo.git.switch("--quiet", "main")
    clone = _clone(repo, tmp_path, "--no-checkout")

    assert planner("slice", at=clone).exit == 0
    assert list(branches(split(clone))) == ["a", "b"]
    assert not (tmp_path / "clone" / ".git" / "index").exists()


def test_without_a_plan_it_says_what_writes_one(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    _no_plan(repo)
    ran = planner("split", at=repo)

    assert ran.stderr.splitlines()[1] == (
        "hint: write a first one: planner slice -o PLAN, or name a plan: --plan PATH"
    )
