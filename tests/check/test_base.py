"""Where a branch parted from its base, proved or refused (scope-tools E1-E24)."""

import subprocess
from pathlib import Path

import git
import pytest
from shop import FILES, PLAN_PATH, Shop, replaced
from world import Ran, commit

pytestmark = pytest.mark.slow


def paths(ran: Ran) -> list[str]:
    return [f["path"] for f in ran.json["findings"] if f["severity"] == "error"]


def cloned(origin: Path, folder: Path, *words: str) -> Shop:
    """A clone over a transport, so that depth and filters count."""
    subprocess.run(
        ["git", "clone", "--quiet", *words, f"file://{origin}", folder], check=True,
        capture_output=True,
    )  # fmt: skip
    return Shop(folder)


def run(shop: Shop, *words: str) -> None:
    subprocess.run(["git", *words], cwd=shop.folder, check=True, capture_output=True)


def log(folder: Path, count: int, names: str) -> None:
    """Many commits in one process, each of which adds a file."""
    stream = []
    for number in range(1, count + 1):
        name = names.format(number)
        stream.append(
            f"commit refs/heads/main\ncommitter D <d@example.org> {1_700_000_000 + number} +0000\n"
            f"data {len(name)}\n{name}\n"
            + ("from refs/heads/main^0\n" if number == 1 else "")
            + f"M 100644 inline {name}\ndata 1\nx\n"
        )
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=folder, input="".join(stream).encode(), check=True
    )


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crossing")


@pytest.fixture
def e3(crossing: Path) -> Path:
    """The graph of E3: an old branch that main merged brings the root close to main's tip."""
    folder = crossing / "origin"
    if (folder / "ready").exists():
        return folder
    folder.mkdir()
    repo = git.Repo.init(folder, initial_branch="main")
    commit(repo, FILES, "start")
    repo.git.branch("old-topic")
    log(folder, 30, "src/web/m{}.ts")
    repo.git.reset("--quiet", "--hard", "main")
    repo.git.branch("feature/api")
    log(folder, 10, "src/web/n{}.ts")
    repo.git.reset("--quiet", "--hard", "main")
    repo.git.switch("--quiet", "old-topic")
    commit(repo, {"src/old/p.py": "p"})
    repo.git.switch("--quiet", "main")
    repo.git.merge("--quiet", "--no-ff", "-m", "merge", "old-topic")
    repo.git.switch("--quiet", "feature/api")
    commit(repo, {"src/api/a.py": "a = 2\n"})
    repo.git.switch("--quiet", "main")
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        repo.git.config(key, "true")
    (folder / "ready").touch()
    return folder


def test_e01_e02_a_depth_of_one_is_refused_and_never_compared_two_dot(
    e3: Path, tmp_path: Path
) -> None:
    shop = cloned(e3, tmp_path / "c", "--depth=1", "--branch=feature/api")
    run(shop, "fetch", "--depth=1", "origin", "main:refs/remotes/origin/main")

    ran = shop.check()

    assert ran.exit == 2
    assert ran.json["schema"] == "planner.error/1"
    assert "shallow" in ran.json["error"]["message"]
    assert "fetch-depth: 0" in ran.json["error"]["hint"]


def test_e03_no_depth_gives_a_wrong_list(e3: Path, tmp_path: Path) -> None:
    seen = {}
    for depth in (2, 3, 7, 11, 12, 13, 25, 45):
        shop = cloned(
            e3, tmp_path / str(depth), f"--depth={depth}", "--single-branch", "-b", "feature/api"
        )
        run(shop, "fetch", f"--depth={depth}", "origin", "main:refs/remotes/origin/main")
        ran = shop.check()
        seen[depth] = ran.exit
        if ran.exit != 2:
            assert ran.json["counts"]["changed"] == 1, depth

    assert {depth for depth, code in seen.items() if code == 2} == {2, 3, 7, 11}
    assert {code for depth, code in seen.items() if depth > 11} == {0}


def test_e04_a_clone_that_was_made_shallow_again_is_refused(e3: Path, tmp_path: Path) -> None:
    shop = cloned(e3, tmp_path / "c", "--branch=feature/api")
    assert shop.check().exit == 0

    run(shop, "fetch", "--depth=5", "origin", "main:refs/remotes/origin/main")

    assert shop.check().exit == 2


