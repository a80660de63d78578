"""The part `gates` of `check`, and the report of `run-gates`: did the slice's gates pass?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, NamedTuple

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.check.scope.judge import BranchJudge
from planner.check.scope.part import judge
from planner.errors import PlannerError
from planner.evidence import job, lookup, subject
from planner.evidence.job import Done
from planner.evidence.lookup import GateEvidence, Noted
from planner.evidence.records import RunResults, definition, runs_of
from planner.evidence.subject import Subject
from planner.gates.coverage import share
from planner.gates.verdict import Event, Result
from planner.report import Report

Progress = Callable[[], AbstractContextManager[Callable[[Event], None]]]
"""Gives what is called for each event while gates run."""


class Source(NamedTuple):
    """Where the results of gates come from.

    Attributes:
        progress: what to call while gates run.
        is_recorded: whether gates are not run, but looked up in the records.
        of_run: results of jobs of this CI run; None when none were given.
        may_trust: whether records that others may have written count.
        baselines: by gate id, a report file with the coverage of the merge base.
    """

    progress: Progress
    is_recorded: bool = False
    of_run: RunResults | None = None
    may_trust: bool = True
    baselines: Mapping[str, Path] = {}


def check(run: Run, branch: Branch, *, source: Source) -> Report:
    """Check the gates of the branch's slice; in a merge queue, those of each slice in it.

    Raises:
        PlannerError: the slice, its gates or their results are unknown.
    """
    if source.is_recorded and not source.may_trust:
        raise PlannerError(
            "anyone who can push can write gate results to git notes, so they do not count in CI",
            hint="run the gates (--gates run), use the results of this CI run (--from DIR), "
            "or accept them: --trust-notes",
        )
    found = find_subjects(run, branch)
    if not found.subjects:
        return Report("check", not_applicable=found.why)
    if not found.is_queue:
        return _check_slice(run, found.subjects[0], source)
    reports: dict[str, Report] = {}
    for one in found.subjects:
        path, name = one.chosen.key
        is_twin = name in reports  # a slice of another plan with the same id
        reports[f"{path}: {name}" if is_twin else name] = _check_slice(run, one, source)
    return Report("check", parts=reports)


class Subjects(NamedTuple):
    """The slices whose gates a branch must pass: one, or those in a merge queue; or why none."""

    subjects: tuple[Subject, ...]
    why: str = ""
    is_queue: bool = False


def find_subjects(run: Run, branch: Branch) -> Subjects:
    """Return the slices whose gates a branch must pass.

    Raises:
        PlannerError: the slice or its gates are unknown.
    """
    if branch.is_queue:
        commits = judge(run, branch).commits
        queued = {one.key: one for commit in commits for one in commit.accepted_by}
        found = tuple(
            subject.read_subject(run, branch._replace(judged_by=chosen))
            for chosen in queued.values()
        )
        return Subjects(found, "the merge queue has no commit of a slice", is_queue=True)
    if branch.trusted.error is not None and not branch.is_nothing:
        BranchJudge(run, branch).require_usable_plan()
    of_branch = subject.find_subject(run, branch)
    if of_branch is not None:
        return Subjects((of_branch,))
    if branch.changes and not branch.name:
        raise subject.no_slice(branch)
    what = f"the branch {branch.name!r} is not a slice" if branch.name else "nothing changed"
    return Subjects((), what)


def _check_slice(run: Run, of_branch: Subject, source: Source) -> Report:
    """Run the gates of a slice, or look their results up."""
    if source.of_run is None and not source.is_recorded:
        with source.progress() as tell:
            options = job.Options(
                of_branch.demands.gates,
                tell,
                is_trusting=source.may_trust,
                baselines=source.baselines,
            )
            return report(job.run(run, of_branch, options))
    branch, chosen = of_branch.branch, of_branch.chosen
    noted: tuple[Noted, ...] = ()
    if source.is_recorded:
        noted = lookup.read_noted(run, branch.merge_base, branch.head.commit)
    of_run = source.of_run.of(of_branch.tree) if source.of_run else ()
    gates = lookup.look_up(of_branch.demands.gates, noted, of_run, base=branch.merge_base)
    missing = (lookup.finding(chosen, one) for one in gates if one.state != "passed")
    return Report(
        "check",
        (*of_branch.demands.findings, *missing),
        summary=tuple(f"gate {one.gate.id}: {one.why}" for one in gates),
        payload={"slice": chosen.slice_.id, "gates": evidence_keys(gates)},
    )


def report(done: Done) -> Report:
    """Return the report of gates that ran."""
    of_branch = done.subject
    return Report(
        "run-gates",
        done.findings,
        summary=(*_lines(done.results), _kept(done)),
        payload={
            "slice": of_branch.chosen.slice_.id,
            "commit": of_branch.branch.head.commit,
            "tree": of_branch.tree,
            "merge_base": of_branch.branch.merge_base,
            "dirty": bool(done.dirt),
            "recorded": done.is_recorded,
            "gates": [_result(one) for one in done.results],
        },
        undecided=_undecided(done),
        remark="not recorded" if done.dirt and done.results else "",
    )


def _undecided(done: Done) -> str:
    """Why planner could not do what it was asked for, whatever the gates say; or empty."""
    if done.problem:
        return "the results could not be recorded"
    is_unknown = any(one.coverage and one.coverage.unknown for one in done.results)
    return "a coverage demand could not be checked" if is_unknown else ""


def _lines(results: Sequence[Result]) -> Iterable[str]:
    """A line for each gate, and what its coverage is."""
    for result in results:
        seconds = sum(one.seconds for one in result.runs)
        yield f"{result.verdict:8} {result.gate.id} ({seconds:.1f} s)"
        coverage = result.coverage
        if coverage is not None and coverage.total:
            yield f"{_INDENT}coverage {share(coverage.covered, coverage.total)}"
            if coverage.changed is not None:
                yield f"{_INDENT}changed lines {share(*coverage.changed)}"
            yield from (f"{_INDENT}{line}" for line in coverage.explanation)
        yield from (f"{_INDENT}{note}" for note in result.notes)


_INDENT: Final = " " * 9


def _kept(done: Done) -> str:
    """How many gates passed, and whether that was recorded."""
    passed = sum(result.verdict == "passed" for result in done.results)
    kept = f"not recorded: {done.dirt}"
    if not done.results:
        kept = "there is nothing to run"
    elif done.is_recorded:
        kept = f"recorded for the tree {done.subject.tree[:12]}"
    elif done.problem:
        kept = f"not recorded: {done.problem}"
    slice_id = done.subject.chosen.slice_.id
    return f"the slice {slice_id!r}: {passed} of {len(done.results)} gates passed; {kept}"


def _result(result: Result) -> dict[str, Any]:
    keys: dict[str, Any] = {
        "id": result.gate.id,
        "verdict": result.verdict,
        "reason": result.reason,
        "runs": runs_of(result),
        "log": result.log or None,
    }
    if result.disagreeing:
        keys["disagreeing"] = list(result.disagreeing)
    if result.notes:
        keys["notes"] = list(result.notes)
    if result.coverage is not None:
        shown = ("covered", "total", "changed", "reasons", "unknown", "explanation")
        keys["coverage"] = {key: getattr(result.coverage, key) for key in shown}
    keys["definition"] = definition(result.gate)
    return keys


def evidence_keys(gates: Iterable[GateEvidence]) -> list[dict[str, Any]]:
    """Return gates beside their evidence; `commit` is where a record of another tree is from."""
    keys = []
    for one in gates:
        gate = {"id": one.gate.id, "evidence": one.state, "why": one.why}
        keys.append({**gate, "commit": one.commit} if one.commit else gate)
    return keys
