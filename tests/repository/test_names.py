"""Paths that git refuses to check out: git itself is the oracle."""

import subprocess
from itertools import product
from pathlib import Path

import git
from world import commit, root

from planner.repository.changes import SYMLINK
from planner.repository.names import is_refused

NAMES = [
    "", ".", "..", "...", ".git", ".GIT", ".Git", ".gi", ".gitx", "git", "git~1", "GIT~1", "git~2",
    "git~1x", ".git.", ".git ", ".git . .", ".git.x", ".git::$INDEX_ALLOCATION", ".git:x", "git~1:",
    "git~1 .", ".git\\x", "x\\.git", "x\\git~1", "x\\.gitx", "x\\y", ".g\u200cit", "\ufeff.git",
    ".git\u206a", "\u200e.\u202eg\u206bi\u200ft", ".g\u200bit", ".g\u0131t", ".gitmodules",
    ".GITMODULES", "gitmod~1", "gitmod~5", "gi7eba~1", ".gitmodules .", ".gitmodules:$DATA",
    ".gitmod\u200cules", ".gitignore", ".github", "~", "a~1", "\u00e9", ".\u200c", "..\u200c", " ",
    "a ", "a.",
]  # fmt: skip
RAW = [b".git\xff", b"\xff.git", b".g\xe2\x80\x8cit", b".git\xe2\x80", b"\xff"]


def refused_by_git(folder: Path, paths: list[bytes], mode: int, oid: str) -> list[bytes]:
    """The paths that git refuses to put into the index, in order."""
    words = ["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]
    done = subprocess.run(
        ["git", *words, "update-index", "-z", "--index-info"],
        cwd=folder, input=b"".join(f"{mode:o} {oid}\t".encode() + path + b"\0" for path in paths),
        capture_output=True, check=True,
    )  # fmt: skip
    return [line.removeprefix(b"Ignoring path ") for line in done.stderr.splitlines()]


def test_git_refuses_just_these_paths(repo: git.Repo) -> None:
    commit(repo, {"x": "x"})
    oid = repo.git.rev_parse("HEAD:x")
    names = [*map(str.encode, NAMES), *RAW]
    forms = [b"x/%b", b"%b", b"%b/x", b"x/%b/x"]
    # A link has a name at the end of its path alone.
    for mode, some in ((0o100644, forms), (SYMLINK, forms[:2])):
        paths = [form % name for form, name in product(some, names) if form % name]
        expected = refused_by_git(root(repo), paths, mode, oid)
        assert len(expected) > len(paths) // 3
        assert [path for path in paths if is_refused(path, mode)] == expected
