"""`who` says before an edit what check-scope says after it, for the branch that is checked out."""

from itertools import product

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran, planner, write

pytestmark = pytest.mark.slow

FOLDERS = (
    "", "src/api/", "src/web/", "docs/", "docs/guide/", "src/old/", ".github/", "a/secrets/",
)  # fmt: skip
NAMES = ("a.py", "api.md", "package.json", "x.snap", "legacy/l.py", "CHANGELOG.md")
PATHS = (
    *(f"{folder}{name}" for folder, name in product(FOLDERS, NAMES)),
    "docs/plan/PLAN.md",
    "docs/plan/TASKS.md",
    "web/nav.ts",
)
BRANCHES = (
    "feature/api", "claude/web-7", "feature/guide", "dependabot/npm/x", "revert-7-feature/old",
)  # fmt: skip
LITERAL = replaced(
    ("        - docs/api.md\n", "        - docs/api.md\n        - .github/package.json\n"),
    ("  - CHANGELOG.md\n", "  - CHANGELOG.md\n  - {path: web/nav.ts, slices: [api, web]}\n"),
)


def who(shop: Shop, *words: str) -> Ran:
    ran = planner("who", "--format", "json", *words, at=shop.folder)
    assert (ran.exit, ran.stderr) == (0, "")
    return ran


@pytest.mark.parametrize("branch", BRANCHES)
def test_who_refuses_the_paths_that_check_scope_reports(shop: Shop, branch: str) -> None:
    shop.on_main({PLAN_PATH: LITERAL})
    shop.start(branch)

    asked = who(shop, *PATHS).json
    write(shop.repo, dict.fromkeys(PATHS, "changed\n"))
    judged = shop.check("--worktree").json

    errors = {one["path"]: one for one in judged["findings"] if one["severity"] == "error"}
    refused = {one["path"]: one for one in asked["paths"] if not one["may_touch"]}
    assert {path: one["rule"] for path, one in refused.items()} == {
        path: one["rule"] for path, one in errors.items()
    }
    assert 0 < len(refused) < len(PATHS)
    for path, one in refused.items():
        places = [{**place} for place in errors[path].get("related", [])]
        assert ([one["by"]] if "by" in one else []) == places[:1], path
    assert (asked["slice"], asked["branch"]) == (judged["slice"], branch)
    assert asked["judged_by"] == judged["judged_by"]
    assert asked["commit"] == judged["plan"]["commit"]


def test_a_line_of_the_plan_accepts_each_path_that_the_branch_may_touch(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: LITERAL})
    shop.start("feature/api")
    plan = LITERAL.splitlines()

    by = {one["path"]: one.get("by") for one in who(shop, *PATHS).json["paths"] if one["may_touch"]}

    assert by.pop("docs/plan/PLAN.md") is by.pop("docs/plan/TASKS.md") is None
    lines = {path: plan[place["line"] - 1].strip(" -") for path, place in by.items() if place}
    assert lines["src/api/a.py"] == "src/api/**"
    assert lines["docs/x.snap"] == '"**/*.snap"'
    assert lines[".github/package.json"] == ".github/package.json"
    assert lines["CHANGELOG.md"] == "CHANGELOG.md"
    assert lines["web/nav.ts"].startswith("{path: web/nav.ts")


def test_the_text_says_so_below_what_the_plans_say(shop: Shop) -> None:
    shop.start("feature/api")
    agreed = f"in origin/main ({shop.git.rev_parse('main')[:12]})"

    ran = planner("who", "src/api/b.py", "src/web/x.ts", "README.md", "src/api", at=shop.folder)

    assert ran.stdout == (
        f"src/api/b.py: the slice 'api', by 'src/api/**' at {PLAN_PATH}:18:11\n"
        "  the branch 'feature/api' may touch it: the slice 'api' accepts it, by 'src/api/**' at "
        f"{PLAN_PATH}:18:11 {agreed}\n"
        f"src/web/x.ts: the slice 'web', by 'src/web/**' at {PLAN_PATH}:32:11\n"
        "  the branch 'feature/api' may not touch it: the slice 'web' holds it [foreign-path], "
        f"held by 'src/web/**' at {PLAN_PATH}:32:11 {agreed}\n"
        "README.md: not held by any slice\n"
        "  the branch 'feature/api' may not touch it: the slice 'api' does not hold it "
        f"[outside-scope], nearest include line: 'src/api/**' at {PLAN_PATH}:18:11 {agreed}\n"
        "src/api: a folder; name the paths in it\n"
    )
    (other,) = who(shop, "src/web/x.ts", "--slice", "web").json["paths"]
    assert other["may_touch"] is True


