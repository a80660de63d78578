"""The plan in what an agent prints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.agents.generate.answer import plan_in
from planner.agents.generate.instructions import EXAMPLE

PLAN = """\
version: 1
title: T
slices:
  - id: a
    title: A
    branch: feature/a
    overview: |
      Run it:
      ```sh
      make
      ```
    scope: {include: [src/a.py]}
"""
OLD = PLAN.replace("title: T", "title: The old one")
AT_THE_MARGIN = """\
version: 1
title: T
slices:
- id: a
  title: A
  branch: feature/a
  scope: {include: [src/a.py]}
"""


def indented(text: str, by: str) -> str:
    return "".join(f"{by}{line}\n" for line in text.splitlines())


WITH_TALK = {
    "nothing around it": PLAN,
    "a fence": f"Sure! Here it is.\n\n```yaml\n{PLAN}```\n\nAnything else?\n",
    "a fence in a list": f"1. The plan\n\n   ```yml\n{indented(PLAN, '   ')}   ```\n\n2. Done\n",
    "tildes": f"~~~~ yaml\n{PLAN}~~~~\n",
    "a long fence": f"````\n{PLAN}````\n",
    "an open fence": f"Here:\n```yaml\n{PLAN}",
    "no fence": f"Sure, this is it:\n\n{PLAN}\nNote: I left out the docs.\n- see README\n",
    "a bullet below": f"{PLAN}\n- That is all.\n",
    "four spaces": f"The plan:\n\n{indented(PLAN, '    ')}\nDone.\n",
    "two plans": f"Before:\n```yaml\n{OLD}```\nAfter:\n```yaml\n{PLAN}```\n",
    "a part below": f"```yaml\n{PLAN}```\nYou may add:\n```yaml\ngates: [{{id: x, run: x}}]\n```\n",
    "other blocks": f"```sh\nls\n```\n```yaml\n{PLAN}```\n```json\n{{}}\n```\n",
    "a diff": f"```diff\n--- /dev/null\n+++ b/plan.yaml\n@@ -0,0 +1 @@\n{indented(PLAN, '+')}```\n",
    "carriage returns": f"Sure\n```yaml\n{PLAN}```\n".replace("\n", "\r\n"),
    "one that fails": f"First:\n```yaml\n{OLD}slices: []\n```\nBetter:\n```yaml\n{PLAN}```\n",
    "one that fails below": f"```yaml\n{PLAN}```\nNot this:\n```yaml\n{OLD}slices: []\n```\n",
}


@pytest.mark.parametrize("answer", WITH_TALK.values(), ids=list(WITH_TALK))
def test_the_plan_is_found_whatever_is_around_it(answer: str) -> None:
    assert plan_in(answer.encode()) == PLAN


def test_items_without_indentation_are_found_without_a_fence() -> None:
    answer = f"This is it.\n{AT_THE_MARGIN}\n- That was the plan.\n"

    assert plan_in(answer.encode()) == f"{AT_THE_MARGIN}"


def test_a_plan_with_a_mistake_is_found_so_that_its_mistakes_can_be_told() -> None:
    wrong = PLAN.replace("scope", "scop")

    assert plan_in(f"Sure:\n```yaml\n{wrong}```\nDone.\n".encode()) == wrong
    assert plan_in(f"Sure:\n\n{wrong}\nDone.\n".encode()) == f"{wrong}"


def test_yaml_that_cannot_be_read_is_found_as_well() -> None:
    broken = PLAN.replace("[src/a.py]", "[src/a.py")

    assert plan_in(f"Sure:\n```yaml\n{broken}```\nDone.\n".encode()) == broken


def test_what_the_agent_was_told_is_no_answer() -> None:
    told = f"Write a plan.\n```yaml\n{EXAMPLE}```\n"
    own = PLAN.replace("scope", "scop")
    answer = f"user: {told}\nassistant:\n```yaml\n{own}```\n"

    assert plan_in(answer.encode(), told) == own
    assert plan_in(told.encode(), told) == told


def test_an_answer_that_is_repeated_is_found() -> None:
    told = f"Write a plan.\n```yaml\n{EXAMPLE}```\nYour last answer:\n```yaml\n{OLD}```\n"

    assert plan_in(f"Sure:\n```yaml\n{OLD}```\n".encode(), told) == OLD
    assert plan_in(f"{told}Better:\n```yaml\n{PLAN}```\n".encode(), told) == PLAN


def test_without_a_plan_the_answer_is_what_is_judged() -> None:
    assert plan_in(b"I cannot do that.") == "I cannot do that.\n"
    assert plan_in(b"\xff\n") == "\udcff\n"


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_is_printed_around_a_fence_a_plan_is_found(before: bytes, after: bytes) -> None:
    # Lines of the talk that are fences themselves change what is within one.
    before, after = (talk.replace(b"`", b"'").replace(b"~", b"-") for talk in (before, after))
    answer = before + b"\n\n```yaml\n" + PLAN.encode() + b"```\n" + after

    assert plan_in(answer) == PLAN


@given(st.text(max_size=400))
def test_no_answer_is_too_strange_to_be_read(text: str) -> None:
    assert plan_in(text.encode("utf-8", "surrogatepass")).endswith("\n")
