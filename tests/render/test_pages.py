import json
import os
from pathlib import Path
from typing import Any

import git
import pytest
from world import Ran, commit, planner, root, write

from planner.errors import PlannerError
from planner.render.pages import read_pages, write_pages
from planner.repository.git import open_repository
from planner.repository.objects import Objects

pytestmark = pytest.mark.slow

PLAN = "docs/plan/plan.yaml"
PAGES = ("docs/plan/PLAN.md", "docs/plan/TASKS.md")
NOT_UTF8 = os.fsdecode(b"docs/plan/\xff/plan.yaml")


def plan(title: str = "Small") -> str:
    scope = "{include: [a.py]}"
    return f"version: 1\ntitle: {title}\nslices: [{{id: a, title: A, branch: a, scope: {scope}}}]\n"


def texts(repo: git.Repo) -> list[str]:
    return [(root(repo) / path).read_text("utf-8") for path in PAGES]


def actions(ran: Ran) -> list[tuple[str, str]]:
    return [(page["path"], page["action"]) for page in ran.json["documents"]]


def test_pages_are_written_beside_the_plan_and_then_unchanged(repo: git.Repo) -> None:
    write(repo, {PLAN: plan()})

    first, second = (planner("render", at=repo) for _ in range(2))

    assert first == Ran(0, "docs/plan/PLAN.md: written\ndocs/plan/TASKS.md: written\n", "")
    assert second == Ran(0, "docs/plan/PLAN.md: unchanged\ndocs/plan/TASKS.md: unchanged\n", "")
    assert texts(repo)[0].splitlines()[2] == "# Small PR Plan"


def test_check_and_diff_write_nothing(repo: git.Repo) -> None:
    write(repo, {PLAN: plan()})

    check = planner("render", "--check", "--format", "json", at=repo)
    diff = planner("render", "--diff", at=repo)

    assert (check.exit, check.rules) == (1, ["stale-document"] * 2)
    assert actions(check) == [(path, "stale") for path in PAGES]
    assert (diff.exit, diff.stdout.count("+# Small")) == (0, 2)
    assert not [path for path in PAGES if (root(repo) / path).exists()]


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_changed_plan_may_replace_the_pages_that_planner_wrote(
    repo: git.Repo, is_committed: bool
) -> None:
    write(repo, {PLAN: plan()})
    planner("render", at=repo)
    if is_committed:
        commit(repo, {})
        (root(repo) / ".git/planner/rendered.json").unlink()
    write(repo, {PLAN: plan("Other")})

    assert planner("render", at=repo).exit == 0
    assert "# Other PR Plan\n" in texts(repo)[0]


def test_uncommitted_pages_of_the_committed_plan_may_be_replaced(repo: git.Repo) -> None:
    commit(repo, {PLAN: plan()})
    planner("render", at=repo)
    (root(repo) / ".git/planner/rendered.json").unlink()
    write(repo, {PLAN: plan("Other")})

    assert planner("render", at=repo).exit == 0


def test_a_page_that_was_edited_by_hand_is_shown_and_kept(repo: git.Repo) -> None:
    write(repo, {PLAN: plan()})
    planner("render", at=repo)
    edited = [text + "\nmine\n" for text in texts(repo)]
    write(repo, {PLAN: plan("Other"), PAGES[0]: edited[0]})

    ran = planner("render", at=repo)

    assert ran.exit == 1
    assert "\n-mine\n" in ran.stdout
    assert ran.stdout.endswith("\nfailed: 1 error\n")
    assert ran.stdout.startswith(
        "docs/plan/PLAN.md: error: was edited by hand, and rendering would discard the "
        "edit [edited-document]\n"
        "  hint: move the edit into the plan, or discard it with planner render --force; "
        "planner render --diff shows it\n"
    )
    assert texts(repo)[0] == edited[0]
    assert "# Small Tasks\n" in texts(repo)[1]
    assert actions(planner("render", "--format", "json", at=repo)) == [
        (path, "stale") for path in PAGES
    ]

    assert planner("render", "--force", at=repo).exit == 0
    assert "# Other PR Plan\n" in texts(repo)[0]


