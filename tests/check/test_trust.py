"""Whose plan judges: the one that was agreed before the branch, never one that it brings."""

import pytest
from shop import FILES, PLAN_PATH, Shop, replaced
from world import Files, Ran, planner

pytestmark = pytest.mark.slow

WIDE = """\
version: 1
title: Mine
slices:
  - id: typo
    title: Everything
    branch: feature/typo
    scope: {include: ["**"]}
"""


def errors(ran: Ran) -> dict[str, str]:
    """The paths that stopped the branch, each with its rule; what lint says has a line."""
    found = [f for f in ran.json["findings"] if f["severity"] == "error" and "line" not in f]
    return {f["path"]: f["rule"] for f in found}


def without_plan(shop: Shop) -> None:
    """Let main have no plan, as it was before there was one."""
    shop.git.rm("--quiet", PLAN_PATH)
    shop.git.commit("--quiet", "--amend", "-m", "before the plan")
    shop.publish("main")


def test_a1_a_branch_that_brings_its_own_slice_is_unplanned(shop: Shop) -> None:
    wide = replaced(
        ("slices:\n", WIDE[WIDE.index("slices:\n") :]),
        ("  - .github\n", ""),
    )  # fmt: skip
    shop.branch(
        "feature/typo",
        {PLAN_PATH: wide, "secret/key.txt": "mine\n", ".github/workflows/ci.yml": ""},
    )

    ran = shop.check()

    assert errors(ran) == {PLAN_PATH: "unplanned-branch"}
    assert ran.json["counts"]["out_of_scope"] == 3
    assert ran.json["plan"]["trusted"] is True


def test_a2_a_fork_point_before_the_plan_existed_helps_nobody(shop: Shop) -> None:
    plan = FILES[PLAN_PATH]
    without_plan(shop)
    shop.branch("feature/typo", {"docs/plan/x/plan.yaml": WIDE, "secret/key.txt": "mine\n"})
    shop.on_main({PLAN_PATH: plan})

    assert errors(shop.check()) == {PLAN_PATH: "unplanned-branch"}


def test_a5_a_scope_revoked_after_the_fork_binds_in_every_event(shop: Shop) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n", "docs/api.md": "# 2\n"})
    shop.on_main({PLAN_PATH: replaced(("        - docs/api.md\n", ""))})

    assert errors(shop.check()) == {"docs/api.md": "outside-scope"}
    event = shop.event(head=head, head_ref="feature/api")
    assert errors(shop.check(env=event)) == {"docs/api.md": "outside-scope"}
    merge = shop.merge_ref("main", "feature/api")
    event = shop.event(head=head, head_ref="feature/api", merge=merge)
    assert errors(shop.check(env=event)) == {"docs/api.md": "outside-scope"}


def test_a5_a_plan_widened_on_main_helps_a_branch_in_flight(shop: Shop) -> None:
    shop.branch("feature/api", {"README.md": "# Mine\n"})
    assert shop.check().exit == 1
    shop.on_main({PLAN_PATH: replaced(("        - docs/api.md\n", "        - README.md\n"))})

    assert (shop.check().exit, shop.check().rules) == (0, [])


def test_a7_a_parent_slice_cannot_rewrite_its_childs_scope(shop: Shop) -> None:
    shop.branch(
        "feature/api", {PLAN_PATH: replaced(("        - docs/guide/**\n", '        - "**"\n'))}
    )
    shop.publish("feature/api")
    head = shop.branch("feature/guide", {"secret/key.txt": "mine\n"}, at="feature/api")

    ran = shop.check()
    assert (errors(ran), ran.json["base"]["revision"]) == (
        {"secret/key.txt": "outside-scope", PLAN_PATH: "parent-out-of-scope"},
        "origin/feature/api",
    )
    event = shop.event(head=head, head_ref="feature/guide", base_ref="feature/api")
    assert errors(shop.check(env=event)) == {"secret/key.txt": "outside-scope"}
    shop.git.switch("--quiet", "feature/api")
    assert errors(shop.check()) == {PLAN_PATH: "plan-edit"}


