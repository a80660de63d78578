"""`planner lint` as a whole process, on plans of many slices, beside `python -c pass`.

`python -m tests.benchmarks.lint_slices` prints the figures; it needs the standard library alone.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_RUNS = 5
_PLAN = "docs/plan/plan.yaml"


def _word(number: int) -> str:
    return "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03}")


def honest(number: int) -> list[str]:
    """Its own folder, its docs and its tests, wherever they lie."""
    name = _word(number)
    return [
        f"src/{name}/**",
        f"docs/{name}/*.md",
        f"docs/{name}.md",
        f"tests/**/test_{name}_*.py",
        f"tests/**/{name}/conftest.py",
    ]


def anywhere(number: int) -> list[str]:
    """Every pattern begins with `**/`: disjoint by what names begin and end with."""
    name = _word(number)
    endings = (f"{name}_*.py", f"*_{name}.ts", f"{name}.md", f"{name}_test.go", f"*.{name}.yml")
    return [f"**/{ending}" for ending in endings]


def plan(count: int, includes: Callable[[int], list[str]], overlaps: int = 0) -> str:
    """A plan of many slices of five includes and two excludes; so many also hold a neighbour's."""
    slices: list[Record] = []
    for number in range(count):
        name = _word(number)
        more = [f"src/{_word(number + 1)}/*.py"] if number < overlaps else []
        scope = {"include": includes(number) + more, "exclude": [f"src/{name}/old", "**/secrets"]}
        slices.append({"id": name, "title": name, "branch": name, "scope": scope})
    return json.dumps({"version": 1, "title": "T", "slices": slices}, indent=1)


def in_one_place(count: int, pairs: int) -> str:
    """A plan in which so many slices hold one folder that they make that many pairs."""
    mates = next(n for n in range(count) if n * (n - 1) // 2 >= pairs)
    read = json.loads(plan(count, honest))
    for slice_ in read["slices"][:mates]:
        slice_["scope"]["include"][4] = "src/common/*"
    return json.dumps(read, indent=1)


PLANS: dict[str, Callable[[], str]] = {
    "200 slices, honest": lambda: plan(200, honest),
    "200 slices, all with a leading **/": lambda: plan(200, anywhere),
    "200 slices, 100 overlaps": lambda: plan(200, honest, overlaps=100),
    "200 slices, 1,081 overlaps": lambda: in_one_place(200, 1_081),
    "1,000 slices, honest": lambda: plan(1_000, honest),
    "1,000 slices, all with a leading **/": lambda: plan(1_000, anywhere),
    "1,000 slices, 100 overlaps": lambda: plan(1_000, honest, overlaps=100),
}


def seconds(command: list[str], runs: int) -> tuple[float, str]:
    """The median wall time of a command, and what it printed."""
    times = []
    printed = ""
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
        assert done.returncode in (0, 1), done.stderr.decode()
        printed = done.stdout.decode()
    return statistics.median(times), printed


def main() -> None:
    """Print the times and how many times an empty Python each takes."""
    nothing, _ = seconds([sys.executable, "-c", "pass"], 2 * _RUNS)
    print(f"python -c pass: {nothing * 1000:.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / _PLAN).parent.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        for name, build in PLANS.items():
            (root / _PLAN).write_text(build())
            command = [sys.executable, "-m", "planner", "lint", "--repo", folder]
            taken, printed = seconds(command, _RUNS)
            found = printed.count("[overlapping-scope]")
            ratio = taken / nothing
            print(f"{name}: {taken * 1000:.0f} ms ({ratio:.0f} x nothing), {found} overlaps")


if __name__ == "__main__":
    main()
