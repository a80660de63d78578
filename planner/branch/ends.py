"""The base and the head of a branch, as the user or the event of a CI system names them."""

import re
from typing import Final, NamedTuple

from planner.branch.bases import target_tip
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.errors import GitError
from planner.repository.pull_request import PullRequest

_OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_OPERATOR: Final = re.compile(r"[~^:@]")  # what makes a revision more than a ref's name


class Ends(NamedTuple):
    """The ends of a branch.

    Attributes:
        base: what it is compared with; None where its plan tells.
        tip: its last own commit; the head may be a merge that the CI system made.
    """

    base: Revision | None
    head: Revision
    tip: str


def revision(run: Run, name: str) -> Revision:
    """Return the commit that a revision names.

    Raises:
        GitError: there is none, or the name is ambiguous.
    """
    if run.objects.is_ambiguous(_OPERATOR.split(name, maxsplit=1)[0]):
        raise GitError(
            f"{name!r} is ambiguous: it names both a branch and a tag, or a local and a "
            "remote branch",
            hint=f"write the full name: refs/heads/{name}, refs/remotes/{name} or refs/tags/{name}",
        )
    is_full = name.startswith("refs/") and not _OPERATOR.search(name)
    commit = run.objects.ref(name) if is_full else run.objects.commit(name)
    if commit is None:
        raise GitError(f"there is no commit {name!r}", hint="fetch it first, or check the spelling")
    return Revision(name, commit)


def ends_by_event(
    run: Run, event: PullRequest, base: str, head_name: str, *, is_staged: bool
) -> Ends:
    """Return the ends of a branch, as the user names them or else the event.

    Args:
        base: the revision that the user names; may be empty.
        head_name: the same of the head.

    Raises:
        GitError: an end is not in this clone, or another commit is checked out than the event's.
    """
    head = revision(run, head_name or "HEAD")
    if base:
        return Ends(revision(run, base), head, head.commit)
    if is_staged:
        return Ends(None, head, head.commit)
    if event.event == "merge_group":
        _require_commit("merge_group.base_sha", event.base_commit)
        if not head_name:
            _require_commit("merge_group.head_sha", event.head_commit)
            _refuse_other_group(event, head)
        return Ends(revision(run, event.base_commit), head, head.commit)
    if event.event != "pull_request":
        return Ends(None, head, head.commit)
    if not head_name:
        merge = _merge_ref(run, event, head)
        if merge:
            return Ends(merge[0], head, merge[1])
        _refuse_other_head(event, head)
    return Ends(target_tip(run, event.base_branch), head, head.commit)


def _require_commit(name: str, commit: str) -> None:
    """Stop where a key of GitHub's event is not the id of a commit."""
    if not _OID.fullmatch(commit):
        raise GitError(
            f"the event has no {name}",
            hint="GITHUB_EVENT_PATH must name the event file of GitHub, as the runner wrote it",
        )


def _refuse_other_group(event: PullRequest, head: Revision) -> None:
    """Stop where another commit is checked out than the head of the merge group."""
    if head.commit != event.head_commit:
        raise GitError(
            f"the checked-out commit {head.commit[:12]} is not the head of the merge "
            f"group, {event.head_commit[:12]}",
            hint="check out the commit of the event (actions/checkout without ref:)",
        )


def _refuse_other_head(event: PullRequest, head: Revision) -> None:
    """Stop where another commit is checked out than the one that the run is for."""
    if head.commit == event.head_commit or (
        event.system == "gitlab" and event.run_commit in ("", head.commit)
    ):
        return
    if event.system == "github":
        _require_commit("pull_request.head.sha", event.head_commit)
    is_at, wanted = head.commit[:12], (event.head_commit or event.run_commit)[:12]
    if event.trigger == "pull_request_target":
        fetch = f"git fetch origin refs/pull/{event.number or 'N'}/head"
        raise GitError(
            f"pull_request_target checks out the base: HEAD is {is_at}, not the pull "
            f"request's head {wanted}",
            hint="run the workflow on pull_request; or fetch the head and name it: "
            f"{fetch} && planner check-scope --head FETCH_HEAD",
        )
    if event.system == "gitlab":
        raise GitError(
            f"the checked-out commit {is_at} is not that of the pipeline, {wanted}",
            hint="check out $CI_COMMIT_SHA, or name the commit to check: "
            "planner check-scope --head REV",
        )
    raise GitError(
        f"the checked-out commit {is_at} is neither the pull request's head {wanted} nor its "
        "merge with the base",
        hint="the merge ref is stale: run the workflow again",
    )


def _merge_ref(run: Run, event: PullRequest, head: Revision) -> tuple[Revision, str] | None:
    """Base and tip, when HEAD is the merge commit that the host made for this exact head."""
    if head.commit != event.merge_commit:
        return None
    first, second = (run.objects.commit(f"{head.commit}^{n}") for n in (1, 2))
    if first is None and run.repository.is_shallow:
        raise GitError(
            "this clone has the merge commit, but not its parents",
            hint="actions/checkout: fetch-depth: 2; GitLab: GIT_DEPTH: 2",
        )
    if first is None or second is None or second != event.head_commit:
        return None
    return Revision(event.base_branch or "HEAD^1", first), second
