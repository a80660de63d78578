"""A git folder of planner's own: it has the repository's objects, and nothing else of it.

No setting, attribute, hook, driver or ref of the repository or the user counts there, and what git
writes goes into the folder, which is removed.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from planner.errors import GitError, MissingObjectError
from planner.repository.git import Repository
from planner.repository.process import Limit

SEALED: Final = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
}
"""Environment in which git reads no configuration and attributes but those of its git folder."""

_CONFIG: Final = f"""\
[core]
    repositoryformatversion = {{version}}
    bare = {{bare}}
    attributesFile = {os.devnull}
    precomposeUnicode = true
[extensions]
    {{extension}}
"""
_MISSING: Final = ("unable to read", "could not read", "bad object", "missing blob", "bad tree")


@contextlib.contextmanager
def own_folder(repository: Repository, *, is_sha256: bool) -> Iterator["OwnFolder"]:
    """Make a bare git folder with the objects of a repository, and remove it at the end.

    Raises:
        GitError: there is no room for temporary files.
    """
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix="planner-"))
            folder = OwnFolder(repository, Path(made), is_sha256=is_sha256)
        except OSError as error:
            raise GitError(
                f"cannot make a temporary git folder: {error.strerror}",
                hint="set TMPDIR to a folder with room for it",
            ) from error
        yield folder


class OwnFolder:
    """A bare git folder with the objects of a repository.

    Attributes:
        place: the folder.
    """

    def __init__(self, repository: Repository, folder: Path, *, is_sha256: bool) -> None:
        # Its own current folder: nothing of the work tree is ever read.
        self._repository = repository._replace(root=folder, index_file="", is_named=False)
        make_git_folder(folder, is_sha256=is_sha256, is_bare=True)
        info = folder / "objects" / "info"
        info.mkdir()
        objects = os.fsencode(repository.common_dir / "objects")
        (info / "alternates").write_bytes(_quoted(objects) + b"\n")
        if repository.is_shallow:  # else git would look for parents that the clone lacks
            with contextlib.suppress(FileNotFoundError):  # --fetch has made it full meanwhile
                shallow = (repository.common_dir / "shallow").read_bytes()
                (folder / "shallow").write_bytes(shallow)
        self.place = folder
        self._environment = {**SEALED, "GIT_DIR": str(folder)}

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        expect: Sequence[int] = (0,),
        more: Mapping[str, str] | None = None,
        limit: Limit,
    ) -> bytes:
        """Run a git command in the folder, and return what it prints.

        Args:
            more: more environment variables.

        Raises:
            MissingObjectError: the clone lacks an object that git needs.
            GitError: git exits with another code than `expect`, or reaches the limit.
        """
        try:
            return self._repository.run(
                *words,
                stdin=stdin,
                expect=expect,
                more={**self._environment, **(more or {})},
                limit=limit,
            )
        except GitError as error:
            if any(text in error.message.lower() for text in _MISSING):
                raise MissingObjectError(
                    f"an object is not in this clone: {error.message}",
                    hint="get all objects: git fetch --refetch --no-filter "
                    "(actions/checkout: without filter:)",
                ) from error
            raise


def make_git_folder(folder: Path, *, is_sha256: bool, is_bare: bool) -> None:
    """Make what git needs to take a folder for a git folder (gitrepository-layout(5))."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    config = _CONFIG.format(
        version=int(is_sha256),
        bare=str(is_bare).lower(),
        extension="objectFormat = sha256" if is_sha256 else "",
    )
    (folder / "config").write_text(config, encoding="ascii")


def _quoted(path: bytes) -> bytes:
    """Return a path as a line of `info/alternates`, whatever is in its name."""
    for sign, escape in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        path = path.replace(sign, escape)
    return b'"' + path + b'"'
