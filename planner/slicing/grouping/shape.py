"""What belongs together by what it is: a lock file and its manifest, a test and its source.

Also which files are not grouped by words: those that only move, and those that all changes touch.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from planner.slicing.grouping.traits import is_document, is_test, stem

_LOCKS: Final = {
    "package-lock.json": ("package.json",),
    "npm-shrinkwrap.json": ("package.json",),
    "yarn.lock": ("package.json",),
    "pnpm-lock.yaml": ("package.json", "pnpm-workspace.yaml"),
    "bun.lock": ("package.json",),
    "bun.lockb": ("package.json",),
    "Cargo.lock": ("Cargo.toml",),
    "go.sum": ("go.mod",),
    "poetry.lock": ("pyproject.toml",),
    "uv.lock": ("pyproject.toml",),
    "pdm.lock": ("pyproject.toml",),
    "Pipfile.lock": ("Pipfile",),
    "Gemfile.lock": ("Gemfile",),
    "composer.lock": ("composer.json",),
    "mix.lock": ("mix.exs",),
    "flake.lock": ("flake.nix",),
    "pubspec.lock": ("pubspec.yaml",),
    "Podfile.lock": ("Podfile",),
    "gradle.lockfile": ("build.gradle", "build.gradle.kts"),
    ".terraform.lock.hcl": ("main.tf", "versions.tf"),
    "Package.resolved": ("Package.swift",),
}
_GENERATED: Final = (  # the name of a generated file, and of what it is made from
    (
        re.compile(
            r"(_pb2(_grpc)?\.pyi?|\.pb(\.gw)?\.go|_grpc\.pb\.go|\.pb\.(h|cc)|_pb\.(js|d\.ts))$"
        ),
        ".proto",
    ),
    (re.compile(r"\.min\.js(\.map)?$"), ".js"),
    (re.compile(r"\.min\.css(\.map)?$"), ".css"),
    (re.compile(r"\.css(\.map)?$"), ".scss"),
    (re.compile(r"\.[jt]sx?\.snap$"), None),  # the test whose name it bears
    (re.compile(r"_string\.go$"), ".go"),
    (re.compile(r"\.(c|cpp)$"), ".pyx"),
    (re.compile(r"\.txt$"), ".in"),
)
_HOT: Final = re.compile(
    r"(change(s|log)|history|news|releases?|release[_-]notes)(\.(md|rst|txt|adoc))?", re.IGNORECASE
)


class Pairing(NamedTuple):
    """Two items that belong together, by their numbers, and why.

    Attributes:
        needs_likeness: whether they must have something else in common.
    """

    item: int
    other: int
    rule: str
    needs_likeness: bool = False


def is_hot(path: str) -> bool:
    """Whether each change adds to a file, such as a change log."""
    return _HOT.fullmatch(posixpath.basename(path)) is not None


def is_weightless(path: str) -> bool:
    """Whether the lines of a file count for nobody: a tool wrote them."""
    name = posixpath.basename(path)
    return name in _LOCKS or any(expression.search(name) for expression, _ in _GENERATED[:3])


def pairings(names: Sequence[str]) -> list[Pairing]:
    """Return what belongs together by its name.

    Args:
        names: the path of each item.
    """
    at = {name: number for number, name in enumerate(names)}
    found = [*_locks(at), *_generated(at), *_tests(names)]
    return list({frozenset(one[:2]): one for one in found}.values())


def _locks(at: Mapping[str, int]) -> Iterator[Pairing]:
    """A lock file goes with the manifest beside it, else with the nearest one above it or below."""
    for path, number in at.items():
        folder, name = posixpath.split(path)
        manifests = _LOCKS.get(name)
        if not manifests:
            continue
        near = [one for one in at if posixpath.basename(one) in manifests and at[one] != number]
        if near:
            best = min(near, key=lambda one, folder=folder: (_distance(folder, one), one))  # type: ignore[misc]
            yield Pairing(number, at[best], "a lock file with its manifest")


def _distance(folder: str, path: str) -> tuple[bool, int]:
    other = posixpath.dirname(path)
    is_above = not other or f"{folder}/".startswith(f"{other}/")
    is_below = not folder or f"{other}/".startswith(f"{folder}/")
    return not (is_above or is_below), abs(folder.count("/") - other.count("/"))


def _generated(at: Mapping[str, int]) -> Iterator[Pairing]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in at:
        by_name[posixpath.basename(path)].append(path)
    for path, number in at.items():
        folder, name = posixpath.split(path)
        for expression, extension in _GENERATED:
            match = expression.search(name)
            if not match:
                continue
            source = name[: match.start()] + (extension or match[0].removesuffix(".snap"))
            same = [one for one in by_name.get(source, ()) if at[one] != number]
            beside = [one for one in same if posixpath.dirname(one) == folder]
            if len(beside or same) == 1:
                yield Pairing(number, at[(beside or same)[0]], "generated from it")
                break


def _tests(names: Sequence[str]) -> Iterator[Pairing]:
    """A test goes with the one source that has its name."""
    sources: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        if not is_test(name) and not is_document(name):
            sources[_key(name)].append(number)
    for number, name in enumerate(names):
        if is_test(name):
            same = [one for one in sources.get(_key(name), ()) if one != number]
            if len(same) == 1:
                yield Pairing(number, same[0], "a test with its source", needs_likeness=True)


def _key(path: str) -> tuple[str, str]:
    extension = posixpath.splitext(path)[1]
    return stem(path), _FAMILIES.get(extension, extension)


_FAMILIES: Final = {".tsx": ".js", ".ts": ".js", ".jsx": ".js", ".mjs": ".js", ".cjs": ".js"}
