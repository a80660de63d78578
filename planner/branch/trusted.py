"""The commit whose plans judge a branch, and the plans that stand in it."""

from collections.abc import Iterator
from typing import NamedTuple

from planner.errors import GitError, PlannerError, UnusablePlanError
from planner.paths import path_bytes, path_text
from planner.plan.find import FOLDER
from planner.plan.model import Plan
from planner.plan.parse import usable_plans
from planner.repository import remotes
from planner.repository.changes import REGULAR
from planner.repository.git import Repository
from planner.repository.objects import Objects, TreeEntry
from planner.repository.pull_request import PullRequest

_FOLDER_MODE = 0o040000


class Revision(NamedTuple):
    """A commit, and what it was called."""

    name: str
    commit: str
    is_local: bool = False
    ref: str = ""  # the full name, where it is a branch's


class Trusted(NamedTuple):
    """The plans that judge.

    Attributes:
        revision: the commit that they stand in.
        is_trusted: whether the branch cannot have written them.
        paths: the plan files of that commit.
        plans: the plans, when all of them are usable.
        error: why they are not.
    """

    revision: Revision
    is_trusted: bool
    paths: tuple[str, ...]
    plans: tuple[Plan, ...]
    error: UnusablePlanError | None = None


def default_branch(repository: Repository, objects: Objects, event: PullRequest) -> str:
    """The name of the default branch: as the event has it, the remote, or else custom.

    Raises:
        PlannerError: nothing tells.
    """
    named = event.default_branch or repository.remote_default
    if named:
        return named
    for place in ("refs/remotes/origin", "refs/heads"):
        for name in ("main", "master"):
            if objects.ref(f"{place}/{name}"):
                return name
    for name in ("main", "master") if repository.is_online else ():
        if _fetched(repository, name):
            return name
    raise PlannerError(
        "cannot tell the default branch: there is no origin/HEAD, main or master",
        hint="name the commit whose plan judges: --plan-from REV",
    )


def trusted_tip(repository: Repository, objects: Objects, event: PullRequest) -> str:
    """The tip of the default branch; empty where nothing tells it, as in a new repository."""
    try:
        tip = branch_tip(repository, objects, default_branch(repository, objects, event))
    except PlannerError:
        return ""
    return tip.commit if tip else ""


def trusted_plans(repository: Repository, objects: Objects) -> tuple[Plan, ...]:
    """The plans at the tip of the default branch; none where there is no usable one."""
    tip = trusted_tip(repository, objects, PullRequest())
    return read(objects, Revision(tip[:12], tip)).plans if tip else ()


def branch_tip(repository: Repository, objects: Objects, name: str) -> Revision | None:
    """The tip of a branch: as a remote has it, and only where none does, as it is here.

    A local branch never counts beside a remote one: its author can move it.
    """
    for remote in ("upstream", "origin"):
        tip = remote_tip(objects, remote, name)
        if tip:
            return tip
    own = remotes.remote_of(repository, repository.branch) if _has_remotes(repository) else ""
    tip = remote_tip(objects, own, name) if own not in ("", ".") else None
    if tip is None and repository.is_online and _fetched(repository, name):
        tip = remote_tip(objects, "origin", name)
    if tip:
        return tip
    ref = f"refs/heads/{name}"
    commit = objects.ref(ref)
    return Revision(name, commit, is_local=True, ref=ref) if commit else None


def remote_tip(objects: Objects, remote: str, name: str) -> Revision | None:
    """The tip of a branch of a remote, as last fetched."""
    ref = f"refs/remotes/{remote}/{name}"
    commit = objects.ref(ref)
    return Revision(f"{remote}/{name}", commit, ref=ref) if commit else None


def _has_remotes(repository: Repository) -> bool:
    """Whether there is any remote branch; told without a process of its own."""
    folder = repository.common_dir
    if (folder / "refs" / "remotes").is_dir() or (folder / "reftable").is_dir():
        return True
    try:
        return b" refs/remotes/" in (repository.common_dir / "packed-refs").read_bytes()
    except OSError:
        return False


def _fetched(repository: Repository, name: str) -> bool:
    try:
        remotes.fetch(repository, "origin", name, deepen=0)
    except PlannerError:
        return False
    return True


def read(
    objects: Objects, revision: Revision, *, is_trusted: bool = True, named: str = ""
) -> Trusted:
    """The plans of a commit.

    Args:
        named: the path of one more plan than those that lie where plans lie.

    Raises:
        GitError: a plan's content is not in this clone.
    """
    contents = dict(plan_files(objects, revision.commit))
    if named and named not in contents:
        content = objects.content(path_bytes(f"{revision.commit}:{named}"))
        if content is not None:
            contents[named] = content
    try:
        return Trusted(revision, is_trusted, tuple(contents), usable_plans(contents))
    except UnusablePlanError as unusable:
        error = UnusablePlanError(
            f"the plan that judges, in {revision.name} ({revision.commit[:12]}), is unusable",
            hint="repair it by a change of the plan alone",
            findings=unusable.findings,
        )
    return Trusted(revision, is_trusted, tuple(contents), (), error)


def _folder(objects: Objects, commit: str) -> tuple[TreeEntry, ...]:
    """The entries of the folder where plans lie; none when there is no such folder.

    It is walked tree by tree: one that a partial clone left behind must not pass for absent.
    """
    root = objects.oid(f"{commit}^{{tree}}".encode())
    if root is None:
        raise GitError(f"the tree of {commit[:12]} is not in this clone", hint="use --fetch")
    entries = objects.needed_tree(root[0])
    for name in FOLDER.encode().split(b"/"):
        found = [e for e in entries if e.name == name and e.mode == _FOLDER_MODE]
        if not found:
            return ()
        entries = objects.needed_tree(found[0].oid)
    return entries


def plan_files(objects: Objects, commit: str) -> Iterator[tuple[str, bytes]]:
    """The plan files of a commit, where plans lie, each with its content; in path order."""
    for entry in _folder(objects, commit):
        if entry.name == b"plan.yaml" and entry.mode in REGULAR:
            path = f"{FOLDER}/plan.yaml"
            yield path, objects.needed(entry.oid, f"the plan {path!r}")
        elif entry.mode == _FOLDER_MODE:
            for inner in objects.needed_tree(entry.oid):
                if inner.name == b"plan.yaml" and inner.mode in REGULAR:
                    name = path_text(entry.name)
                    path = f"{FOLDER}/{name}/plan.yaml"
                    yield path, objects.needed(inner.oid, f"the plan {path!r}")
