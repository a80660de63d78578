"""Lines of text kept as git notes on objects, under refs/notes/planner; writers lose nothing.

`git notes append` updates the ref without its old value: of 80 lines of 16 writers it kept 11.
Here every write names the value that it read, and begins again when that has moved.
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
    """The lines that are noted on an object, in the order of their writing.

    git spreads many notes over folders (git-notes(1), "fanout"), and gathers all of an object's
    there; what planner added since stands at the top.
    """
    found: list[str] = []
    for place in (f"{oid[:2]}/{oid[2:4]}/{oid[4:]}", f"{oid[:2]}/{oid[2:]}", oid):
        content = objects.content(f"{REF}:{place}".encode())
        if content:
            found.extend(content.decode("utf-8", "replace").split("\n"))
    return tuple(line for line in found if line.strip())


def append(repository: Repository, oid: str, lines: tuple[str, ...]) -> None:
    """Note lines on an object, behind those that are there; all of them, or none.

    Raises:
        GitError: other writers came first for ten seconds, or git stopped.
    """
    end = time.monotonic() + _LONGEST_S
    more = "".join(f"{line}\n" for line in lines).encode()
    with Objects(repository) as objects:
        while True:
            old = _tip(objects)
            new = _written(repository, objects, old, oid, more)
            before = old or "0" * len(new)
            try:
                repository.run("update-ref", "-m", "planner: record gates", REF, new, before)
            except GitError as error:
                if not _was_late(objects, old, error) or time.monotonic() > end:
                    raise _not_recorded(repository, error) from error
                time.sleep(_WAIT_S * os.urandom(1)[0] / 255)
            else:
                return


def _was_late(objects: Objects, old: str, error: GitError) -> bool:
    """Whether another writer came first, or is about to: it holds the lock."""
    return "File exists" in error.message or _tip(objects) != old


def _not_recorded(repository: Repository, error: GitError) -> GitError:
    # A git that is killed leaves its lock. No process is named in it, so only a person can tell.
    lock = repository.common_dir / f"{REF}.lock"
    if "File exists" in error.message and lock.exists():
        return GitError(
            f"cannot record gate results: {str(lock)!r} exists",
            hint="another planner or git may be running; if not, remove the file",
        )
    return GitError(f"cannot record gate results: {error.message}", hint="run it again")


def _tip(objects: Objects) -> str:
    found = objects.oid(REF.encode())
    return found[0] if found else ""


def _written(repository: Repository, objects: Objects, old: str, oid: str, more: bytes) -> str:
    """A commit of the notes with these bytes added to those of the object."""
    entries = []
    before = b""
    for entry in objects.needed_tree(_tree(objects, old)) if old else ():
        if entry.name == oid.encode():
            before = objects.needed(entry.oid, f"the note on {oid[:12]}")
            before += b"" if before.endswith(b"\n") else b"\n"
        else:
            kind = "tree" if entry.mode == _FOLDER_MODE else "blob"
            entries.append(f"{entry.mode:06o} {kind} {entry.oid}\t".encode() + entry.name)
    blob = repository.run("hash-object", "-w", "--stdin", stdin=before + more).strip()
    entries.append(b"100644 blob " + blob + b"\t" + oid.encode())
    listed = b"".join(entry + b"\0" for entry in entries)
    # --missing: a partial clone may have left the notes of others behind.
    tree = repository.run("mktree", "-z", "--missing", stdin=listed)
    parents = ("-p", old) if old else ()
    printed = repository.run(
        "commit-tree", *parents, os.fsdecode(tree).strip(), stdin=b"record gates\n", more=_IDENTITY
    )
    return os.fsdecode(printed).strip()


def _tree(objects: Objects, commit: str) -> str:
    found = objects.oid(f"{commit}^{{tree}}".encode())
    if found is None:
        raise GitError(f"the notes {commit[:12]} have no tree in this clone", hint="use --fetch")
    return found[0]
