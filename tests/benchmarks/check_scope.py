"""What `check-scope` costs beside `python -c pass` and beside git: whole processes, medians.

Run `python -m tests.benchmarks.check_scope` on an idle machine. All that is compared is run in
turns, so that a slow moment of the machine is shared by all.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS = 15
PATHS = 4_000
PLAN = """\
version: 1
title: Measured
exclude: [.github, "**/secrets"]
slices:
  - {id: api, title: The API, branch: [small, large], scope: {include: [src/api/**]}}
  - {id: web, title: The pages, branch: web, scope: {include: [src/web/**]}}
"""
SEALED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}

Command = Sequence[str]


def main() -> None:
    """Print the table of both comparisons."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder)
        _build(repository)
        python = [sys.executable, "-c", "pass"]
        planner = [sys.executable, "-m", "planner"]
        print(f"start-up, medians of {ROUNDS} rounds in turns")
        table(
            repository,
            {
                "python -c pass": python,
                "planner --version": [*planner, "--version"],
                "planner check-scope, 2 paths": [*planner, "check-scope", "--head", "small"],
                "planner check-scope --format json": [
                    *planner, "check-scope", "--head", "small", "--format", "json",
                ],
                "planner lint": [*planner, "lint"],
            },
        )  # fmt: skip
        print(f"\na change of {PATHS:,} paths, medians of {ROUNDS} rounds in turns")
        table(
            repository,
            {
                "git diff --raw -z --no-renames": [
                    "git", "diff", "--raw", "-z", "--no-renames", "main...large",
                ],
                "python -c pass": python,
                "planner check-scope, all in scope": [*planner, "check-scope", "--head", "large"],
                "planner check-scope, none in scope": [
                    *planner, "check-scope", "--head", "large", "--slice", "web",
                ],
            },
        )  # fmt: skip


def table(folder: Path, commands: Mapping[str, Command], stdin: bytes = b"") -> None:
    """Measure the commands in turns; the first one is what the others are compared with."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            seconds = _seconds(folder, command, stdin)
            if turn:  # the first turn warms the caches
                taken[name].append(seconds)
    first = statistics.median(next(iter(taken.values())))
    for name, seconds_each in taken.items():
        median = statistics.median(seconds_each)
        print(f"  {name:36} {median * 1000:8.1f} ms   {median / first:6.2f} x")


def _seconds(folder: Path, command: Command, stdin: bytes) -> float:
    environment = {**os.environ, **SEALED}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, input=stdin, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    taken = time.perf_counter() - start
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    return taken


def _build(folder: Path) -> None:
    """A repository with a plan, a branch of two paths and one of many, in two processes."""
    many = "".join(f"M 100644 :2 src/api/{n % 40}/module{n}.py\n" for n in range(PATHS))
    stream = (
        f"blob\nmark :1\ndata {len(PLAN)}\n{PLAN}\nblob\nmark :2\ndata 6\nx = 1\n\n"
        f"{_commit('main')}M 100644 :1 docs/plan/plan.yaml\nM 100644 :2 src/web/x.py\n"
        "M 100644 :2 src/api/b.py\n"
        f"\n{_commit('small', 'main')}M 100644 :2 src/api/a.py\nM 100644 :2 src/api/c.py\n"
        f"\n{_commit('large', 'main')}{many}\n"
    )
    environment = {**os.environ, **SEALED}
    for words, given in (
        (["init", "--quiet", "--initial-branch=main"], ""),
        (["fast-import", "--quiet"], stream),
        (["reset", "--quiet", "--hard", "main"], ""),
    ):
        subprocess.run(
            ["git", *words], cwd=folder, env=environment, input=given.encode(), check=True
        )


def _commit(branch: str, parent: str = "") -> str:
    start = f"from refs/heads/{parent}\n" if parent else ""
    return (
        f"commit refs/heads/{branch}\ncommitter Dana <dana@example.org> 1700000000 +0000\n"
        f"data 6\nchange\n{start}"
    )


if __name__ == "__main__":
    main()
