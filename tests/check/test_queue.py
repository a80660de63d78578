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

    assert shop.text(env=group(shop, base)).stdout.splitlines()[-6:] == [
        "the merge queue, 2 commits: 2 paths changed: 2 in scope",
        f"  {api[:12]} the slice 'api'",
        f"  {plan[:12]} only plans changed",
        f"  plan: {PLAN_PATH} in {base[:12]}",
        f"  compared: {base[:12]} with HEAD ({plan[:12]}), merge base {base[:12]}",
        "passed: 1 note",
    ]
