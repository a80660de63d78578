"""No regression in coverage: compared with a record of the merge base, or with a run there."""

import json
from pathlib import Path

import git
import pytest
from workshop import Workshop, workshop

pytestmark = pytest.mark.slow

# The gate's report covers as many of ten lines as the file `covered` says.
RUN = (
    "i=1; echo SF:src/a.py > lcov.info; while test $i -le 10; do "
    "echo DA:$i,$(test $i -le $(cat covered) && echo 1 || echo 0); i=$((i+1)); done "
    ">> lcov.info; echo end_of_record >> lcov.info; echo ran >> ../ran"
)
GATE = f"- {{id: cov, run: '{RUN}', coverage: {{report: lcov.info, no_regression: true}}}}"
FILES = {".gitignore": "lcov.info\n", "covered": "5\n", "src/a.py": "a\n" * 10}


def covered(repo: git.Repo, count: int, gate: str = GATE) -> Workshop:
    """Make a branch that covers `count` of ten lines; its base covers five."""
    shop = workshop(repo, gate, FILES)
    shop.commit({"covered": f"{count}\n", "src/a.py": "a\n" * 10})
    return shop


def runs(shop: Workshop) -> tuple[int, int]:
    """Count how often the gate ran in the work tree and at the merge base."""
    places = (shop.root.parent / "ran", shop.own / "baselines" / "ran")
    here, there = (p.read_text().count("ran") if p.exists() else 0 for p in places)
    return here, there


@pytest.mark.parametrize(("count", "verdict"), [(4, "failed"), (5, "passed"), (6, "passed")])
def test_baseline_is_run_at_the_merge_base(repo: git.Repo, count: int, verdict: str) -> None:
    shop = covered(repo, count)

    ran = shop.run("run-gates")

    assert (ran.exit, ran.json["gates"][0]["verdict"]) == (int(verdict == "failed"), verdict)
    assert runs(shop) == (1, 1)
    assert f"cov at {shop.base[:12]}: passed" in ran.stderr
    (shop.own / "baselines" / "ran").unlink()
    assert shop.left_over() == []
    if verdict == "failed":
        assert ran.json["gates"][0]["reason"] == (
            "coverage fell from 50 % (5 of 10 lines) to 40 % (4 of 10 lines)"
        )


def test_note_of_the_merge_base_saves_the_run(repo: git.Repo) -> None:
    shop = covered(repo, 4)
    repo.git.switch("--quiet", "main")
    shop.commit({})  # another commit with the merge base's tree
    shop.run("run-gates", "--slice", "api")
    assert shop.records("main")[0]["coverage"] == {"src/a.py": ["1-5", "6-10"]}
    repo.git.switch("--quiet", "feature/api")
    before = runs(shop)

    ran = shop.run("run-gates")

    assert ran.json["gates"][0]["verdict"] == "failed"
    assert runs(shop) == (before[0] + 1, before[1])


def test_note_of_another_definition_does_not_save_the_run(repo: git.Repo) -> None:
    shop = covered(repo, 4)
    definition = shop.run("run-gates").json["gates"][0]["definition"]
    before = runs(shop)
    record = {
        "gate": "cov", "verdict": "passed", "commit": shop.base, "at": "then", "runs": [],
        "coverage": {"src/a.py": ["", "1-10"]},
    }  # fmt: skip
    shop.note(json.dumps({**record, "definition": "0" * 64}), shop.base)
    shop.note(json.dumps({**record, "definition": definition, "gate": "other"}), shop.base)

    assert shop.run("run-gates").json["gates"][0]["verdict"] == "failed"
    assert runs(shop) == (before[0] + 1, before[1] + 1)


def test_ci_takes_no_baseline_from_a_note_that_anyone_may_have_written(repo: git.Repo) -> None:
    shop = covered(repo, 4)
    definition = shop.run("run-gates").json["gates"][0]["definition"]
    record = {
        "gate": "cov", "verdict": "passed", "commit": shop.base, "at": "then", "runs": [],
        "coverage": {"src/a.py": ["", "1-10"]}, "definition": definition,
    }  # fmt: skip
    shop.note(json.dumps(record), shop.base)
    ci = {"CI": "true"}

    assert shop.run("run-gates").json["gates"][0]["verdict"] == "passed"
    assert shop.run("run-gates", env=ci).json["gates"][0]["verdict"] == "failed"
    assert shop.run("check", "--only", "gates", env=ci).exit == 1
    assert shop.run("check", "--only", "gates", "--trust-notes", env=ci).exit == 0