def test_a8_a_plan_is_neither_deleted_nor_moved(shop: Shop) -> None:
    moved: Files = {PLAN_PATH: None, "docs/plan/x/plan.yaml": FILES[PLAN_PATH]}
    deleted: Files = {PLAN_PATH: None}
    for number, files in enumerate((deleted, moved)):
        for branch in ("feature/api", f"plan/{number}"):
            shop.git.switch("--quiet", "-C", branch, "main")
            shop.commit(files)
            found = errors(shop.check())
            assert found[PLAN_PATH] == "plan-removed", (branch, files)


def test_a8_a_plan_that_becomes_a_link_is_removed_too(shop: Shop) -> None:
    # The link's text may be the very plan: its content would not have changed.
    plan = "version: 1\ntitle: T\nslices: [{id: api, title: A, branch: b, scope: {include: [x]}}]\n"
    shop.on_main({PLAN_PATH: plan})
    for branch in ("b", "plan/link"):
        shop.start(branch, "main")
        (shop.folder / PLAN_PATH).unlink()
        (shop.folder / PLAN_PATH).symlink_to(plan)
        shop.commit({})
        assert errors(shop.check())[PLAN_PATH] == "plan-removed", branch


def test_a_folder_of_plans_that_becomes_a_link_is_removed(shop: Shop) -> None:
    shop.start("plan/link")
    shop.git.mv("docs/plan", "docs/elsewhere")
    (shop.folder / "docs/plan").symlink_to("elsewhere")
    shop.commit({})

    assert shop.check().exit == 1


def test_rendering_is_not_steered_by_a_link_named_like_the_planners_folder(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: replaced(("        - docs/api.md\n", '        - "*"\n'))})
    shop.start("feature/api", "main")
    (shop.folder / ".planner").symlink_to("src/api")
    shop.commit({})

    assert errors(shop.check()) == {".planner": "plan-edit"}


