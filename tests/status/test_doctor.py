"""`planner doctor`: what planner sees, and by what it knows it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import git
import pytest
from pages import with_planner, without_planner
from world import Ran, commit, planner, root, write

PLAN = """\
version: 1
title: Shop
slices:
  - {id: api, title: The API, branch: feature/api, scope: {include: [src/]}}
"""


def doctor(at: git.Repo | Path, env: Mapping[str, str] | None = None) -> Ran:
    ran = planner("doctor", "--format", "json", at=at, env=env)
    assert ran.stderr == ""
    return ran


def checks(ran: Ran) -> dict[str, Any]:
    return {one["name"]: one for one in ran.json["checks"]}


def state(ran: Ran, name: str) -> tuple[str, str]:
    one = checks(ran)[name]
    return one["state"], one["message"]


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    commit(repo, {"src/a.py": "", "docs/plan/plan.yaml": PLAN})
    repo.git.switch("--quiet", "--create", "feature/api")
    return repo


def test_a_branch_of_a_plan_is_all_ok(shop: git.Repo) -> None:
    ran = doctor(shop)
    base = str(shop.git.rev_parse("main"))[:12]

    assert (ran.exit, {one["state"] for one in ran.json["checks"]}) == (0, {"ok"})
    assert list(checks(ran)) == [
        "python", "planner", "git", "ci", "repository", "history", "branch", "slice", "base",
        "trusted commit", "plan", "hooks", "guard",
    ]  # fmt: skip
    assert state(ran, "branch")[1] == "'feature/api', checked out"
    assert state(ran, "slice")[1] == "judged by the slice 'api'"
    assert state(ran, "base")[1] == f"main ({base}, local branch), merge base {base}"
    assert state(ran, "plan")[1] == "docs/plan/plan.yaml: 1 open slice"


@pytest.mark.parametrize(
    ("words", "path"),
    [(["--ci", "github"], ".github/workflows/planner.yml"), (["--ci", "gitlab"], ".gitlab-ci.yml")],
)
def test_a_workflow_whose_planner_has_no_place_yet_is_a_warning(
    shop: git.Repo, words: list[str], path: str
) -> None:
    planner("init", *words, at=shop)
    text = (root(shop) / path).read_text(encoding="utf-8")
    write(shop, {path: text.replace("OWNER/planner", "acme/planner")})
    assert "workflow" not in checks(doctor(shop))

    write(shop, {path: text.replace("acme/planner", "OWNER/planner")})

    assert state(doctor(shop), "workflow") == ("warning", f"{path} names OWNER/planner")


def test_as_text_it_is_one_screen_whose_last_line_is_the_verdict(shop: git.Repo) -> None:
    write(shop, {"docs/plan/plan.yaml": "version: 2\n"})

    ran = planner("doctor", at=shop)
    quiet = planner("doctor", "--quiet", at=shop)

    lines = ran.stdout.splitlines()
    assert (ran.exit, len(lines) < 25, lines[-1]) == (1, True, "failed: 1 error")
    [at] = [number for number, line in enumerate(lines) if line.startswith("error")]
    assert lines[at].split()[:2] == ["error", "plan"]
    assert lines[at + 1].strip() == "hint: planner lint docs/plan/plan.yaml"
    assert quiet.stdout.startswith("error: plan: docs/plan/plan.yaml:1: ")
    assert quiet.stdout.splitlines()[-1] == "failed: 1 error"


def test_warnings_are_errors_with_strict(repo: git.Repo) -> None:
    commit(repo, {"a": ""})

    assert planner("doctor", at=repo).exit == 0
    assert planner("doctor", "--strict", at=repo).exit == 1


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    ran = doctor(tmp_path)

    assert (ran.exit, state(ran, "repository")[0]) == (1, "error")


def test_without_git_it_says_so(tmp_path: Path) -> None:
    ran = doctor(tmp_path, {"PATH": str(tmp_path)})

    assert (ran.exit, *state(ran, "git")) == (1, "error", "git is not on PATH")
    assert "repository" not in checks(ran)


def test_a_git_that_is_too_old_is_an_error(shop: git.Repo, tmp_path: Path) -> None:
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.30.1\n", encoding="ascii")
    old.chmod(0o755)

    ran = doctor(shop, {"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    assert (ran.exit, state(ran, "git")[0]) == (1, "error")
    assert "2.30.1" in state(ran, "git")[1]


def test_a_repository_without_a_commit_is_not_an_error(repo: git.Repo) -> None:
    ran = doctor(repo)

    assert ran.exit == 0
    assert state(ran, "branch") == ("warning", "'main', without a commit")
    assert checks(ran)["plan"]["hint"] == "planner init"


def test_a_plan_that_is_not_merged_is_a_warning(repo: git.Repo) -> None:
    commit(repo, {"src/a.py": ""})
    repo.git.switch("--quiet", "--create", "feature/api")
    commit(repo, {"docs/plan/plan.yaml": PLAN})

    ran = doctor(repo)

    assert (ran.exit, state(ran, "plan")[0], state(ran, "slice")[0]) == (0, "warning", "warning")


def test_an_unusable_plan_in_the_trusted_commit_is_an_error(repo: git.Repo) -> None:
    commit(repo, {"docs/plan/plan.yaml": "version: [\n"})
    repo.git.switch("--quiet", "--create", "feature/api")
    commit(repo, {"docs/plan/plan.yaml": PLAN})

    ran = doctor(repo)

    assert (ran.exit, state(ran, "trusted plan")[0]) == (1, "error")


def test_a_plan_that_is_a_broken_link_or_not_text_is_an_error(shop: git.Repo) -> None:
    (root(shop) / "docs/plan/plan.yaml").unlink()
    (root(shop) / "docs/plan/plan.yaml").symlink_to("nowhere")

    assert (doctor(shop).exit, state(doctor(shop), "plan")[0]) == (1, "error")

    (root(shop) / "docs/plan/plan.yaml").unlink()
    write(shop, {"docs/plan/plan.yaml": b"\xff\xfe\x00"})

    assert (doctor(shop).exit, state(doctor(shop), "plan")[0]) == (1, "error")


def test_a_shallow_clone_is_a_warning(shop: git.Repo, tmp_path: Path) -> None:
    commit(shop, {"src/b.py": ""})
    url = f"file://{root(shop)}"
    clone = git.Repo.clone_from(url, tmp_path / "clone", depth=1, no_single_branch=True)

    ran = doctor(clone)

    assert state(ran, "history")[0] == "warning"
    assert "fetch-depth: 0" in checks(ran)["history"]["hint"]


def test_a_detached_head_has_no_name(shop: git.Repo) -> None:
    shop.git.switch("--quiet", "--detach")

    ran = doctor(shop)

    assert (ran.exit, *state(ran, "branch")) == (0, "warning", "nothing tells its name")


def test_a_branch_that_nothing_accepts_is_a_warning(shop: git.Repo) -> None:
    shop.git.branch("--move", "stray")

    assert state(doctor(shop), "slice") == (
        "warning",
        "no slice or rule accepts the branch 'stray'",
    )


def test_a_slice_that_the_environment_names_is_told(shop: git.Repo) -> None:
    shop.git.branch("--move", "stray")
    ran = doctor(shop, {"PLANNER_SLICE": "api"})

    assert state(ran, "slice")[1] == "judged by the slice 'api', which $PLANNER_SLICE names"
    unknown = doctor(shop, {"PLANNER_SLICE": "apo"})
    assert (unknown.exit, state(unknown, "check-scope")[0]) == (1, "error")


def test_no_default_branch_is_an_error(shop: git.Repo) -> None:
    shop.git.branch("--move", "main", "trunk")

    ran = doctor(shop)

    assert (ran.exit, state(ran, "trusted commit")[0], state(ran, "check-scope")[0]) == (
        1, "error", "error",
    )  # fmt: skip


def event(folder: Path, value: Any) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_BASE_REF": "main",
        "GITHUB_HEAD_REF": "feature/api",
    }


def test_the_event_of_a_ci_system_is_told(shop: git.Repo, tmp_path: Path) -> None:
    shop.git.update_ref("refs/remotes/origin/main", "main")
    head = {"sha": str(shop.git.rev_parse("HEAD")), "repo": {"full_name": "acme/shop"}}
    base = {"ref": "main", "repo": {"full_name": "acme/shop"}}
    repository = {"default_branch": "main"}
    said = {"pull_request": {"head": head, "base": base}, "repository": repository}
    shop.git.switch("--quiet", "--detach")

    ran = doctor(shop, event(tmp_path, said))

    assert state(ran, "ci") == ("ok", "GitHub Actions, pull_request: 'feature/api' into 'main'")
    assert state(ran, "branch") == ("ok", "'feature/api', as the CI system says")
    assert "as the CI system says" in state(ran, "trusted commit")[1]


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\x00", "null", '{"pull_request": 7}'])
def test_a_broken_event_file_gives_no_traceback(shop: git.Repo, tmp_path: Path, text: str) -> None:
    ran = doctor(shop, event(tmp_path, text))

    assert ran.exit in (0, 1)
    assert "plan" in checks(ran)


def test_an_unknown_ci_system_is_a_warning(shop: git.Repo) -> None:
    assert state(doctor(shop, {"CI": "true"}), "ci")[0] == "warning"


def test_hooks_that_run_planner_are_told(shop: git.Repo) -> None:
    assert state(doctor(shop), "hooks") == (
        "ok", "none; they are optional: CI enforces the scope",
    )  # fmt: skip
    write(shop, {".pre-commit-config.yaml": "repos: [{repo: x/planner}]\n"})
    assert state(doctor(shop), "hooks")[0] == "warning"
    hook = root(shop) / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec pre-commit\n", encoding="ascii")
    hook.chmod(0o755)
    assert state(doctor(shop), "hooks") == ("ok", "pre-commit runs planner")
    shop.git.config("core.hooksPath", "my-hooks")
    assert state(doctor(shop), "hooks")[0] == "warning"
    write(shop, {"my-hooks/pre-commit": "#!/bin/sh\nexec planner check-scope --staged\n"})
    (root(shop) / "my-hooks/pre-commit").chmod(0o755)
    assert state(doctor(shop), "hooks") == ("ok", "planner is run by pre-commit")


def test_the_clients_that_ask_the_guard_are_told(shop: git.Repo) -> None:
    assert state(doctor(shop), "guard")[1].startswith("not installed; it is optional")

    for client in ("claude", "codex"):
        planner("guard", "--install", client, at=shop)

    found = {"PATH": f"{with_planner(root(shop))}{os.pathsep}{os.environ['PATH']}"}
    assert state(doctor(shop, found), "guard") == ("ok", "asked by claude and codex")
    assert state(doctor(shop, {"PATH": without_planner(root(shop))}), "guard") == (
        "warning",
        "asked by claude and codex, but 'planner' is not on PATH, so a client cannot call it and "
        "no edit is judged",
    )


def test_a_name_cannot_control_the_terminal(shop: git.Repo) -> None:
    write(shop, {"docs/plan/\x1b[31m/plan.yaml": "\x1b: 1\n"})

    ran = planner("doctor", at=shop)

    assert (ran.exit, "\x1b" in ran.stdout) == (1, False)
