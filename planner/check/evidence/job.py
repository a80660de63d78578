"""The gates of a slice run, and their results recorded as evidence for the tree."""

import datetime
import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from planner.check.evidence.baseline import baselines
from planner.check.evidence.records import recorded, written
from planner.check.evidence.subject import Subject
from planner.diagnostic import Diagnostic
from planner.gates import run as gate_runs
from planner.gates.verdict import Event, Result
from planner.plan.model import Gate
from planner.repository import changes, notes
from planner.repository.git import Repository
from planner.repository.objects import Objects

_KEPT_LOGS = 20


class Options(NamedTuple):
    """Which gates to run, and how."""

    gates: tuple[Gate, ...]
    jobs: int
    is_fail_fast: bool
    tell: Callable[[Event], None]


class Done(NamedTuple):
    """What running the gates of a slice found.

    Attributes:
        dirt: why nothing was recorded: a path by which the work tree differs; or empty.
        is_recorded: whether the results are kept as notes on the tree.
        is_unknown: whether a demand could not be judged, such as for want of a baseline.
    """

    subject: Subject
    results: tuple[Result, ...]
    findings: tuple[Diagnostic, ...]
    dirt: str
    is_recorded: bool
    is_unknown: bool


def run(repository: Repository, objects: Objects, subject: Subject, options: Options) -> Done:
    """Run the gates; each result of a clean work tree becomes a note on the tree.

    Raises:
        Interrupted: a signal came.
        PlannerError: gates cannot run here, or the results cannot be recorded.
    """
    gates = options.gates
    merge_base = subject.branch.merge_base
    wants_lines = any(g.coverage and g.coverage.changed_lines is not None for g in gates)
    settings = gate_runs.Options(
        jobs=options.jobs,
        fail_fast=options.is_fail_fast,
        baselines=baselines(repository, objects, gates, merge_base, options.tell),
        changed_lines=changes.added_lines(repository, merge_base) if wants_lines else None,
    )
    logs = _new_logs(repository.git_dir / "planner" / "logs")
    results = gate_runs.run(
        gates, root=repository.root, logs=logs, tell=options.tell, options=settings
    )
    results = tuple(_relative(result, repository) for result in results)
    dirt = subject.dirt or _left_dirty(repository, subject)
    if not dirt:
        _record(repository, subject, gates, results)
    findings = [*subject.demands.findings, *_findings(subject, gates, results)]
    is_unknown = any(r.coverage is not None and r.coverage.unknown for r in results)
    return Done(subject, results, tuple(findings), dirt, not dirt and bool(results), is_unknown)


def _relative(result: Result, repository: Repository) -> Result:
    """The result with its log named from the repository's root, where it lies below that."""
    path = Path(result.log)
    if not result.log or not path.is_relative_to(repository.root):
        return result
    return result._replace(log=path.relative_to(repository.root).as_posix())


def _left_dirty(repository: Repository, subject: Subject) -> str:
    """A tracked path that the gates themselves changed; a report that they wrote is none."""
    commit = subject.branch.head.commit
    left = [c for c in changes.in_worktree(repository, commit) if c.status != "A"]
    return left[0].path.decode("utf-8", "surrogateescape") if left else ""


def _record(
    repository: Repository, subject: Subject, gates: tuple[Gate, ...], results: tuple[Result, ...]
) -> None:
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    where += ", CI" if os.environ.get("CI") else ""
    commit = subject.branch.head.commit
    lines = tuple(
        written(recorded(gate, result, commit=commit, at=at, environment=where))
        for gate, result in zip(gates, results, strict=True)
        if result.verdict != "skipped"
    )
    if lines:
        notes.append(repository, subject.tree, lines)


def _findings(
    subject: Subject, gates: tuple[Gate, ...], results: tuple[Result, ...]
) -> list[Diagnostic]:
    plan = subject.chosen.plan
    return [
        Diagnostic(
            plan.where(gate.node),
            f"gate-{result.verdict}",
            f"the gate {gate.id!r} {_SAID[result.verdict]}: {result.reason}",
            f"its output is in {result.log}" if result.log else "",
            details=(("gate", gate.id),),
        )
        for gate, result in zip(gates, results, strict=True)
        if result.verdict != "passed"
    ]


_SAID = {
    "failed": "failed",
    "flaky": "is flaky",
    "timeout": "ran out of time",
    "skipped": "was skipped",
    "error": "could not be judged",
}


def _new_logs(place: Path) -> Path:
    """A new folder for logs, in order of time; all but the last twenty are removed."""
    place.mkdir(parents=True, exist_ok=True)
    before = sorted(path for path in place.iterdir() if path.name.isdigit())
    for old in before[: max(0, len(before) - _KEPT_LOGS + 1)]:
        shutil.rmtree(old, ignore_errors=True)
    number = int(before[-1].name) + 1 if before else 1
    while True:
        folder = place / f"{number:06}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
