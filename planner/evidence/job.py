"""The gates of a slice run, and their results recorded as evidence for the tree."""

import datetime
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.diagnostic import Diagnostic
from planner.errors import GitError, PlannerError
from planner.evidence.baseline import Baselines, asking, measured
from planner.evidence.baseline import recorded as recorded_baselines
from planner.evidence.demands import closed_over
from planner.evidence.records import recorded, written
from planner.evidence.subject import Subject
from planner.gates import run as gate_runs
from planner.gates.run import uninterrupted
from planner.gates.verdict import Event, Result
from planner.paths import path_text
from planner.plan.model import Gate
from planner.repository import changes, notes
from planner.repository.git import Repository
from planner.rules import GATE_ERROR, GATE_FAILED, GATE_FLAKY, GATE_SKIPPED, GATE_TIMEOUT

_KEPT_LOGS: Final = 20


class Options(NamedTuple):
    """Which gates to run, and how.

    Attributes:
        is_trusting: whether the records of others may tell what was covered at the merge base.
    """

    gates: tuple[Gate, ...]
    tell: Callable[[Event], None]
    jobs: int = 1
    is_fail_fast: bool = False
    is_trusting: bool = True


class Done(NamedTuple):
    """What running the gates of a slice found.

    Attributes:
        dirt: a path by which the work tree differs, so that nothing was recorded; or empty.
        is_recorded: whether the results are kept as notes on the tree.
        problem: why they could not be, though they should; or empty.
        is_unknown: whether a demand could not be judged, such as for want of a baseline.
    """

    subject: Subject
    results: tuple[Result, ...]
    findings: tuple[Diagnostic, ...]
    dirt: str
    is_recorded: bool
    problem: str
    is_unknown: bool

    @property
    def is_undecided(self) -> bool:
        """Whether planner could not do what it was asked for, whatever the gates say."""
        return self.is_unknown or bool(self.problem)


def run(repository: Repository, subject: Subject, options: Options) -> Done:
    """Run the gates; each result of a clean work tree becomes a note on the tree.

    Raises:
        Interrupted: a signal came.
        PlannerError: gates cannot run here.
    """
    gate_runs.ensure_possible()
    from planner.evidence.worktree import sweep  # noqa: PLC0415 - it needs what ran above

    sweep(repository)
    gates = options.gates
    merge_base = subject.branch.merge_base
    logs = _new_logs(repository.git_dir / "planner" / "logs")
    baselines = _baselines(repository, merge_base, logs / "baseline", options)
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
    problems = {id_: _relative(one, repository) for id_, one in baselines.problems.items()}
    dirt = subject.dirt or _left_dirty(repository, subject)
    problem = ""
    if not dirt:
        problem = _record(repository, subject, gates, results)
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


def _baselines(repository: Repository, merge_base: str, logs: Path, options: Options) -> Baselines:
    """What was covered at the merge base, of the gates that ask for it."""
    wanted = asking(options.gates)
    if not wanted:
        return Baselines()
    known = Baselines()
    if options.is_trusting:
        known = recorded_baselines(repository, wanted, merge_base)
    missing = [gate.id for gate in wanted if gate.id not in known.counts]
    if not missing:
        return known
    needed = closed_over(options.gates, missing)
    fresh = measured(repository, needed, merge_base, logs, options.tell)
    return Baselines({**fresh.counts, **known.counts}, fresh.problems)


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
    return path_text(left[0].path) if left else ""


def _record(
    repository: Repository, subject: Subject, gates: tuple[Gate, ...], results: tuple[Result, ...]
) -> str:
    """Note the results on the tree; why that could not be done, or nothing."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    commit = subject.branch.head.commit
    lines = tuple(
        written(recorded(gate, result, commit=commit, at=at, environment=_environment()))
        for gate, result in zip(gates, results, strict=True)
        if result.verdict != "skipped"
    )
    if not lines:
        return ""
    try:
        with uninterrupted():
            notes.append(repository, subject.tree, lines)
    except GitError as error:  # what the gates said is told all the same
        return "; ".join(filter(None, (error.message, error.hint)))
    return ""


def _environment() -> str:
    """What gates run on, in a few words."""
    system = os.uname()
    return f"{system.sysname} {system.machine}" + (", CI" if os.environ.get("CI") else "")


def _findings(
    subject: Subject,
    gates: tuple[Gate, ...],
    results: tuple[Result, ...],
    problems: Mapping[str, Result],
) -> list[Diagnostic]:
    plan = subject.chosen.plan
    found = []
    for gate, result in zip(gates, results, strict=True):
        if result.verdict == "passed":
            continue
        message = f"the gate {gate.id!r} {_SAID[result.verdict]}: {result.reason}"
        is_blind = result.coverage is not None and bool(result.coverage.unknown)
        if is_blind and gate.id in problems:
            message += f"; there {_there(problems[gate.id])}"
        hint = f"its output is in {result.log}" if result.log else ""
        place = plan.where(gate.node)
        found.append(_RULES[result.verdict].at(place, message, hint, gate=gate.id))
    return found


_RULES: Final = {
    "failed": GATE_FAILED,
    "flaky": GATE_FLAKY,
    "timeout": GATE_TIMEOUT,
    "skipped": GATE_SKIPPED,
    "error": GATE_ERROR,
}


def _there(result: Result) -> str:
    """How a gate ended at the merge base."""
    where = f" (its output is in {result.log})" if result.log else ""
    return f"it {_SAID.get(result.verdict, 'counted no line')}: {result.reason}{where}"


_SAID: Final = {
    "failed": "failed",
    "flaky": "is flaky",
    "timeout": "ran out of time",
    "skipped": "was skipped",
    "error": "could not be judged",
}


def _new_logs(place: Path) -> Path:
    """A new folder for logs, in order of time; all but the last twenty are removed."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        before = sorted(int(path.name) for path in place.iterdir() if _is_run(path))
        for old in before[: max(0, len(before) - _KEPT_LOGS + 1)]:
            shutil.rmtree(place / f"{old:06}", ignore_errors=True)
        return _made(place, before[-1] + 1 if before else 1)
    except OSError as error:
        raise PlannerError(
            f"cannot keep the output of gates: {error.strerror}",
            hint=f"let {str(place)!r} be written",
        ) from error


def _is_run(path: Path) -> bool:
    return path.name.isascii() and path.name.isdigit()


def _made(place: Path, number: int) -> Path:
    """The folder of that number, or of the next that no other run has made."""
    while True:
        folder = place / f"{number:06}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
