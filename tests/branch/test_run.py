"""One run reads everything once: each plan file, and the objects through one git process."""

import os
import stat
from pathlib import Path

import git
import pytest
from workshop import PLAN_PATH, Workshop, plan_of, workshop

from planner.cli.main import run
from planner.plan.parse import parse

GATE = "      - {id: tests, run: 'true'}\n"
COMMANDS = {
    "check-scope": ["check-scope"],
    "check": ["check", "--gates", "recorded"],
    "status": ["status"],
    "run-gates": ["run-gates"],
}


@pytest.fixture
def shop(repo: git.Repo) -> Workshop:
    return workshop(repo, GATE)


def parsed(*words: str) -> int:
    """How many plan files a command parses."""
    parse.cache_clear()
    run([*words])
    return parse.cache_info().misses


@pytest.mark.parametrize("command", COMMANDS)
def test_each_plan_file_is_parsed_once(
    command: str, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)

    assert parsed(*COMMANDS[command]) == 1


def test_a_change_of_a_plan_parses_it_once_before_and_once_after(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    shop.repo.git.switch("--quiet", "--create", "plan", "main")
    shop.write({PLAN_PATH: plan_of(GATE) + "exclude: [secret]\n"})
    shop.repo.git.commit("--quiet", "--all", message="docs: exclude secrets")

    assert parsed("check-scope") == 2


LOGGED = """\
#!/bin/sh
echo "$*" >> {log}
exec {git} "$@"
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_objects_are_read_by_one_process(
    command: str, shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = next(p for p in map(Path, os.environ["PATH"].split(":")) if (p / "git").exists())
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "git.log"
    program = folder / "git"
    program.write_text(LOGGED.format(log=log, git=real / "git"), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    shop.run(*COMMANDS[command])

    started = [line for line in log.read_text(encoding="utf-8").splitlines() if "cat-file" in line]
    assert len(started) == 1
