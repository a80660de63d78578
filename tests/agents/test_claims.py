"""A claim is a branch that a push created: `next --claim`, `claims` and `release`."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import git
import pytest
from hub import Hub
from planned import PLAN, sliced, task, text_of
from world import Ran, commit, planner, root, write

pytestmark = pytest.mark.slow


def claim(at: git.Repo, *words: str) -> Ran:
    return planner("next", "--claim", "--format", "json", *words, at=at)


def claimed(ran: Ran) -> str:
    """The slice that a run claimed."""
    assert (ran.exit, ran.stderr) == (0, ""), ran
    return str(ran.json["claimed"]["slice"])


def refused(ran: Ran) -> tuple[int, list[tuple[str, str]]]:
    assert ran.json["claimed"] is None
    return ran.exit, [(one["rule"], one["message"]) for one in ran.json["findings"]]


def stopped(ran: Ran) -> tuple[int, str, str]:
    error = ran.json["error"]
    return ran.exit, error["message"], error.get("hint", "")


def held(at: git.Repo, *words: str) -> list[tuple[str, str, str | None]]:
    ran = planner("claims", "--format", "json", *words, at=at)
    assert (ran.exit, ran.stderr) == (0, "")
    return [(one["slice"], one["branch"], one["author"]) for one in ran.json["claims"]]


def test_the_first_ready_slice_is_a_new_branch_at_the_tip_of_its_base(hub: Hub, two: str) -> None:
    ran = claim(hub.author)

    assert hub.branches() == {"a": two}
    said = ran.json["claimed"]
    assert "Slice a: The slice a\nBranch: git switch -c a --track origin/a\n" in said.pop("brief")
    assert said == {
        "slice": "a",
        "plan": PLAN,
        "remote": "origin",
        "branch": "a",
        "base": "main",
        "commit": two,
        "worktree": None,
        "command": "git switch -c a --track origin/a",
    }
    assert [one["id"] for one in ran.json["ready"]] == ["b"]
    assert hub.bare.tags == []


def test_the_text_says_what_was_claimed_and_how_to_get_there_and_the_brief(
    hub: Hub, two: str
) -> None:
    ran = planner("next", "--claim", "--slice", "b", at=hub.author)

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout.startswith(
        f"claimed  b: b on origin, from main ({two[:12]})\n"
        "         git switch -c b --track origin/b\n"
        "\n"
        "Slice b: The slice b\n"
    )
    hub.author.git.switch("-c", "b", "--track", "origin/b")


def test_each_claim_takes_the_next_slice_until_none_is_left(hub: Hub, two: str) -> None:
    one, other = hub.clone("one"), hub.clone("other")

    assert [claimed(claim(one)), claimed(claim(other))] == ["a", "b"]
    assert refused(claim(one)) == (1, [("not-claimed", "nothing is left to start")])
    assert held(one) == [("a", "a", None), ("b", "b", None)]


def test_the_base_is_that_of_the_remote_however_old_the_clone_is(hub: Hub, two: str) -> None:
    old = hub.clone("old")
    new = hub.plan([sliced("c", "c/"), sliced("a", "a/")])
    commit(old, {"x": ""}, "a local commit on main")

    assert claimed(claim(old)) == "c"
    assert hub.branches() == {"c": new}
    assert old.git.rev_parse("origin/main") == new != two, "else check-scope would judge by it"


def test_a_plan_that_only_the_work_tree_has_claims_nothing(hub: Hub, two: str) -> None:
    commit(hub.author, {PLAN: text_of([sliced("z", "z/")])}, "a plan that nobody agreed to")

    exit_, message, _ = stopped(claim(hub.author, "--slice", "z"))

    assert (exit_, message) == (2, f"unknown slice 'z', by the plans in origin/main ({two[:12]})")
    assert claimed(claim(hub.author)) == "a"


def test_any_remote_branch_that_a_slice_accepts_takes_it(hub: Hub) -> None:
    names = ["feature/a", "claude/a-*"]
    hub.plan([sliced("a", "a/", branch=names), sliced("b", "b/")])
    tip = hub.add("claude/a-17", "fix")
    clone = hub.clone("clone")

    assert refused(claim(clone, "--slice", "a")) == (
        1,
        [("not-claimed", "the slice 'a' is taken: 'origin' has its branch 'claude/a-17'")],
    )
    assert claimed(claim(clone)) == "b"
    assert held(clone) == [("a", "claude/a-17", "Dana"), ("b", "b", None)]
    assert hub.branches()["claude/a-17"] == tip


def test_a_branch_that_names_its_slice_in_a_commit_takes_it(hub: Hub, two: str) -> None:
    hub.author.git.switch("--quiet", "-c", "codex/1")
    commit(hub.author, {"a/x": ""}, "feat: work\n\nSlice: a")
    hub.author.git.push("--quiet", "origin", "codex/1")

    assert claimed(claim(hub.clone("clone"))) == "b"


def test_a_task_of_a_slice_that_has_a_branch_is_not_claimed_again(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", tasks=[task("a1"), task("a2")])])

    ran = claim(hub.author)
    again = claim(hub.author)

    assert claimed(ran) == "a"
    assert refused(again) == (1, [("not-claimed", "no slice is left to claim (taken: a)")])


def test_what_waits_landed_or_is_closed_is_not_claimed_and_says_why(hub: Hub) -> None:
    hub.plan(
        [
            sliced("a", "a/", closed="dropped"),
            sliced("b", "b/", commit="feat: b"),
            sliced("c", "c/"),
            sliced("d", "d/", depends_on=["c"]),
        ]
    )
    landed = commit(hub.author, {"b/x": ""}, "feat: b (#7)")
    hub.author.git.push("--quiet")

    why = {id_: refused(claim(hub.author, "--slice", id_))[1][0][1] for id_ in "abd"}

    assert why == {
        "a": "the slice 'a' is closed: dropped",
        "b": f"the slice 'b' has landed: 'feat: b' in {landed[:12]} on main",
        "d": "the slice 'd' must wait: c is not done",
    }
    assert hub.branches() == {}


def test_a_slice_with_wildcards_alone_is_passed_over_and_said(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", branch="claude/a-*"), sliced("b", "b/")])

    ran = claim(hub.author)

    assert claimed(ran) == "b"
    message = "the slice 'a' cannot be claimed: all its branch names have a wildcard: 'claude/a-*'"
    assert [(one["rule"], one["message"], one["hint"]) for one in ran.json["findings"]] == [
        (
            "unclaimable-slice",
            message,
            "add a name to its 'branch' in the plan, such as 'feature/a'",
        )
    ]
    assert refused(claim(hub.author, "--slice", "a")) == (1, [("not-claimed", message)])


def test_a_slice_without_its_base_on_the_remote_is_passed_over(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", base="next")])

    assert refused(claim(hub.author)) == (
        1,
        [
            ("not-claimed", "no slice is left to claim (not claimable: a)"),
            (
                "unclaimable-slice",
                "the slice 'a' cannot be claimed: its base 'next' is not on 'origin'",
            ),
        ],
    )


def test_a_stacked_slice_starts_at_the_base_once_its_parent_is_done(hub: Hub) -> None:
    hub.plan([sliced("a", "a/"), sliced("b", "b/", depends_on=["a"], stacked=True)])
    hub.add("a", "work")
    assert refused(claim(hub.author, "--slice", "b"))[1][0][1].endswith("must wait: a is not done")
    hub.author.git.fetch("--quiet")
    hub.author.git.merge("--quiet", "--no-ff", "origin/a")
    hub.author.git.push("--quiet", "origin", "main", ":a")

    ran = claim(hub.author)

    assert claimed(ran) == "b"
    assert ran.json["claimed"]["commit"] == hub.bare.git.rev_parse("main")


def test_of_two_plans_the_named_one_is_claimed_from_and_the_other_counts(hub: Hub) -> None:
    other = "docs/plan/other/plan.yaml"
    plan = text_of([sliced("c", "c/"), sliced("d", "d/", depends_on=["a"])])
    commit(hub.author, {other: plan})
    hub.plan([sliced("a", "a/")])

    assert claimed(claim(hub.author, "--plan", "other")) == "c"
    assert refused(claim(hub.author, "--plan", "other", "--slice", "d"))[0] == 1
    assert claimed(claim(hub.author)) == "a"
    assert held(hub.author, "--plan", "other") == [("c", "c", None)]


def test_an_unusable_plan_on_the_remote_is_told_and_nothing_is_pushed(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", nonsense=1)])
    write(hub.author, {PLAN: text_of([sliced("a", "a/")])})

    ran = claim(hub.author)

    assert (ran.exit, ran.json["error"]["message"][:22]) == (2, "a plan is unusable: 'd")
    assert [one["rule"] for one in ran.json["findings"]] == ["unknown-key"]
    assert hub.branches() == {}


HOSTILE = """
[push]
    default = nothing
    followTags = true
    gpgSign = true
    pushOption = x
    recurseSubmodules = only
    useForceIfIncludes = true
    autoSetupRemote = true
