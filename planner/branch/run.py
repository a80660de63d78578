"""One run of planner: the repository, its objects, the CI's event and the plans, each read once."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from planner.branch.trusted import Revision, Trusted, read_plans
from planner.errors import GitError, PlannerError
from planner.plan import find
from planner.plan.model import Plan
from planner.plan.parse import Read, parse, usable_plans
from planner.repository import pull_request, remotes
from planner.repository.git import Repository, open_repository
from planner.repository.hook import open_of_hook
from planner.repository.objects import Objects
from planner.repository.pull_request import PullRequest

_T = TypeVar("_T")
_DEFAULTS: Final = ("main", "master")


class Run(contextlib.AbstractContextManager["Run"]):
    """What one command works with; a context manager that ends the git process of `objects`.

    Attributes:
        event: what the CI system says; empty values where there is none.

    Args:
        read: how plans of commits are read: whole, or with `parse_scopes`.
    """

    def __init__(self, repository: Repository, event: PullRequest, read: Read = parse) -> None:
        self.repository = repository
        self.event = event
        self._read = read
        self.objects = Objects(repository)
        self._known: dict[Any, Any] = {}

    def __exit__(self, *error: object) -> None:
        self.objects.__exit__(*error)

    def once(self, key: object, make: Callable[[], _T]) -> _T:
        """Return the value of `make()`, computed once in this run for each key."""
        if key not in self._known:
            self._known[key] = make()
        value: _T = self._known[key]
        return value

    @cached_property
    def default_branch(self) -> str:
        """The name of the default branch: by the event, by origin/HEAD, else main or master.

        Raises:
            PlannerError: there is none of them.
        """
        named = self.event.default_branch or self.repository.remote_default
        if named:
            return named
        places = ("refs/remotes/origin", "refs/heads")
        found = [
            [name for name in _DEFAULTS if self.objects.ref(f"{place}/{name}")] for place in places
        ]
        names = found[0] or found[1] or list(filter(self._fetched_tip, _DEFAULTS))
        if len(names) > 1:
            where = "origin has" if found[0] else "there are"
            raise PlannerError(
                f"cannot determine the default branch: {where} both 'main' and 'master'",
                hint="git remote set-head origin --auto; or name the commit with the plan: "
                "planner check-scope --plan-from REV",
            )
        if names:
            return names[0]
        raise PlannerError(
            "cannot determine the default branch: there is no origin/HEAD, main or master",
            hint="git remote set-head origin --auto; without a remote: "
            "planner check-scope --plan-from REV",
        )

    @cached_property
    def trusted_tip(self) -> Revision | None:
        """The tip of the default branch; None where nothing tells it, as in a new repository."""
        try:
            return self.tip(self.default_branch)
        except GitError:
            raise
        except PlannerError:
            return None

    @property
    def trusted_plans(self) -> tuple[Plan, ...]:
        """The plans at the tip of the default branch; none where they are missing or unusable."""
        return self.plans_at(self.trusted_tip).plans if self.trusted_tip else ()

    @cached_property
    def unpublished_plan(self) -> Revision | None:
        """The local default branch, where it has a plan and the trusted commit has none."""
        tip = self.trusted_tip
        if tip is None or tip.is_local or self.plans_at(tip).paths:
            return None
        commit = self.objects.ref(f"refs/heads/{self.default_branch}")
        local = Revision(self.default_branch, commit, is_local=True) if commit else None
        return local if local and self.plans_at(local).paths else None

    def tip(self, name: str) -> Revision | None:
        """Return the tip of a branch: as a remote has it, the local branch only where none has.

        A local branch never counts beside a remote one: its author can move it.
        """
        return self.once(("tip", name), lambda: self._tip(name))

    def _tip(self, name: str) -> Revision | None:
        tips = (self.remote_tip(remote, name) for remote in self._remotes())
        tip = next(filter(None, tips), None) or self._fetched_tip(name)
        if tip:
            return tip
        ref = f"refs/heads/{name}"
        commit = self.objects.ref(ref)
        return Revision(name, commit, is_local=True, ref=ref) if commit else None

    def _remotes(self) -> Iterator[str]:
        """The remotes that may have a branch; that of the current one takes a git process."""
        yield from ("upstream", "origin")
        if _has_remotes(self.repository):
            own = remotes.remote_of(self.repository, self.repository.branch)
            yield from () if own in ("", ".") else (own,)

    def remote_tip(self, remote: str, name: str) -> Revision | None:
        """Return the tip of a branch of a remote, as last fetched."""
        ref = f"refs/remotes/{remote}/{name}"
        commit = self.objects.ref(ref)
        return Revision(f"{remote}/{name}", commit, ref=ref) if commit else None

    def _fetched_tip(self, name: str) -> Revision | None:
        """The tip of a branch of origin, fetched; None where git may not fetch, or cannot."""
        if self.repository.is_online:
            with contextlib.suppress(PlannerError):
                remotes.fetch(self.repository, "origin", name, deepen=0)
                return self.remote_tip("origin", name)
        return None

    def plans_at(self, revision: Revision, named: str = "") -> Trusted:
        """Return the plans of a commit, and one more that `named` is the path of.

        Raises:
            GitError: a plan's content is not in this clone.
        """
        key = ("plans", revision.commit, named)
        found = self.once(
            key, lambda: read_plans(self.objects, revision, named=named, read=self._read)
        )
        return found._replace(revision=revision)

    def plans_here(self, named: str = "") -> tuple[Plan, ...]:
        """Return the plans of the work tree: all of them, or the one at the path `named`.

        Raises:
            PlannerError: there is none, or one is unusable; with all that is wrong with them.
        """
        root = self.repository.root
        paths = find.in_folder(root, named)
        return usable_plans({path: find.content(root, path) for path in paths})


def open_run(
    folder: Path,
    environment: Mapping[str, str],
    *,
    is_online: bool = False,
    is_hook: bool = False,
) -> Run:
    """Open the repository that a folder is in, and read what the CI system says.

    Args:
        environment: where the CI system says it.
        is_online: whether git may fetch what is missing.
        is_hook: whether git runs a hook: then what it sets for one names repository and index.

    Raises:
        GitError: there is no repository.
        PlannerError: the event file of the CI system cannot be read.
    """
    if is_hook:
        repository = open_of_hook(folder, environment, is_online=is_online)
    else:
        repository = open_repository(folder, is_online=is_online)
    return Run(repository, pull_request.read(environment))


def _has_remotes(repository: Repository) -> bool:
    """Whether there is any remote branch; told without a git process."""
    folder = repository.common_dir
    if (folder / "refs" / "remotes").is_dir() or (folder / "reftable").is_dir():
        return True
    try:
        return b" refs/remotes/" in (folder / "packed-refs").read_bytes()
    except OSError:
        return False
