"""`planner split --undo` takes back what a split made, and nothing else."""

import git
from big import big_branch, refs, split
from planned import PLAN, sliced, text_of
from world import commit, planner, write

SLICES = [sliced("a", "a"), sliced("b", "b"), sliced("c", "c")]
FILES = dict.fromkeys("abc", "x\n")


def test_the_refs_are_as_before_the_split(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    before = refs(repo)
    made = split(repo).json["branches"]
    undone = split(repo, "--undo")

    assert (undone.exit, undone.json["removed"], undone.json["left"]) == (0, ["a", "b", "c"], [])
    assert refs(repo) == before
    assert split(repo).json["branches"] == made


def test_what_moved_or_is_checked_out_is_left(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    split(repo)
    repo.git.switch("--quiet", "a")
    moved = commit(repo, {"a": "y\n"})
    repo.git.switch("--quiet", "b")
    repo.git.branch("--delete", "--force", "c")
    repo.git.branch("mine", "b")
    ran = planner("split", "--undo", at=repo)

    assert ran.stdout == (
        f"left  a: it has moved to {moved[:12]}\n"
        f"left  b: it is checked out in {repo.working_dir!r}\n"
        "left  c: it is gone\n"
    )
    assert set(refs(repo)) == {f"refs/heads/{name}" for name in ("a", "b", "big", "main", "mine")}


def test_the_backup_stays_where_no_branch_has_what_was_split(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    split(repo)
    repo.git.switch("--quiet", "main")
    repo.git.branch("--delete", "--force", "big")
    ran = planner("split", "--undo", at=repo)

    assert ran.stdout.endswith(
        "left  refs/planner/split/big/backup: no branch has what was split\n"
        "      git branch big refs/planner/split/big/backup\n"
    )
    assert list(refs(repo)) == ["refs/heads/main", "refs/planner/split/big/backup"]


def test_with_a_dry_run_it_only_says_so(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    split(repo)
    before = refs(repo)
    ran = planner("split", "--undo", "--dry-run", at=repo)

    assert (ran.stdout.splitlines()[0], refs(repo)) == ("would remove  a", before)


def test_where_nothing_was_split_it_says_so(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)

    ran = planner("split", "--undo", at=repo)
    assert (ran.exit, ran.stderr) == (
        2,
        "error: no branches were made by planner split\nhint: planner split makes branches\n",
    )
    assert planner("split", "--undo", "--chain", at=repo).exit == 2


def test_another_split_does_not_forget_the_branches_of_an_earlier_one(repo: git.Repo) -> None:

    big_branch(repo, SLICES, FILES)
    split(repo)
    write(repo, {PLAN: text_of([sliced("all", "*", "docs/")])})
    ran = planner("split", at=repo)

    assert (ran.exit, ran.stderr.splitlines()[-1]) == (
        2,
        "hint: take them back first: planner split --undo",
    )
    assert "refs/heads/all" not in refs(repo)