[remote "origin"]
    mirror = true
    push = refs/heads/main:refs/heads/elsewhere
    tagOpt = --tags
    prune = true
[fetch]
    prune = true
    pruneTags = true
    writeCommitGraph = true
[branch]
    autoSetupMerge = always
[log]
    showSignature = true
[core]
    hooksPath = HOOKS
[color]
    ui = always
"""


def test_settings_and_hooks_of_the_clone_change_nothing(hub: Hub, two: str) -> None:
    clone = hub.clone("clone")
    clone.git.tag("v1", "--annotate", "--message", "one")
    hooks = hub.folder / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    with Path(clone.git_dir, "config").open("a") as config:
        config.write(HOSTILE.replace("HOOKS", str(hooks)))

    assert claimed(claim(clone)) == "a"
    assert hub.branches() == {"a": two}
    assert hub.bare.tags == []
    assert planner("release", "a", at=clone).exit == 0
    assert hub.branches() == {}


def test_a_refusal_of_the_remote_is_told_in_its_words(hub: Hub, two: str) -> None:
    hub.hook("pre-receive", "echo 'branches are made by the bot' >&2; exit 1")

    assert stopped(claim(hub.author)) == (
        2,
        "'origin' refused to create the branch 'a': pre-receive hook declined; "
        "branches are made by the bot",
        "allow it there, or claim another slice than 'a': --slice ID",
    )
    assert hub.branches() == {}


def test_a_branch_that_the_remote_cannot_have_beside_another_one_is_told(hub: Hub) -> None:
    hub.plan([sliced("a", "a/", branch="main/a")])

    exit_, message, _ = stopped(claim(hub.author))

    assert exit_ == 2
    assert message.startswith("'origin' refused to create the branch 'main/a': failed to update")
    assert "'refs/heads/main' exists" in message


DIES = """#!{python}
import subprocess, sys
child = subprocess.Popen(["git-receive-pack", *sys.argv[1:]], stdout=subprocess.PIPE)
while True:
    head = child.stdout.read(4)
    size = int(head or "0", 16)
    sys.stdout.buffer.write(head + (child.stdout.read(size - 4) if size else b""))
    sys.stdout.buffer.flush()
    if not size:
        break
