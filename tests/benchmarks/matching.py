"""Matching against git as the oracle, and its speed beside pathspec.

`python -m tests.benchmarks.matching` prints all of it; the tests take a smaller share.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pathspec

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, Refusal, parse
from planner.boundary.translation import expression, pathspecs

_LETTERS = [*"ab*?[]\\!: .x{-^", "é", "\n", "**"]
_PIECES = [*"abx*?]é .{-^", *(rf"\{sign}" for sign in "*?[]\\!:")]
_WILDCARDS = ["*", "**", "?", "?*", "*?"]
_EMPTY_BLOB = b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def pattern(text: str) -> Pattern:
    """The pattern of this text."""
    found = parse(text)
    assert not isinstance(found, Refusal), (text, found)
    return found


def odd_paths(random: Random, count: int) -> list[bytes]:
    """Paths of an odd alphabet that one index can hold at once."""
    paths: set[bytes] = set()
    while len(paths) < count:
        names = ["".join(random.choices(_LETTERS, k=random.randint(1, 4))) for _ in range(4)]
        names = names[: random.randint(1, 4)]
        if not {".", ".."} & set(names):
            paths.add("/".join(names).encode())
    folders = {path[:at] for path in paths for at, byte in enumerate(path) if byte == ord("/")}
    return sorted(paths - folders)


def odd_patterns(random: Random, paths: list[bytes]) -> Iterator[Pattern]:
    """Patterns without end: some spelled after a path, some of pieces."""
    while True:
        if random.random() < 0.4:
            spelled = re.sub(r"[*?\[\]\\!:]", r"\\\g<0>", random.choice(paths).decode())
            names = spelled.split("/")
            names = [random.choice(_WILDCARDS) if random.random() < 0.3 else n for n in names]
        else:
            names = [
                random.choice(_WILDCARDS)
                if random.random() < 0.3
                else "".join(random.choices(_PIECES, k=random.randint(1, 4)))
                for _ in range(random.randint(1, 4))
            ]
        found = parse("/".join(names) + random.choice(["", "", "", "/"]))
        if isinstance(found, Pattern):
            yield found


class Index:
    """A scratch index of git that holds the paths; there are no files."""

    def __init__(self, folder: Path, paths: list[bytes]) -> None:
        self.paths = paths
        self._git = ["git", "-C", str(folder)]
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
        entries = b"".join(b"100644 " + _EMPTY_BLOB + b"\t" + path + b"\0" for path in paths)
        command = [*self._git, "update-index", "-z", "--index-info"]
        subprocess.run(command, input=entries, check=True)

    def listed(self, specs: tuple[str, ...]) -> set[bytes]:
        """What `git ls-files` lists for pathspecs."""
        command = [*self._git, "ls-files", "-z", "--", *specs]
        listed = subprocess.run(command, check=True, capture_output=True).stdout
        return set(listed.split(b"\0")) - {b""}


def spells(path: bytes, specs: tuple[str, ...]) -> bool:
    """Whether a path starts with the very text of a pathspec: git takes that for a name."""
    bodies = [spec.partition(")")[2].encode() for spec in specs]
    return any(path == body or path.startswith(body + b"/") for body in bodies)


def differences(index: Index, patterns: list[Pattern]) -> list[tuple[str, bool, bytes]]:
    """Pattern, `below` and path of every answer that is not git's."""
    wrong = []
    for each in patterns:
        for below in (False, True):
            specs = pathspecs(each, below=below)
            theirs = {path for path in index.listed(specs) if not spells(path, specs)}
            holds = re.compile(expression(each, below=below)).fullmatch
            ours = {path for path in index.paths if holds(path) and not spells(path, specs)}
            wrong += [(each.text, below, path) for path in sorted(ours ^ theirs)]
    return wrong


class Figures(NamedTuple):
    """What was counted."""

    pairs: int
    wrong: int


def compare_with_git(seed: int, *, paths: int, patterns: int) -> Figures:
    """Answers for every pair of odd paths and patterns beside those of git."""
    random = Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder), odd_paths(random, paths))
        source = odd_patterns(random, index.paths)
        chosen = [next(source) for _ in range(patterns)]
        wrong = differences(index, chosen)
    return Figures(2 * len(index.paths) * patterns, len(wrong))


def plain_paths(count: int) -> list[bytes]:
    """Paths as a large repository has them."""
    random = Random(0)
    folders = [f"packages/p{n:03d}/{part}" for n in range(200) for part in ("src", "tests", "docs")]
    kinds = [".py", ".ts", ".md", ".json"]
    return [
        f"{random.choice(folders)}/m{random.randrange(50)}/f{n}{random.choice(kinds)}".encode()
        for n in range(count)
    ]


def mixed(count: int) -> list[str]:
    """Patterns as plans have them: 60 % literal, 35 % below a literal folder, 5 % anywhere."""
    literal, below = count * 60 // 100, count * 35 // 100
    return [
        *(f"packages/p{n % 200:03d}/src/m{n % 50}/f{n}.py" for n in range(literal)),
        *(f"packages/p{n % 200:03d}/{'src' if n % 2 else 'docs'}/m{n}/**" for n in range(below)),
        *(f"**/f{n}*.ts" for n in range(count - literal - below)),
    ]


def anywhere(count: int) -> list[str]:
    """Patterns that may match in any folder."""
    return [f"**/*_{n}_*.py" if n % 2 else f"**/f{n}*.ts" for n in range(count)]


def seconds(job: Callable[[], object], times: int = 3) -> float:
    """The median time of a job."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def ours(texts: list[str], paths: list[bytes]) -> list[int | None]:
    """The first pattern of each path, the building of the set included."""
    held = PatternSet([pattern(text) for text in texts])
    return [held.first(path) for path in paths]


def theirs(texts: list[str], paths: list[bytes]) -> list[bool]:
    """The same by pathspec, with the backend that is always there."""
    spec = pathspec.GitIgnoreSpec.from_lines([f"/{text}" for text in texts], backend="simple")
    return [spec.match_file(path.decode()) for path in paths]


def main() -> None:
    """Print all figures."""
    paths = plain_paths(10_000)
    print(f"{'10,000 paths by':22} {'planner':>10} {'pathspec':>10} {'ratio':>8}")
    for name, make in (("as plans have", mixed), ("with leading **/", anywhere)):
        for count in (10, 100, 1_000):
            texts = make(count)
            mine = seconds(lambda texts=texts: ours(texts, paths))  # type: ignore[misc] # bound now
            other = seconds(lambda texts=texts: theirs(texts, paths), 1)  # type: ignore[misc]
            label = f"{count:,} {name}"
            print(f"{label:22} {mine * 1e3:7.1f} ms {other * 1e3:7.0f} ms {other / mine:7.1f}x")
            assert [at is not None for at in ours(texts, paths)] == theirs(texts, paths)
    start = time.perf_counter()
    figures = [compare_with_git(seed, paths=1_000, patterns=50) for seed in range(5)]
    pairs, wrong = sum(f.pairs for f in figures), sum(f.wrong for f in figures)
    taken = time.perf_counter() - start
    print(f"\ngit: {wrong} of {pairs:,} odd (pattern, path) pairs differ ({taken:.1f} s)")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
