"""Results of gates become notes on the tree, and count only for that tree and definition."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import git
import pytest
from workshop import PLAN_PATH, plan_of, workshop
from world import planner

pytestmark = pytest.mark.slow

ONE = '- {id: tests, run: "true"}'
SEED = """
- id: validation
  run: "echo 'no such table: users'; echo 3 passed"
  repeat: 2
  forbid_output: ["no such table"]
  expect_output: ['\\d+ passed']
"""


def test_result_is_a_note_on_the_tree(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)

    ran = shop.run("run-gates")

    assert ran.exit == 0, ran
    assert list(ran.json) == [
        "schema", "ok", "findings", "slice", "commit", "tree", "merge_base", "dirty",
        "recorded", "gates",
    ]  # fmt: skip
    assert ran.json["tree"] == shop.tree()
    assert (ran.json["dirty"], ran.json["recorded"]) == (False, True)
    (record,) = shop.records()
    assert sorted(record) == [
        "at", "commit", "definition", "environment", "gate", "runs", "verdict",
    ]  # fmt: skip
    assert record["definition"] == ran.json["gates"][0]["definition"]
    assert (record["gate"], record["verdict"], record["commit"]) == ("tests", "passed", shop.head)
    assert [run["exit"] for run in record["runs"]] == [0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record["at"])
    assert os.uname().sysname in record["environment"]


def test_forbidden_output_fails_a_gate_in_both_runs(repo: git.Repo) -> None:
    shop = workshop(repo, SEED)

    ran = shop.run("run-gates")

    assert ran.exit == 1
    (gate,) = ran.json["gates"]
    assert [run["exit"] for run in gate["runs"]] == [0, 0]
    assert gate["reason"] == "in all 2 runs: printed 'no such table' (line 1)"
    assert ran.rules == ["gate-failed"]
    assert shop.records()[0]["verdict"] == "failed"
    assert shop.evidence() == {"validation": "failed"}


def test_flaky_suite_is_flaky_every_time_with_the_name_of_the_test(repo: git.Repo) -> None:
    suite = (
        "import pathlib, sys\n"
        "seen = pathlib.Path(sys.argv[1]); n = len(seen.read_text()) if seen.exists() else 0\n"
        "seen.write_text('x' * (n + 1))\n"
        "bad = '<failure/>' if n % 2 else ''\n"
        "pathlib.Path('r.xml').write_text('<testsuite><testcase classname=\"t\" name=\"odd\">'\n"
        "    + bad + '</testcase></testsuite>')\n"
        "sys.exit(n % 2)\n"
    )
    seen = Path(repo.working_dir).parent / "seen"
    gate = f"- {{id: t, run: ['{sys.executable}', -S, s.py, '{seen}'], repeat: 2, junit: r.xml}}"
    shop = workshop(repo, gate, {"s.py": suite, ".gitignore": "r.xml\n"})

    for _ in range(3):
        ran = shop.run("run-gates")

        assert (ran.exit, ran.json["gates"][0]["verdict"]) == (1, "flaky")
        assert ran.json["gates"][0]["disagreeing"] == ["t::odd"]
        assert "tests that disagree: t::odd" in ran.json["findings"][0]["message"]


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"src/a.py": "a = 2\n"}, "src/a.py"),
        ({"new.py": "new = 1\n"}, "new.py"),
        ({"src/a.py": None}, "src/a.py"),
        ({"n\n\x1b[31m.py": ""}, "n\\n\\x1b[31m.py"),
    ],
)
def test_dirty_tree_is_never_recorded(
    repo: git.Repo, files: dict[str, str | None], path: str
) -> None:
    shop = workshop(repo, ONE)
    shop.write(files)

    ran = shop.run("run-gates")

    assert ran.exit == 0
    assert (ran.json["dirty"], ran.json["recorded"]) == (True, False)
    assert shop.records() == []
    assert f"not recorded: '{path}' differs from the commit" in shop.text("run-gates").stdout


def test_quiet_says_that_nothing_was_recorded(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)

    assert shop.text("run-gates", "--quiet").stdout == "passed\n"
    shop.write({"new.py": ""})
    assert shop.text("run-gates", "--quiet").stdout == "passed; not recorded\n"


def test_a_folder_for_temporary_files_inside_the_work_tree_is_no_change(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    (shop.root / "tmp").mkdir()
    link = shop.root.parent / "link"
    link.symlink_to(shop.root / "tmp")

    for folder in (shop.root / "tmp", link):
        ran = shop.run("run-gates", env={"TMPDIR": str(folder)})

        assert (ran.json["dirty"], ran.json["recorded"]) == (False, True)


def test_what_git_status_hides_is_not_recorded_and_said(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    repo.git.update_index("--assume-unchanged", "src/a.py")
    shop.write({"src/a.py": "a = 2\n"})

    assert shop.run("run-gates").json["dirty"] is True
    why = "'src/a.py' differs from the commit, though git status hides it"
    assert (
        f"not recorded: {why} (a flag, a setting or an exclude file)"
        in shop.text("run-gates").stdout
    )
    assert shop.records() == []


def test_sparse_checkout_is_not_recorded_and_said(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    repo.git.sparse_checkout("set", "docs", "src")

    ran = shop.text("run-gates")

    assert ran.exit == 0
    assert "not recorded: the checkout is sparse" in ran.stdout
    assert shop.records() == []


def test_index_does_not_matter(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    shop.write({"src/a.py": "a = 2\n"})
    repo.git.add("--all")
    assert shop.run("run-gates").json["dirty"] is True

    shop.write({"src/a.py": "a = 1\n"})

    assert shop.run("run-gates").json["dirty"] is False


def test_edit_in_the_second_of_the_commit_is_dirty(repo: git.Repo) -> None:
    """Git compares times in seconds; by that of the index it knows when they are not enough."""
    shop = workshop(repo, ONE)
    shop.write({"src/a.py": "a = 2\n"})

    time.sleep(1.1)

    assert shop.run("run-gates").json["dirty"] is True


def test_ignored_file_is_not_dirty(repo: git.Repo) -> None:
    shop = workshop(repo, ONE, {".gitignore": "*.tmp\n"})
    shop.write({"a.tmp": ""})

    assert shop.run("run-gates").json["recorded"] is True


def test_gate_that_changes_a_tracked_file_is_not_recorded(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: format, run: "echo b >> src/a.py"}')

    ran = shop.run("run-gates")

    assert (ran.json["dirty"], shop.records()) == (True, [])


def test_gate_that_commits_is_not_recorded_for_its_commit(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: sly, run: "echo b >> src/a.py; git commit -qam sly"}')

    assert shop.run("run-gates").json["recorded"] is False
    assert shop.records() == []
    assert shop.records(shop.head) == []


def test_report_that_a_gate_writes_is_not_dirty(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: tests, run: "echo x > report.xml"}')

    assert shop.run("run-gates").json["recorded"] is True


def test_file_that_the_result_is_redirected_to_is_not_dirty(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    words = [sys.executable, "-m", "planner", "run-gates", "--format", "json"]

    with (shop.root / "gates.json").open("wb") as stream:
        subprocess.run(words, cwd=shop.root, stdout=stream, check=True)

    assert json.loads((shop.root / "gates.json").read_text())["dirty"] is False
    assert shop.run("run-gates").json["dirty"] is True  # now it is a file like any other


def test_amended_commit_with_the_same_tree_keeps_its_evidence(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    shop.run("run-gates")

    repo.git.commit("--amend", "--quiet", "--message=another message")

    assert shop.evidence() == {"tests": "passed"}


def test_another_tree_is_stale_and_the_commit_is_named(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    assert shop.evidence() == {"tests": "never"}
    shop.run("run-gates")
    for number in range(2):
        shop.commit({"src/b.py": f"b = {number}\n"})

    (slice_,) = shop.run("status").json["slices"]

    (gate,) = slice_["gates"]
    assert (gate["evidence"], gate["commit"]) == ("stale", shop.head)
    ago = f"passed on the tree of {shop.head[:12]}, 2 commits before, not on this one"
    assert gate["why"] == ago
    assert f"  gate   tests: stale: {ago}\n" in shop.text("status", "api").stdout


def test_record_from_before_the_branch_does_not_count(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    repo.git.switch("--quiet", "main")
    shop.run("run-gates", "--slice", "api")
    assert shop.records("main")
    repo.git.switch("--quiet", "feature/api")

    assert shop.evidence() == {"tests": "never"}


def test_tree_that_is_restored_has_its_evidence_again(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    shop.run("run-gates")
    shop.commit({"src/b.py": "b = 1\n"})
    shop.commit({"src/b.py": None})

    assert shop.evidence() == {"tests": "passed"}


def test_other_definition_is_stale(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    shop.run("run-gates")
    repo.git.switch("--quiet", "main")
    shop.plan('- {id: tests, run: "true", repeat: 2}')
    repo.git.switch("--quiet", "feature/api")

    assert shop.evidence() == {"tests": "stale"}
    assert shop.why("tests") == "ran on this tree with another definition"


@pytest.mark.parametrize(
    "gate",
    [
        '- {id: tests, run: "true", title: Another}',
        '- {id: tests, description: Another, run: "true"}',
    ],
)
def test_title_and_description_are_not_part_of_the_definition(repo: git.Repo, gate: str) -> None:
    shop = workshop(repo, ONE)
    shop.run("run-gates")
    repo.git.switch("--quiet", "main")
    shop.plan(gate)
    repo.git.switch("--quiet", "feature/api")

    assert shop.evidence() == {"tests": "passed"}


def test_newest_record_decides(repo: git.Repo) -> None:
    shop = workshop(repo, "- {id: tests, run: test -e ok}", {".gitignore": "ok\n"})
    shop.write({"ok": ""})
    shop.run("run-gates")
    assert shop.evidence() == {"tests": "passed"}

    shop.write({"ok": None})
    shop.run("run-gates")

    assert shop.evidence() == {"tests": "failed"}


def test_lines_in_notes_that_are_not_records_are_skipped(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    for line in ("no JSON at all", "[" * 5000, '{"gate":"tests","verdict":"passed"}', "\x1b[31m"):
        shop.note(line)
    assert shop.evidence() == {"tests": "never"}

    shop.run("run-gates")
    shop.note("more junk")

    assert shop.evidence() == {"tests": "passed"}


def test_note_that_claims_another_definition_does_not_count(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: tests, run: "false"}')
    shop.run("run-gates")
    (record,) = shop.records()
    shop.commit({"src/b.py": ""})

    shop.note(json.dumps({**record, "verdict": "passed", "definition": "0" * 64}))

    assert shop.evidence() == {"tests": "stale"}


def test_notes_written_by_git_count_like_others(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    shop.run("run-gates")
    (record,) = shop.records()
    repo.git.update_ref("-d", "refs/notes/planner")
    assert shop.evidence() == {"tests": "never"}

    shop.note(json.dumps(record))

    assert shop.evidence() == {"tests": "passed"}


def test_record_of_a_linked_work_tree_counts_in_the_other(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    beside = shop.root.parent / "beside"
    repo.git.worktree("add", "--quiet", "--detach", str(beside))

    ran = shop.run("run-gates", "--slice", "api", at=beside)

    assert ran.exit == 0, ran
    assert ran.json["recorded"] is True
    assert Path(ran.json["gates"][0]["log"]).is_file()
    assert shop.evidence() == {"tests": "passed"}


def test_whole_output_of_the_last_twenty_runs_is_kept(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: tests, run: "echo $RANDOM; echo the end"}')
    for name in ("notes.txt", "²", "99x"):
        (shop.own / "logs").mkdir(parents=True, exist_ok=True)
        (shop.own / "logs" / name).mkdir()
    for number in range(1, 25):
        (shop.own / "logs" / f"{number:06}").mkdir()

    logs = [shop.run("run-gates").json["gates"][0]["log"] for _ in range(2)]

    assert logs == [f".git/planner/logs/0000{number}/tests.log" for number in (25, 26)]
    assert (shop.root / logs[1]).read_text().endswith("the end\n")
    kept = sorted(path.name for path in (shop.own / "logs").iterdir())
    assert kept == sorted([f"{number:06}" for number in range(7, 27)] + ["notes.txt", "²", "99x"])


def test_result_that_cannot_be_recorded_is_still_shown(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    (Path(repo.git_dir) / "refs" / "notes").write_text("a file in the place of the folder")

    ran = shop.run("run-gates")

    assert (ran.exit, ran.json["ok"], ran.json["recorded"]) == (2, False, False)
    assert ran.json["gates"][0]["verdict"] == "passed"
    text = shop.text("run-gates").stdout
    assert "not recorded: cannot record gate results: git update-ref failed: " in text
    assert "refs/notes/planner" in text


def test_lock_that_a_killed_run_left_is_named_with_what_to_do(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    lock = Path(repo.git_dir) / "refs" / "notes" / "planner.lock"
    lock.parent.mkdir()
    lock.touch()

    ran = shop.text("run-gates")

    assert ran.exit == 2
    assert re.sub(r"[0-9.]+ s", "0.0 s", ran.stdout) == (
        "passed   tests (0.0 s)\n"
        "the slice 'api': 1 of 1 gates passed; not recorded: cannot record gate results: "
        f"'{lock}' exists; another planner or git may be running; if not, remove the file\n"
        "undecided: the results could not be recorded\n"
    )
    assert shop.records() == []
    lock.unlink()
    assert shop.text("run-gates").exit == 0


def test_logs_that_cannot_be_written_are_exit_2(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    shop.own.write_text("a file in the place of the folder")

    ran = shop.run("run-gates")

    assert ran.exit == 2
    assert "cannot write the output of gates" in ran.json["error"]["message"]


def test_slice_that_only_the_own_plan_has_runs_its_gates(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    more = plan_of(ONE) + (
        "  - id: web\n    title: Web\n    branch: feature/web\n"
        "    scope: {include: [web/]}\n    gates: [{id: own, run: 'exit 3'}]\n"
    )
    repo.git.switch("--quiet", "--create", "feature/web")
    shop.commit({PLAN_PATH: more})

    for words in ((), ("--slice", "web")):
        ran = shop.run("run-gates", *words)

        assert (ran.exit, ran.json["slice"], ran.json["gates"][0]["id"]) == (1, "web", "own")


def test_named_gate_runs_with_those_it_needs(repo: git.Repo) -> None:
    shop = workshop(
        repo,
        """
        - {id: base, run: "true"}
        - {id: other, run: "true"}
        - {id: top, run: "true", needs: [base]}
        """,
    )

    assert shop.verdicts("--gate", "top") == {"base": "passed", "top": "passed"}
    assert shop.evidence() == {"base": "passed", "other": "never", "top": "passed"}


def test_unknown_gate_is_exit_2_and_lists_the_gates(repo: git.Repo) -> None:
    ran = workshop(repo, ONE).run("run-gates", "--gate", "test")

    assert ran.exit == 2
    assert ran.json["error"] == {
        "message": "the slice 'api' has no gate 'test'",
        "hint": "its gates are: tests",
    }


def test_skipped_gate_is_not_recorded(repo: git.Repo) -> None:
    shop = workshop(repo, '[{id: bad, run: "false"}, {id: next, run: "true", needs: [bad]}]')

    assert shop.verdicts() == {"bad": "failed", "next": "skipped"}
    assert [record["gate"] for record in shop.records()] == ["bad"]
    assert shop.evidence() == {"bad": "failed", "next": "never"}


def test_slice_without_gates_has_nothing_to_run(repo: git.Repo) -> None:
    ran = workshop(repo, "").text("run-gates")

    assert ran.exit == 0
    assert ran.stdout == "the slice 'api': 0 of 0 gates passed; there is nothing to run\npassed\n"


def test_branch_without_a_slice_is_exit_2(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    repo.git.switch("--quiet", "--create", "elsewhere")

    ran = shop.run("run-gates")

    assert ran.exit == 2
    assert ran.json["error"]["message"] == "no slice accepts the branch 'elsewhere'"


def test_variables_of_a_hook_reach_no_gate(repo: git.Repo) -> None:
    shop = workshop(repo, '- {id: tests, run: "test -z \\"$GIT_DIR$GIT_INDEX_FILE\\""}')

    hooked = {"GIT_DIR": str(repo.git_dir), "GIT_INDEX_FILE": str(Path(repo.git_dir) / "index")}

    assert shop.run("run-gates", env=hooked).json["gates"][0]["verdict"] == "passed"


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ("{run: [no-such-command-here]}", "command not found: 'no-such-command-here'"),
        ("{run: no-such-command-here}", "exit 127: command not found"),
        ('{run: "true", cwd: ..}', "its cwd '..' is outside the repository"),
        ('{run: "true", cwd: nowhere}', "its cwd 'nowhere' does not exist"),
        ('{run: "true", env: {"A=B": c}}', "its command or env is not valid"),
        ('{run: "true", junit: r.xml}', "the command did not write the report 'r.xml'"),
        ("{run: 'echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', "
         "forbid_output: ['(a+)+$']}", "takes more than 1 s to search one line"),
        ('{run: "true", forbid_output: ["x\\n"]}', "ends with a newline, which no line contains"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_never_passes(repo: git.Repo, gate: str, reason: str) -> None:
    ran = workshop(repo, f"- {gate.replace('{', '{id: odd, ', 1)}").run("run-gates")

    assert ran.exit == 1
    assert ran.json["gates"][0]["verdict"] in ("error", "failed")
    assert reason in ran.json["gates"][0]["reason"]


def test_command_is_run_from_any_folder_of_the_repository(repo: git.Repo) -> None:
    shop = workshop(repo, "- {id: tests, run: test -e src/a.py}")

    assert planner("run-gates", at=shop.root / "src").exit == 0


def test_coverage_of_changed_lines_is_evidence_for_its_merge_base_alone(repo: git.Repo) -> None:
    report = "printf 'SF:src/b.py\\nDA:1,0\\nDA:2,1\\nend_of_record\\n' > lcov.info"
    gate = f"- {{id: cov, run: {report!r}, coverage: {{report: lcov.info, changed_lines: 90}}}}"
    shop = workshop(repo, gate)
    shop.commit({".gitignore": "lcov.info\n", "src/b.py": "b = 1\n"})
    shop.commit({"src/b.py": "b = 1\nc = 2\n"})

    assert shop.run("check", "--only", "gates").exit == 1
    passed = shop.run("check", "--only", "gates", "--base", "HEAD~1")
    assert passed.exit == 0, passed
    recorded = shop.run("check", "--only", "gates", "--gates", "recorded")

    assert recorded.exit == 1
    assert "failed on this tree" in recorded.json["findings"][0]["message"]
    assert shop.run("check", "--only", "gates", "--gates", "recorded", "--base", "HEAD~1").exit == 0