def test_a_scope_that_was_deleted_from_the_plan_judges_nobody(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({PLAN_PATH: WIDE})

    ran = shop.check()

    assert errors(ran) == {PLAN_PATH: "unplanned-branch"}


def test_no_plan_on_the_default_branch_is_said(shop: Shop) -> None:
    without_plan(shop)
    shop.branch("feature/api", {PLAN_PATH: FILES[PLAN_PATH], "src/api/a.py": "a = 2\n"})

    ran = shop.check()
    assert (ran.exit, ran.rules) == (1, ["no-trusted-plan"])
    assert "--plan-from head" in ran.json["findings"][0]["hint"]
    # A slice that is asked for by name does not conjure up a plan.
    assert shop.check("--slice", "api").rules == ["no-trusted-plan"]


def hint(shop: Shop, *words: str) -> str:
    ran = shop.check(*words)
    assert (ran.exit, ran.rules) == (1, ["no-trusted-plan"])
    return str(ran.json["findings"][0]["hint"])


def test_the_hint_says_how_the_plan_gets_onto_the_default_branch(shop: Shop) -> None:
    without_plan(shop)
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    assert hint(shop).startswith("merge a plan first: a pull request with only the plan passes; ")
    assert hint(shop, "--plan-from", "head").startswith("commit the plan first: git add docs/plan")

    shop.commit({PLAN_PATH: FILES[PLAN_PATH], "docs/plan/PLAN.md": "# Plan\n", "x": ""})
    assert "but this branch also changes 'src/api/a.py' and 1 more; until" in hint(shop)

    shop.git.switch("--quiet", "main")
    shop.commit({PLAN_PATH: FILES[PLAN_PATH]})
    shop.git.switch("--quiet", "feature/api")
    assert hint(shop).startswith("the local branch 'main' has a plan: git push origin main; ")
    told = planner("doctor", at=shop.folder).stdout
    assert "hint: git push origin main" in told


def test_the_first_plan_lands_alone(shop: Shop) -> None:
    without_plan(shop)
    shop.branch("plan/first", {PLAN_PATH: FILES[PLAN_PATH], "docs/plan/PLAN.md": "# Plan\n"})

    ran = shop.check()

    assert ran.exit == 0
    assert "plan-change" in ran.rules


def test_plan_from_head_judges_by_the_branchs_own_plan_and_says_so(shop: Shop) -> None:
    without_plan(shop)
    shop.branch(
        "feature/api", {PLAN_PATH: FILES[PLAN_PATH], "src/api/a.py": "2", "secret/key.txt": "2"}
    )

    ran = shop.check("--plan-from", "head")

    assert errors(ran) == {"secret/key.txt": "outside-scope"}
    assert ran.json["plan"] == {
        "path": PLAN_PATH, "commit": shop.git.rev_parse("HEAD"), "trusted": False,
    }  # fmt: skip
    assert "not yet approved" in shop.text("--plan-from", "head").stdout
    assert shop.check("--plan-from", "HEAD").json["plan"]["trusted"] is False


def test_plan_from_names_another_commit(shop: Shop) -> None:
    shop.branch(
        "agreed", {PLAN_PATH: replaced(("        - docs/api.md\n", "        - README.md\n"))}
    )
    shop.branch("feature/api", {"README.md": "# Mine\n"})

    ran = shop.check("--plan-from", "agreed")

    assert (ran.exit, ran.json["plan"]["commit"]) == (0, shop.git.rev_parse("agreed"))


def test_the_default_branch_may_have_any_name(shop: Shop) -> None:
    shop.git.branch("-m", "main", "trunk")
    shop.git.update_ref("refs/remotes/origin/trunk", "trunk")
    shop.git.symbolic_ref("refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    shop.git.update_ref("-d", "refs/remotes/origin/main")
    plan = replaced(("title: Shop\n", "title: Shop\nbase: trunk\n"))
    shop.commit({PLAN_PATH: plan})
    shop.publish("trunk")
    shop.branch("feature/api", {"secret/key.txt": "mine\n"}, at="trunk")

    ran = shop.check()

    assert errors(ran) == {"secret/key.txt": "outside-scope"}
    assert ran.json["plan"]["commit"] == shop.git.rev_parse("trunk")


def test_a_default_branch_that_nothing_tells_is_asked_for(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.symbolic_ref("-d", "refs/remotes/origin/HEAD")
    shop.git.update_ref("-d", "refs/remotes/origin/main")
    shop.git.branch("-m", "main", "develop")

    ran = shop.check()

    assert ran.exit == 2
    assert "--plan-from" in ran.json["error"]["hint"]


def test_two_branches_that_may_be_the_default_are_refused(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.symbolic_ref("-d", "refs/remotes/origin/HEAD")
    shop.git.update_ref("refs/remotes/origin/master", "refs/heads/main")

    ran = shop.check()

    assert ran.exit == 2
    assert "origin has both 'main' and 'master'" in ran.json["error"]["message"]
    # A local branch does not count beside those of origin.
    shop.git.update_ref("-d", "refs/remotes/origin/main")
    assert shop.check().json["plan"]["commit"] == shop.git.rev_parse("main")
    shop.git.update_ref("-d", "refs/remotes/origin/master")
    shop.git.branch("master", "main")
    assert "there are both" in shop.check().json["error"]["message"]


def test_a_local_default_branch_counts_only_where_no_remote_has_it(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    shop.git.switch("--quiet", "main")
    wide = replaced(("        - docs/api.md\n", "        - secret/key.txt\n"))
    shop.commit({PLAN_PATH: wide})
    shop.git.switch("--quiet", "feature/api")

    assert shop.check().exit == 1
    shop.git.symbolic_ref("-d", "refs/remotes/origin/HEAD")
    shop.git.update_ref("-d", "refs/remotes/origin/main")
    assert shop.check().exit == 0


def test_a6_plans_are_never_read_from_the_work_tree(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    wide = replaced(("        - docs/api.md\n", "        - secret/**\n"))
    (shop.folder / PLAN_PATH).write_text(wide)

    assert errors(shop.check()) == {"secret/key.txt": "outside-scope"}
    shop.git.add("--all")
    assert errors(shop.check("--staged")) == {PLAN_PATH: "plan-edit"}


def test_unplanned_branches_are_held_to_their_rule(shop: Shop) -> None:
    shop.branch("dependabot/npm/web", {"lib/package.json": '{"a": 1}\n'})
    ran = shop.check()
    assert (ran.exit, ran.json["slice"]) == (0, None)
    assert ran.json["judged_by"] == "the rule for 'dependabot/**'"

    shop.commit({"src/web/x.ts": "let y\n", ".github/package.json": "{}", "README.md": "x"})
    assert errors(shop.check()) == {
        ".github/package.json": "excluded-path",
        "README.md": "outside-scope",
        "src/web/x.ts": "foreign-path",
    }


def test_an_undeclared_branch_is_told_the_nearest_ones(shop: Shop) -> None:
    shop.branch("feature/apis", {"src/api/a.py": "a = 2\n"})

    ran = shop.check()

    (one,) = ran.json["findings"]
    assert (ran.exit, one["rule"]) == (1, "unplanned-branch")
    assert "feature/api" in one["hint"]


@pytest.mark.parametrize(
    ("branch", "slice_id"),
    [
        ("claude/web-1", "web"),
        ("claude/web-", "web"),
        ("claude/web-1/x", None),
        ("Feature/web", None),
    ],
)
def test_a_star_in_a_branch_stands_for_text_within_one_segment(
    shop: Shop, branch: str, slice_id: str | None
) -> None:
    shop.branch(branch, {"src/web/x.ts": "let y\n"})

    assert shop.check().json["slice"] == slice_id


def test_a_branch_that_is_being_rebased_keeps_its_slice(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({"src/api/a.py": "a = 3\n"})
    shop.git.rebase("main", with_exceptions=False)
    assert shop.git.rev_parse("--abbrev-ref", "HEAD") == "HEAD"

    assert shop.check("--staged").json["slice"] == "api"


def test_two_slices_for_one_branch_are_ambiguous(shop: Shop) -> None:
    other = WIDE.replace("feature/typo", "feature/*").replace('"**"', "src/typo/**")
    shop.on_main({"docs/plan/other/plan.yaml": other})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    ran = shop.check()

    assert (ran.exit, ran.rules) == (2, ["ambiguous-branch"])
    assert "'typo' and 'api'" in ran.json["error"]["message"]
    assert shop.check("--slice", "api").exit == 0
    assert shop.check("--plan", PLAN_PATH).exit == 0


def test_a_slice_id_in_two_plans_needs_its_plan(shop: Shop) -> None:
    other = WIDE.replace("id: typo", "id: api").replace('"**"', "src/typo/**")
    shop.on_main({"docs/plan/other/plan.yaml": other})
    shop.branch("feature/x", {"src/api/a.py": "a = 2\n"})

    assert shop.check("--slice", "api").exit == 2
    assert shop.check("--slice", "api", "--plan", PLAN_PATH).exit == 0
    ran = shop.check("--slice", "api", "--plan", "docs/plan/other/plan.yaml")
    assert errors(ran) == {"src/api/a.py": "foreign-path"}


def test_e49_an_excluded_workflow_is_not_edited(shop: Shop) -> None:
    shop.branch("feature/api", {".github/workflows/ci.yml": "on: []\n", ".github/new": "x"})

    assert set(errors(shop.check()).values()) == {"excluded-path"}
