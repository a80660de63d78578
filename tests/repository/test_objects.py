"""Git objects through one process: any revision, any name, and never a wrong answer."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import git
import pytest
from world import commit, root

from planner.errors import GitError
from planner.repository.git import open_repository
from planner.repository.objects import Objects, TreeEntry


@pytest.fixture
def objects(repo: git.Repo) -> Iterator[Objects]:
    commit(repo, {"a/b.txt": "b\n", "a/c/d": "d", os.fsdecode(b"x\ny\xff"): "odd", "empty": ""})
    (root(repo) / "link").symlink_to("a")
    commit(repo, {})
    with Objects(open_repository(root(repo))) as found:
        yield found


def test_a_revision_is_a_commit_or_nothing(repo: git.Repo, objects: Objects) -> None:
    head = repo.git.rev_parse("HEAD")

    for name in ("HEAD", "main", "refs/heads/main", head, head[:8], "main@{0}", "HEAD^0"):
        assert objects.commit(name) == head, name
    for name in ("", "gone", "--all", "HEAD:a", "HEAD^{tree}", "a\nb", "HEAD ", "\0", "x" * 9000):
        assert objects.commit(name) is None, name


def test_contents_are_exact(repo: git.Repo, objects: Objects) -> None:
    assert objects.content(b"HEAD:a/b.txt") == b"b\n"
    assert objects.content(b"HEAD:empty") == b""
    assert objects.content(b"HEAD:x\ny\xff") == b"odd"
    assert objects.content(b":0:a/b.txt") == b"b\n"
    assert objects.content(b"HEAD:link") == b"a"
    for name in (b"HEAD:gone", b"HEAD:a\nb", b"HEAD:x\ny", b"\n", b"HEAD:a/b.txt\n", b"1" * 40):
        assert objects.content(name) is None, name
    # One that is not there leaves the next answer where it belongs.
    assert objects.content(b"HEAD:a/c/d") == b"d"


def test_entries_of_a_tree_are_those_git_lists(repo: git.Repo, objects: Objects) -> None:
    listed = subprocess.run(
        ["git", "ls-tree", "-z", "HEAD"], cwd=root(repo), capture_output=True, check=True
    ).stdout
    expected = []
    for line in listed.split(b"\0")[:-1]:
        mode, _, oid, name = line.replace(b"\t", b" ", 1).split(b" ", 3)
        expected.append(TreeEntry(int(mode, 8), name, oid.decode()))

    assert objects.tree(b"HEAD:") == tuple(expected)
    assert [entry.name for entry in objects.tree(b"HEAD:a")] == [b"b.txt", b"c"]
    assert objects.tree(b"HEAD:gone") == ()
    assert objects.tree(b"HEAD:empty") == ()


def test_missing_object_that_must_exist_is_an_error(objects: Objects) -> None:
    with pytest.raises(GitError, match="the plan is not in this partial clone") as caught:
        objects.needed("1" * 40, "the plan")
    assert "git cat-file -e 1111" in caught.value.hint


def test_the_process_ends_with_the_block(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    with Objects(open_repository(root(repo))) as objects:
        objects.commit("HEAD")
        process = objects._process
        assert process is not None
    assert process.returncode is not None


def test_a_repository_is_found_from_any_of_its_folders(repo: git.Repo, tmp_path: Path) -> None:
    commit(repo, {"a/b": "x"})
    repo.git.update_ref("refs/remotes/origin/trunk", "main")
    repo.git.symbolic_ref("refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")

    found = open_repository(root(repo) / "a")

    assert (found.root, found.git_dir) == (root(repo), root(repo) / ".git")
    assert (found.branch, found.is_unborn, found.is_shallow) == ("main", False, False)
    assert found.remote_default == "trunk"
    repo.git.switch("--quiet", "--detach")
    assert open_repository(root(repo)).branch == ""
    repo.git.worktree("add", "--quiet", "-b", "other", str(tmp_path / "other"))
    linked = open_repository(tmp_path / "other")
    assert (linked.branch, linked.common_dir) == ("other", root(repo) / ".git")
    assert linked.git_dir != linked.common_dir


@pytest.fixture
def heavy(repo: git.Repo) -> Iterator[tuple[Objects, str]]:
    """A blob of 20 MB that takes 20 KB in the repository."""
    commit(repo, {"big": b"\0" * 20_000_000, "a": "a", "f/x": "x"})
    with Objects(open_repository(root(repo))) as found:
        yield found, repo.git.rev_parse("HEAD:big")


def test_an_object_that_is_too_big_is_not_read(heavy: tuple[Objects, str]) -> None:
    objects, oid = heavy
    for ask in (
        lambda: objects.content(b"HEAD:big", "the plan 'x'"),
        lambda: objects.needed(oid, "the plan 'x'"),
        lambda: objects.blobs([oid], "the plan 'x'"),
    ):
        with pytest.raises(GitError, match="the plan 'x' is too big") as caught:
            ask()
        assert "20,000,000" in caught.value.message
        assert caught.value.hint
    # The process goes on, and answers are still in their places.
    assert objects.content(b"HEAD:a") == b"a"


def test_many_small_objects_are_too_big_together(repo: git.Repo) -> None:
    commit(repo, {f"{n}": bytes([n]) * 5_000_000 for n in range(4)})
    oids = [repo.git.rev_parse(f"HEAD:{n}") for n in range(4)]
    with Objects(open_repository(root(repo))) as objects:
        assert objects.blobs([*oids[:2], "1" * 40], "all") == [
            b"\0" * 5_000_000, b"\1" * 5_000_000, None,
        ]  # fmt: skip
        with pytest.raises(GitError, match="all is too big"):
            objects.blobs(oids, "all")


def test_a_file_in_the_place_of_a_folder_is_not_read_as_one(heavy: tuple[Objects, str]) -> None:
    objects, _ = heavy
    blob, tree = (objects.oid(b"HEAD:" + name) for name in (b"a", b"f"))
    assert blob
    assert tree
    [entries] = objects.trees([tree[0]])
    assert [entry.name for entry in entries] == [b"x"]
    with pytest.raises(GitError, match="is a blob, not a tree"):
        list(objects.trees([blob[0]]))
    with pytest.raises(GitError, match="is a blob, not a tree"):
        objects.needed_tree(blob[0])
    with pytest.raises(GitError, match="is a tree, not a blob"):
        objects.blobs([tree[0]], "the link")


@pytest.mark.parametrize("place", ["born", "unborn", "linked"])
def test_a_path_with_a_line_break_is_told(place: str, tmp_path: Path) -> None:
    broken = tmp_path / "a\nb"
    repo = git.Repo.init(tmp_path / "plain" if place == "linked" else broken)
    if place != "unborn":
        commit(repo, {"a": ""})
    if place == "linked":
        repo.git.worktree("add", "--quiet", "-b", "other", broken)

    with pytest.raises(GitError) as raised:
        open_repository(broken)

    assert raised.value.message == (
        f"the path of the repository contains a line break: {str(broken)!r}"
    )
