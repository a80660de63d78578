"""A gate's result as a line of JSON that is kept with the tree it was found on."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from planner.errors import PlannerError
from planner.gates.coverage import Counts
from planner.gates.verdict import Result
from planner.plan import document
from planner.plan.model import Gate

_DEFINING: Final = (
    "run", "cwd", "env", "timeout", "repeat", "expect_output", "forbid_output", "junit", "needs",
    "coverage",
)  # fmt: skip
"""The keys of a gate that decide what passes it; its title and description do not."""


class Record(NamedTuple):
    """One gate's result on one tree.

    Attributes:
        definition: the hash of what the gate demanded.
        at: when it ended, in UTC, as ISO 8601.
        environment: what it ran on, in a few words.
        coverage: per file, covered and all lines, where the gate reads a report.
    """

    gate: str
    definition: str
    verdict: str
    runs: tuple[Mapping[str, Any], ...]
    commit: str
    at: str
    environment: str
    coverage: Counts | None = None


def definition(gate: Gate) -> str:
    """The hash of what a gate demands: evidence counts for the same demands alone."""
    plain = document.plain(gate.node)
    said = json.dumps({key: plain.get(key) for key in _DEFINING}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def recorded(gate: Gate, result: Result, *, commit: str, at: str, environment: str) -> Record:
    """The record of a result."""
    runs = tuple(
        {"exit": run.exit, "seconds": round(run.seconds, 3), "reason": run.reason}
        for run in result.runs
    )
    files = result.coverage.files if result.coverage else None
    return Record(gate.id, definition(gate), result.verdict, runs, commit, at, environment, files)


def written(record: Record) -> str:
    """The record as one line of JSON."""
    said = record._asdict()
    if record.coverage is None:
        del said["coverage"]
    else:
        said["coverage"] = {path: list(counts) for path, counts in record.coverage.items()}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def read(lines: Iterable[str]) -> tuple[Record, ...]:
    """The records among lines; what is none is passed over: anyone can write a note."""
    found = []
    for line in lines:
        try:
            said = json.loads(line)
            coverage = said.get("coverage")
            files = None
            if coverage is not None:
                files = {str(p): (int(c[0]), int(c[1])) for p, c in coverage.items()}
            texts = [said[key] for key in ("gate", "definition", "verdict", "commit", "at")]
            if not all(isinstance(text, str) for text in texts):
                continue
            gate, defined, verdict, commit, at = texts
            runs = tuple(run for run in said.get("runs", ()) if isinstance(run, dict))
            environment = str(said.get("environment", ""))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            continue
        found.append(Record(gate, defined, verdict, runs, commit, at, environment, files))
    return tuple(found)


def gathered(folder: Path) -> tuple[tuple[str, Record], ...]:
    """The results that jobs of one CI run left as JSON documents of `run-gates`, with their trees.

    Raises:
        PlannerError: there is no folder, or a file in it is no such document.
    """
    if not folder.is_dir():
        raise PlannerError(f"there is no folder {str(folder)!r}", hint="name one: --from DIR")
    found: list[tuple[str, Record]] = []
    for path in sorted(folder.rglob("*.json")):
        said = _document(path)
        if said["dirty"]:
            continue
        for gate in said["gates"]:
            line = {**gate, "gate": gate["id"], "commit": said["commit"], "at": "this run"}
            line.pop("coverage", None)
            found += [(said["tree"], record) for record in read([json.dumps(line)])]
    return tuple(found)


def _document(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes())
        if said["schema"] != "planner.run-gates/1":
            raise KeyError(said["schema"])
        if not all(isinstance(said[key], str) for key in ("tree", "commit")):
            raise KeyError("tree")
        if not all(isinstance(gate["id"], str) for gate in said["gates"]):
            raise KeyError("gates")
        _ = said["dirty"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PlannerError(
            f"{str(path)!r} is no result of gates",
            hint="write it with: planner run-gates --format json",
        ) from error
    return dict(said)
