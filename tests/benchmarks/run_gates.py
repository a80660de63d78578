"""What `run-gates` costs beside the commands that it runs: whole processes, in turns.

Run `python -m tests.benchmarks.run_gates` on an idle machine. One gate may cost 15 times
`python -c pass`, each further one twice that; memory stays below 64 MiB whatever a gate prints.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROUNDS = 15
FURTHER = 10
PRINTED_BYTES = 1_000_000_000
GATES = "".join(f'      - {{id: g{number}, run: "true"}}\n' for number in range(FURTHER + 1))
PLAN = f"""\
version: 1
title: Measured
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {{include: [src/]}}
    gates:
{GATES}\
      - id: big
        run: "yes 'a line of some eighty characters, as most of the lines of a log are in length'
          | head -c {PRINTED_BYTES}"
        forbid_output: ["no such table", "(?i)401 unauthorized"]
"""
SEALED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "d@example.org" for who in ("AUTHOR", "COMMITTER")
       for what in ("NAME", "EMAIL")},
}  # fmt: skip


def main() -> None:
    """Print what one gate costs, what each further one, and the memory for a loud one."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder)
        _build(repository)
        planner = [sys.executable, "-m", "planner", "run-gates"]
        python, one, many = _medians_s(
            repository,
            [sys.executable, "-c", "pass"],
            [*planner, "--gate", "g0"],
            [*planner, *(w for n in range(FURTHER + 1) for w in ("--gate", f"g{n}"))],
        )
        further = (many - one) / FURTHER
        print(f"medians of {ROUNDS} rounds in turns")
        print(f"  python -c pass         {python * 1000:7.1f} ms")
        print(
            f"  one gate               {one * 1000:7.1f} ms  {one / python:5.1f} times, at most 15"
        )
        print(f"  each further one       {further * 1000:7.1f} ms  {further / python:5.1f} times, "
              "at most 2")  # fmt: skip
        print(f"a gate that prints {PRINTED_BYTES / 1e9:g} GB")
        print(f"  most memory            {_most_bytes(repository, planner) / 2**20:7.1f} MiB, "
              "at most 64")  # fmt: skip


def _build(repository: Path) -> None:
    """A repository with a slice's branch checked out."""
    (repository / "docs" / "plan").mkdir(parents=True)
    (repository / "docs" / "plan" / "plan.yaml").write_text(PLAN)
    for words in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=plan"),
        ("switch", "--quiet", "--create", "feature/api"),
    ):
        subprocess.run(["git", *words], cwd=repository, env={**os.environ, **SEALED}, check=True)


def _medians_s(repository: Path, *commands: Sequence[str]) -> list[float]:
    taken: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS):
        for command, times in zip(commands, taken, strict=True):
            began = time.perf_counter()
            _run(repository, command)
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken]


def _run(repository: Path, command: Sequence[str]) -> None:
    subprocess.run(
        command,
        cwd=repository,
        env={**os.environ, **SEALED},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


# Linux counts for a new process what the one that started it has used: a small one starts it.
_MEASURED = """
import os, sys
pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(pid, 0)
print(used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _most_bytes(repository: Path, planner: Sequence[str]) -> int:
    done = subprocess.run(
        [sys.executable, "-S", "-c", _MEASURED, *planner, "--gate", "big"],
        cwd=repository,
        env={**os.environ, **SEALED},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return int(done.stdout.split()[-1])


if __name__ == "__main__":
    main()
