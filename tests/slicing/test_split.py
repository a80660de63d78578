"""`planner split` makes a branch for each slice: all of them, proved, or none."""

import re
from pathlib import Path

import git
import pytest
from big import API, PAGE, big_branch, branches, changed, refs, short, split, state
from planned import PLAN, sliced, text_of
from world import Files, commit, planner, root, write

from planner.branch.trusted import Revision
from planner.slicing.split.building import Ends, Made, Planned, Proof
from planner.slicing.split.job import Split
from planner.views.split import report

FILES = {"src/api.py": API, "src/web.py": "a = 1\n", "old.txt": None, "docs/guide.md": "Guide\n"}
SLICES = [
    sliced("api", "src/api.py", "old.txt", branch="feature/api", commit="feat: search lists"),
    sliced("web", "src/web.py", branch="feature/web"),
    sliced("docs", "docs/", branch="feature/docs"),
]


def test_a_chain_of_any_length_is_shown() -> None:
    made = tuple(
        Made(Planned(None, f"b{at}", (), at - 1 if at else None), "p", "c", "t")
        for at in range(2_000)
    )
    ends = Ends("big", "b", "main", "h", "b", "b")
    shown = report(Split(ends, Revision("big", "h"), made=made, proof=Proof("t", "t"))).summary

    assert [line.split()[0] for line in shown[1:2_001]] == [f"b{at}" for at in range(2_000)]


