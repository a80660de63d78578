"""What a branch may change in a plan, and what it is told that its change opens."""

from pathlib import Path

import pytest
from shop import FILES, PLAN, PLAN_PATH, Shop, replaced
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


def edits(ran: Ran) -> dict[str, str]:
    """The edits of a plan by what they change, each with its commit."""
    found = [f for f in ran.json["findings"] if f["rule"] == "plan-edit"]
    assert all(f"'{f['key']}'" in f["message"] and f["related"][0]["line"] for f in found)
    return {f["key"]: f.get("commit", "") for f in found}


def test_every_edit_is_named_by_ids_with_the_commit_that_made_it(shop: Shop) -> None:
    first = [(WEB, '        - "**"\n'), ("title: The API", "title: Our API")]
    gate = ("    branch: feature/guide\n", "    branch: feature/guide\n    gates: [GATE]\n")
    shop.start("feature/api")
    shop.commit({"src/api/a.py": "a = 2\n"})
    one = shop.commit({PLAN_PATH: replaced(*first)})
    shop.commit({PLAN_PATH: "version: ["}, "for a moment it cannot be read")
    shop.commit({PLAN_PATH: replaced(*first, gate).replace("GATE", '{id: g, run: "x"}')})
    back = replaced(*first, gate, ("  - .github\n", "")).replace("GATE", '{id: g, run: "true"}')
    last = shop.commit({PLAN_PATH: back.replace("api-two, title: Two", "api-2, title: Two")})

    ran = shop.check()

    two = shop.git.rev_parse("HEAD~1")
    assert edits(ran) == {
        "slices.web.scope.include[src/web/**]": one,
        "slices.api.title": one,
        # The gate came before its command: a gate that is new is one change, as it is now.
        "slices.guide.gates.g": last,
        "exclude[.github]": last,
        "slices.api.tasks.api-two.id": last,
    }
    assert two not in edits(ran).values()
    messages = {f["key"]: f["message"] for f in ran.json["findings"] if "key" in f}
    assert messages["slices.web.scope.include[src/web/**]"].endswith("from 'src/web/**' to '**'")
    assert messages["slices.api.title"].endswith("from 'The API' to 'Our API'")
    assert messages["exclude[.github]"] == "the branch removes 'exclude[.github]'"
    assert messages["slices.guide.gates.g"] == "the branch adds 'slices.guide.gates.g'"


