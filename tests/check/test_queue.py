"""A merge queue's group: every commit judged by itself (scope-tools E9)."""

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran, planner

pytestmark = pytest.mark.slow


def group(shop: Shop, base: str) -> dict[str, str]:
    """The environment of a GitHub run for a merge group from base to HEAD."""
    head = shop.git.rev_parse("HEAD")
    payload = {
        "merge_group": {
            "base_sha": base,
            "base_ref": "refs/heads/main",
            "head_sha": head,
            "head_ref": "refs/heads/gh-readonly-queue/main/pr-12-" + base,
        }
    }
    return shop.run(
        payload,
        GITHUB_EVENT_NAME="merge_group",
        GITHUB_REF="refs/heads/gh-readonly-queue/main/pr-12-" + base,
        GITHUB_SHA=head,
        GITHUB_HEAD_REF="",
        GITHUB_BASE_REF="",
    )


def queued(shop: Shop) -> str:
    """Start a queue's branch; its base."""
    base = str(shop.git.rev_parse("main"))
    shop.start(f"gh-readonly-queue/main/pr-12-{base}")
    return base


def slices(ran: Ran) -> list[tuple[str | None, int]]:
    return [(c["slice"], c["counts"]["out_of_scope"]) for c in ran.json["commits"]]


def test_e09_mq_each_commit_of_a_group_is_judged_by_whoever_accepts_it(shop: Shop) -> None:
    base = queued(shop)
    api = shop.commit({"src/api/a.py": "a = 2\n", "CHANGELOG.md": "# 2\n"}, "api (#1)")
    web = shop.commit({"src/web/x.ts": "let y\n"}, "web (#2)")
    npm = shop.commit({"lib/package.json": "{}"}, "npm (#3)")

    ran = shop.check(env=group(shop, base))

    document = ran.json
    assert ran.exit == 0
    assert "slice" not in document
    assert [(c["commit"], c["slice"]) for c in document["commits"]] == [
        (api, "api"), (web, "web"), (npm, None),
    ]  # fmt: skip
    assert document["commits"][2]["judged_by"] == "the rule for 'dependabot/**'"
    assert document["counts"] == {
        "changed": 4, "in_scope": 3, "shared": 1, "excepted": 0, "out_of_scope": 0,
    }  # fmt: skip
    assert document["plan"]["path"] == PLAN_PATH
    assert [one["plan"] for one in document["commits"]] == [PLAN_PATH] * 3
    assert document["plan"]["commit"] == base
    assert "the merge queue, 3 commits" in shop.text(env=group(shop, base)).stdout


def test_a_commit_that_two_slices_share_between_them_stops_the_group(shop: Shop) -> None:
    base = queued(shop)
    shop.commit({"src/web/x.ts": "let y\n"}, "web (#1)")
    both = shop.commit({"src/api/a.py": "2", "src/api/b.py": "2", "src/web/x.ts": "z"}, "both (#2)")

    ran = shop.check(env=group(shop, base))

    assert (ran.exit, slices(ran)) == (1, [("web", 0), ("api", 1)])
    assert [(f["path"], f["rule"], f["commit"]) for f in ran.json["findings"]] == [
        ("src/web/x.ts", "foreign-path", both)
    ]


def test_who_and_run_gates_judge_no_queue_as_one_branch(shop: Shop) -> None:
    rule = '  - {branch: "**", include: ["**"], held: true}\n'
    queues = ("title: Shop\n", 'title: Shop\nqueues: ["merge/*"]\n')
    shop.on_main({PLAN_PATH: replaced(queues, ("slices:\n", f"{rule}slices:\n"))})
    shop.branch("merge/7", {"src/api/a.py": "a = 2\n"})
    assert (shop.check().exit, slices(shop.check())) == (0, [("api", 0)])

    who = planner("who", "src/api/a.py", "--format", "json", at=shop.folder)
    gates = planner("run-gates", at=shop.folder)

    assert (who.json["paths"][0]["may_touch"], who.json["judged_by"]) == (None, None)
    assert who.json["unknown"] == (
        "'merge/7' is the branch of a merge queue, whose commits are judged one by one"
    )
    assert planner("who", "src/api/a.py", at=shop.folder).stdout.splitlines()[-1] == (
        f"cannot tell what this branch may touch: {who.json['unknown']}"
    )
    assert (gates.exit, gates.stderr) == (
        2,
        f"error: {who.json['unknown']}\n"
        "hint: planner check runs the gates of each slice in it; or name one: --slice ID\n",
    )
    for command in (["who", "src/api/a.py"], ["run-gates"]):
        assert planner(*command, "--slice", "api", at=shop.folder).exit == 0


