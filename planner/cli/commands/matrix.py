"""`planner matrix`: gates or slices as a CI job matrix."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from planner.branch.trusted import Revision, trusted_tip
from planner.branch.trusted import read as read_trusted
from planner.cli import output
from planner.cli.options import (
    Colour,
    Format,
    PlanPath,
    Repo,
    environment,
    meant_slice,
    opened,
    plans_here,
)
from planner.evidence.demands import demands, slice_in
from planner.plan.branches import slice_named, slice_of_branch
from planner.plan.model import Chosen, Plan
from planner.repository import pull_request
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.repository.pull_request import PullRequest


def run(
    system: Annotated[Literal["github", "gitlab"], typer.Option("--for", help="The CI system.")],
    of: Annotated[
        Literal["gates", "slices"], typer.Option("--of", help="A job per gate, or per slice.")
    ] = "gates",
    slice_id: Annotated[str, typer.Option("--slice", metavar="ID", help="This slice alone.")] = "",
    form: Format = "json",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Print a job matrix, so that gates run on as many machines as the CI has.

    The branch's own slice, or all open ones where it has none. GitHub takes it by
    `fromJSON` in `strategy.matrix`, GitLab as a child pipeline.
    """
    del form, color  # a matrix is JSON, which is YAML as well
    repository = opened(repo)
    plans = plans_here(repository, repo, plan)
    event = pull_request.read(environment())
    jobs = _jobs(repository, _meant(repository, plans, slice_id, event), event, of)
    output.write(json.dumps(_github(jobs) if system == "github" else _gitlab(jobs)) + "\n")
    return 0


def _meant(
    repository: Repository, plans: Sequence[Plan], slice_id: str, event: PullRequest
) -> list[Chosen]:
    named = meant_slice(slice_id, event)
    if named:
        return [slice_named(plans, named)]
    fork = event.head_repository if event.is_from_fork else None
    branch = repository.branch or event.head_branch
    chosen = slice_of_branch(plans, branch, fork) if branch else None
    if chosen:
        return [chosen]
    return [Chosen(one, slice_) for one in plans for slice_ in one.open_slices]


def _jobs(
    repository: Repository, meant: list[Chosen], event: PullRequest, of: str
) -> list[dict[str, str]]:
    """The gates that `check` will ask for: those of the trusted plan, and those added here."""
    with Objects(repository) as objects:
        tip = trusted_tip(repository, objects, event)
        trusted = read_trusted(objects, Revision(tip[:12], tip)).plans if tip else ()
    gates = [(one, demands(slice_in(trusted, one), one).gates) for one in meant]
    if of == "slices":
        return [{"slice": chosen.slice_.id} for chosen, own in gates if own]
    return [{"slice": chosen.slice_.id, "gate": gate.id} for chosen, own in gates for gate in own]


def _github(jobs: list[dict[str, str]]) -> dict[str, Any]:
    """docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations."""
    return {"include": jobs}


def _gitlab(jobs: list[dict[str, str]]) -> dict[str, Any]:
    """A child pipeline (docs.gitlab.com/ci/pipelines/downstream_pipelines): JSON is YAML."""
    if not jobs:
        return {"no-gates": {"script": ["echo there is no gate to run"]}}
    return {
        # Two words: one could be a word that GitLab keeps for itself, such as `variables`.
        f"{job['slice']} {job.get('gate', 'gates')}": {
            "script": [
                "mkdir -p gates",
                "planner run-gates "
                + " ".join(f"--{key} {value}" for key, value in job.items())
                + f" --format json > gates/{'.'.join(job.values())}.json",
            ],
            "artifacts": {"paths": ["gates/"], "when": "always"},
        }
        for job in jobs
    }
