"""Which paths of two commits cannot be merged, told by a merge that leaves nothing behind."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from planner.errors import GitError, MissingObjectError
from planner.repository.objects import Objects
from planner.repository.own_folder import OwnFolder
from planner.repository.process import Limit

_LIMIT: Final = Limit(
    cpu_s=30,
    what="the merge",
    hint="merge the base into the branch, or split the branch",
)
_CONFLICT: Final = "CONFLICT ("


class Conflict(NamedTuple):
    """A path in conflict, as it stands in one of the commits.

    Attributes:
        kinds: what git calls it, such as `contents` or `modify/delete`.
    """

    path: bytes
    kinds: tuple[str, ...]


def conflicts(folder: OwnFolder, objects: Objects, ours: str, theirs: str) -> tuple[Conflict, ...]:
    """List the paths that a merge of two commits leaves in conflict, in path order.

    Args:
        folder: where the merge is computed.
        objects: of the repository that has the commits.

    Raises:
        GitError: git cannot merge them, or needs too long.
    """
    for commit in (ours, theirs):  # older versions of git take a tree that is missing for empty
        if objects.tree_of(commit) is None:
            raise MissingObjectError(
                f"the tree of {commit[:12]} is not in this clone",
                hint=f"git cat-file -e {commit}^{{tree}}",
            )
    words = ("merge-tree", "--write-tree", "-z", ours, theirs)
    # 0 and 1 are the answers of git: without conflict, and with one.
    printed = folder.run(*words, expect=(0, 1), limit=_LIMIT)
    tree, _, rest = printed.partition(b"\0")
    if len(tree) != len(ours):
        raise GitError("git merge-tree did not print a tree")
    if not rest:  # git prints nothing else of a merge without a conflict
        return ()
    staged, records = _parse(rest)
    kinds: dict[bytes, list[str]] = {path: [] for path in staged}
    for kind, paths in records:
        for path in paths:
            kinds.setdefault(path, []).append(kind)
    if not kinds:
        raise GitError("git merge-tree names no path of a merge with a conflict")
    # git makes up names, such as `a.txt~COMMIT` for a file in the way of a folder. The record that
    # has such a name also has the real one.
    is_there = _Trees(objects, (ours, theirs))
    named = [path for path in sorted(kinds) if is_there.has(path)] or sorted(kinds)
    return tuple(Conflict(path, tuple(dict.fromkeys(kinds[path]))) for path in named)


def _parse(rest: bytes) -> tuple[set[bytes], list[tuple[str, list[bytes]]]]:
    """Return the paths that are in conflict, and the records of conflicts with theirs.

    The format is of git-merge-tree(1) with -z: `MODE OID STAGE TAB PATH NUL` for each entry, NUL,
    then for each message `COUNT NUL`, so many paths, the kind and the text, each with a NUL.
    """
    fields = iter(rest.split(b"\0"))
    staged = {entry.partition(b"\t")[2] for entry in iter(lambda: next(fields, b""), b"")}
    records = []
    for count in fields:
        if not count.isdigit():
            break
        paths = [next(fields, b"") for _ in range(int(count))]
        kind = next(fields, b"").decode("utf-8", "replace")
        if next(fields, None) is None or b"" in (*staged, *paths):
            raise GitError("the output of git merge-tree ends within a record")
        if kind.startswith(_CONFLICT):
            records.append((kind.removeprefix(_CONFLICT).removesuffix(")"), paths))
    return staged, records


class _Trees:
    """Tells which paths are in one of several commits; also submodules, which are no objects."""

    def __init__(self, objects: Objects, commits: Iterable[str]) -> None:
        self._objects = objects
        self._commits = tuple(commits)
        self._names: dict[bytes, set[bytes]] = {}

    def has(self, path: bytes) -> bool:
        folder, _, name = path.rpartition(b"/")
        if folder not in self._names:
            self._names[folder] = set(self._listed(folder))
        return name in self._names[folder]

    def _listed(self, folder: bytes) -> Iterator[bytes]:
        for commit in self._commits:
            for entry in self._objects.tree(commit.encode() + b":" + folder):
                yield entry.name
