"""A claim is a branch that a push created: which slice `next --claim` takes."""

from pathlib import Path

import git
import pytest
from hub import Hub, claim, claimed, held, refused
from planned import PLAN, sliced, task, text_of
from world import commit, planner, write

pytestmark = pytest.mark.slow


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


def test_a_detached_head_and_a_local_branch_do_not_matter(hub: Hub, two: str) -> None:
    hub.author.git.switch("--quiet", "--detach", "main")
    hub.author.git.branch("a")

    said = claim(hub.author).json["claimed"]

    assert (said["slice"], said["command"]) == ("a", "git switch a")


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
