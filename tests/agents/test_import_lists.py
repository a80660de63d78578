"""A list of tasks becomes a plan that lint takes, or says why it cannot."""

import json
from typing import Any

import git
import pytest
from world import Ran, commit, planner, root, write

from planner.plan.model import Plan
from planner.plan.parse import usable

PLAN = "docs/plan/plan.yaml"
SPEC_KIT = """\
---
description: "Task list"
---

# Tasks: Sign-up

<!-- - [ ] T900 an example in src/never.py -->

## Phase 1: Setup (Shared Infrastructure)

**Purpose**: The start

- [X] T001 Create the project with pyproject.toml

## Phase 2: Foundational (Blocking Prerequisites)

- [ ] T002 [P] Add settings in src/config.py
- [ ] T003 [P] Add the database in src/db.py
- [ ] T004 Wire both in `src/app.py` (depends on T002, T003)

**Checkpoint**: The app starts

## Phase 3: User Story 1 - Sign up (Priority: P1) 🎯 MVP

**Goal**: A visitor gets an account

- [ ] T005 [P] [US1] Test the form in tests/test_signup.py
- [ ] T006 [P] [US1] Keep users in src/models/user.py; see docs/model.md

  *Acceptance*: `pytest tests/other.py` passes

- [ ] T007 [US1] Add POST /signup to src/routes.py
  and the template in `templates/signup.html`

## Phase 4: User Story 2 - Log in (Priority: P2)

- [ ] T008 [P] [US2] Add the form to src/routes.py
- [ ] T009 [US2] Polish

## Phase 5: Polish

- [ ] T010 [P] Update README.md

## Dependencies

- T001 before T002

```text
- [ ] T901 in a fence: src/never.py
```
"""


def imported(repo: git.Repo, *words: str) -> Ran:
    return planner("import", *words, "--format", "json", at=repo)


def plan_of(repo: git.Repo, path: str = PLAN) -> Plan:
    return usable((root(repo) / path).read_bytes(), path)


def scopes(plan: Plan) -> dict[str, list[str]]:
    return {one.id: [entry.text for entry in one.scope.include] for one in plan.slices}


def test_phases_become_slices_in_their_order(repo: git.Repo) -> None:
    commit(repo, {"README.md": "# x\n", "src/app.py": "", "docs/model.md": ""})
    write(repo, {"specs/001/tasks.md": SPEC_KIT})

    ran = imported(repo, "specs/001/tasks.md")
    plan = plan_of(repo)

    assert ran.exit == 0, ran
    assert scopes(plan) == {
        "setup": ["pyproject.toml"],
        "foundational": ["src/config.py", "src/db.py", "src/app.py"],
        "us1": [
            "tests/test_signup.py",
            "src/models/user.py",
            "src/routes.py",
            "templates/signup.html",
        ],
        "us2": ["src/routes.py"],
        "polish": ["README.md"],
    }
    assert {one.id: one.depends_on for one in plan.slices} == {
        "setup": (),
        "foundational": ("setup",),
        "us1": ("foundational",),
        "us2": ("foundational", "us1"),
        "polish": ("us1", "us2"),
    }
    assert {task.id: task.depends_on for _, task in plan.tasks() if task.depends_on} == {
        "t004": ("t002", "t003"),
        "t007": ("t005", "t006"),
        "t009": ("t008",),
    }
    assert [entry.text for one in plan.slices for entry in one.scope.include if not entry.new] == [
        "src/app.py",
        "README.md",
    ]
    assert [task.id for _, task in plan.tasks() if task.status == "done"] == ["t001"]
    assert plan.slices[2].overview == "A visitor gets an account"
    assert plan.slices[1].success_criteria == ("The app starts",)
    assert [task.done_when for _, task in plan.tasks() if task.done_when] == [
        ("`pytest tests/other.py` passes",)
    ]
    assert ran.json["ordered"] == [{"slice": "us2", "after": "us1", "witness": "src/routes.py"}]
    assert [(one["rule"], one["severity"], one["tasks"]) for one in ran.json["findings"]] == [
        ("no-path", "warning", ["T009"])
    ]
    assert planner("lint", at=repo).exit == 0


