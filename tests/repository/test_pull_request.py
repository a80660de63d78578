"""The pull request by the environment and event file of a CI system."""

import json
from pathlib import Path
from typing import Any

import pytest

from planner.errors import PlannerError
from planner.repository.pull_request import PullRequest, read

SHA = "1" * 40


def github(folder: Path, event: Any, **more: str) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path), **more}


def pull_request(head: str | None, base: str = "acme/shop") -> dict[str, Any]:
    return {
        "repository": {"default_branch": "trunk"},
        "pull_request": {
            "title": "feat: x",
            "head": {"ref": "topic", "sha": SHA, "repo": head and {"full_name": head}},
            "base": {"ref": "main", "sha": "2" * 40, "repo": {"full_name": base}},
        },
    }


def test_without_a_ci_system_nothing_is_known() -> None:
    assert read({}) == PullRequest()
    assert read({"CI": "false"}) == PullRequest()
    assert read({"CI": "true"}) == PullRequest(is_ci=True)
    assert read({"TF_BUILD": "True"}) == PullRequest(is_ci=True)
    assert read({"JENKINS_URL": "https://ci.example.org/"}) == PullRequest(is_ci=True)


def test_a_pull_request_on_github(tmp_path: Path) -> None:
    more = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_SHA": "3" * 40,
        "GITHUB_BASE_REF": "release",
        "GITHUB_HEAD_REF": "topic",
    }

    found = read(github(tmp_path, pull_request("acme/shop"), **more))

    assert found == PullRequest(
        is_ci=True,
        event="pull_request",
        system="github",
        base_branch="release",
        head_branch="topic",
        head_commit=SHA,
        merge_commit="3" * 40,
        default_branch="trunk",
        head_repository="acme/shop",
        title="feat: x",
        trigger="pull_request",
    )
    elsewhere = read(github(tmp_path, pull_request(None), **more, GITHUB_ACTOR="x"))
    assert (elsewhere.is_from_fork, elsewhere.head_repository) == (True, "")


@pytest.mark.parametrize("reference", ["refs/heads/main", "refs/pull/7/head", "", "refs/pull/7"])
def test_only_a_merge_ref_makes_a_merge_commit(tmp_path: Path, reference: str) -> None:
    more = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF": reference, "GITHUB_SHA": SHA}

    assert read(github(tmp_path, pull_request("a/b"), **more)).merge_commit == ""


def test_a_merge_group_on_github(tmp_path: Path) -> None:
    group = {"base_sha": SHA, "base_ref": "refs/heads/main", "head_sha": "2" * 40}

    found = read(github(tmp_path, {"merge_group": group}, GITHUB_EVENT_NAME="merge_group"))

    assert (found.event, found.base_branch, found.base_commit) == ("merge_group", "main", SHA)
    assert (found.head_branch, found.is_from_fork) == ("", False)


def test_other_events_need_no_event_file(tmp_path: Path) -> None:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "/gone"}

    assert read(env) == PullRequest(is_ci=True, system="github", trigger="push")
    with pytest.raises(PlannerError, match="cannot read the event file '/gone'"):
        read({**env, "GITHUB_EVENT_NAME": "pull_request"})


@pytest.mark.parametrize("title", [True, None, 7, ["feat: x"], {}])
def test_a_title_that_is_not_text_is_refused(tmp_path: Path, title: Any) -> None:
    event = pull_request("acme/shop")
    event["pull_request"]["title"] = title

    with pytest.raises(PlannerError, match="the title of the pull request in the event file is no"):
        read(github(tmp_path, event, GITHUB_EVENT_NAME="pull_request"))


def test_a_merge_request_on_gitlab() -> None:
    env = {
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": "trunk",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "fork/shop",
        "CI_MERGE_REQUEST_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_TITLE": "feat: x",
    }

    found = read(env)

    assert found == PullRequest(
        is_ci=True,
        event="pull_request",
        system="gitlab",
        base_branch="main",
        head_branch="topic",
        default_branch="trunk",
        is_from_fork=True,
        head_repository="fork/shop",
        title="feat: x",
    )
    del env["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"]
    assert read({**env, "CI_COMMIT_BRANCH": "topic"}).event == ""
