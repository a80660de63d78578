"""Which branch a claim of a slice creates, and why there is none."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planner.agents.claims.leftover import deletion
from planner.agents.claims.scene import Scene, base_of
from planner.branch.reserved import reserved
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text, shell_text
from planner.plan.model import Chosen
from planner.repository.branches import references
from planner.rules import UNCLAIMABLE_SLICE


class Target(NamedTuple):
    """The branch to create for a slice, and the branch and commit that it starts at."""

    chosen: Chosen
    branch: str
    base: str
    commit: str


class Unclaimable(NamedTuple):
    """Why a slice that is ready cannot be claimed, and what to do about it."""

    chosen: Chosen
    why: str
    hint: str


def choose(
    run: Run, scene: Scene, free: Sequence[Chosen], *, is_local: bool
) -> tuple[Target | None, list[Unclaimable]]:
    """The first slice that can be claimed, and those before it that cannot."""
    passed: list[Unclaimable] = []
    for chosen in free:
        target = _target(run, scene, chosen, is_local=is_local)
        if isinstance(target, Target):
            return target, passed
        passed.append(target)
    return None, passed


def _target(run: Run, scene: Scene, chosen: Chosen, *, is_local: bool) -> Target | Unclaimable:
    """The branch to create for a slice, or why there is none."""
    names = [entry.pattern for entry in chosen.slice_.branch]
    literal = next((name.path for name in names if name.path is not None), None)
    if literal is None:
        texts = ", ".join(repr(entry.text) for entry in chosen.slice_.branch)
        hint = f"add a name to its 'branch' in the plan, such as 'feature/{chosen.slice_.id}'"
        return Unclaimable(chosen, f"all its branch names have a wildcard: {texts}", hint)
    branch = path_text(literal)
    why, hint = _why_no(run, scene, chosen, branch)
    if not why and is_local:
        why, hint = _why_not_here(run, scene, branch)
    if why:
        return Unclaimable(chosen, why, hint)
    base = base_of(scene, chosen)
    commits = [one.commit for one in scene.references if one.name == base]
    if not commits:
        hint = f"git push {shell_text(scene.remote.name)} {shell_text(base)}"
        why = f"its base {base!r} is not on {scene.remote.name!r}"
        return Unclaimable(chosen, why, hint)
    return Target(chosen, branch, base, commits[0])


def _why_no(run: Run, scene: Scene, chosen: Chosen, branch: str) -> tuple[str, str]:
    """Why the remote cannot get a branch, and what to do; empty where it can."""
    hint = "change its 'branch' in the plan"
    kept = reserved(scene.plans, scene.default)
    if kept.keeps(chosen, branch):
        return f"its branch {branch!r} is {kept.why(branch)}", hint
    if run.repository.attempt("check-ref-format", "--branch", branch).exit:
        return f"git allows no branch named {branch!r}", hint
    blocking = _blocking((one.name for one in scene.references), branch)
    if blocking:
        why = f"git cannot have its branch {branch!r} beside {blocking!r} on {scene.remote.name!r}"
        return why, f"{hint}, or wait until {blocking!r} is deleted"
    return "", ""


def _why_not_here(run: Run, scene: Scene, branch: str) -> tuple[str, str]:
    """Why no local branch of that name can be made, and what to do; empty where one can."""
    local = [one.name for one in references(run.repository) if not one.remote]
    blocking = branch if branch in local else _blocking(local, branch)
    if not blocking:
        return "", ""
    why = f"git cannot have its branch {branch!r} beside the local branch {blocking!r}"
    if blocking == branch:
        why = f"there is a local branch {branch!r} already"
    return why, f"{deletion(run, blocking, scene.default)}, or claim without --worktree"


def _blocking(names: Iterable[str], branch: str) -> str:
    """The branch beside which git cannot have another one; or empty.

    Branches are files: one name cannot also be a folder of another.
    """
    pairs = ((name, sorted((f"{name}/", f"{branch}/"), key=len)) for name in names)
    return next((name for name, (short, long) in pairs if long.startswith(short)), "")


def warning(one: Unclaimable) -> Diagnostic:
    """Return the finding for a slice that was passed over."""
    message = f"{one.chosen.label} cannot be claimed: {one.why}"
    return UNCLAIMABLE_SLICE.at(place(one.chosen), message, one.hint)


def place(chosen: Chosen) -> Location:
    """Return the place of a slice in its plan."""
    return chosen.plan.where(chosen.slice_.node)
