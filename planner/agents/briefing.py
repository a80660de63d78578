"""A brief as a report: the short text for people, all of it for programs."""

from collections.abc import Sequence
from typing import Any

from planner.agents.brief import Brief
from planner.agents.brief_text import text_of
from planner.plan.model import Entry, Gate, Task
from planner.report import Report


def report(brief: Brief) -> Report:
    """Return the report of `brief`."""
    text = text_of(brief)
    (plan, slice_), task = brief.part.chosen, brief.part.task
    revision = brief.revision
    keys: dict[str, Any] = {"slice": slice_.id}
    if task:
        keys["task"] = task.id
    return Report(
        "brief",
        kind="question",
        summary=tuple(text.text.splitlines()),
        payload={
            **keys,
            "text": text.text,
            "shortened": text.is_shortened,
            "plan": {
                "path": plan.path,
                "commit": revision.commit if revision else None,
                "trusted": revision is not None,
            },
            "title": task.title if task else slice_.title,
            "goal": (task.description if task else slice_.overview) or None,
            "branch": [entry.text for entry in slice_.branch],
            "checked_out": brief.is_here,
            "start": {key: value or None for key, value in brief.start._asdict().items()},
            "commit_title": slice_.commit or None,
            "owner": (task.owner if task else "") or slice_.owner or None,
            "reviewers": list(slice_.reviewers),
            "depends_on": list(task.depends_on if task else slice_.depends_on),
            "include": [
                {"pattern": entry.text, "why": entry.why or None, "new": entry.new}
                for entry in brief.include
            ],
            "exclude": _texts(slice_.scope.exclude),
            "shared": _texts(brief.shared),
            "excluded": _texts(brief.excluded),
            "neighbors": [
                {
                    "slice": chosen.slice_.id,
                    "plan": chosen.plan.path,
                    "owner": chosen.slice_.owner or None,
                    "branch": [entry.text for entry in chosen.slice_.branch],
                    "include": _texts(entries),
                }
                for chosen, entries in brief.neighbors
            ],
            "limits": plan.limits_of(slice_)._asdict(),
            "tasks": [_task(one) for one in ((task,) if task else slice_.tasks)],
            "gates": [_gate(gate) for gate in (*plan.gates, *slice_.gates)],
            "success_criteria": list(slice_.success_criteria),
        },
    )


def _texts(entries: Sequence[Entry]) -> list[str]:
    return [entry.text for entry in entries]


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description or None,
        "status": task.status,
        "files": _texts(task.files),
        "depends_on": list(task.depends_on),
        "done_when": list(task.done_when),
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "id": gate.id,
        "run": list(gate.run) if isinstance(gate.run, tuple) else gate.run or None,
        "cwd": gate.cwd or None,
        "description": gate.description or None,
    }
