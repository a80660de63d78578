import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render import words


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0, 0, "0 minutes"),
        (1, 1, "1 minute"),
        (15, 15, "15 minutes"),
        (15, 75, "15-75 minutes"),
        (60, 60, "1 hour"),
        (75, 75, "1.25 hours"),
        (100, 100, "100 minutes"),
        (30, 120, "0.5-2 hours"),
        (120, 180, "2-3 hours"),
        (130, 130, "2.17 hours"),
        (480, 480, "8 hours"),
        (60 * 123456, 60 * 123456, "123456 hours"),
    ],
)
def test_an_effort_is_written_in_minutes_or_hours(low: int, high: int, shown: str) -> None:
    assert words.effort(low, high) == shown


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([1], "Task 1"),
        ([2, 1], "Tasks 1-2"),
        ([1, 2, 3], "Tasks 1-3"),
        ([2, 4], "Tasks 2, 4"),
        ([7, 1, 2, 3, 7], "Tasks 1-3, 7"),
    ],
)
def test_task_numbers_are_grouped_into_runs(numbers: list[int], shown: str) -> None:
    assert words.tasks(numbers) == shown


@given(st.sets(st.integers(1, 200), min_size=1))
def test_no_task_is_lost_in_the_runs(numbers: set[int]) -> None:
    runs = words.tasks(numbers).split(" ", 1)[1].split(", ")
    ends = [[int(end) for end in run.split("-")] for run in runs]

    assert [n for run in ends for n in range(run[0], run[-1] + 1)] == sorted(numbers)


def test_a_long_list_counts_the_tasks_that_it_leaves_out() -> None:
    assert words.tasks([1, 3, 5, 6, 7], most=2) == "Tasks 1, 3 and 3 more"
