"""Checks what the next commit adds; where nothing can judge it, that is a note.

A hook is a courtesy: CI is what enforces the scope.
"""

from planner.branch.read import Request, read_branch
from planner.branch.run import Run
from planner.check.scope.part import check
from planner.check.scope.report import Counts
from planner.diagnostic import Location
from planner.plan.find import PLAN_FILES
from planner.report import Report
from planner.rules import NO_TRUSTED_PLAN


def check_staged(run: Run, request: Request) -> Report:
    """Check the index against HEAD.

    Raises:
        PlannerError: the answer cannot be determined.
    """
    if run.repository.is_unborn:
        return _unjudged(run, "there is no commit yet", "commit the plan first")
    if run.trusted_tip is None:
        return _unjudged(
            run,
            "nothing tells the default branch, whose plan applies",
            "git remote set-head origin --auto",
        )
    return check(run, read_branch(run, request))


def _unjudged(run: Run, why: str, hint: str) -> Report:
    place = Location(PLAN_FILES[0])
    note = NO_TRUSTED_PLAN.at(place, f"nothing was judged: {why}", hint, severity="note")
    nothing = ("slice", "judged_by", "base", "head", "merge_base")
    return Report(
        "check-scope",
        (note,),
        payload={
            **dict.fromkeys(nothing),
            "branch": run.repository.branch or None,
            "plan": {"path": None, "commit": None, "trusted": False},
            "counts": Counts()._asdict(),
            "unused": [],
            "exceptions": [],
        },
    )
