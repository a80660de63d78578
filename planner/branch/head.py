"""The tree that is checked: of a commit, of the index, or of the work tree."""

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple

from planner import files
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.errors import GitError, MissingObjectError
from planner.paths import path_bytes
from planner.plan.document.nodes import LARGEST_BYTES
from planner.plan.parse import Parsed, parse
from planner.repository import changes
from planner.repository.folders import (
    CommitFolders,
    Folders,
    ListedFolders,
    index_entries,
)
from planner.repository.objects import TreeEntry

_LINKS: Final = "the target of a symbolic link"
_MOST_MISSING: Final = 20  # git is started again after each


class Link(NamedTuple):
    """A symbolic link: its path, and the object that is its target."""

    path: bytes
    oid: str


class Head:
    """Reads the tree that is checked, and the trees it is compared with."""

    def __init__(self, run: Run, branch: Branch) -> None:
        self._repository = run.repository
        self._objects = run.objects
        self._request = branch.request
        self._branch = branch

    @property
    def commit(self) -> str:
        """The id of the commit that is checked; in the work tree, of the one it is based on."""
        return self._branch.head.commit

    def plan(self, path: str) -> Parsed | None:
        """Return the plan at a path of the tree; None where the work tree lacks it.

        Raises:
            GitError: it is not in this partial clone.
        """
        if self._request.is_worktree:
            content = files.read(self._repository.root / path, most=LARGEST_BYTES + 1)
            return None if content is None else parse(content, path)
        # ":0", since ":1:x" would be another stage of another path.
        return self.plan_at(":0" if self._request.is_staged else self._branch.head.commit, path)

    def plan_at(self, commit: str, path: str) -> Parsed:
        """Return the plan at a path of a commit that has it.

        Raises:
            GitError: it is not in this partial clone.
        """
        name = f"{commit}:{path}"
        entry = self._objects.oid(path_bytes(name))
        content = self._objects.needed(entry[0] if entry else name, f"the plan {name!r}")
        return parse(content, path)

    def tracked(self) -> tuple[bytes, ...]:
        """List the tracked paths of the tree."""
        of_index = self._request.is_staged or self._request.is_worktree
        revision = "" if of_index else self._branch.head.commit
        paths = changes.list_tracked(self._repository, revision)
        if not paths and self._branch.changes:
            raise GitError("git lists no paths of a tree with changes")
        return paths

    def is_trusted_folder(self, path: bytes) -> bool:
        """Return whether a path is a folder in the trusted commit."""
        commit = self._branch.trusted.revision.commit
        entry = self._objects.oid(commit.encode() + b":" + path)
        return entry is not None and entry[1] == "tree"

    @cached_property
    def folders(self) -> Folders:
        """The folders of the tree.

        Raises:
            GitError: git failed.
        """
        if not (self._request.is_staged or self._request.is_worktree):
            return CommitFolders(self._objects, self._branch.head.commit)
        listed = index_entries(self._repository)
        if self._request.is_worktree:
            for change in self._branch.changes:
                if change.status == "D":
                    listed.pop(change.path, None)
                else:
                    listed[change.path] = TreeEntry(change.mode, change.path, change.oid)
        return ListedFolders(listed)

    def link_targets(self, links: Sequence[Link]) -> list[bytes | None]:
        """Return the targets of links, in order; None where this clone does not have one.

        Raises:
            GitError: they are too big, or many of them are not in this partial clone.
        """
        if self._request.is_worktree:
            return [self._target_here(link.path) for link in links]
        try:
            return self._objects.blobs([link.oid for link in links], _LINKS)
        except MissingObjectError:
            # One by one, since git ends at the first one that a partial clone lacks.
            return self._known_targets(links)

    def _target_here(self, path: bytes) -> bytes | None:
        try:
            return os.fsencode((self._repository.root / os.fsdecode(path)).readlink())
        except OSError:
            return None

    def _known_targets(self, links: Sequence[Link]) -> list[bytes | None]:
        targets: list[bytes | None] = []
        for link in links:
            try:
                targets += self._objects.blobs([link.oid], _LINKS)
            except MissingObjectError:
                if targets.count(None) >= _MOST_MISSING:
                    raise
                targets.append(None)
        return targets
