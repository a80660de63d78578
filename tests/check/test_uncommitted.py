"""What is not committed yet: `--staged` in a hook, `--worktree` on a developer's machine."""

import subprocess
import sys
from pathlib import Path

import git
import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran, write

pytestmark = pytest.mark.slow

MINE = replaced(("title: The API", "title: Mine"))
DONE = replaced(("api-one, title: One, status: todo", "api-one, title: One, status: done"))


def errors(ran: Ran) -> dict[str, str]:
    return {f["path"]: f["rule"] for f in ran.json["findings"] if f["severity"] == "error"}


def test_staged_judges_only_what_this_commit_adds(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": "an old sin\n"})
    write(shop.repo, {"src/api/a.py": "a = 2\n", "src/web/x.ts": "let y\n"})
    shop.git.add("src/api/a.py")
    ran = shop.check("--staged")
    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1)

    shop.git.add("--all")
    assert errors(shop.check("--staged")) == {"src/web/x.ts": "foreign-path"}
    assert errors(shop.check()) == {"secret/key.txt": "outside-scope"}


def noted(ran: Ran) -> str:
    """The one finding of a run that judged nothing, which is a note."""
    (note,) = ran.json["findings"]
    assert (ran.exit, note["severity"]) == (0, "note"), ran
    assert note["message"].startswith("nothing was judged: ")
    assert set(ran.json["counts"].values()) == {0}
    return f"{note['rule']}: {note['message'].removeprefix('nothing was judged: ')}"


def test_staged_on_a_branch_without_a_slice_is_a_note(shop: Shop) -> None:
    for branch in ("main", "patch-1"):
        if branch != "main":
            shop.start(branch)
        write(shop.repo, {"secret/key.txt": branch})
        shop.git.add("--all")
        assert noted(shop.check("--staged")) == (
            f"unplanned-branch: no slice and no rule accepts the branch '{branch}'"
        )
    text = shop.text("--staged").stdout.splitlines()
    assert [line.partition(" note: ")[2] for line in text[:1]] == [
        "nothing was judged: no slice and no rule accepts the branch 'patch-1' [unplanned-branch]"
    ]
    assert text[-1] == "passed: 1 note"
    assert "in scope" not in "".join(text)
    shop.git.switch("--quiet", "--detach")
    assert noted(shop.check("--staged")) == "unplanned-branch: HEAD is detached"


def test_staged_without_a_trusted_plan_is_a_note(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: None})
    shop.start("feature/api")
    write(shop.repo, {"secret/key.txt": "x"})
    shop.git.add("--all")
    for words in ((), ("--slice", "api")):
        assert noted(shop.check("--staged", *words)) == (
            "no-trusted-plan: there is no plan in origin/main"
        )
    shop.git.branch("-m", "main", "trunk")
    shop.git.symbolic_ref("--delete", "refs/remotes/origin/HEAD")
    shop.git.update_ref("-d", "refs/remotes/origin/main")
    assert noted(shop.check("--staged")) == (
        "no-trusted-plan: nothing tells the default branch, whose plan applies"
    )


def test_staged_before_the_first_commit_is_a_note_also_in_a_hook(tmp_path: Path) -> None:
    git.Repo.init(tmp_path / "new", initial_branch="main")
    new = Shop(tmp_path / "new")
    write(new.repo, {PLAN_PATH: MINE, "README.md": "x"})
    new.git.add("--all")
    assert noted(new.check("--staged")) == "no-trusted-plan: there is no commit yet"
    assert set(new.check("--staged").json) == set(FIRST_KEYS)
    hooked(new)
    assert committed(new) == 0
    write(new.repo, {"README.md": "y"})
    assert committed(new, "-a") == 0


FIRST_KEYS = (
    "schema", "ok", "findings", "slice", "branch", "judged_by", "plan", "base", "head",
    "merge_base", "counts", "unused", "exceptions",
)  # fmt: skip


def test_staged_sees_renames_deletions_and_links(shop: Shop) -> None:
    shop.start("feature/api")
    shop.git.mv("secret/key.txt", "src/api/key.txt")
    (shop.folder / "src/api/out").symlink_to("/etc/passwd")
    shop.git.add("--all")

    assert errors(shop.check("--staged")) == {
        "secret/key.txt": "outside-scope", "src/api/out": "symlink-escape",
    }  # fmt: skip


def test_a_plan_is_judged_as_it_is_staged(shop: Shop) -> None:
    shop.start("feature/api")
    write(shop.repo, {PLAN_PATH: MINE})
    shop.git.add("--all")
    write(shop.repo, {PLAN_PATH: DONE})

    assert errors(shop.check("--staged")) == {PLAN_PATH: "plan-edit"}
    assert shop.check("--worktree").exit == 0


