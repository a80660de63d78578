"""The schedule of a plan, compared with brute force on small plans, and timed on large ones."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise, permutations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.boundary.pattern import Pattern, parse
from planner.diagnostic import Location
from planner.plan.document.nodes import Mapping
from planner.plan.model import (
    Chosen,
    DeclaredScope,
    Entry,
    Milestone,
    Minutes,
    Owner,
    Plan,
    Slice,
    Task,
)
from planner.schedule import Obstacle, Schedule, Scheduled, Stream, cycles, schedule
from planner.scopes.dependencies import slice_order

NODE = Mapping({}, {}, 1, 1)


def entry(text: str, *slices: str) -> Entry:
    pattern = parse(text)
    assert isinstance(pattern, Pattern)
    return Entry(pattern, Location("plan.yaml"), slices=slices)


def task(
    name: str,
    *waits: str,
    files: Sequence[str] = (),
    owner: str = "",
    effort: tuple[int, int] | None = None,
    status: str = "todo",
) -> Task:
    return Task(
        NODE,
        name,
        name.title(),
        owner=owner,
        files=tuple(map(entry, files)),
        depends_on=waits,
        effort=Minutes(*effort) if effort else None,
        status=status,
    )


def slice_(
    name: str,
    *tasks: Task,
    after: Sequence[str] = (),
    include: Sequence[str] = (),
    owner: str = "",
    closed: str = "",
) -> Slice:
    return Slice(
        NODE,
        name,
        name.title(),
        owner=owner,
        depends_on=tuple(after),
        closed=closed,
        scope=DeclaredScope(include=tuple(map(entry, include or [f"{name or 'none'}/"]))),
        tasks=tasks,
    )


def plan(
    *slices: Slice,
    shared: Sequence[Entry] = (),
    milestones: Sequence[Milestone] = (),
    **capacities: int,
) -> Plan:
    return Plan(
        "plan.yaml",
        NODE,
        owners=tuple((name, Owner(capacity=number)) for name, number in capacities.items()),
        slices=slices,
        shared=tuple(shared),
        milestones=tuple(milestones),
    )


def of(found: Schedule, name: str) -> Scheduled:
    return next(each for each in found.tasks if each.task.id == name)


# The example of the contract: two tasks in a row, and a third that can run in parallel.


def test_a_plan_of_one_slice_is_scheduled_as_a_person_would() -> None:
    found = schedule(
        plan(
            slice_(
                "db",
                task("session", files=["db.py"], effort=(15, 15), owner="ada"),
                task("sqlite", "session", files=["conftest.py"], effort=(60, 90)),
                task("docs", files=["README.md"], effort=(20, 30), owner="bo"),
                owner="ada",
            ),
            milestones=[Milestone(NODE, "m1", "Core", tasks=("sqlite", "session", "unknown"))],
        )
    )

    session, sqlite, docs = found.tasks
    assert [each.wave for each in found.tasks] == [1, 2, 1]
    assert [each.stream for each in found.tasks] == [1, 1, 2]
    assert found.streams == (
        Stream(1, ("session", "sqlite"), "ada"),
        Stream(2, ("docs",), "bo"),
    )
    assert (found.effort, found.makespan) == (Minutes(95, 135), Minutes(75, 105))
    assert (found.critical_path, found.critical_path_length) == (
        ("session", "sqlite"),
        Minutes(75, 105),
    )
    assert [each.is_critical for each in found.tasks] == [True, True, False]
    assert (sqlite.start, sqlite.finish) == (Minutes(15, 15), Minutes(75, 105))
    assert (sqlite.depends_on, sqlite.waits_for) == (("session",), ("session",))
    assert (session.parallel_with, sqlite.parallel_with) == (("docs",), ("docs",))
    assert docs.parallel_with == ("session", "sqlite")
    assert session.obstacles == (Obstacle("dependent", "sqlite"),)
    assert session.reason == "blocks sqlite"
    assert sqlite.reason == "waits for session"
    assert (docs.reason, docs.obstacles, docs.parallelizable) == ("", (), True)
    (reached,) = found.milestones
    assert (reached.tasks, reached.effort, reached.finish) == (
        ("session", "sqlite"),
        Minutes(75, 105),
        Minutes(75, 105),
    )


# What prevents tasks from running in parallel.


def test_tasks_that_declare_the_same_file_cannot_run_in_parallel() -> None:
    found = schedule(
        plan(slice_("s", task("a", files=["x.py"]), task("b", files=["y.py", "x.py"])))
    )

    assert of(found, "a").obstacles == (Obstacle("overlap", "b", "x.py"),)
    assert of(found, "b").reason == "shares x.py with a"
    assert not of(found, "b").parallelizable


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ("src/", "src/a.py", "src/a.py"),
        ("src/*.py", "src/?*", "src/x.py"),
        ("src/**", "src/**", "src/**"),
        ("**/test_*.py", "tests/unit/", "tests/unit/test_.py"),
        (r"app/\[id\]/**", "app/?id?/page.tsx", "app/[id]/page.tsx"),
        ("src/a.py", "src/a.pyi", ""),
        ("src/*.py", "src/*.ts", ""),
        ("src/a", "src/a/", ""),
        ("src/*", "src/*/*", ""),
    ],
)
def test_patterns_that_can_meet_keep_tasks_apart_and_others_do_not(
    one: str, other: str, path: str
) -> None:
    found = schedule(plan(slice_("s", task("a", files=[one]), task("b", files=[other]))))

    expected = (Obstacle("overlap", "b", path),) if path else ()
    assert of(found, "a").obstacles == expected
    assert of(found, "b").parallel_with == (() if path else ("a",))


def test_a_task_without_files_cannot_run_in_parallel_with_others_of_its_slice() -> None:
    found = schedule(
        plan(
            slice_("s", task("a"), task("b", files=["s/b"])), slice_("t", task("c", files=["t/c"]))
        )
    )

    assert of(found, "a").obstacles == (Obstacle("no-files", "a"),)
    assert of(found, "a").reason == "no files declared by a"
    assert of(found, "b").obstacles == (Obstacle("no-files", "a"),)
    assert of(found, "a").parallel_with == ("c",)
    assert of(found, "c").parallel_with == ("a", "b")


def test_for_other_slices_a_task_without_files_may_touch_all_that_its_slice_holds() -> None:
    found = schedule(
        plan(
            slice_("s", task("a"), include=["src/", "lib/x.py"]),
            slice_("t", task("b", files=["src/b.py"]), task("c", files=["lib/y.py"])),
            slice_("u", task("d"), include=["**/*.md"]),
        )
    )

    assert of(found, "b").obstacles == (Obstacle("overlap", "a", "src/b.py"),)
    assert of(found, "d").obstacles == (Obstacle("overlap", "a", "src/x.md"),)
    assert of(found, "c").parallel_with == ("a", "b", "d")


def test_what_a_slice_excludes_is_no_obstacle() -> None:
    rest = slice_("rest", task("a"), include=["src/**"])
    rest = rest._replace(scope=rest.scope._replace(exclude=(entry("src/api"),)))
    found = schedule(plan(rest, slice_("api", task("b"), include=["src/api/"])))

    assert of(found, "a").parallel_with == ("b",)


def test_shared_paths_are_an_obstacle_only_within_a_slice() -> None:
    slices = (
        slice_("s", task("a", files=["NEWS.md"]), task("b", files=["NEWS.md"])),
        slice_("t", task("c", files=["NEWS.md", "docs/*.md"]), task("d", files=["docs/**"])),
    )
    for_all = schedule(plan(*slices, shared=[entry("NEWS.md"), entry("docs/")]))
    for_others = schedule(plan(*slices, shared=[entry("NEWS.md", "t", "u")]))

    assert of(for_all, "a").parallel_with == ("c", "d")
    assert of(for_all, "a").reason == "shares NEWS.md with b"
    assert of(for_all, "c").reason == "shares docs/x.md with d"
    assert of(for_others, "a").reason == "shares NEWS.md with b; shares NEWS.md with c"


def test_paths_shared_by_name_are_shared_between_those_slices_only() -> None:
    found = schedule(
        plan(
            *(slice_(name, task(f"in-{name}", files=["nav.ts"])) for name in "abc"),
            shared=[entry("nav.ts", "a", "b")],
        )
    )

    assert of(found, "in-a").parallel_with == ("in-b",)
    assert of(found, "in-c").obstacles == (
        Obstacle("overlap", "in-a", "nav.ts"),
        Obstacle("overlap", "in-b", "nav.ts"),
    )


def test_an_owner_does_one_task_at_a_time_and_tasks_without_owner_do_not_wait() -> None:
    tasks = [
        task(name, files=[name], owner=owner, effort=(10, 20))
        for name, owner in [("a", "ada"), ("b", "ada"), ("c", ""), ("d", "")]
    ]
    found = schedule(plan(slice_("s", *tasks)))

    assert of(found, "a").reason == "same owner as b"
    assert of(found, "a").parallel_with == ("c", "d")
    assert of(found, "c").parallel_with == ("a", "b", "d")
    assert [each.start for each in found.tasks] == [
        Minutes(0, 0),
        Minutes(10, 20),
        Minutes(0, 0),
        Minutes(0, 0),
    ]


def test_an_owner_with_a_capacity_does_that_many_tasks_at_a_time() -> None:
    names = "abcdefg"
    tasks = [task(name, files=[name], owner="ada", effort=(30, 60)) for name in names]
    found = schedule(plan(slice_("s", *tasks), ada=3))

    assert [each.start.high for each in found.tasks] == [0, 0, 0, 60, 60, 60, 120]
    assert found.makespan == Minutes(90, 180)
    assert of(found, "a").parallel_with == tuple("bcdefg")
    assert of(found, "a").reason == ""


def test_tasks_of_one_file_are_scheduled_one_after_the_other() -> None:
    found = schedule(
        plan(
            slice_(
                "s",
                task("a", files=["x.py"], effort=(60, 60)),
                task("b", files=["y.py", "x.py"], effort=(60, 90)),
                task("c", files=["z.py"], effort=(60, 60)),
                task("d", files=["*.py"], effort=(10, 10)),
            )
        )
    )

    assert [each.start for each in found.tasks] == [
        Minutes(60, 90),
        Minutes(0, 0),
        Minutes(0, 0),
        Minutes(120, 150),
    ]
    assert [each.follows for each in found.tasks] == [("b",), (), (), ("a", "c")]
    assert [stream.tasks for stream in found.streams] == [("b", "a", "d"), ("c",)]
    assert found.makespan == Minutes(130, 160)
    assert (found.critical_path, found.critical_path_length) == (("b",), Minutes(60, 90))


def test_the_more_urgent_of_two_tasks_of_one_file_is_first() -> None:
    found = schedule(
        plan(
            slice_(
                "s",
                task("a", files=["x"], effort=(20, 20)),
                task("b", files=["x"], effort=(10, 10)),
                task("c", "b", files=["y"], effort=(60, 60)),
            )
        )
    )

    assert [each.start.high for each in found.tasks] == [10, 0, 10]


def test_what_two_slices_share_does_not_order_their_tasks() -> None:
    slices = [
        slice_(name, task(f"in-{name}", files=["NEWS.md"], effort=(9, 9)), include=["NEWS.md"])
        for name in "ab"
    ]

    assert schedule(plan(*slices, shared=[entry("NEWS.md")])).makespan == Minutes(9, 9)
    assert schedule(plan(*slices)).makespan == Minutes(18, 18)


def test_tasks_without_owner_are_not_joined_as_if_they_had_one() -> None:
    """Found by brute force: counted as one owner, "b" would follow "c" and "d" would be alone."""
    tasks = [
        task("t4", "t2", "t3", owner="ada"),
        task("t3", "t2", owner="bo"),
        task("t0"),
        task("t5", "t0", "t1", "t3"),
        task("t1", "t0", owner="ada"),
        task("t2", "t0", "t1", owner="ada"),
    ]
    found = schedule(plan(slice_("s", *tasks)))

    owner = {each.task.id: each.owner for each in found.tasks}
    links = [link for stream in found.streams for link in pairwise(stream.tasks)]
    assert len(links) == 4
    assert sum(owner[one] == owner[other] == "ada" for one, other in links) == 2


def test_a_reason_names_a_few_and_counts_the_rest() -> None:
    names = [f"t{number}" for number in range(9)]
    tasks = [task(name, files=["x"]) for name in names[:6]]
    tasks += [task(name, files=[name, *"abcdef"]) for name in names[6:8]]
    found = schedule(plan(slice_("s", *tasks, task("t8", files=list("abcdef")))))

    assert of(found, "t0").reason == "shares x with t1, t2, t3 and 2 more"
    assert of(found, "t8").reason == "shares a with t6 and t7"
    assert of(schedule(plan(slice_("s", task("a")))), "a").reason == "the only open task"


# Slices that wait for slices, and slices that are closed.


def test_a_slice_starts_when_all_tasks_of_those_it_depends_on_are_done() -> None:
    found = schedule(
        plan(
            slice_("s", task("a", effort=(1, 2)), task("b", "a", effort=(1, 2)), task("c")),
            slice_("empty", after=["s"]),
            slice_("t", task("d"), task("e", "d"), after=["empty"]),
        )
    )

    assert of(found, "d").waits_for == ("b", "c")
    assert of(found, "d").depends_on == ()
    assert of(found, "e").waits_for == ("d",)
    assert [each.wave for each in found.tasks] == [1, 2, 1, 3, 4]
    assert of(found, "d").start == Minutes(2, 4)
    assert of(found, "b").reason == "waits for a; blocks d; no files declared by b"
    assert len(found.streams) == 2


def test_closed_slices_delay_nothing_and_are_not_scheduled() -> None:
    found = schedule(
        plan(
            slice_("old", task("a", effort=(60, 60), owner="ada", files=["x"]), closed="merged"),
            slice_("no", task("b", "c", effort=(30, 30), files=["x"]), closed="dropped"),
            slice_("new", task("c", "a", effort=(5, 10), owner="ada", files=["x"]), after=["old"]),
            milestones=[Milestone(NODE, "m", "All", slices=("old", "no", "new"))],
        )
    )
    a, b, c = found.tasks

    assert (a.wave, a.stream, a.is_critical, a.finish) == (0, 0, False, Minutes(0, 0))
    assert (a.reason, b.reason) == ("its slice is closed", "its slice is closed")
    assert (c.depends_on, c.waits_for, c.start, c.wave) == (("a",), (), Minutes(0, 0), 1)
    assert found.streams == (Stream(1, ("c",), "ada"),)
    assert found.critical_path == ("c",)
    assert found.effort == found.milestones[0].effort == Minutes(65, 70)
    assert found.remaining == Minutes(5, 10)
    assert found.makespan == found.milestones[0].finish == Minutes(5, 10)


def test_the_status_of_a_task_changes_only_the_task_and_what_remains() -> None:
    def built(status: str) -> Schedule:
        return schedule(
            plan(
                slice_(
                    "s",
                    task("a", files=["a"], effort=(5, 5), status=status),
                    task("b", "a", files=["b"]),
                )
            )
        )

    todo, done = built("todo"), built("done")

    assert [each[2:] for each in done.tasks] == [each[2:] for each in todo.tasks]
    assert (todo.remaining, done.remaining) == (Minutes(5, 5), Minutes(0, 0))
    assert done._replace(tasks=(), remaining=todo.remaining) == todo._replace(tasks=())


# Plans with mistakes.


def test_circles_of_tasks_and_slices_are_each_reported_once() -> None:
    found = cycles(
        plan(
            slice_("s", task("a", "c"), task("b", "a"), task("c", "b"), task("d", "d")),
            slice_("t", after=["t"]),
            slice_("u", after=["v"]),
            slice_("v", task("e"), after=["u"]),
            slice_("w", task("f", "g")),
            slice_("x", task("g"), after=["w"]),
        )
    )

    assert found == [
        ("a", "c", "b", "a"),
        ("d", "d"),
        ("t", "t"),
        ("u", "v", "u"),
        ("w", "f", "g", "x", "w"),
    ]


def test_two_circles_with_a_common_task_are_both_reported() -> None:
    found = cycles(plan(slice_("s", task("a", "b"), task("b", "a", "c"), task("c", "b"))))

    assert found == [("a", "b", "a"), ("b", "c", "b")]


def test_a_circle_through_a_closed_slice_is_not_reported() -> None:
    closed = slice_("t", task("b", "a"), after=["s"], closed="merged")

    assert cycles(plan(slice_("s", task("a", "b"), after=["t"]), closed)) == []


def test_tasks_in_or_after_a_circle_come_last_in_the_order_of_the_plan() -> None:
    found = schedule(
        plan(
            slice_(
                "s",
                task("behind", "b", effort=(1, 1)),
                task("a", "b", effort=(1, 1)),
                task("b", "a", effort=(1, 1)),
                task("fine", effort=(9, 9)),
                task("too", "fine", effort=(9, 9)),
            )
        )
    )

    assert [each.wave for each in found.tasks] == [3, 4, 5, 1, 2]
    assert [each.start.high for each in found.tasks] == [18, 19, 20, 0, 9]
    assert [each.waits_for for each in found.tasks] == [("b",), ("b",), ("a",), (), ("fine",)]
    assert of(found, "behind").reason == "waits for b"
    assert not any(each.parallelizable for each in found.tasks)


def test_a_task_whose_slice_waits_in_a_circle_says_so() -> None:
    found = schedule(
        plan(slice_("s", task("a"), after=["t"]), slice_("t", after=["s"]), slice_("u", task("b")))
    )

    assert (of(found, "a").wave, of(found, "b").wave) == (2, 1)
    assert of(found, "a").reason == "held by a circle of dependencies"


def test_unknown_ids_are_ignored() -> None:
    found = schedule(
        plan(
            slice_("s", task("a", "ghost", "s"), after=["nowhere"]),
            milestones=[Milestone(NODE, "m", "None", tasks=("ghost",), slices=("nowhere",))],
        )
    )

    assert of(found, "a").depends_on == of(found, "a").waits_for == ()
    assert found.milestones[0][1:] == ((), Minutes(0, 0), Minutes(0, 0))


def test_an_unusable_plan_is_still_scheduled() -> None:
    twice = [task("a", "b"), task("a", "", files=["x"]), task("")]
    made = plan(
        slice_("s", *twice, after=["s"]),
        slice_("s", task("b", "a"), after=[""]),
        slice_("", task("c")),
        milestones=[Milestone(NODE, tasks=("a",))],
    )

    assert [each.task.id for each in schedule(made).tasks] == ["a", "a", "", "b", "c"]
    assert schedule(made).milestones[0].tasks == ("a", "a")
    assert cycles(made) == [("s", "s"), ("a", "b", "a")]


def test_a_plan_without_tasks_has_an_empty_schedule() -> None:
    zero = Minutes(0, 0)
    nothing = Schedule((), (), (), zero, zero, (), zero, zero, None)

    assert schedule(plan()) == schedule(plan(slice_("s"))) == nothing


def test_without_efforts_the_longest_chain_is_critical() -> None:
    found = schedule(plan(slice_("s", task("a"), task("b"), task("c", "b"))))

    assert found.critical_path == ("b", "c")
    assert found.makespan == found.critical_path_length == Minutes(0, 0)


# Small plans of every shape, compared with brute force.


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans of up to seven tasks in up to three slices, without circles, in any order."""
    number = draw(st.integers(1, 7))
    order = draw(st.permutations(range(number)))
    tasks = {}
    for at, name in enumerate(order):
        waits = [other for other in order[:at] if draw(st.integers(0, 2)) == 0]
        low = draw(st.integers(0, 3))
        tasks[name] = task(
            f"t{name}",
            *(f"t{other}" for other in waits),
            owner=draw(st.sampled_from(["", "ada", "bo"])),
            effort=draw(st.sampled_from([None, (low, low + draw(st.integers(0, 3)))])),
            files=draw(st.lists(st.sampled_from(["a", "b", "c/", "c/*"]), max_size=2)),
        )
    cuts = sorted([draw(st.integers(0, number)), draw(st.integers(0, number))])
    bounds = [0, *cuts, number]
    parts = [[tasks[order[at]] for at in range(*each)] for each in pairwise(bounds)]
    slices = [
        slice_(f"s{at}", *part, after=[f"s{at - 1}"] if at and draw(st.booleans()) else [])
        for at, part in enumerate(parts)
    ]
    capacity = draw(st.sampled_from([1, 1, 2, 3]))
    return plan(*draw(st.permutations(slices)), ada=capacity)