EMPTY = "{ echo SF:a > lcov.info; echo end_of_record >> lcov.info; exit 0; }"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("'i=1", "'test -e new || exit 1; i=1", "there it failed: exit 1"),
        ("'i=1", "'test -e new || exit 0; i=1", "did not write the report 'lcov.info'"),
        ("'i=1", f"'test -e new || {EMPTY}; i=1", "the coverage report contains no line"),
        (
            "run:",
            "cwd: new, run:",
            "there it could not be checked: its cwd 'new' does not exist",
        ),
    ],
)
def test_without_a_baseline_it_is_exit_2(repo: git.Repo, old: str, new: str, why: str) -> None:
    gate = GATE.replace(old, new)
    gate = gate.replace("$(cat covered)", "9").replace("../ran", "/dev/null")
    shop = workshop(repo, gate, FILES)
    shop.commit({"new/file": ""})

    ran = shop.run("run-gates")

    assert (ran.exit, ran.json["ok"], ran.rules) == (2, False, ["gate-error"]), ran
    message = ran.json["findings"][0]["message"]
    assert "the coverage of the merge base is not known" in message
    assert why in message
    assert shop.left_over() == []
    assert shop.run("check", "--only", "gates").exit == 2


def test_a_gate_is_set_up_in_the_work_tree_of_the_merge_base_alone(repo: git.Repo) -> None:
    gate = GATE.replace("run:", "setup: 'touch ready; echo set up >> ../ran', run:")
    gate = gate.replace("'i=1", "'test -e ready || test -e new; i=1")
    other = gate.replace("id: cov", "id: other")
    shop = covered(repo, 6, f"{gate}\n{other}")
    shop.commit({"new": ""})

    ran = shop.run("run-gates")

    assert [one["verdict"] for one in ran.json["gates"]] == ["passed", "passed"], ran
    assert f"cov.setup at {shop.base[:12]}: passed" in ran.stderr
    assert (shop.own / "baselines" / "ran").read_text().count("set up") == 1
    assert not (shop.root / "ready").exists()


@pytest.mark.parametrize(
    ("setup", "why"),
    [
        ("exit 3", "there it failed: its setup: exit 3 (the output is in "),
        ("sleep 60", "there it timed out: its setup: took longer than 1 s (the output is in "),
    ],
)
def test_a_setup_that_does_not_pass_is_exit_2(repo: git.Repo, setup: str, why: str) -> None:
    gate = GATE.replace("run:", f"timeout: 1s, setup: {setup}, run:")
    shop = covered(repo, 6, gate)

    ran = shop.run("run-gates")

    assert ran.exit == 2
    assert why in ran.json["findings"][0]["message"]
    assert "cov.setup.log" in ran.json["findings"][0]["message"]
    assert shop.left_over() == []


def test_a_baseline_that_measured_files_of_elsewhere_is_exit_2(repo: git.Repo) -> None:
    shop = covered(repo, 6, GATE.replace("SF:src/a.py", f"SF:{Path(repo.working_dir)}/src/a.py"))

    ran = shop.run("run-gates")

    assert ran.exit == 2
    message = ran.json["findings"][0]["message"]
    assert f"it measured '{shop.root}/src/a.py', which is outside that work tree" in message


LCOV = "SF:{}\n" + "".join(f"DA:{line},{int(line <= 5)}\n" for line in range(1, 11))


