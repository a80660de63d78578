"""Which slice or rule a branch is judged by, and what that lets it touch."""

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran, planner

pytestmark = pytest.mark.slow

RULE = '  - {branch: "dependabot/**", include: ["**/package.json"]}\n'
OLD = "    branch: feature/old\n    closed: merged\n"


def judged(ran: Ran) -> str:
    """What the branch was judged by, the exit code, and the rule and path of each error."""
    found = [f"{f['rule']} {f['path']}" for f in ran.json["findings"] if f["severity"] == "error"]
    return f"{ran.exit} {ran.json['judged_by']}: {', '.join(found)}"


def planned(shop: Shop, *changes: tuple[str, str]) -> None:
    shop.commit({PLAN_PATH: replaced(*changes)}, "docs: the plan")
    shop.publish("main")


def test_a_rule_for_all_branches_lets_by_what_no_open_slice_holds(shop: Shop) -> None:
    planned(shop, (RULE, RULE + '  - {branch: "**", include: ["**"]}\n'))
    free = {"lib/new.ts": "x", "src/old/o.py": "o = 2\n", "CHANGELOG.md": "# 2\n"}
    shop.branch("anything/at-all", free)

    assert judged(shop.check()) == "0 the rule for '**': "

    shop.commit({"src/api/a.py": "a = 2\n", ".github/workflows/ci.yml": "on: x\n"})

    assert judged(shop.check()) == (
        "1 the rule for '**': excluded-path .github/workflows/ci.yml, foreign-path src/api/a.py"
    )


def test_a_rule_gives_way_to_open_slices_unless_it_says_held(shop: Shop) -> None:
    shop.branch("dependabot/npm", {"src/web/package.json": '{"x": 1}\n'})

    assert judged(shop.check()) == (
        "1 the rule for 'dependabot/**': foreign-path src/web/package.json"
    )

    shop.git.switch("--quiet", "main")
    planned(shop, (RULE, RULE.replace("}\n", ", held: true}\n")))
    shop.git.switch("--quiet", "dependabot/npm")

    assert judged(shop.check()) == "0 the rule for 'dependabot/**': "


def test_a_rule_wins_over_an_exclude_by_name_or_folder_not_by_wildcard(shop: Shop) -> None:
    for include, expected in (
        (".github/", "0 the rule for 'bot/*': "),
        (".github/workflows/ci.yml", "0 the rule for 'bot/*': "),
        ("**", "1 the rule for 'bot/*': excluded-path .github/workflows/ci.yml"),
    ):
        shop.git.switch("--quiet", "main")
        rule = f'  - {{branch: "bot/*", include: ["{include}"]}}\n'
        planned(shop, (RULE, rule))
        shop.git.switch("--quiet", "-C", "bot/ci", "main")
        shop.commit({".github/workflows/ci.yml": "on: x\n"})

        assert judged(shop.check()) == expected


def test_a_slice_without_a_branch_has_that_of_the_plan(shop: Shop) -> None:
    planned(
        shop,
        ("title: Shop\n", 'title: Shop\nbranches: ["work/{id}", "claude/{id}-*"]\n'),
        ("    branch: feature/api\n", ""),
    )
    for branch in ("work/api", "claude/api-7f3a"):
        shop.branch(branch, {"src/api/a.py": f"# {branch}\n"})

        assert judged(shop.check()) == "0 the slice 'api': "


def test_a_commit_names_the_slice_of_a_branch_with_another_name(shop: Shop) -> None:
    shop.start("codex/task-4711")
    shop.commit({"src/api/a.py": "a = 2\n"}, "a change\n\nSlice: api\n")
    shop.commit({"secret/key.txt": "mine\n"})

    assert judged(shop.check()) == "1 the slice 'api': outside-scope secret/key.txt"

    # Neither a closed slice nor one that no plan has counts, nor do commits that main has.
    shop.git.switch("--quiet", "-C", "codex/other", "main")
    shop.commit({"src/old/o.py": "o = 2\n"}, "x\n\nSlice: old\nSlice: nobody\nslice: api\n")
    assert judged(shop.check()) == f"1 None: unplanned-branch {PLAN_PATH}"
    shop.on_main({"README.md": "x"}, "landed\n\nSlice: api\n")
    shop.git.merge("--quiet", "main")
    assert judged(shop.check()) == f"1 None: unplanned-branch {PLAN_PATH}"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Slice: apy", "did you mean 'Slice: api'?"),
        ("slice: API", "did you mean 'Slice: api'?"),
        ("Slice: old", "the open slices are: api, web, guide"),
    ],
)
def test_a_line_that_names_no_open_slice_is_said(shop: Shop, line: str, hint: str) -> None:
    shop.start("codex/task-4711")
    made = shop.commit({"src/api/a.py": "a = 2\n"}, f"a change\n\n{line}\n")
    said = f"'{line}' in {made[:12]} names no open slice"

    (found,) = shop.check().json["findings"]

    assert (found["rule"], found["message"], found["hint"]) == (
        "unplanned-branch",
        f"no slice and no rule accepts the branch 'codex/task-4711', and {said}",
        hint,
    )

    shop.git.switch("--quiet", "main")
    planned(shop, (RULE, RULE + '  - {branch: "**", include: ["**"]}\n'))
    shop.git.switch("--quiet", "codex/task-4711")

    (found,) = shop.check().json["findings"]

    assert found["rule"] == "foreign-path"
    assert found["hint"].endswith(f"; {said}: {hint}")


