"""Whole plans through the real commands: odd ones, large ones, and the same output every time."""

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import git
import pytest
from planned import PLAN, Record, plan_of, shuffled, sliced, task, text_of
from world import Ran, commit, planner, root

from planner.formats import text as text_format
from planner.schedule import schedule
from planner.views import tasks as tasks_view

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def chain(count: int, **more: Any) -> list[Record]:
    """Return tasks that each wait for the one before."""
    return [task(f"t{n}", **more, depends_on=[f"t{n - 1}"] if n else []) for n in range(count)]


ODD = {
    "a circle of tasks and slices": (
        text_of(
            [
                sliced("a", "a/", depends_on=["b"], tasks=[task("a1")]),
                sliced("b", "b/", tasks=[task("b1", depends_on=["a1"])]),
            ]
        ),
        "[dependency-cycle]",
    ),
    "a slice and a task that wait for themselves": (
        text_of([sliced("a", "a/", depends_on=["a"], tasks=[task("a1", depends_on=["a1"])])]),
        "waits for itself",
    ),
    "a task that waits for its own slice's dependant": (
        text_of(
            [
                sliced("a", "a/", tasks=[task("a1", depends_on=["b1"])]),
                sliced("b", "b/", depends_on=["a"], tasks=[task("b1")]),
            ]
        ),
        "[dependency-cycle]",
    ),
    "tasks without effort": (text_of([sliced("a", "a/", tasks=chain(3))]), ""),
    "tasks that take no time": (text_of([sliced("a", "a/", tasks=chain(3, effort="0m"))]), ""),
    "an owner with nothing to do": (text_of([sliced("a", "a/")], owners={"dana": {}}), ""),
    "an owner with more than there is time": (
        text_of(
            [sliced("a", "a/", owner="dana", tasks=[task(f"t{n}", effort="9w") for n in range(9)])]
        ),
        "",
    ),
    "milestones over tasks that are not there": (
        text_of([sliced("a", "a/")], milestones=[{"title": "M", "tasks": ["gone"]}]),
        "[unknown-task]",
    ),
    "dependencies that are not there": (
        text_of([sliced("a", "a/", depends_on=["x"], tasks=[task("t", depends_on=["y"])])]),
        "[unknown-slice]",
    ),
    "nine thousand tasks in one chain": (
        text_of([sliced("a", "a/", tasks=chain(9_000, effort="1h"))]),
        "",
    ),
    "slices that are all closed": (
        text_of([sliced("a", "a/", closed="merged", tasks=chain(2))]),
        "",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_plan_gets_a_finding_or_a_correct_answer(name: str, repo: git.Repo) -> None:
    text, expected = ODD[name]
    commit(repo, {PLAN: text})

    lint = planner("lint", at=repo)
    assert lint.exit == (1 if expected else 0)
    assert expected in lint.stdout
    answers = [planner(*words, at=repo) for words in (["tasks"], ["next"], ["render"])]
    for ran in (lint, *answers):
        assert "Traceback" not in ran.stderr
        assert "recursion" not in ran.stderr
    assert [ran.exit for ran in answers] == [0, 0, 0]


def test_a_chain_of_thousands_takes_as_long_as_its_tasks_together(repo: git.Repo) -> None:
    commit(repo, {PLAN: text_of([sliced("a", "a/", tasks=chain(9_000, effort="1-2h"))])})

    found = planner("tasks", "--format", "json", at=repo).json
    said = planner("tasks", at=repo).stdout

    assert found["totals"]["critical_path_minutes"] == [9_000 * 60, 9_000 * 120]
    assert [one["wave"] for one in found["tasks"]] == list(range(1, 9_001))
    assert len(found["streams"]) == 1
    assert max(map(len, said.splitlines())) < 300
    assert "t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → … → t8999 (9000 tasks)" in said


def test_thousands_of_parallel_tasks_are_counted_in_the_text(repo: git.Repo) -> None:
    tasks = [task(f"t{n}", files=[f"a/{n}"]) for n in range(1_000)]
    commit(repo, {PLAN: text_of([sliced("a", "a/", tasks=tasks)])})

    said = planner("tasks", at=repo).stdout

    assert "t1, t2, t3, t4, t5, t6, t7, t8 and 991 more" in said
    assert len(said) < 200_000


def test_two_thousand_tasks_take_no_quadratic_time() -> None:
    random = Random(1)
    slices = [
        sliced(
            f"s{at}",
            f"src/s{at}/",
            owner=f"o{at % 9}",
            depends_on=[f"s{at - 7}"] if at >= 7 else [],
            tasks=[
                task(
                    f"t{at}-{n}",
                    effort="1-3h",
                    files=[f"src/s{at}/f{n % 30}.py"],
                    depends_on=[f"t{at}-{random.randrange(n)}"] if n % 3 else [],
                )
                for n in range(40)
            ],
        )
        for at in range(50)
    ]
    plan = plan_of(slices)
    start = time.process_time()
    found = schedule(plan)
    spent = time.process_time() - start

    assert len(found.tasks) == 2_000
    assert spent < 5  # 0.8 s alone; quadratic work would take minutes


def test_the_tasks_of_the_example_say_what_they_wait_for() -> None:
    text = (EXAMPLES / "database-tests" / "plan.yaml").read_text()
    commands = {one.task.id: one for one in schedule(_read(text)).tasks}
    waits = {id_: one.reason for id_, one in commands.items() if one.depends_on}

    assert waits
    for id_, reason in waits.items():
        assert "waits for" in reason
        assert not {*commands[id_].depends_on} & {*commands[id_].parallel_with}


def _read(text: str) -> Any:
    from planner.plan.parse import usable

    return usable(text.encode(), PLAN)


@pytest.mark.parametrize("words", [["tasks"], ["next"], ["lint"], ["plan-diff", "HEAD~1"]])
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_output_does_not_depend_on_key_order_hash_seed_or_locale(
    words: list[str], form: str, repo: git.Repo
) -> None:
    slices = [
        sliced(
            name,
            f"{name}/",
            "src/**",
            "docs/ü*",
            owner="dana",
            tasks=[task(f"{name}{n}", effort="1h", files=[f"{name}/x{n}"]) for n in range(3)],
        )
        for name in "abcdef"
    ]
    commit(repo, {PLAN: text_of(slices[:2])})
    commit(repo, {PLAN: text_of(slices), "src/a": "", "a/ü": ""})

    def ran(**env: str) -> Ran:
        return planner(*words, "--format", form, at=repo, env=env)

    first = ran(PYTHONHASHSEED="0")
    assert first.exit in (0, 1)
    assert first.stdout
    for env in (
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        {"LC_ALL": "tr_TR.UTF-8", "PYTHONIOENCODING": "utf-8", "COLUMNS": "20"},
    ):
        assert ran(**env) == first

    if words in (["tasks"], ["next"]):  # the others name lines, and those move
        path = root(repo) / PLAN
        path.write_text(json.dumps(shuffled(json.loads(path.read_text()), Random(3)), indent=1))
        assert ran().stdout == first.stdout


def test_json_holds_all_that_is_computed(repo: git.Repo) -> None:
    one = sliced("a", "a/", owner="dana", tasks=chain(2, effort="1-2h"))
    other = sliced("b", "b/", tasks=[task("x", effort="30m", owner="orla", status="done")])
    commit(repo, {PLAN: text_of([one, other], milestones=[{"title": "M", "slices": ["a"]}])})

    found = planner("tasks", "--format", "json", at=repo).json

    assert found["schema"] == "planner.tasks/1"
    assert found["ok"] is True
    assert found["tasks"][1] == {
        "id": "t1",
        "slice": "a",
        "title": "Do t1",
        "owner": "dana",
        "status": "todo",
        "effort_minutes": [60, 120],
        "depends_on": ["t0"],
        "stream": 1,
        "wave": 2,
        "critical": True,
        "parallel_with": ["x"],
        "parallelizable": True,
        "reason": "waits for t0",
        "start_minutes": [60, 120],
        "finish_minutes": [120, 240],
    }
    assert found["streams"] == [
        {"id": 1, "tasks": ["t0", "t1"], "owner": "dana"},
        {"id": 2, "tasks": ["x"], "owner": "orla"},
    ]
    assert found["totals"] == {
        "effort_minutes": [150, 270],
        "remaining_minutes": [120, 240],
        "critical_path": ["t0", "t1"],
        "critical_path_minutes": [120, 240],
        "makespan_minutes": [120, 240],
    }
    assert found["milestones"] == [
        {
            "id": None,
            "title": "M",
            "tasks": ["t0", "t1"],
            "effort_minutes": [120, 240],
            "finish_minutes": [120, 240],
        }
    ]


def test_tasks_of_one_file_and_all_that_is_left_are_told(repo: git.Repo) -> None:
    files = ["a/x.py"]
    tasks = [
        task("one", files=files, effort="1d", status="done"),
        task("two", files=["a/*.py"], effort="1-2d", owner="dana"),
        task("three", files=["a/y"], effort="1h", owner="dana"),
    ]
    commit(repo, {PLAN: text_of([sliced("a", "a/", tasks=tasks)], start="2026-11-26")})

    found = planner("tasks", "--format", "json", at=repo).json
    said = planner("tasks", at=repo).stdout.splitlines()

    assert [one["start_minutes"] for one in found["tasks"]] == [[480, 960], [0, 0], [480, 960]]
    assert [one.get("follows") for one in found["tasks"]] == [
        [{"id": "two", "path": "a/x.py"}],
        None,
        None,
    ]
    assert found["totals"]["makespan_minutes"] == [960, 1440]
    assert found["totals"]["remaining_minutes"] == [540, 1020]
    assert found["totals"]["done_on"] == ["2026-11-27", "2026-11-30"]
    assert said[-4:] == [
        "stream 1: two → one (dana)",
        "stream 2: three (dana)",
        "one follows two: both may touch a/x.py",
        "* critical path: two, 8h-16h; all done after 16h-24h (2026-11-27 to 2026-11-30); "
        "17h-25h of work, 9h-17h of it left",
    ]


def test_tasks_of_several_plans_ask_which(repo: git.Repo) -> None:
    other = "docs/plan/other/plan.yaml"
    commit(repo, {PLAN: text_of([sliced("a", "a/")]), other: text_of([sliced("b", "b/")])})

    ran = planner("tasks", at=repo)

    assert (ran.exit, ran.stdout) == (2, "")
    assert "--plan PATH" in ran.stderr
    assert planner("tasks", "--plan", other, at=repo).stdout == "the plan has no tasks\n"


def test_control_characters_in_a_plan_do_not_reach_the_terminal() -> None:
    plan = plan_of([sliced("a", "a/", owner="\u202edana", tasks=[task("t", owner="x")])])

    assert "\u202e" not in text_format.report(tasks_view.report(schedule(plan)))
