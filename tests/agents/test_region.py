"""`planner brief --agents-md`: a region of a Markdown file, and no other byte of it."""

import subprocess

import git
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import commit, planner, root

from planner.agents.region import BEGIN, END, MOST_BYTES, with_region
from planner.errors import PlannerError

PATH = "docs/plan/plan.yaml"
MANY = ", ".join(f"folder/of/many/files/number-{number}/" for number in range(99))
PLAN = f"""\
version: 1
title: T
shared: [CHANGELOG.md]
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {{include: ["src/`x`/**", docs/api.md]}}
  - id: big
    title: Big
    branch: feature/big
    scope: {{include: [{MANY}]}}
  - {{id: gone, title: G, branch: gone, closed: merged, scope: {{include: [gone]}}}}
"""
REGION = """\
<!-- planner:begin -->
This branch is the slice `api` of a plan. It may change only: ``src/`x`/**``, `docs/api.md`. \
It may also change what the plan shares.
Before you start: `planner brief api`. After each edit: `planner check-scope --worktree`.
To change any other path, stop and ask: the plan has to be changed first.
<!-- planner:end -->
"""


@pytest.fixture
def planned(repo: git.Repo) -> git.Repo:
    commit(repo, {PATH: PLAN})
    return repo


def test_the_region_is_made_replaced_and_left(planned: git.Repo) -> None:
    path = root(planned) / "AGENTS.md"
    ran = planner("brief", "api", "--agents-md", at=planned)
    assert (ran.exit, ran.stdout) == (
        0,
        "AGENTS.md: written\n"
        "  check-scope reports it, since it is not in the scope of the slice 'api':\n"
        "  if git tracks it, list it under 'shared' in the plan, and leave it out of commits\n"
        '  else: echo /AGENTS.md >> "$(git rev-parse --git-path info/exclude)"\n',
    )
    assert path.read_text(encoding="utf-8") == REGION
    command = ran.stdout.splitlines()[-1].partition(": ")[2]
    subprocess.run(["sh", "-c", command], cwd=root(planned), check=True)
    ran = planner("brief", "api", "--agents-md", at=planned)
    assert (ran.stdout, planned.git.status("--porcelain")) == ("AGENTS.md: unchanged\n", "")

    path.write_text(f"# Rules\n\n{REGION}\nMore.\n", encoding="utf-8")
    ran = planner("brief", "api", "--agents-md", "--format", "json", at=planned)
    assert (ran.exit, ran.json["written"]) == (0, [])

    ran = planner("brief", "big", "--agents-md=AGENTS.md", at=planned)
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    middle, _, after = rest.partition(END)
    assert (before, after) == ("# Rules\n\n", "\n\nMore.\n")
    assert len(f"{BEGIN}{middle}{END}".encode()) <= MOST_BYTES
    assert "`folder/of/many/files/number-0/`" in middle
    shown = middle.count("`folder/of/many/files/number-")
    assert f", and {99 - shown} more patterns." in middle
    assert "number-98" not in middle


def test_a_file_of_another_folder_is_relative_to_the_current_one(planned: git.Repo) -> None:
    ran = planner("-C", "docs", "brief", "api", "--agents-md", "x/CLAUDE.md", at=planned)

    assert (ran.exit, ran.stdout.splitlines()[0]) == (0, "docs/x/CLAUDE.md: written")
    assert (root(planned) / "docs/x/CLAUDE.md").read_text(encoding="utf-8") == REGION


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\n",
        f"a\n{END}\n",
        f"{END}\n{BEGIN}\n",
        f"{BEGIN}\n{BEGIN}\n{END}\n",
        f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n",
    ],
)
def test_an_unbalanced_pair_is_refused_and_the_file_stays(planned: git.Repo, text: str) -> None:
    path = root(planned) / "AGENTS.md"
    path.write_text(text, encoding="utf-8")

    ran = planner("brief", "api", "--agents-md", at=planned)

    assert (ran.exit, ran.stdout, path.read_text(encoding="utf-8")) == (2, "", text)
    assert "does not have one pair of planner's comment lines: '<!-- planner:" in ran.stderr


def test_a_path_in_the_folder_of_git_is_named_as_such(planned: git.Repo) -> None:
    ran = planner("brief", "api", "--agents-md=.git/x.md", at=planned)

    assert (ran.exit, ran.stdout, (root(planned) / ".git/x.md").exists()) == (2, "", False)
    assert ran.stderr == (
        f"error: '{root(planned)}/.git/x.md' is in git's own folder\nhint: name another path\n"
    )


@pytest.mark.parametrize(
    "words",
    [["gone", "--agents-md"], ["--agents-md", "api"], ["api", "--agents-md", "notes.txt"]],
)
def test_nothing_is_written_where_it_is_refused(planned: git.Repo, words: list[str]) -> None:
    ran = planner("brief", *words, at=planned)

    assert (ran.exit, ran.stdout, planned.git.status("--porcelain")) == (2, "", "")


def test_a_link_is_refused(planned: git.Repo) -> None:
    (root(planned) / "CLAUDE.md").write_text("# Rules\n", encoding="utf-8")
    (root(planned) / "AGENTS.md").symlink_to("CLAUDE.md")

    ran = planner("brief", "api", "--agents-md", at=planned)

    assert (ran.exit, "is a symlink" in ran.stderr) == (2, True)
    assert (root(planned) / "CLAUDE.md").read_text(encoding="utf-8") == "# Rules\n"


def test_a_byte_order_mark_before_the_first_comment_line_stays(planned: git.Repo) -> None:
    path = root(planned) / "AGENTS.md"
    path.write_text(f"\ufeff{BEGIN}\nold\n{END}\nMore.\n", encoding="utf-8")

    ran = planner("brief", "api", "--agents-md", at=planned)

    assert (ran.exit, ran.stderr) == (0, "")
    assert path.read_text(encoding="utf-8") == f"\ufeff{REGION}More.\n"
    assert with_region(b"\xef\xbb\xbf", "x", "x") == b"\xef\xbb\xbfx\n"


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from([b"\n", b"\r\n"]))
def test_all_other_bytes_stay_and_a_second_time_changes_nothing(
    before: bytes, after: bytes, end: bytes
) -> None:
    first = with_region(before, REGION.rstrip("\n"), "x")
    assert first.startswith(before)
    assert with_region(first, REGION.rstrip("\n"), "x") == first

    old = before + end + BEGIN.encode() + end + b"old" + end + END.encode() + end + after
    try:
        new = with_region(old, REGION.rstrip("\n"), "x")
    except PlannerError:
        return
    assert new.startswith(before + end + BEGIN.encode())
    assert new.endswith(END.encode() + end + after)
