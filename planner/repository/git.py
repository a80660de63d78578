"""Starts git so that no configuration, environment or current folder changes its output."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import GitError, MissingObjectError, NoRepositoryError, TooBigError
from planner.repository import process
from planner.repository.process import Ended, Limit

LEAST_VERSION: Final = (2, 38)
_USAGE: Final = 129  # git's exit code for an option that it does not know

# Switch off what runs programs (fsmonitor, hooks), what rewrites history (replace refs, grafts),
# optional locks, fetching and prompts.
COMMAND: Final = (
    "git",
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "-c", "core.fsmonitor=false",
    "-c", f"core.hooksPath={os.devnull}",
    "-c", "core.quotePath=false",
    "-c", "diff.autoRefreshIndex=true",
)  # fmt: skip
_SET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_GRAFT_FILE": os.devnull,
    "LC_ALL": "C",
    "LANGUAGE": "",
}
# No lazy fetching from a partial clone. Older versions of git know only the second variable.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
# Variables of hooks such as GIT_DIR are dropped (pre-commit/pre-commit#1073); `hook` reads those
# that count. Those that name configuration are kept: containers set safe.directory with them.
_KEPT: Final = (
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_VALUE_",
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
)
_OIDS: Final = re.compile(rb"(?:(?:[0-9a-f]{40}|[0-9a-f]{64})\n)*+")
_KEPT_ONLINE: Final = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_NO_VERIFY")


_DEFAULT_LIMIT: Final = Limit()


class Repository(NamedTuple):
    """A repository with a work tree.

    Attributes:
        root: the root of the work tree.
        git_dir: the git folder of this work tree.
        common_dir: the git folder that all work trees share.
        branch: the branch that is checked out; empty when HEAD is detached.
        is_unborn: whether that branch has no commit yet.
        remote_default: the branch that origin/HEAD names; may be empty.
        is_online: whether git may fetch missing objects.
        index_file: the index to use instead of the repository's own; may be empty.
        is_named: whether the root does not lead to the git folder, so that git is told both.
    """

    root: Path
    git_dir: Path
    common_dir: Path
    is_shallow: bool
    branch: str
    is_unborn: bool
    remote_default: str
    is_online: bool = False
    index_file: str = ""
    is_named: bool = False

    def environment(self) -> dict[str, str]:
        """Return the environment to start git with."""
        environment = _environment(is_online=self.is_online)
        if self.index_file:
            environment["GIT_INDEX_FILE"] = self.index_file
        if self.is_named:
            environment |= {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.root)}
        return environment

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        expect: Sequence[int] = (0,),
        more: Mapping[str, str] | None = None,
        limit: Limit = _DEFAULT_LIMIT,
    ) -> bytes:
        """Run a git command, and return what it prints.

        Args:
            expect: the exit codes that are not errors.
            more: more environment variables.

        Raises:
            GitError: git is missing or too old, exits with another code, or reaches the limit.
        """
        ended = self.attempt(*words, stdin=stdin, more=more, limit=limit)
        if ended.exit not in expect:
            raise (too_old() if ended.exit == _USAGE else None) or failed(words[0], ended.stderr)
        return ended.stdout

    def attempt(
        self,
        *words: str,
        stdin: bytes = b"",
        more: Mapping[str, str] | None = None,
        limit: Limit = _DEFAULT_LIMIT,
    ) -> Ended:
        """Run a git command to its end, and return how it ended, whatever its exit code.

        Raises:
            GitError: git is missing, or reaches the limit.
        """
        environment = {**self.environment(), **(more or {})}
        ended = _run(words, self.root, environment, stdin, limit)
        if ended.beyond:
            message = f"git {words[0]} {ended.beyond}"
            if limit.what:
                message = f"{limit.what} is too big: {message}"
            raise TooBigError(message, hint=limit.hint)
        return ended


def open_repository(
    folder: Path, *, is_online: bool = False, named: dict[str, str] | None = None
) -> Repository:
    """Open the repository that contains the folder.

    Args:
        named: GIT_DIR and GIT_WORK_TREE, to open that repository instead.

    Raises:
        GitError: there is none, it has no work tree, or git does not trust it.
    """
    if not folder.is_dir():
        raise NoRepositoryError(
            f"there is no folder {str(folder)!r}", hint="name a repository: --repo DIR"
        )
    words = (
        "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir", "--git-common-dir",
        "--is-shallow-repository", "--symbolic-full-name", "--glob=refs/remotes/origin/HEA[D]",
        "HEAD",
    )  # fmt: skip
    ended = _run(words, folder, _environment(is_online=is_online) | (named or {}))
    # Not splitlines(): the name of a branch may contain other characters that end a line for it.
    lines = os.fsdecode(ended.stdout).removesuffix("\n").split("\n")
    if len(lines) not in (5, 6) or lines[3] not in ("true", "false"):
        if not {"true", "false"}.isdisjoint(lines[4:]):
            raise GitError(
                f"the path of the repository contains a line break: {str(folder.resolve())!r}",
                hint="move the repository, or rename the folder",
            )
        message = last_line(os.fsdecode(ended.stderr))
        raise too_old() or _open_error(folder, message, (named or {}).get("GIT_DIR", ""))
    head = lines[-1]
    is_unborn = ended.exit != 0
    root, git_dir = Path(lines[0]), Path(lines[1])
    if not root.is_dir():
        raise NoRepositoryError(
            f"the work tree of the repository at {str(folder)!r} is {lines[0]!r}, which is not a "
            "folder",
            hint="core.worktree names it: git config --show-origin core.worktree",
        )
    return Repository(
        root=root,
        git_dir=git_dir,
        common_dir=Path(lines[2]),
        is_shallow=lines[3] == "true",
        branch=_unborn_branch(git_dir) if is_unborn else head.removeprefix("refs/heads/")
        if head.startswith("refs/heads/") else "",
        is_unborn=is_unborn,
        remote_default=_default_of(lines[4]) if len(lines) == 6 else "",
        is_online=is_online,
        is_named=bool(named),
    )  # fmt: skip


def oids(command: str, printed: bytes) -> tuple[str, ...]:
    """Split the object ids that a git command printed, one a line.

    Raises:
        GitError: it printed anything else.
    """
    if not _OIDS.fullmatch(printed):
        raise GitError(f"git {command} did not print object ids")
    return tuple(os.fsdecode(printed).split())


def found_version() -> str:
    """Return the version of git, such as 2.39.2; empty where it does not say it.

    Raises:
        GitError: git is missing, or fails, such as for a broken configuration.
    """
    ended = _run(["version"], Path(os.sep), _environment(is_online=False))
    if ended.exit != 0:
        raise failed("version", ended.stderr)
    words = os.fsdecode(ended.stdout).split()
    return words[2] if len(words) > 2 else ""


def too_old() -> GitError | None:
    """Return the error for a git that is older than planner needs; None where it is not.

    Raises:
        GitError: git is missing, or does not tell its version.
    """
    found = found_version()
    if tuple(map(int, re.findall(r"[0-9]+", found)[:2])) >= LEAST_VERSION:
        return None
    needed = ".".join(map(str, LEAST_VERSION))
    return GitError(
        f"git {found or 'of an unknown version'} is too old: planner needs {needed}",
        hint=f"install git {needed} or newer",
    )


def _environment(*, is_online: bool) -> dict[str, str]:
    kept = _KEPT + (_KEPT_ONLINE if is_online else ())
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(kept)
    }
    return environment | _SET | ({} if is_online else _OFFLINE)


def _run(
    words: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    stdin: bytes = b"",
    limit: Limit = _DEFAULT_LIMIT,
) -> Ended:
    try:
        return process.run([*COMMAND, *words], folder, environment, stdin, limit)
    except OSError as error:
        raise start_error(error, folder) from error


def failed(command: str, stderr: bytes) -> GitError:
    """Return why a git command failed, by what it printed."""
    said = last_line(os.fsdecode(stderr))
    if "promisor" in said:
        return MissingObjectError(
            f"git {command} needs an object that is not in this partial clone",
            hint="get all objects: git fetch --refetch --no-filter "
            "(actions/checkout: without filter:)",
        )
    hint = ""
    if "out of memory" in said.lower():
        hint = "a file that it has to read is too big, such as .gitattributes; make it smaller"
    return GitError(f"git {command} failed: {said}", hint=hint)


def start_error(error: OSError, folder: Path) -> GitError:
    """Return why git could not be started in a folder."""
    if isinstance(error, FileNotFoundError) and folder.is_dir():
        return GitError("git is not on PATH", hint="install git 2.38 or newer")
    return GitError(
        f"cannot start git in {str(folder)!r}: {error.strerror}", hint="check that git can be run"
    )


def _default_of(ref: str) -> str:
    """Return the branch that origin/HEAD points to; empty if it is a branch named HEAD."""
    name = ref.removeprefix("refs/remotes/origin/")
    return "" if name in ("HEAD", ref) else name


def _unborn_branch(git_dir: Path) -> str:
    try:
        head = (git_dir / "HEAD").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    return head.strip().removeprefix("ref: refs/heads/")


def _open_error(folder: Path, message: str, named: str) -> GitError:
    if "dubious ownership" in message or "safe.directory" in message:
        return GitError(
            f"git does not trust the repository at {str(folder)!r}: another user owns it",
            hint=f"git config --global --add safe.directory {folder.resolve()}",
        )
    if "must be run in a work tree" in message:
        return NoRepositoryError(
            f"the repository at {str(folder)!r} has no work tree", hint="clone it without --bare"
        )
    if "not a git repository" in message and named:
        return GitError(
            f"there is no git repository at {named!r}, which GIT_DIR names",
            hint="git sets GIT_DIR for a hook; unset it where no hook runs",
        )
    if "not a git repository" in message or not message:
        return NoRepositoryError(
            f"there is no git repository at {str(folder)!r}",
            hint="run within a repository, or name one: --repo DIR",
        )
    return GitError(f"git rev-parse failed: {message}")


def last_line(stderr: str) -> str:
    """Return the line in which git says why it failed."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["it printed nothing"])[0].removeprefix("fatal: ")
