"""`check --only conflicts`: the paths that do not merge, told without a trace in the repository."""

import os
import random
import subprocess
from pathlib import Path
from typing import Any

import git
import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Files, Ran, commit, planner

OURS: Files = {"src/api/a.py": "a = 2\n"}
THEIRS: Files = {"src/api/a.py": "a = 3\n"}


def conflicts(at: Shop | Path, *words: str, env: dict[str, str] | None = None) -> Ran:
    """Run the part alone, with JSON."""
    folder = at.folder if isinstance(at, Shop) else at
    return planner("check", "--only", "conflicts", "--format", "json", *words, at=folder, env=env)


def part(ran: Ran) -> dict[str, Any]:
    """Return the part in a document."""
    return dict(ran.json["parts"]["conflicts"])


def told(ran: Ran) -> list[tuple[str, str]]:
    """Return the paths in conflict, each with how bad that is."""
    found = ran.json["findings"]
    assert {one["rule"] for one in found} <= {"merge-conflict"}, found
    return [(one["path"], one["severity"]) for one in found]


def paths(ran: Ran) -> list[str]:
    """Return the paths in conflict."""
    return [path for path, _ in told(ran)]


def state(folder: Path) -> dict[str, str]:
    """Return what must not change: all files of the git folder, the index' times aside."""
    own = folder / ".git"
    files = sorted(path for path in own.rglob("*") if path.is_file() and path.name != "index")
    words = ("-c", "core.fsmonitor=false", "status", "--porcelain")
    status = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True)
    return {
        "status": status.stdout.decode(),
        **{str(path): path.read_bytes().hex() for path in files},
    }


def test_a_branch_that_merges_passes(shop: Shop) -> None:
    shop.branch("feature/api", OURS)
    shop.on_main({"README.md": "# The shop\n"})

    ran = planner("check", "--only", "conflicts", at=shop.folder)

    base = shop.git.rev_parse("--short=12", "main")
    assert (ran.exit, ran.stdout) == (
        0,
        f"merge with origin/main ({base}): no path in conflict\npassed\n",
    )


def test_a_conflict_with_the_base_names_each_path(shop: Shop) -> None:
    shop.branch("feature/api", {**OURS, "src/api/b.py": None, "docs/api.md": "# The API\n"})
    main = shop.on_main({**THEIRS, "src/api/b.py": "b = 2\n", "README.md": "# The shop\n"})

    ran = conflicts(shop)

    assert (ran.exit, told(ran)) == (1, [("src/api/a.py", "error"), ("src/api/b.py", "error")])
    assert [one["message"] for one in ran.json["findings"]] == [
        "conflicts with the base 'origin/main' (contents)",
        "conflicts with the base 'origin/main' (modify/delete)",
    ]
    assert (
        ran.json["findings"][0]["hint"] == "merge the base, and resolve it: git merge origin/main"
    )
    assert part(ran)["merges"] == [
        {"revision": "origin/main", "commit": main, "slice": None, "paths": 2}
    ]


def test_a_branch_that_has_its_base_is_not_merged(shop: Shop) -> None:
    shop.branch("feature/api", OURS)

    assert (conflicts(shop).exit, part(conflicts(shop))["merges"][0]["paths"]) == (0, 0)


def test_a_branch_that_is_no_slice_is_merged_as_well(shop: Shop) -> None:
    shop.branch("other", OURS)
    shop.on_main(THEIRS)

    assert told(conflicts(shop)) == [("src/api/a.py", "error")]


def test_branches_of_other_slices_are_warnings(shop: Shop) -> None:
    shared: Files = {"CHANGELOG.md": "# Changes\n\n- the pages\n"}
    shop.branch("claude/web-list", {**shared, "src/web/x.ts": "let y\n"})
    shop.branch("feature/api", {"CHANGELOG.md": "# Changes\n\n- the API\n"})

    ran = conflicts(shop)

    assert (ran.exit, told(ran)) == (0, [("CHANGELOG.md", "warning")])
    (found,) = ran.json["findings"]
    assert found["message"] == (
        "conflicts with 'claude/web-list', the branch of the slice 'web' (contents)"
    )
    assert (found["branch"], found["other_slice"]) == ("claude/web-list", "web")
    assert conflicts(shop, "--strict").exit == 1
    assert (
        "and 1 branch of other slices: 1 path in conflict"
        in planner("check", "--only", "conflicts", at=shop.folder).stdout
    )