def listed(*lines: str) -> str:
    return "\n".join(["# Tasks: X", "", "## Phase 1: Work", "", *lines, ""])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["- [ ] T001 [P] Edit src/a.py", "- [ ] T002 [P] Edit src/b.py and src/a.py"],
            (6, "T002", "both touch src/a.py", "src/a.py"),
        ),
        (
            ["- [ ] T001 [P] Edit src/a.py", "- [ ] T002 Edit c.py", "- [ ] T003 [P] Edit src/"],
            (7, "T003", "both touch src/a.py", "src/a.py"),
        ),
        (
            ["- [ ] T001 [P] Edit `src/**/x*.py`", "- [ ] T002 [P] Edit `src/*.py`"],
            (6, "T002", "both touch src/x.py", "src/x.py"),
        ),
        (
            [
                "- [ ] T001 [P] Edit a.py",
                "- [ ] T002 Edit b.py (depends on T001)",
                "- [ ] T003 [P] Edit c.py (depends on T002)",
            ],
            (7, "T003", "T003 waits for T002, which waits for T001", None),
        ),
    ],
)  # fmt: skip
def test_a_false_mark_is_told_at_its_line(
    repo: git.Repo, lines: list[str], said: tuple[Any, ...]
) -> None:
    write(repo, {"tasks.md": listed(*lines)})

    ran = imported(repo, "tasks.md")

    found = [one for one in ran.json["findings"] if one["rule"] == "false-parallel"]
    line, task, why, witness = said
    message = f"{task} is marked as parallel, but cannot run beside T001: {why}"
    assert [(o["line"], o["column"], o["message"], o.get("witness")) for o in found] == [
        (line, 12, message, witness)
    ]
    assert (ran.exit, planner("lint", at=repo).exit) == (0, 0)


def test_true_marks_are_not_told(repo: git.Repo) -> None:
    lines = ["- [ ] T001 [P] Edit a.py", "- [ ] T002 Edit b.py", "- [ ] T003 [P] Edit c.py"]
    write(repo, {"tasks.md": listed(*lines)})

    assert imported(repo, "tasks.md").json["findings"] == []


@pytest.mark.parametrize(
    ("lines", "rule", "line"),
    [
        (["- [ ] T001 a.py", "- [ ] T001 b.py"], "duplicate-id", 6),
        (["- [ ] T-01 a.py", "- [ ] T-02 b.py", "- [ ] T-01 c.py"], "duplicate-id", 7),
        (["- [ ] T001 a.py (depends on T009)"], "unknown-task", 5),
        (
            ["- [ ] T001 a.py (depends on T002)", "- [ ] T002 b.py (after T001)"],
            "dependency-cycle",
            5,
        ),
        (["- [ ] T001 Think", "- [ ] T002 Think again"], "no-path", 5),
    ],
)
def test_what_is_wrong_with_a_list_is_told_and_nothing_written(
    repo: git.Repo, lines: list[str], rule: str, line: int
) -> None:
    write(repo, {"tasks.md": listed(*lines)})

    ran = imported(repo, "tasks.md")

    assert (ran.exit, ran.rules, ran.json["findings"][0]["line"]) == (1, [rule], line)
    assert ran.json["plan"] is None
    assert not (root(repo) / PLAN).exists()


def test_work_that_is_done_and_names_no_path_is_left_out(repo: git.Repo) -> None:
    text = listed("- [x] T001 Think") + "\n## Phase 2: More\n\n- [ ] T002 Edit a.py (after T001)\n"
    write(repo, {"tasks.md": text})

    ran = imported(repo, "tasks.md")

    assert (ran.exit, ran.rules) == (0, ["left-out"])
    assert scopes(plan_of(repo)) == {"more": ["a.py"]}


