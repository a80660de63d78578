"""Claims depend on the remote as it is now, and on nothing that the clone is set to."""

import json
import os
import sys
from pathlib import Path

import git
import pytest
from hub import Hub, claim, claimed, held, refused, stopped
from planned import PLAN, sliced, text_of
from world import commit, planner

pytestmark = pytest.mark.slow


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


def test_a_slice_whose_branch_git_cannot_have_beside_another_one_is_passed_over(hub: Hub) -> None:
    slices = [("a", "main/a"), ("b", "x"), ("c", "x/z")]
    hub.plan([sliced(id_, f"{id_}/", branch=branch) for id_, branch in slices])
    hub.add("x/y", "work")

    ran = claim(hub.author)

    assert claimed(ran) == "c"
    assert [one["message"] for one in ran.json["findings"]] == [
        "the slice 'a' cannot be claimed: git cannot have its branch 'main/a' beside 'main' on "
        "'origin'",
        "the slice 'b' cannot be claimed: git cannot have its branch 'x' beside 'x/y' on 'origin'",
    ]


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
        "this clone is shallow: it cannot tell which slices landed earlier",
    )
    assert hint.startswith("git fetch --unshallow")
    assert planner("claims", at=clone).stdout.endswith(
        "no slice is taken\nthis clone is shallow: it cannot tell which slices landed earlier\n"
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


def test_what_a_remote_says_cannot_control_a_terminal(hub: Hub, two: str) -> None:
    hub.hook("pre-receive", r"printf '\033[31mred\033[0m\n::error::x\n' >&2; exit 1")

    text = planner("next", "--claim", at=hub.author)
    document = planner("next", "--claim", "--format", "json", at=hub.author)

    assert "\x1b" not in text.stderr + text.stdout + document.stdout
    assert json.loads(document.stdout)["error"]["message"].startswith("'origin' refused")
    assert os.linesep not in document.json["error"]["message"]
