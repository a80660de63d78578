"""What was claimed, who holds what, and what was given back, as reports."""

from collections.abc import Iterator, Sequence
from typing import Any

from planner.agents.claims.claim import Claimed, Outcome
from planner.agents.claims.held import Claim
from planner.agents.claims.release import Released
from planner.report import Report


def of_claim(outcome: Outcome, found: Report) -> Report:
    """Return the report of `next --claim`.

    Args:
        found: that of `next`, of what can start now.
    """
    claimed, problem = outcome.claimed, outcome.claimed.problem if outcome.claimed else None
    return found._replace(
        findings=outcome.findings,
        summary=tuple(_lines(claimed)) if claimed else found.summary,
        payload={"claimed": _keys(claimed) if claimed else None, **found.payload},
        undecided=f"{problem.message}; run {problem.hint}" if problem else "",
    )


def _keys(claimed: Claimed) -> dict[str, Any]:
    target = claimed.target
    return {
        "slice": target.chosen.slice_.id,
        "plan": target.chosen.plan.path,
        "remote": claimed.remote,
        "branch": target.branch,
        "base": target.base,
        "commit": target.commit,
        "worktree": claimed.folder or None,
        "command": claimed.command,
        "brief": claimed.brief,
    }


def _lines(claimed: Claimed) -> Iterator[str]:
    target = claimed.target
    yield (
        f"claimed  {target.chosen.slice_.id}: {target.branch} on {claimed.remote}, "
        f"from {target.base} ({target.commit[:12]})"
    )
    if claimed.problem:
        yield f"         undecided: {claimed.problem.message}; run:"
    yield f"         {claimed.command}"
    yield ""
    yield from claimed.brief.splitlines()


def of_claims(claims: Sequence[Claim], *, is_shallow: bool) -> Report:
    """Return the report of `claims`."""
    lines = [*map(_line, claims)] or ["no slice is taken"]
    if is_shallow:
        lines.append("this clone is shallow: it cannot tell which slices landed earlier")
    return Report(
        "claims",
        kind="question",
        summary=tuple(lines),
        payload={
            "claims": [
                {
                    "slice": one.chosen.slice_.id,
                    "plan": one.chosen.plan.path,
                    "branch": one.branch.name,
                    "commit": one.branch.commit,
                    "author": one.author or None,
                    "age_seconds": one.age_s,
                }
                for one in claims
            ]
        },
    )


def _line(one: Claim) -> str:
    work = "no commit yet" if one.age_s is None else f"{one.author}, {_age(one.age_s)} ago"
    return f"{one.chosen.slice_.id}: {one.branch.name} at {one.branch.commit[:12]}, {work}"


def _age(seconds: int) -> str:
    """A time in its largest unit: `50s`, `3h`."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def of_release(released: Released) -> Report:
    """Return the report of `release`."""
    remote = released.remote
    lines = [
        f"released  {released.chosen.slice_.id}: {one.name} deleted on {remote} "
        f"(was {one.commit[:12]})"
        for one in released.branches
    ]
    lines += [
        f"          the local branch {one.name} is left: {one.command}" for one in released.local
    ]
    return Report(
        "release",
        released.findings,
        tuple(lines),
        kind="action",
        payload={
            "slice": released.chosen.slice_.id,
            "plan": released.chosen.plan.path,
            "remote": remote,
            "released": [{"branch": one.name, "commit": one.commit} for one in released.branches],
            "local": [one.name for one in released.local],
        },
    )
