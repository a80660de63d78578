"""Writes trees, commits and many refs at once; index, HEAD and work tree stay as they are.

Objects are made in a git folder of planner's own, and reach the repository only when they are kept.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.paths import path_bytes
from planner.repository import packed_refs
from planner.repository.authors import Signature
from planner.repository.edits import RAW, Side, read_raw
from planner.repository.git import Repository, oids
from planner.repository.own_folder import OwnFolder, own_folder
from planner.repository.process import Limit

_LIMIT: Final = Limit(size=512 * 1024 * 1024, what="the change", hint="split a part of it")


@contextlib.contextmanager
def writing(repository: Repository, *, is_sha256: bool) -> Iterator["Writer"]:
    """Make a place for new objects, and remove it at the end of the context.

    Raises:
        GitError: there is no room for temporary files.
    """
    with own_folder(repository, is_sha256=is_sha256) as folder:
        yield Writer(repository, folder, oid_length=64 if is_sha256 else 40)


class Writer:
    """Makes objects of a repository in a folder that is removed, unless they are kept."""

    def __init__(self, repository: Repository, folder: OwnFolder, *, oid_length: int) -> None:
        self._repository = repository
        self._folder = folder
        self._none = "0" * oid_length
        self._index = {"GIT_INDEX_FILE": str(folder.place / "index")}

    def _run(self, *words: str, stdin: bytes = b"") -> bytes:
        return self._folder.run(*words, stdin=stdin, limit=_LIMIT, more=self._index)

    def _oid(self, *words: str, stdin: bytes = b"") -> str:
        [oid] = oids(words[0], self._run(*words, stdin=stdin)) or ("",)
        return oid

    def tree(self, start: str, sides: Iterable[Side]) -> str:
        """Return a tree that differs from another one in some paths.

        Args:
            start: the tree or commit to start from.
            sides: the paths as they become; what is to go has the mode 0.
        """
        self._run("read-tree", start)
        ordered = sorted(sides, key=lambda side: (bool(side.mode), side.path))
        listed = (
            b"%o %b\t%b\0" % (side.mode, (side.oid or self._none).encode(), side.path)
            for side in ordered
        )
        self._run("update-index", "-z", "--index-info", stdin=b"".join(listed))
        # --missing-ok: a partial clone may lack blobs, but has their ids.
        return self._oid("write-tree", "--missing-ok")

    def commit(
        self, tree: str, parents: Sequence[str], signature: Signature, message: bytes
    ) -> str:
        """Return a commit; what is the same has the same id."""
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        lines += [b"author " + signature.author, b"committer " + signature.committer]
        content = b"\n".join(lines) + b"\n\n" + message
        return self._oid("hash-object", "-t", "commit", "-w", "--stdin", stdin=content)

    def moved_commit(self, content: bytes, tree: str, parent: str) -> str:
        """Return a commit as another one, but with another tree and parent, and unsigned.

        Args:
            content: that of the other commit.
        """
        head, _, message = content.partition(b"\n\n")
        lines = [b"tree " + tree.encode(), b"parent " + parent.encode()]
        lines += re.findall(rb"^(?:author|committer|encoding) .*$", head, re.MULTILINE)
        moved = b"\n".join(lines) + b"\n\n" + message
        return self._oid("hash-object", "-t", "commit", "-w", "--stdin", stdin=moved)

    def blob(self, content: bytes) -> str:
        """Return a blob of exactly these bytes."""
        return self._oid("hash-object", "-w", "--stdin", "--no-filters", stdin=content)

    def file(self, name: str, content: bytes) -> str:
        """Return a tree of one file."""
        listed = b"100644 blob %b\t%b\0" % (self.blob(content).encode(), path_bytes(name))
        return self._oid("mktree", "-z", stdin=listed)

    def sides(self, before: str, after: str) -> tuple[tuple[Side, Side], ...]:
        """Return what differs between two trees or commits: each path as it was and as it is."""
        words = (*RAW, "--no-renames", "--end-of-options", before, after, "--")
        sides, more = read_raw(self._run(*words))
        if more:
            raise GitError(f"git diff-tree printed an unknown line: {more[0][:80]!r}")
        return tuple(sides)

    def tree_of(self, commit: str) -> str:
        """Return the tree of a commit, also of one that was just made."""
        return self._oid("rev-parse", "--verify", f"{commit}^{{tree}}")

    def keep(self) -> None:
        """Bring all objects that were made into the repository."""
        made = sorted(
            path.parent.name + path.name for path in self._folder.place.glob("objects/??/*")
        )
        if made:
            listed = b"".join(oid.encode() + b"\n" for oid in made)
            pack = self._run("pack-objects", "-q", "--stdout", stdin=listed)
            self._repository.run("unpack-objects", "-q", stdin=pack, limit=_LIMIT)


class RefChange(NamedTuple):
    """What is to become of a ref.

    Attributes:
        ref: its full name.
        new: what it is to name; empty where it is to go.
        old: what it names now; empty where there must be none.
    """

    ref: str
    new: str
    old: str = ""


def change_refs(repository: Repository, changes: Sequence[RefChange], message: str) -> None:
    """Change refs: all of them, or none where one is not as it should be.

    Where all of them are new, no kill can cut it in two.

    Raises:
        GitError: git refuses one of them, or another process keeps a lock.
    """
    if packed_refs.is_possible(repository) and not any(one.old for one in changes):
        packed_refs.create(repository, {one.ref: one.new for one in changes})
        return
    # With `start`, git changes nothing where its input ends before `commit`.
    lines = ["start", *map(_instruction, changes), "prepare", "commit", ""]
    words = ("update-ref", "-m", message, "--no-deref", "-z", "--stdin")
    try:
        repository.run(*words, stdin=path_bytes("\0".join(lines)))
    except GitError as error:
        raise GitError(error.message, hint=error.hint or _hint(error.message)) from error


def _hint(message: str) -> str:
    """What to do, by what git says; it prints more than the line that is told."""
    if ".lock': File exists" in message:
        return packed_refs.LOCKED
    is_moved = "cannot lock ref" in message and "Unable to create" not in message
    return "run it again: another process has changed the branch" if is_moved else ""


def _instruction(change: RefChange) -> str:
    if not change.new:
        return f"delete {change.ref}\0{change.old}"
    if not change.old:
        return f"create {change.ref}\0{change.new}"
    return f"update {change.ref}\0{change.new}\0{change.old}"
