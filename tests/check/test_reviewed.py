"""What a hostile reading found: each got exit 0 once, and never may again."""

from pathlib import Path

import git
import pytest
from world import commit, planner, root, write

pytestmark = pytest.mark.slow

PLAN = """\
version: 1
title: T
slices:
  - {id: api, title: A, branch: feature/api, scope: {include: [src/api/]}}
  - {id: page, title: P, branch: feature/page, scope: {include: [src/web/]}, CLOSED}
"""
OPEN = PLAN.replace(", CLOSED", "")
FORGED = """\
version: 1
title: T
slices:
  - {id: page, title: P, branch: feature/page, scope: {include: ["**"]}}
"""
START = {"docs/plan/plan.yaml": OPEN, "src/api/routes.py": "1\n", "src/web/index.html": "1\n"}


def strayed(repo: git.Repo) -> None:
    """Publish main, and check out a branch that strays."""
    commit(repo, START)
    repo.git.update_ref("refs/remotes/origin/main", "main")
    repo.git.switch("--quiet", "--create", "feature/page")
    commit(repo, {"src/api/routes.py": "evil\n"})


def forged(repo: git.Repo) -> str:
    """A commit whose plan opens everything, on no branch."""
    repo.git.switch("--quiet", "--detach", "main")
    made = commit(repo, {"docs/plan/plan.yaml": FORGED})
    repo.git.switch("--quiet", "feature/page")
    return made


@pytest.mark.parametrize(
    "decoy",
    [
        "refs/tags/refs/remotes/upstream/main",
        "refs/heads/refs/remotes/upstream/main",
        "refs/remotes/refs/remotes/upstream/main",
        "refs/tags/refs/remotes/origin/main",
        "refs/tags/origin/main",
        "refs/tags/main",
    ],
)
def test_a_tag_or_branch_that_looks_like_a_remotes_is_not_trusted(
    repo: git.Repo, decoy: str
) -> None:
    strayed(repo)
    repo.git.update_ref(decoy, forged(repo))

    ran = planner("check-scope", "--format", "json", at=repo)

    assert ran.exit == 1
    assert ran.rules == ["foreign-path"]
    assert ran.json["plan"]["commit"] == repo.git.rev_parse("refs/remotes/origin/main")


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("origin/main", ("--base", "origin/main")),
        ("origin/main", ("--base", "origin/main~0")),
        ("main", ("--base", "main")),
        ("main", ("--plan-from", "main")),
    ],
)
def test_a_name_of_a_tag_and_of_a_branch_is_no_answer(
    repo: git.Repo, tag: str, words: tuple[str, ...]
) -> None:
    strayed(repo)
    repo.git.update_ref(f"refs/tags/{tag}", "feature/page")

    ran = planner("check-scope", *words, at=repo)

    assert ran.exit == 2
    assert "is ambiguous" in ran.stderr


def test_deepening_asks_for_the_remotes_branch_and_not_for_a_tag(tmp_path: Path) -> None:
    origin = git.Repo.init(tmp_path / "origin", initial_branch="main")
    commit(origin, START)
    origin.git.switch("--quiet", "--create", "feature/page")
    for step in range(3):
        commit(origin, {"src/api/routes.py": f"evil {step}\n"})
    origin.git.switch("--quiet", "main")
    for step in range(3):
        commit(origin, {"src/web/index.html": f"{step}\n"})
    origin.git.tag("origin/main", "feature/page")
    url = f"file://{tmp_path / 'origin'}"
    clone = git.Repo.clone_from(
        url, tmp_path / "clone", branch="feature/page", depth=1, no_single_branch=True
    )

    assert planner("check-scope", at=clone).exit == 2
    ran = planner("check-scope", "--fetch", "--format", "json", at=clone)

    assert ran.exit == 1
    assert ran.rules == ["foreign-path"]


def test_a_branch_called_head_is_not_the_default_branch(repo: git.Repo) -> None:
    strayed(repo)
    repo.git.update_ref("refs/remotes/origin/HEAD", forged(repo))

    assert planner("check-scope", at=repo).exit == 1


def test_a_line_separator_in_a_branchs_name_ends_no_line(repo: git.Repo) -> None:
    strayed(repo)
    repo.git.update_ref("refs/remotes/origin/refs/heads/x", forged(repo))
    repo.git.switch("--quiet", "--create", "x\u2028refs/heads/feature/page")

    ran = planner("check-scope", "--format", "json", at=repo)

    assert ran.exit == 1
    assert ran.rules == ["unplanned-branch"]


