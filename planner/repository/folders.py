"""The folders of a tree, read one level at a time: of a commit, or of a list of paths.

A path of thousands of folders is never split or joined: a folder is known by its place.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from planner.errors import GitError
from planner.paths import path_bytes, path_text
from planner.repository.git import Repository
from planner.repository.objects import Objects, TreeEntry

FOLDER: Final = 0o040000


class Folders(Protocol):
    """The folders of a tree. The `oid` of an entry that is a folder is its place."""

    @property
    def root(self) -> str:
        """The place of the root."""

    def each(self, places: Sequence[str]) -> Iterator[Mapping[bytes, TreeEntry]]:
        """Yield the entries of folders by name; ask for nothing else meanwhile."""


class CommitFolders:
    """The folders of a commit; the place of one is the id of its tree."""

    def __init__(self, objects: Objects, commit: str) -> None:
        self._objects = objects
        self.root = objects.tree_of(commit) or ""

    def each(self, places: Sequence[str]) -> Iterator[Mapping[bytes, TreeEntry]]:
        """Yield the entries of folders by name."""
        for entries in self._objects.trees(places):
            yield {entry.name: entry for entry in entries}


class ListedFolders:
    """The folders of a list of paths; the place of one is its path, with a slash at the end.

    Args:
        listed: by path what is there; the names in it do not matter.
    """

    root = ""

    def __init__(self, listed: Mapping[bytes, TreeEntry]) -> None:
        self._listed = listed
        self._paths = sorted(listed)

    def each(self, places: Sequence[str]) -> Iterator[Mapping[bytes, TreeEntry]]:
        """Yield the entries of folders by name."""
        for place in places:
            yield {entry.name: entry for entry in self._entries(path_bytes(place))}

    def _entries(self, folder: bytes) -> Iterator[TreeEntry]:
        paths = self._paths
        at = bisect_left(paths, folder)
        while at < len(paths) and paths[at].startswith(folder):
            name, slash, _ = paths[at][len(folder) :].partition(b"/")
            if slash:
                below = folder + name + slash
                yield TreeEntry(FOLDER, name, path_text(below))
                at = bisect_left(paths, below[:-1] + b"0", at)  # `0` comes next after the slash
            else:
                yield self._listed[paths[at]]._replace(name=name)
                at += 1


def index_entries(repository: Repository) -> dict[bytes, TreeEntry]:
    """Return what is in the index, by path; of a path in conflict, its last version.

    Raises:
        GitError: git is missing or failed, or its output is incomplete.
    """
    printed = repository.run("ls-files", "-z", "--cached", "--stage", "--full-name")
    *lines, end = printed.split(b"\0")
    entries = {}
    for line in lines:
        head, _, path = line.partition(b"\t")
        words = head.split(b" ")
        if len(words) != 3 or not path:
            raise GitError("git did not print the entries of the index")
        entries[path] = TreeEntry(int(words[0], 8), path, words[1].decode("ascii", "replace"))
    if end:
        raise GitError("git did not print the entries of the index")
    return entries