def test_the_merge_method_is_judged_by_first_parents(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.commit({"src/api/b.py": "b = 2\n"})
    shop.git.switch("--quiet", "main")
    base = queued(shop)
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge #1", "feature/api")

    ran = shop.check(env=group(shop, base))

    assert (ran.exit, slices(ran)) == (0, [("api", 0)])
    assert ran.json["counts"]["changed"] == 2


def test_a_change_of_plans_alone_goes_through_the_queue(shop: Shop) -> None:
    base = queued(shop)
    plan = replaced(("        - src/web/**\n", "        - src/web/**\n        - lib/**\n"))
    shop.commit({PLAN_PATH: plan}, "plan (#1)")
    after = shop.commit({"lib/l.ts": "x"}, "web (#2)")

    ran = shop.check(env=group(shop, base))

    # The group is judged by the plan at its base: what the group itself opens is not open yet.
    assert slices(ran)[0] == (None, 0)
    assert ran.exit == 1
    assert [f["commit"] for f in ran.json["findings"] if f["severity"] == "error"] == [after]


def test_exceptions_survive_the_squash(shop: Shop) -> None:
    base = queued(shop)
    line = "Scope-Exception: README.md -- agreed with Dana"
    shop.commit({"src/api/a.py": "2", "README.md": "x"}, f"api (#1)\n\n* x\n\n{line}\n\n* y\n")

    ran = shop.check(env=group(shop, base))

    assert (ran.exit, ran.json["commits"][0]["counts"]["excepted"]) == (0, 1)


def test_a_group_without_its_base_is_refused(shop: Shop) -> None:
    queued(shop)
    shop.commit({"src/api/a.py": "2"}, "api (#1)")
    for base in ("", "1" * 40):
        assert shop.check(env=group(shop, base)).exit == 2


def test_an_empty_commit_in_a_group_passes(shop: Shop) -> None:
    base = queued(shop)
    shop.commit({}, "nothing (#1)")
    shop.commit({"src/api/a.py": "2"}, "api (#2)")

    assert shop.check(env=group(shop, base)).exit == 0


def test_a_group_is_not_judged_by_an_unusable_plan(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: "version: 2\n"})
    base = queued(shop)
    shop.commit({"src/api/a.py": "2"}, "api (#1)")

    assert shop.check(env=group(shop, base)).exit == 2


def test_excluded_paths_stop_a_group(shop: Shop) -> None:
    base = queued(shop)
    shop.commit({".github/workflows/ci.yml": "x"}, "ci (#1)")

    ran = shop.check(env=group(shop, base))

    assert (ran.exit, ran.rules) == (1, ["excluded-path"])


def test_a_group_whose_head_is_not_checked_out_is_refused(shop: Shop) -> None:
    base = queued(shop)
    shop.commit({"src/api/a.py": "2"}, "api (#1)")
    env = group(shop, base)
    head = shop.git.rev_parse("HEAD")
    other = shop.commit({"src/api/a.py": "3"}, "api (#2)")

    for command in ("check-scope", "check"):
        ran = planner(command, "--format", "json", at=shop.folder, env=env)
        assert (ran.exit, ran.json["error"]["message"]) == (
            2,
            f"the checked-out commit {other[:12]} is not the head of the merge group, {head[:12]}",
        )
    # Another head may be named; it is then checked as one branch, not commit by commit.
    assert shop.check("--head", head, "--slice", "api", env=env).exit == 0


