"""Isolate every test from the git configuration, home, clock and CI variables of the machine."""

import os
import signal
from pathlib import Path

import git
import pytest

# A shell starts background jobs with SIGINT ignored, and children inherit that: the tests of Ctrl-C
# would fail in `make test &`.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# `nohup make test` does the same to SIGHUP.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

SEALED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Dana",
    "GIT_AUTHOR_EMAIL": "dana@example.org",
    "GIT_AUTHOR_DATE": "2026-11-22T12:00:00+0000",
    "GIT_COMMITTER_NAME": "Dana",
    "GIT_COMMITTER_EMAIL": "dana@example.org",
    "GIT_COMMITTER_DATE": "2026-11-22T12:00:00+0000",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "false",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "COLUMNS": "80",
}


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give every test the same environment on every machine."""
    home = tmp_path_factory.mktemp("home")
    kept = {"PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV", "PYTHONHASHSEED"}
    for name in list(os.environ):
        if name not in kept and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    for name, value in {**SEALED, "HOME": str(home), "USERPROFILE": str(home)}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> git.Repo:
    """An empty repository on the branch main, without a commit."""
    folder = tmp_path / "repo"
    folder.mkdir()
    return git.Repo.init(folder, initial_branch="main")
