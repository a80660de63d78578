"""`check --only size`: the limits of a slice, and that no branch can hide what it changes."""

import subprocess
from typing import Any

import git
import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Files, Ran, commit, planner

LIMITED = ("limits: {exceptions: 1}", "limits: {exceptions: 1, files: 2, lines: 5}")


def limited(shop: Shop, files: Files | None = None, *more: tuple[str, str]) -> None:
    """Give the slice `api` limits on main: two files and five lines."""
    shop.on_main({PLAN_PATH: replaced(LIMITED, *more), **(files or {})})


def size(shop: Shop, *words: str, env: dict[str, str] | None = None) -> Ran:
    """Run the part alone, with JSON."""
    return planner("check", "--only", "size", "--format", "json", *words, at=shop.folder, env=env)


def part(ran: Ran) -> dict[str, Any]:
    """Return the part in a document."""
    return dict(ran.json["parts"]["size"])


def counts(shop: Shop) -> tuple[int, int]:
    """Return how many files and lines the branch has."""
    told = part(size(shop))
    return told["files"]["count"], told["lines"]["count"]


def lines(count: int) -> str:
    """Return a text of so many lines."""
    return "".join(f"{number}\n" for number in range(count))


def test_a_branch_within_its_limits_passes_with_both_figures(shop: Shop) -> None:
    limited(shop)
    shop.branch("feature/api", {"src/api/a.py": "a = 2\nb = 3\n", "src/api/n.py": "n\n"})

    ran = planner("check", "--only", "size", at=shop.folder)

    assert (ran.exit, ran.stdout) == (
        0,
        "the slice 'api' changes 2 of 2 files and 4 of 5 lines\npassed\n",
    )
    assert part(size(shop)) == {
        "applies": True,
        "ok": True,
        "slice": "api",
        "files": {"count": 2, "limit": 2},
        "lines": {"count": 4, "limit": 5},
        "binary_files": 0,
        "not_counted": {"documents": 0, "generated": 0, "linguist_generated": 0},
    }


def test_beyond_its_limits_it_fails_at_the_line_of_the_limit(shop: Shop) -> None:
    limited(shop)
    files = {f"src/api/{name}.py": lines(3) for name in "cde"}
    shop.branch("feature/api", files)

    ran = size(shop)

    assert (ran.exit, ran.rules) == (1, ["too-many-files", "too-many-lines"])
    assert [(one["line"], one["column"], one["message"]) for one in ran.json["findings"]] == [
        (22, 36, "the branch changes 3 files, and the slice 'api' may change 2"),
        (22, 46, "the branch adds and removes 9 lines, and the slice 'api' may change 5"),
    ]
    assert ran.json["findings"][1]["hint"].endswith(
        "most lines are in 'src/api/c.py' (3), 'src/api/d.py' (3), 'src/api/e.py' (3)"
    )


def test_limits_of_the_plan_count_where_the_slice_has_none(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: replaced(("shared:\n", "limits: {lines: 1}\nshared:\n"))})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    ran = size(shop)

    assert ran.rules == ["too-many-lines"]
    assert (ran.json["findings"][0]["line"], part(ran)["files"]["limit"]) == (3, None)


def test_a_branch_cannot_raise_its_own_limits(shop: Shop) -> None:
    limited(shop)
    raised = replaced(("limits: {exceptions: 1}", "limits: {exceptions: 1, files: 2, lines: 500}"))
    shop.branch("feature/api", {PLAN_PATH: raised, "src/api/a.py": lines(9)})

    assert size(shop).rules == ["too-many-lines"]


def test_a_rename_counts_as_two_files(shop: Shop) -> None:
    limited(shop)
    shop.start("feature/api")
    shop.git.mv("src/api/a.py", "src/api/c.py")
    shop.commit({})

    assert counts(shop) == (2, 2)


def test_deleted_lines_count(shop: Shop) -> None:
    limited(shop, {"src/api/long.py": lines(6)})
    shop.branch("feature/api", {"src/api/long.py": None})

    assert size(shop).rules == ["too-many-lines"]