child.stdout.read()
child.wait()
"""


def test_a_lost_answer_says_that_the_branch_may_exist(hub: Hub, two: str) -> None:
    script = hub.folder / "dies"
    script.write_text(DIES.format(python=sys.executable))
    script.chmod(0o755)
    hub.author.git.config("remote.origin.receivepack", str(script))

    exit_, message, hint = stopped(claim(hub.author))

    assert (exit_, hint) == (2, "the branch may exist: planner claims")
    assert message.startswith("'origin' did not say whether it created the branch 'a': ")
    assert hub.branches() == {"a": two}


def test_a_remote_that_is_gone_or_unknown_is_told(hub: Hub, two: str) -> None:
    hub.author.git.remote("add", "nowhere", str(hub.folder / "nowhere"))

    gone = stopped(claim(hub.author, "--remote", "nowhere"))
    unknown = stopped(claim(hub.author, "--remote", "--upload-pack=x"))
    hub.author.git.remote("remove", "nowhere")
    hub.author.git.remote("remove", "origin")
    none = [stopped(planner(*words, "--format", "json", at=hub.author)) for words in EACH]

    assert gone[0] == 2
    assert gone[1].startswith("cannot read the branches of 'nowhere': ")
    assert unknown == (2, "unknown remote '--upload-pack=x'", "the remotes are: nowhere, origin")
    assert none == 3 * [
        (
            2,
            "this repository has no remote, and a claim is a branch on a remote",
            "git remote add origin URL",
        )
    ]


EACH = (("next", "--claim"), ("claims",), ("release", "a"))


def test_a_push_that_goes_to_two_places_claims_nothing(hub: Hub, two: str) -> None:
    for url in ("x", "y"):
        hub.author.git.config("--add", "remote.origin.pushurl", str(hub.folder / url))

    exit_, message, _ = stopped(claim(hub.author))

    assert exit_ == 2
    assert message.startswith("a push to 'origin' goes to 2 repositories")


def test_branches_are_read_where_they_are_pushed_to(hub: Hub, two: str) -> None:
    """A stale mirror to fetch from would show every slice as free."""
    hub.author.git.clone("--quiet", "--mirror", str(hub.folder / "hub.git"), "../mirror.git")
    clone = hub.clone("clone")
    clone.git.remote("set-url", "origin", str(hub.folder / "mirror.git"))
    clone.git.remote("set-url", "--push", "origin", str(hub.folder / "hub.git"))
    hub.add("a")

    assert claimed(claim(clone)) == "b"
    assert held(clone) == [("a", "a", None), ("b", "b", None)]


def test_an_empty_remote_is_told(hub: Hub) -> None:
    commit(hub.author, {PLAN: text_of([sliced("a", "a/")])})

    assert stopped(claim(hub.author)) == (
        2,
        "cannot determine the default branch of 'origin': it has no branch yet",
        "push the branch that has the plan",
    )


def test_a_remote_without_a_plan_is_told(hub: Hub) -> None:
    made = commit(hub.author, {"x": ""})
    hub.author.git.push("--quiet", "origin", "main")
    commit(hub.author, {PLAN: text_of([sliced("a", "a/")])})

    exit_, message, _ = stopped(claim(hub.author))

    assert (exit_, message) == (
        2,
        f"there is no plan in origin/main ({made[:12]}): a claim counts by the plan that was "
        "agreed",
    )


def test_a_shallow_clone_claims_nothing_since_it_does_not_see_what_landed(
    hub: Hub, two: str
) -> None:
    clone = hub.clone("shallow", "--depth=1")

    exit_, message, hint = stopped(claim(clone))

    assert (exit_, message) == (
        2,
        "this clone is shallow: it does not tell which slices have landed",
    )
    assert hint.startswith("git fetch --unshallow")
    assert planner("claims", at=clone).stdout.endswith(
        "no slice is taken\n"
        "this clone is shallow: what landed before its history starts is not seen\n"
    )


@pytest.mark.parametrize("options", [["--single-branch"], ["--filter=blob:none"]])
def test_narrow_and_partial_clones_claim(hub: Hub, options: list[str]) -> None:
    hub.bare.git.config("uploadpack.allowFilter", "true")
    old = hub.plan([sliced("z", "z/")])
    hub.add("old", "x")
    clone = hub.clone("clone", "--branch=main", *options)
    new = hub.plan([sliced("a", "a/")])
    hub.add("other", "y")

    said = claim(clone).json["claimed"]

    assert (said["slice"], said["commit"]) == ("a", new)
    assert hub.branches()["a"] == new != old
    clone.git.execute(["sh", "-c", said["command"]])
    assert clone.active_branch.name == "a"


def test_a_detached_head_and_a_local_branch_do_not_matter(hub: Hub, two: str) -> None:
    hub.author.git.switch("--quiet", "--detach", "main")
    hub.author.git.branch("a")

    said = claim(hub.author).json["claimed"]

    assert (said["slice"], said["command"]) == ("a", "git switch a")


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


def test_a_local_branch_is_never_moved_for_a_work_tree(hub: Hub, two: str) -> None:
    hub.author.git.branch("a")

    ran = claim(hub.author, "--worktree", "../tree")

    assert claimed(ran) == "b"
    assert [one["hint"] for one in ran.json["findings"]] == [
        "git branch -d a, or claim without --worktree"
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


def test_options_of_a_claim_need_it(hub: Hub, two: str) -> None:
    for option in ("--slice", "--remote", "--worktree"):
        ran = planner("next", option, "a", at=hub.author)
        assert ran.exit == 2
        assert ran.stderr.startswith("error: --slice, --remote and --worktree belong to --claim\n")


def test_a_list_of_24_slices_has_at_most_1200_bytes(hub: Hub) -> None:
    slices = [
        sliced(
            f"checkout-page-{n:02}", f"s{n}/", owner="dana", tasks=[task(f"t{n}"), task(f"u{n}")]
        )
        for n in range(20)
    ]
    waiting = [sliced(f"later-{n}", f"w{n}/", depends_on=["checkout-page-00"]) for n in range(4)]
    write(hub.author, {PLAN: text_of([*slices, *waiting])})

    ran = planner("next", "--brief", "--format", "json", at=hub.author)

    assert ran.json == {
        "schema": "planner.next/1",
        "ok": True,
        "findings": [],
        "ready": [one["id"] for one in slices],
        "waiting": [one["id"] for one in waiting],
    }
    assert len(ran.stdout.encode()) <= 1200


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
        "          the local branch a is left: git branch -d a\n",
    )
    assert hub.branches() == {}
    assert claimed(claim(hub.clone("clone"))) == "a"


def test_a_branch_with_commits_is_not_deleted_and_they_are_named(hub: Hub, two: str) -> None:
    tip = hub.add("a", "one", "two")
    first = hub.bare.git.rev_parse("a~1")

    assert released(hub.author, "a") == (
        1,
        [f"'a' on 'origin' has commits of its own: {tip[:12]} 'two', {first[:12]} 'one'"],
        [],
    )
    assert hub.branches() == {"a": tip}


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
        ["the slice 'a' is not taken: 'origin' has no branch of it"],
        [],
    )


@pytest.mark.parametrize("is_same", [True, False])
def test_a_branch_taken_at_the_moment_of_the_push_is_lost_and_the_next_one_is_won(
    hub: Hub, two: str, is_same: bool
) -> None:
    """Also at the same commit, where a lease alone passes."""
    clone = hub.clone("clone")
    commit_ = two if is_same else hub.add("other", "work")
    script = hub.folder / "faster"
    take = f"git --git-dir={hub.bare.git_dir} update-ref refs/heads/a {commit_}"
    script.write_text(f'#!/bin/sh\n{take}\nexec git-receive-pack "$@"\n')
    script.chmod(0o755)
    clone.git.config("remote.origin.receivepack", str(script))

    assert claimed(claim(clone)) == "b"
    assert refused(claim(clone, "--slice", "a"))[0] == 1
    assert hub.branches()["a"] == commit_


def test_a_named_slice_that_is_lost_at_the_moment_of_the_push_is_told(hub: Hub, two: str) -> None:
    script = hub.folder / "faster"
    take = f"git --git-dir={hub.bare.git_dir} update-ref refs/heads/a {two}"
    script.write_text(f'#!/bin/sh\n{take}\nexec git-receive-pack "$@"\n')
    script.chmod(0o755)
    hub.author.git.config("remote.origin.receivepack", str(script))

    assert refused(claim(hub.author, "--slice", "a")) == (
        1,
        [("not-claimed", "the slice 'a' is taken: 'origin' has its branch 'a'")],
    )


def test_a_repository_that_has_fetched_nothing_claims(hub: Hub, two: str) -> None:
    empty = git.Repo.init(hub.folder / "empty", initial_branch="main")
    empty.create_remote("up", str(hub.folder / "hub.git"))

    ran = claim(empty)

    assert claimed(ran) == "a"
    empty.git.execute(["sh", "-c", ran.json["claimed"]["command"]])
    assert empty.git.status("-sb", "--porcelain") == "## a...up/a"
    assert refused(claim(empty, "--slice", "a"))[0] == 1
    hint = claim(empty, "--slice", "a").json["findings"][0]["hint"]
    assert hint == "who works on what: planner claims --remote up"


def test_check_scope_judges_a_new_claim_by_its_base_in_an_old_clone(hub: Hub, two: str) -> None:
    old = hub.clone("old")
    hub.author.git.pull("--quiet")
    commit(hub.author, {"elsewhere": ""})
    hub.author.git.push("--quiet")

    old.git.execute(["sh", "-c", claim(old).json["claimed"]["command"]])
    commit(old, {"a/x": ""})
    ran = planner("check-scope", "--format", "json", at=old)

    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1)


def test_nothing_is_stored_but_the_branch(hub: Hub, two: str) -> None:
    clone = hub.clone("clone")
    before = _state(clone)

    claim(clone)
    planner("claims", at=clone)

    assert _state(clone) - before == {f"{two} commit\trefs/remotes/origin/a"}
    assert (
        hub.bare.git.for_each_ref() == f"{two} commit\trefs/heads/a\n{two} commit\trefs/heads/main"
    )


def _state(clone: git.Repo) -> set[str]:
    """The refs of a clone, and the files in its git folder but refs, objects and logs."""
    refs = set(clone.git.for_each_ref().split("\n"))
    files = {
        str(path.relative_to(clone.git_dir))
        for path in Path(clone.git_dir).rglob("*")
        if path.is_file()
    }
    return refs | {one for one in files if not one.startswith(("refs/", "objects/", "logs/"))}


def test_what_a_remote_says_cannot_control_a_terminal(hub: Hub, two: str) -> None:
    hub.hook("pre-receive", r"printf '\033[31mred\033[0m\n::error::x\n' >&2; exit 1")

    text = planner("next", "--claim", at=hub.author)
    document = planner("next", "--claim", "--format", "json", at=hub.author)

    assert "\x1b" not in text.stderr + text.stdout + document.stdout
    assert json.loads(document.stdout)["error"]["message"].startswith("'origin' refused")
    assert os.linesep not in document.json["error"]["message"]
