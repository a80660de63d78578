"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit from a clone of this project."""

import os
import subprocess
import sys
from pathlib import Path

import git
import pytest
import yaml
from checkout import PLAN, copy_project, start_repository
from pages import ROOT
from world import commit, root, write

pytestmark = pytest.mark.slow

MACHINE = dict(os.environ)  # before the tests are sealed: pre-commit installs with pip
PRE_COMMIT = str(Path(sys.executable).with_name("pre-commit"))
HOOKS = ("planner-lint", "planner-render-check", "planner-check-scope", "planner-title")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> git.Repo:
    """This project as it is now, committed in a repository of its own."""
    folder = tmp_path_factory.mktemp("source") / "planner"
    copy_project(folder)
    repo = start_repository(folder)
    commit(repo, {})
    return repo


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments of hooks, for all tests of this module."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def hooked(
    repo: git.Repo, source: git.Repo, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> git.Repo:
    """A repository with a plan on main, whose branch of a slice is checked out, and all hooks."""
    for name in ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        if name in MACHINE:
            monkeypatch.setenv(name, MACHINE[name])
    monkeypatch.setenv("PRE_COMMIT_HOME", str(cache))
    config = {
        "repos": [
            {
                "repo": str(source.working_dir),
                "rev": source.git.rev_parse("HEAD"),
                "hooks": [{"id": name} for name in HOOKS],
            }
        ]
    }
    files = {
        "docs/plan/plan.yaml": PLAN,
        "src/a.py": "a = 1\n",
        "web/b.ts": "b\n",
        ".pre-commit-config.yaml": yaml.safe_dump(config),
    }
    commit(repo, files)
    repo.git.switch("--quiet", "-c", "feature/api")
    subprocess.run(
        [PRE_COMMIT, "install", "-t", "pre-commit", "-t", "commit-msg"],
        cwd=root(repo),
        check=True,
        capture_output=True,
    )
    return repo


def committed(repo: git.Repo, *words: str) -> str:
    """Commit, and return what the hooks print; empty where git takes the commit."""
    done = subprocess.run(
        ["git", "commit", *words], cwd=root(repo), capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_what_is_in_scope_is_committed_and_what_is_not_is_stopped(hooked: git.Repo) -> None:
    write(hooked, {"src/a.py": "a = 2\n"})
    assert committed(hooked, "--all", "-m", "feat(api): two") == ""

    write(hooked, {"web/b.ts": "c\n"})
    assert "[outside-scope]" in committed(hooked, "--all", "-m", "feat(api): three")
    # What is named on the command line is in an index of its own.
    write(hooked, {"src/a.py": "a = 3\n"})
    assert committed(hooked, "-m", "feat(api): three", "--", "src/a.py") == ""
    hooked.git.checkout("--quiet", "--", "web/b.ts")

    (root(hooked) / "web/b.ts").unlink()  # pre-commit gives hooks no deleted files
    assert "[outside-scope]" in committed(hooked, "--all", "-m", "feat(api): four")


def test_a_message_that_is_no_conventional_commit_is_stopped(hooked: git.Repo) -> None:
    write(hooked, {"src/a.py": "a = 2\n"})

    assert "[title-grammar]" in committed(hooked, "--all", "-m", "two")
    assert committed(hooked, "--all", "-m", "feat(api): two") == ""


def test_hooks_work_in_a_second_work_tree(hooked: git.Repo, tmp_path: Path) -> None:
    hooked.git.switch("--quiet", "--detach")
    hooked.git.worktree("add", "--quiet", str(tmp_path / "second"), "feature/api")
    second = git.Repo(tmp_path / "second")
    write(second, {"web/b.ts": "c\n"})

    assert "[outside-scope]" in committed(second, "--all", "-m", "feat(api): two")


def test_an_unsound_plan_and_stale_pages_are_stopped_on_a_branch_of_the_plan(
    hooked: git.Repo,
) -> None:
    hooked.git.switch("--quiet", "-c", "plan", "main")
    write(hooked, {"docs/plan/plan.yaml": PLAN.replace("title: Shop", "tilte: Shop")})
    said = committed(hooked, "--all", "-m", "plan")
    assert "[unknown-key]" in said

    write(hooked, {"docs/plan/plan.yaml": PLAN.replace("The API", "An API")})
    write(hooked, {"docs/plan/PLAN.md": "<!-- Rendered by planner from x -->\n"})
    hooked.git.add("--all")
    assert "[stale-document]" in committed(hooked, "-m", "plan")


def test_the_manifest_is_one_that_pre_commit_takes() -> None:
    done = subprocess.run(
        [PRE_COMMIT, "validate-manifest", ".pre-commit-hooks.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
