"""The gates of a slice as they ended: as text and JSON."""

from collections.abc import Iterable
from typing import Any

from planner.diagnostic import has_errors
from planner.evidence.job import Done
from planner.evidence.records import definition
from planner.evidence.shown import Shown
from planner.formats import json
from planner.formats.text import diagnostics, page
from planner.gates.verdict import Result


def as_text(done: Done, *, has_colour: bool = False) -> str:
    """What did not pass, and then a line for each gate and one for the whole."""
    lines = []
    for result in done.results:
        seconds = sum(run.seconds for run in result.runs)
        lines.append(f"{result.verdict:8} {result.id} ({seconds:.1f} s)")
        coverage = result.coverage
        if coverage is not None and coverage.total:
            share = 100 * coverage.covered / coverage.total
            lines.append(
                f"         {coverage.covered} of {coverage.total} lines covered ({share:.2f} %)"
            )
            lines += [f"         {line}" for line in coverage.explanation]
    passed = sum(result.verdict == "passed" for result in done.results)
    lines.append(
        f"the slice {done.subject.chosen.slice_.id!r}: "
        f"{passed} of {len(done.results)} gates passed; {_kept(done)}"
    )
    return diagnostics(done.findings, has_colour=has_colour) + page(lines)


def _kept(done: Done) -> str:
    if not done.results:
        return "there is nothing to run"
    if done.is_recorded:
        return f"recorded for the tree {done.subject.tree[:12]}"
    if done.problem:
        return f"not recorded: {done.problem}"
    return f"not recorded: '{done.dirt}' differs from the commit"


def as_json(done: Done) -> str:
    """The document of `run-gates`."""
    subject = done.subject
    demanded = {one.id: one for one in subject.demands.gates}
    return json.document(
        "run-gates",
        done.findings,
        # What could not be told is not well, though nothing of it is known to be wrong.
        ok=not done.is_undecided and not has_errors(done.findings),
        slice=subject.chosen.slice_.id,
        commit=subject.branch.head.commit,
        tree=subject.tree,
        dirty=bool(done.dirt),
        recorded=done.is_recorded,
        gates=[
            {**gate(result), "definition": definition(demanded[result.id])}
            for result in done.results
        ],
    )


def gate(result: Result) -> dict[str, Any]:
    """One gate's result."""
    said: dict[str, Any] = {
        "id": result.id,
        "verdict": result.verdict,
        "reason": result.reason,
        "runs": [
            {"exit": run.exit, "seconds": round(run.seconds, 3), "reason": run.reason}
            for run in result.runs
        ],
        "log": result.log or None,
    }
    if result.disagreeing:
        said["disagreeing"] = list(result.disagreeing)
    if result.coverage is not None:
        coverage = result.coverage
        said["coverage"] = {
            "covered": coverage.covered,
            "total": coverage.total,
            "changed": list(coverage.changed) if coverage.changed else None,
            "reasons": list(coverage.reasons),
            "unknown": list(coverage.unknown),
            "explanation": list(coverage.explanation),
        }
    return said


def looked_up(shown: Iterable[Shown]) -> list[dict[str, Any]]:
    """Gates beside their evidence; `commit` is where a record of another tree is from."""
    said = []
    for one in shown:
        gate_said = {"id": one.gate.id, "evidence": one.state, "why": one.why}
        said.append({**gate_said, "commit": one.commit} if one.commit else gate_said)
    return said
