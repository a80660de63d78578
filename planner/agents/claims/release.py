"""Gives a slice back: deletes its branch on the remote, if it has no commit of its own."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from planner.agents.claims.leftover import deletion
from planner.agents.claims.scene import Scene, bases, read_scene
from planner.agents.claims.targets import place
from planner.branch.reserved import reserved
from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.errors import PlannerError
from planner.paths import path_text, shell_text
from planner.plan.model import Chosen
from planner.repository import lineage, pushing
from planner.repository.branches import Reference
from planner.repository.remote_branches import remote_named
from planner.rules import NOT_RELEASED

_TRIES: Final = 5
_MOST_COMMITS: Final = 5


class Local(NamedTuple):
    """A local branch that is left, and the command that deletes it."""

    name: str
    command: str


class Released(NamedTuple):
    """What was deleted.

    Attributes:
        branches: as they were on the remote.
        local: local branches of these names, which have no commit of their own.
        findings: why a branch, or the slice, was not given back.
    """

    chosen: Chosen
    remote: str
    branches: tuple[Reference, ...] = ()
    local: tuple[Local, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def release(run: Run, slice_id: str, remote_name: str = "", named: str = "") -> Released:
    """Delete the branches of a slice on the remote, none of which may have a commit of its own.

    Each is deleted only if it is still at the commit that was judged; else all is judged again.

    Raises:
        PlannerError: the remote refuses, or its answer is lost.
    """
    remote = remote_named(run.repository, remote_name)
    deleted: list[Reference] = []
    scene = None
    for _ in range(_TRIES):
        scene = read_scene(run, remote, named, scene)
        chosen = scene.slice_named(slice_id, named)
        heads = scene.heads(chosen)
        findings = () if deleted and not heads else tuple(_refusals(run, scene, chosen))
        if findings or not heads:
            return _released(run, scene, chosen, deleted, findings)
        for head in heads:
            if not _is_deleted(run, scene, head):
                break
            deleted.append(head)
        else:
            return _released(run, scene, chosen, deleted, ())
    raise PlannerError(
        f"the branches of the slice {slice_id!r} keep changing on {remote.name!r}",
        hint=f"somebody is pushing to them; see their commits: {remote.command}",
    )


def _released(
    run: Run,
    scene: Scene,
    chosen: Chosen,
    deleted: list[Reference],
    findings: tuple[Diagnostic, ...],
) -> Released:
    names = [one.name for one in deleted]
    local = tuple(
        Local(name, deletion(run, name, scene.default, is_forced=True))
        for name in names
        if run.objects.ref(f"refs/heads/{name}")
    )
    return Released(chosen, scene.remote.name, tuple(deleted), local, findings)


def _is_deleted(run: Run, scene: Scene, head: Reference) -> bool:
    """Delete a branch; return whether it was as it had been judged."""
    remote = scene.remote
    pushed = pushing.delete(run.repository, remote, head.name, head.commit)
    if pushed.result == "refused":
        raise PlannerError(
            f"{remote.name!r} refused to delete the branch {head.name!r}: {pushed.words}",
            hint="allow it there, or leave the branch",
        )
    if pushed.result == "unanswered":
        raise PlannerError(
            f"{remote.name!r} did not say whether it deleted the branch {head.name!r}: "
            f"{pushed.words}",
            hint=f"the branch may be gone: {remote.command}",
        )
    return pushed.result == "done"


def _refusals(run: Run, scene: Scene, chosen: Chosen) -> Iterator[Diagnostic]:
    """Why a slice is not given back; nothing if it may be."""
    standing, heads, remote = scene.standing(chosen), scene.heads(chosen), scene.remote.name
    base = chosen.plan.base_of(chosen.slice_)
    if chosen.slice_.closed or standing.landed:
        why = f"is closed: {chosen.slice_.closed}" if chosen.slice_.closed else ""
        why = why or f"has landed: {standing.landed}"
        hint = "delete a branch that is left with git"
        yield NOT_RELEASED.at(place(chosen), f"{chosen.label} {why}", hint)
    elif not heads:
        message = f"{chosen.label} is not taken: {remote!r} has no branch for it"
        yield NOT_RELEASED.at(place(chosen), message, f"who works on what: {scene.remote.command}")
    elif standing.base is None:
        raise PlannerError(
            f"the base {base!r} of {chosen.label} is not on {remote!r}, so planner cannot tell "
            "which commits are its own",
            hint=f"git push {shell_text(remote)} {shell_text(base)}",
        )
    else:
        kept = reserved(scene.plans, scene.default)
        for head in heads:
            why = kept.why(head.name)
            message = f"{head.name!r} on {remote!r} is {why}: planner does not delete it"
            hint = "give the slice a 'branch' that only its own pull request uses"
            if not why:
                message, hint = _unsaved(run, scene, chosen, head)
            if message:
                yield NOT_RELEASED.at(place(chosen), message, hint)


def _unsaved(run: Run, scene: Scene, chosen: Chosen, head: Reference) -> tuple[str, str]:
    """The work that would be lost with a branch, and what to do; empty where there is none."""
    remote, name = scene.remote.name, shell_text(head.name)
    own = _own_commits(run, scene, chosen, head.commit)
    if own:
        message = f"{head.name!r} on {remote!r} has commits of its own: {own}"
        return message, f"to lose them: git push {shell_text(remote)} --delete {name}"
    local = run.objects.ref(f"refs/heads/{head.name}")
    own = _own_commits(run, scene, chosen, local) if local else ""
    if own:
        message = f"the local branch {head.name!r} has commits of its own: {own}"
        return message, f"push them; or to lose them: git branch -D {name}"
    return "", ""


def _own_commits(run: Run, scene: Scene, chosen: Chosen, tip: str) -> str:
    """The commits up to a tip that its base lacks, the newest first; empty without any."""
    own = lineage.messages(run.repository, bases(scene, chosen), tip)
    listed = [
        f"{one.commit[:12]} {path_text(one.message).strip().partition(chr(10))[0]!r}"
        for one in reversed(own[-_MOST_COMMITS:])
    ]
    more = [f"and {len(own) - _MOST_COMMITS} more"] if len(own) > _MOST_COMMITS else []
    return ", ".join([*listed, *more])
