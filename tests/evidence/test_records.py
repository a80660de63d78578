"""Records as lines: written ones are read unchanged, and other lines are skipped."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import PlannerError
from planner.evidence.records import Record, definition, read_records, read_results, record_line
from planner.gates.reports.lines import Lines
from planner.plan.parse import parse

HASH = "0" * 64
RECORD = Record("tests", HASH, "passed", ({"exit": 0},), "c" * 40, "2026-11-22", "Linux", None)
PATHS = st.text(max_size=20)
LINES = st.builds(
    lambda covered, missed: Lines(covered, covered | missed),
    st.frozensets(st.integers(1, 10**6) | st.integers(1, 30)),
    st.frozensets(st.integers(1, 30)),
)


@pytest.mark.slow
@given(files=st.none() | st.dictionaries(PATHS, LINES, max_size=5))
def test_written_record_is_read_unchanged(files: dict[str, Lines] | None) -> None:
    record = RECORD._replace(coverage=files)

    line = record_line(record)

    assert "\n" not in line
    assert read_records([line]) == (record,)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no JSON at all",
        '"text"',
        "[]",
        "{}",
        "7",
        "null",
        "NaN",
        "\x1b[31mred",
        '{"gate":7,"definition":[],"verdict":{},"commit":null,"at":true}',
        "[" * 50_000,
        '{"a":' * 30_000,
        "1" * 5000,
    ],
)
def test_line_that_is_not_a_record_is_skipped(line: str) -> None:
    assert read_records([line, record_line(RECORD), line]) == (RECORD,)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("definition", "x"),
        ("definition", HASH + "\n"),
        ("verdict", "PASSED"),
        ("verdict", ["passed"]),
        ("gate", None),
        ("at", "\ud800"),
        ("at", "now\n::error::"),
        ("at", "\x1b[31m"),
        ("at", "\u202e"),
        ("at", "x" * 1000),
        ("commit", 7),
        ("environment", ["x"]),
        ("runs", 7),
        ("coverage", []),
        ("coverage", {"a.py": [1, 2]}),
        ("coverage", {"a.py": ["x", "2"]}),
        ("coverage", {"a.py": ["1-", "-2"]}),
        ("coverage", {"a.py": ["1-99999999999", ""]}),
        ("coverage", {"a.py": ["1-99999999999999999999", ""]}),
        ("coverage", {str(number): ["1-300000", ""] for number in range(4)}),
        ("coverage", {"a.py": ["3-1", ""]}),
        ("coverage", {"a.py": ["0", ""]}),
        ("coverage", {"a.py": ["1"]}),
        ("coverage", {"a.py": ["1", "2", "3"]}),
        ("coverage", {"\ud800": ["1", "2"]}),
    ],
)
def test_record_with_an_impossible_value_is_skipped(key: str, value: object) -> None:
    line = json.dumps({**json.loads(record_line(RECORD)), key: value})

    assert read_records([line]) == ()


@pytest.mark.slow
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from([*RECORD._fields, "x"]), inner
    ),
))  # fmt: skip
def test_any_json_is_read_or_skipped(value: Any) -> None:
    read_records([json.dumps(value)])
    record = json.loads(record_line(RECORD))
    read_records([json.dumps({**record, "coverage": value, "runs": value})])


def defined(gate: str) -> str:
    """Return the hash of the definition of a gate."""
    plan = parse(
        f"version: 1\ntitle: T\ngates: [{gate}]\n"
        "slices: [{id: a, title: A, branch: b, scope: {include: [x]}}]\n".encode(),
        "plan.yaml",
    ).plan
    assert plan is not None
    return definition(plan.gates[0])


def test_every_key_that_decides_is_part_of_the_definition() -> None:
    plain = "{id: g, run: make}"
    others = [
        "{id: g, run: [make]}",
        "{id: g, run: make all}",
        *(
            f"{{id: g, run: make, {more}}}"
            for more in (
                "cwd: src", "env: {A: b}", "timeout: 5m", "repeat: 2", "expect_output: [x]",
                "forbid_output: [x]", "junit: r.xml", "needs: [h]", "coverage: {report: c.xml}",
                "coverage: {report: c.xml, minimum: 80}", "shell: sh", "setup: make env",
                "coverage: {report: c.xml, ignore: [x]}", "junit: [r.xml, s.xml]",
            )
        ),
    ]  # fmt: skip

    assert len({defined(gate) for gate in (plain, *others)}) == 1 + len(others)
    for same in ("{run: make, id: g}", "{id: g, title: T, run: 'make'}", "{id: h, run: make}"):
        assert defined(same) == defined(plain)


def document(**more: object) -> dict[str, object]:
    """Return a document as `run-gates` writes it."""
    gate = {"id": "tests", "definition": HASH, "verdict": "passed", "runs": []}
    return {
        "schema": "planner.run-gates/1", "ok": True, "findings": [], "tree": "t" * 40,
        "commit": "c" * 40, "dirty": False, "gates": [gate], **more,
    }  # fmt: skip


def test_results_of_a_run_are_gathered_from_all_folders(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.json").write_text(json.dumps(document()))
    (tmp_path / "readme.txt").write_text("not JSON")

    (record,) = read_results(tmp_path).of("t" * 40)

    assert (record.gate, record.verdict, record.at) == ("tests", "passed", "this run")
    assert read_results(tmp_path).of("u" * 40) == ()


@pytest.mark.parametrize("order", [("passed", "failed"), ("failed", "passed")])
def test_if_jobs_disagree_the_failure_counts(tmp_path: Path, order: tuple[str, str]) -> None:
    for name, verdict in zip("ab", order, strict=True):
        gate = {"id": "tests", "definition": HASH, "verdict": verdict, "runs": []}
        (tmp_path / f"{name}.json").write_text(json.dumps(document(gates=[gate])))

    assert read_results(tmp_path).of("t" * 40)[-1].verdict == "failed"


def test_dirty_results_do_not_count_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(document(dirty=True)))

    assert read_results(tmp_path) == ((), (str(tmp_path / "a.json"),))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"planner.run-gates/1"',
        json.dumps(document(schema="planner.run-gates/2")),
        json.dumps(document(schema="planner.error/1")),
        json.dumps(document(tree=None)),
        json.dumps(document(dirty="no")),
        json.dumps(document(gates=None)),
        json.dumps(document(gates=["tests"])),
        json.dumps(document(gates=[{"id": 1}])),
        "[" * 50_000,
    ],
)
def test_json_that_is_not_a_result_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)

    with pytest.raises(PlannerError, match="is not a result of run-gates"):
        read_results(tmp_path)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlannerError, match="there is no folder"):
        read_results(tmp_path / "nowhere")