@pytest.mark.parametrize(
    "said",
    [
        "T002 [P]",
        "[T002] [P]",
        "[P] T002",
        "**T002 [P]**",
        "**T002** [P]",
        "`T002` [P]:",
        "T002: [P]",
    ],
)
def test_ids_and_marks_are_read_as_people_write_them(repo: git.Repo, said: str) -> None:
    write(repo, {"tasks.md": listed("- [ ] T001 [P] Edit a.py", f"- [ ] {said} [US1] Edit a.py")})

    found = imported(repo, "tasks.md").json["findings"]

    told = [(one["rule"], one["line"], one["column"], one["tasks"]) for one in found]
    assert told == [("false-parallel", 6, 7 + said.index("[P]"), ["T002", "T001"])]


@pytest.mark.parametrize(
    "said",
    [
        "(depends on T001, T002)",
        "\n  - **Dependencies**: T001 (the model; see T003), T002",
        "\n  - **Deps:** T001-T002 (both)",
        "\n  Depends on: T001 and T002",
        "after T001 (tests) and T002",
    ],
)
def test_dependencies_are_read_as_people_write_them(repo: git.Repo, said: str) -> None:
    lines = ["- [ ] T001 a.py", "- [ ] T002 [P] b.py", "- [ ] T003 c.py", f"- [ ] T004 [P] {said}"]
    write(repo, {"tasks.md": listed(*lines)})

    assert imported(repo, "tasks.md").exit == 0
    needs = {task.id: task.depends_on for _, task in plan_of(repo).tasks()}
    assert needs["t004"] == ("t001", "t002", "t003")


def test_criteria_below_a_task_name_no_paths_and_no_dependencies(repo: git.Repo) -> None:
    text = """\
- [ ] **T001 [P]**: Add the model
  - **Files**: Create `a.py`
  - **Acceptance Criteria**:
    - It reads x.py after T009
      and y.py
    - **Fast**: 1 s
  - **Verify:** `pytest z.py` passes
  - **Commit**: "add b.py"
"""
    write(repo, {"tasks.md": listed(text)})

    ran = imported(repo, "tasks.md")

    (_, task), *others = plan_of(repo).tasks()
    assert (ran.exit, others, [entry.text for entry in task.files]) == (0, [], ["a.py", "b.py"])
    assert task.title.startswith("Add the model - **Files**: Create `a.py`")
    assert task.done_when == (
        "It reads x.py after T009 and y.py", "**Fast**: 1 s", "`pytest z.py` passes",
    )  # fmt: skip


def test_what_is_marked_as_skipped_is_left_out_and_nothing_waits_for_it(repo: git.Repo) -> None:
    lines = ["- [-] T001 Edit a.py", "- [ ] T002 Edit b.py (depends on T001)", "- [/] T003 c.py"]
    write(repo, {"tasks.md": listed(*lines)})

    ran = imported(repo, "tasks.md")

    assert [(one["rule"], one["line"]) for one in ran.json["findings"]] == [("left-out", 5)]
    assert scopes(plan_of(repo)) == {"work": ["b.py", "c.py"]}
    assert [task.depends_on for _, task in plan_of(repo).tasks()] == [(), ("t002",)]


def test_a_box_without_the_id_of_a_task_is_told(repo: git.Repo) -> None:
    text = listed("- [ ] T001 Edit a.py", "- [ ] TXXX [P] Edit b.py", "- [ ] Edit c.py")
    write(repo, {"tasks.md": f"{text}\n## Checklist\n\n- [ ] All is well\n"})

    found = imported(repo, "tasks.md").json["findings"]

    told = [(one["rule"], one["line"], one["severity"]) for one in found]
    assert told == [
        ("left-out", 6, "warning"),
        ("left-out", 7, "warning"),
        ("left-out", 11, "note"),
    ]


