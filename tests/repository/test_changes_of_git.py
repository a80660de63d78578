"""The list of changes has the same names as git's."""

import random
import subprocess
from pathlib import Path

import git
import pytest
from world import commit, root, write

from planner.check.scope.exceptions import read_lines
from planner.errors import GitError
from planner.repository import changes
from planner.repository.changes import SUBMODULE, SYMLINK, Change
from planner.repository.git import open_repository
from planner.repository.lineage import BranchCommit

LETTERS = [bytes([code]) for code in range(1, 256) if code != ord("/")]


def odd_names(count: int) -> list[bytes]:
    """Generate names that git can store, of any bytes."""
    luck = random.Random(7)
    names = {b"".join(luck.choices(LETTERS, k=luck.randint(1, 12))) for _ in range(count)}
    return sorted(names - {b".", b".."})


def indexed(repo: git.Repo, names: list[bytes]) -> None:
    """Add empty files with these names to the index, in one process."""
    oid = repo.git.hash_object("-w", "--stdin", istream=subprocess.DEVNULL)
    lines = b"".join(b"100644 %s\t%s\0" % (oid.encode(), name) for name in names)
    subprocess.run(
        ["git", "update-index", "-z", "--index-info"], cwd=root(repo), input=lines, check=True
    )


def test_any_name_that_git_can_store_is_listed_unchanged(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    names = odd_names(2000)
    indexed(repo, names)
    repo.git.commit("--quiet", message="odd")

    found = changes.between(open_repository(root(repo)), "HEAD^", "HEAD")

    assert [change.path for change in found] == names
    assert {(change.status, change.mode) for change in found} == {("A", 0o100644)}


def test_a_path_that_git_quotes_is_read_back_from_an_exception(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    names = odd_names(2000)
    indexed(repo, names)
    listed = subprocess.run(["git", "ls-files"], cwd=root(repo), capture_output=True, check=True)
    quoted = [line for line in listed.stdout.split(b"\n") if line.startswith(b'"')]

    message = b"\n".join(b"Scope-Exception: " + line + b" -- a good reason" for line in quoted)
    lines = read_lines([BranchCommit("1" * 40, message)])
    found = {line.exception.path for line in lines if not line.fault}

    plain = {line for line in listed.stdout.split(b"\n") if line and not line.startswith(b'"')}
    assert found == {*names, b"a"} - plain
    assert len(found) > 1000


def test_kinds_of_change(repo: git.Repo) -> None:
    commit(repo, {"gone": "x", "changed": "x", "typed": "x", "moved": "moved away\n" * 9})
    write(repo, {"gone": None, "changed": "y", "typed": None, "new": ""})
    (root(repo) / "typed").symlink_to("new")
    repo.git.mv("moved", "there")
    repo.git.update_index("--add", "--cacheinfo", f"160000,{'1' * 40},module")
    repo.git.add("gone", "changed", "typed", "new")
    repo.git.commit("--quiet", message="all kinds")
    found = changes.between(open_repository(root(repo)), "HEAD^", "HEAD")

    assert [(c.path, c.status, c.mode) for c in found] == [
        (b"changed", "M", 0o100644),
        (b"gone", "D", 0),
        (b"module", "A", SUBMODULE),
        (b"moved", "D", 0),
        (b"new", "A", 0o100644),
        (b"there", "A", 0o100644),
        (b"typed", "T", SYMLINK),
    ]


def test_an_untracked_folder_is_listed_file_by_file(repo: git.Repo) -> None:
    commit(repo, {"a": "a", ".gitignore": "*.log\n"})
    write(repo, {"new/x": "x", "new/y.log": "x"})
    (root(repo) / "new/link").symlink_to("x")
    subprocess.run(["git", "init", "--quiet", root(repo) / "inner"], check=True)
    Path(root(repo) / "inner/f").write_text("f")

    found = changes.in_worktree(open_repository(root(repo)), "HEAD")

    assert found == (
        Change(b"inner", "A", SUBMODULE, ""),
        Change(b"new/link", "A", SYMLINK, ""),
        Change(b"new/x", "A", 0o100644, ""),
    )


@pytest.mark.parametrize(
    "printed", [b":100644", b":100644 100644 a b M\0", b"x\0y\0", b":1 2 3 4\0path\0", b"\0"]
)
def test_incomplete_output_is_an_error(printed: bytes) -> None:
    with pytest.raises(GitError):
        changes._parse(printed)
