"""The folders of a tree, read one level at a time: of a commit, or of a list of paths.

A path of thousands of folders is never split or joined: a folder is known by its place.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from planner.errors import GitError
from planner.repository.git import Repository
from planner.repository.objects import Objects

FOLDER: Final = 0o040000


class Entry(NamedTuple):
    """What a name in a folder is: git's mode and, of a file, its object; of a folder, its place."""

    mode: int
    oid: str = ""
    place: Hashable = None


class Folders(Protocol):
    """The folders of a tree. The place of a folder is anything that can be a key."""

    @property
    def root(self) -> Hashable:
        """The place of the root."""

    def each(self, places: Sequence[Hashable]) -> Iterator[Mapping[bytes, Entry]]:
        """Yield the entries of folders by name; ask for nothing else meanwhile."""


class CommitFolders:
    """The folders of a commit; the place of one is the id of its tree."""

    def __init__(self, objects: Objects, commit: str) -> None:
        self._objects = objects
        self.root = objects.tree_of(commit)

    def each(self, places: Sequence[Hashable]) -> Iterator[Mapping[bytes, Entry]]:
        """Yield the entries of folders by name."""
        for entries in self._objects.trees([str(place) for place in places]):
            yield {name: Entry(mode, oid, oid) for mode, name, oid in entries}


class ListedFolders:
    """The folders of a list of paths; the place of one is its path, with a slash at the end."""

    root = b""

    def __init__(self, listed: Mapping[bytes, Entry]) -> None:
        self._listed = listed
        self._paths = sorted(listed)

    def each(self, places: Sequence[Hashable]) -> Iterator[Mapping[bytes, Entry]]:
        """Yield the entries of folders by name."""
        for place in places:
            yield dict(self._entries(place)) if isinstance(place, bytes) else {}

    def _entries(self, folder: bytes) -> Iterator[tuple[bytes, Entry]]:
        paths = self._paths
        at = bisect_left(paths, folder)
        while at < len(paths) and paths[at].startswith(folder):
            name, slash, _ = paths[at][len(folder) :].partition(b"/")
            if slash:
                below = folder + name + slash
                yield name, Entry(FOLDER, place=below)
                at = bisect_left(paths, below[:-1] + b"0", at)  # `0` comes next after the slash
            else:
                yield name, self._listed[paths[at]]
                at += 1


def index_entries(repository: Repository) -> dict[bytes, Entry]:
    """Return what is in the index, by path; of a path in conflict, its last version.

    Raises:
        GitError: git is missing or failed, or its output is incomplete.
    """
    *lines, end = repository.run("ls-files", "-z", "--cached", "--stage", "--full-name").split(
        b"\0"
    )
    entries = {}
    for line in lines:
        head, _, path = line.partition(b"\t")
        words = head.split(b" ")
        if len(words) != 3 or not path:
            raise GitError("git did not print the entries of the index")
        entries[path] = Entry(int(words[0], 8), words[1].decode("ascii", "replace"))
    if end:
        raise GitError("git did not print the entries of the index")
    return entries
