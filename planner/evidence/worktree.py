"""Temporary work trees of other commits, and the removal of those that killed runs left."""

import contextlib
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from planner.errors import GitError
from planner.gates.signals import ENDING, uninterrupted
from planner.repository.git import Repository
from planner.repository.process import Limit


@contextlib.contextmanager
def worktree(repository: Repository, commit: str) -> Iterator[Path]:
    """Make a work tree of a commit, and remove it at the end of the context.

    Raises:
        GitError: git failed, or the git folder is not writable.
    """
    place = _place(repository)
    name = f"planner-{os.getpid()}-{os.urandom(4).hex()}"
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    lock = -1
    try:
        try:
            lock = _lock(place, name)
            words = ("worktree", "add", "--quiet", "--detach", str(place / name), commit)
            repository.run(*words, limit=Limit(memory=0))
            yield place / name
        finally:
            # A signal that came just before is raised here, and not during the removal.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    finally:
        with uninterrupted():
            _remove(repository, name)
            if lock >= 0:
                os.close(lock)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def sweep(repository: Repository) -> None:
    """Remove the work trees of processes that were killed."""
    place = _place(repository)
    if not any(place.glob("*.lock")):
        return
    with contextlib.suppress(OSError), _exclusive(place):
        for lock in place.glob("*.lock"):
            file = os.open(lock, os.O_RDWR)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(repository, lock.stem)
            except BlockingIOError:
                continue  # its process is alive
            finally:
                os.close(file)


def _place(repository: Repository) -> Path:
    return repository.git_dir / "planner" / "baselines"


def _lock(place: Path, name: str) -> int:
    """Create and lock a file next to the future work tree; the lock ends with this process."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _exclusive(place):
            file = os.open(place / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            fcntl.flock(file, fcntl.LOCK_EX)
            return file
    except OSError as error:
        raise GitError(
            f"cannot make a work tree of the merge base: {error.strerror}",
            hint=f"make {str(place)!r} writable",
        ) from error


@contextlib.contextmanager
def _exclusive(place: Path) -> Iterator[None]:
    """Keep other processes from sweeping: a lock file that is not locked yet looks abandoned."""
    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _remove(repository: Repository, name: str) -> None:
    """Remove a work tree and git's files about it, whichever of them exist.

    By hand (gitrepository-layout(5), "worktrees"), since `git worktree prune` skips a work tree
    whose creation was killed: git locks it meanwhile.
    """
    place = _place(repository)
    worktrees = repository.common_dir / "worktrees"
    shutil.rmtree(place / name, ignore_errors=True)
    if (place / name).exists():
        _make_writable(place / name)
        shutil.rmtree(place / name, ignore_errors=True)
    shutil.rmtree(worktrees / name, ignore_errors=True)
    with contextlib.suppress(OSError):
        worktrees.rmdir()  # as git does after the last one
    if not (place / name).exists():
        (place / f"{name}.lock").unlink(missing_ok=True)


def _make_writable(top: Path) -> None:
    """Make all files and folders writable: some tools protect their caches."""
    top.chmod(0o700)
    for folder, names, _ in os.walk(top):
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o700)
