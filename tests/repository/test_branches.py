"""Branches and what landed on them, as git has them: any bytes in their names."""

import subprocess

import git
import pytest
from workshop import TASKS, workshop
from world import planner, root

GATE = '- {id: tests, run: "true"}'
NOT_UTF8 = b"feature/caf\xe9"


def add_branch(repo: git.Repo, ref: bytes) -> None:
    """Add a branch that points to HEAD."""
    subprocess.run(["git", "update-ref", ref, "HEAD"], cwd=root(repo), check=True)


@pytest.mark.parametrize("place", [b"refs/heads/", b"refs/remotes/origin/"])
@pytest.mark.parametrize("command", ["status", "next"])
def test_name_of_a_branch_need_not_be_utf8(repo: git.Repo, place: bytes, command: str) -> None:
    shop = workshop(repo, GATE, tasks=TASKS)
    before = shop.text(command)

    add_branch(repo, place + NOT_UTF8)

    assert before.exit == 0
    assert shop.text(command) == before


def test_slice_is_on_a_branch_whose_name_is_not_utf8(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=TASKS)
    repo.git.switch("--quiet", "main")
    plan = (shop.root / "docs/plan/plan.yaml").read_text()
    shop.commit({"docs/plan/plan.yaml": plan.replace("feature/api", "feature/caf?")})
    add_branch(repo, b"refs/heads/" + NOT_UTF8)

    ran = planner("status", "api", at=repo)

    assert ran.exit == 0
    assert ran.stdout.splitlines()[:2] == [
        "api  +0  scope ok  gates 0/1  tasks 0/2",
        "  branch feature/caf\\xe9",
    ]
    assert "git switch $'feature/caf\\xe9'\n" in planner("next", at=repo).stdout
