"""`planner lint` as a command: which plans it checks, its output and its exit codes."""

import os
import subprocess
from pathlib import Path
from typing import Any

import git
import pytest
from world import Ran, commit, planner, root, write

pytestmark = pytest.mark.slow

PLAN = "docs/plan/plan.yaml"
GOOD = """\
version: 1
title: Orders
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {include: [src/]}
"""
OTHER = (
    GOOD.replace("id: api", "id: db").replace("feature/api", "feature/db").replace("src/", "db/")
)
WRONG = GOOD.replace("title: Orders\n", "")
WARNED = GOOD.replace("src/", "lost/")


def findings(ran: Ran) -> list[tuple[str, str, int]]:
    return [(each["path"], each["rule"], each.get("line", 0)) for each in ran.json["findings"]]


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    """A repository with a plan and the files of its scope."""
    commit(repo, {PLAN: GOOD, "src/a.py": "", "db/a.py": "", "README.md": ""})
    return repo


def test_every_plan_of_the_repository_is_checked(shop: git.Repo) -> None:
    write(shop, {"docs/plan/web/plan.yaml": OTHER, "docs/plan/old/plan.yaml": WRONG})
    ran = planner("lint", "--format", "json", at=shop)

    assert ran.exit == 1
    assert ("docs/plan/old/plan.yaml", "missing-key", 1) in findings(ran)
    assert planner("lint", at=shop).stdout.splitlines()[-2:] == [
        "checked 3 plans",
        "failed: 2 errors",
    ]


def test_only_named_plans_are_checked(shop: git.Repo) -> None:
    write(shop, {"docs/plan/web/plan.yaml": WRONG, "else where.yaml": OTHER})

    assert planner("lint", PLAN, "else where.yaml", at=shop).stdout == "checked 2 plans\npassed\n"
    assert planner("lint", "--plan", PLAN, at=shop).exit == 0
    assert planner("lint", at=shop, env={"PLANNER_PLAN": "docs/plan/web/plan.yaml"}).exit == 1
    assert planner("lint", "--plan", PLAN, at=shop, env={"PLANNER_PLAN": "none.yaml"}).exit == 0


def test_a_plan_may_be_named_by_its_folder_or_its_effort(shop: git.Repo) -> None:
    write(shop, {"docs/plan/web/plan.yaml": WRONG, "plan.yaml": WRONG})

    for name in ("docs/plan/web", "docs/plan/web/", "web"):
        assert "docs/plan/web/plan.yaml:1:1: error:" in planner("lint", name, at=shop).stdout
    for words in (["lint", "."], ["lint", "--plan", "."], ["lint", PLAN, "."]):
        assert "\nplan.yaml:1:1: error:" in "\n" + planner(*words, at=shop).stdout


def test_a_named_plan_replaces_the_one_of_the_option(shop: git.Repo) -> None:
    assert planner("lint", PLAN, "--plan", "none.yaml", at=shop).exit == 0


def test_a_plan_that_is_named_twice_is_checked_once(shop: git.Repo) -> None:
    assert planner("lint", PLAN, f"./{PLAN}", at=shop).stdout == "checked 1 plan\npassed\n"


def test_two_plans_with_open_slices_for_one_branch_are_ambiguous(shop: git.Repo) -> None:
    write(shop, {"docs/plan/web/plan.yaml": OTHER.replace("feature/db", "feature/*")})
    ran = planner("lint", "--format", "json", at=shop)

    assert findings(ran) == [("docs/plan/web/plan.yaml", "ambiguous-branch", 6)]
    assert ran.json["findings"][0]["related"][0]["path"] == PLAN


def test_the_path_of_a_plan_is_relative_to_the_current_folder(shop: git.Repo) -> None:
    below = root(shop) / "docs" / "plan"
    link = root(shop).parent / "link"
    link.symlink_to(below)

    for ran in (
        planner("lint", at=below),
        planner("lint", "plan.yaml", at=below),
        planner("lint", "../docs/plan/plan.yaml", at=root(shop) / "src"),
        planner("lint", "plan.yaml", at=link),
        planner("lint", str(link / "plan.yaml"), at=below),
        planner("lint", "plan.yaml", "--repo", str(link), at=root(shop).parent),
        planner("lint", "--repo", str(root(shop)), at=Path("/")),
    ):
        assert (ran.exit, ran.stdout, ran.stderr) == (0, "checked 1 plan\npassed\n", "")


def test_warnings_exit_0_and_with_strict_1(shop: git.Repo) -> None:
    write(shop, {PLAN: WARNED})
    mild = planner("lint", "--format", "json", at=shop)
    strict = planner("lint", "--format", "json", "--strict", at=shop)

    assert (mild.exit, mild.json["ok"], mild.rules) == (0, True, ["matches-nothing"])
    assert (strict.exit, strict.json["ok"], strict.rules) == (1, False, ["matches-nothing"])


