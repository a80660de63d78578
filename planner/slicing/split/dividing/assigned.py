"""Which slice of a plan each changed path goes to: exactly one, or a finding says why not."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_text
from planner.plan import find
from planner.plan.model import Chosen, Entry, Plan
from planner.repository.edits import Edit, Side
from planner.rules import INSEPARABLE_PATHS, PATH_IN_TWO_SLICES, SHARED_PATH, UNASSIGNED_PATH
from planner.scopes.fence import Fence
from planner.scopes.nearest import Nearest


class Assigned(NamedTuple):
    """The changed paths, each with where it goes.

    Attributes:
        sides: every changed path as it becomes.
        of_plans: plan files and their documents, which come first.
        is_of_plans: tells them.
        held: the paths that one slice holds, each with it.
        contested: the paths to divide, each with the slices that hold it and the entries.
        shared: the paths that several slices may touch, each with these.
        findings: the paths that no slice or several slices hold.
    """

    sides: Mapping[bytes, Side]
    of_plans: tuple[bytes, ...]
    is_of_plans: Callable[[bytes], bool]
    held: Mapping[bytes, Chosen]
    contested: Mapping[bytes, Sequence[tuple[Chosen, Entry]]]
    shared: Mapping[bytes, tuple[Chosen, ...]]
    findings: tuple[Diagnostic, ...]

    @property
    def live(self) -> tuple[Chosen, ...]:
        """The slices that get a branch: they hold a changed path, or have to take a shared one."""
        found = {chosen.key: chosen for chosen in self.held.values()}
        for holders in self.contested.values():
            found.update((chosen.key, chosen) for chosen, _ in holders)
        for sharing in self.shared.values():
            if all(one.key not in found for one in sharing):
                found[sharing[0].key] = sharing[0]
        return tuple(found.values())

    def undivided(self, placed: Collection[bytes]) -> Iterator[Diagnostic]:
        """Yield a finding for each path that was to be divided, and cannot be.

        Args:
            placed: the paths of which it is known where they go.
        """
        for path, holders in self.contested.items():
            if path not in placed:
                yield _in_two(path, holders, by_hunk=True)

    def notes(self, given: Mapping[bytes, Chosen]) -> Iterator[Diagnostic]:
        """Yield a note for each path that is only shared, which says where it went.

        Args:
            given: the slice that got each.
        """
        for path, chosen in given.items():
            others = [one.slice_.id for one in self.shared[path] if one.key != chosen.key]
            they = f"{len(others)} others" if len(others) > 1 else "".join(map(repr, others))
            may = f", though {they} may touch it too" if others else ""
            yield SHARED_PATH.at(
                Location(path_text(path)),
                f"'{path_text(path)}' is shared: it goes with {chosen.slice_.id!r}{may}",
                slice=chosen.slice_.id,
            )


def assign(plans: Sequence[Plan], edited: Sequence[Edit], *, by_hunk: bool) -> Assigned:
    """Return which slice each changed path goes to.

    Args:
        by_hunk: whether paths that several slices hold are to be divided.
    """
    sides = _sides(edited)
    added = [path_text(one.path) for one in sides.values() if find.is_plan_path(one.path)]
    fence = Fence(plans, added)
    of_plans, held = [], {}
    contested: dict[bytes, Sequence[tuple[Chosen, Entry]]] = {}
    shared: dict[bytes, tuple[Chosen, ...]] = {}
    findings = []
    nearest = Nearest([entry for one in fence.open for entry in one.slice_.scope.include])
    for path in sides:
        holders = fence.holders(path)
        is_named = any(entry.pattern.path == path for _, entry in holders)
        may_share = fence.open if fence.shared_by(path) else ()
        sharing = tuple(one for one in may_share if fence.scope(one).shares(path) is not None)
        if fence.is_open_to_all(path) and not is_named:
            of_plans.append(path)
        elif len(holders) == 1:
            held[path] = holders[0][0]
        elif holders and all(chosen in sharing for chosen, _ in holders):
            shared[path] = tuple(chosen for chosen, _ in holders)
        elif holders:
            if by_hunk:
                contested[path] = holders
            else:
                findings.append(_in_two(path, holders, by_hunk=False))
        elif sharing:
            shared[path] = sharing
        else:
            findings.append(_in_none(path, fence, nearest))
    return Assigned(
        sides,
        tuple(of_plans),
        fence.is_open_to_all,
        held,
        contested,
        shared,
        tuple(findings),
    )


def _sides(edited: Sequence[Edit]) -> dict[bytes, Side]:
    """Every changed path as it becomes, in path order; a rename removes its old path."""
    found = {edit.old.path: Side(edit.old.path, 0, "") for edit in edited if edit.is_rename}
    found |= {edit.new.path: edit.new for edit in edited}
    return dict(sorted(found.items()))


def _in_two(path: bytes, holders: Sequence[tuple[Chosen, Entry]], *, by_hunk: bool) -> Diagnostic:
    ids = [chosen.slice_.id for chosen, _ in holders]
    listed = " and ".join(map(repr, ids))
    message = f"the slices {listed} hold '{path_text(path)}'"
    hint = f"take it out of the scope of all but one of them, such as by an exclude of {ids[-1]!r}"
    if by_hunk:
        message += (
            ", which cannot be divided between them: that takes text that is changed in place, "
            "two hunks that do not belong together, and slices in one stack"
        )
    else:
        hint += "; or stack them, and divide it: planner split --by-hunk"
    return PATH_IN_TWO_SLICES.at(
        Location(path_text(path)),
        message,
        hint,
        related=tuple(
            Related(entry.location, f"{chosen.slice_.id!r} holds it by '{entry.text}'")
            for chosen, entry in holders
        ),
        slices=ids,
    )


def _in_none(path: bytes, fence: Fence, nearest: Nearest) -> Diagnostic:
    excluding = fence.excluded_by(path)
    message = f"no open slice holds '{path_text(path)}'"
    if excluding is not None:
        message += f": '{excluding.text}' excludes it"
        related = (Related(excluding.location, "excluded here"),)
        hint = "let one slice include that very path, or change it on a branch of its own"
        return UNASSIGNED_PATH.at(Location(path_text(path)), message, hint, related=related)
    entry = nearest.entry(path)
    near = (Related(entry.location, f"the nearest is '{entry.text}'"),) if entry else ()
    return UNASSIGNED_PATH.at(
        Location(path_text(path)),
        message,
        "add it to the scope of a slice or to 'shared'; planner slice says which slice it is like",
        related=near,
    )


def clashes(
    sides: Mapping[bytes, Side], slice_of: Mapping[bytes, int], below: Sequence[set[int]]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield files and paths below them that cannot be in their slices.

    A file that becomes a folder, or the other way round, has to go before what takes its place.

    Args:
        slice_of: the branch of each path.
        below: for each branch those that it contains, itself included.
    """
    for path, side in sides.items():
        at = path.find(b"/")
        while at >= 0:
            other = path[:at]
            if other in slice_of and path in slice_of:
                gone, new = (other, path) if side.mode else (path, other)
                if slice_of[gone] not in below[slice_of[new]]:
                    yield other, path
            at = path.find(b"/", at + 1)


def inseparable(file: bytes, path: bytes, ids: tuple[str, str]) -> Diagnostic:
    """Return the finding for a file and a path below it that are in two slices."""
    shown = path_text(file), path_text(path)
    return INSEPARABLE_PATHS.at(
        Location(path_text(path)),
        f"'{shown[0]}' is a file on one side and a folder on the other: {ids[0]!r} has "
        f"'{shown[0]}', and {ids[1]!r} has '{shown[1]}'",
        "put both into one slice",
        slices=list(ids),
    )
