"""`planner mark`: one word of a plan is set, and no other byte."""

import difflib
import subprocess
import sys
from pathlib import Path

import git
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from planned import sliced, text_of
from world import commit, planner, root, write

from planner.plan.document.editing import set_word
from planner.plan.document.nodes import Node, plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document

PATH = "docs/plan/plan.yaml"
PLAN = """\
# yaml-language-server: $schema=plan.schema.json
version: 1
title: T
slices:
  - id: api   # the first one
    title: "The: API"
    branch: feature/api
    scope:
      include: [src/]
    tasks:
      - {id: flow, title: 'One, two', status: "todo"}   # a remark
      - {id: bare, title: One}
      - id: folded
        title: >-
          one
          two
        effort: 1h
      - title: plain
          on two lines
        id: last
        status:   in-progress   # since Monday
  - id: web
    title: The pages
    branch: feature/web
    closed: dropped
    scope: {include: [web/]}
"""


def changed(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("part", "status", "lines"),
    [
        (
            "flow",
            "done",
            [
                """-       - {id: flow, title: 'One, two', status: "todo"}   # a remark""",
                """+       - {id: flow, title: 'One, two', status: done}   # a remark""",
            ],
        ),
        (
            "bare",
            "blocked",
            [
                "-       - {id: bare, title: One}",
                "+       - {id: bare, title: One, status: blocked}",
            ],
        ),
        ("folded", "in-progress", ["+         status: in-progress"]),
        (
            "last",
            "done",
            [
                "-         status:   in-progress   # since Monday",
                "+         status:   done   # since Monday",
            ],
        ),
        ("api", "merged", ["+     closed: merged"]),
        ("web", "merged", ["-     closed: dropped", "+     closed: merged"]),
    ],
)
def test_one_word_is_set_and_no_other_byte(
    repo: git.Repo, part: str, status: str, lines: list[str]
) -> None:
    commit(repo, {PATH: PLAN})

    ran = planner("mark", part, status, "--format", "json", at=repo)

    assert (ran.exit, ran.json["written"], ran.json["after"]) == (0, [PATH], status)
    after = (root(repo) / PATH).read_text(encoding="utf-8")
    marks = [line for line in changed(PLAN, after) if not line.startswith("?")]
    assert marks == lines
    assert planner("lint", at=repo).exit == 0
    again = planner("mark", part, status, "--format", "json", at=repo)
    assert (again.exit, again.json["written"]) == (0, [])
    assert (root(repo) / PATH).read_text(encoding="utf-8") == after


def test_the_place_and_the_old_status_are_said(repo: git.Repo) -> None:
    commit(repo, {PATH: PLAN})

    assert planner("mark", "last", "done", at=repo).stdout == (
        f"{PATH}:21:19: the task 'last' is now done (was in-progress)\n"
    )
    assert planner("mark", "bare", "todo", at=repo).stdout == (
        f"{PATH}:12:9: the task 'bare' is already todo\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["flow", "finished"], "'finished' is not a status of a task"),
        (["flow", "merged"], "'merged' is not a status of a task"),
        (["api", "done"], "'done' is not a status of a slice"),
        (["flowe", "done"], "no plan has a slice or task 'flowe'"),
        (["", "done"], "no plan has a slice or task ''"),
    ],
)
def test_what_no_part_can_be_is_refused(repo: git.Repo, words: list[str], message: str) -> None:
    commit(repo, {PATH: PLAN})

    ran = planner("mark", *words, at=repo)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {message}\nhint: ")
    assert repo.git.status("--porcelain") == ""


def test_a_task_that_the_plan_got_after_the_branch_started_is_told(repo: git.Repo) -> None:
    commit(repo, {PATH: PLAN.replace("id: bare", "id: old")})
    repo.git.switch("--quiet", "-c", "feature/api")
    repo.git.switch("--quiet", "main")
    commit(repo, {PATH: PLAN})
    repo.git.switch("--quiet", "feature/api")

    assert planner("mark", "bare", "done", at=repo).stderr == (
        "error: 'bare' is in the plans of main, but not in those of the work tree\n"
        "hint: git merge main\n"
    )


def test_a_plan_that_is_unusable_or_a_link_stays_as_it_is(repo: git.Repo, tmp_path: Path) -> None:
    commit(repo, {PATH: PLAN.replace("title: T\n", "")})
    ran = planner("mark", "flow", "done", at=repo)
    assert (ran.exit, repo.git.status("--porcelain")) == (2, "")

    outside = tmp_path / "outside.yaml"
    outside.write_text(PLAN, encoding="utf-8")
    (root(repo) / PATH).unlink()
    (root(repo) / PATH).symlink_to(outside)
    ran = planner("mark", "flow", "done", at=repo)
    assert (ran.exit, outside.read_text(encoding="utf-8")) == (2, PLAN)


def test_an_id_that_two_plans_have_needs_the_plan(repo: git.Repo) -> None:
    other = "docs/plan/other/plan.yaml"
    commit(repo, {PATH: PLAN, other: PLAN.replace("feature/", "other/")})

    ran = planner("mark", "flow", "done", at=repo)
    assert (ran.exit, "--plan PATH" in ran.stderr) == (2, True)
    ran = planner("mark", "flow", "done", "--plan", "other", at=repo)
    assert (ran.exit, repo.git.diff("--name-only")) == (0, other)