def test_fetch_deepens_until_the_merge_base_is_proved(e3: Path, tmp_path: Path) -> None:
    shop = cloned(e3, tmp_path / "c", "--depth=3", "--single-branch", "-b", "feature/api")

    assert shop.check().exit == 2
    ran = shop.check("--fetch")

    assert ran.exit == 0, ran
    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1)
    assert ran.json["base"]["revision"] == "origin/main"


@pytest.fixture
def merge_ref_origin(tmp_path: Path) -> tuple[Path, str, str]:
    """An origin with refs/pull/7/merge; its folder, the head and the merge."""
    folder = tmp_path / "origin"
    folder.mkdir()
    repo = git.Repo.init(folder, initial_branch="main")
    commit(repo, {**FILES, PLAN_PATH: replaced(("limits: {exceptions: 1}", "limits: {files: 9}"))})
    repo.git.switch("--quiet", "-c", "feature/api")
    commit(repo, {"src/api/a.py": "a = 2\n"})
    head = commit(repo, {"src/api/b.py": "b = 2\n", "README.md": "# Mine\n"})
    repo.git.switch("--quiet", "main")
    commit(repo, {"src/web/x.ts": "let y\n"})
    repo.git.switch("--quiet", "--detach")
    repo.git.merge("--quiet", "--no-ff", "-m", "merge", "feature/api")
    repo.git.update_ref("refs/pull/7/merge", "HEAD")
    return folder, head, str(repo.git.rev_parse("HEAD"))


def checked_out(origin: tuple[Path, str, str], folder: Path, depth: int) -> Shop:
    """What actions/checkout makes of a merge ref."""
    run_in = ["git", "-C", str(folder)]
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    fetch = ["fetch", "-q", f"--depth={depth}", f"file://{origin[0]}"]
    subprocess.run([*run_in, *fetch, "+refs/pull/7/merge:refs/remotes/pull/7/merge"], check=True)
    subprocess.run([*run_in, "checkout", "-q", "--detach", "refs/remotes/pull/7/merge"], check=True)
    return Shop(folder)


@pytest.mark.parametrize("depth", [2, 3])
def test_a_merge_ref_at_depth_two_is_enough(
    merge_ref_origin: tuple[Path, str, str], tmp_path: Path, depth: int
) -> None:
    _, head, merge = merge_ref_origin
    shop = checked_out(merge_ref_origin, tmp_path / "c", depth)

    ran = shop.check(env=shop.event(head=head, head_ref="feature/api", merge=merge))

    assert ran.exit == 1, ran
    assert (paths(ran), ran.json["counts"]["changed"]) == (["README.md"], 3)
    # At depth two the head's parents are not here: it seems to have added every path.
    [finding] = [one for one in ran.json["findings"] if one["severity"] == "error"]
    assert finding.get("commit") == (head if depth > 2 else None)
    assert "unknown-history" in ran.rules


def test_e07_a_merge_ref_at_depth_one_says_what_depth_it_takes(
    merge_ref_origin: tuple[Path, str, str], tmp_path: Path
) -> None:
    _, head, merge = merge_ref_origin
    shop = checked_out(merge_ref_origin, tmp_path / "c", 1)

    ran = shop.check(env=shop.event(head=head, head_ref="feature/api", merge=merge))

    assert ran.exit == 2
    assert "fetch-depth: 2" in ran.json["error"]["hint"]


def test_e24_the_head_of_a_fork_comes_with_its_merge_ref(
    merge_ref_origin: tuple[Path, str, str], tmp_path: Path
) -> None:
    _, head, merge = merge_ref_origin
    shop = checked_out(merge_ref_origin, tmp_path / "c", 2)

    event = shop.event(head=head, head_ref="feature/web", merge=merge, fork="acme/fork")
    ran = shop.check(env=event)

    assert ran.json["slice"] == "web"
    assert paths(ran) == ["README.md", "src/api/a.py", "src/api/b.py"]


