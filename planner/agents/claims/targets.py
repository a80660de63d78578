"""Which branch a claim of a slice creates, and why there is none."""

from collections.abc import Sequence
from typing import NamedTuple

from planner.agents.claims.leftover import deletion
from planner.agents.claims.scene import Scene, base_of
from planner.branch.reserved import reserved
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text, shell_text
from planner.plan.model import Chosen
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
    kept = reserved(scene.plans, scene.default)
    if kept.keeps(chosen, branch):
        hint = "change its 'branch' in the plan"
        return Unclaimable(chosen, f"its branch {branch!r} is {kept.why(branch)}", hint)
    if run.repository.attempt("check-ref-format", "--branch", branch).exit:
        hint = "change its 'branch' in the plan"
        return Unclaimable(chosen, f"git allows no branch named {branch!r}", hint)
    if is_local and run.objects.ref(f"refs/heads/{branch}"):
        hint = f"{deletion(run, branch, scene.default)}, or claim without --worktree"
        return Unclaimable(chosen, f"there is a local branch {branch!r} already", hint)
    blocking = _blocking(scene, branch)
    if blocking:
        hint = f"change its 'branch' in the plan, or wait until {blocking!r} is deleted"
        why = f"git cannot have its branch {branch!r} beside {blocking!r} on {scene.remote.name!r}"
        return Unclaimable(chosen, why, hint)
    base = base_of(scene, chosen)
    commits = [one.commit for one in scene.references if one.name == base]
    if not commits:
        hint = f"git push {shell_text(scene.remote.name)} {shell_text(base)}"
        why = f"its base {base!r} is not on {scene.remote.name!r}"
        return Unclaimable(chosen, why, hint)
    return Target(chosen, branch, base, commits[0])


def _blocking(scene: Scene, branch: str) -> str:
    """The branch of the remote beside which git cannot have another one; or empty.

    Branches are files: one name cannot also be a folder of another.
    """
    names = (one.name for one in scene.references)
    pairs = ((name, sorted((f"{name}/", f"{branch}/"), key=len)) for name in names)
    return next((name for name, (short, long) in pairs if long.startswith(short)), "")


def warning(one: Unclaimable) -> Diagnostic:
    """Return the finding for a slice that was passed over."""
    message = f"{one.chosen.label} cannot be claimed: {one.why}"
    return UNCLAIMABLE_SLICE.at(place(one.chosen), message, one.hint)


def place(chosen: Chosen) -> Location:
    """Return the place of a slice in its plan."""
    return chosen.plan.where(chosen.slice_.node)