def ancestors(made: Plan) -> dict[str, set[str]]:
    """Return for each task all those that it waits for, by following each dependency."""
    tasks = {each.id: (slice_, each) for slice_, each in made.tasks()}

    @cache
    def of_slice(name: str) -> frozenset[str]:
        found = made.slice_of(name)
        assert found is not None
        inside = {each.id for each in found.tasks}
        return frozenset(inside).union(*map(of_slice, found.depends_on))

    @cache
    def of_task(name: str) -> frozenset[str]:
        home, each = tasks[name]
        direct = set(each.depends_on).union(*map(of_slice, home.depends_on))
        return frozenset(direct).union(*map(of_task, direct))

    return {name: set(of_task(name)) for name in tasks}


def may_meet(one: Scheduled, other: Scheduled) -> bool:
    """Return whether two tasks of `plans()` may touch a path in common."""
    # Only `c/` and `c/*` meet although they are written differently.
    files = [{entry.text.rstrip("*") for entry in each.task.files} for each in (one, other)]
    return bool(files[0] & files[1])


def scheduled_before(made: Plan, found: Schedule) -> dict[str, set[str]]:
    """Return for each task all those that it waits for, or follows because of a path."""
    before = ancestors(made)
    for each in found.tasks:
        before[each.task.id].update(each.follows)
    for middle, name in product(before, before):
        if middle in before[name]:
            before[name] |= before[middle]
    return before


