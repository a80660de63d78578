"""What came of an agent's plan, as a report."""

import posixpath
from collections.abc import Iterator
from typing import Any

from planner.agents.generate.loop import ANSWER, PLAN, Outcome, Round, counted
from planner.paths import shell_text
from planner.plan.parse import parse
from planner.report import Report, left_open


def report(outcome: Outcome) -> Report:
    """Return the report of `generate`; without a plan that holds it is an error."""
    findings = outcome.last.judged.findings
    is_written = outcome.folder is None
    folder = outcome.folder
    return Report(
        "generate",
        findings,
        summary=tuple(_written(outcome) if is_written else _not_written(outcome)),
        payload={
            "path": outcome.path,
            "written": is_written,
            "rounds": [_round(one) for one in outcome.rounds],
            "answer": str(folder / ANSWER) if folder else None,
            "plan": str(folder / PLAN) if folder else None,
        },
        undecided=left_open(findings),
        kind="action",
    )


def _written(outcome: Outcome) -> Iterator[str]:
    plan = parse(outcome.last.content, outcome.path).plan
    slices = len(plan.slices) if plan else 0
    yield (
        f"wrote {outcome.path}: {slices} slice{'' if slices == 1 else 's'}, "
        f"after {_rounds(outcome)}"
    )
    others = outcome.last.judged.others
    if others:
        yield f"  planner lint finds {others} more error{'' if others == 1 else 's'} in other plans"
    yield "next:"
    yield "  planner render                         # writes PLAN.md and TASKS.md"
    folder = shell_text(posixpath.dirname(outcome.path) or outcome.path)
    yield f"  git add {folder} && git commit   # on a branch of its own, for review"


def _not_written(outcome: Outcome) -> Iterator[str]:
    assert outcome.folder
    yield (
        f"{outcome.path} was not written: no plan holds after {_rounds(outcome)}, "
        f"the last one has {counted(outcome.last)}"
    )
    why = left_open(outcome.last.judged.findings)
    if why:
        yield f"  {why}"
    yield f"  the plan, to whose lines the findings refer: {outcome.folder / PLAN}"
    yield f"  the answer that it was in: {outcome.folder / ANSWER}"


def _rounds(outcome: Outcome) -> str:
    count = len(outcome.rounds)
    return f"{count} round{'' if count == 1 else 's'}"


def _round(one: Round) -> dict[str, Any]:
    found = None if one.answer is None else [f.severity for f in one.answer.judged.findings]
    return {
        "exit": one.said.exit,
        "fault": one.said.fault or None,
        "errors": None if found is None else found.count("error"),
        "warnings": None if found is None else found.count("warning"),
    }


def of_prompt(text: str, path: str) -> Report:
    """Return the report of `generate --prompt`."""
    payload = {"path": path, "prompt": text, "bytes": len(text.encode("utf-8", "backslashreplace"))}
    return Report("generate", payload=payload, kind="question", raw=text)
