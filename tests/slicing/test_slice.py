"""`planner slice`: what it proposes, writes, and refuses."""

import os
import re
import subprocess
import sys
from typing import Any

import git
import pytest
import yaml
from slicing.conftest import Big, Make, of, words
from world import commit, planner, root, write

A, B, C = words("apple", "apricot"), words("beetle", "badger"), words("cherry", "clover")
TWO = {
    "src/pay.py": A, "tests/test_pay.py": f"import pay\n{A}",
    "src/cart.py": B, "tests/test_cart.py": f"import cart\n{B}",
}  # fmt: skip
GROUPS = [{"src/cart.py", "tests/test_cart.py"}, {"src/pay.py", "tests/test_pay.py"}]


def test_two_topics_on_one_branch_are_two_slices(big: Make) -> None:
    found = big({}, TWO)
    document = found.slice().json

    assert found.groups() == GROUPS
    assert document["is_needed"] is False
    assert {one["slice"] for one in document["paths"]} == {one["id"] for one in document["slices"]}
    assert all(one["reasons"] for one in document["paths"])
    confidences = [one["confidence"] for one in document["paths"]]
    assert confidences == sorted(confidences)
    assert all(0 <= one <= 1 for one in confidences)
    assert [one["branch"] for one in document["slices"]] == [
        f"big-{one['id']}" for one in document["slices"]
    ]