def test_slices_whose_tasks_wait_for_each_other_share_the_path(repo: git.Repo) -> None:
    text = """\
# Tasks: X

## Phase 1: User Story 1

- [ ] T001 [US1] Edit a.py and both.py (depends on T004)
- [ ] T002 [US1] Edit b.py

## Phase 2: User Story 2

- [ ] T003 [US2] Edit c.py and both.py (depends on T002)
- [ ] T004 [US2] Edit d.py
"""
    write(repo, {"tasks.md": text})

    ran = imported(repo, "tasks.md")

    assert ran.exit == 0, ran
    assert ran.json["shared"] == [{"slices": ["us1", "us2"], "witness": "both.py"}]
    assert [entry.text for entry in plan_of(repo).shared] == ["both.py"]


def test_a_slice_waits_for_the_slice_that_one_of_its_tasks_waits_for(repo: git.Repo) -> None:
    stories = [
        (3, ["- [ ] T001 [US3] Edit a.py", "- [ ] T002 [US3] Edit b.py (depends on T003)"]),
        (2, ["- [ ] T003 [US2] Edit c.py", "- [ ] T004 [US2] Edit d.py (depends on T005)"]),
        (1, ["- [ ] T005 [US1] Edit e.py"]),
    ]
    write(
        repo,
        {"tasks.md": "".join(f"## User Story {n}\n" + "\n".join(t) + "\n" for n, t in stories)},
    )

    ran = imported(repo, "tasks.md")

    assert (ran.exit, ran.json["findings"]) == (0, []), ran
    waits = {one.id: one.depends_on for one in plan_of(repo).slices}
    assert waits == {"us3": ("us2",), "us2": ("us1",), "us1": ()}


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        ("Create `src/{a,b}.py`", ["src/a.py", "src/b.py"]),
        ("Fix app/[id]/page.tsx, app/(auth)/x.ts.", [r"app/\[id\]/page.tsx", "app/(auth)/x.ts"]),
        ("Run `npm test -- src/a.test.ts --dir lib/x`", ["src/a.test.ts"]),
        ("Add `docs/My File.md` (see docs/y.md)", ["docs/My File.md"]),
        ("Edit `my dir/a b.py` and `my dir/new.py`", ["my dir/a b.py", "my dir/new.py"]),
        ("Edit src/a.py:12-20 and tests/x.py::test_y", ["src/a.py", "tests/x.py"]),
        ("Add POST /users/login and /users/{id}, v1.2, and/or Node.js to a.py", ["a.py"]),
        ("Use `@scope/name` and https://x.y/z.py in ./src/a.py", ["src/a.py"]),
        ("Fill deep/new/, src/new/ and `src/other/`", ["deep/new/", "src/other/"]),
        ("Fill `views/` and `deep/**/views/`, and/or x/y/", ["views/", "deep/**/views/**"]),
        ("Change known.py", ["deep/known.py"]),
        ("Change deep", []),
        ("Change `deep` and lib/sub", []),
        ("Read plan.md, then edit deep/**", ["deep/**"]),
        ("Extend src\\win\\a.py", ["src/win/a.py"]),
        ("Add .github/a.yml, .env.example", [".github/a.yml", ".env.example"]),
        ("Emit .json, `.tsx` and .ics files from .env and .gitignore", [".env", ".gitignore"]),
        ("Fill `deep/**/`", ["deep/**"]),
        ("**Fill** Dockerfile, *b.py* or **src/c.py**", ["Dockerfile", "b.py", "src/c.py"]),
    ],
)  # fmt: skip
def test_a_sentence_names_its_paths(repo: git.Repo, said: str, paths: list[str]) -> None:
    commit(repo, {"deep/known.py": "", "x": "", "my dir/a b.py": ""})
    write(repo, {"tasks.md": listed("- [ ] T001 Edit z.py", f"- [ ] T002 {said}")})

    ran = imported(repo, "tasks.md")

    assert ran.exit == 0, ran
    files = [[entry.text for entry in task.files] for _, task in plan_of(repo).tasks()]
    assert files == [["z.py"], paths]


