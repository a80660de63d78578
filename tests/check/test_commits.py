"""What the net change of a branch hides: paths changed back, and commits that a merge buries."""

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran

pytestmark = pytest.mark.slow


def findings(ran: Ran) -> list[tuple[str, str, str, str]]:
    found = ran.json["findings"]
    return [(f["rule"], f["severity"], f["path"], f.get("commit", "")) for f in found]


def test_a_path_that_is_changed_and_changed_back_is_told(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    made = shop.commit({"secret/key.txt": "new\n"})
    shop.commit({"secret/key.txt": "key\n"})

    ran = shop.check()

    assert findings(ran) == [("changed-back", "warning", "secret/key.txt", made)]
    assert ran.exit == 0
    assert shop.check("--strict").exit == 1


def test_what_the_slice_may_touch_is_its_own_affair(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/new.py": "x", "CHANGELOG.md": "# 2\n", "x.snap": "1"})
    shop.commit({"src/api/new.py": None, "CHANGELOG.md": "# Changes\n", "x.snap": None})
    shop.commit({"src/api/a.py": "a = 3\n"})

    assert findings(shop.check()) == []


@pytest.mark.parametrize("how", ["ours", "reverted"])
def test_commits_of_another_branch_that_a_merge_buries_are_refused(shop: Shop, how: str) -> None:
    made = shop.branch("feature/web", {"src/web/x.ts": "let work_of_a_month\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    if how == "ours":
        shop.git.merge("--quiet", "--strategy=ours", "-m", "Merge main", "feature/web")
    else:
        shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "feature/web")
        shop.commit({"src/web/x.ts": "let x\n"}, "oops")

    ran = shop.check()

    assert findings(ran) == [("buried-commits", "error", "src/web/x.ts", made)]
    assert ran.exit == 1


def test_merging_the_base_hides_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({"src/web/x.ts": "let main\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")
    shop.commit({"src/api/b.py": "b = 2\n"})

    assert findings(shop.check()) == []


def test_a_stack_whose_parent_was_squashed_hides_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    shop.on_main({"src/api/a.py": "a = 2\n"}, "api\n\nSlice: api\n")
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")
    shop.git.branch("--quiet", "-D", "feature/api")

    ran = shop.check()

    assert (ran.exit, findings(ran)) == (0, [])


def test_a_plan_that_is_changed_and_changed_back_is_told(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    made = shop.commit({PLAN_PATH: replaced(("src/web/**", "**"))})
    shop.commit({PLAN_PATH: replaced()})

    assert findings(shop.check()) == [("changed-back", "warning", PLAN_PATH, made)]


def test_a_change_of_plans_hides_nothing_else(shop: Shop) -> None:
    shop.branch("plan/more", {"secret/key.txt": "new\n"})
    made = shop.git.rev_parse("HEAD")
    shop.commit({"secret/key.txt": "key\n", PLAN_PATH: replaced(("title: Shop", "title: S"))})

    assert ("changed-back", "warning", "secret/key.txt", made) in findings(shop.check())


def test_another_branch_as_the_first_parent_does_not_make_its_commits_own(shop: Shop) -> None:
    made = shop.branch("feature/web", {"src/web/x.ts": "let work\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    api = shop.git.rev_parse("HEAD")
    shop.git.switch("--quiet", "--detach", "feature/web")
    shop.git.merge("--quiet", "--no-commit", "--no-ff", api)
    shop.commit({"src/web/x.ts": "let x\n"}, "Merge")
    shop.git.branch("--quiet", "--force", "feature/api", "HEAD")
    shop.git.switch("--quiet", "feature/api")

    assert ("buried-commits", "error", "src/web/x.ts", made) in findings(shop.check())


def test_a_dependency_is_not_buried_either(shop: Shop) -> None:
    closed = ("    branch: feature/old\n", "    branch: feature/old\n    depends_on: [web]\n")
    wide = ("        - src/old/**\n", '        - "**"\n')
    depends = (
        "  - id: api\n    title: The API\n",
        "  - id: api\n    title: The API\n    depends_on: [old]\n",
    )
    shop.on_main({PLAN_PATH: replaced(closed, wide, depends)})
    made = shop.branch("feature/web", {"src/web/x.ts": "let work\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.merge("--quiet", "--strategy=ours", "-m", "Merge", "feature/web")

    assert ("buried-commits", "error", "src/web/x.ts", made) in findings(shop.check())


def test_a_conflict_that_has_the_side_of_the_base_is_a_warning(shop: Shop) -> None:
    shop.branch("helper", {"README.md": "# From the helper\n"})
    shop.git.switch("--quiet", "main")
    shop.commit({"README.md": None}, "remove it")
    shop.publish("main")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.merge("--quiet", "--no-commit", "--strategy=ours", "helper")
    shop.git.commit("--quiet", "-m", "Merge helper")

    ran = shop.check()

    assert (ran.exit, ran.rules) == (0, ["buried-commits"])
    assert ran.json["findings"][0]["severity"] == "warning"

    # What the base changes after the branch has started is no side of its merges.
    shop.branch("late", {"docs/api.md": "# Late\n"})
    shop.start("feature/web", "main")
    shop.commit({"src/web/x.ts": "let y\n"})
    shop.git.merge("--quiet", "--strategy=ours", "-m", "Merge late", "late")
    shop.on_main({"docs/api.md": "# Main\n"})
    assert shop.check().json["findings"][0]["severity"] == "error"


def test_commits_whose_changes_the_base_has_are_not_buried(shop: Shop) -> None:
    shop.branch("feature/web", {"src/web/x.ts": "let work\n", "lib/by-exception.ts": "x\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge web", "feature/web")
    shop.on_main({"src/web/x.ts": "let work\n", "lib/by-exception.ts": "x\n"}, "web (#1)")
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")
    shop.on_main({"src/web/x.ts": "let more\n"}, "web, later (#2)")
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")
    shop.commit({"src/api/b.py": "b = 2\n"})

    assert findings(shop.check()) == []


def test_what_a_merged_side_changed_back_itself_is_not_buried(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("co-worker", {"lib/x.ts": "oops\n"}, at="feature/api")
    shop.commit({"lib/x.ts": None, "src/api/b.py": "b = 2\n"})
    shop.git.switch("--quiet", "feature/api")
    shop.commit({"src/api/c.py": "c = 1\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "pull", "co-worker")

    assert findings(shop.check()) == []


def test_a_cherry_pick_from_the_base_is_not_changed_back(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    fix = shop.on_main({"secret/key.txt": "fixed\n"})
    shop.git.cherry_pick(fix)
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")

    assert findings(shop.check()) == []


def test_a_parent_that_marked_its_tasks_is_not_buried_after_its_squash(shop: Shop) -> None:
    done = replaced(("One, status: todo, files", "One, status: done, files"))
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", PLAN_PATH: done})
    shop.git.switch("--quiet", "feature/guide")
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge api", "feature/api")
    shop.on_main({"src/api/a.py": "a = 2\n", PLAN_PATH: done}, "api\n\nSlice: api\n")
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")

    ran = shop.check()

    assert (ran.exit, findings(ran)) == (0, [])


def test_a_cherry_pick_from_the_base_that_is_changed_back_is_told(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    fix = shop.on_main({"secret/key.txt": "rotated\n"})
    shop.git.cherry_pick(fix)
    picked = shop.git.rev_parse("HEAD")
    shop.commit({"secret/key.txt": "key\n"}, "undo")

    assert findings(shop.check()) == [("changed-back", "warning", "secret/key.txt", picked)]


def test_what_the_base_has_changed_back_as_well_is_not_told(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    fix = shop.on_main({"secret/key.txt": "rotated\n"})
    shop.git.cherry_pick(fix)
    shop.commit({"secret/key.txt": "key\n"}, "undo")
    shop.on_main({"secret/key.txt": "key\n"}, "undo")

    assert findings(shop.check()) == []


def test_landed_commits_of_another_branch_that_this_one_changes_back_are_told(shop: Shop) -> None:
    made = shop.branch("feature/web", {"src/web/x.ts": "let work\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge web", "feature/web")
    shop.commit({"src/web/x.ts": "let x\n"}, "undo")
    shop.on_main({"src/web/x.ts": "let work\n"}, "web (#1)")

    assert findings(shop.check()) == [("changed-back", "warning", "src/web/x.ts", made)]
