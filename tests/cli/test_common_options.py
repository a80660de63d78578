"""The options that every command takes, in front of the command or behind it."""

import subprocess
import sys
from pathlib import Path

import git
import pytest
from world import commit, planner, root, write

pytestmark = pytest.mark.slow

PLAN = "docs/plan/plan.yaml"
GOOD = """\
version: 1
title: Orders
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {include: [src/, missing/]}
"""
WRONG = GOOD.replace("title: Orders", "titel: Orders")


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    commit(repo, {PLAN: GOOD, "src/a.py": ""})
    return repo


@pytest.mark.parametrize(
    "words",
    [
        ["--plan", PLAN, "lint"],
        [f"--plan={PLAN}", "lint"],
        ["lint", "--plan", PLAN],
        ["--color", "never", "--plan", "docs/plan/web", "lint", "--plan", PLAN],
        ["-C", "docs", "--plan", "plan/plan.yaml", "lint"],
        ["-Cdocs", "lint", "--plan", "plan/plan.yaml"],
        ["-C", "docs", "-C", "plan", "lint", "--plan", "plan.yaml"],
        ["-C", "docs", "lint", "-C", "plan", "--plan", "plan.yaml"],
        ["lint", "-C", "docs/plan", "--plan", "plan.yaml"],
        ["--plan", PLAN, "--", "lint"],
        ["-C", "docs", "--", "lint", "--plan", "plan/plan.yaml"],
    ],
)
def test_common_options_may_be_before_the_command_or_after_it(
    words: list[str], shop: git.Repo
) -> None:
    ran = planner(*words, at=shop)

    assert (ran.exit, ran.stdout.splitlines()[-1]) == (0, "passed: 1 warning")


@pytest.mark.parametrize(
    "words",
    [
        ["-qC", "none", "lint"],
        ["-qqCnone", "lint"],
        ["-C", "none", "--", "lint"],
        ["--plan", "none", "--", "lint"],
        ["--repo=none", "--", "lint"],
    ],
)
def test_no_option_before_the_command_is_ignored(words: list[str], shop: git.Repo) -> None:
    assert planner(*words, at=shop).exit == 2
    assert planner("-qq", "--strict", "--", "lint", "--plan", PLAN, at=shop).exit == 1


WEB = "docs/plan/web/plan.yaml"


def test_a_plan_is_found_by_its_name_beside_a_code_folder_of_that_name(shop: git.Repo) -> None:
    write(shop, {WEB: GOOD.replace("Orders", "Web"), "web/page.ts": ""})

    assert planner("tasks", "--plan", "web", "--format", "json", at=shop).exit == 0


@pytest.mark.parametrize(
    "words",
    [
        ["lint", "--plan", "a" * 300],
        ["who", "a" * 5000],
        ["--repo", "a" * 5000, "lint"],
        ["lint", "--plan", "loop/x"],
        ["render", "--plan", "loop/x"],
    ],
)
def test_a_path_that_the_system_refuses_is_exit_2(words: list[str], shop: git.Repo) -> None:
    (root(shop) / "loop").symlink_to("loop")

    ran = planner(*words, at=shop)

    assert (ran.exit, "Traceback" in ran.stderr) == (2, False), ran


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("words", [["lint", "--bogus"], ["run-gates", "--slice", "zz"]])
def test_an_error_that_cannot_be_written_is_still_exit_2(words: list[str], shop: git.Repo) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "planner", *words]
        done = subprocess.run(command, cwd=root(shop), check=False, stderr=full)

    assert done.returncode == 2


def test_no_words_and_a_full_disk_are_exit_2(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "planner"]
        done = subprocess.run(command, cwd=tmp_path, check=False, stdout=full, stderr=full)

    assert done.returncode == 2


@pytest.mark.parametrize("name", ["web", "docs/plan/web", "docs/plan/web/", WEB])
def test_a_plan_is_named_by_its_file_its_folder_or_the_name_of_that(
    name: str, shop: git.Repo
) -> None:
    write(shop, {WEB: WRONG})

    assert planner("lint", "--plan", name, "--format", "json", at=shop).rules == [
        "missing-key", "unknown-key", "matches-nothing",
    ]  # fmt: skip


def test_a_directory_that_is_not_there_is_exit_2(shop: git.Repo) -> None:
    ran = planner("-C", "none", "lint", at=shop)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        "error: cannot change to 'none': No such file or directory\nhint: "
    )


