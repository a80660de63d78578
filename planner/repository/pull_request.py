"""What the CI system says of the pull request it runs for: its environment and event file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planner.errors import PlannerError


class PullRequest(NamedTuple):
    """What is known of the pull request; all empty where no CI system says anything.

    Attributes:
        is_ci: whether this is a run of a CI system at all.
        event: "pull_request", "merge_group", or empty.
        system: "github" or "gitlab"; empty elsewhere.
        base_branch: where the change lands.
        head_branch: what the branch calls itself; in a merge queue empty.
        head_commit: the tip of the branch, as the event has it.
        base_commit: where a merge queue's group starts.
        merge_commit: the commit that the system made of base and head, if it checks that out.
        default_branch: the repository's.
        is_from_fork: whether the branch lies in another repository.
        head_repository: that repository's full name; empty when it is gone.
        title: the pull request's.
    """

    is_ci: bool = False
    event: str = ""
    system: str = ""
    base_branch: str = ""
    head_branch: str = ""
    head_commit: str = ""
    base_commit: str = ""
    merge_commit: str = ""
    default_branch: str = ""
    is_from_fork: bool = False
    head_repository: str = ""
    title: str = ""


def read(environment: Mapping[str, str]) -> PullRequest:
    """What the environment says.

    GitHub: docs.github.com/actions/reference/workflows-and-actions/variables;
    GitLab: docs.gitlab.com/ci/variables/predefined_variables.

    Raises:
        PlannerError: the event file that the environment names cannot be read.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    return PullRequest(is_ci=environment.get("CI", "").lower() not in ("", "0", "false"))


def _github(environment: Mapping[str, str]) -> PullRequest:
    name = environment.get("GITHUB_EVENT_NAME", "")
    is_pull_request = name.startswith("pull_request")
    if not is_pull_request and name != "merge_group":
        event = _event(environment, needed=False)
        return PullRequest(True, system="github", default_branch=_default_branch(event))
    event = _event(environment, needed=True)
    known = PullRequest(True, event=name, system="github", default_branch=_default_branch(event))
    if name == "merge_group":
        group = _part(event, "merge_group")
        return known._replace(
            base_branch=_text(group, "base_ref").removeprefix("refs/heads/"),
            base_commit=_text(group, "base_sha"),
            head_commit=_text(group, "head_sha"),
        )
    pull_request = _part(event, "pull_request")
    head, base = _part(pull_request, "head"), _part(pull_request, "base")
    reference = environment.get("GITHUB_REF", "")
    is_merge = reference.startswith("refs/pull/") and reference.endswith("/merge")
    # A fork that was deleted has no repository: it is a fork all the same.
    head_repository = _text(_part(head, "repo"), "full_name")
    return known._replace(
        event="pull_request",
        base_branch=environment.get("GITHUB_BASE_REF") or _text(base, "ref"),
        head_branch=environment.get("GITHUB_HEAD_REF") or _text(head, "ref"),
        head_commit=_text(head, "sha"),
        merge_commit=environment.get("GITHUB_SHA", "") if is_merge else "",
        is_from_fork=head_repository != _text(_part(base, "repo"), "full_name"),
        head_repository=head_repository,
        title=_text(pull_request, "title"),
    )


def _gitlab(environment: Mapping[str, str]) -> PullRequest:
    known = PullRequest(
        True, system="gitlab", default_branch=environment.get("CI_DEFAULT_BRANCH", "")
    )
    target = environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "")
    if not target:
        return known._replace(head_branch=environment.get("CI_COMMIT_BRANCH", ""))
    source = environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "")
    return known._replace(
        event="pull_request",
        base_branch=target,
        head_branch=environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", ""),
        is_from_fork=source != environment.get("CI_MERGE_REQUEST_PROJECT_PATH", ""),
        head_repository=source,
        title=environment.get("CI_MERGE_REQUEST_TITLE", ""),
    )


def _event(environment: Mapping[str, str], *, needed: bool) -> dict[str, Any]:
    import json  # noqa: PLC0415 - 7 ms that only a run on GitHub needs

    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        event = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        if not needed:
            return {}
        raise PlannerError(
            f"cannot read the event that GITHUB_EVENT_PATH names, {path!r}",
            hint="name what to judge: --base REV --slice ID",
        ) from error
    return event if isinstance(event, dict) else {}


def _default_branch(event: dict[str, Any]) -> str:
    return _text(_part(event, "repository"), "default_branch")


def _part(value: dict[str, Any], key: str) -> dict[str, Any]:
    part = value.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key)
    # Half a character (a lone surrogate) stands in no name that git or GitHub would take.
    is_text = isinstance(text, str) and text.isprintable()
    return str(text) if is_text else ""