@pytest.mark.slow
@given(plans())
def test_streams_are_the_fewest_chains_with_the_most_links_within_an_owner(made: Plan) -> None:
    found = schedule(made)
    before = scheduled_before(made, found)
    names = list(before)
    owner = {each.task.id: each.owner for each in found.tasks}

    def is_within(one: str, other: str) -> bool:
        return owner[one] == owner[other] != ""

    @cache
    def best(at: int, used: frozenset[str]) -> tuple[int, int]:
        """Return the most links from the tasks from `at` on, and the most within an owner."""
        if at == len(names):
            return 0, 0
        answers = [best(at + 1, used)]
        for other in names:
            if names[at] in before[other] and other not in used:
                links, within = best(at + 1, used | {other})
                answers.append((links + 1, within + is_within(other, names[at])))
        return max(answers)

    links = [link for stream in found.streams for link in pairwise(stream.tasks)]
    assert sorted(name for stream in found.streams for name in stream.tasks) == sorted(names)
    assert all(one in before[other] for one, other in links)
    within_owner = sum(is_within(one, other) for one, other in links)
    assert (len(links), within_owner) == best(0, frozenset())
    for stream in found.streams:
        assert {of(found, name).stream for name in stream.tasks} == {stream.id}
        assert stream.owner in {owner[name] for name in stream.tasks} | {""}


