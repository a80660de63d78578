"""`planner plan-diff`: show what a change of the plan opens and closes."""

from typing import Annotated, Literal

import typer

from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.check.plans.widening import moved
from planner.cli.options import Common
from planner.errors import GitError
from planner.report import Report
from planner.repository import changes, lineage
from planner.views import plan_diff as view

IS_QUESTION = True
FORMATS = Literal["text", "json", "markdown"]
EXAMPLES = (
    "planner plan-diff                      # against the merge base with the default branch",
    "planner plan-diff main --format markdown   # for a comment on a pull request",
)


def run(
    common: Common,
    revision: Annotated[
        str,
        typer.Argument(
            metavar="[REV]", help="Compare with this; default: merge base with default branch."
        ),
    ] = "",
) -> Report:
    """Show which paths the plans of the work tree open and close per slice, compared with REV.

    Tracked paths are listed; other paths are represented by one example.
    """
    with common.open() as opened:
        named = common.named_plan(opened)
        after = common.plans_here(opened)
        before = _before(opened, revision)
        old = opened.plans_at(before, named)
        if old.error is not None:
            raise old.error
        plans = [one for one in old.plans if named in ("", one.path)]
        steps = moved(plans, after, changes.list_tracked(opened.repository))
        return view.report(steps, before, is_markdown=common.form == "markdown")


def _before(opened: Run, revision: str) -> Revision:
    objects = opened.objects
    if revision:
        commit = objects.commit(revision)
        if commit is None:
            raise GitError(f"there is no commit {revision!r}", hint="check the spelling")
        return Revision(revision, commit)
    tip = opened.tip(opened.default_branch)
    head = objects.commit("HEAD")
    if tip is None or head is None:
        raise GitError(
            f"there is no commit on {opened.default_branch!r}",
            hint="name one: planner plan-diff REV",
        )
    bases = lineage.merge_bases(opened.repository, tip.commit, head)
    if len(bases) != 1:
        raise GitError(
            f"HEAD and {tip.name} have {len(bases)} merge bases",
            hint="name a commit: planner plan-diff REV",
        )
    return Revision(f"the merge base with {tip.name}", bases[0])
