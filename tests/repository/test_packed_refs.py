"""New refs are made in one step, and git reads what was written."""

from pathlib import Path

import git
import pytest
from world import commit, root

from planner.errors import GitError
from planner.repository import packed_refs
from planner.repository.git import open_repository


def test_git_has_the_new_refs_and_all_that_it_had(repo: git.Repo) -> None:
    first = commit(repo, {"a": "1\n"})
    repo.git.tag("--annotate", "v1", "--message", "one")
    repo.git.branch("zebra")
    repo.git.pack_refs("--all")
    second = commit(repo, {"a": "2\n"})
    before = repo.git.show_ref("--dereference")

    refs = {"refs/heads/möhre": second, "refs/heads/a/b": first, "refs/planner/x": first}
    packed_refs.create(open_repository(root(repo)), refs)

    new = [f"{oid} {ref}" for ref, oid in refs.items()]
    assert sorted(repo.git.show_ref("--dereference").splitlines()) == sorted(
        [*before.splitlines(), *new]
    )
    assert repo.git.fsck() == ""
    repo.git.pack_refs("--all")
    repo.git.branch("--delete", "--force", "a/b", "zebra")
    assert repo.git.rev_parse("v1^{}") == first


@pytest.mark.parametrize(
    "ref",
    ["refs/heads/main", "refs/heads/main/x", "refs/heads/a", "refs/x..y", "refs/heads/broken"],
)
def test_what_is_there_or_in_the_way_or_no_name_is_refused(repo: git.Repo, ref: str) -> None:
    first = commit(repo, {"a": "1\n"})
    repo.git.branch("a/b")
    repo.git.symbolic_ref("refs/heads/broken", "refs/heads/none")
    before = repo.git.show_ref()

    with pytest.raises(GitError):
        packed_refs.create(open_repository(root(repo)), {"refs/heads/new": first, ref: first})
    assert repo.git.show_ref() == before


def test_in_a_linked_work_tree_they_are_made_in_the_repository(
    repo: git.Repo, tmp_path: Path
) -> None:
    first = commit(repo, {"a": "1\n"})
    repo.git.worktree("add", "--quiet", tmp_path / "other")
    packed_refs.create(open_repository(tmp_path / "other"), {"refs/heads/new": first})

    assert repo.git.rev_parse("new") == first