def test_quiet_prints_only_what_is_wrong(repo: git.Repo) -> None:
    write(repo, {PLAN: plan()})

    assert planner("render", "-q", at=repo) == Ran(0, "", "")
    assert planner("render", "-q", at=repo) == Ran(0, "", "")
    write(repo, {PLAN: plan("Other"), PAGES[0]: "# My own plan\n"})
    assert planner("render", "--check", "-q", at=repo).stdout.splitlines()[-1] == "failed: 2 errors"
    ran = planner("render", "-q", at=repo)
    assert (ran.exit, ran.stderr) == (1, "")
    assert "# My own plan" not in ran.stdout
    assert ran.stdout.splitlines()[1:] == [
        "  hint: move it away, or replace it: planner render --force",
        "failed: 1 error",
    ]
    assert planner("render", "--stdout", "PLAN.md", "-q", at=repo).stdout.startswith("<!-- ")
    assert "\n-# My own plan\n" in planner("render", "--diff", "-q", at=repo).stdout


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_page_that_planner_did_not_write_is_called_that(
    repo: git.Repo, is_committed: bool
) -> None:
    write(repo, {PLAN: plan(), PAGES[0]: "# My own plan\n"})
    if is_committed:
        commit(repo, {})

    ran = planner("render", at=repo)

    assert ran.exit == 1
    assert "\n-# My own plan\n" in ran.stdout
    assert ran.stdout.endswith("\nfailed: 1 error\n")
    assert ran.stdout.startswith(
        "docs/plan/PLAN.md: error: was not written by planner, and rendering would replace "
        "it [edited-document]\n"
        "  hint: move it away, or replace it: planner render --force\n"
    )
    assert (root(repo) / PAGES[0]).read_text("utf-8") == "# My own plan\n"
    assert not (root(repo) / PAGES[1]).exists()


@pytest.mark.parametrize("words", [[], ["--plan", NOT_UTF8]])
def test_a_plan_in_a_folder_whose_name_is_not_utf8_is_rendered(
    repo: git.Repo, words: list[str]
) -> None:
    commit(repo, {NOT_UTF8: plan()})

    assert planner("render", *words, at=repo) == Ran(
        0, "docs/plan/\\xff/PLAN.md: written\ndocs/plan/\\xff/TASKS.md: written\n", ""
    )
    assert "# Small PR Plan\n" in (root(repo) / NOT_UTF8).with_name("PLAN.md").read_text("utf-8")

    write(repo, {NOT_UTF8: plan("Other")})
    ran = planner("render", "--check", "--format", "json", *words, at=repo)
    assert (ran.exit, ran.rules) == (1, ["stale-document"] * 2)
    assert [page["path"] for page in ran.json["documents"]] == [
        "docs/plan/\\xff/PLAN.md",
        "docs/plan/\\xff/TASKS.md",
    ]
    assert ran.json["documents"][0]["path_base64"] == "ZG9jcy9wbGFuL/8vUExBTi5tZA=="
    assert planner("render", *words, at=repo).exit == 0


