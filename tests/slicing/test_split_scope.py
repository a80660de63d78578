"""What split makes passes `planner check-scope` once the plan is on the default branch."""

import git
import pytest
from big import API, PAGE, big_branch, branches, split
from planned import PLAN, Record, sliced, text_of
from world import commit, planner

SLICES = [
    sliced("api", "src/api.py", "old.txt", branch="feature/api"),
    sliced("web", "src/web.py", branch="feature/web", depends_on=["api"], stacked=True),
    sliced("more", "src/more/", branch="feature/more", depends_on=["web"], stacked=True),
    sliced("docs", "docs/guide.md", branch="feature/docs"),
]
FILES = {
    "src/api.py": API,
    "src/web.py": PAGE,
    "src/more/x.py": "x = 1\n",
    "old.txt": None,
    "docs/guide.md": "Guide\n",
    "CHANGELOG.md": "New\n",
}
SHARED = {"shared": ["CHANGELOG.md"]}


def verdicts(repo: git.Repo, names: list[str]) -> list[tuple[str, int, list[str]]]:
    """The exit code and the rules of check-scope on each branch."""
    ran = {
        name: planner("check-scope", "--head", name, "--branch", name, "--format", "json", at=repo)
        for name in names
    }
    return [(name, one.exit, one.rules) for name, one in ran.items()]


def test_every_branch_is_in_its_scope(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES, **SHARED)
    ran = split(repo)

    names = list(branches(ran))
    assert names == ["feature/api", "feature/web", "feature/more", "feature/docs"]
    assert verdicts(repo, names) == [(name, 0, []) for name in names]


def test_also_where_the_big_branch_brought_the_plan(repo: git.Repo) -> None:
    commit(repo, {"old.txt": "old\n"})
    repo.git.switch("--quiet", "--create", "big")
    commit(repo, {**FILES, PLAN: text_of(SLICES, **SHARED)})
    names = list(branches(split(repo)))
    plan, *others = names

    [(name, code, rules)] = verdicts(repo, [plan])
    assert (name, code, "plan-change" in rules) == ("big-plan", 0, True)
    repo.git.switch("--quiet", "main")
    repo.git.merge("--no-edit", "--no-ff", plan)
    assert verdicts(repo, others) == [(name, 0, []) for name in others]


@pytest.mark.parametrize(
    ("slice_", "words", "is_told"),
    [
        (sliced("b", "b", depends_on=["a"]), (), True),
        (sliced("b", "b", depends_on=["a"], stacked=True), (), False),
        (sliced("b", "b", base="a"), (), False),
        (sliced("b", "b"), ("--chain",), True),
        (sliced("b", "b"), (), False),
    ],
)
def test_a_branch_on_another_of_which_the_plan_says_nothing_is_told(
    repo: git.Repo, slice_: Record, words: tuple[str, ...], is_told: bool
) -> None:
    big_branch(repo, [sliced("a", "a"), slice_], {"a": "x\n", "b": "x\n"})
    ran = split(repo, *words)

    assert ran.rules == ["unstacked-slice"] * is_told
    assert branches(ran)["b"]["on"] == (None if slice_ == sliced("b", "b") and not words else "a")
    assert verdicts(repo, ["b"])[0][1] == int(is_told)
