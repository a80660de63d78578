"""`planner who`: whose a path is, and by which line of which plan."""

import base64
import os

import git
import pytest
from world import commit, planner, root, write

PLAN = "docs/plan/plan.yaml"
ORDERS = """\
version: 1
title: Orders
shared:
  - CHANGELOG.md
  - {path: web/nav.ts, slices: [api]}
generated: ["**/*.lock"]
exclude: [.github]
slices:
  - id: api
    title: The API
    owner: kim
    branch: [feature/api, claude/api-*]
    scope: {include: [src/api/, src/a.py], exclude: [src/api/old]}
  - id: db
    title: The database
    branch: feature/db
    scope: {include: [src/db/**]}
    closed: merged
"""
WEB = """\
version: 1
title: Web
slices:
  - id: web
    title: The web
    branch: feature/web
    scope: {include: [web/, src/a.py]}
"""


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    commit(repo, {PLAN: ORDERS, "docs/plan/web/plan.yaml": WEB, "src/api/x.py": ""})
    return repo


def test_each_path_is_told_whose_it_is_and_by_which_line(shop: git.Repo) -> None:
    paths = (
        "src/api/new.py", "src/a.py", "src/api/old/x", "src/db/x.py", "CHANGELOG.md", "web/nav.ts",
        "a/b.lock", ".github/ci.yml", PLAN, "docs/plan/PLAN.md", ".planner/x", "README.md",
    )  # fmt: skip
    ran = planner("who", *paths, at=shop)

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout == (
        "src/api/new.py: the slice 'api' (kim), by 'src/api/' at docs/plan/plan.yaml:13:23\n"
        "src/a.py: the slice 'api' (kim), by 'src/a.py' at docs/plan/plan.yaml:13:33\n"
        "src/a.py: the slice 'web', by 'src/a.py' at docs/plan/web/plan.yaml:7:29\n"
        "src/api/old/x: not held by any slice\n"
        "src/db/x.py: not held by any slice\n"
        "CHANGELOG.md: shared by all, by 'CHANGELOG.md' at docs/plan/plan.yaml:4:5\n"
        "web/nav.ts: the slice 'web', by 'web/' at docs/plan/web/plan.yaml:7:23\n"
        "web/nav.ts: shared by api, by 'web/nav.ts' at docs/plan/plan.yaml:5:12\n"
        "a/b.lock: shared by all, by '**/*.lock' at docs/plan/plan.yaml:6:13\n"
        ".github/ci.yml: excluded for every slice, by '.github' at docs/plan/plan.yaml:7:11\n"
        "docs/plan/plan.yaml: a plan file; change it on a branch of its own\n"
        "docs/plan/PLAN.md: rendered from a plan; every branch may change it\n"
        ".planner/x: a plan file; change it on a branch of its own\n"
        "README.md: not held by any slice\n"
        f"{ON_MAIN}"
    )


ON_MAIN = (
    "the branch 'main' may change plans alone: no slice and no rule accepts the branch 'main' "
    "[unplanned-branch]\n"
)


def test_json_says_the_same_with_nothing_left_out(shop: git.Repo) -> None:
    ran = planner("who", "src/a.py", "web/nav.ts", "--format", "json", at=shop)
    own, shared = ran.json["paths"]

    assert (ran.exit, ran.json["schema"], ran.json["ok"]) == (0, "planner.who/1", True)
    assert own["path"] == "src/a.py"
    assert own["slices"][0] == {
        "id": "api",
        "owner": "kim",
        "branch": ["feature/api", "claude/api-*"],
        "pattern": "src/a.py",
        "plan": {"path": PLAN, "line": 13, "column": 33},
    }
    assert [slice_["id"] for slice_ in own["slices"]] == ["api", "web"]
    assert shared["shared"]["slices"] == ["api"]