def test_what_another_pattern_of_a_scope_covers_is_left_out(repo: git.Repo) -> None:
    commit(repo, {"src/a.py": "", "src/deep/b.py": ""})
    lines = [
        "T001 Edit `src/a.py`, src/new.py",
        "T002 Edit `src/*.py`, `src/**/*.py`, `src/**`, src/",
    ]
    write(repo, {"tasks.md": listed(*(f"- [ ] {line}" for line in lines))})

    ran = imported(repo, "tasks.md")

    assert (ran.exit, ran.json["findings"]) == (0, []), ran
    assert scopes(plan_of(repo)) == {"work": ["src/new.py", "src/"]}


@pytest.mark.parametrize("path", ["../x.py", ".git/hooks/a.sh", "`src/[a-z]*.py`", "src/**.py"])
def test_a_path_that_no_slice_can_hold_is_told(repo: git.Repo, path: str) -> None:
    write(repo, {"tasks.md": listed(f"- [ ] T001 Edit z.py and {path}")})

    ran = imported(repo, "tasks.md")

    assert (ran.exit, ran.rules) == (0, ["refused-pattern"])
    assert ran.json["findings"][0]["severity"] == "warning"
    assert scopes(plan_of(repo)) == {"work": ["z.py"]}


def package(id_: str, owned: str, *more: str) -> str:
    head = ["---", f"work_package_id: {id_}", f"title: Package {id_}", owned, *more, "---"]
    body = [
        "# x",
        "## Subtasks",
        "### Subtask T001 \u2013 Do it",
        "### Subtask T002: Then this",
        "",
    ]
    return "\n".join([*head, *body])


def test_work_packages_become_slices(repo: git.Repo) -> None:
    commit(repo, {"src/a.py": ""})
    folder = "kitty-specs/004-my-mission/tasks"
    first = package("WP01", "owned_files: [src/a.py, 'lib/**']", "subtasks: [T001, T002]")
    second = package("WP02", "owned_files:\n- 'web/*.{ts,tsx}'", "dependencies: [WP01]")
    third = package("WP03", "owned_files:\n- lib/x.py", "merge_target_branch: main")
    packages = {f"{folder}/WP0{at}.md": text for at, text in enumerate((first, second, third), 1)}
    write(repo, packages)

    ran = imported(repo, *packages)
    plan = plan_of(repo)

    assert (ran.exit, ran.json["findings"]) == (0, []), ran
    assert plan.title == "My mission"
    assert scopes(plan) == {
        "wp01": ["src/a.py", "lib/**"],
        "wp02": ["web/*.ts", "web/*.tsx"],
        "wp03": ["lib/x.py"],
    }
    assert [one.depends_on for one in plan.slices] == [(), ("wp01",), ("wp01",)]
    assert [task.title for _, task in plan.tasks()] == ["Do it", "Then this"]
    assert ran.json["ordered"] == [{"slice": "wp03", "after": "wp01", "witness": "lib/x.py"}]