@pytest.mark.parametrize("path", ["src/a.py", "./src/a.py", "/app/src/a.py"])
@pytest.mark.parametrize(("count", "verdict"), [(4, "failed"), (5, "passed")])
def test_a_report_of_this_ci_run_is_a_baseline(
    repo: git.Repo, path: str, count: int, verdict: str
) -> None:
    gate = GATE.replace("SF:src/a.py", f"SF:{path}")
    if path.startswith("/"):
        gate = gate.replace("no_regression: true", "no_regression: true, paths: {/app/: ''}")
    shop = covered(repo, count, gate)
    report = shop.root.parent / "main.info"
    report.write_text(LCOV.format(path) + "end_of_record\n")

    for command in (["run-gates"], ["check", "--only", "gates"]):
        ran = shop.run(*command, "--baseline", f"cov={report}")
        assert ran.exit == int(verdict == "failed"), ran
    assert runs(shop) == (2, 0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("cov", "--baseline: 'cov' is not GATE=FILE"),
        ("other=main.info", "the gate 'other' has no 'no_regression'"),
        ("cov=none.info", "cannot read 'none.info': No such file or directory"),
        ("cov=covered", "the baseline 'covered' cannot be used: unknown format"),
        ("cov=foreign.info", "no file of the baseline 'foreign.info' is in the merge base"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_exit_2(repo: git.Repo, value: str, message: str) -> None:
    shop = covered(repo, 5)
    (shop.root / "foreign.info").write_text(LCOV.format("/x/b.py") + "end_of_record\n")

    ran = shop.text("run-gates", "--baseline", value)

    assert ran.exit == 2
    assert f"error: {message}" in ran.stderr
    assert runs(shop) == (0, 0)


def test_log_of_the_baseline_is_kept_with_those_of_the_run(repo: git.Repo) -> None:
    shop = covered(repo, 6)
    shop.run("run-gates")

    logs = shop.own / "logs" / "000001"

    found = sorted(path.relative_to(logs).as_posix() for path in logs.rglob("*.log"))
    assert found == ["baseline/cov.log", "cov.log"]


def test_needed_gates_run_at_the_merge_base_as_well(repo: git.Repo) -> None:
    gate = GATE.replace("run: 'i=1", "needs: [make], run: 'test -e made || exit 9; i=1")
    shop = covered(repo, 6, "- {id: make, run: touch made}\n- {id: other, run: exit 9}\n" + gate)

    ran = shop.run("run-gates", "--gate", "cov")

    assert [one["verdict"] for one in ran.json["gates"]] == ["passed", "passed"]
    assert runs(shop) == (1, 1)


def test_output_and_repetitions_do_not_matter_for_a_baseline(repo: git.Repo) -> None:
    gate = GATE.replace("id: cov,", "id: cov, repeat: 2, forbid_output: [x], ").replace(
        "'i=1", "'test -e new || echo x; i=1"
    )
    shop = workshop(repo, gate, FILES)
    shop.commit({"new": "", "covered": "6\n"})

    assert shop.run("run-gates").json["gates"][0]["verdict"] == "passed"
    assert runs(shop) == (2, 1)


def test_variables_of_a_hook_do_not_affect_the_baseline(repo: git.Repo) -> None:
    shop = covered(repo, 4)
    own = Path(repo.git_dir)
    hooked = {"GIT_DIR": str(own), "GIT_WORK_TREE": str(shop.root), "GIT_PREFIX": ""}
    hook = own / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {own.parent.parent}/hooked\n")
    hook.chmod(0o755)

    ran = shop.run("run-gates", env={**hooked, "GIT_INDEX_FILE": str(own / "index")})

    assert ran.json["gates"][0]["verdict"] == "failed"
    assert not (own.parent.parent / "hooked").exists()
    assert repo.git.status("--porcelain", "--untracked-files=no") == ""


def test_changed_lines_are_those_of_the_branch(repo: git.Repo) -> None:
    gate = GATE.replace("no_regression: true", "changed_lines: 100")
    shop = workshop(repo, gate, FILES)
    shop.commit({"src/a.py": "a\n" * 4 + "new\n" + "a\n" * 5, "covered": "4\n"})

    ran = shop.run("run-gates")

    assert ran.exit == 1
    assert ran.json["gates"][0]["coverage"]["changed"] == [0, 1]
    assert ran.json["gates"][0]["reason"].endswith("not covered: src/a.py:5")
    shop.commit({"covered": "5\n"})
    assert shop.run("run-gates").exit == 0


def test_merging_the_base_adds_no_changed_line(repo: git.Repo) -> None:
    gate = GATE.replace("no_regression: true", "changed_lines: 100")
    shop = workshop(repo, gate, FILES)
    shop.commit({"src/a.py": "b\n" + "a\n" * 9})
    repo.git.switch("--quiet", "main")
    shop.commit({"src/a.py": "a\n" * 9 + "c\n"})
    repo.git.switch("--quiet", "feature/api")
    repo.git.merge("--quiet", "-m", "merge", "main")

    assert shop.run("run-gates").json["gates"][0]["coverage"]["changed"] == [1, 1]