@pytest.mark.parametrize("landed", ["merged", "squashed", "closed", "not begun", "no slice"])
def test_branches_that_are_not_under_way_do_not_count(shop: Shop, landed: str) -> None:
    name = "other" if landed == "no slice" else "feature/web"
    shop.start(name)
    if landed != "not begun":
        shop.commit({"CHANGELOG.md": "# The pages\n"}, "pages")
    shop.git.switch("--quiet", "main")
    if landed == "merged":
        shop.git.merge("--no-ff", "--quiet", "-m", "Merge branch 'feature/web'", "feature/web")
    if landed == "squashed":
        shop.commit({"CHANGELOG.md": "# The pages\n"}, "Pages\n\nSlice: web")
    if landed == "closed":
        closed = ("    from: acme/fork\n", "    closed: dropped\n")
        shop.commit({PLAN_PATH: replaced(closed)})
    shop.publish("main")
    shop.branch("feature/api", {"CHANGELOG.md": "# The API\n"})

    ran = conflicts(shop)

    assert (ran.exit, ran.rules, len(part(ran)["merges"])) == (0, [], 1), ran


def test_every_branch_of_a_slice_counts_also_by_a_line_in_a_commit(shop: Shop) -> None:
    for name, message in (("claude/web-a", "a"), ("feature/web", "b"), ("cursor/x", "x")):
        shop.start(name)
        shop.commit({"CHANGELOG.md": f"# {name}\n"}, f"{message}\n\nSlice: web")
        shop.git.switch("--quiet", "main")
    shop.branch("feature/api", {"CHANGELOG.md": "# The API\n"})

    ran = conflicts(shop)

    found = sorted((one["branch"], one["other_slice"]) for one in ran.json["findings"])
    assert found == [("claude/web-a", "web"), ("cursor/x", "web"), ("feature/web", "web")]


def test_remote_branches_count_and_the_own_one_does_not(shop: Shop) -> None:
    shop.branch("feature/web", {"CHANGELOG.md": "# The pages\n"})
    shop.branch("feature/api", {"CHANGELOG.md": "# The API\n"})
    shop.publish("feature/web", "feature/api")
    shop.git.branch("-D", "feature/web")
    shop.commit({"CHANGELOG.md": "# The API, rewritten\n"})
    shop.git.commit("--amend", "--quiet", "-m", "again")

    merges = part(conflicts(shop))["merges"]

    assert [(one["revision"], one["slice"]) for one in merges] == [
        ("origin/main", None),
        ("origin/feature/web", "web"),
    ]


def test_a_stacked_branch_is_merged_with_its_parent(shop: Shop) -> None:
    shop.branch("feature/api", OURS)
    shop.branch("feature/guide", {"docs/guide/n.md": "1\n", **THEIRS}, at="feature/api")
    shop.git.switch("--quiet", "feature/api")
    shop.commit({"src/api/a.py": "a = 4\n"})
    shop.git.switch("--quiet", "feature/guide")

    ran = conflicts(shop)

    assert {one["branch"] for one in ran.json["findings"]} == {"feature/api"}
    assert told(ran)[0] == ("src/api/a.py", "error")


def test_files_folders_and_renames_are_named_as_they_stand(shop: Shop) -> None:
    shop.branch(
        "feature/api",
        {
            "src/api/a.py": None,
            "src/api/n.txt": "1\n",
            "docs/api.md": None,
            "docs/ab.md": "# API\n",
        },
    )
    (shop.folder / "src/api/a.py").mkdir()
    shop.commit({"src/api/a.py/in.py": "1\n"})
    shop.on_main(
        {
            "src/api/a.py": "a = 5\n",
            "src/api/n.txt": "2\n",
            "docs/api.md": None,
            "docs/xy.md": "# API\n",
        }
    )

    found = conflicts(shop)

    assert paths(found) == ["docs/ab.md", "docs/xy.md", "src/api/a.py", "src/api/n.txt"]
    assert not any("~" in one["path"] for one in found.json["findings"])


