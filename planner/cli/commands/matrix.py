"""`planner matrix`: gates or slices as a CI job matrix."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from planner.check.evidence.demands import gates_of
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
from planner.plan.find import Chosen, slice_named, slice_of_branch
from planner.plan.model import Plan
from planner.repository import pull_request
from planner.repository.git import Repository


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
    jobs = _jobs(_meant(repository, plans, slice_id), of)
    output.write(json.dumps(_github(jobs) if system == "github" else _gitlab(jobs)) + "\n")
    return 0


def _meant(repository: Repository, plans: Sequence[Plan], slice_id: str) -> list[Chosen]:
    event = pull_request.read(environment())
    named = meant_slice(slice_id, event)
    if named:
        return [slice_named(plans, named)]
    fork = event.head_repository if event.is_from_fork else None
    branch = repository.branch or event.head_branch
    chosen = slice_of_branch(plans, branch, fork) if branch else None
    if chosen:
        return [chosen]
    return [Chosen(one, slice_) for one in plans for slice_ in one.open_slices]


def _jobs(meant: list[Chosen], of: str) -> list[dict[str, str]]:
    if of == "slices":
        return [{"slice": chosen.slice_.id} for chosen in meant if gates_of(chosen)]
    return [
        {"slice": chosen.slice_.id, "gate": gate.id}
        for chosen in meant
        for gate in gates_of(chosen)
    ]


def _github(jobs: list[dict[str, str]]) -> dict[str, Any]:
    """docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations."""
    return {"include": jobs}


def _gitlab(jobs: list[dict[str, str]]) -> dict[str, Any]:
    """A child pipeline (docs.gitlab.com/ci/pipelines/downstream_pipelines): JSON is YAML."""
    if not jobs:
        return {"no-gates": {"script": ["echo there is no gate to run"]}}
    return {
        f"{' '.join(job.values())}": {
            "script": [
                "planner run-gates "
                + " ".join(f"--{key} {value}" for key, value in job.items())
                + " --format json > gates.json"
            ],
            "artifacts": {"paths": ["gates.json"], "when": "always"},
        }
        for job in jobs
    }
