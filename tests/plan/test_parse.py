import json
import re
import time
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.boundary.pattern import Pattern
from planner.boundary.pattern import parse as parse_pattern
from planner.boundary.translation import expression
from planner.diagnostic import Diagnostic
from planner.errors import UnusablePlanError
from planner.files import packaged
from planner.plan.branches import ambiguous_branches
from planner.plan.model import Limits, Minutes, Plan
from planner.plan.parse import parse, usable

CONTRACT = Path(__file__).parent.parent / "cases" / "plans" / "contract.yaml"
PLANS = [CONTRACT, *sorted(packaged("examples").rglob("plan.yaml"))]
HEAD = "version: 1\ntitle: t\nslices:\n"
SLICE = "  - {id: s, title: t, branch: b, scope: {include: [a]}}\n"


def mistakes(text: str | bytes) -> list[str]:
    """All diagnostics of a plan, each on a line."""
    content = text if isinstance(text, bytes) else text.encode()
    return [one_line(each) for each in parse(content, "p").diagnostics]


def one_line(each: Diagnostic) -> str:
    place = each.location
    hint = f" | {each.hint}" if each.hint else ""
    return f"{place.line}:{place.column}: {each.message} [{each.rule}]{hint}"


def parsed(text: str) -> Plan:
    plan, diagnostics = parse(text.encode(), "p")
    assert diagnostics == ()
    assert plan is not None
    return plan


def test_the_example_of_the_contract_is_parsed_completely() -> None:
    plan = parsed(CONTRACT.read_text())
    slice_ = plan.slices[0]

    assert plan.title == "Database Test Stabilization"
    assert [name for name, _ in plan.owners] == ["kyrosTelos", "dana"]
    assert [(each.text, each.slices) for each in plan.shared] == [
        ("CHANGELOG.md", ()),
        ("apps/web/lib/nav.ts", ("web-list", "web-detail")),
    ]
    assert plan.limits == Limits(20, 400, 0)
    assert plan.unplanned[0].branch[0].text == "dependabot/**"
    assert slice_.closed == "merged"
    assert slice_.from_ == ("acme/fork",)
    assert [each.new for each in slice_.scope.include] == [False, False, True, False]
    assert [gate.timeout_s for gate in slice_.gates] == [900, 1800, 1800, 1800]
    assert slice_.gates[0].env == (("PYTHONHASHSEED", "0"),)
    assert slice_.timeline[1] == ("testing", "1 hour")
    assert slice_.tasks[0].effort == Minutes(15, 15)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_the_example_plans_have_no_mistakes(path: Path) -> None:
    assert mistakes(path.read_bytes()) == []


