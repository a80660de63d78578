"""The pull request that a CI system runs for, by its environment and event file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planner.errors import PlannerError


class PullRequest(NamedTuple):
    """The pull request that a CI system runs for; all empty elsewhere.

    Attributes:
        is_ci: whether this is a run of a CI system.
        event: "pull_request", "merge_group", or empty.
        system: "github" or "gitlab"; empty elsewhere.
        base_branch: the branch to merge into.
        head_branch: the name of the branch; empty in a merge queue.
        head_commit: the tip of the branch according to the event.
        base_commit: the commit that the group of a merge queue is based on.
        merge_commit: the merge of base and head, if that is checked out.
        default_branch: the default branch of the repository.
        is_from_fork: whether the branch is in another repository.
        head_repository: the full name of that repository; empty when it was deleted.
        title: the title of the pull request.
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

    @property
    def fork(self) -> str | None:
        """The repository of the branch when it is a fork, empty if deleted; else None."""
        return self.head_repository if self.is_from_fork else None


def read(environment: Mapping[str, str]) -> PullRequest:
    """Read the pull request from the environment.

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
    # A fork that was deleted has no repository, but is still a fork.
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
    import json  # noqa: PLC0415 - 7 ms

    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        event = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        if not needed:
            return {}
        raise PlannerError(
            f"cannot read the event that GITHUB_EVENT_PATH names, {path!r}",
            hint="name the base and the slice: --base REV --slice ID",
        ) from error
    return event if isinstance(event, dict) else {}


def _default_branch(event: dict[str, Any]) -> str:
    return _text(_part(event, "repository"), "default_branch")


def _part(value: dict[str, Any], key: str) -> dict[str, Any]:
    part = value.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key)
    # A lone surrogate or a control character is not in any name that git or GitHub accepts.
    is_text = isinstance(text, str) and text.isprintable()
    return str(text) if is_text else ""