def test_the_answer_is_the_same_whatever_the_seed_of_hashes(big: Make) -> None:
    found = big({}, TWO)
    command = [sys.executable, "-m", "planner", "slice", "--format", "json"]
    said = [
        subprocess.run(
            command, cwd=root(found.repo), check=True, capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert said[0] == said[1]
    assert b"src/pay.py" in said[0]


def test_history_keeps_together_what_was_changed_together(repo: git.Repo) -> None:
    names = ["one.py", "two.py", "three.py"]
    commit(repo, dict.fromkeys([*names, "z.py"], "start\n"), "start")
    for number in range(9):
        commit(repo, {"one.py": f"{number}\n", "two.py": f"{number}\n"}, f"both {number}")
        commit(repo, {"three.py": f"{number}\n"}, f"other {number}")
    repo.git.switch("--quiet", "--create", "big")
    commit(repo, {"one.py": A, "two.py": B, "three.py": C}, "work")
    found = Big(repo)

    assert found.groups() == [{"one.py", "two.py"}, {"three.py"}]
    assert "history" in {one["kind"] for one in of(found.slice().json, "one.py")["reasons"]}


def test_what_is_written_is_a_plan_without_a_warning(big: Make) -> None:
    found = big({"src/old.py": C, "CHANGELOG.md": "# Changes\n"}, {
        **TWO, "src/old.py": None, "src/new.py": C + "clover = 1\n",
        "app/[id]/{x}/page.tsx": "zebra = giraffe\n", "!odd.txt": "lion\n",
        "CHANGELOG.md": "# Changes\n\n- apple\n",
    })  # fmt: skip
    ran = found.slice("-o", "docs/plan/plan.yaml")
    assert (ran.exit, ran.json["plan"]) == (0, "docs/plan/plan.yaml")

    linted = planner("lint", "--strict", "--format", "json", at=found.repo)
    assert (linted.exit, [one for one in linted.json["findings"] if one["severity"] != "note"]) == (
        0,
        [],
    )
    again = found.slice().json  # now by the plan
    assert [one for one in again["slices"] if not one["declared"]] == []
    before = [(one["id"], one["paths"]) for one in ran.json["slices"]]
    held = {path for one in again["slices"] for path in one["paths"]}
    assert held == {path for _, paths in before for path in paths}
    assert planner("render", at=found.repo).exit == 0


def test_the_slices_land_on_the_branch_that_the_base_names_else_on_the_default_one(
    big: Make,
) -> None:
    found = big({}, {"more.txt": "x\n"}, TWO)
    found.repo.git.branch("release", "main")
    for base, target in (("HEAD^", "main"), ("release", "release"), ("main", "main")):
        assert found.slice("--base", base, "-o", f"{target}-{len(base)}.yaml").exit == 0
        text = (root(found.repo) / f"{target}-{len(base)}.yaml").read_text()
        assert f"\nbase: {target}\n" in text


def test_no_file_is_overwritten(big: Make) -> None:
    found = big({}, TWO)
    write(found.repo, {"docs/plan/plan.yaml": "mine\n"})
    ran = found.slice("-o", "docs/plan/plan.yaml")

    assert (ran.exit, "there is a file already" in ran.json["error"]["message"]) == (2, True)
    assert (root(found.repo) / "docs/plan/plan.yaml").read_text() == "mine\n"


def test_clean_commits_with_files_of_their_own_are_reproduced(big: Make) -> None:
    changes = [{"a.py": A, "x/b.py": C}, {"c.py": A, "d.md": B}, {"e.go": B}]
    found = big({}, *changes, messages=("feat: one (#1)", "fix(x): the second", "Third"))

    assert found.groups("--by-commit") == [set(one) for one in changes]
    slices = found.slice("--by-commit").json["slices"]
    assert [(one["id"], one["title"]) for one in slices] == [
        ("one", "feat: one (#1)"),
        ("the-second", "fix(x): the second"),
        ("third", "Third"),
    ]


def test_a_file_of_two_commits_goes_to_the_one_that_it_is_closest_to(big: Make) -> None:
    found = big(
        {"a.py": "", "c.py": "", "both.py": ""},
        {"a.py": A, "both.py": "one = 1\n"},
        {"c.py": B, "both.py": f"one = 1\n{B}"},
    )

    assert found.groups("--by-commit") == [{"a.py"}, {"c.py", "both.py"}]


PLAN = """\
version: 1
title: Shop
slices:
  - {id: pay, title: Pay, branch: pay, scope: {include: [src/pay.py, {path: pay/, new: true}]}}
  - {id: done, title: Done, branch: done, closed: merged, scope: {include: [src/cart.py]}}
"""


def test_open_slices_of_the_plan_take_what_they_hold_first(big: Make) -> None:
    found = big({"docs/plan/plan.yaml": PLAN, "src/pay.py": "", "src/cart.py": ""}, TWO)
    document = found.slice().json

    first = document["slices"][0]
    assert (first["id"], first["declared"], first["paths"]) == ("pay", True, ["src/pay.py"])
    assert of(document, "src/pay.py")["reasons"] == [
        {"kind": "declared", "text": "the plan's slice 'pay' holds it"}
    ]
    assert {"src/cart.py", "tests/test_cart.py"} in found.groups()


def test_what_crosses_the_slices_of_the_plan_is_a_warning(big: Make) -> None:
    found = big(
        {"docs/plan/plan.yaml": PLAN, "src/pay.py": A, "src/cart.py": B},
        {
            "src/pay.py": f"from src.cart import empty_cart\n{A}",
            "src/cart.py": f"{B}\ndef empty_cart():\n    pass\n",
        },
    )
    ran = found.slice()
    (crossed,) = ran.json["findings"]

    assert (ran.exit, crossed["rule"], crossed["severity"]) == (0, "crossed-slice", "warning")
    assert crossed["message"].endswith("src/pay.py:1 uses empty_cart, new in src/cart.py:10")
    assert (crossed["path"], crossed["line"]) == ("docs/plan/plan.yaml", 4)


def test_uncommitted_work_and_plans_are_left_out_with_a_note(big: Make) -> None:
    found = big({}, {**TWO, "docs/plan/plan.yaml": PLAN, "docs/plan/PLAN.md": "# Plan\n"})
    write(found.repo, {"src/more.py": "x\n", "docs/plan/plan.yaml": f"{PLAN}# more\n"})
    ran = found.slice()

    notes = [one["message"] for one in ran.json["findings"] if one["rule"] == "left-out"]
    assert notes == [
        "one uncommitted change is left out",
        "2 changed files of the plan are left out",
    ]
    assert {one["path"] for one in ran.json["paths"]} == set(TWO)


def test_a_clone_without_history_is_warned_of(big: Make, tmp_path: os.PathLike[str]) -> None:
    found = big({}, TWO)
    found.repo.git.switch("--quiet", "main")
    for number in range(3):
        commit(found.repo, {"more.txt": f"{number}\n"}, "more")
    base = commit(found.repo, TWO, "all")
    clone = git.Repo.clone_from(f"file://{root(found.repo)}", tmp_path / "c", depth=2)  # type: ignore[operator]
    ran = planner("slice", "--base", "HEAD^", "--format", "json", at=clone)

    assert (ran.exit, ran.json["head"]["commit"]) == (0, base)
    assert ("unknown-history", "warning") in [
        (one["rule"], one["severity"]) for one in ran.json["findings"]
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "HEAD changes nothing since main"),
        ({"docs/plan/plan.yaml": PLAN}, "HEAD changes nothing but plans since main"),
    ],
)
def test_nothing_to_slice_is_told(big: Make, change: dict[str, str], message: str) -> None:
    ran = big({}, change).slice()

    assert (ran.exit, message in ran.json["error"]["message"]) == (2, True)


