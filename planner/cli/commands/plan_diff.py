"""`planner plan-diff`: show what a change of the plan opens and closes."""

from typing import Annotated

import typer

from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.check.plans.review import review
from planner.cli.options import Common
from planner.errors import GitError, UnusablePlanError
from planner.plan import find
from planner.report import Report
from planner.repository import changes, lineage
from planner.views import plan_diff as view

IS_QUESTION = True
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
    """Show what the plans of the work tree open and close, compared with REV.

    For each slice and rule, tracked paths are listed; other paths are represented by one example.
    Gates, limits, excludes, owners and all else that is new, gone or other have a line each.
    """
    with common.open() as opened:
        named = common.named_plan(opened)
        before = _before(opened, revision)
        old = opened.plans_at(before, named)
        if old.error is not None:
            hint = (
                "compare with a commit whose plans are usable: planner plan-diff REV; "
                "what is wrong in the work tree: planner lint"
            )
            raise UnusablePlanError(old.error.message, hint=hint, findings=old.error.findings)
        plans = [one for one in old.plans if named in ("", one.path)]
        root = opened.repository.root
        is_here = (root / named).is_file() if named else bool(find.every_in_folder(root))
        # The last plan may be deleted; without one before and after there is nothing to compare.
        after = common.plans_here(opened) if is_here or not plans else ()
        reviewed = review(plans, after, changes.list_tracked(opened.repository))
        return view.report(reviewed, before)


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
