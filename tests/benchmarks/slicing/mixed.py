"""Changes in which several commits touched the same files: the answer is a commit for each hunk."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.paths import path_text
from planner.repository.git import Repository, open_repository
from planner.repository.lines import Hunk, hunks
from planner.repository.pull_request import PullRequest
from planner.slicing.ends import find_ends
from planner.slicing.job import propose
from planner.slicing.proposal import Proposal

from .commits import Commit, commits
from .scores import rand

_RUNS: Final = (2, 3, 4, 5)

Answer = Mapping[str, Sequence[tuple[Hunk, int]]]
"""By path, its hunks, each with the number of the commit that has most of its lines."""


class Mixed(NamedTuple):
    """How well the hunks of one case are told apart, as adjusted Rand indexes.

    Attributes:
        by_file: where each file is in one slice.
        by_hunk: where files are divided.
        most: of the best way to put whole files into slices.
    """

    by_file: float
    by_hunk: float
    most: float


def runs(folder: Path, name: str, each: int) -> Iterator[tuple[Commit, ...]]:
    """Choose commits that follow each other, in runs of two to five."""
    found = commits(folder, least=1)
    for size in _RUNS:
        starts = [
            at
            for at in range(len(found) - size + 1)
            if all(found[one + 1].parent == found[one].oid for one in range(at, at + size - 1))
        ]
        random.Random(f"{name}:{size}:7").shuffle(starts)
        taken: set[int] = set()
        left = each
        for at in starts:
            if left and taken.isdisjoint(range(at, at + size)):
                taken.update(range(at, at + size))
                left -= 1
                yield tuple(found[at : at + size])


def scored(clone: Path, run: tuple[Commit, ...]) -> Mixed:
    """Return how well the hunks of a run are told apart."""
    base, head = run[0].parent, run[-1].oid
    with Run(open_repository(clone), PullRequest()) as opened:
        answer = _answer(opened.repository, run)
        found = [
            propose(opened, find_ends(opened, base, head), (), by_hunk=by_hunk)
            for by_hunk in (False, True)
        ]
    wanted = [number for some in answer.values() for _, number in some]
    best = {
        path: Counter(number for _, number in some).most_common(1)[0][0]
        for path, some in answer.items()
    }
    most = [best[path] for path, some in answer.items() for _ in some]
    given = [_given(one, answer) for one in found]
    return Mixed(*(rand(labels, wanted) for labels in (*given, most)))


def _answer(repository: Repository, run: Sequence[Commit]) -> Answer:
    paths = {path_text(name) for one in run for name in one.names}
    base, head = run[0].parent, run[-1].oid
    steps = [hunks(repository, one.parent, one.oid, paths) for one in run]
    return {
        path: [*_owned([step.get(path, ()) for step in steps], some)]
        for path, some in hunks(repository, base, head, paths).items()
    }


def _owned(steps: Sequence[Sequence[Hunk]], final: Sequence[Hunk]) -> Iterator[tuple[Hunk, int]]:
    """Follow the lines of a file through some commits, and yield whose each hunk is."""
    length = max(
        one.old + one.removed for step in (*steps, final) for one in (*step, Hunk(0, 0, 0, 0))
    )
    length += sum(one.added for step in steps for one in step)
    lines: list[tuple[int, int]] = [(line, -1) for line in range(length)]  # as it was, whose
    removed_by: dict[int, int] = {}
    for number, step in enumerate(steps):
        after: list[tuple[int, int]] = []
        at = 0
        for hunk in step:
            after += [*lines[at : hunk.old], *[(-1, number)] * hunk.added]
            at = hunk.old + hunk.removed
            removed_by.update((line, number) for line, _ in lines[hunk.old : at] if line >= 0)
        lines = after + lines[at:]
    for hunk in final:
        votes = Counter(whose for _, whose in lines[hunk.new : hunk.new + hunk.added] if whose >= 0)
        gone = range(hunk.old, hunk.old + hunk.removed)
        votes.update(removed_by[line] for line in gone if line in removed_by)
        yield hunk, votes.most_common(1)[0][0] if votes else -1


def _given(proposal: Proposal, answer: Answer) -> list[int]:
    """The slice of each hunk."""
    slice_of: dict[tuple[str, Hunk | None], int] = {}
    for one in proposal.placed:
        for path in map(path_text, one.edit.paths):
            for hunk in one.hunks or (None,):
                slice_of[path, hunk] = one.slice_
    return [
        slice_of[path, hunk] if (path, hunk) in slice_of else slice_of[path, None]
        for path, some in answer.items()
        for hunk, _ in some
    ]


def line(found: Sequence[Mixed]) -> str:
    """Return the means of some cases as a line."""
    by_file, by_hunk, most = (mean(values) for values in zip(*found, strict=True))
    return (
        f"hunks of {len(found)} runs of commits: ARI {by_file:.3f} by file, {by_hunk:.3f} by hunk, "
        f"{most:.3f} with the best slices of whole files"
    )
