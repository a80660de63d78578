from pathlib import Path

import git
import pytest
from world import commit, root

from planner.plan.parse import usable
from planner.render.documents import render
from planner.schedule import schedule

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
PLAN = "docs/plan/plan.yaml"


def rendered(content: str) -> dict[str, str]:
    plan = usable(content.encode(), PLAN)
    pages = render(plan, schedule(plan))
    return {PLAN: content, **{f"docs/plan/{name}": text for name, text in pages.items()}}


def with_status(content: str, task: str, status: str) -> str:
    head, tail = content.split(f"- id: {task}\n", 1)
    return f"{head}- id: {task}\n        status: {status}\n{tail}"


TASKS = ["async-session", "shared-sqlite", "auth-seeding", "async-fixtures"]


@pytest.mark.slow
@pytest.mark.parametrize("one", TASKS)
@pytest.mark.parametrize("other", TASKS)
def test_branches_that_finish_different_tasks_merge_to_the_rendered_page(
    repo: git.Repo, one: str, other: str
) -> None:
    if one == other:
        return
    base = (EXAMPLES / "database-tests/plan.yaml").read_text("utf-8")
    commit(repo, rendered(base))
    for task, status in ((one, "done"), (other, "in-progress")):
        repo.git.switch("--quiet", "--create", task, "main")
        commit(repo, rendered(with_status(base, task, status)))

    repo.git.merge("--quiet", one, message="merge")

    merged = (root(repo) / PLAN).read_text("utf-8")
    assert "status: done" in merged
    assert "status: in-progress" in merged
    for path, text in rendered(merged).items():
        assert (root(repo) / path).read_text("utf-8") == text


def lines_of(content: str, label: str) -> list[str]:
    page = rendered(content)["docs/plan/TASKS.md"]
    start = f"- **{label}**: "
    return [line.removeprefix(start) for line in page.splitlines() if line.startswith(start)]


def plan_of(*tasks: str, owners: str = "") -> str:
    return (
        f"version: 1\ntitle: T\n{owners}slices:\n- id: s\n  title: S\n  branch: b\n"
        "  scope: {include: ['**']}\n  tasks:\n" + "".join(f"  - {{{task}}}\n" for task in tasks)
    )


def test_parallelizable_names_the_tasks_beside_it_or_the_reason() -> None:
    content = plan_of(
        "id: a, title: A, owner: x, files: [src/conftest.py]",
        "id: b, title: B, owner: y, files: [src/b.py]",
        "id: c, title: C, owner: z, files: [src/conftest.py], depends_on: [b]",
        "id: d, title: D, owner: y, files: [src/d.py], depends_on: [a]",
        "id: e, title: E",
    )

    assert lines_of(content, "Parallelizable") == [
        "Yes (beside Task 2)",
        "Yes (beside Task 1)",
        "Yes (beside Task 4)",
        "Yes (beside Task 3)",
        "No (declares no files)",
    ]


def test_a_task_that_cannot_run_in_parallel_lists_each_reason() -> None:
    content = plan_of(
        "id: a, title: A, owner: x, files: [src/conftest.py]",
        "id: b, title: B, owner: x, files: [src/conftest.py, 'lib/**'], depends_on: [a]",
        "id: c, title: C, owner: y, files: [src/conftest.py]",
        "id: d, title: D, owner: z, files: ['lib/**']",
        "id: e, title: E, owner: x, files: [src/e.py]",
    )

    assert lines_of(content, "Parallelizable")[1] == (
        "No (waits for Task 1; shares `conftest.py` with Task 3; shares `lib/**` with Task 4; "
        "same owner as Task 5)"
    )


def test_a_task_that_is_scheduled_after_another_because_of_a_file_says_so() -> None:
    content = plan_of(
        "id: a, title: A, files: [src/x.py, src/z.py], effort: 1h",
        "id: b, title: B, files: [src/y.py], effort: 1h",
        "id: c, title: C, files: [src/*.py], effort: 2h",
        "id: d, title: D, files: [src/z.py], effort: 30m",
    ).replace("slices:", "start: 2026-11-27\nslices:")

    assert lines_of(content, "Parallelizable")[0] == "Yes (beside Task 2)"
    assert lines_of(content, "Scheduled after") == [
        "Task 3 (both may touch `x.py`)",
        "Task 3 (both may touch `y.py`)",
        "Task 1 (both may touch `z.py`)",
    ]
    assert "all is done after 3.5 hours, on 2026-11-27." in rendered(content)["docs/plan/TASKS.md"]


def test_a_file_name_that_is_not_unique_is_shown_with_its_path() -> None:
    content = plan_of(
        "id: a, title: A, files: [one/conftest.py]",
        "id: b, title: B, files: [one/conftest.py, two/conftest.py]",
    )

    assert lines_of(content, "Parallelizable") == [
        "No (shares `one/conftest.py` with Task 2)",
        "No (shares `one/conftest.py` with Task 1)",
    ]


def test_dependencies_owner_status_and_effort_read_as_in_the_contract() -> None:
    content = plan_of(
        "id: a, title: A, owner: kyrosTelos, effort: 15m, status: done",
        "id: b, title: B, owner: dana, effort: 2-3h, depends_on: [a], status: blocked",
        "id: c, title: C, effort: 1.25h, depends_on: [b, a], status: in-progress",
        "id: d, title: D, depends_on: [c, a]",
        owners="owners: {kyrosTelos: {role: implementer}, dana: {}}\n",
    )

    assert lines_of(content, "Owner") == ["kyrosTelos (implementer)", "dana"]
    assert lines_of(content, "Dependencies") == ["None", "Task 1", "Tasks 1-2", "Tasks 1, 3"]
    assert lines_of(content, "Status") == [
        "✅ Completed",
        "⛔ Blocked",
        "🔄 In progress",
        "⬜ To do",
    ]
    assert lines_of(content, "Effort") == ["15 minutes", "2-3 hours", "1.25 hours"]


def test_a_milestone_adds_up_its_tasks() -> None:
    tasks = "id: a, title: A, effort: 15m", "id: b, title: B, effort: 1h", "id: c, title: C"
    content = plan_of(*tasks) + (
        "milestones: [{title: Core, tasks: [a, b]}, {title: All, slices: [s], due: Friday},"
        " {title: Free, tasks: [c]}]\n"
    )

    assert lines_of(content, "Milestone 1") == ["Core (Tasks 1-2) - 1.25 hours"]
    assert lines_of(content, "Milestone 2") == ["All (Tasks 1-3) - 1.25 hours, due Friday"]
    assert lines_of(content, "Milestone 3") == ["Free (Task 3)"]


def test_work_streams_show_their_tasks_in_order() -> None:
    content = (EXAMPLES / "database-tests/plan.yaml").read_text("utf-8")

    assert lines_of(content, "Stream 1") == ["Task 1 → Task 4 (kyrosTelos)"]
    assert lines_of(content, "Stream 2") == ["Task 2 → Task 3 (orla)"]


def test_a_dependency_on_a_slice_names_it_until_that_is_closed() -> None:
    first = "{id: a, title: A, branch: a, scope: {include: [a]}%s}"
    second = (
        "{id: b, title: B, branch: b, depends_on: [a], scope: {include: [b]},"
        " tasks: [{id: t, title: T}]}"
    )
    content = f"version: 1\ntitle: T\nslices: [{first}, {second}]\n"

    assert lines_of(content % "", "Dependencies") == ["all of `a`"]
    assert lines_of(content % ", closed: merged", "Dependencies") == ["None"]