def test_a_binary_file_counts_as_a_file_alone(shop: Shop) -> None:
    limited(shop)
    shop.branch("feature/api", {"src/api/a.png": b"\x89PNG\0" + b"\n" * 100})

    told = part(size(shop))

    assert (told["files"]["count"], told["lines"]["count"], told["binary_files"]) == (1, 0, 1)
    shown = planner("check", "--only", "size", at=shop.folder).stdout
    assert "; 1 binary file without lines\n" in shown


@pytest.mark.parametrize("rule", ["* -diff", "* binary", "*.py -text -diff", "* diff=hidden"])
def test_no_attribute_of_the_branch_hides_lines(shop: Shop, rule: str) -> None:
    limited(shop)
    shop.branch("feature/api", {"src/api/.gitattributes": f"{rule}\n", "src/api/a.py": lines(6)})
    shop.git.config("diff.hidden.binary", "true")
    info = shop.folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text(f"{rule}\n")

    assert counts(shop) == (2, 8)


@pytest.mark.parametrize(
    ("value", "is_counted"),
    [
        ("linguist-generated", False),
        ("linguist-generated=true", False),
        ("linguist-generated=yes", False),
        ("linguist-generated=false", True),
        ("-linguist-generated", True),
        ("!linguist-generated", True),
        ("text", True),
    ],
)
def test_what_the_trusted_commit_calls_generated_does_not_count(
    shop: Shop, value: str, *, is_counted: bool
) -> None:
    limited(shop, {"src/.gitattributes": f"*.gen.py {value}\n"})
    shop.branch("feature/api", {"src/api/x/y.gen.py": lines(6)})

    ran = size(shop)

    assert counts(shop) == ((1, 6) if is_counted else (0, 0))
    assert part(ran)["not_counted"]["linguist_generated"] == int(not is_counted)


def test_a_nearer_file_and_a_macro_count_as_in_git(shop: Shop) -> None:
    attributes = {
        ".gitattributes": "[attr]made linguist-generated=true\nsrc/api/** made\n",
        "src/api/own/.gitattributes": "*.py !linguist-generated\n",
    }
    limited(shop, attributes)
    shop.branch("feature/api", {"src/api/own/a.py": "1\n", "src/api/n\new.py": "2\n"})

    assert counts(shop) == (1, 1)


def test_a_branch_cannot_exempt_itself(shop: Shop) -> None:
    limited(shop)
    shop.branch(
        "feature/api",
        {".gitattributes": "* linguist-generated\n", "src/api/a.py": lines(6)},
    )
    info = shop.folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* linguist-generated\n")
    home = shop.folder.parent / "attributes"
    home.write_text("* linguist-generated\n")
    shop.git.config("core.attributesFile", str(home))

    assert counts(shop) == (2, 8)


def test_generated_paths_and_documents_do_not_count(shop: Shop) -> None:
    limited(shop)
    shop.branch(
        "feature/api",
        {
            "src/api/a.snap": lines(9),
            "docs/plan/PLAN.md": lines(9),
            "docs/plan/new/PLAN.md": lines(2),
            "src/api/b.py": "b = 2\n",
        },
    )

    ran = planner("check", "--only", "size", at=shop.folder)

    assert ran.stdout == (
        "the slice 'api' changes 2 of 2 files and 4 of 5 lines; "
        "not counted: 1 rendered document, 1 generated path\npassed\n"
    )


def test_names_that_are_not_utf8_or_hold_newlines_are_counted(shop: Shop) -> None:
    limited(shop)
    shop.start("feature/api")
    for name in (b"src/api/\xff.py", b"src/api/a\tb\n.py"):
        (shop.folder.joinpath("src/api")).mkdir(exist_ok=True)
        with open(bytes(shop.folder) + b"/" + name, "wb") as file:  # noqa: PTH123
            file.write(b"1\n")
    shop.commit({})

    assert counts(shop) == (2, 2)


