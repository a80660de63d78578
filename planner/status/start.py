"""The branch of a slice, and the command that starts work on it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.boundary.pattern import ANY, Pattern, is_wild
from planner.branch.bases import base_of
from planner.branch.run import Run
from planner.errors import PlannerError
from planner.paths import path_text, shell_text
from planner.plan.model import Chosen, Plan
from planner.repository.branches import Reference


class Start(NamedTuple):
    """How to get onto the branch of a slice.

    Attributes:
        branch: its branch; where there is none yet, the first name without a wildcard.
        base: what a new branch starts from, as git names it; empty for a branch that exists.
        command: the command for a shell; empty where there is none.
        to_replace: what stands in the name for a wildcard; empty without one.
        problem: why there is no command.
    """

    branch: str
    base: str = ""
    command: str = ""
    to_replace: str = ""
    problem: str = ""


def start_of(run: Run, plans: Sequence[Plan], chosen: Chosen, head: Reference | None) -> Start:
    """Return how to get onto the branch of a slice: its own, or a new one at its base.

    Args:
        head: its branch, if there is one.
    """
    if head is not None:
        name = shell_text(head.name)
        there = f"-c {name} --track {shell_text(f'{head.remote}/{head.name}')}"
        return Start(head.name, command=f"git switch {there if head.remote else name}")
    name, to_replace = _name_of(_first(chosen))
    if run.repository.is_unborn:
        return Start(name, to_replace=to_replace, problem="there is no commit yet; commit first")
    try:
        base = base_of(run, chosen, plans)[0].name
    except PlannerError as error:
        return Start(name, to_replace=to_replace, problem=f"{error.message}; {error.hint}")
    command = f"git switch -c {shell_text(name)} {shell_text(base)}"
    return Start(name, base, command, to_replace)


def _first(chosen: Chosen) -> Pattern:
    """The first branch name of a slice without a wildcard; else the first."""
    names = [entry.pattern for entry in chosen.slice_.branch]
    return next((name for name in names if name.is_literal), names[0])


def _name_of(pattern: Pattern) -> tuple[str, str]:
    """A name that the pattern accepts, and what stands in it for a wildcard."""
    if pattern.path is not None:
        return path_text(pattern.path), ""
    return path_text(b"/".join(map(_spelled, pattern.segments))), path_text(_NAME)


def _spelled(segment: Sequence[int]) -> bytes:
    spelled = b""
    for atom in segment:
        if is_wild(atom):
            spelled += _NAME[:1] if atom == ANY else _NAME
        else:
            spelled += bytes([atom])
    return spelled


_NAME: Final = b"NAME"