def test_a_base_that_is_no_ancestor_counts_from_where_they_parted(big: Make) -> None:
    found = big({}, TWO)
    found.repo.git.switch("--quiet", "main")
    commit(found.repo, {"later.txt": "x\n"}, "later")
    found.repo.git.switch("--quiet", "big")

    assert {path for group in found.groups() for path in group} == set(TWO)


def test_unrelated_histories_are_refused(big: Make) -> None:
    found = big({}, TWO)
    found.repo.git.switch("--quiet", "--orphan", "other")
    commit(found.repo, {"x.txt": "x\n"}, "other")

    ran = found.slice()
    assert (ran.exit, "share no history" in ran.json["error"]["message"]) == (2, True)


def test_what_is_no_text_or_very_long_is_placed_as_well(big: Make) -> None:
    minified = "var a=1;" * 120_000
    found = big(
        {"a.bin": b"\0\1", "old.txt": "x\n"},
        {
            "a.bin": b"\0\2", "img/x.png": b"\x89PNG\0", "web/all.min.js": minified,
            "latin\udce9.txt": b"caf\xe9\n",
            "empty.txt": "", "old.txt": None,
        },
    )  # fmt: skip
    document = found.slice().json

    assert len(document["paths"]) == 6
    (odd,) = (one for one in document["paths"] if "path_base64" in one)
    assert odd["path_base64"] == "bGF0aW7pLnR4dA=="


def test_modes_links_and_submodules_are_items(big: Make) -> None:
    found = big({"run.sh": "x\n"}, {})
    (root(found.repo) / "run.sh").chmod(0o755)
    (root(found.repo) / "link").symlink_to("run.sh")
    found.repo.git.add("--all")
    head = found.repo.head.commit.hexsha
    found.repo.git.update_index("--add", "--cacheinfo", f"160000,{head},sub")
    found.repo.git.commit("--quiet", message="odd")
    document = found.slice().json

    assert {one["path"] for one in document["paths"]} == {"run.sh", "link", "sub"}


def test_the_text_says_size_order_and_why(big: Make) -> None:
    found = big(
        {"src/pay.py": A, "src/cart.py": B},
        {"src/pay.py": f"{A}\ndef round_half():\n    pass\n"},
        {"src/cart.py": f"from src.pay import round_half\n{B}"},
        messages=("Round money", "Use it in the cart"),
    )
    said = planner("slice", "--by-commit", at=found.repo).stdout

    assert "1. round-money  1 file, +3 -0\n   src/pay.py\n" in said
    assert "2. use-it-in-the  1 file, +1 -0, after round-money\n" in said
    assert "   needs round-money: src/cart.py:1 uses round_half, new in src/pay.py:10\n" in said
    table = planner("slice", "--by-commit", "--format", "markdown", at=found.repo).stdout
    assert "| 2 | `use-it-in-the`: Use it in the cart | 1 | +1 -0 | `round-money` |" in table


