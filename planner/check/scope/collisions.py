"""Added paths whose names differ from another only by case or Unicode normal form."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from planner.branch.head import Head
from planner.diagnostic import Diagnostic, Location
from planner.errors import GitError
from planner.paths import path_text
from planner.repository.changes import Change
from planner.repository.folders import FOLDER
from planner.repository.names import refusal
from planner.rules import PATH_COLLISION

_MOST_STEPS: Final = 2_000_000  # names in added paths: a few seconds


# Added paths below one folder, and where the name in that folder starts in each of them. Not a
# NamedTuple, since a few deep paths make hundreds of thousands.
_Added = tuple[int, list[Change]]


def collisions(changes: Iterable[Change], head: Head) -> Iterator[Diagnostic]:
    """Report added paths that differ from another path only by case or Unicode normal form.

    Such a tree cannot be checked out on macOS and Windows. Only the folders of the added paths
    are read, one level after the other.

    Raises:
        GitError: the tree lacks an added path, or there are too many to look at.
    """
    added = [change for change in changes if change.status == "A"]
    level: dict[str, list[_Added]] = {}
    if added:
        level[head.folders.root] = [(0, added)]
    steps = 0
    while level:
        steps += sum(len(some) for group in level.values() for _, some in group)
        if steps > _MOST_STEPS:
            raise GitError(
                f"the added paths have more than {_MOST_STEPS:,} names in all, "
                "which is too much to compare",
                hint="split the change into several pull requests",
            )
        deeper: dict[str, list[_Added]] = {}
        for group, entries in zip(level.values(), head.folders.each(list(level)), strict=True):
            for start, some in group:
                below = _by_name(start, some)
                for name, inner in below.items():
                    if name not in entries:  # it is a part of a name with a slash in it
                        raise refusal(inner[0].path, head.commit)
                    entry = entries[name]
                    if entry.mode == FOLDER:
                        deeper.setdefault(entry.oid, []).append((start + len(name) + 1, inner))
                if len(entries) > 1:
                    yield from _in_folder(below, entries)
        level = deeper


def _by_name(start: int, changes: list[Change]) -> dict[bytes, list[Change]]:
    """Group added paths by their name in the folder."""
    groups: dict[bytes, list[Change]] = {}
    for change in changes:
        end = change.path.find(b"/", start)
        name = change.path[start:end] if end >= 0 else change.path[start:]
        if name in groups:
            groups[name].append(change)
        else:
            groups[name] = [change]
    return groups


def _in_folder(
    added: Mapping[bytes, list[Change]], entries: Iterable[bytes]
) -> Iterator[Diagnostic]:
    """Report the added names of a folder that fold to the same text as another name in it."""
    folded = {name: _folded(name) for name in entries}
    if len(set(folded.values())) == len(folded):  # nearly always
        return
    known: dict[str, list[bytes]] = {}
    for name, text in folded.items():
        known.setdefault(text, []).append(name)
    for name, changes in added.items():
        others = [other for other in known[folded[name]] if other != name]
        if others:
            yield _collision(changes[0], name, others[0])


def _folded(name: bytes) -> str:
    """The name on a file system that ignores case and normal form."""
    if name.isascii():
        return name.decode("ascii").lower()
    text = unicodedata.normalize("NFD", path_text(name))
    return unicodedata.normalize("NFD", text.casefold())


def _collision(change: Change, name: bytes, other: bytes) -> Diagnostic:
    return PATH_COLLISION.at(
        Location(path_text(change.path)),
        f"the names '{path_text(name)}' and '{path_text(other)}' differ only by case or Unicode "
        "normal form; a case-insensitive file system keeps only one of them",
        "choose another name",
        change=change.status,
    )
