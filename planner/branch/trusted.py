"""The commit whose plans judge a branch, and the plans in it."""

from collections.abc import Iterator
from typing import NamedTuple

from planner.errors import GitError, UnusablePlanError
from planner.paths import path_text
from planner.plan.find import FOLDER
from planner.plan.model import Plan
from planner.plan.parse import usable_plans
from planner.repository.changes import REGULAR
from planner.repository.objects import Objects, TreeEntry

_FOLDER_MODE = 0o040000


class Revision(NamedTuple):
    """A commit, and what it was called."""

    name: str
    commit: str
    is_local: bool = False
    ref: str = ""  # the full name, where it is a branch's


class Trusted(NamedTuple):
    """The plans that apply to a branch.

    Attributes:
        revision: the commit that they are in.
        paths: the plan files of that commit.
        plans: the plans, when all of them are usable.
        error: why they are not usable.
        is_trusted: whether the branch cannot have written them.
    """

    revision: Revision
    paths: tuple[str, ...]
    plans: tuple[Plan, ...]
    error: UnusablePlanError | None = None
    is_trusted: bool = True


def read_plans(objects: Objects, revision: Revision, *, named: str = "") -> Trusted:
    """Read the plans of a commit.

    Args:
        named: the path of one more plan than those in docs/plan.

    Raises:
        GitError: a plan's content is not in this clone.
    """
    contents = dict(plan_files(objects, revision.commit))
    if named and named not in contents:
        content = objects.blob(revision.commit, named)
        if content is not None:
            contents[named] = content
    try:
        return Trusted(revision, tuple(contents), usable_plans(contents))
    except UnusablePlanError as unusable:
        error = UnusablePlanError(
            f"the plan in {revision.name} ({revision.commit[:12]}) is unusable",
            hint="fix the plan in a pull request of its own",
            findings=unusable.findings,
        )
    return Trusted(revision, tuple(contents), (), error)


def _folder(objects: Objects, commit: str) -> tuple[TreeEntry, ...]:
    """The entries of docs/plan; none when there is no such folder.

    The path is walked tree by tree: a tree that a partial clone lacks must not count as absent.
    """
    root = objects.tree_of(commit)
    if root is None:
        raise GitError(f"the tree of {commit[:12]} is not in this clone", hint="use --fetch")
    entries = objects.needed_tree(root)
    for name in FOLDER.encode().split(b"/"):
        found = [e for e in entries if e.name == name and e.mode == _FOLDER_MODE]
        if not found:
            return ()
        entries = objects.needed_tree(found[0].oid)
    return entries


def plan_files(objects: Objects, commit: str) -> Iterator[tuple[str, bytes]]:
    """Yield the plan files of a commit, each with its content, in path order."""
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