def test_control_characters_in_subjects_and_paths_are_no_separators(big: Make) -> None:
    one, two = "a\x01b.py", "\nc\x02.py"
    found = big({}, {one: A, "x.py": C}, {}, {two: B}, messages=("Say\x01hi", "\x02", "\x02b\x02"))

    assert found.groups("--by-commit") == [{two}, {one, "x.py"}]


def written(found: Big, *words: str) -> str:
    """Write the slices of the branch as a plan, and return it once lint finds no fault."""
    ran = found.slice("-o", "docs/plan/plan.yaml", *words)
    assert ran.exit == 0, ran.stdout
    linted = planner("lint", "--strict", "--format", "json", at=found.repo)
    assert [one for one in linted.json["findings"] if one["severity"] != "note"] == []
    return (root(found.repo) / "docs/plan/plan.yaml").read_text()


def test_a_branch_name_that_no_plan_can_have_is_spelled_otherwise(big: Make) -> None:
    found = big({}, TWO)
    found.repo.git.branch("--move", "!feat{a,b}/x")

    assert "branch: feat-a-b-/x-apple-apricot" in written(found)


@pytest.mark.parametrize(
    ("head", "stem"),
    [
        ("refs/heads/team/big", "team/big"), ("origin/team/big", "team/big"),
        ("team/big~0", "sliced"), ("v1/x", "sliced"),
    ],
)  # fmt: skip
def test_branches_of_slices_are_called_after_the_branch_without_its_remote(
    head: str, stem: str, big: Make
) -> None:
    found = big({}, TWO)
    found.repo.git.branch("--move", "team/big")
    found.repo.git.tag("v1/x")
    if head.startswith("origin/"):
        found.repo.git.update_ref("refs/remotes/origin/team/big", "HEAD")
    said = found.slice("--head", head).json["slices"]

    assert [one["branch"] for one in said] == [f"{stem}-{one['id']}" for one in said]


def test_a_base_that_is_no_branch_is_not_the_base_of_the_plan(big: Make) -> None:
    found = big({}, {"first.py": C}, TWO)

    assert "\nbase: main\n" in written(found, "--base", "HEAD~1")


def test_names_that_branches_or_other_slices_have_are_not_given_again(big: Make) -> None:
    plan = PLAN.replace("id: done", "id: apple-apricot")
    found = big({"docs/plan/other/plan.yaml": plan, "src/pay.py": "", "src/cart.py": ""}, {
        "src/fee.py": A, "src/tax.py": A, "src/box.py": B, "src/bag.py": B,
    })  # fmt: skip
    found.repo.git.branch("big-badger-beetle/old", "main")
    found.repo.git.branch("big-badger-beetle-2", "main")

    ids = {one["id"] for one in found.slice().json["slices"]}
    assert ids == {"apple-apricot-2", "badger-beetle-3"}


@pytest.mark.parametrize("others", ['"big-*"', '"*-apple-apricot"', "[mine, big-apple-apricot]"])
def test_no_branch_is_given_that_another_open_slice_accepts(big: Make, others: str) -> None:
    plan = PLAN.replace("branch: pay", f"branch: {others}").replace("src/pay.py", "src/other.py")
    found = big({"docs/plan/other/plan.yaml": plan, "src/other.py": "x\n"}, TWO)
    ran = found.slice("-o", "docs/plan/plan.yaml")

    assert (ran.exit, planner("split", at=found.repo).exit) == (0, 0)


def test_nothing_is_written_where_another_open_slice_accepts_every_branch(big: Make) -> None:
    plan = PLAN.replace("branch: pay", 'branch: "*"').replace("src/pay.py", "src/other.py")
    found = big({"docs/plan/other/plan.yaml": plan, "src/other.py": "x\n"}, TWO)
    ran = found.slice("-o", "docs/plan/plan.yaml")

    assert ran.exit == 2
    assert "the open slice 'pay' accepts the branch" in ran.json["error"]["message"]
    assert found.slice().exit == 0


