"""The command line itself: what every command shares, and how a run ends."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import git
import pytest
from world import Ran, commit, planner, root, write

import planner as package
from planner.cli.main import COMMANDS, module_of

pytestmark = pytest.mark.slow

PLAN = "docs/plan/plan.yaml"
GOOD = """\
version: 1
title: Orders
slices:
  - id: api
    title: The API → orders
    branch: feature/api
    scope: {include: [src/]}
"""
WRONG = GOOD.replace("title: Orders", "überschrift: Orders")


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    commit(repo, {PLAN: WRONG, "src/a.py": ""})
    return repo


def in_shell(script: str, at: git.Repo, **env: str) -> Ran:
    """Run a line of shell in which `planner` is the real command."""
    whole = f'planner() {{ "{sys.executable}" -m planner "$@"; }}; {script}'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", whole],
        check=False,
        cwd=root(at),
        env={**os.environ, **env},
        capture_output=True,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


# --- the commands ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_module_a_help_text_and_the_common_options(
    command: str, tmp_path: Path
) -> None:
    module = import_module(f"planner.cli.commands.{module_of(command)}")
    assert (module.__doc__ or "").startswith(f"`planner {command}`")

    ran = planner(command, "--help", at=tmp_path)
    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Usage: planner {command} ")
    for option in ("--plan", "--repo", "--color", "--format", "--help"):
        assert f"{option} " in ran.stdout
    about = ran.stdout.partition("\n\n")[2]
    assert about.strip()
    assert about[2].isupper()


def test_help_lists_every_command_with_what_it_does(tmp_path: Path) -> None:
    for word in ("--help", "-h"):
        ran = planner(word, at=tmp_path)
        assert (ran.exit, ran.stderr) == (0, "")
        for command, does in COMMANDS.items():
            (line,) = [one for one in ran.stdout.splitlines() if one.startswith(f"  {command} ")]
            assert line.split(maxsplit=1)[1] == does


def test_every_command_stands_beside_its_fellows_in_the_folder() -> None:
    folder = Path(package.__file__).parent / "cli" / "commands"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}

    assert modules == set(map(module_of, COMMANDS))


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["--version", "lint"]])
def test_the_version_is_printed_alone(words: list[str], tmp_path: Path) -> None:
    assert planner(*words, at=tmp_path) == Ran(0, f"planner {package.__version__}\n", "")


# --- wrong words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["lnit"], "unknown command 'lnit'", "did you mean 'lint'?"),
        (["frobnicate"], "unknown command 'frobnicate'", "planner --help"),
        ([""], "unknown command ''", "planner --help"),
        (["lint", "--wibble"], "unknown option '--wibble'", "planner lint --help"),
        (["--wibble", "lint"], "unknown option '--wibble'", "planner --help"),
        (["lint", "--plan"], "--plan needs a value", "planner --help"),
        (["lint", "--formt"], "unknown option '--formt'", "did you mean '--format'?"),
        (["who"], "missing argument: PATH", "planner who --help"),
        (["schema", "more"], "unexpected argument: more", "planner schema --help"),
        (["lint", "--color", "blue"], "--color: 'blue' is not one of", "planner lint --help"),
        (["lint", "--strict=1"], "--strict takes no value", "planner --help"),
    ],
)
def test_wrong_words_are_exit_2_with_what_to_look_at(
    words: list[str], message: str, hint: str, tmp_path: Path
) -> None:
    ran = planner(*words, at=tmp_path)
    assert (ran.exit, ran.stdout) == (2, "")
    first, second = ran.stderr.splitlines()
    assert first.startswith(f"error: {message}")
    assert second == f"hint: {hint}"

    ran = planner("--format=json", *words, at=tmp_path)
    if words[0] in COMMANDS and words[-1] != "--plan":
        ran = planner(*words, "--format", "json", at=tmp_path)
        assert ran.json["error"]["message"].startswith(message)
    assert (ran.exit, ran.stderr) == (2, "")
    assert (ran.json["schema"], ran.json["ok"], ran.json["findings"]) == (
        "planner.error/1",
        False,
        [],
    )


def test_an_unknown_format_is_exit_2(tmp_path: Path) -> None:
    assert planner("lint", "--format", "yaml", at=tmp_path).exit == 2
    ran = planner("lint", "--format", "json", "--format", "yaml", at=tmp_path)
    assert ran.json["error"]["message"].startswith("--format: 'yaml' is not one of 'text', 'json'")


def test_no_words_show_the_help_and_are_no_success(tmp_path: Path) -> None:
    ran = planner(at=tmp_path)

    assert (ran.exit, ran.stderr) == (2, "")
    assert ran.stdout == planner("--help", at=tmp_path).stdout


# --- colours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "env", "is_coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": ""}, False),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (["--color", "always"], {}, True),
        (["--color=always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_as_asked_then_as_the_environment_says(
    words: list[str], env: dict[str, str], is_coloured: bool, shop: git.Repo
) -> None:
    lint = planner("lint", *words, at=shop, env=env)
    who = planner("who", "src/a.py", *words, at=shop, env=env)

    assert (lint.exit, who.exit) == (1, 2)
    assert ("\x1b[" in lint.stdout) == is_coloured
    assert ("\x1b[" in who.stdout) == is_coloured
    assert "\x1b[" not in planner("lint", "--format", "json", *words, at=shop, env=env).stdout


def test_a_terminal_is_coloured_unless_it_is_dumb(shop: git.Repo) -> None:
    import pty

    def shown(**env: str) -> bytes:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "planner", "lint"]
        subprocess.run(
            command, check=False, cwd=root(shop), env={**os.environ, **env}, stdout=theirs
        )
        os.close(theirs)
        return os.read(ours, 1 << 16)

    assert b"\x1b[" in shown(TERM="xterm")
    assert b"\x1b[" not in shown(TERM="dumb")
    assert b"\x1b[" not in shown(TERM="xterm", NO_COLOR="1")


# --- where the words go ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["lint", "lint --format json", "schema", "--help"])
def test_a_reader_that_goes_away_is_no_bug(command: str, shop: git.Repo) -> None:
    ran = in_shell(f"planner {command} | head -c 1", shop)
    assert (len(ran.stdout), ran.stderr) == (1, "")

    ran = in_shell(f"planner {command} | true", shop)
    assert (ran.stdout, ran.stderr) == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["lint", "lint --format json", "schema", "who x"])
def test_a_full_disk_is_exit_2(command: str, shop: git.Repo) -> None:
    ran = in_shell(f"planner {command} > /dev/full", shop)

    assert ran.exit == 2
    assert ran.stderr.startswith("error: cannot write the result: No space left on device\n")


def test_a_closed_stdout_or_stderr_changes_no_verdict(shop: git.Repo) -> None:
    assert in_shell("planner lint >&-", shop) == Ran(1, "", "")
    assert in_shell("planner lint 2>&-", shop) == planner("lint", at=shop)
    assert in_shell("planner lint none.yaml 2>&-", shop) == Ran(2, "", "")


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8"},
    ],
)
def test_the_encoding_of_the_terminal_stops_nothing(env: dict[str, str], shop: git.Repo) -> None:
    write(shop, {PLAN: WRONG, "docs/plan/Zoë/plan.yaml": WRONG.replace("src/", "Zoë/→")})
    whole = planner("lint", "--format", "json", at=shop)
    ran = planner("lint", "--format", "json", at=shop, env=env)
    assert (ran.exit, ran.stdout, ran.stderr) == (1, whole.stdout, "")
    assert "docs/plan/Zoë/plan.yaml" in {each["path"] for each in ran.json["findings"]}

    text = subprocess.run(
        [sys.executable, "-m", "planner", "lint"],
        check=False,
        cwd=root(shop),
        env={**os.environ, **env},
        capture_output=True,
    )
    assert (text.returncode, text.stderr) == (1, b"")
    named = planner("lint", "docs/plan/Zoë/plan.yaml", at=shop, env=env)
    assert named.exit == 1
    schema = planner("schema", at=shop, env=env)
    assert json.loads(schema.stdout)["$schema"].startswith("http")


def test_a_bug_shows_its_traceback_and_is_exit_3(repo: git.Repo) -> None:
    # A plan file that cannot be looked at is the nearest to a bug that can be made from outside.
    script = (
        "import planner.repository.changes as changes; changes.list_tracked = None; "
        "from planner.cli.main import run; raise SystemExit(run(['lint', '--format', 'json']))"
    )
    commit(repo, {PLAN: GOOD, "src/a.py": ""})
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=root(repo), capture_output=True, text=True
    )

    assert done.returncode == 3
    assert "Traceback" in done.stderr
    assert "error: this is a bug in planner; report it" in done.stderr
    assert json.loads(done.stdout)["schema"] == "planner.error/1"


def test_nothing_is_imported_that_the_command_does_not_need(shop: git.Repo) -> None:
    script = (
        "import sys; from planner.cli.main import run; run(['lint']); "
        "heavy = {'jinja2', 'git', 'json', 'rich', 'asyncio', 'tempfile', 'pydantic', 'logging'}; "
        "heavy |= {'planner.formats.' + name for name in "
        "('github', 'gitlab', 'junit', 'markdown', 'placed', 'sarif', 'rule_page')}; "
        "print(sorted(heavy & {*sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=root(shop), capture_output=True, text=True
    )

    assert done.stderr == "[]\n"


def test_help_and_version_are_commands_as_well(tmp_path: Path) -> None:
    assert planner("help", at=tmp_path) == planner("--help", at=tmp_path)
    assert planner("help", "lint", at=tmp_path) == planner("lint", "--help", at=tmp_path)
    assert planner("version", at=tmp_path) == planner("--version", at=tmp_path)
    assert planner("help", "none", at=tmp_path).exit == 2


def test_a_plan_under_a_near_name_is_named(repo: git.Repo) -> None:
    commit(repo, {"docs/plan/plan.yml": "version: 1\n"})

    ran = planner("lint", at=repo)

    assert (ran.exit, "git mv docs/plan/plan.yml docs/plan/plan.yaml" in ran.stderr) == (2, True)
