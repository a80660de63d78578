"""A change of plans is told whole: each value that decides something, by the ids in the plan."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import git
import pytest
from planned import PLAN, Record, plan_of, sliced, task, text_of
from world import commit, planner, write

from planner.check.plans.differences import differences, empty_plan
from planner.check.plans.review import review
from planner.check.plans.words import TEXTS
from planner.plan import schema
from planner.plan.document.nodes import plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.model import Plan
from planner.plan.parse import parse, usable

CONTRACT = Path(__file__).parents[1] / "cases" / "plans" / "contract.yaml"
OTHER = "docs/plan/other/plan.yaml"
API: Record = sliced("api", "src/api/", exclude=["src/api/x"])
WEB: Record = sliced("web", "src/web/")


def told(before: Plan | None, after: Plan | None) -> list[str]:
    """The messages of the notes that a change is told by, in order."""
    notes = review([before] if before else [], [after] if after else []).notes
    return [f"{one.rule}: {one.message}" for one in notes]


def fences(slices: list[Record], changed: list[Record] | None = None, **more: Any) -> list[str]:
    """What is told besides witnesses when slices or values of the plan change."""
    before, after = more.pop("before", {}), more.pop("after", {})
    notes = review([plan_of(slices, **before)], [plan_of(changed or slices, **after)]).fences
    assert all(one.rule == "fence-changed" and one.severity == "note" for one in notes)
    assert all(one.location.path == PLAN and one.location.line for one in notes)
    return [one.message for one in notes]


def of_plan(**values: tuple[Any, Any]) -> list[str]:
    """What is told of values of the plan that change from the first to the second."""
    before = {key: pair[0] for key, pair in values.items() if pair[0] is not None}
    after = {key: pair[1] for key, pair in values.items() if pair[1] is not None}
    return fences([API], before=before, after=after)


def of_slice(**values: tuple[Any, Any]) -> list[str]:
    """What is told of values of a slice that change from the first to the second."""
    before, after = (
        {**API, **{key: pair[at] for key, pair in values.items() if pair[at] is not None}}
        for at in (0, 1)
    )
    return fences([before], [after])


def gate(run: Any, **more: Any) -> list[Record]:
    return [{"id": "tests", "run": run, **more}]


def test_what_concerns_every_slice_is_told_by_name() -> None:
    assert of_plan(exclude=([".github"], None)) == ["every slice: exclude '.github' is gone"]
    assert of_plan(exclude=([".github"], ["docs"])) == [
        "every slice: exclude '.github' is now 'docs'"
    ]
    assert of_plan(limits=({"files": 20}, {"files": 20, "exceptions": 100})) == [
        "every slice: limits.exceptions is 100 (before: not set)"
    ]
    assert of_plan(gates=(gate("make test"), gate("true"))) == [
        "every slice: gate tests runs `true` (before: `make test`)"
    ]
    assert of_plan(gates=(gate("make test"), [])) == [
        "every slice: gate tests is gone: run `make test`"
    ]
    assert of_plan(base=("main", "dev")) == ["the plan: base is 'dev' (before: 'main')"]
    assert of_plan(shared=(["nav"], [{"path": "nav", "slices": ["api"]}])) == [
        "shared 'nav': slices is 'api' (before: not set)"
    ]
    assert of_plan(generated=(None, ["**/*.snap"])) == ["generated '**/*.snap' is new"]
    assert of_plan(owners=({"dana": {"role": "reviewer"}}, {"bob": {}})) == [
        "owner 'bob' is new",
        "owner 'dana' is gone: role 'reviewer'",
    ]


def test_what_a_slice_may_and_must_is_told_by_name() -> None:
    assert of_slice(branch=("api", ["*", "*/*"])) == [
        "slice api: branch 'api' is now '*'",
        "slice api: branch '*/*' is new",
    ]
    assert of_slice(**{"from": (None, "*")}) == ["slice api: from '*' is new"]
    assert of_slice(base=(None, "dev")) == ["slice api: base is 'dev' (before: not set)"]
    assert of_slice(owner=("dana", "bob")) == ["slice api: owner is 'bob' (before: 'dana')"]
    assert of_slice(reviewers=(["dana"], None)) == ["slice api: reviewer 'dana' is gone"]
    assert of_slice(commit=("fix: x", "feat: x")) == [
        "slice api: commit is 'feat: x' (before: 'fix: x')"
    ]
    assert of_slice(gates=(gate(["a", "b"], timeout="5m"), gate(["a", "c"], timeout="9m"))) == [
        "slice api: gate tests runs `a c` (before: `a b`)",
        "slice api: gate tests: timeout is '9m' (before: '5m')",
    ]
    assert of_slice(
        gates=(
            gate("x", coverage={"report": "a", "minimum": 80}, forbid_output=["no such table"]),
            gate("x", coverage={"report": "a", "minimum": 10}, env={"CI": "1"}),
        )
    ) == [
        "slice api: gate tests: env 'CI' is new: '1'",
        "slice api: gate tests: forbid_output 'no such table' is gone",
        "slice api: gate tests: coverage.minimum is 10 (before: 80)",
    ]
    assert of_slice(tasks=([task("t", owner="dana")], [task("t", owner="bob")])) == [
        "slice api: task t: owner is 'bob' (before: 'dana')"
    ]
    dropped = {**API, "scope": {"include": ["src/api/"]}}
    assert fences([API], [dropped]) == ["slice api: scope.exclude 'src/api/x' is gone"]
    stacked = {**WEB, "depends_on": ["api"], "stacked": True}
    assert fences([API, WEB], [API, stacked]) == [
        "slice web: depends_on 'api' is new",
        "slice web: stacked is true (before: not set)",
    ]


def test_the_part_of_a_long_command_that_differs_is_shown() -> None:
    long = "set -e\n" + "make lint\n" * 60
    (said,) = of_slice(gates=(gate(f"{long}make test\n"), gate(f"{long}true\n")))

    assert "lint\nmake test\n` " not in said
    assert said.startswith("slice api: gate tests runs `…")
    assert "true\n`" in said
    assert "make test\n`)" in said


def test_texts_claims_and_other_ways_to_write_the_same_open_nothing() -> None:
    texts = {"title": "Other", "overview": "x", "risk": {"level": "high"}, "branch": ["api"]}
    tasks = [task("t", status="done", files=["src/api/a"], effort="1h"), task("u")]
    scope = {
        "summary": "x",
        "exclude": ["src/api/x"],
        "include": [{"path": "src/api/", "why": "x"}],
    }
    other = {**API, **texts, "scope": scope, "tasks": tasks, "stacked": False}

    assert told(plan_of([{**API, "tasks": [task("t")]}]), plan_of([other], title="O")) == []
    assert told(plan_of([API, WEB], base="main"), plan_of([WEB, API])) == []


def test_slices_that_end_or_begin_have_a_line_each() -> None:
    closed = {**WEB, "closed": "dropped"}
    new = sliced("new", "a/", "b/", "c/", "**", **{"from": "*"}, gates=gate("x"))

    assert told(plan_of([API, WEB]), plan_of([API, closed])) == [
        "fence-changed: slice web is closed as 'dropped': what it held is free, such as 'src/web/x'"
    ]
    assert told(plan_of([API, WEB]), plan_of([API])) == [
        "fence-changed: slice web is gone: what it held is free, such as 'src/web/x'"
    ]
    assert told(plan_of([API, closed]), plan_of([API])) == ["fence-changed: slice web is gone"]
    assert told(plan_of([API, closed]), plan_of([API, WEB])) == [
        "scope-widened: the slice 'web' accepts more than before, such as 'src/web/x'",
        "fence-changed: slice web is open again (before: closed as 'dropped')",
    ]
    # The widest of its patterns is never among those that are left out.
    assert told(plan_of([API]), plan_of([API, new])) == [
        "fence-changed: slice new is new: branch 'new', include '**', 'a/', 'b/' and 1 more, "
        "from '*', gates tests"
    ]


def test_another_id_is_no_new_slice_gate_or_rule() -> None:
    gates = gate("make")
    renamed = [{**gates[0], "id": "checks"}]
    wider = {**sliced("api2", "src/**"), "branch": "api"}

    assert told(plan_of([API]), plan_of([{**API, "id": "api2"}])) == [
        "fence-changed: slice api: id is 'api2' (before: 'api')"
    ]
    assert told(plan_of([API], gates=gates), plan_of([API], gates=renamed)) == [
        "fence-changed: every slice: gate tests: id is 'checks' (before: 'tests')"
    ]
    assert told(plan_of([API]), plan_of([wider])) == [
        "scope-widened: the slice 'api2' accepts more than before, such as 'src/x'",
        "fence-changed: slice api: id is 'api2' (before: 'api')",
        "fence-changed: slice api: scope.exclude 'src/api/x' is gone",
    ]


def test_another_id_is_no_new_slice_where_branches_are_written_with_it() -> None:
    slices = [{key: value for key, value in API.items() if key != "branch"}]
    renamed = [{**slices[0], "id": "api2"}]

    assert told(plan_of(slices, branches=["x/{id}"]), plan_of(renamed, branches=["x/{id}"])) == [
        "fence-changed: slice api: id is 'api2' (before: 'api')"
    ]


def rules(*pairs: tuple[Any, list[str]]) -> list[Record]:
    return [{"branch": branch, "include": include} for branch, include in pairs]


def test_rules_for_unplanned_branches_are_told_with_a_witness_and_in_order() -> None:
    one, two = ("bot/**", ["a"]), ("**", ["lib/"])
    before = plan_of([API], unplanned=rules(one, two))

    def after(*pairs: tuple[Any, list[str]]) -> list[str]:
        return told(before, plan_of([API], unplanned=rules(*pairs)))

    assert after(two, one) == [
        "fence-changed: the unplanned rules are in another order: '**', 'bot/**' "
        "(before: 'bot/**', '**'); the first that matches a branch counts"
    ]
    assert after(one) == ["fence-changed: rule for '**' is gone: include 'lib/'"]
    assert after(one, ("**", ["**"])) == [
        "scope-widened: the rule for '**' accepts more than before, such as 'x'",
        "fence-changed: rule for '**': include 'lib/' is now '**'",
    ]
    assert after(one, ("**", ["lib/x"])) == [
        "fence-changed: rule for '**': include 'lib/' is now 'lib/x'",
        "fence-changed: the rule for '**' accepts less than before, such as 'lib/a'",
    ]
    assert after((["bot/**", "x"], ["a"]), two) == [
        "fence-changed: rule for 'bot/**': branch 'x' is new"
    ]
    assert after(one, two, ("x/**", ["**"])) == [
        "scope-widened: the rule for 'x/**' accepts more than before, such as 'x'",
        "fence-changed: rule for 'x/**' is new: include '**'",
    ]


def test_of_two_rules_with_the_same_branch_it_is_told_which_is_meant() -> None:
    def plan(first: str, second: str) -> Plan:
        return plan_of([API], unplanned=rules(("**", [first]), ("**", [second])))

    assert told(plan("a", "lib/x"), plan("a", "lib/")) == [
        "scope-widened: the rule for '**' (number 2 with this branch) accepts more than before, "
        "such as 'lib/a'",
        "fence-changed: rule for '**' (number 2 with this branch): include 'lib/x' is now 'lib/'",
    ]
    assert told(plan("a", "lib/"), plan("b", "lib/")) == [
        "scope-widened: the rule for '**' accepts more than before, such as 'b'",
        "fence-changed: rule for '**': include 'a' is now 'b'",
        "fence-changed: the rule for '**' accepts less than before, such as 'a'",
    ]


def test_a_slice_in_another_plan_tells_what_it_gains_and_loses() -> None:
    own = {**API, "gates": gate("make"), "limits": {"files": 5}}
    plain_gate = [{"id": "lint", "run": "ruff check"}]
    other = sliced("web", "src/web/")
    old = plan_of([own, other], gates=plain_gate, exclude=["src/api/gen"], base="dev")
    limits = {"files": 9, "lines": 100, "exceptions": 3}
    wider = {**own, "scope": {"include": ["src/"]}, "gates": gate("true")}

    def notes(moved: Record, slices: list[Record]) -> list[str]:
        before = [old, plan_of([sliced("x", "x/")], OTHER)]
        after = [plan_of([sliced("x", "x/"), moved], OTHER, limits=limits, shared=["nav"])]
        after += [plan_of(slices, gates=plain_gate, base="dev")] if slices else []
        return [f"{one.rule}: {one.message}" for one in review(before, after).notes]

    told_of_plan = [
        "fence-changed: slice api has moved here from docs/plan/plan.yaml",
        "fence-changed: slice api has moved: base is not set (before: 'dev')",
        "fence-changed: slice api has moved: limits.lines is 100 (before: not set)",
        "fence-changed: slice api has moved: limits.exceptions is 3 (before: not set)",
        "fence-changed: slice api has moved: gate lint is gone: run `ruff check`",
    ]
    assert [one for one in notes(own, [other]) if "slice api" in one] == told_of_plan
    whole = notes(wider, [])
    assert "scope-widened: the slice 'api' accepts more than before, such as 'nav'" in whole
    assert "fence-changed: slice api: gate tests runs `true` (before: `make`)" in whole
    assert [one for one in whole if "has moved" in one] == told_of_plan
    assert "fence-changed: the plan is gone: 2 slices, 1 exclude, 1 gate of every slice" in whole
    # What its own keys say does not follow from the plan.
    base = notes({**own, "base": "dev", "limits": {**limits, "files": 5}}, [other])
    assert [one for one in base if "has moved: " in one] == told_of_plan[4:]


def test_what_a_rule_includes_of_an_open_slice_is_not_opened() -> None:
    before = plan_of([API], unplanned=rules(("**", ["lib/"])))
    after = plan_of([API], unplanned=rules(("**", ["lib/", "src/api/a.py"])))

    assert told(before, after) == ["fence-changed: rule for '**': include 'src/api/a.py' is new"]


def test_a_rule_that_gives_way_to_slices_no_longer_accepts_more() -> None:
    lax = [{**rules(("**", ["src/"]))[0], "held": True}]
    before, after = plan_of([API], unplanned=rules(("**", ["src/"]))), plan_of([API], unplanned=lax)

    assert told(before, after) == [
        "scope-widened: the rule for '**' accepts more than before, such as 'src/api/a'",
        "fence-changed: rule for '**': held is true (before: not set)",
    ]
    assert told(after, before) == [
        "fence-changed: rule for '**': held is not set (before: true)",
        "fence-changed: the rule for '**' accepts less than before, such as 'src/api/a'",
    ]


def test_other_branches_of_all_slices_are_told_once() -> None:
    slices = [{key: value for key, value in one.items() if key != "branch"} for one in (API, WEB)]
    before, after = (plan_of(slices, branches=[f"{name}/{{id}}"]) for name in ("feature", "x"))

    assert told(before, after) == ["fence-changed: branches 'feature/{id}' is now 'x/{id}'"]
    queue = plan_of(slices, branches=["x/{id}"], queues=["queue/*"])
    assert told(after, queue) == ["fence-changed: queue 'queue/*' is new"]


def test_the_widest_is_told_first_and_new_slices_last() -> None:
    slices = [sliced(f"s{n}", f"deep/{n}/x/") for n in range(30)]
    wide = [{**one, "scope": {"include": [f"deep/{at}/"]}} for at, one in enumerate(slices)]
    wide[17] = {**slices[17], "scope": {"include": ["**"], "exclude": ["deep", "lib"]}}
    new = sliced("new", "n/")
    after = plan_of([new, *wide], gates=[], unplanned=rules(("x", ["lib/*"])))

    said = told(plan_of(slices, gates=gate("make")), after)

    assert [line.partition(" accepts")[0].partition(":")[2] for line in said[:2]] == [
        " the slice 's17'",
        " the rule for 'x'",
    ] or said[0].startswith("scope-widened: the rule for 'x'")
    assert said[1].startswith(
        "scope-widened: the slice 's17' accepts more than before, such as 'x'"
    )
    assert [line for line in said if line.startswith("fence-changed")][:2] == [
        "fence-changed: rule for 'x' is new: include 'lib/*'",
        "fence-changed: every slice: gate tests is gone: run `make`",
    ]
    assert said[-2].startswith("fence-changed: slice new is new")


def test_plans_that_are_added_and_removed_are_told() -> None:
    plan = plan_of([API, WEB], exclude=[".github"], unplanned=rules(("**", ["lib/"])))

    assert told(None, plan) == [
        "scope-widened: the rule for '**' accepts more than before, such as 'lib/x'",
        "fence-changed: the plan is new: 2 slices, 1 unplanned rule, 1 exclude",
        "fence-changed: rule for '**' is new: include 'lib/'",
        "fence-changed: every slice: exclude '.github' is new",
        "fence-changed: slice api is new: branch 'api', include 'src/api/', exclude 'src/api/x'",
        "fence-changed: slice web is new: branch 'web', include 'src/web/'",
    ]
    assert told(plan, None) == [
        "fence-changed: the plan is gone: 2 slices, 1 unplanned rule, 1 exclude"
    ]
    other = plan_of([sliced("b", "**", exclude=["src"])], OTHER)
    notes = review([plan, other], [other]).notes
    assert [one.message for one in notes] == [
        "the slice 'b' accepts more than before, such as '.github'",
        "the plan is gone: 2 slices, 1 unplanned rule, 1 exclude",
    ]


# --- no value is forgotten ----------------------------------------------------------------------


def whole_plan() -> Any:
    root = read_document(CONTRACT.read_bytes(), Problems("p"))
    assert root is not None
    return plain(root)


def usable_or_none(plan: Any) -> Plan | None:
    return parse(json.dumps(plan).encode(), PLAN).usable


OTHERS: list[Any] = [
    "x", "y/{id}", ["x"], "5m", "2h", "2026-11-24", "dropped", "low", "high", "agent", "person",
    "sh", "bash", "todo", "done", {"X": "y"}, [{"id": "x", "run": "x"}], True, False, 0, 1, 2, 77,
]  # fmt: skip


def changed(plan: Any, value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Plan]]:
    """Each value of a plan with the plan in which it is another, or else is missing."""
    for step, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(each, dict | list) and each:
            yield from changed(plan, each, (*route, step))
            continue
        before = usable_or_none(plan)
        for other in OTHERS:
            value[step] = other
            after = usable_or_none(plan)
            if before and after and any(differences(before, after)):
                yield (*route, step), after
                break
        value[step] = each


@pytest.mark.slow
def test_a_change_of_any_value_is_a_difference_and_told_unless_it_is_a_text() -> None:
    data = whole_plan()
    del data["slices"][0]["closed"]
    data |= {"branches": ["x/{id}"], "queues": ["queue/*"]}
    data["unplanned"][0] |= {"held": False, "from": "acme/fork"}
    data["milestones"][0] |= {"due": "soon"}
    data["slices"][0]["stacked"] = False
    data["slices"][0]["gates"].append(
        {
            "id": "more",
            "run": "x",
            "setup": "y",
            "shell": "bash",
            "coverage": {"report": "r", "tolerance": 1, "ignore": ["t"], "paths": {"a": "b"}},
        }
    )
    data["slices"][0]["depends_on"] = ["first"]
    data["slices"].insert(0, sliced("first", "first/"))
    before = usable(json.dumps(data).encode(), PLAN)
    seen = {"version", "closed", "path"}  # version has one value; the others have their own tests
    for route, after in changed(data, data):
        seen.update(step.key for one in differences(before, after) for step in one.steps)
        keys = [step for step in route if isinstance(step, str)]
        if TEXTS.isdisjoint(keys) and keys[:2] != ["slices", "tasks"]:
            assert review([before], [after]).notes, route

    # A key that is missing here is missing in contract.yaml: its value was never changed.
    assert seen == set(_properties(schema.json_schema()))


def _properties(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for inner in node.values():
            yield from _properties(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _properties(inner)


def test_every_key_that_is_called_a_text_is_a_key_of_the_plan() -> None:
    assert set(_properties(schema.json_schema())) >= TEXTS


def test_a_plan_differs_from_itself_in_nothing_and_from_none_in_all_its_keys() -> None:
    plan = usable(CONTRACT.read_bytes(), PLAN)

    assert list(differences(plan, plan, counts_defaults=True)) == []
    assert {one.keys[0] for one in differences(empty_plan(PLAN), plan)} == set(whole_plan()) - {
        "version",
        "gates",
    } - {"base"}


# --- through the commands -----------------------------------------------------------------------


@pytest.fixture
def opened(repo: git.Repo) -> git.Repo:
    """A branch whose plan opens all that a plan can keep closed, beside a harmless change."""
    before = text_of(
        [{**API, "scope": {"include": ["src/api/"]}}],
        exclude=[".github"], limits={"files": 20}, gates=gate("make test"),
    )  # fmt: skip
    after = text_of(
        [{**API, "scope": {"include": ["src/"]}, "title": "API", "from": "*"}],
        limits={"files": 20, "exceptions": 100}, gates=[], unplanned=rules(("**", ["**"])),
    )  # fmt: skip
    commit(repo, {PLAN: before, "src/api/a.py": "", "lib/b.py": ""})
    repo.git.switch("--quiet", "--create", "plan/open")
    commit(repo, {PLAN: after})
    return repo


OPENED = [
    ("scope-widened", "the rule for '**' accepts more than before, such as 'x'"),
    ("scope-widened", "the slice 'api' accepts more than before, such as 'src/x'"),
    ("fence-changed", "rule for '**' is new: include '**'"),
    ("fence-changed", "every slice: exclude '.github' is gone"),
    ("fence-changed", "every slice: limits.exceptions is 100 (before: not set)"),
    ("fence-changed", "every slice: gate tests is gone: run `make test`"),
    ("fence-changed", "slice api: from '*' is new"),
]


def test_check_scope_and_plan_diff_tell_the_same(opened: git.Repo) -> None:
    ran = planner("check-scope", "--format", "json", at=opened)
    listed = planner("plan-diff", "--format", "json", at=opened)

    found = [one for one in ran.json["findings"] if one["rule"] != "unplanned-rule"]  # of lint
    change, *notes = found
    assert (ran.exit, listed.exit, change["rule"]) == (0, 0, "plan-change")
    assert [(one["rule"], one["message"]) for one in notes] == OPENED
    assert notes == listed.json["findings"]
    assert all(one["line"] and one["path"] == PLAN for one in notes)
    assert notes[1]["slice"] == "api"
    assert [one.get("witness") for one in notes] == ["x", "src/x", *[None] * 5]
    assert listed.json["rules"] == [
        {
            "branch": ["**"],
            "plan": PLAN,
            "gains": {"paths": ["lib/b.py"], "witness": "x"},
            "loses": {"paths": []},
        }
    ]


def test_plan_diff_tells_each_thing_once(opened: git.Repo) -> None:
    text = planner("plan-diff", at=opened).stdout
    page = planner("plan-diff", "--format", "markdown", at=opened).stdout

    for shown in (text, page):
        assert [shown.count(message) for rule, message in OPENED if rule == "fence-changed"] == (
            [1] * 5
        )
    assert "scope-widened" not in text
    assert text.endswith(
        f"the rule for '**' ({PLAN})\n  + lib/b.py\n  + any path such as x\n"
        f"api ({PLAN})\n  + any path such as src/x\n"
    )


def test_a_reviewer_sees_every_note(repo: git.Repo) -> None:
    slices = [sliced(f"s{n}", f"s{n}/") for n in range(50)]
    commit(repo, {PLAN: text_of([API])})
    repo.git.switch("--quiet", "--create", "plan/many")
    commit(repo, {PLAN: text_of([API, *slices])})

    printed = planner("check-scope", at=repo).stdout

    assert printed.count("is new: branch") == 50
    assert planner("plan-diff", at=repo).stdout.count("is new: branch") == 50


def test_plan_diff_shows_the_first_plan_and_the_last_that_is_deleted(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    write(repo, {PLAN: text_of([API])})
    first = planner("plan-diff", at=repo)
    assert (first.exit, "the plan is new: 1 slice" in first.stdout) == (0, True)

    commit(repo, {})
    write(repo, {PLAN: None})
    last = planner("plan-diff", at=repo)
    assert (last.exit, "the plan is gone: 1 slice" in last.stdout) == (0, True)
    assert planner("plan-diff", "--plan", PLAN, at=repo).stdout == last.stdout
    assert planner("plan-diff", "HEAD~1", at=repo).exit == 2  # no plan on either side


def test_a_plan_file_and_an_excluded_path_are_told_by_name() -> None:
    named = ["src/api/", "Makefile", ".github/workflows/ci.yml", PLAN]
    before = plan_of([sliced("api", "src/api/")], exclude=[".github"])
    after = plan_of([sliced("api", *named)], exclude=[".github"])

    assert told(before, after)[1:] == [
        "fence-changed: slice api: scope.include '.github/workflows/ci.yml' is new",
        f"fence-changed: slice api: scope.include '{PLAN}' is new",
    ]


def test_the_widest_patterns_of_a_new_slice_are_shown() -> None:
    wide = {**sliced("wide", "Makefile", "setup.py", "README.md", "*/**"), "branch": WIDE}

    [said] = told(plan_of([API]), plan_of([API, wide]))

    assert "include '*/**', " in said
    assert "branch 'claude/*', " in said


WIDE = ["docs/a", "docs/b", "docs/c", "claude/*"]


def test_the_end_of_a_long_command_is_shown() -> None:
    long = "python -m pytest -q " + "tests/unit " * 12

    [said] = of_slice(gates=(gate(long), gate(f"python3{long[6:]} || true")))

    assert said.startswith("slice api: gate tests runs `python3 -m pytest")
    assert "|| true`" in said
