"""`claims` lists who holds which slice, and `release` gives one back."""

import subprocess
from typing import Any

import git
import pytest
from hub import Hub, claim, claimed, held, stopped
from planned import PLAN, sliced
from world import planner

pytestmark = pytest.mark.slow


def test_claims_have_the_author_and_age_of_their_own_last_commit(hub: Hub, two: str) -> None:
    tip = hub.add("b", "work")

    assert claimed(claim(hub.author)) == "a"
    ran = planner("claims", "--format", "json", at=hub.author).json

    [fresh, begun] = ran["claims"]
    age = begun.pop("age_seconds")
    assert type(age) is int
    assert age >= 0
    assert fresh == {
        "slice": "a",
        "plan": PLAN,
        "branch": "a",
        "commit": two,
        "author": None,
        "age_seconds": None,
    }
    assert begun == {"slice": "b", "plan": PLAN, "branch": "b", "commit": tip, "author": "Dana"}


def test_what_has_landed_is_no_claim(hub: Hub, two: str) -> None:
    hub.add("a", "work")
    hub.author.git.fetch("--quiet")
    hub.author.git.merge("--quiet", "--no-ff", "origin/a")
    hub.author.git.push("--quiet", "origin", "main")

    assert held(hub.author) == []
    ran = planner("release", "a", "--format", "json", at=hub.author)
    assert (ran.exit, ran.rules) == (1, ["not-released"])
    assert ran.json["findings"][0]["message"].startswith("the slice 'a' has landed: ")
    assert list(hub.branches()) == ["a"]


def released(at: git.Repo, id_: str) -> Any:
    ran = planner("release", id_, "--format", "json", at=at)
    return ran.exit, [one["message"] for one in ran.json["findings"]], ran.json["released"]


def test_a_claim_without_a_commit_is_given_back_and_can_be_claimed_again(
    hub: Hub, two: str
) -> None:
    claim(hub.author)
    hub.author.git.branch("a")

    ran = planner("release", "a", at=hub.author)

    assert (ran.exit, ran.stdout) == (
        0,
        f"released  a: a deleted on origin (was {two[:12]})\n"
        "          the local branch a is left: git branch -D a\n",
    )
    assert hub.branches() == {}
    assert claimed(claim(hub.clone("clone"))) == "a"


def test_the_command_for_a_local_branch_that_is_left_deletes_it(hub: Hub, two: str) -> None:
    old = hub.clone("old")
    hub.plan([sliced("a", "a/"), sliced("b", "b/")], title="New")
    claim(old, "--worktree", "../work tree")
    claim(old)
    old.git.switch("--quiet", "-c", "b", "origin/b")

    said = [planner("release", id_, at=old).stdout.splitlines()[1] for id_ in ("a", "b")]

    assert said == [
        f"          the local branch a is left: git worktree remove '{hub.folder}/work tree' "
        "&& git branch -D a",
        "          the local branch b is left: git switch main && git branch -D b",
    ]
    for line in said:
        command = line.partition(": ")[2]
        subprocess.run(["sh", "-c", command], cwd=hub.folder / "old", check=True)
    assert [one.name for one in old.heads] == ["main"]


def test_a_branch_with_commits_is_not_deleted_and_they_are_named(hub: Hub, two: str) -> None:
    tip = hub.add("a", "one", "two")
    first = hub.bare.git.rev_parse("a~1")

    assert released(hub.author, "a") == (
        1,
        [f"'a' on 'origin' has commits of its own: {tip[:12]} 'two', {first[:12]} 'one'"],
        [],
    )
    assert hub.branches() == {"a": tip}


def test_work_that_is_not_pushed_keeps_the_claim(hub: Hub, two: str) -> None:
    claim(hub.author)
    hub.author.git.switch("--quiet", "-c", "a", two)
    hub.author.git.commit("--quiet", "--allow-empty", message="not pushed")

    code, messages, gone = released(hub.author, "a")

    tip = str(hub.author.git.rev_parse("a"))[:12]
    said = f"the local branch 'a' has commits of its own: {tip} 'not pushed'"
    assert (code, messages, gone) == (1, [said], [])
    assert list(hub.branches()) == ["a"]


def test_all_branches_of_a_slice_are_given_back_or_none(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", branch=["feature/a", "claude/a-*"])])
    hub.add("feature/a")
    tip = hub.add("claude/a-1", "work")

    kept = released(hub.author, "a")
    hub.add("claude/a-1")
    gone = released(hub.author, "a")

    message = f"'claude/a-1' on 'origin' has commits of its own: {tip[:12]} 'work'"
    assert kept == (1, [message], [])
    assert (gone[0], [one["branch"] for one in gone[2]]) == (0, ["claude/a-1", "feature/a"])
    assert hub.branches() == {}


def test_a_commit_that_is_pushed_meanwhile_is_kept(hub: Hub, two: str) -> None:
    """The release is judged at one tip, and the branch has another one when it is deleted."""
    hub.add("a")
    clone = hub.clone("clone")
    tip = hub.add("late", "work")
    script = hub.folder / "late"
    move = f"git --git-dir={hub.bare.git_dir} update-ref refs/heads/a {tip}"
    script.write_text(f'#!/bin/sh\n{move}\nexec git-receive-pack "$@"\n')
    script.chmod(0o755)
    clone.git.config("remote.origin.receivepack", str(script))

    assert released(clone, "a") == (
        1,
        [f"'a' on 'origin' has commits of its own: {tip[:12]} 'work'"],
        [],
    )
    assert hub.branches()["a"] == tip


def test_a_remote_that_refuses_deletions_is_told(hub: Hub, two: str) -> None:
    hub.add("a")
    hub.bare.git.config("receive.denyDeletes", "true")

    ran = planner("release", "a", "--format", "json", at=hub.author)

    assert stopped(ran)[:2] == (
        2,
        "'origin' refused to delete the branch 'a': deletion prohibited; "
        "error: denying ref deletion for refs/heads/a",
    )


def test_what_is_not_taken_cannot_be_given_back(hub: Hub, two: str) -> None:
    hub.author.git.branch("a")

    assert released(hub.author, "a") == (
        1,
        ["the slice 'a' is not taken: 'origin' has no branch for it"],
        [],
    )
