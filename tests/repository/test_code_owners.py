"""CODEOWNERS is read as GitHub and GitLab read it."""

import subprocess
from pathlib import Path

import git
import pytest
from world import commit, root

from planner.repository import code_owners
from planner.repository.code_owners import CodeOwners
from planner.repository.git import open_repository
from planner.repository.objects import Objects

PATHS = (
    "a.js", "apps/a.js", "apps/web/a.ts", "build/logs/a.log", "deep/build/logs/x/y.log", "docs",
    "docs/a.md", "docs/deep/a.md", "x/apps/deep/b.js", "logs", "logs/a", "scripts/logs/b",
    "read me.md", "[id]/page.tsx", "b*c", "bxc", "foo/x/y/bar", "foo/bar",
)  # fmt: skip
PATTERNS = (
    "*", "*.js", "/build/logs/", "docs", "docs/", "/docs", "apps/", "/apps/", "**/logs", "logs/",
    "/scripts", "apps/web", "foo/**/bar", "foo/**", "**/deep/**", "read\\ me.md", "b\\*c", "b?c",
    "\\[id\\]/", "**", "a**", "/**/a.js", "docs/deep/", "d*s/deep",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_holds_what_git_ignores_by_it(repo: git.Repo, pattern: str) -> None:
    (root(repo) / ".gitignore").write_text(f"{pattern}\n")
    asked = "".join(f"{path}\0" for path in PATHS)
    ran = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=root(repo), input=asked.encode(), stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    ignored = ran.stdout.decode().split("\0")[:-1]

    owners = CodeOwners(f"{pattern} @dana")
    assert [path for path in PATHS if owners.owners(path.encode())] == ignored


def test_a_star_at_the_end_holds_no_folders() -> None:
    owners = CodeOwners("docs/* docs@example.org\n")

    assert owners.owners(b"docs/a.md") == {"docs@example.org"}
    assert owners.owners(b"docs/deep/a.md") == frozenset()


def test_the_last_line_counts_also_one_without_owners_and_comments_do_not() -> None:
    text = "# all\n*  @dana @lee # both\n/apps/ @org/web#team\n/apps/github\n!x y\n/bad//x @no\n"
    owners = CodeOwners(text)

    assert owners.owners(b"a") == {"@dana", "@lee"}
    assert owners.owners(b"apps/a") == {"@org/web#team"}
    assert owners.owners(b"apps/github/a") == frozenset()


def test_of_each_section_of_gitlab_a_line_counts() -> None:
    text = "* @dana\n[Docs][2] @writers\n*.md\n^[Legal]\nLICENSE @law\n[docs]\n/api/*.md @api\n"
    owners = CodeOwners(text)

    assert owners.owners(b"a.md") == {"@dana", "@writers"}
    assert owners.owners(b"api/a.md") == {"@dana", "@api"}
    assert owners.owners(b"LICENSE") == {"@dana", "@law"}


def test_paths_have_an_owner_together_where_all_have_the_same_one_alone() -> None:
    owners = CodeOwners("/api/ @dana\n/web/ @lee\n/both/ @dana @lee\n/ops/ @@owner\n")

    assert owners.only_owner([b"api/a", b"api/b"]) == "@dana"
    assert owners.only_owner([b"api/a", b"web/b"]) == ""
    assert owners.only_owner([b"both/a"]) == ""
    assert owners.only_owner([b"api/a", b"other"]) == ""
    assert owners.only_owner([b"ops/a"]) == ""
    assert owners.only_owner([]) == ""
    assert CodeOwners("* @d\udce9").only_owner([b"a"]) == ""
    assert CodeOwners("* @org/sub/team").only_owner([b"a"]) == "@org/sub/team"
    assert CodeOwners("* ada@example.org").only_owner([b"a"]) == "ada@example.org"


def test_the_first_of_the_usual_places_counts(repo: git.Repo) -> None:
    with Objects(open_repository(Path(root(repo)))) as objects:
        files = {"docs/CODEOWNERS": "* @docs\n", "CODEOWNERS": "* @root\n"}
        first = commit(repo, files)
        second = commit(repo, {".github/CODEOWNERS": "* @github\n"})
        third = commit(repo, dict.fromkeys((*files, ".github/CODEOWNERS")))

        found = [code_owners.read(objects, one).owners(b"x") for one in (first, second, third)]
        assert found == [{"@root"}, {"@github"}, frozenset()]
