"""What cannot be decided: a clear error, exit 2, one JSON document, and nothing written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import git
import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran, commit, planner

pytestmark = pytest.mark.slow


def refused(ran: Ran) -> str:
    """The message of a run that could not tell, which said so in one JSON document."""
    assert ran.exit == 2, ran
    document = json.loads(ran.stdout)
    assert document["schema"] == "planner.error/1"
    assert document["ok"] is False
    assert document["error"]["message"]
    assert "Traceback" not in ran.stderr
    return str(document["error"]["message"])


def test_no_repository(tmp_path: Path) -> None:
    ran = planner("check-scope", "--format", "json", at=tmp_path)

    assert "no git repository" in refused(ran)
    assert "--repo" in ran.json["error"]["hint"]
    assert "no folder" in refused(
        planner("check-scope", "--format=json", "--repo", "gone", at=tmp_path)
    )
    text = planner("check-scope", at=tmp_path)
    assert (text.exit, text.stdout) == (2, "")
    assert text.stderr.startswith("error: ")
    assert not list(tmp_path.iterdir())


def test_an_empty_repository(repo: git.Repo) -> None:
    for words in ([], ["--worktree"]):
        ran = planner("check-scope", "--format", "json", *words, at=repo)
        assert "no commit yet" in refused(ran)


def test_a_bare_repository_and_a_git_folder(tmp_path: Path, shop: Shop) -> None:
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "bare"], check=True)

    assert "no work tree" in refused(planner("check-scope", "--format=json", at=tmp_path / "bare"))
    assert "no work tree" in refused(shop.check(at=shop.folder / ".git"))


REVISIONS = (
    "gone", "--output=PWNED", "-rf", "HEAD~99", "HEAD:README.md", "HEAD^{tree}", "a b",
    "HEAD\nmain", "\x1b[31m", "..", "main...HEAD", "1" * 40, "x" * 5000, ":/nothing",
    "refs/heads/*",
)  # fmt: skip


def test_a_revision_that_names_no_commit(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    every = [("--base", revision) for revision in REVISIONS]
    for option, revision in (*every, ("--head", REVISIONS[1]), ("--plan-from", REVISIONS[1])):
        assert "there is no commit" in refused(shop.check(f"{option}={revision}")), revision
    assert "no upstream" in refused(shop.check("--base", "@{u}"))
    assert "\x1b" not in shop.text("--base=\x1b[31m").stderr
    assert not (shop.folder / "PWNED").exists()


@pytest.mark.parametrize(
    "words",
    [["--base"], ["--nonsense"], ["extra"], ["--staged", "--worktree"], ["--staged", "--head", "x"],
     ["--worktree", "--head", "x"]],
)  # fmt: skip
def test_words_that_make_no_sense(shop: Shop, words: list[str]) -> None:
    refused(shop.check(*words))


def test_a_slice_that_no_plan_has(shop: Shop) -> None:
    shop.branch("feature/x", {"src/api/a.py": "a = 2\n"})

    ran = shop.check("--slice", "apis")

    assert "'apis'" in refused(ran)
    assert ran.json["error"]["hint"] == "did you mean 'api'?"


def test_a_plan_that_is_not_in_the_trusted_commit(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", "mine.yaml": "version: 1\n"})

    ran = shop.check("--plan", "mine.yaml")

    assert (ran.exit, ran.rules) == (1, ["no-trusted-plan"])
    (finding,) = ran.json["findings"]
    assert (finding["path"], finding["message"]) == (
        "mine.yaml",
        "there is no plan 'mine.yaml' in origin/main",
    )
    (finding,) = shop.check("--plan", "nope").json["findings"]
    assert finding["path"] == "docs/plan/nope/plan.yaml"
    assert "outside the repository" in refused(shop.check("--plan", "../x.yaml"))


def test_a_plan_elsewhere_is_judged_by_when_it_is_named(shop: Shop) -> None:
    shop.on_main(
        {"plans/mine.yaml": replaced(("        - docs/api.md\n", "        - README.md\n"))}
    )
    shop.branch("feature/api", {"README.md": "x"})

    ran = shop.check("--plan", "plans/mine.yaml")
    assert (ran.exit, ran.json["plan"]["path"]) == (0, "plans/mine.yaml")
    env = {"PLANNER_PLAN": "plans/mine.yaml"}
    assert shop.check(env=env).json == ran.json
    shop.commit({"plans/mine.yaml": "version: 1\n", "docs/guide/PLAN.md": "x"})
    assert "plan-unreadable" in shop.check(env=env).rules


OPEN = "version: 1\ntitle: T\nslices:\n"
BROKEN: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n# nothing\n",
    "binary": b"\x00\x01\xff\xfe" * 100,
    "latin-1": "version: 1\ntitle: Caf\u00e9\n".encode("latin-1"),
    "utf-16": "version: 1\n".encode("utf-16"),
    "ten mebibytes": b"version: 1\ntitle: T\noverview: " + b"x" * 10 * 2**20,
    "brackets": b"[" * 200_000,
    "flow": b"version: 1\ntitle: " + b"{a: " * 100_000,
    "duplicate keys": b"version: 1\ntitle: T\ntitle: U\nslices: []\n",
    "duplicate scope (E52)": (
        OPEN + "  - id: a\n    title: A\n    branch: a\n    scope: {include: [x]}\n"
        "    scope: {include: ['**']}\n"
    ).encode(),
    "a misspelled exclude (E50)": (OPEN + "  []\nexcludes: [.github]\n").encode(),
    "a refused exclude": (OPEN + "  []\nexclude: [/.github/**]\n").encode(),
    "a class": (
        OPEN + "  - {id: a, title: A, branch: a, scope: {include: ['app/[id]/**']}}\n"
    ).encode(),
    "unquoted star (E53)": (
        OPEN + "  - {id: a, title: A, branch: a, scope: {include: [*.py]}}\n"
    ).encode(),
    "unquoted bang (E53)": (
        OPEN + "  - id: a\n    title: A\n    branch: a\n    scope:\n      include:\n"
        "        - !src/**\n"
    ).encode(),
    "unquoted bracket (E53)": (
        OPEN + "  - id: a\n    title: A\n    branch: a\n    scope:\n      include:\n"
        "        - [id].tsx\n"
    ).encode(),
    "alias bomb": b"a: &a [x, x]\nb: &b [*a, *a]\nversion: 1\ntitle: *b\n",
    "merge key": b"version: 1\ntitle: T\n<<: {slices: []}\n",
    "tag": b"version: 1\ntitle: !!python/object:os.system x\nslices: []\n",
    "two documents": b"version: 1\n---\nversion: 1\n",
    "two slices for one branch": (
        OPEN + "  - {id: a, title: A, branch: x, scope: {include: [a]}}\n"
        "  - {id: b, title: B, branch: x, scope: {include: [b]}}\n"
    ).encode(),
    "two slices of one id": (
        OPEN + "  - {id: a, title: A, branch: x, scope: {include: [a]}}\n"
        "  - {id: a, title: B, branch: y, scope: {include: [b]}}\n"
    ).encode(),
    "an empty include": (
        OPEN + "  - {id: a, title: A, branch: a, scope: {include: []}}\n"
    ).encode(),
    "another version": b"version: 2\ntitle: T\nslices: []\n",
    "a list": b"- version: 1\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_trusted_plan_that_cannot_be_judged_by(shop: Shop, name: str) -> None:
    shop.on_main({PLAN_PATH: BROKEN[name]})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    before = sorted(shop.folder.rglob("*"))

    ran = shop.check()

    assert "is unusable" in refused(ran)
    assert ran.json["findings"]
    assert {f["path"] for f in ran.json["findings"]} == {PLAN_PATH}
    text = shop.text()
    assert text.exit == 2
    assert "error: " in text.stdout + text.stderr
    assert sorted(shop.folder.rglob("*")) == before
    # A slice that is asked for by name changes nothing: there is no plan that has it.
    assert shop.check("--slice", "api").exit == 2


def test_one_unusable_plan_stops_all(shop: Shop) -> None:
    # Its excludes bind everyone, and they cannot be read.
    shop.on_main({"docs/plan/b/plan.yaml": "exclude: [.github"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    refused(shop.check())


def test_a_trusted_plan_that_is_a_link_or_a_folder_is_none(shop: Shop, tmp_path: Path) -> None:
    shop.git.mv(PLAN_PATH, "docs/real.yaml")
    (shop.folder / PLAN_PATH).parent.mkdir(exist_ok=True)
    (shop.folder / PLAN_PATH).symlink_to("../real.yaml")
    shop.commit({})
    shop.publish("main")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    assert shop.check().rules == ["no-trusted-plan"]

    (shop.folder / PLAN_PATH).unlink()
    shop.git.switch("--quiet", "-C", "main")
    shop.commit({f"{PLAN_PATH}/x": "x"})
    shop.publish("main")
    shop.git.switch("--quiet", "-C", "feature/api")
    shop.commit({"src/api/a.py": "a = 3\n"})
    assert shop.check().rules == ["no-trusted-plan"]


def test_a_plan_whose_folder_has_an_odd_name_is_a_plan(shop: Shop) -> None:
    plan = OPEN + "  - {id: odd, title: O, branch: odd, scope: {include: [odd/**]}}\n"
    for number, name in enumerate((b"a\nb", b"\xff", b" ", b":x", b'"')):
        text = plan.replace("odd", f"odd{number}")
        shop.on_main({os.fsdecode(b"docs/plan/" + name + b"/plan.yaml"): text})
        shop.branch(f"odd{number}", {f"odd{number}/x": "x"})
        ran = shop.check()
        assert (ran.exit, ran.json["slice"]) == (0, f"odd{number}"), name
    shop.commit({os.fsdecode(b"docs/plan/\xff/plan.yaml"): "x"})
    assert "plan-unreadable" in shop.check().rules
    assert shop.text().exit == 1


def test_a_fault_in_the_object_store_is_no_empty_answer(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    for name in ("HEAD:src", "main:docs/plan", "main:docs/plan/plan.yaml", "main"):
        oid = str(shop.git.rev_parse(name))
        path = shop.folder / ".git/objects" / oid[:2] / oid[2:]
        kept = path.read_bytes()
        path.chmod(0o644)
        path.unlink()
        assert shop.check().exit in (1, 2), name
        path.write_bytes(b"garbage")
        refused(shop.check())
        path.write_bytes(kept)
    assert shop.check().exit == 0


def test_a_closed_pipe_is_no_traceback(shop: Shop) -> None:
    shop.branch("feature/api", {f"docs/{n}.md": "x" for n in range(400)})
    done = subprocess.run(
        f"'{sys.executable}' -m planner check-scope | head -1",
        shell=True, check=True, cwd=shop.folder, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_one_repository_within_another_is_judged_by_its_own_plan(shop: Shop) -> None:
    inner = shop.folder / "inner"
    inner.mkdir()
    repo = git.Repo.init(inner, initial_branch="main")
    commit(repo, {"x": "x"})

    ran = planner("check-scope", "--format", "json", at=inner)

    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 0)
