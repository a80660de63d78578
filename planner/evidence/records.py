"""Records: results of gates as lines of JSON, which notes store for a tree."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from planner.errors import PlannerError
from planner.gates.reports.lines import Files, Lines, ranges
from planner.gates.verdict import Result, Verdict
from planner.plan.document.nodes import plain
from planner.plan.model import Gate

_DEFINING: Final = (
    "run", "shell", "setup", "cwd", "env", "timeout", "repeat", "expect_output", "forbid_output",
    "junit", "needs", "coverage",
)  # fmt: skip
"""The keys of a gate that decide whether it passes; title and description do not."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST: Final = 200
_MOST_LINES: Final = 1_000_000  # of a record: anyone can write a note
_VERDICTS: Final = get_args(Verdict)


class Record(NamedTuple):
    """The result of a gate on a tree.

    Attributes:
        definition: the hash of what the gate demanded.
        at: when it was recorded, in UTC, as ISO 8601.
        environment: the machine, in a few words.
        coverage: the lines by file, if the gate reads a report.
        base: the merge base, if the gate compares with it; else empty.
    """

    gate: str
    definition: str
    verdict: str
    runs: tuple[Mapping[str, Any], ...]
    commit: str
    at: str
    environment: str
    coverage: Files | None = None
    base: str = ""


def is_relative(gate: Gate) -> bool:
    """Return whether a gate compares with the merge base, so that another one may fail it."""
    coverage = gate.coverage
    return bool(coverage and (coverage.no_regression or coverage.changed_lines is not None))


def definition(gate: Gate) -> str:
    """Return the hash of what a gate demands: evidence counts only for the same demands."""
    values = plain(gate.node)
    text = json.dumps({key: values.get(key) for key in _DEFINING}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def record_of(result: Result, *, commit: str, base: str, at: str, environment: str) -> Record:
    """Return the record of a result.

    Args:
        base: the merge base.
    """
    measured = result.coverage
    # What was not understood, or is of elsewhere, must not become a baseline.
    is_sound = measured is not None and not measured.unknown and not measured.outside
    files = measured.files if measured is not None and is_sound else None
    gate, runs = result.gate, runs_of(result)
    return Record(
        gate.id, definition(gate), result.verdict, runs, commit, at, environment, files,
        base if is_relative(gate) else "",
    )  # fmt: skip


def runs_of(result: Result) -> tuple[Mapping[str, Any], ...]:
    """Return the runs of a gate as plain values."""
    return tuple(
        {"exit": run.exit, "seconds": round(run.seconds, 3), "reason": run.reason}
        for run in result.runs
    )


def record_line(record: Record) -> str:
    """Return the record as one line of JSON."""
    document = {key: value for key, value in record._asdict().items() if value not in (None, "")}
    if record.coverage is not None:
        document["coverage"] = {
            path: [ranges(lines.covered), ranges(lines.all - lines.covered)]
            for path, lines in record.coverage.items()
        }
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def read_records(lines: Iterable[str]) -> tuple[Record, ...]:
    """Read records from lines. Lines that are not records are skipped: anyone can write a note."""
    return tuple(filter(None, map(_record, lines)))


def _record(source: str | Mapping[str, Any]) -> Record | None:
    """Return the record in a line or in what was read from one; None if it is not a record."""
    try:
        document = json.loads(source) if isinstance(source, str) else source
        gate, defined, verdict, commit, at = (
            _text(document[key]) for key in ("gate", "definition", "verdict", "commit", "at")
        )
        if verdict not in _VERDICTS or not _HASH.fullmatch(defined):
            return None
        runs = tuple(run for run in document.get("runs", ()) if isinstance(run, dict))
        environment, base = (_text(document.get(key, "")) for key in ("environment", "base"))
        files = _files(document["coverage"]) if "coverage" in document else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return Record(gate, defined, verdict, runs, commit, at, environment, files, base)


def _text(value: object) -> str:
    """Return a text that is safe to print."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST:
        raise ValueError(value)
    return value


def _files(values: Mapping[str, Any]) -> Files:
    """Read the covered lines and the others of each file, as `ranges` writes them."""
    files = {}
    left = _MOST_LINES
    for path, (covered, missed) in values.items():
        path.encode("utf-8", "surrogateescape")  # raises for what could not be printed later
        spans = [_spans(covered), _spans(missed)]
        left -= sum(last - first + 1 for span in spans for first, last in span)
        if left < 0:
            raise ValueError(path)
        executed, others = (
            frozenset(chain.from_iterable(range(first, last + 1) for first, last in span))
            for span in spans
        )
        files[path] = Lines(executed, executed | others)
    return files


def _spans(text: str) -> list[tuple[int, int]]:
    """Read `1-3,7` as the first and the last number of each range."""
    spans = []
    for span in text.split(",") if text else ():
        first, _, last = span.partition("-")
        spans.append((int(first), int(last or first)))
        if not 0 < spans[-1][0] <= spans[-1][1]:
            raise ValueError(span)
    return spans


class RunResults(NamedTuple):
    """Results of jobs of one CI run, each with its tree, and files that do not count."""

    records: tuple[tuple[str, Record], ...] = ()
    dirty: tuple[str, ...] = ()

    def of(self, tree: str) -> tuple[Record, ...]:
        """Return the records of one tree. What did not pass comes last: the last one counts."""
        own = (record for record_tree, record in self.records if record_tree == tree)
        return tuple(sorted(own, key=lambda record: record.verdict != "passed"))


def read_results(folder: Path) -> RunResults:
    """Read the JSON documents of `run-gates` that jobs of one CI run wrote.

    Raises:
        PlannerError: the folder does not exist, or a file in it is not such a document.
    """
    if not folder.is_dir():
        raise PlannerError(f"there is no folder {str(folder)!r}", hint="name one: --from DIR")
    results: list[tuple[str, Record]] = []
    dirty = []
    for path in sorted(folder.rglob("*.json")):
        document = _document(path)
        if document["dirty"]:
            dirty.append(str(path))
            continue
        for gate in document["gates"]:
            more = {"gate": gate["id"], "commit": document["commit"], "at": "this run"}
            more["base"] = document.get("merge_base", "")
            kept = {key: value for key, value in gate.items() if key != "coverage"}
            record = _record(kept | more)
            if record and record.verdict != "skipped":
                results.append((document["tree"], record))
    return RunResults(tuple(results), tuple(dirty))


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
        texts = [document["tree"], document["commit"], *(gate["id"] for gate in document["gates"])]
        is_result = document["schema"] == "planner.run-gates/1" and all(
            isinstance(text, str) for text in texts
        )
        if not is_result or not isinstance(document["dirty"], bool):
            raise ValueError(path)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PlannerError(
            f"{str(path)!r} is not a result of run-gates",
            hint="write it with: planner run-gates --format json",
        ) from error
    return dict(document)