def test_commits_that_name_two_slices_are_refused(shop: Shop) -> None:
    shop.start("codex/both")
    one = shop.commit({"src/api/a.py": "a = 2\n"}, "a\n\nSlice: api\n")
    two = shop.commit({"src/web/x.ts": "let y\n"}, "b\n\nSlice: web\n")

    ran = shop.check()

    assert ran.exit == 2
    assert ran.json["error"]["message"] == (
        f"the commits of the branch 'codex/both' name several slices: 'api' ({one[:12]}) and "
        f"'web' ({two[:12]})"
    )
    assert shop.check("--slice", "web").json["slice"] == "web"


def test_of_a_stack_the_slice_on_top_counts(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.commit("--quiet", "--amend", "-m", "api\n\nSlice: api\n")
    shop.start("codex/guide", "feature/api")
    shop.commit({"docs/guide/start.md": "# 2\n"}, "guide\n\nSlice: guide\n")

    ran = shop.check()

    assert judged(ran) == "0 the slice 'guide': "
    assert ran.json["base"]["revision"] == "feature/api"


def test_a_fork_cannot_name_its_slice_in_a_commit(shop: Shop) -> None:
    shop.start("patch-1")
    head = shop.commit({"src/api/a.py": "a = 2\n"}, "a\n\nSlice: api\n")
    shop.git.switch("--quiet", "--detach")

    fork = shop.event(head=head, head_ref="patch-1", fork="mallory/shop")
    own = shop.event(head=head, head_ref="patch-1")

    assert judged(shop.check(env=own)) == "0 the slice 'api': "
    shop.event(head=head, head_ref="patch-1", fork="mallory/shop")
    assert judged(shop.check(env=fork)) == f"1 None: unplanned-branch {PLAN_PATH}"


def test_the_name_of_a_fork_counts_in_any_case(shop: Shop) -> None:
    head = shop.branch("feature/web", {"src/web/x.ts": "let y\n"})
    shop.git.switch("--quiet", "--detach")

    ran = shop.check(env=shop.event(head=head, head_ref="feature/web", fork="Acme/Fork"))

    assert judged(ran) == "0 the slice 'web': "


def test_the_name_of_the_branch_may_be_given(shop: Shop) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.switch("--quiet", "--detach", head)
    shop.git.branch("--quiet", "-D", "feature/api")

    assert judged(shop.check()) == f"1 None: unplanned-branch {PLAN_PATH}"
    for words in (["--branch", "feature/api"], ["--branch", "refs/heads/feature/api"]):
        assert judged(shop.check("--head", head, *words)) == "0 the slice 'api': "
    for command in ("check", "run-gates"):
        assert planner(command, "--branch", "feature/api", at=shop.folder).exit == 0


# Reverts


def test_a_revert_may_touch_what_its_slice_held_and_nothing_that_others_hold_now(
    shop: Shop,
) -> None:
    planned(shop, ("        - src/old/**\n", "        - src/**\n"))
    shop.start("revert-12-feature/old")
    shop.commit({"src/old/o.py": None, "src/api/a.py": "a = 0\n"})

    ran = shop.check()

    assert judged(ran) == "1 the revert of the slice 'old': foreign-path src/api/a.py"


def test_a_dropped_slice_has_no_revert(shop: Shop) -> None:
    planned(shop, (OLD, OLD.replace("merged", "dropped")))
    shop.branch("revert-12-feature/old", {"src/old/o.py": None})

    assert judged(shop.check()) == f"1 None: unplanned-branch {PLAN_PATH}"


def test_an_open_slice_has_a_revert_whatever_title_its_squash_had(shop: Shop) -> None:
    touched = shop.on_main({"src/api/a.py": "a = 2\n"}, "tidy (#7)")
    for name in ("revert-7-feature/api", f"revert-{touched[:8]}"):
        shop.branch(name, {"src/api/a.py": "a = 1\n"})
        assert judged(shop.check()) == "0 the revert of the slice 'api': ", name


def test_a_revert_excepts_nothing(shop: Shop) -> None:
    planned(shop, (OLD, OLD + "    limits: {exceptions: 3}\n"))
    shop.start("revert-12-feature/old")
    line = "Scope-Exception: README.md -- it was agreed with Dana"
    shop.commit({"src/old/o.py": None, "README.md": "x"}, f"revert\n\n{line}\n")

    assert judged(shop.check()) == "1 the revert of the slice 'old': outside-scope README.md"


@pytest.mark.parametrize("by", ["branch", "commit", "line", "paths"])
def test_a_revert_of_a_commit_has_the_slice_that_landed_with_it(shop: Shop, by: str) -> None:
    subject = "feat: old" if by == "commit" else "something"
    planned(shop, (OLD, f"{OLD}    commit: 'feat: old'\n"))
    shop.branch("feature/old", {"src/old/o.py": "o = 2\n"})
    shop.git.switch("--quiet", "main")
    if by == "branch":
        shop.git.merge(
            "--quiet", "--no-ff", "-m", "Merge branch 'feature/old' into 'main'", "@{-1}"
        )
    else:
        line = "\n\nSlice: old\n" if by == "line" else ""
        shop.git.merge("--quiet", "--squash", "feature/old")
        shop.git.commit("--quiet", "-m", f"{subject} (!7){line}")
    shop.publish("main")
    landed = str(shop.git.rev_parse("main"))
    shop.branch(f"revert-{landed[:8]}", {"src/old/o.py": "o = 1\n"})

    assert judged(shop.check()) == "0 the revert of the slice 'old': "


def test_a_commit_that_has_not_landed_is_no_revert(shop: Shop) -> None:
    made = shop.branch("feature/old", {"src/old/o.py": "o = 2\n"})
    for name in (f"revert-{made[:8]}", "revert-00000000", "revert-HEAD"):
        shop.git.switch("--quiet", "-C", name, "main")
        shop.commit({"src/old/o.py": "o = 0\n"})

        assert judged(shop.check()) == f"1 None: unplanned-branch {PLAN_PATH}"


def test_the_revert_of_an_agents_branch_has_the_slice_of_the_commit_that_it_reverts(
    shop: Shop,
) -> None:
    landed = shop.on_main({"src/api/a.py": "a = 2\n"}, "anything (#7)\n\nSlice: api\n")
    shop.start("revert-7-agent/x-123")
    shop.commit(
        {"src/api/a.py": "a = 1\n"}, f'Revert "anything"\n\nThis reverts commit {landed}.\n'
    )

    assert judged(shop.check()) == "0 the revert of the slice 'api': "


def test_a_revert_may_open_its_own_slice_again(shop: Shop) -> None:
    closed = ("    branch: feature/api\n", "    branch: feature/api\n    closed: merged\n")
    planned(shop, closed)
    shop.branch("revert-7-feature/api", {"src/api/a.py": "a = 0\n", PLAN_PATH: replaced()})

    assert judged(shop.check()) == "0 the revert of the slice 'api': "

    shop.git.switch("--quiet", "-C", "revert-8-feature/old", "main")
    shop.commit({"src/old/o.py": "o = 0\n", PLAN_PATH: replaced()})

    assert judged(shop.check()) == f"1 the revert of the slice 'old': plan-edit {PLAN_PATH}"


def test_a_revert_has_the_slice_with_the_longest_name_for_the_branch(shop: Shop) -> None:
    planned(
        shop,
        ('    branch: [feature/web, "claude/web-*"]\n', '    branch: "claude/*"\n'),
        (OLD, OLD.replace("feature/old", '"claude/old-*"')),
    )
    shop.branch("revert-7-claude/old-1", {"src/old/o.py": "o = 0\n"})

    assert judged(shop.check()) == "0 the revert of the slice 'old': "


def test_lines_of_commits_that_the_base_has_name_nothing(shop: Shop) -> None:
    planned(shop, (RULE, RULE + '  - {branch: "hotfix/*", include: ["lib/"]}\n'))
    shop.start("release/2")
    shop.commit({"src/api/a.py": "a = 2\n"}, "backport\n\nSlice: api\n")
    shop.publish("release/2")
    head = shop.branch("hotfix/1", {"lib/x.ts": "x\n"}, at="release/2")
    shop.git.switch("--quiet", "--detach")

    event = shop.event(head=head, head_ref="hotfix/1", base_ref="release/2")
    assert judged(shop.check(env=event)) == "0 the rule for 'hotfix/*': "
    shop.git.switch("--quiet", "hotfix/1")
    assert judged(shop.check("--base", "release/2")) == "0 the rule for 'hotfix/*': "
