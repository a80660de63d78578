"""Makes many new refs in one step, which a kill or a power cut cannot cut in two.

`git update-ref --stdin` locks all refs first, but then renames the lock of each: a kill in between
leaves some of them. Of the file `packed-refs` there is always the old content or the new. Format
and lock are those of git (gitrepository-layout(5), refs/packed-backend.c).
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from planner.errors import GitError
from planner.paths import path_bytes, path_text
from planner.repository.git import Repository

_HEADER: Final = b"# pack-refs with:"
_NEW_TRAITS: Final = (b"peeled", b"fully-peeled", b"sorted")
_LONGEST_S: Final = 1.0  # as in git (core.packedRefsTimeout)
_WAIT_S: Final = 0.05
LOCKED: Final = "another git may be running; if not, remove the file"
"""What to do about a lock, which a process that was killed leaves behind."""


def is_possible(repository: Repository) -> bool:
    """Whether the repository keeps its refs in files."""
    return not (repository.common_dir / "reftable").exists()


def create(repository: Repository, refs: Mapping[str, str]) -> None:
    """Make refs that name commits: all of them at once.

    Args:
        refs: by full name.

    Raises:
        GitError: there is one of them, or one in its way; a name is not one; or the file cannot
            be written, or another process keeps its lock.
    """
    _refuse_taken(repository, refs)
    place = Path(os.path.realpath(repository.common_dir / "packed-refs"))
    new = place.with_name(f"packed-refs.{os.getpid()}-{os.urandom(4).hex()}.new")
    end = time.monotonic() + _LONGEST_S
    try:
        while not _replaced(place, new, refs):
            if time.monotonic() > end:
                raise GitError(
                    f"cannot make branches: '{place}.lock' exists",
                    hint=LOCKED,
                )
            time.sleep(_WAIT_S)
    except OSError as error:
        raise GitError(f"cannot write '{place}': {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink()


def _refuse_taken(repository: Repository, refs: Mapping[str, str]) -> None:
    # A transaction that is dropped before git locks anything: it refuses what is not a name.
    lines = ["start", *(f"create {ref}\0{oid}" for ref, oid in refs.items()), "abort", ""]
    repository.run("update-ref", "-z", "--stdin", stdin=path_bytes("\0".join(lines)))
    known = path_text(repository.run("for-each-ref", "--format=%(refname)")).split("\n")
    folders = {ref[:at] for ref in (*known, *refs) for at in _slashes(ref)}
    for ref in refs:
        above = {ref[:at] for at in _slashes(ref)}
        # A file that git does not list, such as a link to no branch, would come before ours.
        is_file = (repository.common_dir / ref).is_file()
        if is_file or ref in folders or ref in known or not above.isdisjoint((*known, *refs)):
            raise GitError(
                f"cannot make {ref!r}: there is one, or one in its way",
                hint="run it again: another process has made it",
            )


def _slashes(ref: str) -> Iterator[int]:
    return (at for at, letter in enumerate(ref) if letter == "/")


def _replaced(place: Path, new: Path, refs: Mapping[str, str]) -> bool:
    """Replace the file; return whether nobody else changed it or kept its lock meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    before = _version(place)
    content = place.read_bytes() if before else b""
    with new.open("xb") as stream:
        stream.write(_with(content, refs))
        stream.flush()
        os.fsync(stream.fileno())
    if before:
        new.chmod(stat.S_IMODE(place.stat().st_mode))
    lock = place.with_name("packed-refs.lock")
    try:
        _lock(new, lock)
    except FileExistsError:
        return False
    if _version(place) != before:
        lock.unlink()
        return False
    lock.replace(place)
    return True


def _lock(new: Path, lock: Path) -> None:
    """Give the new content the name of the lock, unless there is one.

    By a link, where the file system has them: then a kill hardly ever leaves the lock behind.
    """
    try:
        os.link(new, lock)
    except FileExistsError:
        raise
    except OSError:
        with lock.open("xb") as stream:
            stream.write(new.read_bytes())


def _version(place: Path) -> tuple[int, int, int] | None:
    try:
        found = place.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _with(content: bytes, refs: Mapping[str, str]) -> bytes:
    """Return the content of the file with more refs."""
    traits: tuple[bytes, ...] = _NEW_TRAITS
    if content:
        header = content.partition(b"\n")[0] if content.startswith(_HEADER) else _HEADER
        traits = tuple(dict.fromkeys([*header.removeprefix(_HEADER).split(), b"sorted"]))
    entries = dict(_entries(content))
    if not entries.keys().isdisjoint(map(path_bytes, refs)):
        raise GitError("another process has just made one of the branches", hint="run it again")
    entries |= {
        path_bytes(ref): f"{oid} {ref}".encode("utf-8", "surrogateescape")
        for ref, oid in refs.items()
    }
    lines = [_HEADER + b" " + b" ".join(traits) + b" ", *(entries[ref] for ref in sorted(entries))]
    return b"\n".join(lines) + b"\n"


def _entries(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each ref with its lines: `OID REF`, and `^OID` for what a tag names."""
    ref, lines = b"", b""
    for line in content.split(b"\n"):
        if line.startswith(b"^"):
            lines += b"\n" + line
        elif line and not line.startswith(b"#"):
            if ref:
                yield ref, lines
            ref, lines = line.partition(b" ")[2], line
    if ref:
        yield ref, lines
