"""Why nothing was claimed."""

from collections.abc import Sequence
from typing import Final

from planner.agents.claims.scene import Scene
from planner.agents.claims.targets import Unclaimable, place, warning
from planner.diagnostic import Diagnostic, Location
from planner.plan.model import Chosen
from planner.rules import NOT_CLAIMED
from planner.status.next import Next

_MOST_REASONS: Final = 4


def of_any(
    scene: Scene, found: Next, lost: Sequence[Chosen], passed: Sequence[Unclaimable]
) -> tuple[Diagnostic, ...]:
    """Return why no slice was claimed, and what keeps those from it that could be.

    Args:
        lost: slices that other processes took meanwhile.
        passed: slices that are ready, but no branch can be created for them.
    """
    paths = {one.chosen.plan.path: None for one in scene.standings}
    finding = NOT_CLAIMED.at(
        Location(next(iter(paths), "")),
        _summary(scene, found, lost, passed),
        f"who works on what: {scene.remote.command}",
    )
    return finding, *map(warning, passed)


def _summary(
    scene: Scene, found: Next, lost: Sequence[Chosen], passed: Sequence[Unclaimable]
) -> str:
    ready = {one.chosen.key: one.chosen for one in found.ready}
    taken = [one for one in ready.values() if scene.heads(one)]
    groups = (
        ("taken", [one for one in taken if one not in lost]),
        ("taken by others meanwhile", lost),
        ("not claimable", [one.chosen for one in passed]),
    )
    said = [f"{word}: {', '.join(one.slice_.id for one in few)}" for word, few in groups if few]
    if said:
        return f"no slice is left to claim ({'; '.join(said)})"
    return "no slice is ready to be claimed" if found.waiting else "nothing is left to start"


def of_one(
    scene: Scene,
    found: Next,
    chosen: Chosen,
    lost: Sequence[Chosen],
    passed: Sequence[Unclaimable],
) -> tuple[Diagnostic, ...]:
    """Return why the slice that was named was not claimed."""
    if passed:
        why, hint = f"cannot be claimed: {passed[0].why}", passed[0].hint
    elif lost and not scene.heads(chosen):
        why, hint = (
            "was taken by another process meanwhile",
            f"who works on what: {scene.remote.command}",
        )
    else:
        why, hint = _why_not(scene, found, chosen)
    return (NOT_CLAIMED.at(place(chosen), f"{chosen.label} {why}", hint),)


def _why_not(scene: Scene, found: Next, chosen: Chosen) -> tuple[str, str]:
    """Why a slice that is named is not free, and what to do."""
    standing, heads, remote = scene.standing(chosen), scene.heads(chosen), scene.remote.name
    if chosen.slice_.closed:
        return f"is closed: {chosen.slice_.closed}", "planner next lists what can be started"
    if standing.landed:
        return f"has landed: {standing.landed}", "planner next lists what can be started"
    if heads:
        names = ", ".join(repr(head.name) for head in heads)
        return (
            f"is taken: {remote!r} has its branch {names}",
            f"who works on what: {scene.remote.command}",
        )
    mine = [one for one in found.waiting if one.work.chosen.key == chosen.key]
    texts = dict.fromkeys(reason.text for one in mine for reason in one.because)
    if not texts:
        return "has nothing left to start: all its tasks are done or in progress", "planner status"
    listed = "; ".join([*texts][:_MOST_REASONS])
    return f"must wait: {listed}", "claim another one: planner next --claim"