@pytest.mark.slow
@given(plans())
def test_no_chain_of_dependencies_is_longer_than_the_critical_path(made: Plan) -> None:
    found = schedule(made)
    before = ancestors(made)
    effort = {each.id: each.effort or Minutes(0, 0) for _, each in made.tasks()}

    def weight(chain: Sequence[str]) -> tuple[int, int, int]:
        high = sum(effort[name].high for name in chain)
        return high, sum(effort[name].low for name in chain), len(chain)

    def chains(last: str) -> Iterator[tuple[str, ...]]:
        yield (last,)
        for other in before[last]:
            yield from ((*chain, last) for chain in chains(other))

    every = [chain for name in before for chain in chains(name)]
    longest = max(map(weight, every))
    assert weight(found.critical_path) == longest
    assert found.critical_path in every
    assert found.critical_path_length == Minutes(longest[1], longest[0])
    critical = {name for chain in every if weight(chain) == longest for name in chain}
    assert {each.task.id for each in found.tasks if each.is_critical} == critical


@pytest.mark.slow
@given(plans())
def test_times_respect_dependencies_files_and_capacities(made: Plan) -> None:
    found = schedule(made)
    before = ancestors(made)
    for end in (0, 1):
        for each in found.tasks:
            effort = each.task.effort or Minutes(0, 0)
            assert each.finish[end] == each.start[end] + effort[end]
            assert all(
                of(found, name).finish[end] <= each.start[end] for name in before[each.task.id]
            )
            beside = [
                other
                for other in found.tasks
                if other.start[end] <= each.start[end] < other.finish[end]
            ]
            if each not in beside:
                continue  # it takes no time
            assert not any(may_meet(each, other) for other in beside if other != each)
            if each.owner:
                number = sum(other.owner == each.owner for other in beside)
                assert number <= made.capacity_of(each.owner)
        assert found.makespan[end] == max(each.finish[end] for each in found.tasks)
    assert all(each.start.low <= each.start.high for each in found.tasks)


