"""What one commit lacks of another, also where a shallow clone has not all of them."""

from pathlib import Path

import git
import pytest
from world import commit

from planner.repository.git import open_repository
from planner.repository.lineage import Lacking, lacking


@pytest.mark.parametrize(("depth", "found"), [(1, Lacking(0)), (3, Lacking(2)), (None, Lacking(2))])
def test_commits_are_counted_only_where_the_clone_has_them_all(
    depth: int | None, found: Lacking, repo: git.Repo, tmp_path: Path
) -> None:
    start = commit(repo, {"a": "1"})
    for number in range(2):
        commit(repo, {"a": f"more {number}"})
    repo.git.branch("start", start)
    clone = git.Repo.init(tmp_path / "clone")
    url = Path(repo.working_dir).as_uri()
    clone.git.fetch("--quiet", url, "start:start")
    clone.git.fetch("--quiet", url, "main:main", *([f"--depth={depth}"] if depth else []))

    opened = open_repository(tmp_path / "clone")

    assert lacking(opened, "start", of="main") == found
    assert lacking(opened, "main", of="main") is None
