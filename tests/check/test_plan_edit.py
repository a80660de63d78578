"""What a branch may change in a plan, and what it is told that its change opens."""

from pathlib import Path

import pytest
from shop import FILES, PLAN_PATH, Shop, replaced
from world import Ran

pytestmark = pytest.mark.slow

API = "        - src/api/**\n"
WEB = "        - src/web/**\n"


def errors(ran: Ran) -> dict[str, str]:
    """The paths that stopped the branch, each with its rule; what lint says has a line."""
    found = [f for f in ran.json["findings"] if f["severity"] == "error" and "line" not in f]
    return {f["path"]: f["rule"] for f in found}


EDITS = {
    "own scope": (API, f"{API}        - README.md\n"),
    "another slice's scope": (WEB, '        - "**"\n'),
    "an exclude of the plan": ("  - .github\n", ""),
    "shared": ("  - CHANGELOG.md\n", '  - "**"\n'),
    "limits": ("limits: {exceptions: 1}", "limits: {exceptions: 9}"),
    "a branch": ("    branch: feature/api\n", "    branch: [feature/api, x]\n"),
    "another slice's status": ("web-one, title: One, status: todo", "web-one, title: One"),
    "a gate": ("branch: feature/api\n", 'branch: feature/api\n    gates: [{id: g, run: "true"}]\n'),
    "a title": ("title: The API", "title: Our API"),
    "a task more": ("api-two, title: Two", "api-two, title: Two, depends_on: [api-one]"),
    "an unplanned rule": ('include: ["**/package.json"]', 'include: ["**"]'),
    "closing a slice": ("    closed: merged\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_e46_a3_a_slices_branch_changes_no_plan(shop: Shop, edit: str) -> None:
    shop.branch("feature/api", {PLAN_PATH: replaced(EDITS[edit]), "src/api/a.py": "a = 2\n"})

    ran = shop.check()

    assert errors(ran) == {PLAN_PATH: "plan-edit"}
    assert ran.json["counts"]["in_scope"] == 1
    (one,) = [f for f in ran.json["findings"] if f["rule"] == "plan-edit"]
    assert one["commit"] == shop.git.rev_parse("HEAD")


def test_e46_a_scope_widened_by_the_branch_changes_no_verdict(shop: Shop) -> None:
    shop.branch(
        "feature/api", {PLAN_PATH: replaced((API, '        - "**"\n')), "secret/key.txt": "mine\n"}
    )

    assert errors(shop.check()) == {PLAN_PATH: "plan-edit", "secret/key.txt": "outside-scope"}


def test_the_status_of_ones_own_tasks_may_change(shop: Shop) -> None:
    done = replaced(
        ("api-one, title: One, status: todo", "api-one, title: One, status: done"),
        ("{id: api-two, title: Two, status: todo}", "{id: api-two, title: Two}"),
    )
    shop.branch("feature/api", {PLAN_PATH: done})

    ran = shop.check()
    assert (ran.exit, ran.rules) == (0, [])
    assert ran.json["counts"]["in_scope"] == 1
    # The text may change otherwise: the plans are compared.
    shop.commit({PLAN_PATH: "# a comment\n" + done.replace("title: Shop", 'title: "Shop"')})
    assert shop.check().exit == 0


def test_a_pattern_opens_no_plan_file_and_a_literal_entry_does(shop: Shop) -> None:
    wide = replaced((API, f'{API}        - docs/**\n        - "**/*.yaml"\n'))
    shop.on_main({PLAN_PATH: wide.replace("  - CHANGELOG.md", "  - docs/plan/plan.yaml")})
    changed = wide.replace("title: Shop", "title: Ours")
    shop.branch(
        "feature/api", {PLAN_PATH: changed, ".planner/x": "x", "docs/plan/b/plan.yaml": "a"}
    )
    assert set(errors(shop.check())) == {PLAN_PATH, ".planner/x", "docs/plan/b/plan.yaml"}

    shop.git.switch("--quiet", "main")
    literal = replaced((API, f"{API}        - {PLAN_PATH}\n        - .planner/x\n"))
    shop.on_main({PLAN_PATH: literal})
    widened = literal.replace(WEB, f"{WEB}        - lib/**\n")
    shop.git.switch("--quiet", "-C", "feature/api", "main")
    shop.commit({PLAN_PATH: widened, ".planner/x": "x", "lib/l.ts": "x"})
    ran = shop.check()
    assert errors(ran) == {"lib/l.ts": "outside-scope"}
    (note,) = [f for f in ran.json["findings"] if f["rule"] == "scope-widened"]
    assert (note["severity"], note["slice"], note["witness"]) == ("note", "web", "lib/x")


def test_a_rule_may_name_a_plan_file(shop: Shop) -> None:
    rule = f'  - {{branch: "plan/*", include: [{PLAN_PATH}, README.md]}}\n'
    plan = replaced(("slices:\n", f"{rule}slices:\n"))
    shop.on_main({PLAN_PATH: plan})
    shop.branch("plan/x", {PLAN_PATH: plan.replace("title: Shop", "title: X"), "README.md": "x"})

    assert shop.check().exit == 0


def test_a_change_of_plans_alone_needs_no_slice_and_lists_what_moves(shop: Shop) -> None:
    shop.branch(
        "plan/widen",
        {
            PLAN_PATH: replaced((WEB, "        - src/web/*\n        - lib/**\n")),
            "docs/plan/PLAN.md": "# Plan\n",
            "docs/plan/TASKS.md": "# Tasks\n",
        },
    )

    ran = shop.check()

    assert ran.exit == 0
    (note,) = [f for f in ran.json["findings"] if f["rule"] == "plan-change"]
    assert note["severity"] == "note"
    assert note["slices"] == [{"slice": "web", "gains": "lib/x", "loses": "src/web/x/x"}]
    assert "scope-widened" in ran.rules
    assert ran.json["counts"]["in_scope"] == 3
    printed = shop.text().stdout
    assert "\nonly plans changed: 3 paths\n  compared: " in printed
    assert "  plan: " not in printed


def test_a_plan_tightened_on_main_reads_as_no_widening(shop: Shop) -> None:
    shop.branch("plan/title", {PLAN_PATH: replaced(("title: The guide", "title: A guide"))})
    shop.on_main({PLAN_PATH: replaced((API, "        - src/api/*\n"))})

    assert "scope-widened" not in shop.check().rules


def test_a_change_of_plans_that_does_not_lint_clean_stops(shop: Shop) -> None:
    overlapping = replaced((WEB, f"{WEB}        - src/api/a.py\n"))
    shop.branch("plan/overlap", {PLAN_PATH: overlapping})

    ran = shop.check()

    assert (ran.exit, "overlapping-scope" in ran.rules) == (1, True)
    assert ran.json["counts"]["out_of_scope"] == 1


@pytest.mark.parametrize("name", ["a", "z"])
def test_an_overlap_with_another_plan_stops_wherever_it_is_reported(shop: Shop, name: str) -> None:
    other = (
        "version: 1\ntitle: Other\nslices:\n"
        "  - {id: other, title: O, branch: other, scope: {include: [src/web/x.ts]}}\n"
    )
    shop.branch("plan/other", {f"docs/plan/{name}/plan.yaml": other})

    ran = shop.check()
    assert (ran.exit, "overlapping-scope" in ran.rules) == (1, True)


def test_a_change_of_plans_beside_anything_else_is_an_unplanned_branch(shop: Shop) -> None:
    shop.branch("plan/more", {PLAN_PATH: replaced((WEB, API)), "README.md": "x"})

    assert errors(shop.check()) == {PLAN_PATH: "unplanned-branch"}


@pytest.mark.parametrize(
    "text", ["", "version: [", "version: 2\n", "- a list\n", "\0\1", "version: 1\ntitle: T\n"]
)
def test_a_plan_left_unusable_is_an_error_for_everyone(shop: Shop, text: str) -> None:
    for branch in ("feature/api", "plan/broken"):
        shop.branch(branch, {PLAN_PATH: text})
        ran = shop.check()
        assert ran.exit == 1
        assert "plan-unreadable" in ran.rules


def test_documents_are_accepted_for_everyone(shop: Shop) -> None:
    shop.branch("feature/api", {"docs/plan/PLAN.md": "# P\n", "docs/plan/TASKS.md": "# T\n"})
    ran = shop.check()
    assert (ran.exit, ran.json["counts"]["shared"]) == (0, 2)

    shop.commit({"docs/plan/OTHER.md": "x", "docs/plan/x/PLAN.md": "x"})
    assert set(errors(shop.check())) == {"docs/plan/OTHER.md", "docs/plan/x/PLAN.md"}


def test_an_unusable_trusted_plan_is_repaired_by_a_change_of_plans_alone(shop: Shop) -> None:
    shop.branch("early", {"src/api/a.py": "a = 2\n"})
    shop.on_main({PLAN_PATH: replaced(("title: Shop\n", "titel: Shop\n"))})

    for branch in ("feature/api", "other"):
        shop.git.switch("--quiet", "-C", branch, "early")
        ran = shop.check()
        assert ran.exit == 2
        assert "unknown-key" in ran.rules
    shop.branch("plan/repair", {PLAN_PATH: FILES[PLAN_PATH], "docs/plan/PLAN.md": "# P\n"})
    assert shop.check().exit == 0
    # Also from the slice's own branch: nothing tells that it is one.
    shop.git.switch("--quiet", "-C", "feature/api")
    assert shop.check().exit == 0
    shop.branch("plan/half", {PLAN_PATH: replaced(("title: Shop\n", "titles: Shop\n"))})
    assert shop.check().exit == 2


def test_what_does_not_repair_an_unusable_plan_does_not_pass(shop: Shop) -> None:
    fine = FILES[PLAN_PATH]
    assert isinstance(fine, str)
    early = shop.git.rev_parse("main")
    shop.on_main({PLAN_PATH: replaced(("title: Shop\n", "titel: Shop\n"))})
    beside = (
        "version: 1\ntitle: B\nslices:\n  - {id: b, title: B, branch: b, scope: {include: [b]}}\n"
    )
    for number, (start, files) in enumerate(
        (
            ("main", {"docs/plan/PLAN.md": "# Only the document\n"}),
            ("main", {"docs/plan/b/plan.yaml": beside}),
            # Forked before main's plan broke: what the branch leaves alone stays broken.
            (early, {"docs/plan/b/plan.yaml": beside}),
            (early, {"docs/plan/PLAN.md": "# Only the document\n"}),
        )
    ):
        shop.branch(f"plan/{number}", files, at=start)
        ran = shop.check()
        assert ran.exit == 2, number
        assert "unknown-key" in ran.rules, number


def test_a_plan_that_was_unusable_where_the_branch_parted_is_compared_whole(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: "version: 1\ntitle: T\nslices: [7]\n"})
    shop.start("feature/api", "main")
    shop.commit({PLAN_PATH: FILES[PLAN_PATH]})
    shop.on_main({PLAN_PATH: FILES[PLAN_PATH]}, "mended on main as well")

    assert errors(shop.check()) == {PLAN_PATH: "plan-edit"}


def test_a_link_among_the_documents_leads_nowhere_outside(shop: Shop) -> None:
    shop.start("plan/link")
    (shop.folder / "docs/plan/PLAN.md").symlink_to("/etc/passwd")
    shop.commit({})

    # A link is no document, so that this is no change of plans alone.
    assert errors(shop.check()) == {"docs/plan/plan.yaml": "unplanned-branch"}


def test_a_plan_whose_overlaps_are_too_much_to_decide_is_exit_2(shop: Shop) -> None:
    hard = Path(__file__).parents[1] / "cases/lint/unproved_overlap.yaml"
    shop.start("plan/hard")
    shop.commit({"docs/plan/hard/plan.yaml": hard.read_text(encoding="utf-8")})

    ran = shop.check()

    assert ran.exit == 2
    assert "unproved-overlap" in [finding["rule"] for finding in ran.json["findings"]]
