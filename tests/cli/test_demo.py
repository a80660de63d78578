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
    assert [step["exit"] for step in ran.json["steps"]] == [0, 0, 0, 1, 0, 0, 0, 0]


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


@pytest.mark.parametrize(
    "given",
    [
        {"GIT_DIR": "{git}", "GIT_WORK_TREE": "{root}", "GIT_INDEX_FILE": "x"},
        {"GIT_OBJECT_DIRECTORY": "{git}/objects", "GIT_COMMON_DIR": "{git}"},
        # What an alias gets of `git -c core.worktree=… -c core.hooksPath=… demo`.
        {"GIT_CONFIG_PARAMETERS": "'core.worktree'='{root}' 'core.hooksPath'='{root}/hooks'"},
        {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.worktree",
            "GIT_CONFIG_VALUE_0": "{root}",
        },
        {"GIT_CONFIG_GLOBAL": "{root}/config"},
        {"GIT_TEMPLATE_DIR": "{root}/template", "GIT_QUARANTINE_PATH": "{git}/objects/in"},
    ],
)
def test_demo_ignores_what_git_gives_to_hooks_and_aliases(
    repo: git.Repo, tmp_path: Path, given: dict[str, str]
) -> None:
    hook = f"#!/bin/sh\ntouch {root(repo)}/touched\n"
    commit(
        repo,
        {
            "config": f"[core]\nhooksPath = {root(repo)}/hooks\n",
            "hooks/post-checkout": hook,
            "template/hooks/post-checkout": hook,
        },
    )
    for name in ("hooks", "template/hooks"):
        (root(repo) / name / "post-checkout").chmod(0o755)
    repo.git.commit("--all", "--allow-empty", "--quiet", message="modes")
    before = repo.git.rev_parse("HEAD")
    env = {name: text.format(git=repo.git_dir, root=root(repo)) for name, text in given.items()}

    ran = planner("demo", at=tmp_path, env=env)

    assert (ran.exit, ran.stderr) == (0, "")
    assert (repo.git.rev_parse("HEAD"), len(repo.heads)) == (before, 1)
    assert repo.git.status("--porcelain", "--ignored") == ""


def test_demo_without_git_is_exit_2(tmp_path: Path) -> None:
    ran = planner("demo", at=tmp_path, env={"PATH": str(tmp_path)})

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: git is not on PATH\n")