def test_one_plan_alone_may_be_asked(shop: git.Repo) -> None:
    ran = planner("who", "src/a.py", "--plan", "docs/plan/web/plan.yaml", at=shop)

    assert ran.stdout == (
        f"src/a.py: the slice 'web', by 'src/a.py' at docs/plan/web/plan.yaml:7:29\n{ON_MAIN}"
    )


def test_a_path_is_counted_from_the_folder_that_one_is_in(shop: git.Repo) -> None:
    for at, path in (("src", "a.py"), ("src/api", "../a.py"), ("docs/plan", "../../src/a.py")):
        assert planner("who", path, at=root(shop) / at).stdout.startswith("src/a.py: the slice")
    absolute = str(root(shop) / "src/a.py")
    assert planner("who", absolute, at=root(shop) / "docs").stdout.startswith("src/a.py: ")


def test_a_link_is_a_path_of_its_own_and_a_folder_is_told_to_be_one(shop: git.Repo) -> None:
    (root(shop) / "link").symlink_to("src/api")

    assert planner("who", "link", at=shop).stdout == f"link: not held by any slice\n{ON_MAIN}"
    assert planner("who", "src/api", "src/", at=shop).stdout == (
        f"src/api: a folder; name the paths in it\nsrc: a folder; name the paths in it\n{ON_MAIN}"
    )
    assert planner("who", "link/x.py", at=shop).stdout.startswith("src/api/x.py: the slice 'api'")


def test_a_submodule_is_one_path(shop: git.Repo) -> None:
    git.Repo.init(root(shop) / "lib")

    assert planner("who", "lib", at=shop).stdout == f"lib: not held by any slice\n{ON_MAIN}"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "a path is empty"),
        (".", "'.' is the repository itself"),
        ("..", "'..' is outside the repository"),
        ("../x", "'../x' is outside the repository"),
        ("/etc/hosts", "'/etc/hosts' is outside the repository"),
        (".git/config", "'.git/config' is not a path that git tracks"),
        ("src/.GIT/x", "'src/.GIT/x' is not a path that git tracks"),
    ],
)
def test_what_is_no_path_of_the_repository_is_exit_2(
    path: str, message: str, shop: git.Repo
) -> None:
    ran = planner("who", "src/a.py", path, "--format", "json", at=shop)

    assert ran.exit == 2
    assert ran.json["error"]["message"].startswith(message)
    assert planner("who", path, at=shop).stdout == ""


def test_a_path_that_is_not_utf8_stands_in_base64(shop: git.Repo) -> None:
    raw = b"src/api/\xff.py"
    ran = planner("who", raw, "--format", "json", at=shop)
    (answer,) = ran.json["paths"]

    assert answer["path"] == "src/api/\\xff.py"
    assert base64.b64decode(answer["path_base64"]) == raw
    assert [slice_["id"] for slice_ in answer["slices"]] == ["api"]
    assert planner("who", raw, at=shop).stdout.startswith("src/api/\\xff.py: the slice 'api'")


def test_a_name_that_drives_terminals_is_shown_escaped(shop: git.Repo) -> None:
    ran = planner("who", "::error::\x1b[31m", os.fsencode("a\nb"), at=shop)

    assert ran.stdout == (
        "\\x3a:error::\\x1b[31m: not held by any slice\na\\nb: not held by any slice\n" + ON_MAIN
    )


def test_an_unusable_plan_is_exit_2_with_what_is_wrong(shop: git.Repo) -> None:
    write(shop, {PLAN: ORDERS.replace("title: Orders", "titel: Orders")})
    ran = planner("who", "src/a.py", at=shop)

    assert ran.exit == 2
    assert [line.rpartition(" ")[2] for line in ran.stdout.splitlines() if "error:" in line] == [
        "[missing-key]",
        "[unknown-key]",
    ]
    assert "unusable" in ran.stderr
    assert planner("who", "src/a.py", "--format", "json", at=shop).rules == [
        "missing-key",
        "unknown-key",
    ]