def test_e08_the_base_and_its_commit_are_printed_and_can_be_named(shop: Shop) -> None:
    start = shop.git.rev_parse("main")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    main = shop.on_main({"README.md": "# Main\n"})
    shop.git.update_ref("refs/remotes/origin/main", start)

    assert shop.check().json["base"] == {"revision": "origin/main", "commit": start}
    assert f"origin/main ({start[:12]})" in shop.text().stdout
    named = shop.check("--base", main).json
    assert (named["base"], named["merge_base"]) == ({"revision": main, "commit": main}, start)


def test_e12_a_first_commit_is_judged_like_any_other(tmp_path: Path) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    repo = git.Repo.init(folder, initial_branch="main")
    commit(repo, FILES)
    shop = Shop(folder)

    assert shop.text().stdout.startswith("nothing to judge")
    assert "not committed" not in shop.text().stdout
    (folder / "README.md").write_text("# Changed\n", encoding="utf-8")
    (folder / "new.txt").write_text("", encoding="utf-8")
    assert (
        "\n  2 paths are not committed: planner check-scope --worktree\npassed\n"
        in shop.text().stdout
    )
    assert "not committed" not in shop.text(env={"CI": "true"}).stdout
    shop.git.checkout("--", "README.md")
    (folder / "new.txt").unlink()
    shop.git.switch("--quiet", "--orphan", "feature/api")
    shop.commit({"src/api/a.py": "a = 2\n"})
    assert shop.check().exit == 2


def test_e14_unrelated_histories_are_refused(shop: Shop) -> None:
    shop.git.switch("--quiet", "--orphan", "feature/api")
    shop.commit({"src/api/a.py": "a = 2\n"})

    ran = shop.check()

    assert ran.exit == 2
    assert "share no history" in ran.json["error"]["message"]
    assert "shallow" not in str(ran.json)


def test_e15_merging_the_base_into_the_branch_adds_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({"README.md": "# Main\n", "secret/key.txt": None})
    shop.git.merge("--quiet", "-m", "merge main", "main")
    shop.commit({"src/api/b.py": "b = 2\n"})

    ran = shop.check()

    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 2)


def test_e16_a_criss_cross_is_refused_until_the_base_is_merged(shop: Shop) -> None:
    first = shop.branch("feature/api", {"src/api/f1.py": "1"})
    shop.git.switch("--quiet", "main")
    main = shop.commit({"src/web/m1.ts": "1"})
    shop.git.merge("--quiet", "--no-ff", "-m", "m", first)
    shop.git.switch("--quiet", "feature/api")
    shop.git.merge("--quiet", "--no-ff", "-m", "f", main)
    shop.commit({"src/api/f2.py": "2"})
    shop.git.switch("--quiet", "main")
    shop.commit({"src/web/m2.ts": "2"})
    shop.publish("main")
    shop.git.switch("--quiet", "feature/api")

    ran = shop.check()
    assert ran.exit == 2
    assert "2 merge bases" in ran.json["error"]["message"]
    assert "git merge origin/main" in ran.json["error"]["hint"]

    shop.git.merge("--quiet", "-m", "as told", "origin/main")
    cured = shop.check()
    assert (cured.exit, cured.json["counts"]["changed"]) == (0, 1)


