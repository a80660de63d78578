"""Notes on objects: concurrent writers lose no line, and git reads the notes."""

import subprocess
import sys
from pathlib import Path

import git
import pytest
from world import commit, root

from planner.errors import GitError
from planner.repository import notes
from planner.repository.git import Repository, open_repository
from planner.repository.objects import Objects

WRITER = """
import sys
from pathlib import Path
from planner.repository import notes
from planner.repository.git import open_repository

from planner.repository.objects import Objects

with Objects(open_repository(Path.cwd())) as objects:
    for number in range(5):
        notes.append(objects, sys.argv[1], (f"{sys.argv[2]}.{number}",))
"""


def opened(repo: git.Repo) -> Repository:
    return open_repository(root(repo))


def tree_of(repo: git.Repo) -> str:
    return str(repo.git.rev_parse("HEAD^{tree}"))


def noted(repo: git.Repo, oid: str) -> tuple[str, ...]:
    """Read the notes with planner."""
    with Objects(opened(repo)) as objects:
        return notes.read(objects, oid)


def append(repo: git.Repo, oid: str, lines: tuple[str, ...]) -> None:
    """Append lines with planner."""
    with Objects(opened(repo)) as objects:
        notes.append(objects, oid, lines)


def by_git(repo: git.Repo, oid: str) -> list[str]:
    """Read the notes with git."""
    return [line for line in repo.git.notes("--ref=planner", "show", oid).splitlines() if line]


def left_over(repo: git.Repo) -> list[str]:
    """List the locks in the git folder."""
    return [path.name for path in Path(repo.git_dir).rglob("*.lock")]


@pytest.mark.slow
def test_sixteen_writers_at_once_lose_no_line(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    tree = tree_of(repo)

    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, tree, str(name)], cwd=root(repo))
        for name in range(16)
    ]

    assert [writer.wait() for writer in writers] == [0] * 16
    lines = noted(repo, tree)
    assert sorted(lines) == sorted(f"{name}.{number}" for name in range(16) for number in range(5))
    for name in range(16):  # each writer's own lines keep their order
        own = [line for line in lines if line.startswith(f"{name}.")]
        assert own == [f"{name}.{number}" for number in range(5)]
    assert by_git(repo, tree) == list(lines)
    assert left_over(repo) == []


def test_notes_of_other_objects_stay(repo: git.Repo) -> None:
    first = commit(repo, {"a": "a"})
    repo.git.notes("--ref=planner", "append", "-m", "a person's", first)

    append(repo, tree_of(repo), ("one", "two"))

    assert by_git(repo, first) == ["a person's"]
    assert by_git(repo, tree_of(repo)) == ["one", "two"]


def test_notes_by_git_notes_append_are_read_and_appended_to(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    tree = tree_of(repo)
    repo.git.notes("--ref=planner", "append", "-m", "by git", tree)

    append(repo, tree, ("by planner",))
    repo.git.notes("--ref=planner", "append", "-m", "by git again", tree)

    assert noted(repo, tree) == ("by git", "by planner", "by git again")


def test_line_without_an_end_is_not_joined_with_the_next(repo: git.Repo) -> None:
    commit(repo, {"torn": "half a line"})
    tree = tree_of(repo)
    repo.git.notes("--ref=planner", "add", "-C", "HEAD:torn", tree)

    append(repo, tree, ("whole",))

    assert noted(repo, tree) == ("half a line", "whole")


@pytest.mark.parametrize("depth", [1, 2])
def test_notes_that_git_moved_to_folders_are_read_before_newer_ones(
    repo: git.Repo, depth: int
) -> None:
    commit(repo, {"a": "a"})
    tree = tree_of(repo)
    folders = [tree[at * 2 : at * 2 + 2] for at in range(depth)]
    place = "/".join([*folders, tree[depth * 2 :]])
    spread = commit(repo, {place: "older\n"})
    repo.git.update_ref("refs/notes/planner", spread)
    repo.git.rm("-r", "-q", folders[0])

    append(repo, tree, ("newest",))

    assert noted(repo, tree) == ("older", "newest")
    assert sorted(by_git(repo, tree)) == ["newest", "older"]
    assert "a" in repo.git.ls_tree("--name-only", "refs/notes/planner").split()


def test_folders_that_git_makes_for_many_notes_are_read(repo: git.Repo) -> None:
    commit(repo, {str(number): str(number) for number in range(300)})
    blobs = [line.split()[2] for line in repo.git.ls_tree("HEAD").splitlines()]
    repo.git.notes("--ref=planner", "add", "-m", "by git", blobs[0])
    subprocess.run(
        ["git", "notes", "--ref=planner", "copy", "--stdin"],
        cwd=root(repo),
        input="".join(f"{blobs[0]} {blob}\n" for blob in blobs[1:]).encode(),
        check=True,
    )
    assert f"{blobs[7][:2]}" in repo.git.ls_tree("--name-only", "refs/notes/planner").split()

    append(repo, blobs[7], ("by planner",))

    assert noted(repo, blobs[7]) == ("by git", "by planner")
    assert sorted(by_git(repo, blobs[7])) == ["by git", "by planner"]
    assert by_git(repo, blobs[8]) == ["by git"]


def test_sha256_repository_keeps_notes_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(folder)], check=True)
    repo = git.Repo(folder)
    commit(repo, {"a": "a"})
    tree = tree_of(repo)

    for line in ("one", "two"):
        append(repo, tree, (line,))

    assert len(tree) == 64
    assert noted(repo, tree) == ("one", "two")


def test_short_lock_is_waited_for(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    append(repo, tree_of(repo), ("one",))
    lock = Path(repo.git_dir) / "refs" / "notes" / "planner.lock"
    lock.touch()
    holder = subprocess.Popen(["sh", "-c", 'sleep 0.5; rm "$0"', str(lock)])

    append(repo, tree_of(repo), ("two",))

    assert holder.wait() == 0
    assert noted(repo, tree_of(repo)) == ("one", "two")


def test_ref_that_cannot_be_written_is_an_error(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})
    (Path(repo.git_dir) / "refs" / "notes").write_text("a file in the place of the folder")

    with pytest.raises(GitError, match=r"results: .*refs/notes/planner") as stopped:
        append(repo, tree_of(repo), ("one",))

    assert stopped.value.hint == "run it again"


def test_no_configuration_of_the_user_is_needed_and_no_hook_runs(
    repo: git.Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {"a": "a"})
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{name}_NAME")
        monkeypatch.delenv(f"GIT_{name}_EMAIL")
    hook = Path(repo.git_dir) / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    repo.git.config("commit.gpgSign", "true")
    repo.git.config("user.useConfigOnly", "true")

    append(repo, tree_of(repo), ("one",))

    assert noted(repo, tree_of(repo)) == ("one",)
    author = repo.git.log("-1", "--format=%an <%ae>", "refs/notes/planner")
    assert author == "planner <planner@localhost>"


def test_object_without_notes_has_none(repo: git.Repo) -> None:
    commit(repo, {"a": "a"})

    assert noted(repo, tree_of(repo)) == ()