def test_the_text_names_the_plans_that_judged_the_commits(shop: Shop) -> None:
    base = queued(shop)
    api = shop.commit({"src/api/a.py": "a = 2\n"}, "api (#1)")
    title = replaced(("title: Shop", "title: Our shop"))
    plan = shop.commit({PLAN_PATH: title}, "plan (#2)")

    assert shop.text("--format=text", env=group(shop, base)).stdout.splitlines()[-6:] == [
        "the merge queue, 2 commits: 2 paths changed: 2 in scope",
        f"  {api[:12]} the slice 'api'",
        f"  {plan[:12]} only plans changed",
        f"  plan: {PLAN_PATH} in {base[:12]}",
        f"  compared: {base[:12]} with HEAD ({plan[:12]}), merge base {base[:12]}",
        "passed: 1 note",
    ]


def test_every_slice_that_accepts_a_commit_is_named_and_its_gates_are_run(shop: Shop) -> None:
    gate = '    gates: [{id: tests, run: "exit 3"}]\n'
    shop.on_main({PLAN_PATH: replaced(("        - docs/guide/**\n", GUIDE + gate))})
    base = queued(shop)
    shop.commit({"src/api/a.py": "a = 2\n"}, "api (#1)")
    env = group(shop, base)

    ran = shop.check(env=env)

    assert (ran.exit, ran.json["commits"][0]["slices"]) == (0, ["api", "guide"])
    assert "the slices 'api' and 'guide'" in shop.text(env=env).stdout
    assert planner("check", at=shop.folder, env=env).exit == 1


GUIDE = "        - docs/guide/**\n        - src/api/a.py\n"


def test_a_line_in_its_message_says_which_slice_a_commit_is(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: replaced(("        - docs/guide/**\n", GUIDE))})
    base = queued(shop)
    shop.commit({"src/api/a.py": "a = 2\n"}, "guide (#1)\n\nSlice: guide\n")
    shop.commit({"src/web/x.ts": "let y\n"}, "web (#2)\n\nSlice: guide\n")

    ran = shop.check(env=group(shop, base))

    assert slices(ran) == [("guide", 0), ("guide", 1)]
    assert (ran.exit, ran.rules) == (1, ["foreign-path"])


def test_two_lines_with_different_slices_are_refused(shop: Shop) -> None:
    base = queued(shop)
    made = shop.commit({"src/api/a.py": "2"}, "both (#1)\n\nSlice: api\nSlice: web\n")

    ran = shop.check(env=group(shop, base))

    assert ran.exit == 2
    assert f"{made[:12]} in the merge queue name several slices" in ran.json["error"]["message"]


def test_exceptions_of_a_rebase_queue_count_together(shop: Shop) -> None:
    base = queued(shop)
    line = "Scope-Exception: README.md -- agreed with Dana"
    shop.commit({"src/api/a.py": "2"}, f"api: one\n\n{line}\n")
    shop.commit({"README.md": "x"}, "api: two")

    assert shop.check(env=group(shop, base)).exit == 0

    more = "Scope-Exception: secret/key.txt -- agreed with Dana"
    shop.commit({"README.md": "y"}, "api: three")
    shop.commit({"secret/key.txt": "x"}, f"api: four\n\n{more}\n")
    ran = shop.check(env=group(shop, base))

    assert [c["counts"]["excepted"] for c in ran.json["commits"]] == [0, 1, 1, 0]
    assert [f["path"] for f in ran.json["findings"] if f["severity"] == "error"] == [
        "secret/key.txt"
    ]


LANDED = 'Revert "old (#5)" (#6)'