RECORDS: dict[str, bytes | Any] = {
    "list": [1, 2],
    "list of pairs": [[1, 2], ["a", 3]],
    "list of unhashable pairs": [[[], 1]],
    "number": 7,
    "text": "x",
    "null": None,
    "other values": {"docs/plan/PLAN.md": [1], "docs/plan/TASKS.md": None, "x": {"y": 1}},
    "nested": b"[" * 200_000,
    "10 MB": {"x": "y" * 10_000_000},
    "10 MB nested": b"[" * 10_000_000,
    "large number": b"9" * 100_000,
    "not JSON": b"{",
    "not UTF-8": b'{"\xff": "x"}',
    "lone surrogate": b'{"\\ud800": "\\udfff"}',
    "empty": b"",
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_malformed_record_of_what_was_rendered_is_replaced(
    repo: git.Repo, record: bytes | Any
) -> None:
    content = record if isinstance(record, bytes) else json.dumps(record).encode()
    write(repo, {PLAN: plan(), ".git/planner/rendered.json": content})

    for title in ("Small", "Other"):  # the second time the record is used again
        write(repo, {PLAN: plan(title)})
        repository = open_repository(root(repo))
        with Objects(repository) as objects:
            pages = read_pages(repository, objects, PLAN, {})
        assert [page.action for page in pages] == ["write", "write"]
        write_pages(repository, pages)


def refused_templates(repo: git.Repo, folder: str) -> str:
    ran = planner("render", "--templates", folder, at=repo)
    assert (ran.exit, ran.stdout) == (2, "")
    assert "\nhint: name a readable folder: --templates DIR\n" in ran.stderr
    return ran.stderr.partition("\n")[0]


@pytest.mark.parametrize(
    ("folder", "reason"), [("none", "No such file or directory"), ("a.py", "Not a directory")]
)
def test_a_folder_of_templates_that_does_not_exist_is_exit_2(
    repo: git.Repo, folder: str, reason: str
) -> None:
    write(repo, {PLAN: plan(), "a.py": ""})

    assert refused_templates(repo, folder) == (
        f"error: cannot read the folder of templates '{folder}': {reason}"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read all folders")
@pytest.mark.parametrize("mode", [0o000, 0o400, 0o100])
def test_a_folder_of_templates_that_cannot_be_read_is_exit_2_and_not_taken_as_empty(
    repo: git.Repo, mode: int
) -> None:
    write(repo, {PLAN: plan(), "own/PLAN.md.j2": "mine"})
    (root(repo) / "own").chmod(mode)

    message = refused_templates(repo, "own")

    (root(repo) / "own").chmod(0o700)
    assert message == "error: cannot read the folder of templates 'own': Permission denied"


def test_one_document_is_printed_and_nothing_written(repo: git.Repo) -> None:
    write(repo, {PLAN: plan()})

    ran = planner("render", "--stdout", "TASKS.md", at=repo)

    assert (ran.exit, ran.stdout.splitlines()[2:]) == (
        0,
        ["# Small Tasks", "", "## Overview", "", "The plan has no tasks yet."],
    )
    assert not (root(repo) / PAGES[1]).exists()


def test_out_names_the_folder_of_the_pages(repo: git.Repo, tmp_path: Path) -> None:
    write(repo, {PLAN: plan()})
    out = tmp_path / "pages"

    assert planner("render", "--out", str(out), at=repo).exit == 0
    assert sorted(path.name for path in out.iterdir()) == ["PLAN.md", "TASKS.md"]
    assert not (root(repo) / PAGES[0]).exists()


def test_each_of_several_plans_has_its_own_folder_below_out(repo: git.Repo, tmp_path: Path) -> None:
    write(repo, {PLAN: plan("One"), "docs/plan/two/plan.yaml": plan("Two")})
    (tmp_path / "elsewhere").mkdir()

    # As in git, what comes after -C is relative to it.
    ran = planner("-C", "repo", "render", "--out", "out", at=tmp_path)

    assert ran.exit == 0
    titles = {
        path.relative_to(root(repo) / "out").as_posix(): path.read_text("utf-8").splitlines()[2]
        for path in (root(repo) / "out").rglob("*.md")
    }
    assert titles == {
        "PLAN.md": "# One PR Plan",
        "TASKS.md": "# One Tasks",
        "two/PLAN.md": "# Two PR Plan",
        "two/TASKS.md": "# Two Tasks",
    }


def test_a_folder_in_the_place_of_the_record_is_exit_2_and_loses_nothing(repo: git.Repo) -> None:
    write(repo, {PLAN: plan(), ".git/planner/rendered.json/kept": "x"})

    ran = planner("render", at=repo)

    assert (ran.exit, ran.stdout) == (2, "")
    assert "rendered.json" in ran.stderr
    assert (root(repo) / ".git/planner/rendered.json/kept").read_text() == "x"


def test_a_page_is_known_as_rendered_when_the_next_could_not_be_written(repo: git.Repo) -> None:
    write(repo, {PLAN: plan()})
    planner("render", at=repo)
    write(repo, {PLAN: plan("Other")})
    repository = open_repository(root(repo))
    with Objects(repository) as objects:
        first, second = read_pages(repository, objects, PLAN, {})
    with pytest.raises(PlannerError):
        write_pages(repository, [first, second._replace(path="docs/plan/plan.yaml/TASKS.md")])

    write(repo, {PLAN: plan("Third")})

    assert planner("render", at=repo).exit == 0
    assert texts(repo)[0].splitlines()[2] == "# Third PR Plan"


@pytest.mark.parametrize("name", ["docs/plan/two", "docs/plan/two/plan.yaml"])
def test_nothing_is_read_or_written_through_a_link_that_leaves_the_repository(
    repo: git.Repo, tmp_path: Path, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "plan.yaml").write_text("version: s3cret")
    write(repo, {PLAN: plan()})
    link = root(repo) / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere if link.suffix == "" else elsewhere / "plan.yaml")

    every = [planner(*words, at=repo) for words in (["render"], ["lint"], ["lint", f"{link}"])]

    assert [ran.exit for ran in every] == [2, 2, 2]
    assert [ran for ran in every if "s3cret" in ran.stdout + ran.stderr] == []
    assert [path.name for path in elsewhere.iterdir()] == ["plan.yaml"]
    assert not (root(repo) / PAGES[0]).exists()


def test_a_plan_in_the_git_folder_is_not_read_through_a_link(repo: git.Repo) -> None:
    write(repo, {".git/plan.yaml": "version: s3cret"})
    (root(repo) / "docs").mkdir()
    (root(repo) / "docs/plan").symlink_to("../.git")

    ran = planner("lint", at=repo)

    assert (ran.exit, "s3cret" in ran.stdout + ran.stderr) == (2, False)


def test_a_page_that_is_a_link_is_neither_shown_nor_written(repo: git.Repo, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("s3cret\n")
    write(repo, {PLAN: plan()})
    (root(repo) / PAGES[0]).symlink_to(tmp_path / "private")

    for words in (["--diff"], ["--check"], ["--force"], []):
        ran = planner("render", *words, at=repo)
        assert (ran.exit, "s3cret" in ran.stdout + ran.stderr) == (2, False)
    assert (tmp_path / "private").read_text() == "s3cret\n"


def test_a_plan_folder_may_be_a_link_within_the_repository(repo: git.Repo) -> None:
    write(repo, {"planning/plan.yaml": plan()})
    (root(repo) / "docs").mkdir()
    (root(repo) / "docs/plan").symlink_to("../planning")

    assert planner("render", at=repo).exit == 0
    assert (root(repo) / "planning/PLAN.md").is_file()
