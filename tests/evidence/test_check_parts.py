"""`planner check`: scope and gates in one run, and which evidence it trusts."""

import json
import os
import sys
from pathlib import Path

import git
import pytest
from workshop import PLAN_PATH, Workshop, plan_of, workshop

from planner.check.parts import PARTS

pytestmark = pytest.mark.slow

TWO = '[{id: good, run: "true"}, {id: bad, run: "echo why; exit 3"}]'
GOOD = '[{id: good, run: "true"}, {id: fine, run: "true"}]'
CI = {"CI": "true"}
NO_PART = tuple(word for part in PARTS for word in ("--skip", part))


def results(shop: Workshop, *gates: str) -> Path:
    """Write a folder with a document of `run-gates` for each gate, as jobs of a CI run do."""
    folder = shop.root.parent / "results"
    folder.mkdir(exist_ok=True)
    for gate in gates:
        (folder / f"{gate}.json").write_text(shop.run("run-gates", "--gate", gate).stdout)
    return folder


def test_both_parts_are_checked_and_all_findings_reported(repo: git.Repo) -> None:
    shop = workshop(repo, TWO)
    shop.commit({"elsewhere.py": ""})

    ran = shop.run("check")

    assert ran.exit == 1
    assert ran.rules == ["gate-failed", "outside-scope"]
    assert list(ran.json["parts"]) == list(PARTS)
    assert [one["verdict"] for one in ran.json["parts"]["gates"]["gates"]] == ["passed", "failed"]
    assert ran.json["parts"]["scope"]["counts"]["out_of_scope"] == 1


def test_text_lists_the_findings_and_each_part(repo: git.Repo) -> None:
    ran = workshop(repo, TWO).text("check")

    assert ran.exit == 1
    assert "[gate-failed]" in ran.stdout
    assert "the slice 'api': 1 path changed: 1 in scope\n" in ran.stdout
    assert "the slice 'api': 1 of 2 gates passed; recorded for the tree" in ran.stdout
    assert ran.stderr.endswith("bad: the end of .git/planner/logs/000001/bad.log\n  why\n")


@pytest.mark.parametrize(
    ("words", "parts", "exit_code"),
    [
        (("--only", "scope"), ["scope"], 0),
        (("--skip", "gates"), [part for part in PARTS if part != "gates"], 0),
        (("--only", "gates"), ["gates"], 1),
        (("--skip", "scope"), [part for part in PARTS if part != "scope"], 1),
        (("--only", "scope", "--only", "gates"), ["scope", "gates"], 1),
    ],
)
def test_parts_are_chosen(
    repo: git.Repo, words: tuple[str, ...], parts: list[str], exit_code: int
) -> None:
    ran = workshop(repo, TWO).run("check", *words)

    assert (list(ran.json["parts"]), ran.exit) == (parts, exit_code)


def test_unknown_part_is_exit_2(repo: git.Repo) -> None:
    ran = workshop(repo, TWO).run("check", "--only", "shape")

    assert (ran.exit, ran.json["error"]["message"]) == (2, "there is no part 'shape'")


@pytest.mark.parametrize("words", [NO_PART, ("--only", "scope", "--skip", "scope")])
def test_checking_nothing_is_exit_2(repo: git.Repo, words: tuple[str, ...]) -> None:
    ran = workshop(repo, TWO).run("check", *words)

    assert (ran.exit, ran.json["error"]["message"]) == (
        2,
        "--only and --skip leave no part to check",
    )


