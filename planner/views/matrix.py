"""A job matrix in the form that a CI system reads."""

import json
from collections.abc import Sequence
from typing import Any

from planner.formats.json import writable
from planner.report import Report
from planner.status.matrix import Job, System


def report(system: System, jobs: Sequence[Job]) -> Report:
    """Return the matrix for `github` or `gitlab`; it is JSON whatever the format."""
    matrix = _github(jobs) if system == "github" else _gitlab(jobs)
    return Report("matrix", kind="question", raw=writable(json.dumps(matrix) + "\n"))


def _keys(job: Job) -> dict[str, str]:
    return {key: value for key, value in job._asdict().items() if value}


def _github(jobs: Sequence[Job]) -> dict[str, Any]:
    """docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations."""
    return {"include": [_keys(job) for job in jobs]}


def _gitlab(jobs: Sequence[Job]) -> dict[str, Any]:
    """A child pipeline (docs.gitlab.com/ci/pipelines/downstream_pipelines): JSON is YAML."""
    if not jobs:
        return {"no-gates": {"script": ["echo no gates to run"]}}
    return {
        # Two words: one could be a word that GitLab keeps for itself, such as `variables`.
        f"{job.slice} {job.gate or 'gates'}": {
            "script": [
                "mkdir -p gates",
                "planner run-gates "
                + " ".join(f"--{key} {value}" for key, value in _keys(job).items())
                + f" --format json > gates/{'.'.join(_keys(job).values())}.json",
            ],
            "artifacts": {"paths": ["gates/"], "when": "always"},
        }
        for job in jobs
    }