@pytest.mark.parametrize(
    ("landed", "message", "exit_code"),
    [
        ("old (#5)", LANDED, 0),
        ("other (#5)", LANDED, 1),  # nothing of that subject has landed
        ("old (#5)", "Merge pull request #6 from acme/revert-5-feature/old\n\nRevert", 0),
        ("old (#5)", "Merge pull request #6 from acme/revert-5-feature/none\n\nRevert", 1),
        ("old (#5)", 'Revert "x"\n\nThis reverts commit {commit}.', 0),
        ("old (#5)", 'Revert "x"\n\nThis reverts commit 0123456789.', 1),
        ("old (#5)", "Undo it (#6)\n\nReverts acme/shop#5\n", 0),
        ("old (#5)", "Undo it (#6)\n\nReverts #5", 0),
        ("Merge pull request #5 from acme/x\n\nold", "Undo it (#6)\n\nReverts acme/shop#5", 0),
        ("old (#5)", "Undo it (#6)\n\nReverts acme/shop#55", 1),
        ("old (#55)\n\nlike (#5)", "Undo it (#6)\n\nReverts acme/shop#5", 1),
        ("old (#5)", "Undo it (#6)\n\nIt Reverts acme/shop#5", 1),
    ],
)
def test_a_revert_in_the_queue_counts_by_what_it_reverts(
    shop: Shop, landed: str, message: str, exit_code: int
) -> None:
    commit = shop.on_main({"src/old/o.py": "o = 2\n"}, landed)
    base = queued(shop)
    shop.commit({"src/old/o.py": "o = 1\n"}, message.format(commit=commit))

    ran = shop.check(env=group(shop, base))

    assert (ran.exit, ran.rules) == (exit_code, ["outside-scope"][:exit_code])


@pytest.mark.parametrize("more", [{}, {"src/api/a.py": "a = 3\n"}])
@pytest.mark.parametrize("commits", [1, 2])
def test_a_merge_in_the_queue_that_leaves_out_what_it_merges_is_refused(
    shop: Shop, more: dict[str, str], commits: int
) -> None:
    base = queued(shop)
    shop.start("feature/web", "main")
    for number in range(commits):
        made = shop.commit({f"src/web/{number}.ts": "let work_of_a_month\n"})
    shop.git.switch("--quiet", "-")
    shop.git.merge("--quiet", "--no-commit", "--strategy=ours", "feature/web")
    merge = shop.commit(more, "Merge pull request #5 from acme/feature/web")

    ran = shop.check(env=group(shop, base))

    assert (ran.exit, ran.rules) == (1, ["buried-commits"] * commits)
    assert ran.json["findings"][-1]["commit"] == made
    assert f"{merge[:12]} merges it" in ran.json["findings"][0]["message"]


def test_a_merge_in_the_queue_that_has_all_that_it_merges_buries_nothing(shop: Shop) -> None:
    shop.start("feature/web", "main")
    shop.commit({"src/web/x.ts": "let y\n", "src/web/z.ts": "z"})
    shop.on_main({"src/web/x.ts": "let y\n", "src/web/z.ts": "z"}, "the same")
    base = queued(shop)
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge pull request #5", "feature/web")

    assert shop.check(env=group(shop, base)).exit == 0


# Queues of other hosts


def with_queue(shop: Shop) -> str:
    queues = 'title: Shop\nqueues: ["trunk-merge/**", "mergify/merge-queue/*"]\n'
    return shop.on_main({PLAN_PATH: replaced(("title: Shop\n", queues))})


def test_a_branch_of_a_queue_is_judged_commit_by_commit(shop: Shop) -> None:
    with_queue(shop)
    for name in ("mergify/merge-queue/0123456789", "trunk-merge/main/7"):
        shop.branch(name, {"src/api/a.py": f"# {name}\n"})
        shop.commit({"src/web/x.ts": f"// {name}\n"})

        assert slices(shop.check()) == [("api", 0), ("web", 0)]
        assert planner("check", "--only", "gates", at=shop.folder).exit == 0

    nobody = shop.commit({"secret/key.txt": "x"})
    ran = shop.check()
    assert [(f["rule"], f["commit"]) for f in ran.json["findings"]] == [("outside-scope", nobody)]