@pytest.mark.slow
@given(plans())
def test_tasks_that_may_meet_are_ordered_and_others_are_not(made: Plan) -> None:
    found = schedule(made)
    waits, before = ancestors(made), scheduled_before(made, found)
    for one, other in permutations(found.tasks, 2):
        a, b = one.task.id, other.task.id
        assert not (a in before[b] and b in before[a])
        if may_meet(one, other):
            assert a in before[b] or b in before[a]
        if b in one.follows:
            assert may_meet(one, other)
            assert {each.kind for each in one.obstacles if each.task == b} == {"overlap"}
            others = (set(one.follows) | waits[a]) - {b}
            assert not any(b in before[name] for name in others)


@pytest.mark.slow
@given(plans())
def test_no_task_starts_later_than_it_must(made: Plan) -> None:
    """Each task starts at once, or when something that it needs or its owner does is finished."""
    found = schedule(made)
    before = scheduled_before(made, found)
    for each, end in product(found.tasks, (0, 1)):
        needed = [
            other.finish[end]
            for other in found.tasks
            if other.task.id in before[each.task.id] or (each.owner and other.owner == each.owner)
        ]
        assert each.start[end] in {0, *needed}


@pytest.mark.slow
@given(plans())
def test_waves_and_direct_dependencies_follow_from_the_dependencies(made: Plan) -> None:
    found = schedule(made)
    before = ancestors(made)
    for each in found.tasks:
        mine = before[each.task.id]
        direct = {name for name in mine if not any(name in before[other] for other in mine)}
        assert set(each.waits_for) == direct
        assert each.wave == 1 + max((of(found, name).wave for name in mine), default=0)