def test_each_slice_gets_a_branch_with_its_paths_alone(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    before = state(repo)
    ran = split(repo)

    made = branches(ran)
    assert ran.exit == 0
    assert {name: set(one["paths"]) for name, one in made.items()} == {
        "feature/api": {"src/api.py", "old.txt"},
        "feature/web": {"src/web.py"},
        "feature/docs": {"docs/guide.md"},
    }
    for name, one in made.items():
        assert refs(repo)[f"refs/heads/{name}"] == one["commit"]
        assert one["parent"] == repo.git.rev_parse("main")
        assert changed(repo, one["parent"], one["commit"]) == set(one["paths"])
    tree = repo.git.rev_parse("big^{tree}")
    assert ran.json["proof"] == {"tree": tree, "expected": tree, "is_same": True}
    assert ran.json["backup"] == {
        "ref": "refs/planner/split/big/backup",
        "commit": repo.git.rev_parse("big"),
    }
    assert state(repo) == before


def test_merged_together_the_branches_are_the_big_branch(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    split(repo)
    repo.git.switch("--quiet", "--detach", "main")
    for name in ("feature/api", "feature/web", "feature/docs"):
        repo.git.merge("--no-edit", name)

    assert repo.git.rev_parse("HEAD^{tree}") == repo.git.rev_parse("big^{tree}")


def test_a_slice_is_stacked_on_the_one_that_it_depends_on(repo: git.Repo) -> None:
    web = sliced("web", "src/web.py", depends_on=["api"], stacked=True)
    big_branch(repo, [web, sliced("api", "src/api.py")], {"src/api.py": API, "src/web.py": PAGE})
    ran = split(repo)

    made = branches(ran)
    assert (ran.exit, ran.json["findings"]) == (0, [])
    assert [(name, one["on"]) for name, one in made.items()] == [("api", None), ("web", "api")]
    assert made["web"]["parent"] == made["api"]["commit"]
    assert made["web"]["tree"] == repo.git.rev_parse("big^{tree}")


def test_a_slice_with_two_dependencies_is_behind_both_in_one_stack(repo: git.Repo) -> None:
    slices = [sliced("c", "c", depends_on=["a", "b"]), sliced("a", "a"), sliced("b", "b")]
    big_branch(repo, slices, dict.fromkeys("abc", "x\n"))

    made = branches(split(repo))
    assert {name: one["on"] for name, one in made.items()} == {"a": None, "b": "a", "c": "b"}


def test_what_depends_on_a_slice_without_changes_is_on_what_that_depends_on(repo: git.Repo) -> None:
    slices = [
        sliced("a", "a"),
        sliced("b", {"path": "b", "new": True}, depends_on=["a"]),
        sliced("c", "c", depends_on=["b"]),
    ]
    big_branch(repo, slices, {"a": "x\n", "c": "x\n"})
    ran = planner("split", at=repo)

    assert "\n    c " in ran.stdout
    assert "no branch for 'b': it holds nothing that changed" in ran.stdout
    assert "refs/heads/b" not in refs(repo)


def test_a_chain_is_one_stack_in_the_order_that_names_demand(repo: git.Repo) -> None:
    slices = [sliced("web", "web.py"), sliced("docs", "guide.md"), sliced("api", "api.py")]
    big_branch(repo, slices, {"web.py": PAGE, "api.py": API, "guide.md": "Guide\n"})
    ran = split(repo, "--chain")

    made = branches(ran)
    assert [(name, one["on"]) for name, one in made.items()] == [
        ("docs", None),
        ("api", "docs"),
        ("web", "api"),
    ]
    assert "broken-prefix" not in ran.rules
    assert made["web"]["tree"] == ran.json["proof"]["expected"]


def test_commits_have_the_slices_title_and_the_heads_author(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    written_by(repo, "Zoë", {"src/web.py": "a = 2\n"})
    split(repo)

    assert repo.git.show("--no-patch", "--format=%an %ad%n%B", "--date=raw", "feature/api") == (
        "Zoë 1795348800 +0000\nfeat: search lists\n\nSlice: api\n"
        "Co-authored-by: Dana <dana@example.org>\n"
    )
    assert repo.git.show("--no-patch", "--format=%s", "feature/web") == "The slice web"


def test_a_commit_credits_those_who_changed_its_paths_and_those_of_whom_no_path_is_left(
    repo: git.Repo,
) -> None:
    slices = [
        sliced("api", "src/api.py", "old.txt", "new.txt"),
        sliced("web", "src/web.py"),
        sliced("docs", "docs/"),
    ]
    commit(repo, {PLAN: text_of(slices), "old.txt": "old\n" * 9}, "plan")
    repo.git.switch("--quiet", "--create", "big")
    written_by(repo, "Kim", {"src/web.py": "a = 1\n"}, "web\n\nCo-authored-by: Lu <lu@x.org>")
    written_by(repo, "Ann", {"src/api.py": API, "docs/guide.md": "Guide\n"})
    written_by(repo, "Old", {"old.txt": "old\n" * 9 + "more\n"})
    repo.git.mv("old.txt", "new.txt")
    written_by(repo, "Mo", {})
    written_by(repo, "Gone", {"draft.txt": "draft\n"})
    repo.git.rm("--quiet", "draft.txt")
    repo.git.checkout("--quiet", "-b", "side", "main")
    written_by(repo, "Zoë", {"docs/side.md": "Side\n"})
    repo.git.checkout("--quiet", "--force", "big")
    with repo.git.custom_environment(GIT_AUTHOR_NAME="Mer", GIT_AUTHOR_EMAIL="mer@x.org"):
        repo.git.merge("--quiet", "--no-edit", "side")
    written_by(repo, "Zoë", {"src/web.py": "a = 2\n", "draft.txt": None})
    split(repo)

    assert {name: credited(repo, name) for name in ("api", "web", "docs")} == {
        "api": ["Ann", "Old", "Mo", "Gone", "Mer"],
        "web": ["Kim", "Lu", "Gone", "Mer"],
        "docs": ["Ann", "Gone", "Mer"],
    }


def written_by(repo: git.Repo, name: str, files: Files, message: str = "work") -> None:
    """Commit files as somebody else."""
    address = f"{name[:2].lower()}@x.org"
    with repo.git.custom_environment(GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=address):
        commit(repo, files, message)


def credited(repo: git.Repo, name: str) -> list[str]:
    """The names of the co-authors of the tip of a branch."""
    form = "--format=%(trailers:key=Co-authored-by,valueonly)"
    lines = repo.git.show("--no-patch", form, name, "--").splitlines()
    return [line.partition(" <")[0] for line in lines if line]


def test_a_second_run_gives_the_same_commits(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    first, again = split(repo), split(repo)

    assert (first.json, again.exit) == (again.json, 0)


def test_a_run_that_was_cut_short_is_finished_by_the_next(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    split(repo)
    whole = refs(repo)
    repo.git.update_ref("-d", "refs/heads/feature/web")
    repo.git.update_ref("-d", "refs/planner/split/big/record")

    assert split(repo).exit == 0
    assert refs(repo) == whole


def test_a_dry_run_writes_nothing(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    objects, before = repo.git.count_objects("-v"), refs(repo)
    dry = split(repo, "--dry-run")

    assert (refs(repo), repo.git.count_objects("-v")) == (before, objects)
    assert dry.json["branches"] == split(repo).json["branches"]


def test_plan_files_and_their_documents_come_first_on_a_branch_of_their_own(
    repo: git.Repo,
) -> None:
    plan = text_of([sliced("a", "a"), sliced("docs", "docs/")])
    commit(repo, {"a": "1\n"})
    repo.git.switch("--quiet", "--create", "big")
    files = {"a": "2\n", PLAN: plan, "docs/plan/PLAN.md": "Plan\n", "docs/guide.md": "Guide\n"}
    commit(repo, files)

    made = branches(split(repo))
    assert [(one["slice"], name, one["on"]) for name, one in made.items()] == [
        (None, "big-plan", None),
        ("a", "a", "big-plan"),
        ("docs", "docs", "big-plan"),
    ]
    assert made["big-plan"]["paths"] == ["docs/plan/PLAN.md", PLAN]
    said = planner("split", at=repo).stdout
    assert (
        "\nbig-plan lands first: check-scope judges the others by the plan that it brings\n" in said
    )


def test_a_shared_path_goes_with_the_slice_that_it_belongs_to_most(repo: git.Repo) -> None:
    nav = "import { wishlist } from './wishlist'\nexport const nav = [wishlist]\n"
    files = {
        "a.ts": "export const cart = 1\n",
        "wishlist.ts": "export const wishlist = 2\n",
        "nav.ts": nav,
        "package-lock.json": "{}\n",
    }
    slices = [sliced("cart", "a.ts"), sliced("lists", "wishlist.ts")]
    big_branch(repo, slices, files, shared=["nav.ts"], generated=["package-lock.json"])
    ran = split(repo)

    made = branches(ran)
    assert made["lists"]["paths"] == ["nav.ts", "wishlist.ts"]
    shared = [one for one in ran.json["findings"] if one["rule"] == "shared-path"]
    assert [(one["path"], one["slice"]) for one in shared] == [
        ("nav.ts", "lists"),
        ("package-lock.json", "cart"),
    ]
    assert shared[0]["message"] == (
        "'nav.ts' is shared: it goes with 'lists', though 'cart' may touch it too"
    )


def test_a_path_shared_by_some_slices_goes_to_one_of_them(repo: git.Repo) -> None:
    shared = [{"path": "nav.ts", "why": "both", "slices": ["b"]}]
    big_branch(
        repo, [sliced("a", "a"), sliced("b", "b")], {"a": "x\n", "nav.ts": "x\n"}, shared=shared
    )

    assert {name: one["paths"] for name, one in branches(split(repo)).items()} == {
        "a": ["a"],
        "b": ["nav.ts"],
    }


def test_the_branches_can_start_elsewhere(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    repo.git.switch("--quiet", "main")
    new = commit(repo, {"kept.txt": "moved on\n"})
    ran = split(repo, "--head", "big", "--onto", "main")

    assert {one["parent"] for one in ran.json["branches"]} == {new}
    assert repo.git.show("feature/api:kept.txt") == "moved on"
    assert ran.json["proof"]["is_same"]


def test_a_path_that_also_changed_where_the_branches_start_stops_it(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    repo.git.switch("--quiet", "main")
    commit(repo, {"src/web.py/inner": "x\n", "docs/guide.md": "Other\n"})
    ran = split(repo, "--head", "big", "--onto", "main")

    assert (ran.exit, ran.rules) == (1, ["moved-path", "moved-path"])
    assert [one["path"] for one in ran.json["findings"]] == ["docs/guide.md", "src/web.py"]


@pytest.mark.parametrize(
    ("slices", "rule"),
    [
        ([sliced("a", "a")], "unassigned-path"),
        ([sliced("a", "a", "b"), sliced("b", "b", depends_on=["a"])], "path-in-two-slices"),
        ([sliced("a", "a"), sliced("b", "b", closed="merged")], "unassigned-path"),
    ],
)
def test_a_path_in_no_slice_or_in_two_stops_it(
    repo: git.Repo, slices: list[dict[str, object]], rule: str
) -> None:
    big_branch(repo, slices, {"a": "x\n", "b": "x\n"})
    before = refs(repo)
    ran = split(repo)

    assert (ran.exit, ran.json["branches"], ran.json["proof"]) == (1, [], None)
    assert [(one["rule"], one["path"]) for one in ran.json["findings"]] == [(rule, "b")]
    assert refs(repo) == before


def test_an_excluded_path_says_what_excludes_it(repo: git.Repo) -> None:
    big_branch(repo, [sliced("a", "**")], {"a": "x\n", "ci/x.yml": "x\n"}, exclude=["ci"])

    ran = planner("split", at=repo)
    assert "no open slice holds 'ci/x.yml': 'ci' excludes it [unassigned-path]" in ran.stdout
    assert (ran.exit, ran.stdout.splitlines()[-1]) == (
        1,
        f"big ({short(repo)}) was not split: nothing was made",
    )


def test_a_file_that_becomes_a_folder_cannot_be_in_two_slices(repo: git.Repo) -> None:
    slices = [sliced("file", "a"), sliced("folder", "a/b")]
    big_branch(repo, slices, {"a": None, "c": "x\n"})
    repo.git.switch("--quiet", "main")
    repo.git.branch("--delete", "--force", "big")
    repo.git.switch("--quiet", "--create", "big")
    write(repo, {"a": None})
    commit(repo, {"a/b": "x\n"})
    ran = split(repo)

    assert (ran.exit, ran.rules) == (1, ["inseparable-paths"])
    commit(repo, {PLAN: text_of([slices[0], {**slices[1], "depends_on": ["file"]}])})
    assert split(repo).exit == 0


@pytest.mark.parametrize(
    "name", ["feature/web", "feature", "feature/web/more", "remotes/origin/feature/web"]
)
def test_a_name_that_is_taken_stops_it(repo: git.Repo, name: str) -> None:
    big_branch(repo, [sliced("web", "a", branch="feature/web")], {"a": "x\n"})
    place = "" if name.startswith("remotes/") else "heads/"
    repo.git.update_ref(f"refs/{place}{name}", "main")
    before = refs(repo)
    ran = split(repo)

    assert (ran.exit, ran.rules) == (1, ["taken-branch"])
    assert ran.json["findings"][0]["path"] == PLAN
    assert refs(repo) == before


def test_a_slice_whose_branches_all_have_wildcards_gets_one_that_it_accepts(repo: git.Repo) -> None:
    big_branch(repo, [sliced("a", "a", branch="claude/*-a")], {"a": "x\n"})

    assert list(branches(split(repo))) == ["claude/split-a"]


def test_uncommitted_work_is_left_out_and_said(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    write(repo, {"src/web.py": "a = 3\n", "new.txt": "x\n"})
    before = state(repo)
    ran = split(repo)

    assert (ran.exit, ran.rules) == (0, ["left-out"])
    assert ran.json["proof"]["expected"] == repo.git.rev_parse("big^{tree}")
    assert state(repo) == before


def test_a_detached_head_is_split_under_the_start_of_its_id(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    repo.git.switch("--quiet", "--detach")
    ran = split(repo)

    start = repo.git.rev_parse("HEAD")[:12]
    assert ran.json["backup"]["ref"] == f"refs/planner/split/{start}/backup"


def test_the_text_shows_the_stack_its_sizes_the_proof_and_what_is_next(repo: git.Repo) -> None:
    web = sliced("web", "src/web.py", depends_on=["api"], stacked=True, branch="feature/web")
    api = sliced("api", "src/api.py", branch="feature/api")
    big_branch(repo, [api, web], {"src/api.py": API, "src/web.py": PAGE})
    big, tree = f"big ({short(repo)})", short(repo, "big^{tree}")

    assert planner("split", at=repo).stdout == (
        f"{big} as 2 branches:\n"
        "  feature/api    1 file, +3 -0  api\n"
        "    feature/web  1 file, +5 -0  web\n"
        f"proved: all together are the tree {tree} of {big}, byte for byte\n"
        "next: git push origin feature/api feature/web\n"
        "      planner check-scope --head feature/web --branch feature/web\n"
        "      planner split --undo takes the branches back\n"
    )


def test_a_plan_that_is_not_agreed_is_told_and_does_not_count_as_left_out(repo: git.Repo) -> None:
    commit(repo, {"a": "1\n"})
    repo.git.switch("--quiet", "--create", "big")
    commit(repo, {"a": "2\n"})
    write(repo, {PLAN: text_of([sliced("a", "a")])})

    lines = planner("split", at=repo).stdout.splitlines()
    assert lines[0].startswith("big (")
    assert f"{PLAN} is not on the default branch: check-scope does not know it until it is" in lines


def test_where_the_big_branch_has_no_plan_that_of_the_default_branch_counts(repo: git.Repo) -> None:
    commit(repo, {"a": "1\n"})
    repo.git.switch("--quiet", "--create", "big")
    commit(repo, {"a": "2\n"})
    repo.git.switch("--quiet", "main")
    commit(repo, {PLAN: text_of([sliced("a", "a")])})
    repo.git.switch("--quiet", "big")

    assert list(branches(split(repo))) == ["a"]


def test_a_head_without_a_name_or_a_date_is_split_all_the_same(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    raw = repo.git.cat_file("commit", "HEAD", strip_newline_in_stdout=False)
    raw = re.sub("(?m)^author .*$", "author <old@example.org> never", raw)
    made = root(repo) / "commit"
    made.write_text(raw, encoding="utf-8")
    oid = repo.git.hash_object("--literally", "-t", "commit", "-w", made)
    made.unlink()
    repo.git.reset("--quiet", "--hard", oid)

    assert split(repo).exit == 0
    author = repo.git.show("--no-patch", "--format=%an <%ae> %ad", "--date=raw", "feature/api")
    assert author == "unknown <old@example.org> 0 +0000"


def test_a_repository_of_sha256_is_split(tmp_path: Path) -> None:
    place = tmp_path / "other"
    git.Git(tmp_path).init("--quiet", "--object-format=sha256", "--initial-branch=main", place)
    repo = git.Repo(place)
    ran = split(big_branch(repo, SLICES, FILES))

    assert (ran.exit, len(ran.json["proof"]["tree"])) == (0, 64)


def test_a_linked_work_tree_is_split_and_no_hook_runs(repo: git.Repo, tmp_path: Path) -> None:
    big_branch(repo, SLICES, FILES)
    hook = root(repo) / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    other = tmp_path / "other"
    repo.git.execute(["git", "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet",
                      "--detach", str(other), "big"])  # fmt: skip

    assert planner("split", at=other).exit == 0
    assert "refs/heads/feature/web" in refs(repo)


def test_a_path_that_is_moved_in_the_plan_moves_to_the_other_branch(repo: git.Repo) -> None:
    slices = [sliced("a", "a", "c"), sliced("b", "b")]
    big_branch(repo, slices, dict.fromkeys("abc", "x\n"))
    assert branches(split(repo))["a"]["paths"] == ["a", "c"]
    split(repo, "--undo")
    write(repo, {PLAN: text_of([sliced("a", "a"), sliced("b", "b", "c")])})

    made = branches(split(repo))
    assert (made["a"]["paths"], made["b"]["paths"]) == (["a"], ["b", "c"])