def test_modes_links_and_submodules_count(shop: Shop) -> None:
    limited(shop)
    shop.start("feature/api")
    shop.git.update_index("--chmod=+x", "src/api/b.py")
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=shop.folder, input=b"b.py", capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    for mode, oid, path in (
        ("120000", blob, "src/api/a.py"),
        ("160000", shop.git.rev_parse("main"), "src/api/sub"),
    ):
        shop.git.update_index("--add", "--cacheinfo", f"{mode},{oid},{path}")
    shop.git.commit("-q", "-m", "modes")

    assert counts(shop) == (3, 3)


@pytest.mark.parametrize(
    ("branch", "plan", "why"),
    [
        ("feature/web", LIMITED, "the slice 'web' has no limits"),
        ("dependabot/x", LIMITED, "the branch 'dependabot/x' is not a slice"),
        ("feature/api", ("Shop", "A shop"), "the slice 'api' has no limits"),
        ("other", ("Shop", "A shop"), "the plans have no limits"),
    ],
)
def test_where_it_does_not_apply_it_says_so(
    shop: Shop, branch: str, plan: tuple[str, str], why: str
) -> None:
    shop.on_main({PLAN_PATH: replaced(plan)})
    shop.branch(branch, {"src/web/package.json": lines(9)})

    ran = size(shop)

    assert (ran.exit, part(ran)) == (0, {"applies": False, "why": why, "ok": True})


def test_a_branch_without_changes_and_a_detached_head(shop: Shop) -> None:
    limited(shop)
    shop.start("feature/api")
    assert part(size(shop))["why"] == "nothing changed"
    shop.commit({"src/api/a.py": "a = 3\n"})
    shop.git.switch("--quiet", "--detach")

    ran = size(shop)

    assert (ran.exit, ran.json["error"]["hint"]) == (2, "name the slice: --slice ID")
    assert size(shop, "--slice", "api").exit == 0


def test_a_merge_ref_is_measured_as_what_it_would_land(shop: Shop) -> None:
    limited(shop)
    head = shop.branch("feature/api", {"src/api/a.py": lines(6)})
    shop.on_main({"README.md": lines(50)})
    merge = shop.merge_ref("main", "feature/api")

    ran = size(shop, env=shop.event(head=head, head_ref="feature/api", merge=merge))

    assert (ran.rules, part(ran)["lines"]["count"]) == (["too-many-lines"], 7)


def test_a_stacked_branch_is_measured_without_its_parent(shop: Shop) -> None:
    limited(shop, None, ("branch: feature/guide", "limits: {lines: 2}\n    branch: feature/guide"))
    shop.branch("feature/api", {"src/api/a.py": lines(6)})
    shop.branch("feature/guide", {"docs/guide/new.md": "1\n2\n"}, at="feature/api")

    assert counts(shop) == (1, 2)


def test_a_missing_object_leaves_the_answer_open(shop: Shop, tmp_path: Any) -> None:
    limited(shop)
    shop.branch("feature/api", {"src/api/a.py": lines(2)})
    shop.git.config("uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git.Repo.clone_from(
        f"file://{shop.folder}", clone,
        multi_options=["--filter=blob:none", "--branch=feature/api", "--no-checkout"],
        allow_unsafe_protocols=True,
    )  # fmt: skip

    ran = planner("check", "--only", "size", "--format", "json", at=clone)

    assert ran.exit == 2, ran


def test_sha256_repositories_are_measured(tmp_path: Any) -> None:
    repo = git.Repo.init(tmp_path, initial_branch="main", object_format="sha256")
    attributes = {".gitattributes": "*.gen linguist-generated\n"}
    commit(repo, {PLAN_PATH: replaced(LIMITED), "src/api/a.py": "", **attributes})
    repo.git.switch("-c", "feature/api")
    commit(repo, {"src/api/a.py": lines(6), "src/api/b.gen": lines(6)})

    ran = planner("check", "--only", "size", "--format", "json", at=repo)

    assert (ran.exit, part(ran)["lines"]["count"]) == (1, 6)