@pytest.mark.slow
@given(plans())
def test_every_other_task_is_parallel_or_has_an_obstacle_or_is_ordered(made: Plan) -> None:
    found = schedule(made)
    before = ancestors(made)
    for one, other in permutations(found.tasks, 2):
        a, b = one.task.id, other.task.id
        is_parallel = b in one.parallel_with
        assert is_parallel == (a in other.parallel_with)
        is_path = a in before[b] or b in before[a]
        own = Obstacle("no-files", a) in one.obstacles and one.slice_.id == other.slice_.id
        named = any(obstacle.task == b for obstacle in one.obstacles)
        assert is_parallel != (is_path or named or own)
        if is_parallel:
            assert one.owner != other.owner or not one.owner or made.capacity_of(one.owner) > 1
            assert not may_meet(one, other)
    for each in found.tasks:
        assert each.parallelizable == bool(each.parallel_with)


@given(st.integers(1, 7), st.data())
def test_slice_order_knows_every_path_and_circle(number: int, data: st.DataObject) -> None:
    names = [f"s{at}" for at in range(number)]
    waits = {
        name: data.draw(st.lists(st.sampled_from([*names, "ghost"]), max_size=2)) for name in names
    }
    closed = data.draw(st.sets(st.sampled_from(names), max_size=2))
    made = plan(
        *(
            slice_(name, after=waits[name], closed="merged" if name in closed else "")
            for name in names
        )
    )
    edges = {
        name: {other for other in waits[name] if other in names and not {name, other} & closed}
        for name in names
    }
    reach = {name: set(others) for name, others in edges.items()}
    for middle, one in product(names, names):
        if middle in reach[one]:
            reach[one] |= reach[middle]

    order = slice_order([made])
    for one, other in permutations(names, 2):
        two = [Chosen(made, each) for name in (one, other) if (each := made.slice_of(name))]
        assert order.is_path(*two) == (other in reach[one] or one in reach[other])
    found = cycles(made)
    assert {name for chain in found for name in chain} == {
        name for name in names if name in reach[name]
    }
    assert all(other in edges[one] for chain in found for one, other in pairwise(chain))
    assert len(found) == len({chain[:-1] for chain in found})