def test_a_queue_lands_on_the_base_that_its_name_contains(shop: Shop) -> None:
    with_queue(shop)
    other = replaced(
        ("title: Shop\n", 'title: Shop\nqueues: ["trunk-merge/**"]\n'),
        ("    branch: feature/api\n", "    branch: feature/api\n    base: release/2\n"),
    )
    shop.on_main({PLAN_PATH: other})
    shop.branch("release/2", {"README.md": "# 2\n"})
    shop.publish("release/2")
    shop.branch("trunk-merge/release/2/pr-9", {"src/api/a.py": "a = 2\n"}, at="release/2")

    ran = shop.check()

    assert ran.json["base"]["revision"] == "origin/release/2"
    assert (ran.exit, slices(ran)) == (0, [("api", 0)])


def test_the_pull_request_of_a_queue_is_not_judged_by_the_merge_that_the_host_makes(
    shop: Shop,
) -> None:
    with_queue(shop)
    shop.branch("mergify/merge-queue/abc", {"src/api/a.py": "a = 2\n"})
    head = shop.commit({"src/web/x.ts": "let y\n"})
    shop.on_main({"README.md": "# Main\n"})
    merge = shop.merge_ref("main", "mergify/merge-queue/abc")
    event = {"head": head, "head_ref": "mergify/merge-queue/abc", "merge": merge}

    assert slices(shop.check(env=shop.event(**event))) == [("api", 0), ("web", 0)]
    # The owner of a fork can name its branch as they like.
    fork = shop.check(env=shop.event(**event, fork="mallory/shop"))
    assert (fork.exit, fork.rules) == (1, ["unplanned-branch"])


def test_an_open_slice_comes_before_a_queue_of_its_name(shop: Shop) -> None:
    queues = 'title: Shop\nqueues: ["feature/*"]\n'
    shop.on_main({PLAN_PATH: replaced(("title: Shop\n", queues))})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.commit({"src/web/x.ts": "let y\n"})

    ran = shop.check()

    assert (ran.exit, ran.json["slice"], ran.rules) == (1, "api", ["foreign-path"])


def test_the_commits_of_a_squashed_parent_do_not_name_the_slice_of_its_child(shop: Shop) -> None:
    base = queued(shop)
    shop.start("feature/guide", "main")
    shop.commit({"src/api/a.py": "a = 2\n"}, "api\n\nSlice: api\n")
    shop.commit({"docs/guide/start.md": "# 2\n", "src/api/a.py": "a = 1\n"}, "guide")
    shop.git.switch("--quiet", "-")
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge #2", "feature/guide")

    assert slices(shop.check(env=group(shop, base)))[0][0] == "guide"


def test_a_revert_that_a_queue_merges_counts_by_the_commits_that_it_merges(shop: Shop) -> None:
    landed = shop.on_main({"src/old/o.py": "o = 2\n"}, "old (#5)")
    base = queued(shop)
    shop.start("tidy", "main")
    shop.commit({"src/old/o.py": "o = 1\n"}, f'Revert "old"\n\nThis reverts commit {landed}.\n')
    shop.git.switch("--quiet", "-")
    for message in ("Merge of #6", "Merge branch 'revert-5-feature/old' into 'main'"):
        shop.git.reset("--quiet", "--hard", base)
        shop.git.merge("--quiet", "--no-ff", "-m", message, "tidy")

        assert shop.check(env=group(shop, base)).exit == 0, message


@pytest.mark.parametrize("key", ["base_sha", "head_sha"])
@pytest.mark.parametrize("value", ["", "HEAD", "main", None])
def test_a_group_whose_event_does_not_name_both_commits_is_undecided(
    shop: Shop, key: str, value: str | None
) -> None:
    base = queued(shop)
    head = shop.commit({"secret/key.txt": "stolen\n"})
    keys = {"base_sha": base, "head_sha": head, key: value}
    env = shop.run({"merge_group": keys}, GITHUB_EVENT_NAME="merge_group")

    ran = shop.check(env=env)

    assert ran.exit == 2
    assert ran.json["error"]["message"] == f"the event has no merge_group.{key}"
