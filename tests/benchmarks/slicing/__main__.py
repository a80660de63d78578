"""Score `planner slice` on local clones: `python -m tests.benchmarks.slicing REPO… [--each N]`.

With `--runs N` also `--by-hunk`, on runs of commits that follow each other.

Commits that lie near each other are tangled into one change, and the slices are compared with the
commits (docs/slicing.md). Nothing is written to the clones, and nothing of them is kept.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from planner.branch.run import Run
from planner.repository.edits import Edit
from planner.repository.git import open_repository
from planner.repository.pull_request import PullRequest
from planner.slicing.ends import find_ends
from planner.slicing.job import propose
from planner.slicing.proposal import Proposal

from . import mixed
from .cases import Case, cases
from .scores import accuracy, rand

_LINES = 400
OURS = "planner slice"


class Scored(NamedTuple):
    """What one way to slice one case is worth.

    Attributes:
        kind: of the case.
        is_whole: whether it made a single slice.
        is_needed: whether slices were asked for at all.
        broken: how many prefixes lack a name or a file that they use.
        prefixes: how many slices come before another one.
    """

    kind: str
    method: str
    rand: float
    accuracy: float
    is_whole: bool
    is_needed: bool
    broken: int
    prefixes: int
    seconds: float


def main() -> int:
    """Print one table of all clones, and a line of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.slicing")
    parser.add_argument("repos", nargs="+", type=Path)
    parser.add_argument("--each", type=int, default=25, help="tangled changes of 2, 3, 4 and 5")
    parser.add_argument("--runs", type=int, default=0, help="runs of 2, 3, 4 and 5 commits")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    every: list[Scored] = []
    hunks: list[mixed.Mixed] = []
    for repo in asked.repos:
        found = score(repo, asked.each, asked.jobs)
        every += found
        ours = [one for one in found if one.method == OURS]
        parts = [
            f"{kind} {mean(one.rand for one in some):.3f} ({len(some)})"
            for kind in ("tangled", "series")
            if (some := [one for one in ours if one.kind == kind])
        ]
        print(f"{repo.name}: {', '.join(parts)}", flush=True)
        hunks += score_hunks(repo, asked.runs, asked.jobs)
    print("\n".join(table(every)))
    if hunks:
        print(mixed.line(hunks))
    return 0


def score(repo: Path, each: int, jobs: int | None) -> list[Scored]:
    """Return what each way to slice is worth on the cases of one clone."""
    with cloned(repo) as clone, ProcessPoolExecutor(jobs) as pool:
        made = cases(clone, repo.name, each)
        lists = pool.map(_scored, [clone] * len(made), made, chunksize=4)
        return [one for some in lists for one in some]


def score_hunks(repo: Path, each: int, jobs: int | None) -> list[mixed.Mixed]:
    """Return how well hunks are told apart, on runs of commits of one clone."""
    with cloned(repo) as clone, ProcessPoolExecutor(jobs) as pool:
        made = [*mixed.runs(clone, repo.name, each)] if each else []
        return [*pool.map(mixed.scored, [clone] * len(made), made, chunksize=4)]


@contextlib.contextmanager
def cloned(repo: Path) -> Iterator[Path]:
    """A clone for new objects, which is removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        command = ["git", "clone", "--quiet", "--shared", "--no-checkout", str(repo.resolve())]
        subprocess.run([*command, str(clone)], check=True)
        yield clone


def _scored(clone: Path, case: Case) -> list[Scored]:
    started = time.perf_counter()
    with Run(open_repository(clone), PullRequest()) as run:
        proposal = propose(run, find_ends(run, case.base, case.head), ())
    seconds = time.perf_counter() - started
    placed = {one.edit.new.path: one.slice_ for one in proposal.placed}
    number = {path: n for n, paths in enumerate(case.answer) for path in paths}
    paths = [path for path in sorted(placed) if path in number]
    answer = [number[path] for path in paths]
    found = []
    for method, label in _methods(proposal, placed).items():
        given: list[Hashable] = [label(path) for path in paths]
        found.append(
            Scored(
                case.kind, method, rand(given, answer), accuracy(given, answer),
                len(set(given)) == 1, proposal.is_needed, *_broken(proposal, label),
                seconds if method == OURS else 0.0,
            )
        )  # fmt: skip
    return found


def _methods(
    proposal: Proposal, placed: Mapping[bytes, int]
) -> dict[str, Callable[[bytes], Hashable]]:
    """The ways to slice, each as what it calls the slice of a path."""
    by_size: dict[bytes, int] = {}
    lines = 0
    edits = sorted((one.edit for one in proposal.placed), key=lambda edit: edit.new.path)
    for edit in edits:
        lines += edit.lines
        by_size[edit.new.path] = lines // _LINES
    return {
        "one slice": lambda _path: 0,
        "by top folder": lambda path: path.split(b"/")[0] if b"/" in path else b"",
        f"by size, {_LINES} lines": by_size.__getitem__,
        OURS: placed.__getitem__,
    }


def _broken(proposal: Proposal, label: Callable[[bytes], Hashable]) -> tuple[int, int]:
    """How many slices need what only a later slice adds, and how many slices there are but one.

    Slices are in the order of their first path, those of planner in its own order.
    """
    order: dict[Hashable, int] = {}
    for edit in _in_order(proposal, label):
        order.setdefault(label(edit.new.path), len(order))
    at = {path: order[label(edit.new.path)] for edit in _edits(proposal) for path in edit.paths}
    early = set()
    for one in proposal.needs:
        if at[one.before] > at[one.after]:
            early.add(at[one.after])
    return len(early), max(0, len(order) - 1)


def _edits(proposal: Proposal) -> list[Edit]:
    return [one.edit for one in proposal.placed]


def _in_order(proposal: Proposal, label: Callable[[bytes], Hashable]) -> Iterable[Edit]:
    placed = {one.edit.new.path: one.slice_ for one in proposal.placed}
    is_ours = all(label(path) == slice_ for path, slice_ in placed.items())
    return sorted(
        _edits(proposal), key=lambda edit: (placed[edit.new.path] if is_ours else 0, edit.new.path)
    )


def table(every: Sequence[Scored]) -> list[str]:
    """Return the lines of a table: a row for each way to slice."""
    rows = [
        ["", "tangled ARI", "accuracy", "series ARI", "accuracy", "whole", "or within limits",
         "broken prefixes", "seconds"]
    ]  # fmt: skip
    by_method: dict[str, list[Scored]] = defaultdict(list)
    for one in every:
        by_method[one.method].append(one)
    for method, some in by_method.items():
        atomic = [one for one in some if one.kind == "atomic"]
        row = [method]
        for kind in ("tangled", "series"):
            own = [one for one in some if one.kind == kind]
            row += [_mean(one.rand for one in own), _mean(one.accuracy for one in own)]
        row += [
            _mean(float(one.is_whole) for one in atomic),
            _mean(float(one.is_whole or not one.is_needed) for one in atomic),
            f"{sum(one.broken for one in some)} of {sum(one.prefixes for one in some)}",
            _mean(one.seconds for one in some) if method == OURS else "",
        ]
        rows.append(row)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _mean(values: Iterable[float]) -> str:
    known = list(values)
    return f"{mean(known):.3f}" if known else "-"


if __name__ == "__main__":
    sys.exit(main())