def test_subtasks_that_each_work_package_counts_anew_are_told_apart(repo: git.Repo) -> None:
    first = package("WP01", "owned_files: [a.py]", "subtasks: [T001, T002]")
    second = package("WP02", "owned_files: [b.py]", "subtasks: [T001, T003]")
    write(repo, {"tasks/WP01.md": first, "tasks/WP02.md": second})

    ran = imported(repo, "tasks/WP01.md", "tasks/WP02.md")

    assert (ran.exit, ran.json["findings"]) == (0, []), ran
    tasks = [(task.id, task.title) for _, task in plan_of(repo).tasks()]
    assert tasks == [
        ("wp01-t001", "Do it"), ("t002", "Then this"), ("wp02-t001", "Do it"), ("t003", "T003"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("owned", "rule"),
    [
        ("owned_files: [/etc/passwd]", "refused-pattern"),
        ("owned_files: [../x.py]", "refused-pattern"),
        ("owned_files: ['src/[a-z]*.py']", "refused-pattern"),
        ("owned_files: []", "no-path"),
        ("owned_files: src/a.py", "wrong-kind"),
        ("owned_files: [src/a.py]\ndependencies: [WP09]", "unknown-slice"),
        ("owned_files: [src/a.py]\ndependencies: [WP01]", "dependency-cycle"),
        ("owned_files: [src/a.py]\nsubtasks: &x [T001]", "anchor"),
        ("owned_files: [", "yaml-syntax"),
    ],
)
def test_a_work_package_that_is_wrong_is_told(repo: git.Repo, owned: str, rule: str) -> None:
    write(repo, {"tasks/WP01.md": package("WP01", owned)})

    ran = imported(repo, "tasks/WP01.md")

    assert ran.exit == 1
    assert rule in ran.rules
    assert ran.json["findings"][0]["line"] in (2, 4, 5)


LIST: dict[str, Any] = {
    "tasks": [
        {
            "id": 1,
            "title": "Store users",
            "status": "in-progress",
            "dependencies": [],
            "details": "Change src/db.py.\n```js\nimport x from '../y.js'\n```",
            "testStrategy": "All tests pass",
            "subtasks": [
                {"id": 1, "title": "Table", "status": "done", "dependencies": []},
                {"id": 2, "title": "Query", "status": "review", "dependencies": [1, "1.3", 3]},
                {"id": 3, "title": "Never", "status": "cancelled", "dependencies": ["1.2"]},
            ],
        },
        {
            "id": "2",
            "title": "Log in",
            "status": "pending",
            "dependencies": [1, "1.2", 3],
            "relevantFiles": [
                {"path": "src/auth.py", "action": "modify"},
                {"path": "src/old.py", "action": "reference"},
            ],
        },
        {"id": 3, "title": "Dropped", "status": "cancelled", "dependencies": [2]},
        {"id": 4, "title": "Long ago", "status": "done", "dependencies": []},
    ]
}


def test_tasks_of_task_master_become_slices(repo: git.Repo) -> None:
    write(repo, {"tasks.json": json.dumps({"master": LIST, "later": {"tasks": []}}, indent=2)})

    ran = imported(repo, "tasks.json")
    plan = plan_of(repo)

    assert (ran.exit, ran.rules) == (0, ["left-out", "left-out"]), ran
    assert scopes(plan) == {"task-1": ["src/db.py"], "task-2": ["src/auth.py"]}
    assert plan.slices[1].depends_on == ("task-1",)
    assert [(task.id, task.status, task.depends_on) for _, task in plan.tasks()] == [
        ("t1-1", "done", ()),
        ("t1-2", "in-progress", ("t1-1",)),
        ("t2", "todo", ()),
    ]
    assert plan.slices[0].success_criteria == ("All tests pass",)


def test_a_task_of_task_master_does_not_wait_for_itself(repo: git.Repo) -> None:
    nothing: dict[str, Any] = {"id": 1, "title": "a.py", "dependencies": None, "subtasks": None}
    write(repo, {"x": json.dumps({"tasks": [nothing, {"id": 2, "dependencies": [2]}]})})

    ran = imported(repo, "x")

    assert [one["message"] for one in ran.json["findings"]][:1] == ["task-2 waits for itself"]
    assert (ran.exit, ran.rules) == (1, ["dependency-cycle", "no-path"])


def test_hundreds_of_slices_that_touch_one_path_wait_in_a_row(repo: git.Repo) -> None:
    tasks = [{"id": at, "title": f"Edit f{at}.py and all.py"} for at in range(1, 201)]
    write(repo, {"x": json.dumps({"tasks": tasks})})

    ran = imported(repo, "x")

    assert (ran.exit, ran.json["findings"]) == (0, []), ran
    waits = [one.depends_on for one in plan_of(repo).slices]
    assert waits == [(), *((f"task-{at}",) for at in range(1, 200))]


def test_a_list_of_several_tags_is_named(repo: git.Repo) -> None:
    one = {"tasks": [{"id": 1, "title": "a.py", "dependencies": []}]}
    write(repo, {"tasks.json": json.dumps({"x": one, "y-z": one})})

    neither = planner("import", "tasks.json", at=repo)
    unknown = planner("import", "tasks.json", "--tag", "w", at=repo)
    named = planner("import", "tasks.json", "--tag", "y-z", at=repo)

    assert (neither.exit, unknown.exit, named.exit) == (2, 2, 0)
    assert "has several lists: 'x', 'y-z'" in neither.stderr
    assert "has no list 'w'" in unknown.stderr
    assert named.stdout.startswith(
        "imported the list 'y-z'; not 'x': --tag\nwrote docs/plan/plan.yaml"
    )
    assert plan_of(repo).title == "y-z"


GOOD = listed("- [ ] T001 Edit a.py")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "is not UTF-8 (byte 0)"),
        (b"# Tasks\n\0", "is a binary file"),
        (b"# Tasks\n" + b"x" * (10 << 20), "is larger than 2,097,152 bytes"),
        (b"", "planner does not know the form of 'x'"),
        (b"# Notes\n\n- [ ] buy milk\n", "planner does not know the form of 'x'"),
        (b"{", "the file is not JSON"),
        (b'{"a": ' * 100_000, "is nested too deeply"),
        (b'{"tasks": [' + b"[" * 100_000, "is nested too deeply"),
        (b"{}", "has no list of tasks"),
        (b'{"tasks": []}', "there is nothing to plan: the list has no open task"),
        (b'{"tasks": [1]}', "not every task of 'x' is an object"),
        (b'{"tasks": [{"id": 1, "subtasks": ["a"]}]}', "not every task of 'x' is an object"),
    ],
)
def test_a_file_that_is_no_list_stops_the_import(repo: git.Repo, content: bytes, said: str) -> None:
    write(repo, {"x": content})

    ran = planner("import", "x", at=repo)

    assert (ran.exit, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_folders_pipes_and_missing_files_stop_the_import(repo: git.Repo) -> None:
    (root(repo) / "folder").mkdir()

    folder, pipe, missing = (
        planner("import", name, at=repo, stdin=GOOD.encode())
        for name in ("folder", "/dev/stdin", "nothing.md")
    )

    assert (folder.exit, pipe.exit, missing.exit) == (2, 2, 2)
    assert "'folder': it is not a regular file" in folder.stderr
    assert "no file 'nothing.md'" in missing.stderr


@pytest.mark.parametrize(
    "number", ["1e999", "9" * 5000, "-1", "1.5", "true", "null", '""', '"a b"', "NaN"]
)
def test_a_strange_id_of_a_task_is_told(repo: git.Repo, number: str) -> None:
    write(repo, {"tasks.json": f'{{"tasks": [{{"id": {number}, "title": "a.py"}}]}}'})

    ran = imported(repo, "tasks.json")

    assert ran.exit == 1 or plan_of(repo)
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("change", ["crlf", "bom", "cr", "tabs"])
def test_line_ends_marks_and_tabs_change_nothing(repo: git.Repo, change: str) -> None:
    text = listed("- [ ] T001 Edit a.py", "  and b.py", "- [ ] T002 Edit c.py")
    changed = {
        "crlf": text.replace("\n", "\r\n"),
        "cr": text.replace("\n", "\r"),
        "bom": f"\ufeff{text}",
        "tabs": text.replace("- [ ] ", "-\t[ ]\t").replace("  and", "\tand"),
    }[change]
    write(repo, {"tasks.md": changed})

    assert imported(repo, "tasks.md").exit == 0
    assert scopes(plan_of(repo)) == {"work": ["a.py", "b.py", "c.py"]}


def test_files_of_two_forms_are_not_one_plan(repo: git.Repo) -> None:
    write(repo, {"tasks.md": GOOD, "WP01.md": package("WP01", "owned_files: [a]")})

    ran = planner("import", "tasks.md", "WP01.md", at=repo)

    assert ran.exit == 2
    assert (
        "'tasks.md' is a list of Spec Kit, 'WP01.md' is a work package of spec-kitty" in ran.stderr
    )


def test_with_strict_a_false_mark_keeps_the_plan_from_being_written(repo: git.Repo) -> None:
    write(repo, {"tasks.md": listed("- [ ] T001 [P] a.py", "- [ ] T002 [P] a.py")})

    ran = imported(repo, "tasks.md", "--strict")

    assert (ran.exit, ran.rules, ran.json["plan"]) == (1, ["false-parallel"], None)
    assert not (root(repo) / PLAN).exists()


def test_a_plan_is_never_written_over(repo: git.Repo) -> None:
    write(repo, {"tasks.md": GOOD, "other/plan.yaml": "mine\n"})

    taken = planner("import", "tasks.md", "-o", "other/plan.yaml", at=repo)
    first = planner("import", "tasks.md", at=repo)
    named = planner("import", "tasks.md", "-o", "third", at=repo)

    assert (taken.exit, first.exit, named.exit) == (2, 0, 1)
    assert taken.stderr == (
        "error: there is a file already: 'other/plan.yaml'; it was not overwritten\n"
        "hint: name another path: -o PATH\n"
    )
    assert (root(repo) / "other/plan.yaml").read_text("utf-8") == "mine\n"
    assert not (root(repo) / "docs/plan/third/plan.yaml").exists()


def test_it_says_whether_other_branches_have_a_rule_and_what_comes_next(repo: git.Repo) -> None:
    write(repo, {"a.md": GOOD, "b.md": GOOD.replace("a.py", "b.py").replace(": X", ": Y")})

    first, second = (planner("import", name, at=repo) for name in ("a.md", "b.md"))

    assert first.stdout == (
        "wrote docs/plan/plan.yaml: 1 slice, 1 task\n"
        "  the rule 'unplanned' lets all other branches go on as before\n"
        "next:\n  planner lint\n  planner render\n"
    )
    assert second.stdout == (
        "wrote docs/plan/y/plan.yaml: 1 slice, 1 task\n"
        "  no rule 'unplanned' was added: without one in another plan, check stops other branches\n"
        "next:\n  planner lint --plan docs/plan/y/plan.yaml\n"
        "  planner render --plan docs/plan/y/plan.yaml\n"
    )


def test_a_plan_that_meets_another_is_not_written_and_its_text_is_kept(repo: git.Repo) -> None:
    write(repo, {"a.md": listed("- [ ] T001 Edit a.py"), "b.md": GOOD.replace(": X", ": Y")})

    assert planner("import", "a.md", at=repo).exit == 0
    ran = planner("import", "b.md", at=repo)

    assert ran.exit == 1
    assert "both hold 'a.py' [overlapping-scope]" in ran.stdout
    assert ran.stdout.endswith(
        "nothing was written: correct the errors, then import again\n"
        "  the plan to which some of them point is in .git/planner/import.yaml\n"
    )
    assert not (root(repo) / "docs/plan/y").exists()
    assert b"title: Y" in (root(repo) / ".git/planner/import.yaml").read_bytes()


def test_hostile_text_of_a_list_stays_text(repo: git.Repo) -> None:
    said = "<script>`a.py` {{x}} %% ```x``` [y](z) \x1b[31m \u202e *b* | #"
    write(repo, {"tasks.md": listed(f"- [ ] T001 {said}", "- [ ] T002 ::error::x.py")})

    ran = planner("import", "tasks.md", at=repo)
    rendered = planner("render", at=repo)

    assert (ran.exit, rendered.exit) == (0, 0), ran
    assert "\x1b" not in ran.stdout
    assert "\x1b" not in (root(repo) / "docs/plan/TASKS.md").read_text("utf-8")


def test_hundreds_of_tasks_become_a_plan_and_more_than_a_thousand_are_refused(
    repo: git.Repo,
) -> None:
    many = [f"- [ ] T{number:04} [P] Edit src/f{number}.py" for number in range(1_001)]
    write(repo, {"many.md": listed(*many[:600]), "more.md": listed(*many)})

    assert planner("import", "many.md", at=repo).exit == 0
    assert "there are more than 1,000 tasks" in planner("import", "more.md", at=repo).stderr