# The same on every machine, and fast.


@pytest.mark.slow
def test_the_schedule_does_not_depend_on_the_hash_seed() -> None:
    script = (
        "import random, test_schedule as t; "
        "print(hash('x'), t.schedule(t.large(300)), t.cycles(t.large(50)))"
    )
    outputs = set()
    for seed in ("1", "2"):
        folders = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": folders}
        done = subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, check=True, text=True
        )
        outputs.add(done.stdout.partition(" ")[2])
    assert len(outputs) == 1


def large(number: int, *, seed: int = 1) -> Plan:
    """Return a plan with ten tasks per slice, with files, wildcards, owners and dependencies."""
    pick = random.Random(seed)
    slices = []
    for at in range(number // 10):
        tasks = [
            task(
                f"t{name}",
                *(f"t{pick.randrange(max(0, name - 30), name)}" for _ in range(2) if name),
                files=[
                    f"s{at}/f{name}.py",
                    f"s{at}/d{name}/**",
                    f"tests/**/test_s{at}_{name}_*.py",
                ],
                owner=f"o{pick.randrange(9)}",
                effort=(pick.randrange(60), 60 + pick.randrange(60)),
            )
            for name in range(10 * at, 10 * at + 10)
        ]
        after = [f"s{pick.randrange(at)}"] if at and pick.random() < 0.3 else []
        slices.append(slice_(f"s{at}", *tasks, after=after))
    return plan(*slices)


@pytest.mark.slow
def test_two_thousand_tasks_take_no_quadratic_time() -> None:
    made = large(2_000)
    started = time.process_time()
    found = schedule(made)
    seconds = time.process_time() - started

    assert len(found.tasks) == 2_000
    assert seconds < 5  # 0.8 s alone; quadratic work would take minutes


@pytest.mark.slow
def test_ten_thousand_tasks_in_one_chain_are_one_stream() -> None:
    number = 10_000
    tasks = [
        task(f"t{at}", *([f"t{at - 1}"] if at else []), effort=(1, 2), owner=f"o{at % 3}")
        for at in range(number)
    ]
    found = schedule(plan(slice_("s", *tasks)))

    assert found.makespan == found.critical_path_length == Minutes(number, 2 * number)
    assert len(found.streams) == 1
    assert found.tasks[-1].wave == number
    assert len(found.critical_path) == number


@pytest.mark.slow
def test_ten_thousand_tasks_in_a_circle_are_reported_as_one() -> None:
    number = 10_000
    tasks = [task(f"t{at}", f"t{(at + 1) % number}") for at in range(number)]
    made = plan(slice_("s", *tasks))

    (chain,) = cycles(made)
    assert (len(chain), chain[:2], chain[-1]) == (number + 1, ("t0", "t1"), "t0")
    assert schedule(made).tasks[-1].wave == number
