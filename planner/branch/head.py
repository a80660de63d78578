"""The tree that is checked: of a commit, of the index, or of the work tree."""

import os
from collections.abc import Sequence

from planner import files
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.errors import GitError
from planner.paths import path_bytes, path_text
from planner.plan.parse import Parsed, parse
from planner.repository import changes
from planner.repository.changes import SYMLINK, Change


class Head:
    """Reads the tree that is checked, and the trees it is compared with."""

    def __init__(self, run: Run, branch: Branch) -> None:
        self._repository = run.repository
        self._objects = run.objects
        self._request = branch.request
        self._branch = branch

    def plan(self, path: str) -> Parsed | None:
        """Return the plan at a path of the tree; None where the work tree lacks it.

        Raises:
            GitError: it is not in this partial clone.
        """
        if self._request.is_worktree:
            content = files.read(self._repository.root / path)
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

    def link_target(self, change: Change) -> bytes | None:
        """Return the target of a link; None when this clone does not have it."""
        if self._request.is_worktree:
            try:
                return os.fsencode((self._repository.root / os.fsdecode(change.path)).readlink())
            except OSError:
                return None
        try:
            return self._objects.content(change.oid.encode())
        except GitError:
            return None  # a partial clone without this blob: a warning

    def link_at(self, path: bytes) -> bytes | None:
        """Return the target of the link at a path of the tree; None where there is none."""
        if self._request.is_worktree:
            place = self._repository.root / os.fsdecode(path)
            return os.fsencode(place.readlink()) if place.is_symlink() else None
        changed = next((c for c in self._branch.changes if c.path == path), None)
        if changed is not None:
            return self.link_target(changed) if changed.mode == SYMLINK else None
        folder, _, name = path.rpartition(b"/")
        at = self._branch.head.commit.encode() + b":" + folder
        for entry in self._objects.tree(at):
            if entry.name == name and entry.mode == SYMLINK:
                return self._objects.needed(entry.oid, f"the link '{path_text(path)}'")
        return None

    def names_in(self, folders: Sequence[bytes]) -> dict[bytes, set[bytes]]:
        """Return by folder the names in it (b"" is the root)."""
        at = self._branch.head.commit.encode() + b":"
        trees = self._objects.trees([at + folder for folder in folders])
        names = {f: {entry.name for entry in trees[at + f]} for f in folders}
        if self._request.is_staged or self._request.is_worktree:
            for change in self._branch.changes:
                folder, _, name = change.path.rpartition(b"/")
                if change.status == "D":
                    names.get(folder, set()).discard(name)
                    continue
                place = change.path
                while place:
                    folder, _, name = place.rpartition(b"/")
                    if folder in names:
                        names[folder].add(name)
                    place = folder
        return names
