"""Run the gates of a slice, and record their results as evidence for the tree."""

import datetime
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.errors import GitError, PlannerError
from planner.evidence.baseline import Baselines, measure_baselines, needing_baseline, read_baselines
from planner.evidence.demands import with_needs
from planner.evidence.records import record_line, record_of
from planner.evidence.subject import Subject
from planner.gates import run as gate_runs
from planner.gates.signals import uninterrupted
from planner.gates.verdict import PHRASES, Event, Result
from planner.paths import path_text
from planner.plan.model import Gate
from planner.repository import changes, notes
from planner.repository.git import Repository
from planner.rules import GATE_ERROR, GATE_FAILED, GATE_FLAKY, GATE_SKIPPED, GATE_TIMEOUT

_KEPT_LOGS: Final = 20


class Options(NamedTuple):
    """Which gates to run, and how.

    Attributes:
        is_trusting: whether to take the coverage of the merge base from records of others.
    """

    gates: tuple[Gate, ...]
    tell: Callable[[Event], None]
    jobs: int = 1
    is_fail_fast: bool = False
    is_trusting: bool = True


class Done(NamedTuple):
    """The results of the gates of a slice.

    Attributes:
        dirt: a path that differs from the commit, so that nothing was recorded; or empty.
        is_recorded: whether the results were recorded as notes on the tree.
        problem: why they could not be recorded; or empty.
        is_unknown: whether a demand could not be checked, such as without a baseline.
    """

    subject: Subject
    results: tuple[Result, ...]
    findings: tuple[Diagnostic, ...]
    dirt: str
    is_recorded: bool
    problem: str
    is_unknown: bool


def run(of: Run, subject: Subject, options: Options) -> Done:
    """Run the gates; each result of a clean work tree becomes a note on the tree.

    Raises:
        Interrupted: a signal came.
        PlannerError: gates cannot run here.
    """
    gate_runs.ensure_possible()
    from planner.evidence.worktree import sweep  # noqa: PLC0415 - imports fcntl: not on Windows

    repository = of.repository
    sweep(repository)
    gates = options.gates
    merge_base = subject.branch.merge_base
    logs = _new_logs(repository.git_dir / "planner" / "logs")
    baselines = _baselines(of, merge_base, logs / "baseline", options)
    wants_lines = any(g.coverage and g.coverage.changed_lines is not None for g in gates)
    settings = gate_runs.Options(
        jobs=options.jobs,
        fail_fast=options.is_fail_fast,
        baselines=baselines.counts,
        changed_lines=changes.added_lines(repository, merge_base) if wants_lines else None,
    )
    results = gate_runs.run(
        gates, root=repository.root, logs=logs, tell=options.tell, options=settings
    )
    results = tuple(_relative(result, repository) for result in results)
    problems = {id_: _relative(result, repository) for id_, result in baselines.problems.items()}
    dirt = subject.dirt or _left_dirty(repository, subject)
    problem = ""
    if not dirt:
        problem = _record(of, subject, gates, results)
    findings = [*subject.demands.findings, *_findings(subject, gates, results, problems)]
    return Done(
        subject,
        results,
        tuple(findings),
        dirt,
        is_recorded=bool(results) and not dirt and not problem,
        problem=problem,
        is_unknown=any(r.coverage is not None and r.coverage.unknown for r in results),
    )


def _baselines(of: Run, merge_base: str, logs: Path, options: Options) -> Baselines:
    """Return the coverage of the merge base for the gates that need it."""
    wanted = needing_baseline(options.gates)
    if not wanted:
        return Baselines()
    known = Baselines()
    if options.is_trusting:  # anyone can push a note
        known = read_baselines(of, wanted, merge_base)
    missing = [gate.id for gate in wanted if gate.id not in known.counts]
    if not missing:
        return known
    needed = with_needs(options.gates, missing)
    fresh = measure_baselines(of.repository, needed, merge_base, logs, options.tell)
    return Baselines({**fresh.counts, **known.counts}, fresh.problems)


def _relative(result: Result, repository: Repository) -> Result:
    """Make the path of the log relative to the repository root, if it is below that."""
    path = Path(result.log)
    if not result.log or not path.is_relative_to(repository.root):
        return result
    return result._replace(log=path.relative_to(repository.root).as_posix())


def _left_dirty(repository: Repository, subject: Subject) -> str:
    """Return a tracked path that the gates changed, or nothing. New files, as reports, are fine."""
    commit = subject.branch.head.commit
    tracked = [c for c in changes.in_worktree(repository, commit) if c.status != "A"]
    return path_text(tracked[0].path) if tracked else ""


def _record(of: Run, subject: Subject, gates: tuple[Gate, ...], results: tuple[Result, ...]) -> str:
    """Record the results as notes on the tree; return why that was not possible, or nothing."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    commit = subject.branch.head.commit
    lines = tuple(
        record_line(record_of(gate, result, commit=commit, at=at, environment=_environment()))
        for gate, result in zip(gates, results, strict=True)
        if result.verdict != "skipped"
    )
    if not lines:
        return ""
    try:
        with uninterrupted():
            notes.append(of.objects, subject.tree, lines)
    except GitError as error:  # the results are shown all the same
        return "; ".join(filter(None, (error.message, error.hint)))
    return ""


def _environment() -> str:
    """Describe the machine in a few words."""
    system = os.uname()
    return f"{system.sysname} {system.machine}" + (", CI" if os.environ.get("CI") else "")


def _findings(
    subject: Subject,
    gates: tuple[Gate, ...],
    results: tuple[Result, ...],
    problems: Mapping[str, Result],
) -> list[Diagnostic]:
    plan = subject.chosen.plan
    diagnostics = []
    for gate, result in zip(gates, results, strict=True):
        if result.verdict == "passed":
            continue
        message = f"the gate {gate.id!r} {PHRASES[result.verdict]}: {result.reason}"
        is_blind = result.coverage is not None and bool(result.coverage.unknown)
        if is_blind and gate.id in problems:
            message += f"; there {_at_merge_base(problems[gate.id])}"
        hint = f"the output is in {result.log}" if result.log else ""
        place = plan.where(gate.node)
        diagnostics.append(_RULES[result.verdict].at(place, message, hint, gate=gate.id))
    return diagnostics


_RULES: Final = {
    "failed": GATE_FAILED,
    "flaky": GATE_FLAKY,
    "timeout": GATE_TIMEOUT,
    "skipped": GATE_SKIPPED,
    "error": GATE_ERROR,
}


def _at_merge_base(result: Result) -> str:
    """Say how a gate ended at the merge base. One that passed is here for want of coverage."""
    phrase = "reported no line" if result.verdict == "passed" else PHRASES[result.verdict]
    where = f" (the output is in {result.log})" if result.log else ""
    return f"it {phrase}: {result.reason}{where}"


def _new_logs(place: Path) -> Path:
    """Make a folder for logs, numbered in order, and remove all but the last twenty."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        before = sorted(int(path.name) for path in place.iterdir() if _is_run(path))
        for old in before[: max(0, len(before) - _KEPT_LOGS + 1)]:
            shutil.rmtree(place / f"{old:06}", ignore_errors=True)
        return _make_folder(place, before[-1] + 1 if before else 1)
    except OSError as error:
        raise PlannerError(
            f"cannot write the output of gates: {error.strerror}",
            hint=f"make {str(place)!r} writable",
        ) from error


def _is_run(path: Path) -> bool:
    return path.name.isascii() and path.name.isdigit()


def _make_folder(place: Path, number: int) -> Path:
    """Make the folder with this number, or with the next that another run has not taken."""
    while True:
        folder = place / f"{number:06}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