def test_all_mistakes_of_a_file_are_reported_at_once() -> None:
    text = """\
version: 2
titel: t
base: 1.10
limits: {files: -1, lines: many}
unplanned: [{branch: [], include: a}]
gates:
  - {id: G, run: [], timeout: soon}
  - {id: g, title: no command}
slices:
  - id: s
    title: " "
    branch: feature/**
    closed: mergd
    stacked: yes
    scope: {include: [/src, {path: 'a**', new: 1}, {why: x}], exclud: []}
    tasks:
      - {id: s, title: t, effort: 3-2h}
milestones: [{title: m}, {title: n, tasks: [], slices: []}]
"""
    ids = "'id' of a gate"
    assert mistakes(text) == [
        "1:1: a plan must have 'title' [missing-key] | add 'title: …'",
        "1:10: 'version' of a plan must be 1, not 2 [wrong-kind]",
        "2:1: a plan has no key 'titel' [unknown-key] | did you mean 'title'?",
        "3:7: 'base' of a plan must be text, not 1.1 [wrong-kind] "
        "| to make it text, quote it: '1.10'",
        "4:17: 'files' of the limits must be a whole number from 0, not -1 [wrong-kind]",
        "4:28: 'lines' of the limits must be a whole number from 0, not 'many' [wrong-kind]",
        "5:22: 'branch' of an unplanned rule is empty [empty-value] | add an entry",
        "5:35: 'include' of an unplanned rule must be a list, not 'a' [wrong-kind] "
        "| write each entry as '- ENTRY', or all as [ENTRY, ENTRY]",
        f"7:10: {ids} must be an id of a-z, 0-9 and '-', not 'G' [wrong-kind] | write 'g'",
        "7:18: 'run' of a gate is empty [empty-value] | add an entry",
        "7:31: 'timeout' of a gate must be a time such as 90s, 15m or 2h, not 'soon' [wrong-kind] "
        "| write seconds, minutes or hours, such as 90s or 1h 30m",
        "8:5: a gate must have 'run' or 'coverage' [missing-key] | add one of them",
        "11:12: 'title' of a slice is empty [empty-value] | write text",
        "12:13: the branch 'feature/**' contains '**' [refused-pattern] | write 'feature/*'",
        "13:13: 'closed' of a slice must be 'merged' or 'dropped', not 'mergd' [wrong-kind] "
        "| did you mean 'merged'?",
        "14:14: 'stacked' of a slice must be true or false, not 'yes' [wrong-kind]",
        "15:23: the pattern '/src' must not start with '/' or './'; patterns are relative to the "
        "repository root [refused-pattern] | write 'src'",
        "15:36: the pattern 'a**' has '**' as part of a segment; it must be a whole one "
        "[refused-pattern] | write 'a*'",
        "15:48: 'new' of an include entry must be true or false, not 1 [wrong-kind]",
        "15:52: an include entry must have 'path' [missing-key] | add 'path: …'",
        "15:63: a scope has no key 'exclud' [unknown-key] | did you mean 'exclude'?",
        "17:14: duplicate id 's' [duplicate-id] | rename one of them",
        "17:35: 'effort' of a task must start with the smaller effort: '3-2h' [reversed-range] "
        "| write '2-3h'",
        "18:14: a milestone must have 'tasks' or 'slices' [missing-key] | add one of them",
        "18:48: a milestone must have 'tasks' or 'slices', not both [conflicting-keys] "
        "| remove one of them",
    ]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", "0:0: the plan is empty [empty-plan] | write 'version', 'title' and 'slices'"),
        ("# a", "0:0: the plan is empty [empty-plan] | write 'version', 'title' and 'slices'"),
        ("- a\n", "1:1: a plan must be a mapping [wrong-kind] | start it with 'version: 1'"),
        ("plan\n", "1:1: a plan must be a mapping [wrong-kind] | start it with 'version: 1'"),
    ],
)
def test_a_file_that_is_not_a_mapping_has_no_plan(text: str, want: str) -> None:
    assert mistakes(text) == [want]
    assert parse(text.encode(), "p").plan is None


def test_duplicate_ids_are_reported() -> None:
    text = f"""{HEAD}
  - {{id: s, title: t, branch: b, scope: {{include: [a]}}, tasks: [{{id: u, title: t}}],
     gates: [{{id: x, run: r}}, {{id: x, run: r}}, {{id: g, run: r}}]}}
  - {{id: u, title: t, branch: c, scope: {{include: [b]}}, gates: [{{id: x, run: r}}]}}
gates: [{{id: g, run: r}}]
milestones: [{{id: s, title: m, tasks: []}}, {{id: s, title: m, tasks: []}}]
"""
    assert [line.partition(" |")[0] for line in mistakes(text)] == [
        "6:36: duplicate gate 'x' [duplicate-gate]",
        "6:53: duplicate gate 'g' [duplicate-gate]",
        "7:10: duplicate id 'u' [duplicate-id]",
        "9:49: duplicate milestone 's' [duplicate-id]",
    ]


def test_missing_ids_are_not_duplicates() -> None:
    text = f"{HEAD}{SLICE}gates: [{{run: a}}, {{run: b}}]\n"
    assert [line.rpartition("[")[2] for line in mistakes(text)] == [
        "missing-key] | add 'id: …'"
    ] * 2