def hooked(shop: Shop) -> None:
    """Let a hook hold every commit to its slice."""
    hook = shop.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m planner check-scope --staged\n")
    hook.chmod(0o755)


def committed(shop: Shop, *words: str) -> int:
    command = ["git", "commit", "-q", "-m", "x", *words]
    return subprocess.run(command, check=False, cwd=shop.folder, capture_output=True).returncode


def test_a_hook_judges_the_index_that_git_gives_it(shop: Shop) -> None:
    shop.start("feature/api")
    hooked(shop)
    # What is staged is not what is committed: `commit PATH` and `commit -a` build an index.
    write(shop.repo, {"README.md": "x", "src/api/a.py": "a = 2\n", PLAN_PATH: MINE})
    shop.git.add("README.md")
    assert committed(shop) == 1
    assert committed(shop, "src/api/a.py") == 0
    shop.git.reset("--quiet")
    assert committed(shop, PLAN_PATH) == 1
    shop.git.checkout("--quiet", "--", "README.md")
    assert committed(shop, "-a") == 1
    shop.git.checkout("--quiet", "--", PLAN_PATH)
    write(shop.repo, {"src/api/b.py": "b = 2\n"})
    assert committed(shop, "-a") == 0


def test_a_hook_in_another_work_tree_judges_that_one(shop: Shop, tmp_path: Path) -> None:
    hooked(shop)
    other = tmp_path / "other"
    shop.git.worktree("add", "--quiet", "-b", "feature/api", str(other))
    linked = Shop(other)
    write(linked.repo, {"README.md": "x"})

    assert committed(linked, "-a") == 1
    assert errors(shop.check("--worktree", at=other)) == {"README.md": "outside-scope"}
    write(linked.repo, {"README.md": "# Shop\n", "src/api/a.py": "a = 2\n"})
    assert committed(linked, "-a") == 0
    assert shop.check(at=other).json["slice"] == "api"


def test_worktree_judges_commits_index_and_files_together(shop: Shop) -> None:
    shop.branch("feature/api", {"a.md": "committed"})
    write(shop.repo, {"b.md": "staged"})
    shop.git.add("--all")
    write(shop.repo, {"c.md": "untracked", "README.md": "edited", "CHANGELOG.md": None})

    ran = shop.check("--worktree")

    assert set(errors(ran)) == {"README.md", "a.md", "b.md", "c.md"}
    assert ran.json["counts"] == {
        "changed": 5, "in_scope": 0, "shared": 1, "excepted": 0, "out_of_scope": 4,
    }  # fmt: skip


def test_worktree_without_any_change_has_nothing_to_judge(shop: Shop) -> None:
    assert shop.check("--worktree").exit == 0
    write(shop.repo, {"new.txt": "x"})
    assert shop.check("--worktree").rules == ["unplanned-branch"]


def test_worktree_takes_a_plan_from_the_trusted_commit_alone(shop: Shop) -> None:
    shop.start("feature/api")
    write(
        shop.repo, {PLAN_PATH: replaced(("        - docs/api.md\n", '        - "**"\n')), "x": "x"}
    )

    assert errors(shop.check("--worktree"))["x"] == "outside-scope"


def test_a_link_that_replaces_a_plan_in_the_work_tree_removes_it(shop: Shop) -> None:
    shop.start("feature/api")
    (shop.folder / PLAN_PATH).rename(shop.folder / "src/api/plan.yaml")
    (shop.folder / PLAN_PATH).symlink_to("../../src/api/plan.yaml")

    assert errors(shop.check("--worktree")) == {PLAN_PATH: "plan-removed"}


def test_a_file_that_git_no_longer_tracks_but_that_is_there_is_changed(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/b.py": "b = 2\n"})
    shop.git.rm("--quiet", "--cached", "src/api/a.py", "secret/key.txt")

    ran = shop.check("--worktree")

    assert errors(ran) == {"secret/key.txt": "outside-scope"}
    assert ran.json["findings"][0]["change"] == "M"
    assert (ran.exit, ran.json["counts"]["changed"]) == (1, 3)


@pytest.mark.parametrize("words", ["--staged", "--worktree"])
def test_an_index_that_was_cut_off_never_passes(shop: Shop, words: str) -> None:
    shop.branch("feature/api", {"src/api/b.py": "b = 2\n"})
    index = shop.folder / ".git/index"
    index.write_bytes(index.read_bytes()[:40])

    ran = shop.check(words)

    assert ran.exit in (1, 2)
    assert "Traceback" not in ran.stderr
