"""Links that lead out of the scope, and names that differ only by case."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from planner.branch.head import Head
from planner.diagnostic import Diagnostic, Location, Severity
from planner.paths import path_text
from planner.repository.changes import SYMLINK, Change
from planner.rules import PATH_COLLISION, SYMLINK_ESCAPE

_MOST_LINKS: Final = 40  # as Linux, path_resolution(7): more count as a loop


def escapes(
    changes: Iterable[Change], head: Head, accepts: Callable[[bytes], bool]
) -> Iterator[Diagnostic]:
    """Report links that a branch adds or changes: an error if one leaves the repository.

    Args:
        accepts: whether the branch may touch a path.
    """
    for change in changes:
        if change.mode != SYMLINK or change.status == "D":
            continue
        text = head.link_target(change)
        if text is None:
            yield _link(change, "warning", "is a symbolic link whose target is not in this clone")
            continue
        target = _resolved(change.path, text, head)
        link = f"is a symbolic link to '{path_text(text)}', which"
        if target is None:
            yield _link(change, "error", f"{link} is outside the repository")
        elif not accepts(target) and not accepts(target + b"/x"):
            yield _link(change, "warning", f"{link} the branch may not touch")


def _resolved(path: bytes, target: bytes, head: Head) -> bytes | None:
    """The path that a link leads to; None when it leaves the repository.

    Links on the way are followed, as the system does: `..` after a link goes up from its target.
    """
    place = path.split(b"/")[:-1]
    left = target.split(b"/")[::-1]
    followed = 0
    if target.startswith(b"/") or not target:
        return None
    while left:
        name = left.pop()
        if name == b".." and not place:
            return None
        if name == b"..":
            place.pop()
        elif name not in (b"", b"."):
            inner = head.link_at(b"/".join([*place, name]))
            followed += inner is not None
            if name.lower() == b".git" or followed > _MOST_LINKS:
                return None
            if inner is None:
                place.append(name)
            elif inner.startswith(b"/"):
                return None
            else:
                left.extend(inner.split(b"/")[::-1])
    return b"/".join(place) or b"."


def _link(change: Change, severity: Severity, what: str) -> Diagnostic:
    return SYMLINK_ESCAPE.at(
        Location(path_text(change.path)),
        what,
        "link to a path that the slice accepts",
        severity=severity,
        change=change.status,
    )


def collisions(changes: Iterable[Change], head: Head) -> Iterator[Diagnostic]:
    """Report added paths that differ from another path only by case or Unicode normal form.

    Such a tree cannot be checked out on macOS and Windows. Only the folders of the added paths
    are read.
    """
    added: dict[bytes, Change] = {}
    for change in changes:
        place = change.path if change.status == "A" else b""
        while place and place not in added:
            added[place] = change
            place = place.rpartition(b"/")[0]
    folders = {place.rpartition(b"/")[0] for place in added}
    known: dict[tuple[bytes, str], list[bytes]] = {}
    for folder, names in head.names_in(sorted(folders)).items():
        for name in names:
            known.setdefault((folder, _folded(name)), []).append(name)
    for place, change in added.items():
        folder, _, name = place.rpartition(b"/")
        others = [other for other in known.get((folder, _folded(name)), ()) if other != name]
        if others:
            yield _collision(change, name, others[0])


def _folded(name: bytes) -> str:
    """The name on a file system that ignores case and normal form."""
    if name.isascii():
        return name.decode("ascii").lower()
    return unicodedata.normalize("NFC", path_text(name).casefold())


def _collision(change: Change, name: bytes, other: bytes) -> Diagnostic:
    return PATH_COLLISION.at(
        Location(path_text(change.path)),
        f"the names '{path_text(name)}' and '{path_text(other)}' differ only by case or Unicode "
        "normal form; a case-insensitive file system keeps only one of them",
        "choose another name",
        change=change.status,
    )
