"""A gate's result as a line of JSON that is kept with the tree it was found on."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from planner.errors import PlannerError
from planner.gates.coverage import Counts
from planner.gates.verdict import Result, Verdict
from planner.plan.document.nodes import plain
from planner.plan.model import Gate

_DEFINING: Final = (
    "run", "cwd", "env", "timeout", "repeat", "expect_output", "forbid_output", "junit", "needs",
    "coverage",
)  # fmt: skip
"""The keys of a gate that decide what passes it; its title and description do not."""


_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST: Final = 200
_VERDICTS: Final = get_args(Verdict)


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
    definition = plain(gate.node)
    said = json.dumps({key: definition.get(key) for key in _DEFINING}, sort_keys=True)
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
    found = (_read(line) for line in lines)
    return tuple(record for record in found if record is not None)


def _read(line: str) -> Record | None:
    try:
        said = json.loads(line)
        gate, defined, verdict, commit, at = (_text(said[key]) for key in _TEXTS)
        if verdict not in _VERDICTS or not _HASH.fullmatch(defined):
            return None
        runs = tuple(run for run in said.get("runs", ()) if isinstance(run, dict))
        environment = _text(said.get("environment", ""))
        files = _counts(said["coverage"]) if "coverage" in said else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return Record(gate, defined, verdict, runs, commit, at, environment, files)


_TEXTS: Final = ("gate", "definition", "verdict", "commit", "at")


def _text(said: object) -> str:
    """A text that can be shown as it stands."""
    if not isinstance(said, str) or not said.isprintable() or len(said) > _LONGEST:
        raise ValueError(said)
    return said


def _counts(said: Mapping[str, Any]) -> Counts:
    """Per file, covered and all lines."""
    files = {}
    for path, (covered, total) in said.items():
        path.encode("utf-8", "surrogateescape")  # it will be shown
        if type(covered) is not int or type(total) is not int or not 0 <= covered <= total:
            raise ValueError(path)
        files[path] = (covered, total)
    return files


class Gathered(NamedTuple):
    """The results of jobs of one CI run, each with its tree, and the files that do not count."""

    records: tuple[tuple[str, Record], ...] = ()
    dirty: tuple[str, ...] = ()

    def of(self, tree: str) -> tuple[Record, ...]:
        """The records of one tree; where jobs disagree, what did not pass comes last: it counts."""
        own = (record for found, record in self.records if found == tree)
        return tuple(sorted(own, key=lambda record: record.verdict != "passed"))


def gathered(folder: Path) -> Gathered:
    """The results that jobs of one CI run left as JSON documents of `run-gates`.

    Raises:
        PlannerError: there is no folder, or a file in it is no such document.
    """
    if not folder.is_dir():
        raise PlannerError(f"there is no folder {str(folder)!r}", hint="name one: --from DIR")
    found: list[tuple[str, Record]] = []
    dirty = []
    for path in sorted(folder.rglob("*.json")):
        said = _document(path)
        if said["dirty"]:
            dirty.append(str(path))
            continue
        for gate in said["gates"]:
            line = {**gate, "gate": gate["id"], "commit": said["commit"], "at": "this run"}
            line.pop("coverage", None)
            records = read([json.dumps(line)])
            found += [(said["tree"], one) for one in records if one.verdict != "skipped"]
    return Gathered(tuple(found), tuple(dirty))


def _document(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes())
        if said["schema"] != "planner.run-gates/1":
            raise KeyError(said["schema"])
        if not all(isinstance(said[key], str) for key in ("tree", "commit")):
            raise KeyError("tree")
        if not all(isinstance(gate["id"], str) for gate in said["gates"]):
            raise KeyError("gates")
        if not isinstance(said["dirty"], bool):
            raise KeyError("dirty")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PlannerError(
            f"{str(path)!r} is no result of gates",
            hint="write it with: planner run-gates --format json",
        ) from error
    return dict(said)
