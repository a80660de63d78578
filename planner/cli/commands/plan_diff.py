"""`planner plan-diff`: what a change of the plan opens and closes."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from planner.branch import trusted
from planner.branch.trusted import Revision
from planner.check.plans.widening import moved, unproved
from planner.cli import output
from planner.cli.options import Colour, PlanPath, Repo, environment, from_root, opened, plans_here
from planner.errors import GitError, PlannerError
from planner.repository import changes, lineage, pull_request
from planner.repository.git import Repository
from planner.repository.objects import Objects


def run(
    revision: Annotated[
        str,
        typer.Argument(
            metavar="[REV]", help="Before; default: where HEAD left the default branch."
        ),
    ] = "",
    form: Annotated[
        Literal["text", "json", "markdown"], typer.Option("--format", help="The output format.")
    ] = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Tell per slice which paths the plans of the work tree open and close against REV.

    Tracked paths are listed; for all others one path stands that shows the rest.
    """
    del color  # there is nothing to colour
    repository = opened(repo)
    named = from_root(repository, repo, plan)
    after = plans_here(repository, repo, plan)
    with Objects(repository) as objects:
        before = _before(repository, objects, revision)
        old = trusted.read(objects, before, named=named)
    if old.error is not None:
        raise old.error
    plans = [one for one in old.plans if named in ("", one.path)]
    steps = moved(plans, after, changes.tracked(repository))

    from planner.views import plan_diff  # noqa: PLC0415 - as in every command

    undecided = unproved(steps)
    if form == "json" and not undecided:
        output.write(plan_diff.as_json(steps, {"revision": before.name, "commit": before.commit}))
    elif form != "json":
        written = plan_diff.as_markdown if form == "markdown" else plan_diff.as_text
        output.write(written(steps, f"{before.name} ({before.commit[:12]})"))
    if undecided:
        raise PlannerError(
            "not everything could be decided",
            hint="write the patterns of these slices with fewer wildcards",
            findings=undecided,
        )
    return 0


def _before(repository: Repository, objects: Objects, revision: str) -> Revision:
    if revision:
        commit = objects.commit(revision)
        if commit is None:
            raise GitError(f"there is no commit {revision!r}", hint="check how it is spelled")
        return Revision(revision, commit)
    event = pull_request.read(environment())
    default = trusted.default_branch(repository, objects, event)
    tip = trusted.branch_tip(repository, objects, default)
    head = objects.commit("HEAD")
    if tip is None or head is None:
        raise GitError(f"there is no commit on {default!r}", hint="name one: planner plan-diff REV")
    bases = lineage.merge_bases(repository, tip.commit, head)
    if len(bases) != 1:
        raise GitError(
            f"HEAD and {tip.name} have {len(bases)} merge bases",
            hint="name one: planner plan-diff REV",
        )
    return Revision(f"where HEAD left {tip.name}", bases[0])
