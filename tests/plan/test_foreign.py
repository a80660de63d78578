"""Ids and words as other tools write them: the hint says what to write."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned import sliced, task, text_of

from planner.plan.foreign import closed_hint, id_hint, kind_hint, level_hint, status_hint
from planner.plan.parse import parse


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (
            "completed Complete DONE done\u2705 \u2705 x [x] finished closed Resolved",
            "write 'done'",
        ),
        (
            "in_progress In-Progress IN\u00a0PROGRESS wip WIP doing started in-review",
            "write 'in-progress'",
        ),
        ("pending open TODO To-Do to_do not-started backlog planned", "write 'todo'"),
        ("on-hold waiting paused deferred BLOCKED", "write 'blocked'"),
        ("cancelled Canceled wont-fix", "remove the task: no status says that it will not be done"),
        ("whatever 17 50%", ""),
    ],
)
def test_a_status_of_another_tool_is_told_in_ours(words: str, hint: str) -> None:
    assert {word: status_hint(word) for word in words.split(" ")} == dict.fromkeys(
        words.split(" "), hint
    )


def test_other_words_are_told_in_ours() -> None:
    assert closed_hint("landed") == "write 'merged'"
    assert closed_hint("Cancelled") == "write 'dropped'"
    assert closed_hint("false") == "leave the key out while the slice is open"
    assert (level_hint("Critical"), level_hint("med")) == ("write 'high'", "write 'medium'")
    assert (kind_hint("Human"), kind_hint("LLM")) == ("write 'person'", "write 'agent'")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("T001", "write 't001'"),
        ("US-1", "write 'us-1'"),
        ("Task_1", "write 'task-1'"),
        ("1.2", "write '1-2'"),
        ("Fix login!", "write 'fix-login'"),
        ("[T001]", "write 't001'"),
        ("\u00dcber", ""),
        ("---", ""),
        ("x" * 61, ""),
    ],
)
def test_an_id_of_another_tool_is_told_in_ours(text: str, hint: str) -> None:
    assert id_hint(text) == hint


@given(st.text(max_size=20))
def test_an_id_that_is_told_is_an_id(text: str) -> None:
    hint = id_hint(text)

    assert not hint or re.fullmatch("write '[a-z0-9][a-z0-9-]*'", hint)


def hints(**keys: Any) -> list[str]:
    """Return the messages and hints for a task with these keys."""
    found = parse(text_of([sliced("s", "src/", tasks=[task("t", **keys)])]).encode(), "p")
    return [f"{one.message} | {one.hint}" for one in found.diagnostics]


def test_a_task_of_another_tool_says_what_to_write_for_each_key() -> None:
    assert hints(depends_on=["T001", 1.2, 7], effort=3, status="\u2705 Completed") == [
        "an entry of 'depends_on' of a task must be an id of a-z, 0-9 and '-', not 'T001' "
        "| write 't001'",
        "an entry of 'depends_on' of a task must be an id of a-z, 0-9 and '-', not 1.2 "
        "| write '1-2'",
        "an entry of 'depends_on' of a task must be an id of a-z, 0-9 and '-', not 7 "
        "| to make it text, quote it: '7'",
        "'effort' of a task must be an effort such as 15m, 1h 30m, 2-3h or 1d, not 3 "
        "| add the unit: write '3h' for hours, '3d' for days",
        "'status' of a task must be 'todo', 'in-progress', 'blocked' or 'done', not "
        "'\u2705 Completed' | write 'done'",
    ]
    assert hints(status=True)[0].endswith("not true | write 'done'")


@pytest.mark.parametrize("capacity", [0, -1, 1.5, "3", True, None])
def test_a_capacity_is_a_whole_number_from_1(capacity: object) -> None:
    text = text_of([sliced("s", "src/")], owners={"ada": {"capacity": capacity}})
    (found,) = parse(text.encode(), "p").diagnostics

    assert found.message.startswith("'capacity' of an owner must be a whole number from 1, not ")
    assert found.location.line > 1
