"""The options that every command takes, and what they lead to."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from planner.diagnostic import Diagnostic, has_errors
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.model import Plan
from planner.plan.parse import usable, usable_plans
from planner.repository.git import Repository, open_repository
from planner.repository.pull_request import PullRequest

PlanPath = Annotated[
    str, typer.Option("--plan", metavar="PATH", envvar="PLANNER_PLAN", help="The plan file.")
]
Repo = Annotated[Path, typer.Option("--repo", metavar="DIR", help="The repository; default: here.")]
Colour = Annotated[
    Literal["auto", "always", "never"], typer.Option("--color", help="Whether to use colours.")
]
Format = Annotated[Literal["text", "json"], typer.Option("--format", help="The output format.")]
Strict = Annotated[bool, typer.Option("--strict", help="Make warnings errors.")]


def opened(folder: Path, *, is_online: bool = False) -> Repository:
    """The repository of `--repo`.

    Raises:
        GitError: there is none.
    """
    return open_repository(folder, is_online=is_online)


def from_root(repository: Repository, folder: Path, path: str) -> str:
    """A path of the command line, counted from the repository's root; `/` parts its names.

    Args:
        folder: what it is relative to.

    Raises:
        PlannerError: it lies outside the repository.
    """
    if not path:
        return ""
    # The folder is resolved, the last name not: a link is a path of its own.
    absolute = folder.resolve() / path
    if absolute.name == "..":
        absolute = absolute.resolve()
    parent = absolute.parent.resolve()
    root = repository.root.resolve()
    if absolute == root:
        raise PlannerError(f"{path!r} is the repository itself", hint="name a path within it")
    if parent != root and root not in parent.parents:
        raise PlannerError(
            f"{path!r} lies outside the repository {str(repository.root)!r}",
            hint="name a path within it",
        )
    return (parent.relative_to(root) / absolute.name).as_posix()


def strictly(found: tuple[Diagnostic, ...], *, is_strict: bool) -> tuple[Diagnostic, ...]:
    """The diagnostics, with warnings as errors when that was asked for."""
    if not is_strict:
        return found
    return tuple(
        one._replace(severity="error") if one.severity == "warning" else one for one in found
    )


def exit_code(found: tuple[Diagnostic, ...]) -> int:
    """0 when no finding is an error, else 1."""
    return int(has_errors(found))


def meant_slice(slice_id: str, event: PullRequest) -> str:
    """The slice of `--slice`, else of $PLANNER_SLICE; in CI the variable does not count."""
    return slice_id or ("" if event.is_ci else os.environ.get("PLANNER_SLICE", ""))


def environment() -> dict[str, str]:
    """The environment, for the jobs that read what a CI system says in it."""
    return dict(os.environ)


def plans_here(repository: Repository, folder: Path, named: str) -> tuple[Plan, ...]:
    """The plans of the work tree: all of them, or the one that `--plan` names.

    Args:
        folder: what the name is relative to.

    Raises:
        PlannerError: there is none, or one is unusable; then with what is wrong with all.
    """
    paths = find.in_folder(repository.root, from_root(repository, folder, named))
    return usable_plans({path: find.content(repository.root, path) for path in paths})


def the_plan(repository: Repository, named: str) -> Plan:
    """The one plan of the work tree, or the one named.

    Raises:
        PlannerError: there is none, it is unusable, or there are several.
    """
    paths = find.in_folder(repository.root, named)
    if len(paths) > 1:
        raise PlannerError(
            f"there are {len(paths)} plans: {', '.join(paths)}", hint="name one: --plan PATH"
        )
    return usable(find.content(repository.root, paths[0]), paths[0])
