"""The scope of a first plan: what the branch that is checked out changed, as patterns."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from planner.branch.run import Run
from planner.paths import parents, path_bytes
from planner.plan import find
from planner.repository import changes
from planner.scopes.spelling import spelled

_LEAST: Final = 2  # changed files that make a folder: one file is listed by its name


class Changed(NamedTuple):
    """What a branch changed.

    Attributes:
        paths: all of it, the plan's own documents aside, in path order.
        include: the entries of a scope that hold it.
        left_out: the paths that no pattern can spell.
        uncommitted: how many of the paths are not committed as they are in the work tree.
    """

    paths: tuple[bytes, ...] = ()
    include: tuple[Any, ...] = ()
    left_out: tuple[bytes, ...] = ()
    uncommitted: int = 0


def changed(run: Run, merge_base: str, plan: str) -> Changed:
    """Return what the branch and the work tree changed since the merge base.

    Args:
        plan: the path of the plan to write: its documents are accepted for every branch.

    Raises:
        GitError: git failed.
    """
    repository = run.repository
    tracked = frozenset(changes.list_tracked(repository))
    if tracked:
        here = changes.in_worktree(repository, merge_base)
        uncommitted = changes.in_worktree(repository, "HEAD")
    else:  # there it believes no answer without paths
        here = uncommitted = changes.untracked(repository)
    # What the work tree takes back is still in the commits, until that is committed as well.
    touched = {one.path for one in (*changes.between(repository, merge_base, "HEAD"), *here)}
    paths = sorted(touched - set(map(path_bytes, find.documents(plan))))
    gone = {one.path for one in (*here, *uncommitted) if one.status == "D"}
    # Only an entry that names it holds a plan file, such as one in .planner.
    by_name = frozenset(filter(find.is_plan_file([plan]), paths))
    places = _Places(run, frozenset(paths), by_name, tracked, tracked - gone)
    include, left_out = [], []
    for path, entry in places.entries(paths):
        if entry is None:
            left_out.append(path)
        else:
            include.append(entry)
    count = sum(one.path in touched for one in uncommitted)
    return Changed(tuple(paths), tuple(include), tuple(left_out), count)


class _Places:
    """The folders and files that hold what was changed, and nothing that was not."""

    def __init__(
        self,
        run: Run,
        paths: frozenset[bytes],
        by_name: frozenset[bytes],
        tracked: frozenset[bytes],
        left: frozenset[bytes],
    ) -> None:
        self._run = run
        self._by_name = by_name
        self._left = left
        self._kept = {folder for path in left for folder in _folders(path)}
        unchanged = {folder for path in tracked - paths for folder in _folders(path)}
        unchanged |= {folder for path in by_name for folder in _folders(path)}
        counts = Counter(folder for path in paths for folder in _folders(path))
        self._whole = {
            folder
            for folder, count in counts.items()
            if count >= _LEAST and folder not in unchanged
        }

    def entries(self, paths: Collection[bytes]) -> Iterator[tuple[bytes, Any]]:
        """Yield the entries of a scope, each with a path that it holds; None where none can."""
        done: set[bytes] = set()
        for path in paths:
            place = self._place_of(path)
            if place not in done:
                done.add(place)
                text = spelled(place, by_name=place in self._by_name)
                yield path, None if text is None else self._entry(place, text)

    def _place_of(self, path: bytes) -> bytes:
        """The outermost folder that may be listed as a whole, else the path."""
        whole = (folder for folder in _folders(path) if folder in self._whole)
        return next((folder for folder in whole if spelled(folder) is not None), path)

    def _entry(self, place: bytes, text: str) -> Any:  # noqa: ANN401 - YAML
        """A path that is not tracked yet, or not any more, needs `new`."""
        is_there = place in self._kept or (place in self._left and not self._was_folder(place))
        return text if is_there else {"path": text, "new": True}

    def _was_folder(self, path: bytes) -> bool:
        tip = self._run.trusted_tip
        entry = self._run.objects.oid(tip.commit.encode() + b":" + path) if tip else None
        return entry is not None and entry[1] == "tree"


def _folders(path: bytes) -> Iterator[bytes]:
    """The folders that a path is in, the outermost first, each with its slash."""
    return (folder + b"/" for folder in parents(path))
