"""Where a work tree differs from a commit, told by an index of planner's own.

`git status` answers by the user's index and configuration, and both can hide changes: flags such as
assume-unchanged, `core.fileMode`, filters and excludes of `info/`, `submodule.*.ignore`. So git is
given another git folder, with an empty configuration and an index made from the commit: every file
is read once. Only filters that the configuration defines are passed on (LFS, git-crypt), since the
`.gitattributes` of the commit must name them.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from planner.errors import GitError
from planner.paths import folders_of
from planner.repository.git import Repository, open_repository
from planner.repository.own_folder import SEALED, make_git_folder

_OF_FILTERS: Final = ("lfs", "git-crypt")  # what filters store in the git folder
_ATTRIBUTES: Final = b".gitattributes"
_RULES: Final = (_ATTRIBUTES, b".gitignore")
_GITLINK: Final = b"160000 "
_SYMLINK: Final = b"120000 "


@contextlib.contextmanager
def own_index(repository: Repository, commit: str) -> Iterator["OwnIndex"]:
    """Make an index of a commit, and remove it at the end of the context.

    Raises:
        GitError: git failed, or there is no room for temporary files.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="planner-"))
            index = OwnIndex(repository, commit, Path(folder))
        except OSError as error:
            raise GitError(
                f"cannot make an index of {commit[:12]}: {error.strerror}",
                hint="set TMPDIR to a folder with room for it",
            ) from error
        yield index


class OwnIndex:
    """An index of a commit, in a git folder of its own.

    Attributes:
        is_sparse: whether the checkout is sparse, so that a part of the commit may be missing.
    """

    def __init__(self, repository: Repository, commit: str, folder: Path) -> None:
        self._repository = repository
        self._folder = folder
        self._nested: dict[bytes, OwnIndex] = {}
        settings = _settings(repository)
        self.is_sparse = _is_true(settings.pop("core.sparsecheckout", "false"))
        make_git_folder(folder, is_sha256=len(commit) == 64, is_bare=False)
        for name in _OF_FILTERS:
            if (repository.common_dir / name).is_dir():
                (folder / name).symlink_to(repository.common_dir / name)
        self._environment = {
            **SEALED,
            "GIT_DIR": str(folder),
            "GIT_WORK_TREE": str(repository.root),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(repository.common_dir / "objects"),
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        for number, (key, value) in enumerate(settings.items()):
            self._environment |= {
                f"GIT_CONFIG_KEY_{number}": key,
                f"GIT_CONFIG_VALUE_{number}": value,
            }
        self._run("read-tree", commit)
        self._tracked: set[bytes] = set()
        self._gitlinks: dict[bytes, str] = {}
        self._attributes: dict[bytes, str] = {}
        for entry in self._run("ls-files", "-z", "--stage").split(b"\0")[:-1]:
            head, _, path = entry.partition(b"\t")
            self._tracked.add(path)
            if head.startswith(_GITLINK):
                self._gitlinks[path] = _oid(head)
            elif path.endswith(_ATTRIBUTES) and not head.startswith(_SYMLINK):
                self._attributes[path] = _oid(head)

    def _run(self, *words: str, expect: tuple[int, ...] = (0,)) -> bytes:
        return self._repository.run(*words, expect=expect, more=self._environment)

    def changed(self) -> Iterator[bytes]:
        """Yield the tracked paths that differ, those of submodules included."""
        # First, since a file of attributes could name a filter that hides its own change.
        yield from (path for path, oid in self._attributes.items() if self._is_other(path, oid))
        self._run("update-index", "-q", "--refresh", expect=(0, 1))
        words = ("diff-files", "-z", "--name-only", "--no-renames", "--ignore-submodules=all")
        yield from self._run(*words).split(b"\0")[:-1]
        for path, commit in self._gitlinks.items():
            try:
                nested = self._submodule(path, commit)
                if nested:
                    yield from (path + b"/" + each for each in nested.changed())
            except GitError:
                yield path

    def _is_other(self, path: bytes, oid: str) -> bool:
        """Whether a file differs from a blob, line ends aside."""
        try:
            content = (self._repository.root / os.fsdecode(path)).read_bytes()
        except OSError:
            return True
        return oid not in (_blob_id(content, oid), _blob_id(content.replace(b"\r\n", b"\n"), oid))

    def _submodule(self, path: bytes, commit: str) -> "OwnIndex | None":
        """Return the index of a submodule; None where it is not checked out.

        Raises:
            GitError: it is something else, at another commit, or cannot be read.
        """
        place = self._repository.root / os.fsdecode(path)
        try:
            is_folder = stat.S_ISDIR(place.lstat().st_mode)
            is_empty = is_folder and not any(place.iterdir())
        except OSError as error:
            raise GitError(f"cannot read {str(place)!r}: {error.strerror}") from error
        if is_empty:
            return None
        if path not in self._nested:
            repository = open_repository(place)
            if not is_folder or not repository.root.samefile(place):
                raise GitError(f"{str(place)!r} is not a submodule")
            folder = self._folder / "nested" / str(len(self._nested))
            self._nested[path] = OwnIndex(repository, commit, folder)
        nested = self._nested[path]
        head = nested._repository.run("rev-parse", "--verify", "HEAD")
        if head.decode().strip() != commit or nested.is_sparse:
            raise GitError(f"{str(place)!r} is not as it is in {commit[:12]}")
        return nested

    def untracked(self) -> Iterator[bytes]:
        """Yield the untracked paths that no `.gitignore` ignores, those of submodules included.

        Also rules beside tracked files that are not tracked: a `.gitignore` can ignore itself.
        """
        words = ("ls-files", "-z", "--others", "--exclude-per-directory=.gitignore")
        found = set(self._run(*words).split(b"\0")[:-1])
        root = os.fsencode(self._repository.root)
        # TMPDIR may be inside the work tree.
        own = os.path.relpath(os.path.realpath(self._folder), self._repository.root)
        found = {path for path in found if not path.startswith(os.fsencode(own) + b"/")}
        for folder in folders_of(self._tracked):
            for name in _RULES:
                path = folder + name
                if path not in self._tracked and os.path.lexists(root + b"/" + path):
                    found.add(path)
        yield from sorted(found)
        for path, commit in self._gitlinks.items():
            with contextlib.suppress(GitError):  # `changed` tells
                nested = self._submodule(path, commit)
                if nested:
                    yield from (path + b"/" + each for each in nested.untracked())


def _oid(head: bytes) -> str:
    """Return the object id of an entry of the index: `MODE OID STAGE`."""
    return head.split(b" ")[1].decode()


def _blob_id(content: bytes, like: str) -> str:
    """Return the id of a blob, by the algorithm of another id."""
    algorithm = "sha256" if len(like) == 64 else "sha1"
    blob = b"blob %d\0%b" % (len(content), content)
    return hashlib.new(algorithm, blob, usedforsecurity=False).hexdigest()


def _settings(repository: Repository) -> dict[str, str]:
    """Return the filters that are configured, and whether the checkout is sparse."""
    words = ("config", "-z", "--get-regexp", r"^(filter\..*|core\.sparsecheckout)$")
    printed = os.fsdecode(repository.run(*words, expect=(0, 1)))
    # A key without a value, and without `=`, is true.
    pairs = (entry.partition("\n") for entry in printed.split("\0")[:-1])
    return {key: value if has_value else "true" for key, has_value, value in pairs}


def _is_true(value: str) -> bool:
    return value.lower() not in ("false", "no", "off", "0", "")
