"""Reads git objects through one process: commits, trees and blobs, by any revision.

Revisions and paths are sent on stdin, never in an argument list, so that none can be read as an
option; they end with NUL, so that they may contain newlines.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO, Final, NamedTuple

from planner.errors import GitError, MissingObjectError
from planner.paths import path_bytes, path_text
from planner.repository.git import COMMAND, Repository, last_line, start_error, too_old
from planner.repository.process import Limit, confine

_OID: Final = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")


class TreeEntry(NamedTuple):
    """One name in a tree. `mode` is git's, such as 0o100644, 0o040000 for a folder."""

    mode: int
    name: bytes
    oid: str


# What a ref cannot contain (git-check-ref-format(1)): a name with it is a longer expression.
_NO_REF: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")
_GUESSED: Final = ("refs/", "refs/tags/", "refs/heads/", "refs/remotes/")
_Header = tuple[str, str, str]
LARGEST_BYTES: Final = 16 * 1024 * 1024
"""Of one object: a few hundred kilobytes can inflate to gigabytes."""
_BATCH_BYTES = 16_384  # of names sent at once: fit into any pipe, so writing cannot block


class Objects(AbstractContextManager["Objects"]):
    """The objects of a repository; a context manager that ends its process.

    Every method raises GitError when git is missing, older than 2.38, or fails.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def __exit__(self, *_: object) -> None:
        self._end()

    def commit(self, revision: str) -> str | None:
        """Return the full id of the commit that a revision names, or None."""
        if not revision or any(ord(character) < 32 for character in revision):
            return None
        header = self._ask(b"info", os.fsencode(f"{revision}^{{commit}}"))
        return header[0] if header else None

    def ref(self, name: str) -> str | None:
        """Return the commit of the ref with exactly this full name, or None.

        Without such a ref git guesses: refs/remotes/origin/main can then be the tag
        refs/tags/refs/remotes/origin/main (gitrevisions(7)), which anyone can push.
        """
        if _NO_REF.search(name):
            return None
        commit = self.commit(name)
        if commit is None or not any(self.commit(place + name) for place in _GUESSED):
            return commit
        printed = self.repository.run("show-ref", "--verify", "--hash", name, expect=(0, 1, 128))
        return self.commit(os.fsdecode(printed).strip())

    def is_ambiguous(self, name: str) -> bool:
        """Whether a short name matches several refs with different commits, so git would choose."""
        full = [f"refs/{place}{name}" for place in ("heads/", "remotes/", "tags/")]
        return len({self.ref(one) for one in full} - {None}) > 1

    def oid(self, name: bytes) -> tuple[str, str] | None:
        """Return the id and type of the object with this name (such as b"HEAD:docs"), or None."""
        header = self._ask(b"info", name)
        return header[:2] if header else None

    def tree_of(self, commit: str) -> str | None:
        """Return the id of a commit's tree; None where this clone lacks the commit."""
        found = self._ask(b"info", f"{commit}^{{tree}}".encode())
        return found[0] if found else None

    def blob(self, commit: str, path: str) -> bytes | None:
        """Return the content of the file at a path of a commit; None where there is none."""
        return self.content(path_bytes(f"{commit}:{path}"), f"{path!r} in {commit[:12]}")

    def content(self, name: bytes, what: str = "") -> bytes | None:
        """Return the content of an object, or None when there is no object with this name.

        Args:
            what: what the object is, for the error when it is too big.
        """
        header = self._ask(b"info", name)
        return None if header is None else self._content(header, what or repr(path_text(name)))

    def _content(self, header: "_Header", what: str) -> bytes:
        """Return the content of an object whose size is known: git reads an object as a whole."""
        _refuse_big(header, what)
        self._send(b"contents", (header[0].encode(),))
        return self._received(header)

    def _received(self, header: "_Header") -> bytes:
        """Read the answer to `contents` for an object, which starts with its header once more."""
        size = int(header[2])
        if self._answer(header[0].encode()) != header:
            raise self._stopped()
        content = self._pipes()[1].read(size + 1)
        if len(content) != size + 1:
            raise self._stopped()
        return content[:-1]

    def blobs(self, oids: Sequence[str], what: str) -> list[bytes | None]:
        """Return the contents of many small blobs, in order; None where there is no such blob.

        Args:
            what: what they are, for the error when one, or all together, are too big.
        """
        return list(self._each(oids, "blob", what, most=LARGEST_BYTES))

    def trees(self, oids: Sequence[str]) -> Iterator[tuple[TreeEntry, ...]]:
        """Yield the entries of many trees that must exist; ask for nothing else meanwhile.

        Many are asked for at a time, since waiting for each answer takes longer than reading it.
        """
        for oid, content in zip(oids, self._each(oids, "tree", "a folder"), strict=True):
            if content is None:
                raise _not_in_clone("a folder", oid)
            yield _entries(content, oid)

    def _each(
        self, oids: Sequence[str], kind: str, what: str, most: int = sys.maxsize
    ) -> Iterator[bytes | None]:
        left = most
        for batch in _batches([oid.encode() for oid in oids]):
            self._send(b"info", batch)
            headers = [self._answer(name) for name in batch]
            found = [header for header in headers if header]
            for header in found:
                left -= int(header[2])
                _refuse_big(header, what, left)
                _refuse_other(header, kind)
            self._send(b"contents", [oid.encode() for oid, _, _ in found])
            for answer in headers:
                yield self._received(answer) if answer else None

    def needed(self, oid: str, what: str) -> bytes:
        """Return the content of an object that must exist.

        Raises:
            GitError: it is not in this partial clone.
        """
        content = self.content(oid.encode(), what)
        if content is None:
            raise _not_in_clone(what, oid)
        return content

    def needed_tree(self, name: str) -> tuple[TreeEntry, ...]:
        """Return the entries of a tree that must exist, in git's order.

        Args:
            name: of a tree, or of a commit with `^{tree}`.

        Raises:
            GitError: it is not in this partial clone.
        """
        header = self._ask(b"info", name.encode())
        if header is None:
            raise _not_in_clone("a folder", name)
        _refuse_other(header, "tree")
        return _entries(self._content(header, "a folder"), header[0])

    def tree(self, name: bytes) -> tuple[TreeEntry, ...]:
        """Return the entries of a tree in git's order; none when no tree has this name."""
        header = self.oid(name)
        return self.needed_tree(header[0]) if header and header[1] == "tree" else ()

    def _ask(self, verb: bytes, name: bytes) -> "_Header | None":
        """Return the header of an object: its id, type and size."""
        if b"\0" in name:
            return None
        self._send(verb, (name,))
        return self._answer(name)

    def _send(self, verb: bytes, names: Sequence[bytes]) -> None:
        stdin = self._pipes()[0]
        try:
            stdin.write(b"".join(verb + b" " + name + b"\0" for name in names))
            stdin.flush()
        except OSError as error:
            raise self._stopped() from error

    def _answer(self, name: bytes) -> "_Header | None":
        stdout = self._pipes()[1]
        # The answer for a missing object starts with its name, which may contain newlines.
        lines = name.count(b"\n")
        answer = stdout.readline()
        while lines and name.startswith(answer):
            answer += stdout.readline()
            lines -= 1
        if answer in (name + b" missing\n", name + b" ambiguous\n"):
            return None
        words = answer.decode("ascii", "replace").split()
        if len(words) != 3 or len(words[0]) not in (40, 64) or not words[2].isdigit():
            raise self._stopped()
        return words[0], words[1], words[2]

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Return stdin and stdout of the process, which starts with the first question."""
        if self._process is None:
            try:
                # -z is new in git 2.38: an older git fails here.
                self._process = subprocess.Popen(
                    [*COMMAND, "cat-file", "--batch-command", "-z"],
                    cwd=self.repository.root,
                    env=self.repository.environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
                confine(self._process.pid, Limit())
            except OSError as error:
                raise start_error(error, self.repository.root) from error
        if self._process.stdin is None or self._process.stdout is None:
            raise GitError("git cat-file has no pipes")
        return self._process.stdin, self._process.stdout

    def _end(self) -> str:
        """End the process, and return its stderr; the next question starts another one."""
        process, self._process = self._process, None
        if process is None:
            return ""
        return os.fsdecode(process.communicate()[1])

    def _stopped(self) -> GitError:
        """Return why the process ended without an answer."""
        stderr = self._end()
        if "usage:" in stderr or "unknown switch" in stderr:
            return too_old() or GitError(f"git cat-file failed: {last_line(stderr)}")
        if "promisor" in stderr or "not allowed" in stderr:
            oid = _OID.search(stderr)
            return _not_in_clone("an object", oid[0] if oid else "")
        return GitError(f"git cat-file failed: {last_line(stderr)}")


def _not_in_clone(what: str, oid: str) -> MissingObjectError:
    return MissingObjectError(
        f"{what} is not in this partial clone",
        hint=f"fetch it: git cat-file -e {oid}" if oid else "planner check-scope --fetch",
    )


def _batches(names: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield the names in order, as many at a time as fit into a pipe."""
    batch: list[bytes] = []
    size = 0
    for name in names:
        if batch and size + len(name) > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += len(name) + 10
    if batch:
        yield batch