def test_a_stacked_slice_has_exactly_one_dependency() -> None:
    text = HEAD + SLICE.replace("id: s", "id: s, stacked: true")
    assert mistakes(text)[0].startswith(
        "4:22: the stacked slice 's' must have exactly one dependency, not 0"
    )
    assert mistakes(text.replace("true", "true, depends_on: [x]")) == []


def branches(*lists: list[str]) -> str:
    """A plan with a slice for each list of branches."""
    return HEAD + "".join(
        f"  - {{id: s{at}, title: t, branch: {json.dumps(each)}, scope: {{include: [a]}}}}\n"
        for at, each in enumerate(lists)
    )


@pytest.mark.parametrize(
    ("lists", "count"),
    [
        ([["a"], ["b"]], 0),
        ([["a"], ["a"]], 1),
        ([["a", "a"]], 0),
        ([["a"], ["a"], ["a"]], 2),
        ([["f/*"], ["f/a"]], 1),
        ([["f/a"], ["f/*"]], 1),
        ([["f/*"], ["f/a/b"]], 0),
        ([["claude/db-*", "codex/db-*"], ["claude/ui-*", "codex/ui-*"]], 0),
        ([["*-db"], ["x-*"]], 1),
        ([["*/a-*"], ["*/b-*"]], 0),
        ([[r"\!a"], ["?a"]], 1),
        ([[r"\!a"], ["\\!?"]], 1),
    ],
)
def test_a_branch_that_two_open_slices_accept_is_ambiguous(
    lists: list[list[str]], count: int
) -> None:
    assert [each.rpartition("[")[2][:16] for each in mistakes(branches(*lists))] == (
        ["ambiguous-branch"] * count
    )


@pytest.mark.parametrize(("branch", "hint"), [("f/**", "'f/*'"), ("f/", "'f/*'"), ("**", "'*'")])
def test_a_branch_pattern_of_a_slice_has_a_fixed_number_of_segments(branch: str, hint: str) -> None:
    [line] = mistakes(branches([branch]))
    assert line.endswith(f"[refused-pattern] | write {hint}")


def test_another_slice_may_use_the_branch_of_a_closed_slice() -> None:
    text = branches(["a"], ["a"])
    assert mistakes(text.replace("id: s0", "id: s0, closed: dropped")) == []


def test_branches_of_two_plans_must_not_overlap() -> None:
    plans = []
    for path in ("one/plan.yaml", "two/plan.yaml"):
        plan = parse(branches(["a"]).encode(), path).plan
        assert plan is not None
        plans.append(plan)
    [diagnostic] = ambiguous_branches(plans)

    assert diagnostic.location.path == "two/plan.yaml"
    assert diagnostic.related[0].location.path == "one/plan.yaml"


def test_branches_are_ambiguous_if_and_only_if_they_share_a_name() -> None:
    random = Random(2)
    texts = ["a", "b", "?", "*", "a*", "*b", "a/b", "a/*", "*/b", "?/a", "ab", "a?", "*a*", "b*a"]
    names = [x + y for x in ("a", "b", "ab", "ba", "aab") for y in ("", "/a", "/b", "/ab")]
    tests = {}
    for text in texts:
        pattern = parse_pattern(text)
        assert isinstance(pattern, Pattern)
        tests[text] = re.compile(expression(pattern)).fullmatch
    for _ in range(300):
        lists = [random.choices(texts, k=random.randint(1, 2)) for _ in range(3)]
        claims = [(at, text) for at, each in enumerate(lists) for text in dict.fromkeys(each)]
        meeting = {
            k
            for (_, (i, one)), (k, (j, other)) in combinations(enumerate(claims), 2)
            if i != j and any(tests[one](n.encode()) and tests[other](n.encode()) for n in names)
        }
        assert len(mistakes(branches(*lists))) == len(meeting), lists


def test_branches_are_ambiguous_if_an_overlap_cannot_be_decided() -> None:
    hard = ["*" + "a?" * 400 + tail + "*" for tail in ("a", "b", "c")]
    lines = mistakes(branches(*([each] for each in hard)))

    assert lines
    assert all("[ambiguous-branch]" in line for line in lines)


