"""A hook judges the repository for which git runs it, whatever the folder leads to."""

import subprocess
import sys
from pathlib import Path

import git
import pytest
from shop import PLAN_PATH, Shop, replaced
from world import commit, planner, write

pytestmark = pytest.mark.slow

BRANCH = "    branch: feature/api\n"
DECLARED = replaced((BRANCH, f'{BRANCH}    commit: "feat(api): add lists"\n'))
HOOKS = {
    "pre-commit": "check-scope --staged",
    "commit-msg": 'check --only title --message "$1"',
}


@pytest.fixture
def apart(shop: Shop, tmp_path: Path) -> Shop:
    """The shop on the branch of a slice, with hooks; its git folder lies elsewhere."""
    shop.on_main({PLAN_PATH: DECLARED})
    shop.start("feature/api")
    for name, words in HOOKS.items():
        hook = shop.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m planner {words}\n")
        hook.chmod(0o755)
    (shop.folder / ".git").rename(tmp_path / "apart.git")
    return shop


def committed(shop: Shop, *files: str, message: str = "feat(api): x") -> str:
    """Commit files by naming the git folder; what the hooks print, empty where they pass."""
    folder = shop.folder.parent / "apart.git"
    command = ["git", f"--git-dir={folder}", f"--work-tree={shop.folder}"]
    for file in files:
        (shop.folder / file).write_text("changed\n")
    subprocess.run([*command, "add", *files], check=True, cwd=shop.folder)
    words = ["commit", "--quiet", "--allow-empty", "-m", message]
    done = subprocess.run(
        [*command, *words], cwd=shop.folder / "src", capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_a_hook_judges_the_repository_that_git_names(apart: Shop) -> None:
    assert committed(apart, "src/api/a.py") == ""
    assert "[outside-scope]" in committed(apart, "README.md")


def test_a_hook_judges_a_message_in_the_repository_that_git_names(apart: Shop) -> None:
    assert "[title-grammar]" in committed(apart, message="whatever")


def test_a_hook_does_not_judge_the_repository_around_the_work_tree(apart: Shop) -> None:
    commit(git.Repo.init(apart.folder.parent, initial_branch="main"), {"x": "x\n"})

    assert "[outside-scope]" in committed(apart, "README.md")


def test_a_hook_of_a_linked_work_tree_may_change_the_folder(shop: Shop, tmp_path: Path) -> None:
    shop.git.worktree("add", "--quiet", "-b", "feature/api", str(tmp_path / "other"))
    other = Shop(tmp_path / "other")
    write(other.repo, {"README.md": "x"})
    other.git.add("--all")
    env = {
        "GIT_DIR": str(other.repo.git_dir),
        "GIT_INDEX_FILE": str(Path(other.repo.git_dir) / "index"),
    }

    plain = shop.check("--staged", at=other.folder).json
    assert [one["path"] for one in plain["findings"]] == ["README.md"]
    assert shop.check("--staged", at=other.folder / "src/api", env=env).json == plain
    assert shop.check("--staged", at=tmp_path, env=env | {"GIT_WORK_TREE": "other"}).json == plain


def test_a_repository_named_to_a_hook_that_is_none_is_exit_2(shop: Shop, tmp_path: Path) -> None:
    shop.start("feature/api")
    env = {"GIT_DIR": str(tmp_path / "none")}

    ran = shop.text("--staged", env=env)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"error: there is no git repository at {str(tmp_path / 'none')!r}, which GIT_DIR names\n"
        "hint: git sets GIT_DIR for a hook; unset it where no hook runs\n"
    )


def test_what_git_sets_for_a_hook_counts_nowhere_else(shop: Shop, tmp_path: Path) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    env = {"GIT_DIR": str(tmp_path / "none"), "GIT_WORK_TREE": str(tmp_path)}

    for words in (("check-scope",), ("check", "--only", "scope"), ("doctor",), ("lint",)):
        assert planner(*words, at=shop.folder, env=env) == planner(*words, at=shop.folder)
