"""Lines of text kept as git notes on objects, under refs/notes/planner; writers lose nothing.

`git notes append` updates the ref without its old value: of 80 lines of 16 writers it kept 11.
Here every write names the value that it read, and begins again when that has moved.
"""

import os
import random
import time
from typing import Final

from planner.errors import GitError
from planner.repository.git import Repository
from planner.repository.objects import Objects

REF: Final = "refs/notes/planner"
_LONGEST_S: Final = 10.0
_WAIT_S: Final = 0.05
_IDENTITY: Final = {
    "GIT_AUTHOR_NAME": "planner",
    "GIT_AUTHOR_EMAIL": "planner@localhost",
    "GIT_COMMITTER_NAME": "planner",
    "GIT_COMMITTER_EMAIL": "planner@localhost",
}
_NOTHING: Final = "0" * 40


def read(objects: Objects, oid: str) -> tuple[str, ...]:
    """The lines that are noted on an object, in the order of their writing.

    git spreads many notes over folders (git-notes(1), "fanout"): all places are read.
    """
    found: list[str] = []
    for place in (oid, f"{oid[:2]}/{oid[2:]}", f"{oid[:2]}/{oid[2:4]}/{oid[4:]}"):
        content = objects.content(f"{REF}:{place}".encode())
        if content:
            found.extend(content.decode("utf-8", "replace").splitlines())
    return tuple(line for line in found if line.strip())


def append(repository: Repository, oid: str, lines: tuple[str, ...]) -> None:
    """Note lines on an object, behind those that are there; all of them, or none.

    Raises:
        GitError: other writers came first for ten seconds, or git stopped.
    """
    end = time.monotonic() + _LONGEST_S
    while True:
        old = _tip(repository)
        new = _written(repository, old, oid, "".join(f"{line}\n" for line in lines).encode())
        try:
            repository.run("update-ref", "-m", "planner: record gates", REF, new, old or _NOTHING)
        except GitError as error:
            if _tip(repository) == old or time.monotonic() > end:
                raise GitError(
                    f"cannot record on {REF}: {error.message}", hint="run it again"
                ) from error
            time.sleep(random.uniform(0, _WAIT_S))
        else:
            return


def _tip(repository: Repository) -> str:
    printed = repository.run("rev-parse", "--verify", "--quiet", REF, expect=(0, 1))
    return os.fsdecode(printed).strip()


def _written(repository: Repository, old: str, oid: str, more: bytes) -> str:
    """A commit of the notes with these bytes added to those of the object."""
    entries = []
    before = b""
    if old:
        for entry in repository.run("ls-tree", "-z", old).split(b"\0"):
            head, _, name = entry.partition(b"\t")
            if name == oid.encode():
                before = repository.run("cat-file", "blob", os.fsdecode(head.split(b" ")[2]))
            elif entry:
                entries.append(entry)
    blob = repository.run("hash-object", "-w", "--stdin", stdin=before + more).strip()
    entries.append(b"100644 blob " + blob + b"\t" + oid.encode())
    tree = repository.run("mktree", "-z", stdin=b"".join(entry + b"\0" for entry in entries))
    parents = ("-p", old) if old else ()
    printed = repository.run(
        "commit-tree", *parents, os.fsdecode(tree).strip(), stdin=b"record gates\n", more=_IDENTITY
    )
    return os.fsdecode(printed).strip()
