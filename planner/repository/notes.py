"""Lines of text in git notes on objects, under refs/notes/planner; concurrent writers lose none.

`git notes append` updates the ref without its old value: of 80 lines of 16 writers it kept 11.
Here every write passes the old value to git, and starts again when that has changed.
"""

import os
import time
from typing import Final

from planner.errors import GitError
from planner.repository.git import Repository
from planner.repository.objects import Objects

REF: Final = "refs/notes/planner"
_LONGEST_S: Final = 10.0
_WAIT_S: Final = 0.05
_FOLDER_MODE: Final = 0o040000
_IDENTITY: Final = {
    "GIT_AUTHOR_NAME": "planner",
    "GIT_AUTHOR_EMAIL": "planner@localhost",
    "GIT_COMMITTER_NAME": "planner",
    "GIT_COMMITTER_EMAIL": "planner@localhost",
}


def read(objects: Objects, oid: str) -> tuple[str, ...]:
    """Return the lines in the notes on an object, in the order they were written.

    git distributes many notes over folders (git-notes(1), "fanout"), and moves those of an object
    there; lines that planner added later are at the top level.
    """
    lines: list[str] = []
    for place in (f"{oid[:2]}/{oid[2:4]}/{oid[4:]}", f"{oid[:2]}/{oid[2:]}", oid):
        content = objects.content(f"{REF}:{place}".encode())
        if content:
            lines.extend(content.decode("utf-8", "replace").split("\n"))
    return tuple(line for line in lines if line.strip())


def append(objects: Objects, oid: str, lines: tuple[str, ...]) -> None:
    """Append lines to the notes on an object: all of them, or none.

    Raises:
        GitError: the ref is locked for ten seconds and nobody writes it, or git failed.
    """
    repository = objects.repository
    end = time.monotonic() + _LONGEST_S
    more = "".join(f"{line}\n" for line in lines).encode()
    while True:
        old = _tip(objects)
        new = _write(objects, old, oid, more)
        before = old or "0" * len(new)
        try:
            repository.run("update-ref", "-m", "planner: record gates", REF, new, before)
        except GitError as error:
            # Another writer was faster, or has the lock. While the others get on, so will this
            # one: only a lock that stays ends the wait.
            if _tip(objects) != old:
                end = time.monotonic() + _LONGEST_S
            elif "File exists" not in error.message or time.monotonic() > end:
                raise _not_recorded(repository, error) from error
            time.sleep(_WAIT_S * os.urandom(1)[0] / 255)
        else:
            return


def _not_recorded(repository: Repository, error: GitError) -> GitError:
    # A killed git leaves its lock behind. The lock names no process, so only the user can tell.
    lock = repository.common_dir / f"{REF}.lock"
    if "File exists" in error.message and lock.exists():
        return GitError(
            f"cannot record gate results: {str(lock)!r} exists",
            hint="another planner or git may be running; if not, remove the file",
        )
    return GitError(f"cannot record gate results: {error.message}", hint="run it again")


def _tip(objects: Objects) -> str:
    ref = objects.oid(REF.encode())
    return ref[0] if ref else ""


def _write(objects: Objects, old: str, oid: str, more: bytes) -> str:
    """Write a commit of the notes with these bytes appended to those of the object."""
    run = objects.repository.run
    entries = []
    before = b""
    for entry in objects.needed_tree(f"{old}^{{tree}}") if old else ():
        if entry.name == oid.encode():
            before = objects.needed(entry.oid, f"the note on {oid[:12]}")
            before += b"" if before.endswith(b"\n") else b"\n"
        else:
            kind = "tree" if entry.mode == _FOLDER_MODE else "blob"
            entries.append(f"{entry.mode:06o} {kind} {entry.oid}\t".encode() + entry.name)
    blob = run("hash-object", "-w", "--stdin", stdin=before + more).strip()
    entries.append(b"100644 blob " + blob + b"\t" + oid.encode())
    listing = b"".join(entry + b"\0" for entry in entries)
    # --missing: a partial clone may lack the notes on other objects.
    tree = run("mktree", "-z", "--missing", stdin=listing)
    parents = ("-p", old) if old else ()
    printed = run(
        "commit-tree", *parents, os.fsdecode(tree).strip(), stdin=b"record gates\n", more=_IDENTITY
    )
    return os.fsdecode(printed).strip()