def test_after_a_split_the_same_names_are_proposed_again(big: Make) -> None:
    found = big({}, TWO)
    first = found.slice("-o", "plan.yaml").json["slices"]
    assert planner("split", "--plan", "plan.yaml", at=found.repo).exit == 0
    (root(found.repo) / "plan.yaml").unlink()

    assert found.slice().json["slices"] == first
    found.repo.git.branch("--force", first[0]["branch"], "main")  # now it is somebody else's
    assert found.slice().json["slices"][0]["id"] == f"{first[0]['id']}-2"


def test_a_change_log_alone_is_a_slice(big: Make) -> None:
    found = big({"CHANGELOG.md": "# Changes\n"}, {"CHANGELOG.md": "# Changes\n\n- x\n"})

    assert "- CHANGELOG.md" in written(found)


def test_a_path_that_no_pattern_can_spell_is_held_by_one_that_stands_for_it(big: Make) -> None:
    found = big({}, {"src/new\nline.py": A, "src/\udce9t\u202eé.py": B, "x\x07": C})
    text = written(found)

    assert {"path: 'src/new?line.py'", "path: 'src/?t???é.py'", "path: 'x?'"} <= set(
        re.findall("path: [^,]*", text)
    )
    assert r"# stands for 'src/\xe9t\u202eé.py'" in text
    found.repo.git.add("docs")
    found.repo.git.commit("--quiet", "--message=plan")
    assert planner("split", at=found.repo).exit == 0


def test_a_path_that_only_a_pattern_of_other_paths_could_hold_is_told(big: Make) -> None:
    found = big({}, {"a/new\nline.py": A}, {"a/new-line.py": B})
    ran = found.slice("--by-commit", "-o", "plan.yaml")

    assert (ran.exit, ran.rules) == (2, ["overlapping-scope"])
    message = ran.json["error"]["message"]
    assert message == "no pattern can spell the path 'a/new\nline.py'; nothing was written"
    assert not (root(found.repo) / "plan.yaml").exists()


def test_the_extension_of_a_file_is_neither_a_reason_nor_a_name(big: Make) -> None:
    document = big({}, {"one.txt": "1\n", "two.txt": "2\n", "a/e7.py": "1\n"}).slice().json

    assert {one["id"] for one in document["slices"]} == {"one-two", "e7"}
    assert of(document, "one.txt")["reasons"][0]["text"] == "it is closest to two.txt"


def test_titles_are_text_in_the_table(big: Make) -> None:
    found = big({}, {"a.py": A}, messages=(r"back\| <b> `x` | y",))
    table = planner("slice", "--by-commit", "--format", "markdown", at=found.repo).stdout

    assert r"`back-b-x-y`: back\\\| \<b> \`x\` \| y |" in table


def test_beside_another_plan_the_next_step_splits_by_both(big: Make) -> None:
    found = big({"docs/plan/other/plan.yaml": PLAN, "src/pay.py": "", "src/cart.py": ""}, TWO)
    said = planner("slice", "-o", "docs/plan/plan.yaml", at=found.repo).stdout
    found.repo.git.add("docs")
    ran = planner("split", "--dry-run", at=found.repo)

    assert "then planner split --dry-run\n" in said
    assert (ran.exit, "proved" in ran.stdout) == (0, True)


def test_nothing_is_written_beside_a_plan_that_the_work_tree_lacks(big: Make) -> None:
    found = big({"src/pay.py": ""}, TWO)
    found.repo.git.switch("--quiet", "main")
    commit(found.repo, {"docs/plan/plan.yaml": PLAN}, "plan")
    found.repo.git.switch("--quiet", "big")
    ran = found.slice("-o", "docs/plan/more.yaml")

    assert (ran.exit, ran.json["error"]["hint"]) == (
        2,
        "bring it into the branch: git merge main",
    )
    assert "lacks 'docs/plan/plan.yaml'" in ran.json["error"]["message"]
    assert not (root(found.repo) / "docs/plan/more.yaml").exists()


