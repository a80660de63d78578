"""Symbolic links that lead out of the repository, or out of what a branch may touch."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from planner.branch.head import Head, Link
from planner.diagnostic import Diagnostic, Location, Severity
from planner.errors import GitError
from planner.paths import path_text
from planner.repository.changes import SYMLINK, Change
from planner.repository.folders import FOLDER
from planner.repository.names import is_git_folder
from planner.repository.objects import TreeEntry
from planner.rules import SYMLINK_ESCAPE

_MOST_FOLLOWED: Final = 40  # as Linux, path_resolution(7): more count as a loop
_MOST_STEPS: Final = 2_000_000  # for all links together: a few seconds
_MOST_KNOWN: Final = 200_000  # entries of folders that are kept


def escapes(
    changes: Iterable[Change], head: Head, accepts: Callable[[bytes], bool]
) -> Iterator[Diagnostic]:
    """Report links that a branch adds or changes: an error if one leaves the repository.

    Args:
        accepts: whether the branch may touch a path.

    Raises:
        GitError: the targets are too long or too many.
    """
    links = [one for one in changes if one.mode == SYMLINK and one.status != "D"]
    if not links:
        return
    targets = head.link_targets([Link(change.path, change.oid) for change in links])
    resolver = _Resolver(head)
    for change, text in zip(links, targets, strict=True):
        if text is None:
            yield _link(change, "warning", "is a symbolic link whose target is not in this clone")
            continue
        target = resolver.resolved(change.path, text)
        shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + b"..."
        link = f"is a symbolic link to '{path_text(shown)}', which"
        if target is None:
            yield _link(change, "error", f"{link} is outside the repository")
        elif not accepts(target) and not accepts(target + b"/x"):
            yield _link(change, "warning", f"{link} the branch may not touch")


_MOST_SHOWN: Final = 200


def _link(change: Change, severity: Severity, what: str) -> Diagnostic:
    return SYMLINK_ESCAPE.at(
        Location(path_text(change.path)),
        what,
        "link to a path that the slice accepts",
        severity=severity,
        change=change.status,
    )


class _Resolver:
    """Follows links as the system does: `..` after a link goes up from its target."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._root = TreeEntry(FOLDER, b"", head.folders.root)
        self._known: dict[str, Mapping[bytes, TreeEntry]] = {}
        self._count = 0
        self._steps = 0

    def resolved(self, path: bytes, target: bytes) -> bytes | None:
        """Return the path that a link leads to; None when it leaves the repository."""
        names = path.split(b"/")[:-1]
        # What each of the names is, the root in front; None: nothing has that path.
        entries: list[TreeEntry | None] = [self._root]
        for name in names:
            entries.append(self._below(entries[-1], name))
        left = target.split(b"/")[::-1]
        followed = 0
        if target.startswith(b"/") or not target:
            return None
        while left:
            name = left.pop()
            if name == b"..":
                if not names:
                    return None
                names.pop()
                entries.pop()
            elif name not in (b"", b"."):
                entry = self._below(entries[-1], name)
                if is_git_folder(name):
                    return None
                if entry is None or entry.mode != SYMLINK:
                    names.append(name)
                    entries.append(entry)
                    continue
                followed += 1
                inner = self._target(b"/".join([*names, name]), entry)
                if followed > _MOST_FOLLOWED or inner.startswith(b"/"):
                    return None
                left.extend(inner.split(b"/")[::-1])
        return b"/".join(names) or b"."

    def _below(self, folder: TreeEntry | None, name: bytes) -> TreeEntry | None:
        """Return what has a name in a folder."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise GitError(
                "the targets of the symbolic links have more than "
                f"{_MOST_STEPS:,} names in all, which is too much to follow",
                hint="split the change into several pull requests",
            )
        if folder is None or folder.mode != FOLDER:
            return None
        place = folder.oid
        if place not in self._known:
            if self._count > _MOST_KNOWN:
                self._known.clear()
                self._count = 0
            [self._known[place]] = self._head.folders.each([place])
            self._count += len(self._known[place])
        return self._known[place].get(name)

    def _target(self, path: bytes, entry: TreeEntry) -> bytes:
        """Return the target of a link on the way.

        Raises:
            GitError: it is not in this clone.
        """
        [target] = self._head.link_targets([Link(path, entry.oid)])
        if target is None:
            raise GitError(
                f"the link '{path_text(path)}' is not in this partial clone",
                hint=f"fetch it: git cat-file -e {entry.oid}",
            )
        return target