def test_an_id_of_a_slice_and_of_a_task_is_named_as_both(repo: git.Repo) -> None:
    other = "docs/plan/other/plan.yaml"
    task = {"id": "api", "title": "One"}
    commit(repo, {PATH: PLAN, other: text_of([sliced("b", "b/", tasks=[task])])})

    ran = planner("mark", "api", "done", at=repo)

    assert (ran.exit, ran.stderr) == (
        2,
        f"error: 'api' is defined as a slice in {PATH} and as a task in {other}\n"
        "hint: name the plan: --plan PATH\n",
    )


def test_a_branch_is_told_that_it_may_not_mark_the_tasks_of_another_slice(repo: git.Repo) -> None:
    commit(repo, {PATH: PLAN})
    repo.git.switch("--quiet", "-c", "feature/api")

    assert "refuses" not in planner("mark", "flow", "done", at=repo).stdout
    assert "check-scope refuses this change" in planner("mark", "web", "merged", at=repo).stdout
    repo.git.checkout("--", PATH)
    planner("mark", "flow", "done", at=repo)
    commit(repo, {"src/a": ""})
    ran = planner("check-scope", at=repo)
    assert (ran.exit, ran.stdout.splitlines()[-1]) == (0, "passed")


FORMS = st.sampled_from(
    [
        "id: {id}\n{i}title: {title}\n",
        "title: {title}\n{i}id: {id}\n",
        "id: {id}\n{i}title: {title}\n{i}status: todo\n",
        "id: {id} # c\n{i}title: {title}\n{i}status: 'todo' # d\n{i}effort: 1h\n",
        "{{id: {id}, title: {title}}}\n",
        "{{status: todo, title: {title}, id: {id}}} # c\n",
        '{{"id": {id}, "title": {title}}}\n',
        "title: |\n{i}  a\n{i}  b\n\n{i}id: {id}\n{i}effort: 1h\n",
        "id: {id}\n{i}title: {title}\n{i}status: >-\n{i}  todo\n{i}effort: 1h\n",
        "id: {id}\n{i}status: |2-  # why\n{i}  blocked\n\n{i}# end\n{i}title: {title}\n",
        "id: {id}\n{i}title: {title}\n{i}status: >-\n{i}   todo\n\n",
        "id: |-\n{i}  {id}\n{i}title: |\n{i}  {title}\n{i}effort: 1h\n",
        "title: >-\n{i}  {title}\n{i}id: >-\n{i}  {id}\n",
        "? id\n{i}: {id}\n{i}? title\n{i}: {title}\n",
        "? id\n{i}: {id}\n{i}? status\n{i}: todo\n{i}? title\n{i}: {title}\n",
        "id: {id}\n{i}title: >-\n{i}  a\n{i}  b\n{i}# end\n",
    ]
)
TITLES = st.sampled_from(["One", "'a: b, c'", '"q \\" r"', "a b  # c", "ü 日本 🙂", "x-y"])


@given(
    st.lists(st.tuples(FORMS, TITLES), min_size=1, max_size=4),
    st.integers(0, 3),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
)
def test_any_form_of_a_task_can_be_marked_and_the_rest_reads_the_same(
    tasks: list[tuple[str, str]], at: int, end: str, has_mark: bool, ends: bool
) -> None:
    at %= len(tasks)
    text = "tasks:\n"
    for number, (form, title) in enumerate(tasks):
        indent = " " * 5
        shown = title.partition("  #")[0] if "{{" in form else title
        text += "   - " + form.format(id=f"t{number}", title=shown, i=indent)
    text = text if ends else text.rstrip("\n")
    content = (b"\xef\xbb\xbf" if has_mark else b"") + text.replace("\n", end).encode()

    edited = set_word(content, ("tasks", at), "status", "done")

    assert edited is not None
    before, after = (plain(node) for node in map(read, (content, edited)))
    assert after["tasks"][at].pop("status") == "done"
    before["tasks"][at].pop("status", None)
    assert after == before
    ours, theirs = (one.decode().splitlines() for one in (content, edited))
    assert len([line for line in difflib.ndiff(ours, theirs) if line[0] == "-"]) <= 1
    yaml.safe_load(edited)


def read(content: bytes) -> Node:
    problems = Problems("")
    root_node = read_document(content, problems)
    assert not problems.diagnostics
    assert root_node is not None
    return root_node


def test_an_unwritable_plan_is_said(repo: git.Repo) -> None:
    commit(repo, {PATH: PLAN})
    write(repo, {PATH: PLAN})
    (root(repo) / PATH).unlink()

    ran = planner("mark", "flow", "done", "--plan", PATH, at=repo)

    assert (ran.exit, ran.stderr) == (
        2,
        f"error: no plan at '{PATH}'\nhint: name the path of a plan: --plan PATH\n",
    )


def test_marks_at_the_same_moment_are_all_written(repo: git.Repo) -> None:
    tasks = [{"id": f"t{number}", "title": "One"} for number in range(6)]
    text = text_of([sliced("a", "a/", tasks=tasks)])
    commit(repo, {PATH: text})
    words = (sys.executable, "-m", "planner", "mark")
    for status in ("done", "blocked", "in-progress", "done"):
        marks = [
            subprocess.Popen([*words, one["id"], status], cwd=root(repo), stdout=subprocess.DEVNULL)
            for one in tasks
        ]
        assert [mark.wait() for mark in marks] == [0] * len(tasks)
        plan = yaml.safe_load((root(repo) / PATH).read_text(encoding="utf-8"))
        assert [one["status"] for one in plan["slices"][0]["tasks"]] == [status] * len(tasks)
    assert repo.git.status("--porcelain", "--ignored") == f" M {PATH}"
