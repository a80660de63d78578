"""Added paths whose names differ from another only by case or Unicode normal form."""

import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from planner.branch.head import Head
from planner.diagnostic import Diagnostic, Location
from planner.errors import GitError
from planner.paths import path_text
from planner.repository.changes import Change
from planner.repository.folders import FOLDER, Entry
from planner.repository.names import refusal
from planner.rules import PATH_COLLISION

_MOST_STEPS: Final = 2_000_000  # names in added paths: a few seconds


class _Added(NamedTuple):
    """Added paths below one folder; `start` is where the name in that folder starts in each."""

    start: int
    changes: list[Change]


def collisions(changes: Iterable[Change], head: Head) -> Iterator[Diagnostic]:
    """Report added paths that differ from another path only by case or Unicode normal form.

    Such a tree cannot be checked out on macOS and Windows. Only the folders of the added paths
    are read, one level after the other.

    Raises:
        GitError: the tree lacks an added path, or there are too many to look at.
    """
    added = [change for change in changes if change.status == "A"]
    level: dict[Hashable, list[_Added]] = {}
    if added:
        level[head.folders.root] = [_Added(0, added)]
    steps = 0
    while level:
        steps += sum(len(one.changes) for group in level.values() for one in group)
        if steps > _MOST_STEPS:
            raise GitError(
                f"the added paths have more than {_MOST_STEPS:,} names in all, "
                "which is too much to compare",
                hint="split the change into several pull requests",
            )
        deeper: dict[Hashable, list[_Added]] = {}
        for group, entries in zip(level.values(), head.folders.each(list(level)), strict=True):
            for one in group:
                below = _by_name(one)
                for name, step in below.items():
                    if name not in entries:  # it is a part of a name with a slash in it
                        raise refusal(step.changes[0].path, head.commit)
                    _descend(step, entries[name], deeper)
                if len(entries) > 1:
                    yield from _in_folder(below, entries)
        level = deeper


def _by_name(added: _Added) -> dict[bytes, _Added]:
    """Group added paths by their name in the folder."""
    start = added.start
    groups: dict[bytes, _Added] = {}
    for change in added.changes:
        end = change.path.find(b"/", start)
        name = change.path[start:end] if end >= 0 else change.path[start:]
        if name not in groups:
            groups[name] = _Added(start + len(name) + 1, [])
        groups[name].changes.append(change)
    return groups


def _descend(added: _Added, entry: Entry, deeper: dict[Hashable, list[_Added]]) -> None:
    """Note the added paths that continue below a name."""
    if entry.mode != FOLDER:
        return
    inner = [change for change in added.changes if len(change.path) >= added.start]
    if inner:
        deeper.setdefault(entry.place, []).append(added._replace(changes=inner))


def _in_folder(added: Mapping[bytes, _Added], entries: Iterable[bytes]) -> Iterator[Diagnostic]:
    """Report the added names of a folder that fold to the same text as another name in it."""
    known: dict[str, list[bytes]] = {}
    for name in entries:
        known.setdefault(_folded(name), []).append(name)
    for name, (_, changes) in added.items():
        others = [other for other in known[_folded(name)] if other != name]
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
