"""Whether an edit stays in the scope of the branch that it is made on."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from planner.agents.hooks.fences import Asked, Fence, Fences
from planner.agents.hooks.patches import Edit, UnreadableError
from planner.agents.hooks.places import place_of, resolved, roots_of
from planner.check.scope.permission import Permission
from planner.errors import PlannerError
from planner.paths import path_text
from planner.repository.changes import ignored
from planner.rules import OUTSIDE_SCOPE

_SHOWN: Final = 5  # paths of one edit that are named in the reason
_MARK: Final = "the status of its own tasks"  # part of what is said of a plan


def why_denied(about: Asked, edits: Sequence[Edit]) -> str:
    """Return why an edit would leave the scope, for the agent; empty where it may be made.

    The branch of the folder that the agent works in has a say, and that of each work tree that a
    path is in.

    Raises:
        PlannerError: it cannot be determined.
        UnreadableError: a path is none.
    """
    refused: dict[str, tuple[Fence, list[str]]] = {}
    with ExitStack() as stack:
        try:
            fences = Fences(stack, about)
            home = fences.home()
            for edit in edits:
                fence, line = _refused_by(fences, home, resolved(about.folder, edit))
                if fence is not None:
                    lines = refused.setdefault(fence.root, (fence, []))[1]
                    lines += [line] if line not in lines else []
        except (PlannerError, UnreadableError):
            if not refused:  # what is denied already stays so
                raise
        return "\n".join(_reason(fence, lines) for fence, lines in refused.values())


def _refused_by(fences: Fences, home: Fence | None, path: str) -> tuple[Fence | None, str]:
    """The first fence that does not let a path be changed, and why; None where all do."""
    asked = [home.root] if home else []
    for root in dict.fromkeys([*asked, *roots_of(path)]):
        fence = fences.at(root)
        line = _refusal(fence, path, is_home=fence is home) if fence else ""
        if line:
            return fence, line
    return None, ""


def _refusal(fence: Fence, path: str, *, is_home: bool) -> str:
    """Why a branch may not change a path; empty where it may, or has no say.

    Args:
        is_home: whether the agent works on that branch.
    """
    place = place_of(fence.run.repository, path)
    if place.kind == "git":
        return f"{path_text(place.path)}: it belongs to git itself"
    if place.kind == "outside":
        # A branch that may change everything has no scope that its work elsewhere could leave.
        why = "it is outside the work tree of the branch"
        return f"{path_text(place.path)}: {why}" if is_home and not fence.is_open else ""
    permission = fence.permissions.of(place.path)
    # check-scope does not see what git ignores.
    if permission.is_given or ignored(fence.run.repository, [os.fsdecode(place.path)]):
        return ""
    return f"{path_text(place.path)}: {_why(fence, permission)}"


def _why(fence: Fence, permission: Permission) -> str:
    by = permission.by
    where = f"{by.location.path}:{by.location.line}:{by.location.column}" if by else ""
    why = f"{permission.why} ({by.message} at {where})" if by else permission.why
    if permission.rule == OUTSIDE_SCOPE.name and fence.branch.exceptions:
        why += "; to except it: a commit with a line 'Scope-Exception: PATH -- REASON'"
    return why


def _reason(fence: Fence, refused: Sequence[str]) -> str:
    branch = fence.branch
    name = f"the branch {branch.name!r}" if branch.name else "this work tree"
    lines = [f"planner: {name} is judged by {branch.label}, which does not allow this edit:"]
    lines += [f"- {line}" for line in refused[:_SHOWN]]
    if len(refused) > _SHOWN:
        lines.append(f"- and {len(refused) - _SHOWN} more paths")
    chosen = branch.chosen
    if chosen is not None:
        lines.append(f"What it may change: planner brief {chosen.slice_.id}")
    lines.append(
        "Do not make this change in another way either. If the work needs it, stop and ask: the "
        "plan has to be changed first, in a pull request of its own."
    )
    if any(_MARK in line for line in refused):
        lines.append("To set the status of a task: planner mark ID STATUS")
    return "\n".join(lines)