def test_folders_are_those_of_the_trusted_commit(shop: git.Repo) -> None:
    write(shop, {PLAN: GOOD.replace("src/", "src")})
    assert planner("lint", "--format", "json", at=shop).rules == ["names-a-folder"]

    shop.git.checkout("--quiet", "--", PLAN)
    shop.git.switch("--quiet", "--orphan", "new")
    write(shop, {PLAN: GOOD.replace("src/", "lib, src"), "lib/a.py": ""})
    shop.git.add("--all")
    # `lib` is a folder in this branch only, so it may still become a file.
    ran = planner("lint", "--format", "json", at=shop)
    assert ran.rules == ["matches-only-folders", "names-a-folder"]


def test_a_repository_without_a_commit_is_checked(repo: git.Repo) -> None:
    write(repo, {PLAN: GOOD})
    ran = planner("lint", "--format", "json", at=repo)

    assert (ran.exit, ran.rules) == (0, ["matches-nothing"])


def test_a_rule_for_everything_matches_something_also_without_files(repo: git.Repo) -> None:
    plan = "version: 1\ntitle: T\nunplanned: [{branch: '**', include: ['**', 'a/*']}]\nslices: []\n"
    write(repo, {"docs/plan/plan.yaml": plan})

    ran = planner("lint", "--format", "json", at=repo)

    nothing = [one["message"] for one in ran.json["findings"] if one["rule"] == "matches-nothing"]
    assert nothing == ["the pattern 'a/*' matches no tracked file"]


def test_findings_in_json_have_the_keys_of_the_contract(shop: git.Repo) -> None:
    tasks = "    tasks: [{id: t, title: T, depends_on: [t], files: [db/a.py]}]\n"
    write(shop, {PLAN: GOOD + tasks})
    cycle, outside = planner("lint", "--format", "json", at=shop).json["findings"]

    assert cycle["cycle"] == ["t", "t"]
    assert (outside["task"], outside["slice"], outside["witness"]) == ("t", "api", "db/a.py")


# --- not a plan ------------------------------------------------------------------------------


def files_of_bad_input() -> dict[str, bytes | None]:
    return {
        "empty": b"",
        "binary": bytes(range(1, 128)) * 30,
        "nul": b"version: 1\0\n",
        "not utf-8": b"title: \xff\n",
        "utf-16": "version: 1\n".encode("utf-16"),
        "10 MB": b"# more\n" * 1_500_000,
        "2 MiB and a byte": b"#" * (2 * 1024 * 1024 + 1),
        "brackets": b"[" * 200_000,
        "braces": b"{a: " * 100_000,
        "nodes": b"[" + b"1," * 150_000 + b"]",
        "duplicate keys": b"version: 1\nversion: 1\n",
        "a list": b"- 1\n",
        "missing": None,
    }


@pytest.mark.parametrize("name", files_of_bad_input())
def test_bad_input_is_one_json_document_and_nothing_is_written(name: str, shop: git.Repo) -> None:
    content = files_of_bad_input()[name]
    if content is None:
        (root(shop) / PLAN).unlink()
    else:
        (root(shop) / PLAN).write_bytes(content)
    before = shop.git.status("--porcelain", "--ignored")
    ran = planner("lint", "--format=json", PLAN, at=shop)
    text = planner("lint", PLAN, at=shop)

    is_unreadable = name in ("not utf-8", "utf-16", "10 MB", "2 MiB and a byte", "missing")
    assert ran.exit == text.exit == (2 if is_unreadable else 1)
    assert ran.json["ok"] is False
    assert ran.json["schema"] == f"planner.{'error' if is_unreadable else 'lint'}/1"
    assert bool(ran.json["findings"]) == (name != "missing")
    assert ran.stderr == ""
    assert len(text.stdout + text.stderr) < 2000
    assert "Traceback" not in text.stderr
    assert shop.git.status("--porcelain", "--ignored") == before


def test_other_plans_are_checked_even_if_one_cannot_be_read(shop: git.Repo) -> None:
    write(shop, {PLAN: b"\xff", "docs/plan/web/plan.yaml": WRONG})
    ran = planner("lint", "--format", "json", at=shop)

    assert ran.exit == 2
    assert [each["rule"] for each in ran.json["findings"]] == ["not-utf8", "missing-key"]
    text = planner("lint", at=shop)
    assert text.stdout.count(" error: ") == 2
    assert text.stderr == ""
    assert text.stdout.splitlines()[-1] == (
        "undecided: not everything could be checked; fix [not-utf8] first; 2 errors"
    )