def test_modes_and_submodules_conflict(shop: Shop) -> None:
    def add(branch: str, mode: str, commit: str) -> None:
        shop.git.switch("--quiet", branch)
        shop.git.update_index("--cacheinfo", f"160000,{commit},src/api/sub")
        blob = shop.git.rev_parse("main:src/api/b.py")
        shop.git.update_index("--add", "--cacheinfo", f"{mode},{blob},src/api/new.sh")
        shop.git.commit("-q", "-m", branch)

    shop.git.update_index("--add", "--cacheinfo", f"160000,{'1' * 40},src/api/sub")
    shop.git.commit("-q", "-m", "sub")
    shop.publish("main")
    shop.start("feature/api")
    add("feature/api", "100644", "2" * 40)
    add("main", "100755", "3" * 40)
    shop.publish("main")
    shop.git.switch("--quiet", "feature/api")

    ran = conflicts(shop)

    assert (ran.exit, paths(ran)) == (1, ["src/api/new.sh", "src/api/sub"]), ran


def test_names_that_are_not_utf8_and_hold_newlines_are_told(shop: Shop) -> None:
    def add(text: bytes) -> None:
        for name in (b"src/api/\xff.py", b"src/api/a\n1\tb.py"):
            with open(bytes(shop.folder) + b"/" + name, "wb") as file:  # noqa: PTH123
                file.write(text)
        shop.commit({})

    shop.start("feature/api")
    add(b"1\n")
    shop.git.switch("--quiet", "main")
    add(b"2\n")
    shop.publish("main")
    shop.git.switch("--quiet", "feature/api")

    assert paths(conflicts(shop)) == ["src/api/a\n1\tb.py", "src/api/\\xff.py"]


HOSTILE = {
    "merge.default": "union",
    "merge.renames": "false",
    "merge.conflictStyle": "diff3",
    "merge.directoryRenames": "true",
    "merge.evil.driver": "touch TRACE",
    "merge.evil.name": "runs a program",
    "diff.evil.textconv": "touch TRACE",
    "diff.evil.command": "touch TRACE",
    "filter.evil.clean": "touch TRACE",
    "filter.evil.smudge": "touch TRACE",
    "core.fsmonitor": "touch TRACE",
    "merge.renormalize": "true",
}


