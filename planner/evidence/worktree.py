"""A work tree of another commit for as long as it is needed, and what killed runs left of such."""

import contextlib
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from planner.errors import GitError
from planner.gates.run import ENDING, uninterrupted
from planner.repository.git import Repository


@contextlib.contextmanager
def worktree(repository: Repository, commit: str) -> Iterator[Path]:
    """A work tree of a commit, for as long as the context lasts; it is removed whatever happens.

    Raises:
        GitError: git stopped, or the git folder cannot be written.
    """
    place = _place(repository)
    name = f"planner-{os.getpid()}-{os.urandom(4).hex()}"
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    lock = -1
    try:
        try:
            lock = _claimed(place, name)
            repository.run("worktree", "add", "--quiet", "--detach", str(place / name), commit)
            yield place / name
        finally:
            # A signal that came just before is raised right here, but not within what follows.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    finally:
        with uninterrupted():
            _remove(repository, name)
            if lock >= 0:
                os.close(lock)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def sweep(repository: Repository) -> None:
    """Remove the work trees whose process has ended: one that was killed could not."""
    place = _place(repository)
    if not any(place.glob("*.lock")):
        return
    with contextlib.suppress(OSError), _held(place):
        for lock in place.glob("*.lock"):
            file = os.open(lock, os.O_RDWR)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(repository, lock.stem)
            except BlockingIOError:
                continue  # its process lives
            finally:
                os.close(file)


def _place(repository: Repository) -> Path:
    return repository.git_dir / "planner" / "baselines"


def _claimed(place: Path, name: str) -> int:
    """A file beside a work tree to be, locked as long as this process lives."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _held(place):
            file = os.open(place / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            fcntl.flock(file, fcntl.LOCK_EX)
            return file
    except OSError as error:
        raise GitError(
            f"cannot make a work tree of the merge base: {error.strerror}",
            hint=f"let {str(place)!r} be written",
        ) from error


@contextlib.contextmanager
def _held(place: Path) -> Iterator[None]:
    """Keep others from sweeping a place: a lock that was made and not yet taken looks left."""
    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _remove(repository: Repository, name: str) -> None:
    """Remove a work tree and what git knows of it, whatever there is of either.

    By hand (gitrepository-layout(5), "worktrees"), since `git worktree prune` passes over one
    whose making was killed: git locks it meanwhile.
    """
    place = _place(repository)
    known = repository.common_dir / "worktrees"
    shutil.rmtree(place / name, ignore_errors=True)
    if (place / name).exists():
        _open_up(place / name)
        shutil.rmtree(place / name, ignore_errors=True)
    shutil.rmtree(known / name, ignore_errors=True)
    with contextlib.suppress(OSError):
        known.rmdir()  # as git does when it was the last
    if not (place / name).exists():
        (place / f"{name}.lock").unlink(missing_ok=True)


def _open_up(top: Path) -> None:
    """Let the folders below be emptied: some tools protect what they store."""
    top.chmod(0o700)
    for folder, names, _ in os.walk(top):
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o700)