def test_recorded_gates_count_without_running(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    before = shop.run("check", "--gates", "recorded")
    assert (before.exit, before.rules) == (1, ["gate-not-passed"] * 2)
    shop.run("run-gates", "--gate", "good")

    ran = shop.run("check", "--gates", "recorded")

    assert (ran.exit, ran.rules) == (1, ["gate-not-passed"])
    assert [one["evidence"] for one in ran.json["parts"]["gates"]["gates"]] == ["passed", "never"]
    assert ran.json["findings"][0]["hint"] == "planner run-gates --slice api --gate fine"
    shop.run("run-gates")
    assert shop.run("check", "--gates", "recorded").exit == 0


def test_record_for_an_earlier_commit_does_not_count_but_is_reported(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    shop.run("run-gates")
    shop.commit({"src/b.py": ""})

    ran = shop.run("check", "--gates", "recorded")

    assert ran.rules == ["gate-not-passed"] * 2
    assert (
        f"passed on the tree of {shop.head[:12]}, 1 commit before, not on this one"
        in (ran.json["findings"][0]["message"])
    )


@pytest.mark.parametrize("ci", [CI, {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}])
def test_ci_trusts_no_note_without_the_option(repo: git.Repo, ci: dict[str, str]) -> None:
    shop = workshop(repo, GOOD)
    shop.run("run-gates")

    refused = shop.run("check", "--gates", "recorded", env=ci)
    trusting = shop.run("check", "--gates", "recorded", "--trust-notes", env=ci)

    assert refused.exit == 2
    assert "do not count in CI" in refused.json["error"]["message"]
    assert trusting.exit == 0


def test_ci_trusts_the_results_of_this_run(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    folder = results(shop, "good", "fine")
    repo.git.update_ref("-d", "refs/notes/planner")

    for words in ((), ("--gates", "recorded", "--trust-notes")):
        ran = shop.run("check", "--from", str(folder), *words, env=CI)

        assert ran.exit == 0, ran
    status = shop.run("status", "--from", str(folder), env=CI).json["slices"][0]["gates"]
    assert [one["evidence"] for one in status] == ["passed", "passed"]


def test_gate_that_no_job_ran_is_missing(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    folder = results(shop, "good")

    ran = shop.run("check", "--from", str(folder), env=CI)

    assert (ran.exit, ran.rules) == (1, ["gate-not-passed"])
    assert "'fine' of the slice 'api' never ran on this tree" in ran.json["findings"][0]["message"]


def test_results_of_another_tree_do_not_count(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    folder = results(shop, "good", "fine")
    shop.commit({"src/b.py": ""})

    ran = shop.run("check", "--from", str(folder), env=CI)

    assert (ran.exit, ran.rules) == (1, ["gate-not-passed"] * 2)


def test_results_of_another_definition_do_not_count(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    folder = results(shop, "good", "fine")
    path = folder / "good.json"
    said = json.loads(path.read_text())
    said["gates"][0]["definition"] = "0" * 64
    path.write_text(json.dumps(said))

    assert shop.run("check", "--from", str(folder), env=CI).rules == ["gate-not-passed"]


def test_results_of_a_dirty_tree_do_not_count_and_are_named(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    shop.write({"new.py": ""})
    folder = results(shop, "good", "fine")

    ran = shop.run("check", "--from", str(folder), env=CI)

    assert (ran.exit, ran.rules) == (1, ["gate-not-passed"] * 2)
    assert "good.json' is ignored: its work tree differed from the commit" in ran.stderr


def test_failure_of_this_run_outweighs_a_note(repo: git.Repo) -> None:
    shop = workshop(repo, "[{id: good, run: test -e ok}]", {".gitignore": "ok\n"})
    folder = results(shop, "good")
    shop.write({"ok": ""})
    shop.run("run-gates")

    words = ("--gates", "recorded", "--trust-notes", "--from", str(folder))

    assert shop.run("check", *words, env=CI).rules == ["gate-not-passed"]


@pytest.mark.parametrize("content", ["{}", "[1]", "not JSON"])
def test_file_that_is_not_a_result_is_exit_2(repo: git.Repo, content: str) -> None:
    shop = workshop(repo, GOOD)
    folder = results(shop, "good", "fine")
    (folder / "other.json").write_text(content)

    for command in ("check", "status"):
        ran = shop.run(command, "--from", str(folder), env=CI)

        assert (ran.exit, ran.json["schema"]) == (2, "planner.error/1")
        assert "other.json' is not a result of run-gates" in ran.json["error"]["message"]


def test_branch_that_changes_or_removes_a_gate_must_pass_the_trusted_one(repo: git.Repo) -> None:
    shop = workshop(repo, '[{id: tests, run: "exit 3"}, {id: lint, run: "true"}]')
    shop.plan('[{id: tests, run: "true"}, {id: more, run: "true"}]')

    ran = shop.run("run-gates")

    assert ran.exit == 1
    assert ran.rules == ["gate-changed", "gate-changed", "gate-failed"]
    assert [one["message"] for one in ran.json["findings"][:2]] == [
        "the branch changes the gate 'tests', which the trusted plan demands",
        "the branch removes the gate 'lint', which the trusted plan demands",
    ]
    assert [(one["id"], one["verdict"]) for one in ran.json["gates"]] == [
        ("tests", "failed"), ("lint", "passed"), ("more", "passed"),
    ]  # fmt: skip
    assert "gate-changed" in shop.run("check", "--only", "gates", "--gates", "recorded").rules


@pytest.mark.parametrize("own", [None, plan_of(TWO).replace("api", "other")])
def test_branch_without_its_slice_in_its_plan_must_pass_the_trusted_gates(
    repo: git.Repo, own: str | None
) -> None:
    shop = workshop(repo, TWO)
    shop.commit({PLAN_PATH: own})

    ran = shop.run("run-gates")

    assert ran.exit == 1
    assert [one["verdict"] for one in ran.json["gates"]] == ["passed", "failed"]


def test_gate_of_every_slice_comes_first(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    plan = plan_of(GOOD).replace("slices:", 'gates: [{id: all, run: "true"}]\nslices:')
    repo.git.switch("--quiet", "main")
    shop.commit({PLAN_PATH: plan})
    repo.git.switch("--quiet", "feature/api")

    assert list(shop.verdicts()) == ["all", "good", "fine"]


def github(shop: Workshop, event: str, **payload: object) -> dict[str, str]:
    """Return the environment of a GitHub run."""
    path = shop.root.parent / "event.json"
    repository = {"full_name": "acme/shop", "default_branch": "main"}
    path.write_text(json.dumps({"repository": repository, **payload}))
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(path),
    }


def test_merge_ref_has_a_tree_of_its_own(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    shop.run("run-gates")
    repo.git.switch("--quiet", "main")
    main = shop.commit({"src/c.py": ""})
    repo.git.update_ref("refs/remotes/origin/main", main)
    repo.git.switch("--quiet", "--detach", "main")
    repo.git.merge("--quiet", "--no-ff", "-m", "Merge", "feature/api")
    merge = str(repo.git.rev_parse("HEAD"))
    sides = {
        side: {"ref": ref, "sha": sha, "repo": {"full_name": "acme/shop"}}
        for side, ref, sha in (("head", "feature/api", shop.head), ("base", "main", main))
    }
    env = github(shop, "pull_request", pull_request={"title": "T", **sides})
    env |= {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": merge}

    before = shop.run("check", "--gates", "recorded", "--trust-notes", env=env)
    ran = shop.run("check", env=env)

    assert before.rules == ["gate-not-passed"] * 2
    assert ran.exit == 0, ran
    assert ran.json["parts"]["gates"]["tree"] == shop.tree(merge)
    assert [record["commit"] for record in shop.records(merge)] == [merge, merge]


def test_merge_queue_runs_the_gates_of_every_slice_in_it(repo: git.Repo) -> None:
    shop = workshop(repo, '[{id: good, run: "true"}]')
    more = plan_of('[{id: good, run: "true"}]') + (
        "  - id: web\n    title: Web\n    branch: feature/web\n"
        "    scope: {include: [web/]}\n    gates: [{id: own, run: 'exit 3'}]\n"
    )
    repo.git.switch("--quiet", "main")
    base = shop.commit({PLAN_PATH: more})
    repo.git.update_ref("refs/remotes/origin/main", base)
    repo.git.switch("--quiet", "--detach")
    shop.commit({"src/a.py": "a = 2\n"})
    head = shop.commit({"web/a.ts": "let a\n"})
    group = {"base_sha": base, "head_sha": head, "base_ref": "refs/heads/main"}
    env = github(shop, "merge_group", merge_group=group)

    for words in ((), ("--only", "gates")):
        ran = shop.run("check", *words, env=env)

        assert ran.exit == 1, ran
        assert ran.rules == ["gate-failed"]
        told = [(one["slice"], one["gates"][0]["verdict"]) for one in ran.json["parts"]["gates"]]
        assert told == [("api", "passed"), ("web", "failed")]
    assert shop.text("matrix", "--for", "github", env=env).json == {
        "include": [{"slice": "api", "gate": "good"}, {"slice": "web", "gate": "own"}]
    }


def test_change_of_the_plan_alone_has_no_gates(repo: git.Repo) -> None:
    shop = workshop(repo, TWO)
    repo.git.switch("--quiet", "--create", "replan", "main")
    shop.commit({PLAN_PATH: plan_of(TWO).replace("The API", "An API")})

    ran = shop.run("check")

    assert ran.exit == 0
    assert ran.json["parts"]["gates"] == {
        "applies": False,
        "why": "the branch 'replan' is not a slice",
        "ok": True,
    }
    text = shop.text("check").stdout
    assert "\ngates: not checked: the branch 'replan' is not a slice\npassed" in text


@pytest.mark.parametrize("words", [("run-gates",), ("check", "--only", "gates"), ("check",)])
def test_an_unusable_plan_is_not_replaced_by_that_of_the_branch(
    words: tuple[str, ...], repo: git.Repo
) -> None:
    shop = workshop(repo, '[{id: good, run: "true"}]')
    branch = repo.active_branch.name
    repo.git.switch("--quiet", "main")
    broken = shop.commit({PLAN_PATH: plan_of('[{id: good, run: "false", bogus: 1}]')})
    repo.git.update_ref("refs/remotes/origin/main", broken)
    repo.git.switch("--quiet", branch)

    ran = shop.run(*words)

    assert (ran.exit, ran.json["schema"]) == (2, "planner.error/1"), ran
    assert ran.rules == ["unknown-key"]


def test_gates_on_a_detached_head_are_undecided(repo: git.Repo) -> None:
    shop = workshop(repo, GOOD)
    repo.git.switch("--quiet", "--detach")

    ran = shop.text("check", "--only", "gates")

    assert ran.exit == 2
    assert "HEAD is detached, and no slice is given\nhint: name the slice" in ran.stderr


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (
            ("--for", "github"),
            {"include": [{"slice": "api", "gate": "good"}, {"slice": "api", "gate": "bad"}]},
        ),
        (("--for", "github", "--of", "slices"), {"include": [{"slice": "api"}]}),
        (
            ("--for", "gitlab", "--of", "slices"),
            {
                "api gates": {
                    "script": [
                        "mkdir -p gates",
                        "planner run-gates --slice api --format json > gates/api.json",
                    ],
                    "artifacts": {"paths": ["gates/"], "when": "always"},
                }
            },
        ),
    ],
)
def test_matrix_has_the_format_of_the_ci_system(
    repo: git.Repo, words: tuple[str, ...], printed: object
) -> None:
    ran = workshop(repo, TWO).text("matrix", *words)

    assert (ran.exit, ran.json) == (0, printed)


def test_matrix_has_the_gates_that_check_demands(repo: git.Repo) -> None:
    shop = workshop(repo, TWO)
    shop.plan('[{id: good, run: "true"}, {id: more, run: "true"}]')

    for words in ((), ("--slice", "api")):
        ran = shop.text("matrix", "--for", "github", *words)

        assert [one["gate"] for one in ran.json["include"]] == ["good", "bad", "more"]


def test_gitlab_without_gates_still_has_a_job(repo: git.Repo) -> None:
    ran = workshop(repo, "").text("matrix", "--for", "gitlab")

    assert ran.json == {"no-gates": {"script": ["echo no gates to run"]}}


def test_jobs_of_the_gitlab_matrix_run(repo: git.Repo, tmp_path: Path) -> None:
    shop = workshop(repo, TWO)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "planner").write_text(f'#!/bin/sh\nexec {sys.executable} -P -m planner "$@"\n')
    (bin_folder / "planner").chmod(0o755)
    for name, job in shop.text("matrix", "--for", "gitlab").json.items():
        clone = git.Repo.clone_from(shop.root, tmp_path / name, branch="feature/api")
        script = "set -e\n" + "\n".join(job["script"])
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        clone.git.execute(["sh", "-c", script], with_exceptions=False, env={"PATH": path})
        (tmp_path / "joined").mkdir(exist_ok=True)
        for result in (tmp_path / name / "gates").iterdir():
            result.rename(tmp_path / "joined" / result.name)

    ran = shop.run("check", "--from", str(tmp_path / "joined"), env=CI)

    assert ran.rules == ["gate-not-passed"]
    assert [one["evidence"] for one in ran.json["parts"]["gates"]["gates"]] == ["passed", "failed"]