def _refuse_big(header: "_Header", what: str, left: int = LARGEST_BYTES) -> None:
    oid, _, size = header
    if int(size) > LARGEST_BYTES or left < 0:
        raise GitError(
            f"{what} is too big: at most {LARGEST_BYTES:,} bytes are read, "
            f"and the object {oid[:12]} has {int(size):,}",
            hint="make it smaller, or remove it from the branch",
        )


def _refuse_other(header: "_Header", kind: str) -> None:
    if header[1] != kind:
        raise GitError(
            f"the object {header[0][:12]} is a {header[1]}, not a {kind}", hint="git fsck"
        )


def _entries(content: bytes, oid: str) -> tuple[TreeEntry, ...]:
    """Read the content of a tree whose id is given.

    Raises:
        GitError: it is not the content of a tree.
    """
    found = _ENTRIES[len(oid) // 2].findall(content)
    width = 2 + len(oid) // 2
    if sum(len(mode) + len(name) + width for mode, name, _ in found) != len(content):
        raise GitError(f"the folder {oid[:12]} is corrupt", hint="git fsck")
    modes = {mode: int(mode, 8) for mode in {mode for mode, _, _ in found}}
    return tuple(TreeEntry(modes[mode], name, entry.hex()) for mode, name, entry in found)


_ENTRIES: Final = {  # by the bytes of an object id
    width: re.compile(rb"([0-7]{1,6}) ([^\0]+)\0(.{%d})" % width, re.DOTALL) for width in (20, 32)
}
