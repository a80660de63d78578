"""`planner split --update` makes again only what its parent's move affects."""

import git
from big import big_branch, branches, refs, split
from planned import PLAN, Record, sliced, text_of
from world import commit, planner, write

STACK: list[Record] = [
    sliced("a", "a"),
    sliced("b", "b", depends_on=["a"], stacked=True),
    sliced("c", "c", depends_on=["b"], stacked=True),
    sliced("d", "d"),
]
FILES = dict.fromkeys("abcd", "x\n")


def amend(repo: git.Repo, name: str, files: dict[str, str]) -> str:
    """Amend the tip of a branch, and leave it checked out nowhere."""
    repo.git.switch("--quiet", name)
    write(repo, files)
    repo.git.add("--all")
    repo.git.commit("--quiet", "--amend", "--no-edit")
    repo.git.switch("--quiet", "main")
    return str(repo.git.rev_parse(name))


def tips(repo: git.Repo) -> dict[str, str]:
    return {name: refs(repo)[f"refs/heads/{name}"] for name in "abcd"}


def test_where_nothing_moved_nothing_is_made(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    before = refs(repo)
    ran = split(repo, "--update")

    assert (ran.exit, ran.json["proof"]["is_same"], refs(repo)) == (0, True, before)


def test_what_is_on_an_amended_branch_is_made_again_and_nothing_else(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    made = branches(split(repo))
    amended = amend(repo, "b", {"b": "better\n"})
    ran = split(repo, "--update")

    now = branches(ran)
    assert ran.exit == 0
    assert [name for name, one in now.items() if one["is_remade"]] == ["c"]
    assert tips(repo) == {
        "a": made["a"]["commit"],
        "b": amended,
        "c": now["c"]["commit"],
        "d": made["d"]["commit"],
    }
    assert now["c"]["parent"] == amended
    assert repo.git.show("c:b") == "better"
    assert repo.git.show("--no-patch", "--format=%B", "c") == "The slice c\n\nSlice: c\n"
    assert [(one["rule"], one["path"]) for one in ran.json["findings"]] == [("union-differs", "b")]
    assert ran.json["proof"]["is_same"] is False
    assert split(repo, "--update").json["branches"] == [
        {**one, "is_remade": False} for one in ran.json["branches"]
    ]


def test_the_commits_on_top_of_a_slice_move_with_it(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "c")
    commit(repo, {"c": "y\n"}, "fix: c")
    commit(repo, {"c": "z\n", "more": "new\n"}, "fix: c again")
    amend(repo, "a", {"a": "better\n"})
    ran = split(repo, "--update")

    assert repo.git.log("--format=%s", "main..c").splitlines() == [
        "fix: c again",
        "fix: c",
        "The slice c",
        "The slice b",
        "The slice a",
    ]
    assert (repo.git.show("c:a"), repo.git.show("c:c"), repo.git.show("c:more")) == (
        "better",
        "z",
        "new",
    )
    assert [one["message"] for one in ran.json["findings"]] == [
        "'a' is in a as it is not in big",
        "'c' is in c as it is not in big",
        "c changes 'more', which big does not",
    ]
    split(repo, "--undo")
    assert {"refs/heads/c", "refs/heads/a"} <= refs(repo).keys()


def test_all_branches_start_at_the_base_where_that_has_moved(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "main")
    moved = commit(repo, {"kept.txt": "moved on\n"})
    ran = split(repo, "--update")

    now = branches(ran)
    assert ran.json["proof"]["is_same"]
    assert {name: one["parent"] for name, one in now.items() if not one["on"]} == {
        "a": moved,
        "d": moved,
    }
    assert repo.git.show("c:kept.txt") == "moved on"
    before = refs(repo)
    assert split(repo, "--update").exit == 0
    assert refs(repo) == before


def test_a_slice_that_landed_is_over_and_the_next_one_starts_at_the_base(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    made = branches(split(repo))
    repo.git.switch("--quiet", "main")
    landed = commit(repo, {"a": "x\n"}, "The slice a (#1)")
    ran = planner("split", "--update", at=repo)

    assert f"\nover  a: {landed[:12]} has all of it\n" in ran.stdout
    assert "\nproved: all together are still the tree " in ran.stdout
    assert repo.git.rev_parse("b^") == landed
    assert repo.git.rev_parse("a") == made["a"]["commit"]


def test_what_is_in_no_branch_any_more_is_told(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.branch("--delete", "--force", "c")
    ran = planner("split", "--update", at=repo)

    assert ran.stdout.startswith(
        "c: warning: what big changes in 'c' is in no branch any more [union-differs]\n"
        "  hint: add it to one of them: git checkout refs/planner/split/big/backup -- c\n"
    )
    assert "\nover  c: it is gone\n" in ran.stdout


def test_what_is_on_a_branch_that_is_gone_keeps_all_that_it_has(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    before = branches(split(repo))
    repo.git.branch("--delete", "--force", "b")
    ran = split(repo, "--update")

    now = branches(ran)
    assert (now["c"]["commit"], now["c"]["on"]) == (before["c"]["commit"], "a")
    assert now["c"]["paths"] == ["b", "c"]
    assert ran.json["proof"]["is_same"]


def test_a_path_that_changed_on_both_sides_stops_it(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "main")
    commit(repo, {"c": "other\n"})
    before = refs(repo)
    ran = split(repo, "--update")

    assert (ran.exit, ran.rules, ran.json["branches"]) == (1, ["moved-path"], [])
    assert refs(repo) == before


def test_a_branch_that_is_checked_out_is_not_moved_under_its_files(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    amend(repo, "a", {"a": "better\n"})
    repo.git.switch("--quiet", "b")
    before = refs(repo)
    ran = planner("split", "--update", at=repo)

    assert (ran.exit, refs(repo)) == (2, before)
    assert "the branch 'b' is checked out in" in ran.stderr


def test_a_branch_with_a_merge_or_from_elsewhere_cannot_be_made_again(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "b")
    repo.git.merge("--quiet", "--no-edit", "d")
    repo.git.switch("--quiet", "main")
    assert split(repo, "--update").exit == 0

    amend(repo, "a", {"a": "better\n"})
    ran = planner("split", "--update", at=repo)
    assert (ran.exit, "the branch 'b' has a merge" in ran.stderr) == (2, True)

    repo.git.branch("--force", "b", "main")
    ran = planner("split", "--update", at=repo)
    assert (ran.exit, "the branch 'b' does not start at" in ran.stderr) == (2, True)


def test_a_branch_that_was_moved_by_hand_is_kept(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "main")
    commit(repo, {"kept.txt": "moved on\n"})
    repo.git.rebase("--quiet", "main", "d")
    by_hand = repo.git.rev_parse("d")
    repo.git.switch("--quiet", "main")
    ran = split(repo, "--update")

    now = branches(ran)
    assert {name for name, one in now.items() if one["is_remade"]} == {"a", "b", "c"}
    assert now["d"]["commit"] == by_hand
    assert ran.json["proof"]["is_same"]


def test_a_big_branch_that_went_on_is_told_where_somebody_worked_on_a_branch(
    repo: git.Repo,
) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    commit(repo, {"d": "y\n"})
    again = split(repo)
    amend(repo, "c", {"c": "better\n"})
    ran = split(repo, "--update", "--head", "big")

    assert ran.rules == ["left-out", "union-differs"]
    assert again.rules == ["taken-branch"]  # only d would be another commit
    hint = again.json["findings"][0]["hint"]
    assert hint == "take back what an earlier split made: planner split --undo"


def test_branches_that_were_started_elsewhere_stay_there(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    repo.git.switch("--quiet", "--create", "release", "main")
    release = commit(repo, {"kept.txt": "release\n"})
    split(repo, "--head", "big", "--onto", "release")
    repo.git.switch("--quiet", "main")
    commit(repo, {"kept.txt": "moved on\n"})
    before = refs(repo)
    ran = split(repo, "--update", "--head", "big")

    assert branches(ran)["d"]["parent"] == release
    assert {**refs(repo), "refs/planner/split/big/record": ""} == {
        **before,
        "refs/planner/split/big/record": "",
    }
    moved = branches(split(repo, "--update", "--head", "big", "--onto", "main"))
    assert moved["d"]["parent"] == repo.git.rev_parse("main")


def test_an_update_that_was_cut_short_is_finished_by_the_next(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "b")
    commit(repo, {"b": "more\n"})
    repo.git.switch("--quiet", "main")
    commit(repo, {"kept.txt": "moved\n"})
    before = refs(repo)
    assert split(repo, "--update").exit == 0
    whole = refs(repo)
    moved = [ref for ref in whole if ref.startswith("refs/heads/") and whole[ref] != before[ref]]
    assert len(moved) == 4

    for number in range(len(moved)):
        for ref, tip in before.items():
            repo.git.update_ref(ref, tip)
        for ref in moved[:number]:
            repo.git.update_ref(ref, whole[ref])
        assert split(repo, "--update").exit == 0
        assert refs(repo) == whole


def test_a_lock_that_a_killed_git_left_says_what_to_do(repo: git.Repo) -> None:
    big_branch(repo, STACK, FILES)
    split(repo)
    repo.git.switch("--quiet", "main")
    commit(repo, {"kept.txt": "moved\n"})
    before = refs(repo)
    write(repo, {".git/refs/heads/c.lock": ""})
    ran = planner("split", "--update", at=repo)

    assert (ran.exit, refs(repo)) == (2, before)
    assert "c.lock': File exists" in ran.stderr
    assert "hint: another git may be running; if not, remove the file" in ran.stderr


MOVED: list[Record] = [sliced("a", "a"), sliced("b", "b", "e")]


def test_a_path_that_the_plan_moved_stops_it_where_somebody_worked_on_a_branch(
    repo: git.Repo,
) -> None:
    big_branch(repo, [sliced("a", "a", "e"), sliced("b", "b")], dict.fromkeys("abe", "x\n"))
    split(repo)
    amend(repo, "b", {"b": "better\n"})
    before = refs(repo)
    write(repo, {PLAN: text_of(MOVED)})
    ran = split(repo, "--update", "--head", "big")

    assert (ran.exit, refs(repo)) == (1, before)
    (found,) = ran.json["findings"]
    assert (found["rule"], found["path"], found["slices"]) == ("reassigned-path", "e", ["a", "b"])
    assert found["related"][0]["path"] == PLAN
    write(repo, {PLAN: text_of([sliced("a", "a"), sliced("b", "b")], shared=["e"])})
    assert split(repo, "--update", "--head", "big").exit == 0


def test_where_nobody_worked_on_a_branch_it_is_split_again_by_the_plan(repo: git.Repo) -> None:
    big_branch(repo, [sliced("a", "a", "e"), sliced("b", "b")], dict.fromkeys("abe", "x\n"))
    split(repo)
    before = refs(repo)
    slices = [sliced("a", "a", branch="first"), sliced("c", "b", "e", depends_on=["a"])]
    write(repo, {PLAN: text_of(slices)})

    assert split(repo, "--update", "--dry-run").json["removed"] == ["a", "b"]
    assert refs(repo) == before
    ran = split(repo, "--update")
    assert (ran.json["removed"], ran.json["proof"]["is_same"]) == (["a", "b"], True)
    made = branches(ran)
    assert {name: (one["on"], one["paths"]) for name, one in made.items()} == {
        "first": (None, ["a"]),
        "c": ("first", ["b", "e"]),
    }
    now = refs(repo)
    assert {name for name in now if name.startswith("refs/heads/")} == {
        f"refs/heads/{name}" for name in ("big", "main", "first", "c")
    }
    assert "is_remade" in split(repo, "--update").json["branches"][0]  # nothing is left to do anew
    assert refs(repo) == now
    split(repo, "--undo")
    assert not {"refs/heads/first", "refs/heads/c"} & refs(repo).keys()


def test_what_the_big_branch_has_got_since_is_split_in_the_same_way(repo: git.Repo) -> None:
    slices = [sliced("a", "a"), sliced("b", "b")]
    big_branch(repo, slices, dict.fromkeys("ab", "x\n"))
    first = branches(split(repo, "--chain"))
    head = commit(repo, {"b": "y\n"})
    repo.git.switch("--quiet", "main")
    moved = commit(repo, {"kept.txt": "moved on\n"})
    ran = planner("split", "--update", "--head", "big", at=repo)

    assert ran.exit == 0
    assert "\nnext: git push --force-with-lease origin a b\n" in ran.stdout
    assert repo.git.rev_parse("b^") == repo.git.rev_parse("a") != first["a"]["commit"]
    assert repo.git.rev_parse("a^") == moved
    assert repo.git.show("b:b") == "y"
    assert refs(repo)["refs/planner/split/big/backup"] == head


def test_it_is_not_split_again_where_that_cannot_be_done(repo: git.Repo) -> None:
    big_branch(repo, [sliced("a", "a"), sliced("b", "b")], dict.fromkeys("ab", "x\n"))
    split(repo)
    commit(repo, {"new": "x\n"})
    before = refs(repo)
    ran = split(repo, "--update")
    assert (ran.exit, ran.rules, refs(repo)) == (1, ["unassigned-path"], before)

    repo.git.rm("--quiet", "new")
    commit(repo, {"a": "y\n"})
    repo.git.switch("--quiet", "a")
    before = refs(repo)
    error = planner("split", "--update", "--head", "big", at=repo)
    assert (error.exit, refs(repo)) == (2, before)
    assert "the branch 'a' is checked out in" in error.stderr


def test_a_new_split_that_was_cut_short_is_finished_by_the_next(repo: git.Repo) -> None:
    big_branch(repo, [sliced("a", "a", "e"), sliced("b", "b")], dict.fromkeys("abe", "x\n"))
    split(repo)
    before = refs(repo)
    write(repo, {PLAN: text_of([sliced("c", "a"), sliced("b", "b", "e")])})
    split(repo, "--update")
    whole = refs(repo)
    for ref in ("refs/heads/a", "refs/heads/b", "refs/heads/c"):  # of each, all but it was done
        for name in {*before, *whole}:
            new = (before if name in (ref, "refs/planner/split/big/record") else whole).get(name)
            repo.git.update_ref(*((name, new) if new else ("-d", name)))
        assert split(repo, "--update").exit == 0
        assert refs(repo) == whole
