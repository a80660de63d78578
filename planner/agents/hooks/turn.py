"""What is out of scope in the work tree when an agent wants to end its turn."""

from typing import Final

from planner.agents.hooks.fences import Asked, open_run, request_of
from planner.agents.hooks.payloads import Payload
from planner.branch.read import read_branch
from planner.check.scope.part import check
from planner.formats.text import diagnostics

_MOST_BYTES: Final = 8_000


def why_not_over(payload: Payload, about: Asked) -> str:
    """Return what is out of scope, for the agent; empty where its turn may end.

    An agent that was handed its findings once is let go.

    Raises:
        PlannerError: it cannot be determined.
    """
    if not payload.is_stop or payload.was_stopped:
        return ""
    found = (_findings(folder, about) for folder in about.folders)
    return next(filter(None, found), "")


def _findings(folder: str, about: Asked) -> str:
    """What is out of scope in the work tree of a folder."""
    run = open_run(folder)
    if run is None:
        return ""
    with run:
        request = request_of(run, about)
        if request is None:
            return ""
        branch = read_branch(run, request._replace(is_worktree=True))
        if branch.trusted.error is not None:
            raise branch.trusted.error
        if branch.judged_by is None or branch.is_queue:
            return ""
        report = check(run, branch)
    errors = [one for one in report.findings if one.severity == "error"]
    if not errors:
        return ""
    shown = diagnostics(errors)
    if len(shown) > _MOST_BYTES:
        shown = shown[:_MOST_BYTES].rpartition("\n")[0] + "\nand more: planner check-scope\n"
    return (
        f"planner: the work tree is out of the scope of {branch.label}:\n{shown}"
        "Revert these changes, or stop and ask for a change of the plan. To check again: "
        "planner check-scope --worktree"
    )