def test_a_plan_file_may_be_changed_where_check_scope_lets_it(shop: Shop) -> None:
    """A branch without a slice may change plans alone; a slice only what its scope names."""
    plan = replaced(("        - docs/api.md\n", f"        - docs/api.md\n        - {PLAN_PATH}\n"))
    for branch in ("feature/api", "patch-1", "dependabot/npm/x", "feature/api with the plan"):
        name, _, is_named = branch.partition(" ")
        if is_named:
            shop.git.branch("-D", name)
            shop.git.switch("--quiet", "main")
            shop.commit({PLAN_PATH: plan})
            shop.publish("main")
        shop.start(name)
        (one,) = who(shop, PLAN_PATH).json["paths"]
        text = (shop.folder / PLAN_PATH).read_text()
        write(shop.repo, {PLAN_PATH: text.replace("title: Shop", "title: The shop")})

        judged = shop.check("--worktree")

        errors = [one["rule"] for one in judged.json["findings"] if one["severity"] == "error"]
        assert (one["may_touch"], one.get("rule")) == (not errors, errors[0] if errors else None)
        assert (branch == "feature/api") is not one["may_touch"], branch
        shop.git.checkout("--quiet", "--", PLAN_PATH)


def test_a_branch_without_a_slice_is_told_once_why_it_may_touch_nothing(shop: Shop) -> None:
    shop.start("patch-1")

    answer = who(shop, "README.md", "src/api/a.py").json
    write(shop.repo, {"README.md": "x"})
    judged = shop.check("--worktree")

    told = [(one["may_touch"], one["rule"], one["why"]) for one in answer["paths"]]
    (finding,) = judged.json["findings"]
    assert told == [(False, finding["rule"], finding["message"])] * 2
    text = planner("who", "README.md", "src/api/a.py", at=shop.folder).stdout.splitlines()
    assert text[-1] == (
        "the branch 'patch-1' may change plans alone: no slice and no rule accepts the branch "
        "'patch-1' [unplanned-branch]"
    )
    assert len(text) == 3


@pytest.mark.parametrize("kind", ["unusable", "no plan", "no default branch", "unknown slice"])
def test_what_check_scope_cannot_tell_is_unknown_and_who_holds_it_is_told(
    shop: Shop, kind: str
) -> None:
    words = ("--slice", "wep") if kind == "unknown slice" else ()
    if kind == "unusable":
        shop.on_main({PLAN_PATH: "version: 1\n"})
    elif kind == "no plan":
        shop.on_main({PLAN_PATH: None})
    elif kind == "no default branch":
        shop.git.branch("-m", "main", "trunk")
        shop.git.symbolic_ref("--delete", "refs/remotes/origin/HEAD")
        shop.git.update_ref("-d", "refs/remotes/origin/main")
    shop.start("feature/api", at="HEAD")
    write(shop.repo, {PLAN_PATH: replaced(("title: Shop", "title: The shop"))})

    answer = who(shop, "src/api/a.py", *words).json

    (one,) = answer["paths"]
    assert [slice_["id"] for slice_ in one["slices"]] == ["api"]
    if kind == "no plan":
        assert (one["may_touch"], one["rule"]) == (False, "no-trusted-plan")
        return
    write(shop.repo, {"src/api/a.py": "a = 3\n"})
    judged = shop.check("--worktree", *words)
    assert (judged.exit, one["may_touch"]) == (2, None)
    assert answer["unknown"] == judged.json["error"]["message"]
    text = planner("who", "src/api/a.py", *words, at=shop.folder).stdout
    assert f"\ncannot tell what this branch may touch: {answer['unknown']}\n" in text