def test_other_commands_report_an_unusable_plan_and_exit_2(shop: git.Repo) -> None:
    write(shop, {PLAN: b"\xff"})
    ran = planner("who", "src/a.py", "--format", "json", at=shop)

    assert (ran.exit, ran.rules) == (2, ["not-utf8"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lint", "docs"], "no plan at 'docs/plan/docs/plan.yaml'"),
        (["lint", "none.yaml"], "no plan at 'none.yaml'"),
        (["lint", "../plan.yaml"], "'../plan.yaml' is outside the repository"),
        (["lint", "/etc/hosts"], "'/etc/hosts' is outside the repository"),
        (["lint", "."], "no plan at 'plan.yaml'"),
        (["lint", f"{PLAN}/plan.yaml"], f"no plan at '{PLAN}/plan.yaml'"),
        (["lint", "--repo", "none"], "there is no folder 'none'"),
        (["lint", "--repo", "/"], "there is no git repository at '/'"),
    ],
)
def test_a_missing_plan_is_exit_2(words: list[str], message: str, shop: git.Repo) -> None:
    ran = planner(*words, at=shop)
    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {message}")

    ran = planner(*words, "--format", "json", at=shop)
    assert (ran.exit, ran.stderr) == (2, "")
    assert ran.json["error"]["message"].startswith(message)
    assert set(ran.json) == {"schema", "ok", "error", "findings"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read all files")
def test_a_plan_without_read_permission_is_exit_2(shop: git.Repo) -> None:
    (root(shop) / PLAN).chmod(0)

    assert planner("lint", at=shop).exit == 2


def test_a_missing_plan_or_repository_is_exit_2(repo: git.Repo, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    assert "no plan found: neither" in planner("lint", at=repo).stderr
    assert "there is no git repository" in planner("lint", at=empty).stderr
    for at in (repo, empty):
        ran = planner("lint", "--format", "json", at=at)
        assert (ran.exit, ran.json["schema"]) == (2, "planner.error/1")


# --- --pathspecs -------------------------------------------------------------------------------

TRACKED = (
    "src/a.py", "src/api/a.py", "src/api/deep/er/b.py", "src/b.txt", "srcx", "app/[id]/page.tsx",
    "app/i/page.tsx", "test_x.py", "tests/test_x.py", "tests/unit/test_y.py", ".github/ci.yml",
    "!odd", ":odd", "a*b", "aXb", "q?", "qu", "back\\slash", "Zoë/ü.py", "deep/docs/plan/x",
)  # fmt: skip
LISTED = """\
version: 1
title: Orders
shared: [srcx, '**/page.tsx']
generated: ['**/*.txt']
exclude: [.github, '**/deep']
unplanned: [{branch: x, include: ['q\\?', 'q?', '*']}]
slices:
  - id: api
    title: The API
    branch: feature/api
    scope:
      include:
        - src/
        - src/*
        - src/a.py
        - 'app/\\[id\\]/'
        - 'app/\\[id\\]/**'
        - '**/test_*.py'
        - '**'
        - 'a\\*b'
        - 'a*b'
        - '\\!odd'
        - '\\:odd'
        - 'back\\\\slash'
        - 'Zoë/?.py'
        - 'Zoë/??.py'
        - 's*/**/?*.py'
        - '*/**'
        - '?*/*'
      exclude: [src/api, 'src/*/deep', 'tests/**/test_*.py', 'tests/', '**']
    tasks: [{id: t, title: T, files: [tests/unit/, 'tests/*']}]
"""


def test_git_lists_the_same_paths_for_each_pathspec(repo: git.Repo) -> None:
    commit(repo, {PLAN: LISTED, **dict.fromkeys(TRACKED, "")})
    listed = planner("lint", "--pathspecs", "--format", "json", at=repo).json["pathspecs"]

    assert len(listed) == 32
    for entry in listed:
        assert held_by_git(repo, entry) == held_by_planner(repo, entry), entry


def held_by_git(repo: git.Repo, entry: Any) -> set[str]:
    return set(filter(None, repo.git.ls_files("-z", "--", *entry["pathspecs"]).split("\0")))


def held_by_planner(repo: git.Repo, entry: Any) -> set[str]:
    """The paths that the pattern alone holds or excludes, according to the matcher."""
    from planner.boundary.matching import PatternSet
    from planner.boundary.pattern import Pattern, parse

    pattern = parse(entry["pattern"])
    assert isinstance(pattern, Pattern)
    line = LISTED.splitlines()[entry["line"] - 1]
    holds = PatternSet([pattern], below="exclude:" in line)
    tracked = [*TRACKED, PLAN]
    return {path for path in tracked if holds.first(path.encode()) is not None}


def test_the_lines_of_pathspecs_can_be_run_by_a_shell(repo: git.Repo) -> None:
    commit(repo, {PLAN: GOOD.replace("src/", "\"it's/**\", 'a\\*b'"), "it's/a": "", "a*b": ""})
    ran = planner("lint", "--pathspecs", at=repo)
    lines = [line.partition("  git ")[2] for line in ran.stdout.splitlines()[:-2]]
    results = [
        subprocess.run(f"git {line}", shell=True, check=True, cwd=root(repo), capture_output=True)
        for line in lines
    ]

    assert ran.exit == 0
    assert [done.stdout for done in results] == [b"it's/a\n", b"a*b\n"]
