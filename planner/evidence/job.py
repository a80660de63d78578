"""Run the gates of a slice, and record their results as evidence for the tree."""

import contextlib
import datetime
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.errors import GitError, PlannerError
from planner.evidence.baseline import (
    Baselines,
    measure_baselines,
    recorded_baselines,
    reported_baselines,
)
from planner.evidence.demands import with_needs
from planner.evidence.dirt import dirt_after, dirt_before
from planner.evidence.records import record_line, record_of
from planner.evidence.subject import Subject
from planner.gates import run as gate_runs
from planner.gates.judge import Yardstick
from planner.gates.signals import uninterrupted
from planner.gates.verdict import PHRASES, Event, Result
from planner.paths import path_text
from planner.plan.model import Gate
from planner.repository import changes, notes
from planner.repository.git import Repository
from planner.repository.lines import line_changes
from planner.repository.own_index import own_index
from planner.rules import GATE_ERROR, GATE_FAILED, GATE_FLAKY, GATE_SKIPPED, GATE_TIMEOUT

_KEPT_LOGS: Final = 20


class Options(NamedTuple):
    """Which gates to run, and how.

    Attributes:
        is_trusting: whether to take the coverage of the merge base from records of others.
        baselines: by gate id, a report file with the coverage of the merge base.
    """

    gates: tuple[Gate, ...]
    tell: Callable[[Event], None]
    how: gate_runs.Options = gate_runs.Options()
    is_trusting: bool = True
    baselines: Mapping[str, Path] = {}


class Done(NamedTuple):
    """The results of the gates of a slice.

    Attributes:
        dirt: how the work tree differs from the commit, so that nothing was recorded; or empty.
        problem: why they could not be recorded; or empty.
    """

    subject: Subject
    results: tuple[Result, ...]
    findings: tuple[Diagnostic, ...]
    dirt: str
    problem: str

    @property
    def is_recorded(self) -> bool:
        """Whether the results were recorded as notes on the tree."""
        return bool(self.results) and not self.dirt and not self.problem


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
    with own_index(repository, subject.branch.head.commit) as index:
        dirt = dirt_before(repository, index)
        results, problems = _results(of, subject, options)
        dirt = dirt or dirt_after(repository, index)
    problem = "" if dirt else _record(of, subject, results)
    findings = (*subject.demands.findings, *_findings(subject, results, problems))
    return Done(subject, results, findings, dirt, problem)


def _results(
    of: Run, subject: Subject, options: Options
) -> tuple[tuple[Result, ...], Mapping[str, Result]]:
    """Run the gates; return their results, and by gate id those that gave no baseline."""
    repository, gates = of.repository, options.gates
    merge_base = subject.branch.merge_base
    logs = new_logs(repository.git_dir / "planner" / "logs")
    baselines = _baselines(of, merge_base, logs / "baseline", options)
    has_coverage = any(gate.coverage for gate in gates)
    yardstick = Yardstick(
        repository.root,
        baselines.files,
        line_changes(repository, merge_base) if has_coverage else None,
        frozenset(map(path_text, changes.list_tracked(repository))) if has_coverage else None,
    )
    results = gate_runs.run(
        gates, yardstick=yardstick, logs=logs, tell=options.tell, options=options.how
    )
    problems = {id_: relative(result, repository) for id_, result in baselines.problems.items()}
    return tuple(relative(result, repository) for result in results), problems


def _baselines(of: Run, merge_base: str, logs: Path, options: Options) -> Baselines:
    """Return the coverage of the merge base for the gates that need it."""
    wanted = [gate for gate in options.gates if gate.coverage and gate.coverage.no_regression]
    if not wanted:
        return Baselines()
    known = dict(reported_baselines(of, wanted, merge_base, options.baselines))
    if options.is_trusting:  # anyone can push a note
        known = {**recorded_baselines(of, wanted, merge_base), **known}
    missing = [gate.id for gate in wanted if gate.id not in known]
    if not missing:
        return Baselines(known)
    needed = with_needs(options.gates, missing)
    fresh = measure_baselines(of.repository, needed, merge_base, logs, options.tell)
    return Baselines({**fresh.files, **known}, fresh.problems)


def relative(result: Result, repository: Repository) -> Result:
    """Make the path of the log relative to the repository root, if it is below that."""
    path = Path(result.log)
    if not result.log or not path.is_relative_to(repository.root):
        return result
    return result._replace(log=path.relative_to(repository.root).as_posix())


def _record(of: Run, subject: Subject, results: tuple[Result, ...]) -> str:
    """Record the results as notes on the tree; return why that was not possible, or nothing."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    commit, base = subject.branch.head.commit, subject.branch.merge_base
    system = os.uname()
    environment = f"{system.sysname} {system.machine}" + (", CI" if os.environ.get("CI") else "")
    lines = tuple(
        record_line(record_of(result, commit=commit, base=base, at=at, environment=environment))
        for result in results
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


def _findings(
    subject: Subject, results: tuple[Result, ...], problems: Mapping[str, Result]
) -> list[Diagnostic]:
    plan = subject.chosen.plan
    findings = []
    for result in results:
        if result.verdict == "passed":
            continue
        gate = result.gate
        message = f"the gate {gate.id!r} {PHRASES[result.verdict]}: {result.reason}"
        if result.coverage and result.coverage.unknown and gate.id in problems:
            message += f"; there {_at_merge_base(problems[gate.id])}"
        hint = f"the output is in {result.log}" if result.log else ""
        place = plan.where(gate.node)
        findings.append(RULES[result.verdict].at(place, message, hint, gate=gate.id))
    return findings


RULES: Final = {
    rule.name.removeprefix("gate-"): rule
    for rule in (GATE_ERROR, GATE_FAILED, GATE_FLAKY, GATE_SKIPPED, GATE_TIMEOUT)
}
"""By verdict."""


def _at_merge_base(result: Result) -> str:
    """Say how a gate ended at the merge base; one that passed did not report any coverage."""
    phrase = "reported no line" if result.verdict == "passed" else PHRASES[result.verdict]
    where = f" (the output is in {result.log})" if result.log else ""
    return f"it {phrase}: {result.reason}{where}"


def new_logs(place: Path) -> Path:
    """Make a folder for logs, numbered in order, and remove all but the last twenty."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        names = [path.name for path in place.iterdir()]
        before = sorted(int(name) for name in names if name.isascii() and name.isdigit())
        for old in before[: 1 - _KEPT_LOGS]:
            shutil.rmtree(place / f"{old:06}", ignore_errors=True)
        number = before[-1] if before else 0
        while True:
            number += 1
            folder = place / f"{number:06}"
            with contextlib.suppress(FileExistsError):  # another run has taken this number
                folder.mkdir()
                return folder
    except OSError as error:
        raise PlannerError(
            f"cannot write the output of gates: {error.strerror}",
            hint=f"make {str(place)!r} writable",
        ) from error
