"""`next --claim --worktree` checks the branch out, and looks at the folder before it claims."""

import re
from pathlib import Path

import git
import pytest
from hub import Hub, claim, claimed, stopped
from planned import PLAN, sliced, text_of
from world import commit, planner, root

pytestmark = pytest.mark.slow


def test_a_plan_that_only_the_work_tree_has_claims_nothing(hub: Hub, two: str) -> None:
    commit(hub.author, {PLAN: text_of([sliced("z", "z/")])}, "a plan that nobody agreed to")

    exit_, message, _ = stopped(claim(hub.author, "--slice", "z"))

    assert (exit_, message) == (2, f"unknown slice 'z', by the plans in origin/main ({two[:12]})")
    assert claimed(claim(hub.author)) == "a"


def test_a_work_tree_has_the_branch_and_follows_it(hub: Hub, two: str) -> None:
    ran = claim(hub.author, "--worktree", "../new/work tree")

    made = git.Repo(hub.folder / "new" / "work tree")
    assert claimed(ran) == "a"
    assert ran.json["claimed"]["worktree"] == str(root(made))
    assert ran.json["claimed"]["command"] == f"cd '{root(made)}'"
    assert made.git.status("-sb", "--porcelain") == "## a...origin/a"
    assert (root(made) / PLAN).is_file()


def test_a_folder_for_a_work_tree_is_looked_at_before_anything_is_pushed(
    hub: Hub, two: str
) -> None:
    full, file = hub.folder / "full", hub.folder / "file"
    full.mkdir()
    (full / "x").write_text("")
    file.write_text("")
    hub.author.git.worktree("add", "--quiet", "--detach", "../gone")
    for path in sorted((hub.folder / "gone").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (hub.folder / "gone").rmdir()

    said = {
        name: stopped(claim(hub.author, "--worktree", name))[1].replace(str(hub.folder), "")
        for name in ("../full", "../file/x", ".git/x", "../gone", "../file")
    }

    assert said == {
        "../full": "'/full' is not empty",
        "../file/x": "'/file' is not a folder: no work tree can be made at '/file/x'",
        ".git/x": "'/author/.git/x' is in the git folder",
        "../gone": "git has a work tree at '/gone' already, though its files are gone",
        "../file": "'/file' is not a folder: no work tree can be made at '/file'",
    }
    assert hub.branches() == {}


@pytest.mark.parametrize("option", ["--worktree", "--slice"])
def test_an_empty_value_is_refused_before_anything_is_pushed(
    hub: Hub, two: str, option: str
) -> None:
    assert stopped(claim(hub.author, option, "")) == (
        2,
        f"{option}: the value is empty",
        f"check the variable that it comes from, or leave out {option}",
    )
    assert hub.branches() == {}


def test_the_help_of_next_lists_the_exit_code_of_a_claim_that_nobody_got(tmp_path: Path) -> None:
    shown = planner("next", "--help", at=tmp_path).stdout

    codes = re.findall(r"^ +([0-9]+) {2,}", shown.partition("Exit codes:")[2], re.M)
    assert codes == ["0", "1", "2", "3", "130"]


def test_a_local_branch_is_never_moved_for_a_work_tree(hub: Hub, two: str) -> None:
    hub.author.git.branch("a")

    ran = claim(hub.author, "--worktree", "../tree")

    assert claimed(ran) == "b"
    assert [one["hint"] for one in ran.json["findings"]] == [
        "git branch -d a, or claim without --worktree"
    ]


def test_a_local_branch_beside_which_git_cannot_have_that_of_the_slice_is_said(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", branch="x/a"), sliced("b", "b/")])
    hub.author.git.branch("x")

    ran = claim(hub.author, "--worktree", "../tree")

    assert (claimed(ran), list(hub.branches())) == ("b", ["b"])
    assert [(one["message"], one["hint"]) for one in ran.json["findings"]] == [
        (
            "the slice 'a' cannot be claimed: git cannot have its branch 'x/a' beside the local "
            "branch 'x'",
            "git branch -d x, or claim without --worktree",
        )
    ]


def test_a_claim_stands_if_its_work_tree_cannot_be_made(hub: Hub, two: str) -> None:
    commit(hub.author, {".gitattributes": "x filter=broken\n", "x": ""})
    hub.author.git.push("--quiet")
    hub.author.git.config("filter.broken.required", "true")
    hub.author.git.config("filter.broken.smudge", "false")

    ran = claim(hub.author, "--worktree", "../tree")
    text = planner("next", "--claim", "--worktree", "../tree2", at=hub.author)

    said = ran.json["claimed"]
    assert (ran.exit, ran.json["ok"], said["slice"], said["worktree"]) == (2, False, "a", None)
    assert said["command"].startswith("git worktree add ")
    assert said["command"] in ran.json["undecided"]
    assert text.exit == 2
    assert "undecided: the slice 'b' is claimed, but its work tree in " in text.stdout
    assert sorted(hub.branches()) == ["a", "b"]