def test_what_is_compared_with_is_named_by_an_option_where_nothing_tells_it(big: Make) -> None:
    repo = big({"a.py": "a = 1\n"}, {"a.py": "a = 2\n"}).repo
    repo.git.branch("--quiet", "--move", "main", "trunk")
    ran = planner("slice", at=repo)
    assert (ran.exit, "\nhint: name what to compare with: --base REV" in ran.stderr) == (2, True)
    assert planner("slice", "--base", "trunk", at=repo).exit == 0

    repo.git.switch("--quiet", "--orphan", "other")
    commit(repo, {"b.py": "b = 1\n"})
    ran = planner("slice", "--base", "trunk", at=repo)
    assert (ran.exit, "\nhint: name what to compare with: --base REV" in ran.stderr) == (2, True)


def test_one_file_of_one_line_is_said_in_the_singular(big: Make) -> None:
    found = big({}, {"a.py": "a = 1\n"})

    assert " changes 1 file, 1 line since main " in planner("slice", at=found.repo).stdout


def test_a_definition_that_moves_is_the_reason_of_both_files_and_of_no_other(big: Make) -> None:
    body = "def round_half_even(amount, places):\n    return amount.quantize(places)\n"
    found = big({"shop/money.py": body}, {"shop/money.py": "", "shop/sums.py": body}).slice().json

    for path in ("shop/money.py", "shop/sums.py"):
        (reason,) = [one for one in of(found, path)["reasons"] if one["kind"] == "order"]
        assert "round_half_even moves from shop/money.py:1" in reason["text"]
        assert "with" not in reason


PROJECT = "[tool.pytest.ini_options]\n\n[tool.ruff]\n"
OWNED = "* @dana\n/web/ @org/web-team\n/both/ @dana @lee\n"
APART = {
    "api/list.py": words("apple", "apricot"),
    "api/apple.py": words("apple", "apricot"),
    "web/zebra.ts": words("zebra", "zeppelin"),
    "web/zeppelin.ts": words("zebra", "zeppelin"),
}


def _written(found: Big, *more: str) -> dict[str, Any]:
    """The plan that is written, which has to be one that lint and split take as it stands."""
    ran = found.slice("-o", "docs/plan/plan.yaml", *more)
    assert ran.exit == 0, ran.stdout
    linted = planner("lint", "--strict", "--format", "json", at=found.repo)
    assert (linted.exit, {one["severity"] for one in linted.json["findings"]} <= {"note"}) == (
        0,
        True,
    )
    assert planner("split", *(("--head", "big") if more else ()), at=found.repo).exit == 0
    plan: dict[str, Any] = yaml.safe_load((root(found.repo) / "docs/plan/plan.yaml").read_text())
    return plan


def test_the_owner_of_a_slice_is_the_one_that_the_base_names_for_all_its_paths(big: Make) -> None:
    base = {".github/CODEOWNERS": OWNED}
    plan = _written(big(base, {**APART, ".github/CODEOWNERS": "* @mallory\n"}))

    owners = {
        path: one.get("owner")
        for one in plan["slices"]
        for path in (each["path"] for each in one["scope"]["include"] if "path" in each)
    }
    assert (owners["api/list.py"], owners["web/zebra.ts"]) == ("dana", "org/web-team")
    assert "owners" not in plan


def test_gates_that_are_guessed_for_all_slices_are_those_of_the_plan(big: Make) -> None:
    plan = _written(big({"pyproject.toml": PROJECT}, APART))

    assert [(one["id"], one["run"]) for one in plan["gates"]] == [
        ("tests", "python -m pytest -q"),
        ("lint", "ruff check ."),
    ]
    assert [one for one in plan["slices"] if "gates" in one] == []


def test_other_gates_are_those_of_each_slice(big: Make) -> None:
    base = {"api/pyproject.toml": PROJECT, "web/go.mod": "module x\n"}
    plan = _written(big(base, APART))

    assert "gates" not in plan
    assert {tuple(sorted({gate["cwd"] for gate in one["gates"]})) for one in plan["slices"]} == {
        ("api",),
        ("web",),
    }


def test_of_another_branch_than_the_one_checked_out_no_gates_are_guessed(big: Make) -> None:
    found = big({"pyproject.toml": PROJECT}, APART)
    found.repo.git.switch("--quiet", "main")
    plan = _written(found, "--head", "big")

    assert "gates" not in plan
    assert [one for one in plan["slices"] if "gates" in one] == []
