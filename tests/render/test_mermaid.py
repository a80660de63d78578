import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.model import Plan
from planner.plan.parse import usable
from planner.render import mermaid
from planner.render.documents import render
from planner.render.mermaid import Charts
from planner.schedule import schedule


def plan_of(*slices: str, top: str = "") -> Plan:
    text = f"version: 1\ntitle: T\n{top}slices: [{', '.join(slices)}]\n"
    return usable(text.encode(), "docs/plan/plan.yaml")


def slice_of(id_: str, *tasks: str, more: str = "") -> str:
    head = f"id: {id_}, title: 'Slice {id_}', branch: {id_}, scope: {{include: [{id_}/**]}}"
    return f"{{{head}, {more}tasks: [{', '.join(tasks)}]}}"


def task(id_: str, effort: str = "1h", *depends_on: str) -> str:
    waits = ", ".join(depends_on)
    return f"{{id: {id_}, title: 'Do {id_}', effort: {effort}, depends_on: [{waits}]}}"


def charts(plan: Plan) -> Charts:
    return Charts(plan, schedule(plan))


def figures(plan: Plan, heading: str) -> list[str]:
    page = render(plan, schedule(plan))["TASKS.md"]
    part = page.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    return re.findall(r"^```mermaid\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)


def test_a_flowchart_shows_tasks_slices_and_the_critical_path() -> None:
    plan = plan_of(
        slice_of("end", task("one"), task("two", "2h", "one"), task("three", "1h", "one")),
        slice_of("b", task("four", "1h", "three"), more="depends_on: [end], "),
    )

    assert (
        charts(plan).flowchart(plan.slices)
        == """\
flowchart LR
    subgraph s1["Slice end"]
        t1["Task 1 - Do one"]
        t2["Task 2 - Do two"]
        t3["Task 3 - Do three"]
    end
    subgraph s2["Slice b"]
        t4["Task 4 - Do four"]
    end
    t1 ==> t2
    t1 --> t3
    t3 --> t4
    s1 ==> s2
    classDef critical stroke:crimson,stroke-width:3px
    class t1,t2,t4 critical"""
    )


def test_a_partial_flowchart_shows_dependencies_outside_of_it_by_number() -> None:
    plan = plan_of(slice_of("a", task("one")), slice_of("b", task("two", "1h", "one")))

    picture = charts(plan).flowchart(plan.slices[1:])

    assert '    t1["Task 1"]\n' in picture
    assert "    t1 ==> t2\n" in picture
    assert "s1" not in picture


def test_a_gantt_chart_counts_hours_of_work() -> None:
    plan = plan_of(
        slice_of("a", task("one", "90m"), task("two", "2-4h", "one"), task("three", "0m"))
    )

    assert (
        charts(plan).gantt(plan.slices)
        == """\
gantt
    title Hours of work
    dateFormat x
    axisFormat %s
    tickInterval 1second
    section Stream 1
    Task 1 - Do one :crit, t1, 0, 1500
    Task 2 - Do two :crit, t2, 1500, 5500
    section Stream 2
    Task 3 - Do three :milestone, t3, 0, 0"""
    )


def test_a_gantt_chart_counts_working_days_from_the_start() -> None:
    tasks = task("one", "1d"), task("two", "12h", "one"), task("three", "1w", "two")
    plan = plan_of(slice_of("a", *tasks), top="start: 2026-11-26\n")  # a Thursday

    assert (
        charts(plan).gantt(plan.slices)
        == """\
gantt
    title Working days, Monday to Friday from 9 to 17
    dateFormat YYYY-MM-DD HH:mm
    axisFormat %Y-%m-%d
    tickInterval 1day
    section Stream 1
    Task 1 - Do one :crit, t1, 2026-11-26 09:00, 2026-11-26 17:00
    Task 2 - Do two :crit, t2, 2026-11-27 09:00, 2026-11-30 13:00
    Task 3 - Do three :crit, t3, 2026-11-30 13:00, 2026-12-07 13:00"""
    )


@pytest.mark.parametrize("start", ["2026-02-30", "0000-01-01", "9999-12-31"])
def test_without_a_valid_start_the_axis_shows_hours(start: str) -> None:
    plan = plan_of(slice_of("a", task("one", "4w")), top=f"start: {start}\n")

    assert "Hours of work" in charts(plan).gantt(plan.slices)


@given(st.text(min_size=1))
def test_a_label_contains_no_syntax_of_mermaid(text: str) -> None:
    label = mermaid.label(text)

    plain = re.sub(r"#\d+;", "", label)
    assert not set(plain) & set('"#;:`*_[]{}<>|%$&@^~\\=+\n\ufb02')


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="\ufb02")))
def test_a_label_reads_as_it_was_written(text: str) -> None:
    shown = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), mermaid.label(text[:80]))

    assert shown == re.sub("[\u202a-\u202e\u2066-\u2069]", "\ufffd", text[:80])


def test_a_long_title_is_cut() -> None:
    assert mermaid.label("ab " * 50) == "ab " * 26 + "a…"


def test_a_picture_that_is_too_large_is_split() -> None:
    slices = [
        slice_of(
            f"s{i}", *(task(f"t{i}-{j}", "1h", *[f"t{i}-{j - 1}"] * bool(j)) for j in range(40))
        )
        for i in range(10)
    ]
    plan = plan_of(*slices)

    for heading in ("Dependencies Map", "Schedule"):
        pictures = figures(plan, heading)

        assert len(pictures) == 4
        assert all(len(picture) <= mermaid.LONGEST for picture in pictures)
        keys = re.findall(r"\bt\d+(?=\[| *, )", "\n".join(pictures))
        assert sorted(set(keys)) == sorted(f"t{number}" for number in range(1, 401))


def test_hostile_titles_never_exceed_the_limit_of_characters() -> None:
    tasks = [f"{{id: t{n}, title: '{'<#>' * 30}', effort: 1h}}" for n in range(140)]
    plan = plan_of(slice_of("a", *tasks[:70]), slice_of("b", *tasks[70:]))

    assert [len(picture) <= mermaid.LONGEST for picture in figures(plan, "Schedule")] == [True] * 2


def test_a_slice_that_is_too_large_for_a_picture_is_a_table() -> None:
    plan = plan_of(slice_of("a", *(task(f"t{n}") for n in range(200))), top="start: 2026-11-23\n")
    page = render(plan, schedule(plan))["TASKS.md"]

    assert "```mermaid" not in page
    rows = [re.sub(" +", " ", row) for row in page.splitlines()]  # columns are of even width
    assert "| Task | Depends on |" in rows
    assert "| Task 1: Do t0 (critical) | None |" in rows
    assert "| Task 200: Do t199 (critical) | Stream 200 | 2026-11-23 | 2026-11-23 |" in rows


def test_closed_slices_are_in_the_map_but_not_in_the_schedule() -> None:
    plan = plan_of(slice_of("a", task("one"), more="closed: merged, "))
    page = render(plan, schedule(plan))["TASKS.md"]

    assert 't1["Task 1 - Do one"]' in page
    assert "## Schedule" not in page
