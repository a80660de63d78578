"""Write files and commits into a real repository, and run the real command in it.

Use it, with the fixture `repo`, for every test of a command that `shop` and `workshop` do not fit.
"""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import git
from forked import IS_POSSIBLE, Forks

Files = Mapping[str, str | bytes | None]


def root(repo: git.Repo) -> Path:
    """The folder of the work tree."""
    return Path(repo.working_dir)


def write(repo: git.Repo, files: Files) -> None:
    """Write files into the work tree; None removes one. Text is UTF-8, line endings unchanged."""
    for name, content in files.items():
        path = root(repo) / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(repo: git.Repo, files: Files, message: str = "change") -> str:
    """Write files, commit everything, and return the commit."""
    write(repo, files)
    repo.git.add("--all")
    repo.git.commit("--allow-empty", "--quiet", message=message)
    return str(repo.git.rev_parse("HEAD"))


class Ran(NamedTuple):
    """The exit code and the output of a command."""

    exit: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.stdout)

    @property
    def rules(self) -> list[str]:
        """The rules of the findings, in order, from the JSON document."""
        return [finding["rule"] for finding in self.json["findings"]]


def planner(
    *words: str | bytes,
    at: git.Repo | Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Ran:
    """Run the real command in its own process, with `at` as the current folder."""
    folder = at if isinstance(at, Path) else root(at)
    whole = {**os.environ, **(env or {})}
    # What a variable of Python changes, it changes when Python starts.
    is_of_python = any(name.startswith("PYTHON") for name in env or {})
    started = _forks().run if IS_POSSIBLE and not is_of_python else _started
    code, *streams = started(words, folder, whole, stdin)
    return Ran(code, *(stream.decode("utf-8", "surrogateescape") for stream in streams))


_forks = functools.cache(Forks)


def _started(
    words: Sequence[str | bytes], folder: Path, env: Mapping[str, str], stdin: bytes
) -> tuple[int, bytes, bytes]:
    command: Sequence[str | bytes] = [sys.executable, "-m", "planner", *words]
    done = subprocess.run(
        command, cwd=folder, env=env, input=stdin, capture_output=True, check=False
    )
    return done.returncode, done.stdout, done.stderr
