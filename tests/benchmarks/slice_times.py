"""How long `planner slice` and `planner split` take for big changes, as whole processes.

`python -m tests.benchmarks.slice_times` makes the changes of `CASES`; `… REPO BASE HEAD` measures
one of a local clone, to which nothing is written. It prints seconds of processor time and of the
clock, git's among them, and the peak memory of the largest process.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .check_scope import SEALED

_PLAN = "plan.yaml"
_TOPIC = 12  # files that share words
_COMMITS = 4_000
_BINARY = bytes(range(256)) * 16


class Taken(NamedTuple):
    """What a process and its children took; seconds, and MiB of the largest one."""

    cpu: float
    clock: float
    memory: float


def main() -> None:
    """Print a table of each case, or of the change of a clone."""
    named = sys.argv[1:]
    print(f"{'':36} {'cpu s':>7} {'s':>7} {'MiB':>6}")
    with tempfile.TemporaryDirectory() as place:
        if len(named) == 3:
            _clone(Path(named[0]), Path(place), named[1], named[2])
            _measure(f"{named[1]:.10}..{named[2]:.10}", Path(place))
            return
        for name, case in CASES.items():
            folder = Path(place) / name.replace(" ", "-")
            _build(folder, case())
            _measure(name, folder)


def _measure(name: str, folder: Path) -> None:
    ends = ("--base", "main", "--head", "big")
    for words in (
        ("slice", *ends, "--format", "json"),
        ("slice", *ends, "-o", _PLAN),
        ("split", *ends, "--plan", _PLAN, "--dry-run"),
        ("split", *ends, "--plan", _PLAN),
    ):
        taken = _taken(folder, [sys.executable, "-m", "planner", *words, "--repo", str(folder)])
        shown = f"{words[0]} {words[-1]}" if words[-1].startswith("--d") else words[0]
        if "-o" not in words:
            title = f"{name}: {shown}"
            print(f"{title:36} {taken.cpu:7.2f} {taken.clock:7.2f} {taken.memory:6.0f}", flush=True)


def _taken(folder: Path, command: Sequence[str]) -> Taken:
    start = time.perf_counter()
    environment = {**os.environ, **SEALED}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    clock = time.perf_counter() - start
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Taken(used.ru_utime + used.ru_stime, clock, used.ru_maxrss / 1024)


def _clone(source: Path, folder: Path, base: str, head: str) -> None:
    """A clone that shares the objects of another one, with the ends of the change as branches."""
    for words in (
        ("clone", "--quiet", "--shared", "--no-checkout", str(source.resolve()), str(folder)),
        ("-C", str(folder), "update-ref", "--no-deref", "HEAD", f"{base}^{{commit}}"),
        ("-C", str(folder), "reset", "--quiet", "--hard"),
        ("-C", str(folder), "branch", "--force", "main", base),
        ("-C", str(folder), "branch", "--force", "big", head),
    ):
        subprocess.run(["git", *words], check=True, env={**os.environ, **SEALED})


Files = Iterator[tuple[str, bytes]]


class Case(NamedTuple):
    """A change: the files before it, how many commits made these, and the files that it writes."""

    before: Callable[[], Files]
    after: Callable[[], Files]
    commits: int = _COMMITS


class Words:
    """Lines of code: some words are frequent, files of a topic share others."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        syllables = ["ba", "co", "di", "fu", "ga", "lo", "mi", "ne", "pa", "ro", "su", "te"]
        self._words = ["".join(self._dice.choices(syllables, k=3)) for _ in range(4_000)]

    def _name(self, topic: int) -> str:
        own, other = (
            self._words[(topic * 37 + int(self._dice.expovariate(0.1))) % len(self._words)]
            for _ in range(2)
        )
        common = self._words[int(self._dice.expovariate(0.01)) % len(self._words)]
        return self._dice.choice((own, common, common, f"{own}_{other}"))

    def code(self, number: int, lines: int) -> bytes:
        """A Python file with so many lines, which imports some of its topic and of others."""
        topic = number // _TOPIC
        near = self._dice.randrange(topic * _TOPIC, (topic + 1) * _TOPIC)
        text = [f"from pkg{near % 40}.m{near} import f{near}"]
        for line in range(1, lines):
            name, value = self._name(topic), self._name(topic)
            if line % 12 == 1:
                text.append(f"def {name}_{number}({value}):")
            else:
                text.append(f"    {name} = {self._name(topic)}({value}, {line})")
        return "\n".join([*text, ""]).encode()


