"""`planner demo`: a tour that touches nothing but its own folder."""

import json
import stat
import sys
from pathlib import Path

import git
import pytest
from world import Ran, commit, planner, root

pytestmark = pytest.mark.slow


def test_demo_shows_each_command_with_what_it_prints(tmp_path: Path) -> None:
    ran = planner("demo", at=tmp_path)

    assert (ran.exit, ran.stderr) == (0, "")
    assert "$ planner check-scope\n" in ran.stdout
    assert "[outside-scope]" in ran.stdout
    assert ran.stdout.count("(exit 1)") == 1


def test_quiet_demo_prints_nothing(tmp_path: Path) -> None:
    assert planner("demo", "--quiet", at=tmp_path) == Ran(0, "", "")


def test_demo_as_json_is_one_document(tmp_path: Path) -> None:
    ran = planner("demo", "--format", "json", at=tmp_path)

    assert (ran.json["schema"], ran.json["ok"]) == ("planner.demo/1", True)
    assert [step["exit"] for step in ran.json["steps"]] == [0, 0, 0, 1, 0]


def test_demo_in_a_hook_leaves_the_repository_of_the_hook_alone(repo: git.Repo) -> None:
    commit(repo, {"a.py": ""})
    hook = Path(repo.git_dir) / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    program = f"#!/bin/sh\n{sys.executable} -m planner demo --format json > demo.json\n"
    hook.write_text(program, encoding="utf-8")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    repo.git.execute(["git", "commit", "--quiet", "--allow-empty", "--message=next"])

    assert json.loads((root(repo) / "demo.json").read_text("utf-8"))["ok"] is True
    assert [head.name for head in repo.heads] == ["main"]
    assert repo.git.rev_list("--count", "main") == "2"
    assert repo.git.status("--porcelain") == "?? demo.json"


def test_demo_ignores_what_git_gives_to_hooks(repo: git.Repo, tmp_path: Path) -> None:
    commit(repo, {"a.py": ""})
    before = repo.git.rev_parse("HEAD")
    given = {"GIT_DIR": str(repo.git_dir), "GIT_WORK_TREE": str(root(repo)), "GIT_INDEX_FILE": "x"}

    assert planner("demo", at=tmp_path, env=given).exit == 0
    assert (repo.git.rev_parse("HEAD"), len(repo.heads)) == (before, 1)
    assert repo.git.status("--porcelain") == ""


def test_demo_without_git_is_exit_2(tmp_path: Path) -> None:
    ran = planner("demo", at=tmp_path, env={"PATH": str(tmp_path)})

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: git is not on PATH\n")
