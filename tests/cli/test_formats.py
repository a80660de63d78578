"""`--format`: several at once, to standard output and to files; and what GitHub Actions gets."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import git
import pytest
from formats.runner import commands
from world import commit, planner, root, write

PLAN = """\
version: 1
title: T
slices:
  - id: api
    title: The API
    branch: api
    scope:
      include: [src/]
  - id: web
    title: The pages
    branch: web
    scope:
      include: [web/]
"""
HOSTILE = "a,b:c%\n::error::x\x1b[31m.py"
FILES = ("markdown", "github", "gitlab", "sarif", "junit", "json", "text")


@pytest.fixture
def branch(repo: git.Repo) -> git.Repo:
    """The branch of a slice that changed paths out of its scope."""
    lines = "1\n2\n3\n"
    commit(
        repo,
        {
            "docs/plan/plan.yaml": PLAN,
            "web/a.ts": lines,
            "lib/gone.py": lines,
            "lib/less.py": lines,
        },
    )
    repo.git.switch("--quiet", "-c", "api")
    commit(
        repo,
        {
            "web/a.ts": "1\nnew\n3\n",
            "lib/gone.py": None,
            "lib/less.py": "1\n3\n",
            "lib/empty.py": "",
            HOSTILE: "new\n",
        },
    )
    return repo


def test_several_formats_are_written_at_once(branch: git.Repo) -> None:
    asked = ",".join(f"{name}:out/{name}.txt" for name in FILES)

    ran = planner("check-scope", "--format", asked, "--format", "text", at=branch)

    assert (ran.exit, ran.stderr) == (1, "")
    assert ran.stdout == planner("check-scope", at=branch).stdout
    for name in FILES:
        printed = planner("check-scope", "--format", name, at=branch).stdout
        assert (root(branch) / "out" / f"{name}.txt").read_bytes().decode() == printed


def test_formats_in_files_alone_leave_standard_output_empty(branch: git.Repo) -> None:
    ran = planner("check-scope", "--format=sarif:a.sarif", at=branch)

    assert (ran.exit, ran.stdout, ran.stderr) == (1, "", "")
    assert json.loads((root(branch) / "a.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("xml", "--format: 'xml' is not one of 'text', 'json', 'markdown', "),
        ("json,junit", "--format: 'json' and 'junit' cannot both go to standard output"),
        ("junit:", "--format: 'junit:' names no file"),
        ("text,json:/dev/stdout", "--format: 'text' and 'json' cannot both go to standard output"),
        ("text:/proc/self/fd/1,json:/dev/fd/1", "'text' and 'json' cannot both go to standard"),
        ("text:/dev/stderr,json:/dev/fd/2", "--format: two formats cannot go to '/dev/stderr'"),
        ("junit:a,sarif:a", "--format: two formats cannot go to 'a'"),
        ("", "--format: '' is not one of "),
    ],
)
def test_a_wrong_format_is_exit_2_before_anything_is_checked(
    asked: str, message: str, branch: git.Repo
) -> None:
    ran = planner("check-scope", "--format", asked, at=branch)

    assert ran.exit == 2
    assert message in ran.stderr + ran.stdout
    assert not (root(branch) / "a").exists() or "two formats" in message


def test_questions_know_text_and_json_alone(branch: git.Repo) -> None:
    ran = planner("next", "--format", "junit", at=branch)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: --format: 'junit' is not one of 'text', 'json'\n")


def test_a_file_that_cannot_be_written_is_exit_2_and_the_others_are_written(
    branch: git.Repo,
) -> None:
    (root(branch) / "taken").write_text("")
    asked = "junit:taken/a.xml,sarif:b.sarif,text,gitlab:web"

    ran = planner("check-scope", "--format", asked, at=branch)

    assert ran.exit == 2
    assert ran.stderr.startswith("error: cannot write ")
    assert "taken" in ran.stderr
    assert "'web'" in ran.stderr
    assert ran.stdout.splitlines()[-1] == "failed: 5 errors"
    assert json.loads((root(branch) / "b.sarif").read_text())["runs"][0]["results"]


def test_a_device_is_written_straight_and_a_link_is_refused(branch: git.Repo) -> None:
    ran = planner("check-scope", "--format", "gitlab:/dev/stdout", at=branch)
    assert len(json.loads(ran.stdout)) == 5

    outside = root(branch).parent / "outside"
    outside.write_text("kept\n")
    (root(branch) / "link.json").symlink_to(outside)
    ran = planner("check-scope", "--format", "gitlab:link.json", at=branch)
    assert ran.exit == 2
    assert "is a symlink" in ran.stderr
    assert outside.read_text() == "kept\n"


@pytest.mark.parametrize(
    ("path", "redirected"),
    [
        ("/dev/stdout", ">>log"),
        ("/proc/self/fd/1", ">>log"),
        ("/dev/stderr", "2>>log"),
        ("/dev/fd/7", "7>>log"),
        ("/proc/$$/fd/7", "7>>log"),
    ],
)
def test_a_stream_that_goes_to_a_log_is_added_to(
    path: str, redirected: str, branch: git.Repo
) -> None:
    log = root(branch) / "log"
    log.write_text("before\n")
    script = f"exec {redirected}; {sys.executable} -m planner check-scope --format text:{path}; :"

    subprocess.run(["sh", "-c", script], cwd=root(branch), check=True, capture_output=True)

    assert log.read_text() == "before\n" + planner("check-scope", at=branch).stdout


def test_what_two_commands_print_to_one_stream_stands_there_in_order(branch: git.Repo) -> None:
    one = f"{sys.executable} -m planner check-scope --format text:/dev/stdout"
    with (root(branch) / "log").open("w") as log:
        script = f"echo before; {one}; echo between; {one}; :"
        subprocess.run(["sh", "-c", script], cwd=root(branch), check=True, stdout=log)

    text = planner("check-scope", at=branch).stdout
    assert (root(branch) / "log").read_text() == f"before\n{text}between\n{text}"


def test_a_file_in_memory_is_written_as_a_whole(branch: git.Repo) -> None:
    if not Path("/dev/shm").is_dir():  # a folder of Linux
        pytest.skip("there is no /dev/shm")
    with tempfile.NamedTemporaryFile(dir="/dev/shm", suffix=".json") as file:
        for _ in range(2):
            planner("check-scope", "--format", f"json:{file.name}", at=branch)

        assert json.loads(Path(file.name).read_text())["schema"] == "planner.check-scope/1"


@pytest.mark.parametrize("path", [".git/config", ".git", "web/../.git/hooks/new"])
def test_a_report_is_never_written_into_the_folder_of_git(path: str, branch: git.Repo) -> None:
    before = (root(branch) / ".git/config").read_bytes()
    ran = planner("check-scope", "--format", f"json:{path}", at=branch)

    assert ran.exit == 2
    assert "it is in git's own folder" in ran.stderr
    assert (root(branch) / ".git/config").read_bytes() == before


def test_paths_are_relative_to_the_current_folder(branch: git.Repo) -> None:
    planner("check-scope", "-C", "web", "--format", "junit:out/a.xml", at=branch)

    assert (root(branch) / "web/out/a.xml").is_file()


@pytest.mark.parametrize(
    "words", [["-C", "web"], ["-Cweb"], ["-qC", "web"], ["-C", ".", "-C", "web"]]
)
def test_paths_of_a_usage_error_are_relative_to_the_same_folder(
    words: list[str], branch: git.Repo
) -> None:
    ran = planner(*words, "check-scope", "--format", "junit:out/b.xml", "--nope", at=branch)

    assert ran.exit == 2
    assert (root(branch) / "web/out/b.xml").is_file()
    assert not (root(branch) / "out").exists()


@pytest.mark.parametrize("name", FILES)
def test_what_stops_a_command_is_in_every_report(name: str, branch: git.Repo) -> None:
    ran = planner("check-scope", "--slice", "none", "--format", f"{name}:out", at=branch)

    assert ran.exit == 2
    assert "error: unknown slice 'none'" in ran.stderr
    written = (root(branch) / "out").read_text()
    assert ("none" in written) == (name != "text")
    if name == "junit":
        assert ET.fromstring(written).find("testsuite/testcase/error") is not None
    if name == "sarif":
        (run,) = json.loads(written)["runs"]
        assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_is_placed_where_the_branch_added_a_line_or_at_the_line_of_the_plan(
    branch: git.Repo,
) -> None:
    ran = planner("check-scope", "--format", "sarif", at=branch)

    places = []
    for result in ran.json["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        shown = result["message"]["text"].split("\n")[0]
        places.append((place["artifactLocation"]["uri"], place["region"]["startLine"], shown))
    plan, beyond = "docs/plan/plan.yaml", "but the slice 'api' does not hold it"
    assert sorted(places) == sorted(
        [
            ("a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax%1B%5B31m.py", 1, f"added, {beyond}"),
            (plan, 8, f"lib/empty.py: added, {beyond}"),
            (plan, 8, f"lib/gone.py: deleted, {beyond}"),
            (plan, 8, f"lib/less.py: changed, {beyond}"),
            ("web/a.ts", 2, "changed, but the slice 'web' holds it"),
        ]
    )


@pytest.mark.parametrize("option", ["--head=HEAD", "--staged", "--worktree"])
def test_sarif_names_a_file_that_is_not_utf8_and_gitlab_the_plan(
    option: str, branch: git.Repo
) -> None:
    branch.git.reset("--quiet", "--hard", "main")
    names = [os.fsdecode(name) for name in (b"\xff", b'lib/\xe9 "q"\t.py')]
    write(branch, dict.fromkeys(names, "new\n"))
    if option == "--staged":
        branch.git.add("--all")
    elif option == "--head=HEAD":
        commit(branch, {})

    log = planner("check-scope", option, "--format", "sarif", at=branch).json
    found = [one["locations"][0]["physicalLocation"] for one in log["runs"][0]["results"]]
    places = [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in found]
    assert sorted(places) == [("%FF", 1), ("lib/%E9%20%22q%22%09.py", 1)]

    entries = planner("check-scope", option, "--format", "gitlab", at=branch).json
    assert [one["location"] for one in entries] == [
        {"path": "docs/plan/plan.yaml", "lines": {"begin": 8}}
    ] * 2
    assert any(one["description"].startswith("\\xff: added, but") for one in entries)


@pytest.mark.parametrize("option", ["--staged", "--worktree"])
def test_what_is_not_committed_has_its_line_too(option: str, branch: git.Repo) -> None:
    folder = root(branch)
    branch.git.reset("--quiet", "--hard", "main")
    (folder / "web/a.ts").write_text("1\n2\n3\nnew\n")
    (folder / "lib/new.py").write_text("new\n")
    if option == "--staged":
        branch.git.add("--all")

    ran = planner("check-scope", option, "--format", "gitlab", at=branch)

    places = {one["location"]["path"]: one["location"]["lines"]["begin"] for one in ran.json}
    assert places == {"lib/new.py": 1, "web/a.ts": 4}


def actions(folder: Path) -> dict[str, str]:
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}


def test_github_actions_gets_text_annotations_and_a_summary(
    branch: git.Repo, tmp_path: Path
) -> None:
    (tmp_path / "summary.md").write_text("before\n")
    words = ("check-scope", "--base", "main")
    ran = planner(*words, at=branch, env=actions(tmp_path))

    read = commands(ran.stdout)
    assert [one.name for one in read] == ["error"] * 5
    assert {one.properties["title"] for one in read} == {"outside-scope", "foreign-path"}
    lines = ran.stdout.split("\n::error ", 1)[0].splitlines()
    assert lines[-1] == "failed: 5 errors"
    page = planner(*words, "--format", "markdown", at=branch, env=actions(tmp_path)).stdout
    assert (tmp_path / "summary.md").read_text() == f"before\n{page}\n"


def test_github_actions_with_a_format_gets_only_that(branch: git.Repo, tmp_path: Path) -> None:
    words = ("check-scope", "--base", "main", "--format", "json")
    ran = planner(*words, at=branch, env=actions(tmp_path))

    assert len(ran.json["findings"]) == 5
    assert not (tmp_path / "summary.md").exists()


def test_a_question_is_the_same_in_github_actions(branch: git.Repo, tmp_path: Path) -> None:
    for words in (["tasks"], ["plan-diff", "main"]):
        ran = planner(*words, at=branch, env=actions(tmp_path))
        assert ran.stdout == planner(*words, at=branch).stdout
    assert not (tmp_path / "summary.md").exists()


def test_an_error_is_annotated_in_github_actions(branch: git.Repo, tmp_path: Path) -> None:
    ran = planner("check-scope", "--slice", "none", at=branch, env=actions(tmp_path))

    (only,) = commands(ran.stdout)
    assert (ran.exit, only.name, only.properties["title"]) == (2, "error", "undecided")
    assert "unknown slice 'none'" in only.data
    assert "unknown slice" in (tmp_path / "summary.md").read_text()


def test_a_full_summary_is_left_as_it_is(branch: git.Repo, tmp_path: Path) -> None:
    full = "x" * (1024 * 1024 - 100)
    (tmp_path / "summary.md").write_text(full)

    ran = planner("check-scope", "--base", "main", at=branch, env=actions(tmp_path))

    assert ran.exit == 1
    assert "the step summary is full" in ran.stderr
    assert (tmp_path / "summary.md").read_text() == full


def test_a_summary_may_have_1_mib_and_no_byte_more(branch: git.Repo, tmp_path: Path) -> None:
    words = ("check-scope", "--base", "main")
    page = planner(*words, "--format", "markdown", at=branch).stdout.encode() + b"\n"
    for missing, is_added in ((len(page) - 1, False), (len(page), True)):
        before = b"x" * (1024 * 1024 - missing)
        (tmp_path / "summary.md").write_bytes(before)

        ran = planner(*words, at=branch, env=actions(tmp_path))

        assert ("the step summary is full" in ran.stderr) is not is_added
        after = (tmp_path / "summary.md").read_bytes()
        assert after == (before + page if is_added else before)


def test_a_summary_that_is_a_pipe_is_not_waited_for(branch: git.Repo, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "summary.md")

    ran = planner("check-scope", "--base", "main", at=branch, env=actions(tmp_path))

    assert ran.exit == 1
    assert "cannot write the step summary: it is not a regular file" in ran.stderr


def test_a_summary_that_cannot_be_written_changes_no_verdict(
    branch: git.Repo, tmp_path: Path
) -> None:
    env = {**actions(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path)}

    ran = planner("check-scope", "--base", "main", at=branch, env=env)

    assert ran.exit == 1
    assert "cannot write the step summary" in ran.stderr


def test_a_file_is_as_quiet_as_standard_output(branch: git.Repo) -> None:
    words = ("check-scope", "--base", "main", "--quiet", "--format")
    planner(*words, "text:out.txt", at=branch)

    assert (root(branch) / "out.txt").read_text() == planner(*words, "text", at=branch).stdout


def test_two_formats_cannot_go_to_one_file_however_it_is_named(branch: git.Repo) -> None:
    ran = planner("check-scope", "--format", "json:./out,gitlab:out", at=branch)

    assert ran.exit == 2
    assert "two formats cannot go to 'out'" in ran.stderr


def test_the_finding_of_a_task_keeps_its_fingerprint_when_another_task_is_fixed(
    branch: git.Repo,
) -> None:
    path = root(branch) / "docs/plan/plan.yaml"
    plan = path.read_text().replace(
        "      include: [src/]\n",
        "      include: [src/]\n"
        "    tasks: [{id: one, title: A, files: [src/x]}, {id: two, title: B, files: [src/x]}]\n",
    )

    def prints(text: str) -> list[str]:
        path.write_text(text)
        found = planner("lint", "--format", "gitlab", at=branch).json
        return [one["fingerprint"] for one in found if "'src/x'" in one["description"]]

    both = prints(plan)
    assert prints(plan.replace("title: A, files: [src/x]", "title: A")) == both[1:]


def test_lint_and_render_name_lines_that_exist(branch: git.Repo) -> None:
    branch.git.switch("--quiet", "main")
    (root(branch) / "docs/plan/plan.yaml").write_text(PLAN.replace("title: T\n", "tilte: T\n"))
    lint = planner("lint", "--format", "gitlab", at=branch).json
    assert {one["location"]["lines"]["begin"] for one in lint} == {1, 2, 8}

    (root(branch) / "docs/plan/plan.yaml").write_text(PLAN)
    planner("render", at=branch)
    (root(branch) / "docs/plan/TASKS.md").unlink()
    (root(branch) / "docs/plan/plan.yaml").write_text(PLAN.replace("The pages", "All pages"))
    stale = planner("render", "--check", "--format", "gitlab", at=branch).json
    for one in stale:
        file = root(branch) / one["location"]["path"]
        assert 1 <= one["location"]["lines"]["begin"] <= len(file.read_text().splitlines())
    assert sorted(one["location"]["path"] for one in stale) == [
        "docs/plan/PLAN.md",
        "docs/plan/plan.yaml",
    ]


def test_standard_output_that_is_gone_does_not_keep_files_from_being_written(
    branch: git.Repo,
) -> None:
    if not os.path.exists("/dev/full"):  # noqa: PTH110 - a device of Linux
        pytest.skip("there is no /dev/full")
    ran = planner("check-scope", "--format", "text:/dev/full,junit:a.xml", at=branch)

    assert ran.exit == 2
    assert (root(branch) / "a.xml").read_text().startswith("<?xml")