def _modules(files: int, lines: int, seed: int, kept: int = 0) -> Files:
    words, old = Words(seed), Words(0)
    for number in range(files):
        same = old.code(number, kept) if kept else b""
        yield f"src/pkg{number % 40}/m{number}.py", same + words.code(number, lines)


def _minified() -> Files:
    text = b"".join(content.replace(b"\n", b";") for _, content in _modules(40, 600, 3))
    for number in range(30):
        yield f"static/app{number}.js", text[number:500_000] + b"\n"


CASES: dict[str, Callable[[], Case]] = {
    "400 files, 10 lines each": lambda: Case(
        lambda: _modules(400, 5, 1, 40), lambda: _modules(400, 5, 2, 40)
    ),
    "400 files, 180 lines each": lambda: Case(
        lambda: _modules(400, 90, 1, 40), lambda: _modules(400, 90, 2, 40)
    ),
    "4000 files, 10 lines each": lambda: Case(
        lambda: _modules(4_000, 5, 1, 40), lambda: _modules(4_000, 5, 2, 40)
    ),
    "4000 files, 180 lines each": lambda: Case(
        lambda: _modules(4_000, 90, 1, 40), lambda: _modules(4_000, 90, 2, 40)
    ),
    "20000 files, 10 lines each": lambda: Case(
        lambda: _modules(20_000, 5, 1, 10), lambda: _modules(20_000, 5, 2, 10)
    ),
    "2000 new files": lambda: Case(
        lambda: _modules(400, 90, 1, 40), lambda: _modules(2_000, 200, 2)
    ),
    "30 lines of half a megabyte": lambda: Case(lambda: _modules(400, 90, 1), _minified),
    "2000 binary files": lambda: Case(
        lambda: _modules(400, 90, 1),
        lambda: ((f"img/i{number}.png", b"%d" % number + _BINARY) for number in range(2_000)),
    ),
}


def _build(folder: Path, case: Case) -> None:
    """A repository with many commits on main, and the change as one commit of `big`."""
    environment = {**os.environ, **SEALED}
    words = ["git", "init", "--quiet", "--initial-branch=main", str(folder)]
    subprocess.run(words, env=environment, check=True)
    git = ["git", "-C", str(folder)]
    load = [*git, "fast-import", "--quiet", "--force"]
    with subprocess.Popen(load, env=environment, stdin=subprocess.PIPE) as process:
        assert process.stdin
        for piece in _stream(case):
            process.stdin.write(piece)
    assert process.returncode == 0
    subprocess.run([*git, "reset", "--quiet", "--hard"], env=environment, check=True)


def _stream(case: Case) -> Iterator[bytes]:
    before = list(case.before())
    yield _commit("main", 0)
    yield from (_file(*file) for file in before)
    dice = random.Random(4)
    for number in range(1, case.commits):
        yield _commit("main", number)
        start = dice.randrange(len(before))
        for path, content in before[start : start + dice.randrange(1, 6)]:
            yield _file(path, content + b"# %d\n" % number)
    yield _commit("main", case.commits) + b"".join(_file(*file) for file in before)
    yield _commit("big", case.commits + 1, "main")
    yield from (_file(*file) for file in case.after())
    yield b"\n"


def _commit(branch: str, number: int, parent: str = "") -> bytes:
    start = f"from refs/heads/{parent}\n" if parent else ""
    subject = f"change {number}"
    return (
        f"commit refs/heads/{branch}\ncommitter Dana <dana@example.org> {1_700_000_000 + number} "
        f"+0000\ndata {len(subject)}\n{subject}\n{start}"
    ).encode()


def _file(path: str, content: bytes) -> bytes:
    return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)


if __name__ == "__main__":
    main()
