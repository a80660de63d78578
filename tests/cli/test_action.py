"""action.yml, as GitHub's runner runs it, and what its linters and schemas say of it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import git
import pytest
import yaml
from checkout import PLAN, copy_project, start_repository
from formats.runner import commands
from pages import ROOT
from world import commit, root

pytestmark = pytest.mark.slow

MACHINE = dict(os.environ)  # before the tests are sealed: pip may need the user's settings


class Step(NamedTuple):
    """What a step did."""

    exit: int
    log: str
    summary: str


class Runner:
    """Plays GitHub's runner for a step that uses this action.

    docs.github.com/actions/reference/workflows-and-actions/variables
    """

    def __init__(self, folder: Path, action: Path) -> None:
        self.folder = folder
        self.action = action
        self.steps = 0

    def run(self, event: str, payload: Any, **with_: str) -> Step:
        """Run the step for an event: what the payload says is checked out already."""
        self.steps += 1
        path = self.folder / f"event-{self.steps}.json"
        path.write_text(json.dumps(payload))
        summary = self.folder / f"summary-{self.steps}.md"
        summary.touch()
        workspace = self.folder / "work"
        part = payload.get("pull_request", {})
        merge = git.Repo(workspace).git.rev_parse("HEAD")
        environment = {
            **MACHINE,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_SHA": merge,
            "GITHUB_REF": "refs/pull/7/merge" if part else str(payload.get("ref", "")),
            "GITHUB_BASE_REF": part.get("base", {}).get("ref", ""),
            "GITHUB_HEAD_REF": part.get("head", {}).get("ref", ""),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "PYTHONPATH": str(workspace),
        }
        (self.folder / "temp").mkdir(exist_ok=True)
        written = yaml.safe_load((self.action / "action.yml").read_text())
        inputs = {name: str(one.get("default", "")) for name, one in written["inputs"].items()}
        context = {f"inputs.{name}": value for name, value in (inputs | with_).items()}
        context["github.action_path"] = str(self.action)
        log, code = "", 0
        for step in written["runs"]["steps"]:
            assert "uses" not in step
            assert "${{" not in step["run"]  # inputs reach a script by its environment alone
            given = {name: _filled(value, context) for name, value in step["env"].items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=workspace,
                env=environment | given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            log, code = log + done.stdout, done.returncode
            if code:
                break
        return Step(code, log, summary.read_text())


def _filled(value: str, context: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda name: context[name[1]], value)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner with the action's own checkout, and a work tree whose modules are traps."""
    folder = tmp_path_factory.mktemp("runner")
    action = folder / "actions" / "planner"
    copy_project(action)
    repo = start_repository(folder / "work")
    trap = "raise SystemExit('a module of the branch was run')\n"
    traps = {f"{name}.py": trap for name in ("pip", "venv", "sitecustomize", "planner", "typer")}
    commit(repo, {"docs/plan/plan.yaml": PLAN, "src/a.py": "", "web/b.ts": "", **traps})
    return Runner(folder, action)


class Opened(NamedTuple):
    """The commits of a pull request: base, its branch, and the merge that is checked out."""

    base: str
    head: str
    merge: str


def opened(runner: Runner, name: str, files: dict[str, str]) -> Opened:
    """Make a pull request, and check it out as actions/checkout does."""
    repo = git.Repo(runner.folder / "work")
    base = repo.git.rev_parse("main")
    repo.git.switch("--quiet", "--force-create", name, "main")
    head = commit(repo, files, "feat(api): add lists")
    repo.git.switch("--quiet", "--detach", "main")
    repo.git.merge("--quiet", "--no-ff", "-m", f"Merge {head} into {base}", name)
    merge = repo.git.rev_parse("HEAD")
    repo.git.update_ref("refs/remotes/origin/main", base)
    repo.git.branch("--quiet", "-D", name)
    return Opened(base, head, merge)


def payload(at: Opened, name: str, **more: Any) -> dict[str, Any]:
    repository = {"full_name": "acme/shop", "default_branch": "main", "fork": False}
    return {
        "action": "synchronize",
        "number": 7,
        "repository": repository,
        "pull_request": {
            "number": 7,
            "title": "feat(api): add lists",
            "draft": False,
            "head": {"ref": name, "sha": at.head, "repo": more.pop("fork", repository)},
            "base": {"ref": "main", "sha": at.base, "repo": repository},
            **more,
        },
    }


def test_a_pull_request_in_scope_passes(runner: Runner) -> None:
    at = opened(runner, "feature/api", {"src/a.py": "a = 1\n"})
    done = runner.run("pull_request", payload(at, "feature/api"))

    assert done.exit == 0, done.log
    assert done.log.splitlines()[-1] == "passed"
    assert commands(done.log) == []
    assert done.summary.startswith("### planner check-scope: passed\n")


def test_a_pull_request_out_of_scope_fails_with_an_annotation(runner: Runner) -> None:
    at = opened(runner, "feature/api", {"web/b.ts": "b\n"})
    done = runner.run("pull_request", payload(at, "feature/api"))

    (only,) = commands(done.log)
    assert (done.exit, only.name, only.properties["file"]) == (1, "error", "web/b.ts")
    assert "| ❌ error `outside-scope` | `web/b.ts` |" in done.summary