def test_a_merge_of_the_base_makes_no_edit(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({PLAN_PATH: replaced(("title: The guide", "title: A guide"))})
    shop.git.merge("--quiet", "--no-edit", "main")
    assert shop.check().rules == []

    mine = shop.commit({PLAN_PATH: replaced()}, "back to the old title")
    assert edits(shop.check()) == {"slices.guide.title": mine}


def test_a_branch_whose_slice_was_renamed_is_told_to_merge_the_base(shop: Shop) -> None:
    done = ("title: One, status: todo, files", "title: One, status: done, files")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", PLAN_PATH: replaced(done)})
    renamed = ("  - id: api\n", "  - id: service\n"), ("depends_on: [api]", "depends_on: [service]")
    shop.on_main({PLAN_PATH: replaced(*renamed)})

    (found,) = shop.check().json["findings"]

    assert (found["rule"], found["hint"]) == (
        "plan-edit",
        "the slice is called 'service' in origin/main, and this branch's plan has no slice of that "
        "id: git merge origin/main; else change the plan in a pull request of its own",
    )

    shop.git.merge("--quiet", "main", "-m", "merge")

    assert (shop.check().exit, shop.check().json["findings"]) == (0, [])


def test_an_edit_that_is_not_committed_names_no_commit(shop: Shop) -> None:
    done = replaced(("api-one, title: One, status: todo", "api-one, title: One, status: done"))
    shop.branch("feature/api", {PLAN_PATH: done})
    (shop.folder / PLAN_PATH).write_text(done.replace("title: The API", "title: Our API"))

    assert edits(shop.check("--worktree")) == {"slices.api.title": ""}
    shop.git.add("--all")
    assert edits(shop.check("--staged")) == {"slices.api.title": ""}


def test_a_slices_own_branch_says_that_it_is_merged_and_nothing_else(shop: Shop) -> None:
    own = ("    branch: feature/api\n", "    branch: feature/api\n    closed: merged\n")
    shop.branch("feature/api", {PLAN_PATH: replaced(own)})
    assert (shop.check().exit, shop.check().rules) == (0, [])

    dropped = replaced((own[0], own[1].replace("merged", "dropped")))
    shop.commit({PLAN_PATH: dropped})
    assert set(edits(shop.check())) == {"slices.api.closed"}
    other = ("    branch: feature/guide\n", "    branch: feature/guide\n    closed: merged\n")
    shop.commit({PLAN_PATH: replaced(other)})
    assert set(edits(shop.check())) == {"slices.guide.closed"}


def test_what_lint_found_before_stops_no_branch(shop: Shop) -> None:
    shop.on_main(
        {
            PLAN_PATH: replaced((WEB, f"{WEB}        - src/api/a.py\n        - docs/guide\n")),
            "docs/plan/b/plan.yaml": "version: 1\ntitle: B\nslices:\n  - {id: b, title: B, "
            "branch: b, scope: {include: [src/web/x.ts]}}\n",
        }
    )
    trunk = shop.repo.head.commit.tree[PLAN_PATH].data_stream.read().decode()
    shop.start("feature/api", "main")
    done = trunk.replace("api-one, title: One, status: todo", "api-one, title: One, status: done")
    shop.commit({PLAN_PATH: "# Moved by a line.\n" + done})
    ran = shop.check()
    assert (ran.exit, ran.rules) == (0, [])

    # A change of plans alone: what it adds stops it, also between two slices that overlapped.
    shop.start("plan/more", "main")
    shop.commit({PLAN_PATH: trunk.replace("title: Shop", "title: Ours")})
    assert shop.check().rules == ["plan-change"]
    shop.commit({PLAN_PATH: trunk.replace("        - docs/guide\n", "")})
    assert shop.check().exit == 0
    shop.commit({PLAN_PATH: trunk.replace("        - docs/guide\n", "        - docs/api.md\n")})
    ran = shop.check()
    assert (ran.exit, ran.rules) == (1, ["overlapping-scope"])
    # The two overlap in 'src/api/a.py' already, which is the path that lint reports.
    shop.commit(
        {PLAN_PATH: trunk.replace("- src/api/a.py\n", "- src/api/a.py\n        - src/api/b.py\n")}
    )
    assert (shop.check().exit, shop.check().rules) == (1, ["overlapping-scope"])


def test_what_lint_found_before_is_the_same_under_another_id(shop: Shop) -> None:
    old = ("id: api-two, title: Two, status: todo", "id: wrong, title: W, files: [README.md]")
    wider = (WEB, f"{WEB}        - src/api/a.py\n")
    shop.on_main({PLAN_PATH: replaced(old, wider)})
    renamed = [
        (("id: wrong", "id: right"),),
        (("id: web\n", "id: pages\n"),),
        (("id: api\n", "id: server\n"), ("[api]", "[server]")),
        (("id: api\n", "id: web-api\n"), ("[api]", "[web-api]"), ("id: wrong", "id: right")),
    ]
    for number, changes in enumerate(renamed):
        shop.start(f"plan/renamed-{number}", "main")
        shop.commit({PLAN_PATH: replaced(old, wider, *changes)})
        assert (shop.check().exit, shop.check().rules[0]) == (0, "plan-change")

    # Another id hides nothing that is new.
    shop.start("plan/more", "main")
    more = ("status: todo, files: [src/api/a.py]", "files: [src/api/a.py, README.md]")
    shop.commit({PLAN_PATH: replaced(old, wider, *renamed[0], more)})
    ran = shop.check()
    assert (ran.exit, ran.rules) == (1, ["task-outside-slice"])
    assert "'api-one'" in ran.json["findings"][0]["message"]
    shop.commit({PLAN_PATH: replaced(old, (WEB, f"{WEB}        - src/api/**\n"), renamed[1][0])})
    assert (shop.check().exit, shop.check().rules) == (1, ["overlapping-scope"])


def test_a_task_may_list_less_of_what_lies_outside_its_slice(shop: Shop) -> None:
    def task(files: str) -> tuple[str, str]:
        return "id: api-two, title: Two", f"id: api-two, title: Two, files: [{files}]"

    shop.on_main({PLAN_PATH: replaced(task('"src/**"'))})
    shop.start("plan/less", "main")
    for files in ('"src/web/**"', "src/web/x.ts", "src/web/x.ts, docs/plan/PLAN.md"):
        shop.commit({PLAN_PATH: replaced(task(files))})
        ran = shop.check()
        assert (ran.exit, ran.rules[-1]) == (0, "plan-change"), files
    for files in ('"**"', '"src/**", README.md', "docs/plan/plan.yaml"):
        shop.commit({PLAN_PATH: replaced(task(files))})
        assert (shop.check().exit, shop.check().rules) == (1, ["task-outside-slice"]), files
    # What its slice no longer holds is new outside of it.
    narrower = ("        - src/api/**\n", "        - src/api/a.py\n")
    shop.commit({PLAN_PATH: replaced(task('"src/api/*.py"'), narrower)})
    assert (shop.check().exit, shop.check().rules) == (1, ["task-outside-slice"])


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
    shop.on_main({PLAN_PATH: f"{PLAN}# fixed\n"}, "fixed on main as well")

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


def test_a_plan_that_the_default_branch_has_meanwhile_is_no_edit(shop: Shop) -> None:
    wider = replaced(("        - docs/api.md\n", "        - docs/api.md\n        - docs/more.md\n"))
    shop.branch("feature/api", {PLAN_PATH: wider, "docs/more.md": "# More\n"})
    assert set(shop.check().rules) == {"outside-scope", "plan-edit"}

    shop.on_main({PLAN_PATH: wider}, "squashed: a wider plan (#1)")
    assert (shop.check().exit, shop.check().rules) == (0, [])
    shop.commit({PLAN_PATH: wider.replace("title: Shop", "title: My shop")})
    assert set(shop.check().rules) == {"plan-edit"}
