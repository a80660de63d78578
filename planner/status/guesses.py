"""Guesses the gates of a repository from its manifests."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import Final, NamedTuple

from planner import files
from planner.boundary.pattern import Pattern, parse
from planner.errors import PlannerError
from planner.paths import shell_text
from planner.plan.document.writing import Commented

_MOST_BYTES: Final = 1_000_000


MANIFESTS: Final = frozenset(
    (
        "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini", "noxfile.py",
        "pytest.ini", "ruff.toml", ".ruff.toml", "package.json", "go.mod", "Cargo.toml",
        "GNUmakefile", "makefile", "Makefile",
    )
)  # fmt: skip
"""The names of the files from which a gate may be guessed for their folder."""


class Guess(NamedTuple):
    """A gate that may be right.

    Attributes:
        kind: `tests` or `lint`.
        run: the command.
        because: what it was guessed from.
        cwd: the folder to run it in, from the root; empty for the root.
    """

    kind: str
    run: str
    because: str
    cwd: str = ""


def guesses(root: Path, paths: Iterable[bytes]) -> tuple[Guess, ...]:
    """Return the gates of the nearest folder with a manifest, for each path; of the root for none.

    Args:
        root: the root of the work tree.
        paths: what the branch changed.
    """

    @cache
    def here(folder: str) -> tuple[Guess, ...]:
        found = [one._replace(cwd=folder) for one in _in_folder(_Folder(root, folder))]
        return tuple({one.kind: one for one in reversed(found)}.values())[::-1]

    def nearest(folder: str) -> tuple[Guess, ...]:
        while folder and not here(folder):
            folder = folder.rpartition("/")[0]
        return here(folder)

    folders = dict.fromkeys(path.rpartition(b"/")[0] for path in paths)
    named = [_text(folder) for folder in folders] or [""]
    found = (one for folder in named for one in nearest(folder))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.cwd, one.kind != "tests")))


def as_gates(found: Iterable[Guess]) -> Commented:
    """Return guesses as the gates of a plan file, which say that they are guesses."""
    return Commented([*_gates(found)], _ABOUT)


_ABOUT: Final = "Commands that must pass. All are guesses: correct them, or remove them."


def _gates(found: Iterable[Guess]) -> Iterator[Commented]:
    taken: set[str] = set()
    for one in found:
        folder = re.sub(r"[^a-z0-9]+", "-", one.cwd.lower()).strip("-")
        name = f"{one.kind}-{folder}" if folder else one.kind
        numbered = (f"{name}-{number}" for number in count(2))
        gate = {"id": next(one for one in chain([name], numbered) if one not in taken)}
        taken.add(gate["id"])
        gate["run"] = one.run
        if one.cwd:
            gate["cwd"] = one.cwd
        yield Commented(gate, f"A guess: {one.because}.")


def _text(folder: bytes) -> str:
    """A folder as it may stand in a plan; of one that cannot, the nearest folder above it."""
    while folder:
        text = folder.decode("utf-8", "replace")
        if isinstance(parse(text), Pattern) and text.encode() == folder:
            return text
        folder = folder.rpartition(b"/")[0]
    return ""


class _Folder:
    """A folder of the work tree, and those above it up to the root."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._path = root / path

    def has(self, *names: str) -> bool:
        """Whether one of the files exists."""
        return any((self._path / name).is_file() for name in names)

    def first(self, pattern: str) -> str:
        """The first file in path order that matches a glob; empty without one."""
        found = sorted(path.relative_to(self._path).as_posix() for path in self._path.glob(pattern))
        return found[0] if found else ""

    def read(self, name: str) -> str:
        """The text of a file; empty where it is missing or cannot be read."""
        try:
            content = files.read(self._path / name, most=_MOST_BYTES)
        except PlannerError:
            return ""
        return (content or b"").decode("utf-8", "replace")

    def is_below(self, *names: str) -> bool:
        """Whether the folder or one above it has one of the files."""
        folder = self._path
        while folder != self._root and self._root in folder.parents:
            if any((folder / name).is_file() for name in names):
                return True
            folder = folder.parent
        return any((self._root / name).is_file() for name in names)


def _in_folder(folder: _Folder) -> Iterator[Guess]:
    for guess in _KINDS:
        yield from guess(folder)


def _python(folder: _Folder) -> Iterator[Guess]:
    project = folder.read("pyproject.toml")
    settings = project + folder.read("setup.cfg") + folder.read("requirements-dev.txt")
    if folder.has("noxfile.py"):
        yield Guess("tests", "nox", "there is a noxfile.py")
    if folder.has("tox.ini") or re.search(r"^\[tool\.tox\b", project, re.MULTILINE):
        yield Guess("tests", "tox", "tox is configured")
    # A conftest.py alone is that of a folder of tests, which is no project of its own.
    is_python = folder.has("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
    has_settings = folder.has("pytest.ini") or (is_python and folder.has("conftest.py"))
    if re.search(r"\bpytest\b", settings) or has_settings:
        yield Guess("tests", "python -m pytest -q", "pytest is named or configured")
    test = folder.first("tests/test_*.py") or folder.first("tests/*/test_*.py")
    if is_python and test:
        run, text = "python -m pytest -q", folder.read(test)
        if re.search(r"^\s*(?:import|from) unittest\b", text, re.M) and "pytest" not in text:
            run = f"python -m unittest discover -s {shell_text(test.rpartition('/')[0])}"
        yield Guess("tests", run, f"there is {test}")
    if folder.has("ruff.toml", ".ruff.toml") or re.search(r"^\[tool\.ruff\b", project, re.M):
        yield Guess("lint", "ruff check .", "ruff is configured")


def _node(folder: _Folder) -> Iterator[Guess]:
    try:
        package = json.loads(folder.read("package.json") or "{}")
    except (ValueError, RecursionError):
        return
    scripts = package.get("scripts") if isinstance(package, dict) else None
    if not isinstance(scripts, dict):
        return
    manager = next((name for name, lock in _LOCKS if folder.is_below(*lock)), "npm")
    # What `npm init` writes always fails.
    if "test" in scripts and "no test specified" not in str(scripts["test"]):
        yield Guess("tests", f"{manager} run test", "package.json has the script 'test'")
    if "lint" in scripts:
        yield Guess("lint", f"{manager} run lint", "package.json has the script 'lint'")


_LOCKS: Final = (
    ("pnpm", ("pnpm-lock.yaml",)),
    ("yarn", ("yarn.lock",)),
    ("bun", ("bun.lock", "bun.lockb")),
)


def _go(folder: _Folder) -> Iterator[Guess]:
    if folder.has("go.mod"):
        yield Guess("tests", "go test ./...", "there is a go.mod")


def _rust(folder: _Folder) -> Iterator[Guess]:
    if folder.has("Cargo.toml"):
        yield Guess("tests", "cargo test", "there is a Cargo.toml")


def _make(folder: _Folder) -> Iterator[Guess]:
    # In the order in which make looks for them.
    made = "".join(map(folder.read, ("GNUmakefile", "makefile", "Makefile")))
    for kind, target in (("tests", "test"), ("lint", "lint")):
        if re.search(rf"^{target}\s*:(?!:{{0,2}}=)", made, re.MULTILINE):
            yield Guess(kind, f"make {target}", f"the Makefile has the target '{target}'")


_KINDS: Final[tuple[Callable[[_Folder], Iterator[Guess]], ...]] = (
    _python, _node, _go, _rust, _make,
)  # fmt: skip