def test_a_stacked_slice_is_compared_with_its_parents_branch(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")

    local = shop.check()
    assert (local.exit, local.json["counts"]["changed"]) == (0, 1)
    assert local.json["base"]["revision"] == "feature/api"
    assert local.json["base"]["local"] is True
    assert "local branch" in shop.text().stdout

    shop.publish("feature/api")
    assert shop.check().json["base"]["revision"] == "origin/feature/api"


def test_e17_after_the_parent_was_squashed_merging_the_base_cures_the_list(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    closed = replaced(
        ("    branch: feature/api\n", "    branch: feature/api\n    closed: merged\n")
    )
    shop.on_main({"src/api/a.py": "a = 2\n", "docs/plan/plan.yaml": closed}, "squashed (#1)")

    ran = shop.check()
    assert paths(ran) == ["src/api/a.py"]
    assert "git merge origin/main" in ran.json["findings"][0]["hint"]

    shop.git.merge("--quiet", "-m", "as told", "origin/main")
    cured = shop.check()
    assert (cured.exit, cured.json["counts"]["changed"]) == (0, 1)


def test_a_parent_that_has_landed_is_not_the_base_any_more(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    shop.on_main({"src/api/a.py": "a = 2\n"}, "api (#1)\n\nSlice: api\n")

    ran = shop.check()

    assert ran.json["base"]["revision"] == "origin/main"
    assert "run first: git merge origin/main" in ran.json["findings"][0]["hint"]


def test_what_a_stacked_branch_makes_of_a_path_of_its_base_is_its_own_change(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    shop.on_main({"secret/key.txt": "rotated\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")
    assert (shop.check().exit, shop.check().json["counts"]["changed"]) == (0, 1)

    (shop.folder / "secret/key.txt").write_text("stolen\n")
    assert paths(shop.check("--worktree")) == ["secret/key.txt"]
    shop.git.restore("secret/key.txt")

    shop.branch("side", {"secret/key.txt": "stolen\n"}, at="feature/guide")
    shop.git.switch("--quiet", "feature/guide")
    shop.commit({"docs/guide/more.md": "# More\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge side", "side")

    ran = shop.check()
    assert (ran.exit, paths(ran)) == (1, ["secret/key.txt"])


def test_a_dropped_parent_is_not_the_base_and_its_commits_are_told(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    branch = "    branch: feature/api\n"
    shop.on_main({PLAN_PATH: replaced((branch, f"{branch}    closed: dropped\n"))})

    ran = shop.check()

    assert ran.json["base"]["revision"] == "origin/main"
    (found,) = ran.json["findings"]
    assert (found["rule"], found["path"]) == ("outside-scope", "src/api/a.py")
    assert found["hint"].endswith(
        "; if it came with 'api', which is dropped: git rebase --interactive origin/main"
    )

    shop.git.rebase("--quiet", "--onto", "main", "feature/api")

    assert (shop.check().exit, shop.check().rules) == (0, [])


def test_several_branches_that_may_be_the_parents_are_refused(shop: Shop) -> None:
    plan = replaced(("    branch: feature/api\n", '    branch: "claude/api-*"\n'))
    shop.commit({"docs/plan/plan.yaml": plan})
    shop.publish("main")
    shop.branch("claude/api-real", {"src/api/a.py": "a = 2\n"})
    shop.branch("claude/api-000", {"secret/key.txt": "stolen\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="claude/api-000")

    ran = shop.check()

    assert ran.exit == 2
    assert "claude/api-000 and claude/api-real" in ran.json["error"]["message"]
    assert shop.check("--base", "claude/api-real").exit == 1


def test_a_parent_that_is_out_of_scope_itself_is_told(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": "stolen\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")

    ran = shop.check()

    [finding] = ran.json["findings"]
    assert (ran.exit, finding["rule"], finding["path"]) == (
        1, "parent-out-of-scope", "secret/key.txt",
    )  # fmt: skip
    assert finding["hint"] == "fix that branch first: planner check-scope --head feature/api"


LANDED = (
    "Merge branch 'feature/api' into 'main'\n\nSee merge request acme/shop!12",
    "Merged in feature/api (pull request #12)",
    "Pull request #12: x\n\nMerge in ACME/shop from feature/api to main",
    "Merge pull request 'x' (#12) from feature/api into main",
    "Merged PR 12: x\n\nSlice: api",
)


@pytest.mark.parametrize("message", LANDED)
@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_parent_that_landed_is_no_base_whether_its_branch_is_there_or_not(
    shop: Shop, message: str, is_deleted: bool
) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.publish("feature/api")
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    assert shop.check().json["base"]["revision"] == "origin/feature/api"
    shop.on_main({"src/api/a.py": "a = 2\n"}, message)
    if is_deleted:
        shop.git.branch("-D", "feature/api")
        shop.git.update_ref("-d", "refs/remotes/origin/feature/api")

    ran = shop.check()

    assert (ran.exit, ran.json["base"]["revision"], paths(ran)) == (
        1, "origin/main", ["src/api/a.py"],
    )  # fmt: skip
    assert ran.json["findings"][0]["hint"].endswith("run first: git merge origin/main")
    assert shop.check("--base", "origin/main").json["findings"] == ran.json["findings"]


def test_a_stacked_slice_whose_parents_branch_is_gone_lands_on_its_base(shop: Shop) -> None:
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"})

    assert shop.check().json["base"]["revision"] == "origin/main"


def test_e18_a_merge_commit_at_head_is_judged_with_all_that_it_brings(shop: Shop) -> None:
    shop.branch("side", {"README.md": "# Side\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "side", "side")

    assert paths(shop.check()) == ["README.md"]


def test_an_edit_within_a_merge_commit_is_judged(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({"src/web/x.ts": "let main\n"})
    shop.git.merge("--quiet", "--no-ff", "--no-commit", "main")
    shop.commit({"secret/key.txt": "slipped in\n"})

    ran = shop.check()

    assert paths(ran) == ["secret/key.txt"]
    assert ran.json["findings"][0]["commit"] == shop.git.rev_parse("HEAD")


def test_e19_a_detached_head_without_a_local_base_is_judged(shop: Shop) -> None:
    shop.branch("feature/api", {"origin/main": "a file", "main": "a file", "src/api/a.py": "2"})
    shop.git.switch("--quiet", "--detach")
    shop.git.branch("-D", "main", "feature/api")

    ran = shop.check("--slice", "api")

    assert paths(ran) == ["main", "origin/main"]


def test_e22_a_base_that_does_not_exist_is_no_empty_list(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    for words in (["--base", "gone"], ["--head", "gone"], ["--plan-from", "gone"]):
        ran = shop.check(*words)
        assert (ran.exit, ran.json["error"]["message"]) == (2, "there is no commit 'gone'")


@pytest.mark.parametrize("name", ["facade", "decade", "feature/deadbeef"])
def test_e23_a_branch_that_looks_like_an_id_is_a_branch(shop: Shop, name: str) -> None:
    plan = replaced(("    branch: feature/api\n", f"    branch: {name}\n"))
    shop.on_main({"docs/plan/plan.yaml": plan})
    shop.branch(name, {"src/api/a.py": "a = 2\n"})

    assert shop.check().json["slice"] == "api"
    shop.git.switch("--quiet", "main")
    assert shop.check("--head", name).json["slice"] == "api"


def test_the_local_base_never_counts_beside_the_remotes(shop: Shop) -> None:
    # Attack a6: the agent moves its own main onto its work.
    shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    shop.git.branch("-f", "main", "HEAD")

    ran = shop.check()

    assert paths(ran) == ["secret/key.txt"]
    assert "local" not in ran.json["base"]


def test_upstream_comes_before_origin_and_both_before_other_remotes(shop: Shop) -> None:
    start = shop.git.rev_parse("main")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.update_ref("refs/remotes/upstream/main", start)
    assert shop.check().json["base"]["revision"] == "upstream/main"

    for ref in ("upstream/main", "origin/HEAD", "origin/main"):
        shop.git.update_ref("--no-deref", "-d", f"refs/remotes/{ref}")
    shop.git.update_ref("refs/remotes/mine/main", start)
    assert shop.check().json["base"] == {"revision": "main", "commit": start, "local": True}
    shop.git.config("branch.feature/api.remote", "mine")
    assert shop.check().json["base"]["revision"] == "mine/main"


def test_a_head_within_the_base_has_nothing_to_judge(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    shop.git.update_ref("refs/remotes/origin/main", "feature/api")

    ran = shop.check()
    assert (ran.exit, ran.json["ok"], ran.json["counts"]["changed"]) == (0, True, 0)
    behind = shop.check("--head", "main")
    assert (behind.exit, behind.json["merge_base"]) == (0, shop.git.rev_parse("main"))


def test_e42_a_blobless_clone_needs_no_network(e3: Path, tmp_path: Path) -> None:
    shop = cloned(e3, tmp_path / "c", "--filter=blob:none", "--branch=feature/api")
    plan = shop.git.rev_parse("origin/main:docs/plan/plan.yaml")
    run(shop, "cat-file", "-e", plan)
    hidden = tmp_path / "hidden"
    missing = missing_objects(shop)

    e3.rename(hidden)
    try:
        ran = shop.check()
    finally:
        hidden.rename(e3)

    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1)
    assert missing_objects(shop) == missing


def missing_objects(shop: Shop) -> int:
    listed = shop.git.rev_list("--objects", "--all", "--missing=print")
    return sum(line.startswith("?") for line in listed.splitlines())


def test_a_plan_that_a_partial_clone_left_behind_is_asked_for(e3: Path, tmp_path: Path) -> None:
    shop = cloned(e3, tmp_path / "c", "--filter=blob:none", "--no-checkout", "-b", "feature/api")
    missing = missing_objects(shop)

    ran = shop.check()

    assert ran.exit == 2
    assert "partial clone" in ran.json["error"]["message"]
    assert missing_objects(shop) == missing
    bring = ran.json["error"]["hint"].removeprefix("fetch it: ").split(",")[0].split()
    assert bring[0] == "git"
    run(shop, *bring[1:])
    assert shop.check().exit == 0


def test_fetch_brings_what_a_partial_clone_left_behind(e3: Path, tmp_path: Path) -> None:
    shop = cloned(e3, tmp_path / "c", "--filter=tree:0", "--no-checkout", "-b", "feature/api")

    assert shop.check().exit == 2
    assert shop.check("--fetch").exit == 0


def test_a_revert_that_is_reverted_has_the_slice_of_the_first(shop: Shop) -> None:
    for slice_id in ("api", "web"):
        shop.on_main({"README.md": slice_id}, f"landed\n\nSlice: {slice_id}\n")
    for name, slice_id in (
        ("revert-12-feature/api", "api"),
        ("revert-13-revert-12-feature/api", "api"),
        ("revert-1-feature/old", "old"),
        ("revert-1-claude/web-3", "web"),
    ):
        shop.branch(name, {"src/other.py": name})
        ran = shop.check()
        assert (ran.json["slice"], paths(ran)) == (slice_id, ["src/other.py"]), name
    for name in ("revert-x-feature/api", "revert-12-feature/none", "revert-12-"):
        shop.branch(name, {"src/api/a.py": name})
        assert shop.check().rules == ["unplanned-branch"], name


def test_a_revert_of_a_closed_slice_may_touch_what_it_held(shop: Shop) -> None:
    shop.branch("revert-3-feature/old", {"src/old/o.py": None})

    assert shop.check().exit == 0
    shop.branch("feature/old", {"src/old/o.py": "o = 2\n"})
    assert shop.check().rules == ["unplanned-branch"]


@pytest.mark.parametrize("how", ["rebased", "squashed"])
def test_what_came_with_another_state_of_the_parent_is_left_out_by_a_rebase(
    shop: Shop, how: str
) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    if how == "rebased":
        shop.on_main({"README.md": "# 2\n"})
        shop.git.branch("-f", "feature/api", "main")
        shop.git.switch("--quiet", "feature/api")
        shop.commit({"src/api/a.py": "a = 3\n"})
        shop.publish("feature/api")
    else:
        shop.on_main({"src/api/a.py": "a = 2\n"}, "a title that no plan knows")
        shop.git.branch("-D", "feature/api")
    shop.git.switch("--quiet", "feature/guide")

    finding = shop.check().json["findings"][0]

    base = "origin/feature/api" if how == "rebased" else "origin/main"
    assert finding["rule"] == "foreign-path"
    assert finding["hint"] == (
        f"if it came with 'api', leave it out: git rebase {base}; "
        "else make the change on its branch, 'feature/api', or revert it"
    )


def test_a_base_that_has_all_of_the_parent_is_the_base(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    shop.git.switch("--quiet", "main")
    shop.git.merge("--quiet", "--ff-only", "feature/api")
    shop.publish("main", "feature/api")
    shop.git.switch("--quiet", "feature/guide")
    shop.on_main({"src/web/x.ts": "let main\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")

    ran = shop.check()

    assert (ran.exit, ran.json["base"]["revision"], ran.json["counts"]["changed"]) == (
        0, "origin/main", 1,
    )  # fmt: skip


def test_what_a_child_merged_from_its_base_before_its_parent_did_is_no_change(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/start.md": "# 2\n"}, at="feature/api")
    shop.on_main({"src/web/x.ts": "let main\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")

    ran = shop.check()
    assert (ran.exit, ran.json["base"]["revision"], ran.json["counts"]["changed"]) == (
        0, "feature/api", 1,
    )  # fmt: skip

    # To undo what the parent did is a change, even if the base has the same.
    shop.commit({"src/api/a.py": "a = 1\n"})
    assert [f["path"] for f in shop.check().json["findings"]] == ["src/api/a.py"]