@pytest.mark.parametrize("option", ["--plan", "-C", "--repo", "--color", "--format"])
def test_an_option_without_its_value_is_said_so(option: str, tmp_path: Path) -> None:
    ran = planner(option, at=tmp_path)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {option} needs a value\n")


def test_quiet_prints_the_findings_and_the_verdict_alone(shop: git.Repo) -> None:
    ran = planner("-q", "lint", "--plan", PLAN, at=shop)

    assert ran.stdout.splitlines()[0].endswith("[matches-nothing]")
    assert ran.stdout.splitlines()[-1] == "passed: 1 warning"
    assert "checked" not in ran.stdout
    assert planner("who", "src/a.py", "--plan", PLAN, "--quiet", at=shop).stdout.startswith(
        "src/a.py: the slice 'api'"
    )


def test_a_question_ends_without_a_verdict(shop: git.Repo) -> None:
    for words in (["who", "src/a.py"], ["tasks"], ["next"], ["schema"]):
        ran = planner(*words, "--plan", PLAN, at=shop)

        assert ran.exit == 0
        assert ran.stdout.splitlines()[-1].split(":")[0] not in ("passed", "failed")


@pytest.mark.parametrize("command", ["lint", "check-scope", "check", "status"])
def test_strict_makes_verdict_document_and_exit_code_agree(command: str, shop: git.Repo) -> None:
    shop.git.switch("--quiet", "--create", "feature/api")
    commit(shop, {"src/A.py": ""})
    for strict in ([], ["--strict"]):
        words = [command, "--plan", PLAN]
        text = planner(*words, *strict, at=shop)
        ran = planner(*words, *strict, "--format", "json", at=shop)

        assert text.exit == ran.exit, text
        assert ran.json["ok"] == (ran.exit == 0)
        assert text.stdout.splitlines()[-1].startswith("passed" if ran.exit == 0 else "failed")
        for part in ran.json.get("parts", {}).values():
            assert part["ok"] or ran.exit


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(shell: str, tmp_path: Path) -> None:
    ran = planner("completion", shell, at=tmp_path)

    assert (ran.exit, ran.stderr) == (0, "")
    assert "_PLANNER_COMPLETE" in ran.stdout


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    (tmp_path / "planner").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m planner "$@"\n')
    (tmp_path / "planner").chmod(0o755)
    script = planner("completion", "bash", at=tmp_path).stdout + (
        'PATH="$PWD:$PATH"; for typed in "planner che" "planner check-scope --st"; do\n'
        "COMP_WORDS=($typed); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _planner_completion planner\n"
        'echo "${COMPREPLY[@]}"; done\n'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert done.stdout.split("\n")[:2] == ["check-scope check", "--staged --strict"]


def test_matrix_asks_for_the_system_in_one_line(shop: git.Repo) -> None:
    ran = planner("matrix", at=shop)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr == "error: --for is missing\nhint: name the CI system: --for github|gitlab\n"


@pytest.mark.parametrize(
    ("count", "message"), [("many", "'many' is not a whole number"), ("0", "0 is less than 1")]
)
def test_a_count_that_is_not_a_positive_number_is_refused(
    count: str, message: str, shop: git.Repo
) -> None:
    ran = planner("run-gates", "--jobs", count, at=shop)

    assert ran.exit == 2
    assert ran.stderr == f"error: --jobs: {message}\nhint: planner run-gates --help\n"


def test_a_mistyped_command_completes_to_common_options(tmp_path: Path) -> None:
    typed = {
        "_PLANNER_COMPLETE": "complete_bash",
        "COMP_WORDS": "planner lnt --f",
        "COMP_CWORD": "2",
    }

    ran = planner(at=tmp_path, env=typed)

    assert (ran.exit, ran.stdout, ran.stderr) == (0, "--format\n", "")


def test_without_what_was_typed_nothing_is_completed(shop: git.Repo) -> None:
    ran = planner("who", "README.md", at=shop, env={"_PLANNER_COMPLETE": "complete_bash"})

    assert ran == planner("who", "README.md", at=shop)


def test_an_empty_directory_changes_nothing(shop: git.Repo) -> None:
    assert planner("-C", "", "lint", at=shop) == planner("lint", at=shop)
