"""The pull request that a CI system runs for, by its environment and event file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

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
        trigger: what started the run, such as "pull_request_target"; GitHub only.
        number: the number of the pull request; GitHub only.
        run_commit: the commit that the run is for; GitLab only.
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
    trigger: str = ""
    number: str = ""
    run_commit: str = ""

    @property
    def fork(self) -> str | None:
        """The repository of the branch when it is a fork, empty if deleted; else None."""
        return self.head_repository if self.is_from_fork else None


_CI: Final = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID")
"""What CI systems set; Azure, TeamCity, CodeBuild and old versions of Jenkins have no `CI`."""


def read(environment: Mapping[str, str]) -> PullRequest:
    """Read the pull request from the environment.

    GitHub: docs.github.com/actions/reference/workflows-and-actions/variables;
    GitLab: docs.gitlab.com/ci/variables/predefined_variables.

    Raises:
        PlannerError: the event file that the environment names cannot be read, or has a title that
            is not text.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    return PullRequest(is_ci=is_ci(environment))


def is_ci(environment: Mapping[str, str]) -> bool:
    """Return whether a CI system runs this."""
    said = (environment.get(name, "").lower() for name in _CI)
    return any(value not in ("", "0", "false") for value in said)


def _github(environment: Mapping[str, str]) -> PullRequest:
    name = environment.get("GITHUB_EVENT_NAME", "")
    # `pull_request_target`, `pull_request_review` and others are about a pull request too.
    kind = next((kind for kind in ("pull_request", "merge_group") if name.startswith(kind)), "")
    event = _event(environment, needed=bool(kind))
    # A merge group has keys of its own, such as `head_sha`, and neither `head` nor `base`.
    part = _part(event, kind)
    head, base = _part(part, "head"), _part(part, "base")
    reference = environment.get("GITHUB_REF", "")
    is_merge = reference.startswith("refs/pull/") and reference.endswith("/merge")
    # A fork that was deleted has no repository, but is still a fork.
    head_repository = _text(_part(head, "repo"), "full_name")
    target = _text(base, "ref") or _text(part, "base_ref").removeprefix("refs/heads/")
    return PullRequest(
        is_ci=True,
        event=kind,
        system="github",
        base_branch=environment.get("GITHUB_BASE_REF") or target,
        head_branch=environment.get("GITHUB_HEAD_REF") or _text(head, "ref"),
        head_commit=_text(head, "sha") or _text(part, "head_sha"),
        base_commit=_text(part, "base_sha"),
        merge_commit=environment.get("GITHUB_SHA", "") if is_merge else "",
        default_branch=_text(_part(event, "repository"), "default_branch"),
        is_from_fork=head_repository != _text(_part(base, "repo"), "full_name"),
        head_repository=head_repository,
        title=_title(part),
        trigger=name,
        number=str(event.get("number", "")) if isinstance(event.get("number"), int) else "",
    )


def _title(part: dict[str, Any]) -> str:
    """The title of a pull request. It may have any character: a check says what is wrong with it.

    Raises:
        PlannerError: it is not text.
    """
    title = part.get("title", "")
    if isinstance(title, str):
        return title
    raise PlannerError(
        f"the title of the pull request in the event file is not text: {title!r}",
        hint="GITHUB_EVENT_PATH must name the event's JSON file",
    )


def _gitlab(environment: Mapping[str, str]) -> PullRequest:
    target, branch, source, project, title, head = (
        environment.get(f"CI_MERGE_REQUEST_{name}", "")
        for name in (
            "TARGET_BRANCH_NAME", "SOURCE_BRANCH_NAME", "SOURCE_PROJECT_PATH", "PROJECT_PATH",
            "TITLE", "SOURCE_BRANCH_SHA",
        )
    )  # fmt: skip
    return PullRequest(
        is_ci=True,
        event="pull_request" if target else "",
        system="gitlab",
        base_branch=target,
        head_branch=branch or environment.get("CI_COMMIT_BRANCH", ""),
        # Set in pipelines of merged results and of merge trains alone: they check out a merge.
        head_commit=head,
        merge_commit=environment.get("CI_COMMIT_SHA", "") if head else "",
        default_branch=environment.get("CI_DEFAULT_BRANCH", ""),
        is_from_fork=source != project,
        head_repository=source,
        title=title,
        run_commit=environment.get("CI_COMMIT_SHA", ""),
    )


def _event(environment: Mapping[str, str], *, needed: bool) -> dict[str, Any]:
    import json  # noqa: PLC0415 - 7 ms

    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        if not Path(path).is_file():  # a pipe might never end
            raise OSError("it is not a regular file")
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_EVENT + 1)
        if len(content) > _LARGEST_EVENT:
            raise ValueError(f"it is larger than {_LARGEST_EVENT:,} bytes")
        event = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        if not needed:
            return {}
        raise PlannerError(
            f"cannot read the event file {path!r}: {_why(error)}",
            hint="GITHUB_EVENT_PATH must name the event's JSON file; in a container, mount it",
        ) from error
    return event if isinstance(event, dict) else {}


_LARGEST_EVENT: Final = 8 * 1024 * 1024  # GitHub's are a hundredth of that


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _part(value: dict[str, Any], key: str) -> dict[str, Any]:
    part = value.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key)
    # A lone surrogate or a control character is not in any name that git or GitHub accepts.
    is_text = isinstance(text, str) and text.isprintable()
    return str(text) if is_text else ""