def test_links_that_together_lead_out_are_an_error(repo: git.Repo) -> None:
    commit(repo, START)
    repo.git.switch("--quiet", "--create", "feature/page")
    web = root(repo) / "src/web"
    (web / "a/b/c").mkdir(parents=True)
    (web / "a/b/c/d").symlink_to("../..")
    (web / "e").symlink_to("a/b/c/d/../../../../outside")
    commit(repo, {})

    ran = planner("check-scope", "--format", "json", at=repo)

    assert ran.exit == 1
    assert [(one["path"], one["rule"]) for one in ran.json["findings"]] == [
        ("src/web/e", "symlink-escape")
    ]


def test_a_submodule_in_a_documents_place_is_no_document(repo: git.Repo) -> None:
    main = commit(repo, START)
    repo.git.switch("--quiet", "--create", "feature/page")
    repo.git.update_index("--add", "--cacheinfo", f"160000,{main},docs/plan/TASKS.md")
    repo.git.commit("--quiet", message="submodule")

    assert planner("check-scope", at=repo).exit == 1


@pytest.mark.parametrize("place", ["docs/plan/PLAN.md", ".planner"])
def test_a_link_in_a_plans_place_is_no_change_of_plans(repo: git.Repo, place: str) -> None:
    commit(repo, START)
    repo.git.switch("--quiet", "--create", "plan/links")
    (root(repo) / place).symlink_to("src" if place == ".planner" else "../../src/api/routes.py")
    commit(repo, {})

    assert planner("check-scope", at=repo).exit == 1


def test_a_reason_that_nobody_sees_is_none(repo: git.Repo) -> None:
    commit(repo, {**START, "docs/plan/plan.yaml": OPEN + "limits: {exceptions: 1}\n"})
    repo.git.switch("--quiet", "--create", "feature/page")
    commit(repo, {"README.md": "x"}, "x\n\nScope-Exception: README.md -- " + "\u200b" * 10)

    assert planner("check-scope", at=repo).exit == 1


def test_staging_a_merge_of_the_base_adds_nothing(repo: git.Repo) -> None:
    commit(repo, START)
    repo.git.switch("--quiet", "--create", "feature/page")
    commit(repo, {"src/web/index.html": "2\n"})
    repo.git.switch("--quiet", "main")
    commit(repo, {"src/api/routes.py": "2\n"})
    repo.git.switch("--quiet", "feature/page")
    repo.git.merge("--quiet", "--no-commit", "--no-ff", "main")

    assert planner("check-scope", "--staged", at=repo).exit == 0
    write(repo, {"src/api/other.py": "mine\n"})
    repo.git.add("--all")
    assert planner("check-scope", "--staged", at=repo).exit == 1


@pytest.mark.parametrize(("subject", "exit_code"), [('Revert "page" (#8)', 0), ("page", 1)])
def test_the_revert_of_a_closed_slice_passes_the_queue(
    repo: git.Repo, tmp_path: Path, subject: str, exit_code: int
) -> None:
    closed = PLAN.replace("CLOSED", "closed: merged")
    commit(repo, {**START, "docs/plan/plan.yaml": closed})
    base = commit(repo, {"src/web/index.html": "page\n"}, "page (#7)")
    repo.git.switch("--quiet", "--detach")
    head = commit(repo, {"src/web/index.html": "0\n"}, subject)
    event = tmp_path / "event.json"
    event.write_text(
        f'{{"merge_group": {{"base_sha": "{base}", "head_sha": "{head}",'
        ' "base_ref": "refs/heads/main"},'
        ' "repository": {"default_branch": "main"}}'
    )
    env = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "merge_group",
        "GITHUB_EVENT_PATH": str(event),
    }

    assert planner("check-scope", at=repo, env=env).exit == exit_code


@pytest.mark.parametrize("words", [("--check",), ("--diff",), ("--out", ".")])
def test_printing_a_document_checks_nothing_and_says_so(
    repo: git.Repo, words: tuple[str, ...]
) -> None:
    commit(repo, START)

    assert planner("render", "--stdout", "PLAN.md", *words, at=repo).exit == 2
    page = planner("render", "--stdout", "PLAN.md", "--format", "json", at=repo)
    assert page.json["documents"][0]["content"].startswith("<!-- Rendered by planner")
