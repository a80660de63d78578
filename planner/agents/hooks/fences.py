"""The branches that have a say about an edit: each in its work tree, with what it may change."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from planner.branch.read import Branch, Request, read_without_changes
from planner.branch.run import Run
from planner.check.scope.permission import Permissions
from planner.errors import NoRepositoryError, PlannerError
from planner.plan import find
from planner.plan.model import Chosen
from planner.plan.parse import Read, parse, parse_scopes
from planner.repository.git import open_repository
from planner.repository.pull_request import PullRequest, is_ci


class Asked(NamedTuple):
    """What a hook is asked about.

    Attributes:
        folders: where the agent works: the folder that the user names, else those of the client.
        folder: what a relative path starts from.
        plan: the plan that `--plan` or `$PLANNER_PLAN` names; may be empty.
        slice_id: the slice that `$PLANNER_SLICE` names; may be empty.
    """

    folders: tuple[str, ...]
    folder: str
    plan: str
    slice_id: str


def asked(folders: Sequence[str], named: str, plan: str, environment: Mapping[str, str]) -> Asked:
    """Return what a hook is asked about.

    Args:
        folders: those that the client says; some may be gone.
        named: the folder of the repository, where the user names it.
        plan: the plan that the user names; may be empty.
    """
    here = tuple(one for one in folders if os.path.isdir(one))  # noqa: PTH112 - a text
    slice_id = "" if is_ci(environment) else environment.get("PLANNER_SLICE", "")
    of_plan = plan or environment.get("PLANNER_PLAN", "")
    known = here or (named or os.curdir,)
    base = os.path.abspath(known[0])  # noqa: PTH100 - links are resolved with the path
    return Asked((named,) if named else known, base, of_plan, slice_id)


def open_run(folder: str, read: Read = parse) -> Run | None:
    """Open the repository that a folder is in; None where nothing can judge an edit there.

    Args:
        read: how plans are read.

    Raises:
        PlannerError: git does not answer.
    """
    try:
        repository = open_repository(Path(folder))
    except NoRepositoryError:
        return None
    # What a CI system says is about a pull request, not about the branch of an agent.
    return None if repository.is_unborn else Run(repository, PullRequest(), read)


def request_of(run: Run, about: Asked) -> Request | None:
    """Return what to read of the branch; None where the repository has no plan.

    Raises:
        PlannerError: the plan that is named is not in the trusted commit, or nothing tells which
            commit that is although there is a plan.
    """
    plan = find.path_of(run.repository.root, Path(), about.plan) if about.plan else ""
    tip = run.trusted_tip
    if tip is None:
        here = run.tip(run.repository.branch) if run.repository.branch else None
        if here is None or not run.plans_at(here, plan).paths:
            return None
        raise PlannerError(f"{here.name!r} has a plan, but nothing tells the default branch")
    paths = run.plans_at(tip, plan).paths
    if plan and plan not in paths:
        raise PlannerError(f"there is no plan {plan!r} in {tip.name}")
    return Request(slice_id=about.slice_id, plan=plan) if paths else None


class Fence(NamedTuple):
    """A branch with a slice or a rule, and what it may change."""

    run: Run
    branch: Branch
    permissions: Permissions

    @property
    def root(self) -> str:
        """The root of its work tree, without links."""
        return os.path.realpath(self.run.repository.root)

    @property
    def is_open(self) -> bool:
        """Whether it is judged by a rule that lets everything pass which no slice holds."""
        judged_by = self.branch.judged_by
        if judged_by is None or isinstance(judged_by, Chosen):
            return False
        return any(entry.text == "**" for entry in judged_by.rule.include)


class Fences:
    """The fences of work trees, each opened once; closed with the stack."""

    def __init__(self, stack: ExitStack, about: Asked) -> None:
        self._stack = stack
        self._about = about
        self._known: dict[str, Fence | None] = {}

    def home(self) -> Fence | None:
        """Return the fence of the first folder that has one.

        Raises:
            PlannerError: it cannot be determined.
        """
        found = (self._opened(folder) for folder in self._about.folders)
        return next(filter(None, found), None)

    def at(self, root: str) -> Fence | None:
        """Return the fence of the work tree with that root.

        Raises:
            PlannerError: it cannot be determined.
        """
        return self._known[root] if root in self._known else self._opened(root)

    def _opened(self, folder: str) -> Fence | None:
        run = open_run(folder, parse_scopes)
        if run is None:
            return self._known.setdefault(folder, None)
        self._stack.enter_context(run)
        root = os.path.realpath(run.repository.root)
        if root not in self._known:
            self._known[root] = self._read(run)
        return self._known[root]

    def _read(self, run: Run) -> Fence | None:
        request = request_of(run, self._about)
        if request is None:
            return None
        branch = read_without_changes(run, request)
        if branch.trusted.error is not None:
            raise branch.trusted.error
        if branch.judged_by is None or branch.is_queue:
            return None
        return Fence(run, branch, Permissions(run, branch))
