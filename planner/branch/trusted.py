"""The commit whose plans judge a branch, and the plans in it."""

from collections.abc import Iterator
from typing import NamedTuple

from planner.errors import UnusablePlanError
from planner.paths import path_text
from planner.plan.find import FOLDER
from planner.plan.model import Plan
from planner.plan.parse import Read, parse, usable_plans
from planner.repository.changes import REGULAR
from planner.repository.objects import Objects

_FOLDER_MODE = 0o040000


class Revision(NamedTuple):
    """A commit, and what it was called."""

    name: str
    commit: str
    is_local: bool = False
    ref: str = ""  # the full name, where it is a branch's

    def __str__(self) -> str:
        """For people: the name and the start of the id, once where the name is an id."""
        short = self.commit[:12]
        if self.commit.startswith(self.name):
            return short
        return f"{self.name} ({short}{', local branch' if self.is_local else ''})"


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


def read_plans(
    objects: Objects, revision: Revision, *, named: str = "", read: Read = parse
) -> Trusted:
    """Read the plans of a commit.

    Args:
        read: `parse` or `parse_scopes`.
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
        return Trusted(revision, tuple(contents), usable_plans(contents, read))
    except UnusablePlanError as unusable:
        error = UnusablePlanError(
            f"{unusable.message} in {revision}",
            hint="fix the plan in a pull request of its own",
            findings=unusable.findings,
        )
    return Trusted(revision, tuple(contents), (), error)


def plan_files(objects: Objects, commit: str) -> Iterator[tuple[str, bytes]]:
    """Yield the plan files of a commit, each with its content, in path order."""
    entries = objects.needed_tree(f"{commit}^{{tree}}")
    # Tree by tree: one that a partial clone lacks must not count as absent.
    for name in FOLDER.encode().split(b"/"):
        oids = [entry.oid for entry in entries if (entry.name, entry.mode) == (name, _FOLDER_MODE)]
        entries = objects.needed_tree(oids[0]) if oids else ()
    for entry in entries:
        is_folder = entry.mode == _FOLDER_MODE
        folder = f"{FOLDER}/{path_text(entry.name)}" if is_folder else FOLDER
        for file in objects.needed_tree(entry.oid) if is_folder else (entry,):
            if file.name == b"plan.yaml" and file.mode in REGULAR:
                path = f"{folder}/plan.yaml"
                yield path, objects.needed(file.oid, f"the plan {path!r}")
