"""Which slices are taken, by which branches."""

from collections.abc import Iterator
from typing import NamedTuple

from planner.agents.claims.scene import Scene, bases
from planner.plan.model import Chosen
from planner.repository import branches, remote_branches
from planner.repository.branches import Reference
from planner.repository.git import Repository


class Claim(NamedTuple):
    """A branch by which a slice is taken.

    Attributes:
        author: who wrote its last commit; empty while it has no commit of its own.
        age_s: how long ago that was, in seconds; None while it has no commit of its own, since git
            does not tell when a branch was created.
    """

    chosen: Chosen
    branch: Reference
    author: str = ""
    age_s: int | None = None


def claims(
    repository: Repository, scene: Scene, now_s: float, *, named: str = ""
) -> tuple[Claim, ...]:
    """Return the branches of all slices that are under way, in the plans' order.

    Args:
        now_s: the time now, in seconds since 1970.
        named: the path of the one plan to list.

    Raises:
        GitError: git failed.
    """
    return tuple(_claims(repository, scene, now_s, named))


def _claims(repository: Repository, scene: Scene, now_s: float, named: str) -> Iterator[Claim]:
    started = [
        one.chosen
        for one in scene.standings
        if one.state == "started" and named in ("", one.chosen.plan.path)
    ]
    heads = [head for chosen in started for head in scene.heads(chosen)]
    tips = remote_branches.tips(repository, list({head.commit for head in heads}))
    for chosen in started:
        commits = [head.commit for head in scene.heads(chosen)]
        merged = branches.merged(repository, bases(scene, chosen), commits)
        for head in scene.heads(chosen):
            tip = tips[head.commit]
            is_new = head.commit in merged
            age_s = None if is_new else max(0, int(now_s) - tip.time)
            yield Claim(chosen, head, "" if is_new else tip.author, age_s)