@pytest.mark.parametrize("where", ["repository", "user", "environment"])
@pytest.mark.parametrize(
    "rule", ["* merge=evil diff=evil filter=evil", "* merge=union", "* -merge"]
)
def test_no_driver_runs_and_no_attribute_or_setting_counts(
    shop: Shop, tmp_path: Path, rule: str, where: str
) -> None:
    trace = tmp_path / "trace"
    settings = {key: value.replace("TRACE", str(trace)) for key, value in HOSTILE.items()}
    attributes = tmp_path / "attributes"
    attributes.write_text(f"{rule}\n")
    settings["core.attributesFile"] = str(attributes)
    shop.branch("feature/web", {".gitattributes": f"{rule}\n", "CHANGELOG.md": "# Pages\n"})
    shop.start("feature/api")
    shop.git.mv("src/api/b.py", "src/api/c.py")
    shop.commit({**OURS, ".gitattributes": f"{rule}\n", "CHANGELOG.md": "# API\n"})
    shop.on_main({**THEIRS, ".gitattributes": f"{rule}\n", "src/api/b.py": "b = 1\n\nc = 1\n"})
    info = shop.folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text(f"{rule}\n")
    env = {}
    if where == "repository":
        for key, value in settings.items():
            shop.git.config(key, value)
    elif where == "user":
        config = tmp_path / "gitconfig"
        for key, value in settings.items():
            shop.git.config("--file", str(config), key, value)
        env["GIT_CONFIG_GLOBAL"] = str(config)
    else:
        env["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings.items()):
            env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    before = state(shop.folder)
    trace.unlink(missing_ok=True)  # the `git status` of this test runs programs

    ran = conflicts(shop, env=env)

    assert told(ran) == [("CHANGELOG.md", "warning"), ("src/api/a.py", "error")], ran
    assert not trace.exists()
    assert state(shop.folder) == before


def test_nothing_is_written_into_the_repository(shop: Shop, tmp_path: Path) -> None:
    shop.branch("feature/api", OURS)
    shop.on_main(THEIRS)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = state(shop.folder)

    ran = conflicts(shop, env={"TMPDIR": str(temporary)})

    assert paths(ran) == ["src/api/a.py"]
    assert (state(shop.folder), list(temporary.iterdir())) == (before, [])


def test_a_missing_object_leaves_the_answer_open(shop: Shop) -> None:
    shop.branch("feature/api", OURS)
    shop.on_main(THEIRS)
    objects = shop.folder / ".git" / "objects"
    ours = shop.git.rev_parse("main:src/api/a.py")
    (objects / ours[:2] / ours[2:]).unlink()

    ran = conflicts(shop)
    text = planner("check", "--only", "conflicts", at=shop.folder)

    assert (ran.exit, part(ran)["ok"]) == (2, False), ran
    assert "conflicts: undecided: an object is not in this clone" in text.stdout
    assert "hint: " in text.stdout


def test_worktrees_alternates_and_strange_folders(shop: Shop, tmp_path: Path) -> None:
    shop.branch("feature/api", OURS)
    shop.on_main(THEIRS)
    for place in (tmp_path / "a b", tmp_path / 'quote"d\\', tmp_path / "#:x"):
        git.Repo.clone_from(
            str(shop.folder), place, multi_options=["--shared", "--branch=feature/api"]
        )

        assert paths(conflicts(place)) == ["src/api/a.py"], place
    shop.git.switch("--quiet", "main")
    shop.git.worktree("add", "--quiet", str(tmp_path / "work"), "feature/api")
    assert paths(conflicts(tmp_path / "work")) == ["src/api/a.py"]


def test_sha256_repositories(tmp_path: Path) -> None:
    repo = git.Repo.init(tmp_path, initial_branch="main", object_format="sha256")
    commit(repo, {PLAN_PATH: replaced(), "src/api/a.py": "1\n"})
    repo.git.switch("-c", "feature/api")
    commit(repo, OURS)
    repo.git.switch("main")
    commit(repo, THEIRS)
    repo.git.switch("feature/api")

    assert paths(conflicts(tmp_path)) == ["src/api/a.py"]


def test_a_merge_ref_is_judged_by_its_tip(shop: Shop) -> None:
    head = shop.branch("feature/api", OURS)
    shop.branch("feature/web", {"CHANGELOG.md": "# Pages\n"})
    shop.on_main({"README.md": "# The shop\n"})
    merge = shop.merge_ref("main", "feature/api")

    ran = conflicts(shop, env=shop.event(head=head, head_ref="feature/api", merge=merge))

    assert (ran.exit, ran.rules, part(ran)["tip"]) == (0, [], head)
    assert [one["slice"] for one in part(ran)["merges"]] == [None, "web"]


def test_several_merge_bases_of_another_branch(shop: Shop) -> None:
    shop.branch("feature/web", {"CHANGELOG.md": "# Pages\n"})
    shop.branch("feature/api", {"src/api/n.py": "1\n"})
    shop.git.branch("web-was", "feature/web")
    shop.git.merge("--quiet", "-m", "web", "feature/web")
    shop.git.switch("--quiet", "feature/web")
    shop.git.merge("--quiet", "-m", "api", "feature/api~1")
    shop.commit({"CHANGELOG.md": "# Pages, again\n", "src/api/n.py": "2\n"})
    shop.git.switch("--quiet", "feature/api")
    shop.commit({"CHANGELOG.md": "# API\n"})

    assert told(conflicts(shop)) == oracle(shop, "feature/web", "warning")


def test_a_branch_that_shares_no_history_is_said(shop: Shop) -> None:
    shop.git.switch("--quiet", "--orphan", "feature/web")
    shop.commit({"CHANGELOG.md": "# Pages\n"})
    shop.git.switch("--quiet", "main")
    shop.branch("feature/api", OURS)

    ran = planner("check", "--only", "conflicts", at=shop.folder)

    assert ran.exit == 0
    assert "\n  no merge with feature/web: the two share no history\n" in ran.stdout


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_shallow_clone_never_passes_without_a_merge_base(
    shop: Shop, tmp_path: Path, depth: int
) -> None:
    shop.branch("feature/api", OURS)
    shop.commit({"src/api/n.py": "1\n"})
    shop.on_main(THEIRS)
    shop.on_main({"README.md": "1\n"})
    clone = tmp_path / "clone"
    git.Repo.clone_from(
        f"file://{shop.folder}", clone,
        multi_options=[f"--depth={depth}", "--no-single-branch", "--branch=feature/api"],
        allow_unsafe_protocols=True,
    )  # fmt: skip

    ran = conflicts(clone)

    assert ran.exit == (1 if depth == 3 else 2), ran


def test_a_merge_ref_of_two_commits_is_merged_by_the_host(shop: Shop, tmp_path: Path) -> None:
    head = shop.branch("feature/api", OURS)
    shop.on_main({"README.md": "# The shop\n"})
    merge = shop.merge_ref("main", "feature/api")
    shop.git.update_ref("refs/pull/7/merge", merge)
    clone = git.Repo.init(tmp_path / "clone")
    clone.git.fetch(
        "--depth=2", f"file://{shop.folder}", "refs/pull/7/merge:refs/remotes/pull/7/merge",
    )  # fmt: skip
    clone.git.checkout("--quiet", "--detach", merge)

    ran = conflicts(
        tmp_path / "clone", env=shop.event(head=head, head_ref="feature/api", merge=merge)
    )

    assert (ran.exit, ran.rules) == (0, []), ran


def test_another_slice_in_a_shallow_clone_is_a_note(shop: Shop, tmp_path: Path) -> None:
    shop.on_main({"README.md": "1\n"})
    shop.on_main({"README.md": "2\n"})
    shop.branch("feature/web", {"CHANGELOG.md": "# Pages\n"}, at="main~2")
    shop.branch("feature/api", OURS)
    clone = tmp_path / "clone"
    git.Repo.clone_from(
        f"file://{shop.folder}", clone,
        multi_options=["--depth=2", "--no-single-branch", "--branch=feature/api"],
        allow_unsafe_protocols=True,
    )  # fmt: skip

    ran = conflicts(clone)

    assert (ran.exit, ran.rules) == (0, ["unknown-history"]), ran
    assert part(ran)["merges"][1]["paths"] is None


def oracle(shop: Shop, other: str, severity: str) -> list[tuple[str, str]]:
    """Return what git's own merge leaves in conflict, in a clone that is thrown away."""
    clone = shop.folder.parent / "oracle"
    git.Repo.clone_from(str(shop.folder), clone)
    run = ["git", "-C", str(clone)]
    here = shop.git.rev_parse("HEAD")
    subprocess.run([*run, "checkout", "-q", "--detach", shop.git.rev_parse(other)], check=True)
    subprocess.run([*run, "merge", "-q", "--no-edit", here], capture_output=True, check=False)
    listed = subprocess.run(
        [*run, "ls-files", "--unmerged", "-z"], capture_output=True, check=True
    ).stdout
    subprocess.run(["rm", "-rf", str(clone)], check=True)
    found = {os.fsdecode(line.partition(b"\t")[2]) for line in listed.split(b"\0")[:-1]}
    return [(path, severity) for path in sorted(found)]


def _edit(shop: Shop, chance: random.Random, names: list[str]) -> None:
    """Commit changes of some files: lines, modes, moves and deletions."""
    for name in chance.sample(names, 4):
        path = shop.folder / name
        kind = chance.choice(["edit", "edit", "edit", "delete", "move", "mode"])
        if not path.is_file():
            continue
        if kind == "edit":
            lines = path.read_text().splitlines(keepends=True)
            lines[chance.randrange(len(lines))] = f"new {chance.randrange(3)}\n"
            path.write_text("".join(lines))
        elif kind == "delete":
            path.unlink()
        elif kind == "move":
            target = shop.folder / chance.choice(names)
            target = target.with_name(target.name + chance.choice("12"))
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        else:
            path.chmod(0o755)
    shop.commit({})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_random_histories_conflict_as_in_git(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"src/api/{folder}{name}" for folder in ("", "p/", "q/") for name in "xyz"]
    body = [f"line {number}\n" for number in range(12)]
    shop.on_main({name: "".join(body) + name for name in names})

    shop.start("feature/api")
    _edit(shop, chance, names)
    shop.git.switch("--quiet", "main")
    _edit(shop, chance, names)
    shop.publish("main")
    shop.git.switch("--quiet", "feature/api")
    _edit(shop, chance, names)

    ran = conflicts(shop)

    expected = oracle(shop, "origin/main", "error")
    in_trees = {
        os.fsdecode(path)
        for commit_ in ("HEAD", "origin/main")
        for path in shop.git.ls_tree("-r", "--name-only", commit_).splitlines()
    }
    assert (ran.exit, bool(told(ran))) == (int(bool(expected)), bool(expected))
    # git lists a path that it makes up, such as the place of a file in a folder that was renamed.
    assert {one for one in expected if one[0] in in_trees} <= set(told(ran))
    assert set(paths(ran)) <= in_trees