def test_the_error_for_an_unusable_plan_has_its_findings() -> None:
    with pytest.raises(UnusablePlanError) as caught:
        usable(b"version: 1\n", "docs/plan/plan.yaml")

    assert [each.rule for each in caught.value.findings] == ["missing-key", "missing-key"]
    assert usable((HEAD + SLICE).encode(), "p").slices[0].id == "s"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_parsing_never_raises(content: bytes) -> None:
    parse(content, "p")


def mutated(random: Random, content: bytes) -> bytes:
    """A good plan with a mistake: bytes or lines that are changed, moved or repeated."""
    change = random.randrange(5)
    at, to = sorted(random.randrange(len(content) + 1) for _ in range(2))
    if change == 0:
        return content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]
    if change == 1:
        sign = random.choice(["\t", "*", "&", "!", "[", "{", ": ", "- ", "'", "\n"])
        return content[:at] + sign.encode() + content[at:]
    if change == 2:
        return content[:at] + content[to:]
    lines = content.splitlines(keepends=True)
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    if change == 3:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines[first:first] = lines[second : second + random.randrange(1, 20)]
    return b"".join(lines)


def test_diagnostics_of_mutated_plans_are_within_the_file() -> None:
    random = Random(4)
    for at in range(600):
        content = PLANS[at % len(PLANS)].read_bytes()
        for _ in range(random.randint(1, 3)):
            content = mutated(random, content)
        places = [each.location for each in parse(content, "p").diagnostics]
        count = len(re.split(rb"\r\n|\r|\n", content))
        assert all(0 <= place.line <= count and place.column >= 0 for place in places)


def many(line: str, count: int) -> str:
    return HEAD + "".join(line.replace("%", str(at)) for at in range(count))


SLICE_N = "  - {id: s%, title: t, branch: B, scope: {include: [a]}}\n"
INCLUDE = HEAD + "  - {id: s, title: t, branch: b, scope: {include: [P]}}\n"
HOSTILE = {
    "slices without keys": many("- {}\n", 90_000),
    "unknown keys": "".join(f"slice{at}: 1\n" for at in range(90_000)),
    "wrong words": many("- {id: a, closed: mergd%}\n", 15_000),
    "one branch for all": many(SLICE_N.replace("B", "'*'"), 9_000),
    "branches by their ends": many(SLICE_N.replace("B", "'*/a%-*'"), 9_000),
    "branches of stars": many(SLICE_N.replace("B", "'" + "*a" * 400_000 + "%'"), 2),
    "branches of one slice": INCLUDE.replace("branch: b", "branch: [" + "'*'," * 90_000 + "]"),
    "one id for all": many("- {id: a, title: b}\n", 45_000),
    "gates of all": many("- {id: a}\n", 30_000)
    + "gates:\n"
    + "".join(f"- {{id: g{at}, run: x}}\n" for at in range(8_000)),
    "variables": "gates: [{id: a, env: {" + "".join(f"a{n}: 1," for n in range(90_000)) + "}}]",
    "many patterns": INCLUDE.replace("P", ",".join(f"'**/a{n}*'" for n in range(95_000))),
    "a long pattern": INCLUDE.replace("P", "'" + "a*?/" * 500_000 + "'"),
    "a pattern of stars": INCLUDE.replace("P", "'" + "*" * 2_000_000 + "'"),
    "a pattern of dots": INCLUDE.replace("P", "'" + "a/../" * 400_000 + "'"),
    "a pattern of commas": INCLUDE.replace("P", "'{" + "," * 2_000_000 + "}'"),
    "a pattern of braces": INCLUDE.replace("P", "'" + "{," * 1_000_000 + "'"),
    "a pattern of backslashes": INCLUDE.replace("P", "'" + "\\\\" * 1_000_000 + "a'"),
    "a pattern of brackets": INCLUDE.replace("P", "'" + "[" * 2_000_000 + "'"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_plan_is_slow_to_parse(name: str) -> None:
    content = HOSTILE[name].encode()
    start = time.process_time()
    parse(content, "p")
    # The promise is 2 s on an idle machine; quadratic time would be minutes.
    assert time.process_time() - start < 5