def test_an_edited_title_is_read_from_the_event(runner: Runner) -> None:
    at = opened(runner, "feature/api", {"src/a.py": "a = 2\n"})
    edited = payload(at, "feature/api", title="Add lists")
    edited |= {"action": "edited", "changes": {"title": {"from": "feat(api): add lists"}}}

    done = runner.run("pull_request", edited, args="check\n--only scope,title")

    assert (done.exit, [one.properties["title"] for one in commands(done.log)]) == (
        1,
        ["title-grammar"],
    )


def test_a_fork_is_accepted_only_where_the_plan_names_it(runner: Runner) -> None:
    at = opened(runner, "feature/api", {"src/a.py": "a = 3\n"})
    fork = {"full_name": "eve/shop", "fork": True}

    done = runner.run("pull_request", payload(at, "feature/api", fork=fork))

    assert done.exit == 1
    assert "unplanned-branch" in done.log


def test_a_merge_group_is_checked_commit_by_commit(runner: Runner) -> None:
    at = opened(runner, "feature/api", {"src/a.py": "a = 4\n", "web/b.ts": "b\n"})
    group = {
        "action": "checks_requested",
        "repository": {"full_name": "acme/shop", "default_branch": "main"},
        "merge_group": {
            "head_sha": at.merge,
            "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + at.base,
            "base_sha": at.base,
            "base_ref": "refs/heads/main",
            "head_commit": {"id": at.merge},
        },
    }

    done = runner.run("merge_group", group)

    assert done.exit == 1, done.log
    assert {one.properties["file"] for one in commands(done.log)} >= {"web/b.ts"}


def test_a_push_to_the_default_branch_has_nothing_to_judge(runner: Runner) -> None:
    repo = git.Repo(runner.folder / "work")
    repo.git.switch("--quiet", "main")
    pushed = {
        "ref": "refs/heads/main",
        "repository": {"full_name": "acme/shop", "default_branch": "main"},
    }

    done = runner.run("push", pushed)

    assert done.exit == 0, done.log


def test_a_python_that_is_too_old_is_told(runner: Runner, tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = runner.run("push", {}, python=str(old))

    assert done.exit == 2
    assert "Python 3.11 or newer is needed" in commands(done.log)[0].data


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.github-workflows", ".github/workflows/release.yml"),
    ],
)
def test_the_schemas_of_github_are_kept(schema: str, path: str) -> None:
    words = ["-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / path)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_in_the_action_and_the_workflows() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    words = ["--offline", "--no-progress", "--persona", "pedantic", "action.yml", ".github"]
    done = subprocess.run([zizmor, *words], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_job_that_publishes_gets_a_token_and_it_runs_no_script() -> None:
    jobs = {
        (path.name, name): job
        for path in (ROOT / ".github/workflows").iterdir()
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()
    }
    publish = jobs.pop(("release.yml", "publish"))

    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"] == "pypi"
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert "write" not in json.dumps([job.get("permissions") for job in jobs.values()])


def test_the_component_has_no_global_keyword_and_is_a_gitlab_job(tmp_path: Path) -> None:
    text = (ROOT / "templates/planner.yml").read_text()
    spec, jobs = yaml.safe_load_all(text)
    assert list(spec) == ["spec"]
    assert list(jobs) == ["planner"]  # default, stages, image and variables reach every job
    inputs = {name: str(one["default"]) for name, one in spec["spec"]["inputs"].items()}
    used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text))
    assert used == set(inputs)
    job = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda name: inputs[name[1]], text.split("---\n")[1])
    (tmp_path / ".gitlab-ci.yml").write_text(job)

    words = ["-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    done = subprocess.run(
        [sys.executable, *words, "--data-transform", "gitlab-ci", str(tmp_path / ".gitlab-ci.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_script_of_the_component_checks_a_merge_request(runner: Runner) -> None:
    environment = runner.folder / "temp" / "planner-environment"
    if not environment.exists():
        pytest.skip("the action was not run before")
    at = opened(runner, "feature/api", {"web/b.ts": "b\n"})
    repo = git.Repo(runner.folder / "work")
    repo.git.switch("--quiet", "--detach", at.head)
    text = (ROOT / "templates/planner.yml").read_text().split("---\n")[1]
    script = yaml.safe_load(text)["planner"]["script"][-1]
    script = script.replace("$[[ inputs.args ]]", "check --skip gates")
    env = {
        **MACHINE,
        "GITLAB_CI": "true",
        "CI": "true",
        "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_SHA": at.head,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/api",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_TITLE": "Draft: feat(api): add lists",
    }
    script = script.replace("/tmp/planner/", f"{environment}/")
    done = subprocess.run(
        ["bash", "-c", script], cwd=root(repo), env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("failed: 1 error")
    (entry,) = json.loads((root(repo) / "planner-code-quality.json").read_text())
    assert entry["location"]["path"] == "web/b.ts"
    for name in ("planner-code-quality.json", "planner-junit.xml"):
        (root(repo) / name).unlink()
