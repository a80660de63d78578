"""Takes a slice: creates its branch on the remote, by a push that must create it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from planner.agents.brief import brief_of
from planner.agents.brief_text import text_of
from planner.agents.claims import refusals
from planner.agents.claims.scene import Scene, follow, read_scene, with_branch
from planner.agents.claims.targets import Target, Unclaimable, choose, warning
from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.errors import GitError, PlannerError
from planner.paths import shell_text
from planner.plan.model import Chosen
from planner.plan.named import Part
from planner.repository import pushing, worktrees
from planner.repository.branches import Reference
from planner.repository.remote_branches import Remote, remote_named
from planner.schedule import schedule
from planner.scopes.fence import Fence
from planner.status.next import Next, next_tasks
from planner.status.start import Start


class Asked(NamedTuple):
    """What to claim.

    Attributes:
        slice_id: the one slice to claim; empty for the first that is ready.
        remote: the name of the remote; empty for the usual one.
        named: the path of the one plan to claim from; may be empty.
        folder: where to make a work tree of the branch; None for nowhere.
    """

    slice_id: str = ""
    remote: str = ""
    named: str = ""
    folder: Path | None = None


class Claimed(NamedTuple):
    """A slice that was won.

    Attributes:
        command: how to get onto its branch, for a shell.
        brief: what its agent needs to know.
        folder: its work tree, if one was made.
        problem: why there is no work tree, though one was wanted.
    """

    target: Target
    remote: str
    command: str
    brief: str
    folder: str = ""
    problem: PlannerError | None = None


class Outcome(NamedTuple):
    """What was claimed, if anything was, why other slices were not, and what can start now."""

    found: Next
    claimed: Claimed | None
    findings: tuple[Diagnostic, ...]


def claim(run: Run, asked: Asked) -> Outcome:
    """Take the first slice that is ready, or the one that is named.

    One that another process takes meanwhile is lost, and all is asked again: what is ready
    depends on what is taken.

    Raises:
        PlannerError: the remote refuses, or its answer is lost; the branch may exist then.
    """
    repository = run.repository
    remote = remote_named(repository, asked.remote)
    if asked.folder is not None:
        worktrees.refuse_taken(repository, asked.folder)
    if repository.is_shallow:
        raise PlannerError(
            "this clone is shallow: it cannot tell which slices landed earlier",
            hint="git fetch --unshallow (a clone with --filter=blob:none is small and whole)",
        )
    scene = None
    lost: dict[tuple[str, str], Chosen] = {}
    while True:
        scene = read_scene(run, remote, asked.named, scene)
        found = _next(scene, asked.named)
        free = [one for one in _free(scene, found, asked) if one.key not in lost]
        target, passed = choose(run, scene, free, is_local=asked.folder is not None)
        if target is None:
            why = _why(scene, found, asked, [*lost.values()], passed)
            return Outcome(found, None, why)
        if _is_won(run, remote, target):
            return _won(run, scene, target, asked, passed)
        lost[target.chosen.key] = target.chosen


def _next(scene: Scene, named: str) -> Next:
    schedules = [schedule(plan) for plan in scene.plans]
    return next_tasks(Fence(scene.plans), schedules, scene.standings, named=named)


def _free(scene: Scene, found: Next, asked: Asked) -> list[Chosen]:
    """The slices that are ready and have no branch on the remote, or the named one of them."""
    ready = {one.chosen.key: one.chosen for one in found.ready}
    free = [one for one in ready.values() if not scene.heads(one)]
    if asked.slice_id:
        key = scene.slice_named(asked.slice_id, asked.named).key
        return [one for one in free if one.key == key]
    return free


def _why(
    scene: Scene,
    found: Next,
    asked: Asked,
    lost: Sequence[Chosen],
    passed: Sequence[Unclaimable],
) -> tuple[Diagnostic, ...]:
    if asked.slice_id:
        chosen = scene.slice_named(asked.slice_id, asked.named)
        return refusals.of_one(scene, found, chosen, lost, passed)
    return refusals.of_any(scene, found, lost, passed)


def _is_won(run: Run, remote: Remote, target: Target) -> bool:
    """Create the branch; return whether this process did."""
    pushed = pushing.create(run.repository, remote, target.branch, target.commit)
    if pushed.result == "refused":
        raise PlannerError(
            f"{remote.name!r} refused to create the branch {target.branch!r}: {pushed.words}",
            hint=f"allow it there, or claim another slice than {target.chosen.slice_.id!r}: "
            "--slice ID",
        )
    if pushed.result == "unanswered":
        raise PlannerError(
            f"{remote.name!r} did not say whether it created the branch {target.branch!r}: "
            f"{pushed.words}",
            hint=f"the branch may exist: {remote.command}",
        )
    return pushed.result == "done"


def _won(
    run: Run, scene: Scene, target: Target, asked: Asked, passed: Sequence[Unclaimable]
) -> Outcome:
    """Return what was won, with what can start after that.

    Raises:
        PlannerError: its brief cannot be shown; the claim stands all the same.
    """
    try:
        follow(run, scene, scene.default, target.base)
        after = with_branch(run, scene, Reference(target.branch, "", target.commit))
        claimed = _claimed(run, after, target, asked.folder)
        found = _next(after, asked.named)
    except PlannerError as error:
        raise PlannerError(
            f"{target.chosen.label} is claimed by the branch {target.branch!r} on "
            f"{scene.remote.name!r}, but planner cannot show its brief: {error.message}",
            hint=f"to give it back: planner release {target.chosen.slice_.id}",
        ) from error
    return Outcome(found, claimed, tuple(map(warning, passed)))


def _claimed(run: Run, scene: Scene, target: Target, folder: Path | None) -> Claimed:
    remote, problem = scene.remote.name, None
    command = _command(run, remote, target)
    if folder is not None:
        name = shell_text(str(folder))
        command = f"cd {name}"
        try:
            worktrees.add(run.repository, folder, target.branch, target.commit)
            worktrees.track(run.repository, target.branch, remote)
        except GitError as error:
            command = f"git worktree add -b {shell_text(target.branch)} {name} {target.commit}"
            problem = PlannerError(
                f"{target.chosen.label} is claimed, but its work tree in {str(folder)!r} is not "
                f"ready: {error.message}",
                hint=command,
            )
    start = Start(target.branch, command=command)
    brief = brief_of(run, scene.plans, scene.trusted.revision, Part(target.chosen), start)
    made = str(folder) if folder is not None and problem is None else ""
    return Claimed(target, remote, command, text_of(brief).text, made, problem)


def _command(run: Run, remote: str, target: Target) -> str:
    """How to get onto the branch; a clone of one branch has none of the others to follow."""
    branch = shell_text(target.branch)
    if run.objects.ref(f"refs/heads/{target.branch}"):
        return f"git switch {branch}"
    if run.objects.ref(f"refs/remotes/{remote}/{target.branch}") == target.commit:
        return f"git switch -c {branch} --track {shell_text(f'{remote}/{target.branch}')}"
    return f"git switch -c {branch} {target.commit}"
