"""The jobs that a CI system runs gates in."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from planner.errors import PlannerError
from planner.evidence.subject import Subject

System = Literal["github", "gitlab"]


class Job(NamedTuple):
    """A slice whose gates are run, or one gate of it."""

    slice: str
    gate: str = ""


def jobs(system: System, subjects: Sequence[Subject], *, is_per_gate: bool) -> tuple[Job, ...]:
    """Return the jobs for the gates that `check` asks of these slices.

    Raises:
        PlannerError: there are more of them than the CI system takes.
    """
    found = [
        Job(one.chosen.slice_.id, gate.id if is_per_gate else "")
        for one in subjects
        for gate in one.demands.gates
    ]
    unique = tuple(dict.fromkeys(found))
    most, where = _MOST_JOBS[system]
    if len(unique) > most:
        raise PlannerError(
            f"{len(unique)} jobs are more than the {most} that {where}",
            hint="make a job for each slice: --of slices"
            if is_per_gate
            else "make a matrix for one slice at a time: --slice ID",
        )
    return unique


# docs.github.com/actions/reference/limits. A child pipeline of GitLab has no matrix (which takes
# 200), but counts as a pipeline: docs.gitlab.com/user/gitlab_com, the limit of the free tier.
_MOST_JOBS: Final[dict[System, tuple[int, str]]] = {
    "github": (256, "GitHub runs for a matrix"),
    "gitlab": (500, "GitLab.com runs in a pipeline"),
}
