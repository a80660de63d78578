"""Makes the commits of a branch again on another parent, by whole files: none is ever merged."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from planner.errors import GitError, PlannerError
from planner.paths import parents, shell_text
from planner.repository import lineage
from planner.repository.edits import Side
from planner.repository.git import Repository, oids
from planner.repository.objects import Objects
from planner.repository.writing import Writer


class Replayed(NamedTuple):
    """The end of a branch that was made again.

    Attributes:
        is_empty: whether the new parent has all of it, so that there is no commit.
        conflicts: the paths that the new parent has in another way than the old one.
    """

    commit: str
    is_empty: bool
    conflicts: tuple[bytes, ...] = ()


def start_of(repository: Repository, name: str, starts: Sequence[str], tip: str) -> str:
    """Return where a branch starts: the first of some commits that it contains.

    Raises:
        PlannerError: it contains none of them.
    """
    for start in dict.fromkeys(starts):
        if lineage.contains(repository, tip, start):
            return start
    raise PlannerError(
        f"the branch {name!r} does not start at {starts[-1][:12]} any more",
        hint=f"move it yourself, or take it out: git branch -m {shell_text(name)} NEW-NAME; "
        "then planner split --update",
    )


def own_line(repository: Repository, name: str, start: str, tip: str) -> list[str]:
    """Return where a branch starts, and its commits, the oldest first.

    Raises:
        PlannerError: it has merges.
    """
    words = ("rev-list", "--reverse", "--topo-order", tip, "--not", start)
    commits = oids("rev-list", repository.run(*words))
    if commits != lineage.first_parents(repository, start, tip):
        raise PlannerError(
            f"the branch {name!r} has a merge, which cannot be made again",
            hint="rebase it without the merge, or move it yourself",
        )
    return [start, *commits]


class Replay:
    """Makes commits again, in the place for new objects of a writer."""

    def __init__(self, writer: Writer, objects: Objects) -> None:
        self._writer, self._objects = writer, objects

    def onto(self, parent: str, line: Sequence[str]) -> Replayed:
        """Make commits again on another parent.

        Args:
            line: where they start, and the commits.

        Raises:
            GitError: git failed.
        """
        other = self._changes(line[0], parent)
        net = self._changes(line[0], line[-1])
        if net.items() <= other.items():
            return Replayed(parent, is_empty=True)
        conflicts = _conflicts(net, other)
        if conflicts:
            return Replayed(parent, is_empty=False, conflicts=conflicts)
        tip = parent
        for before, commit in pairwise(line):
            changed = self._changes(before, commit)
            if changed.keys() & other.keys() - net.keys():  # it changed a path there and back
                return Replayed(parent, False, tuple(sorted(changed.keys() & other.keys())))
            wanted = {path: side for path, side in changed.items() if path not in other}
            if wanted:
                tip = self._moved(commit, tip, wanted)
        return Replayed(tip, is_empty=False)

    def _changes(self, before: str, after: str) -> dict[bytes, Side]:
        return {new.path: new for _, new in self._writer.sides(before, after)}

    def _moved(self, commit: str, parent: str, wanted: Mapping[bytes, Side]) -> str:
        tree = self._writer.tree(parent, wanted.values())
        content = self._objects.needed(commit, f"the commit {commit[:12]}")
        made = self._writer.moved_commit(content, tree, parent)
        if self._changes(parent, made) != wanted:
            raise GitError(
                f"{commit[:12]} would change other paths on {parent[:12]}; nothing was made",
                hint="this is a bug in planner: report it",
            )
        return made


def _conflicts(net: Mapping[bytes, Side], other: Mapping[bytes, Side]) -> tuple[bytes, ...]:
    """Return the paths that the new parent has in another way, or has something in the way of."""
    files = {path for path, side in other.items() if side.mode}
    folders = {folder for path in files for folder in parents(path)}
    return tuple(
        path
        for path, side in sorted(net.items())
        if (path in other and other[path] != side)
        or (side.mode and (path in folders or not files.isdisjoint(parents(path))))
    )
