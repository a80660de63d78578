"""Starts git, hardened: nobody's configuration, environment or folder changes its answer."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import GitError

LEAST_VERSION: Final = (2, 38)

# What git executes or reorders by configuration is switched off (fsmonitor and hooks run programs;
# replace refs and grafts rewrite history); nothing is locked, fetched or asked on a terminal.
_SETTINGS: Final = (
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
# No lazy fetching from a partial clone: older gits know only the second way to say it.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
# Hooks set GIT_DIR and the like (pre-commit/pre-commit#1073); where configuration lies may be kept:
# containers grant safe.directory by it.
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


class Repository(NamedTuple):
    """A repository with a work tree, as its first question to git answered.

    Attributes:
        root: the work tree's root.
        git_dir: this work tree's own git folder.
        common_dir: the git folder that all its work trees share.
        branch: the branch that is checked out; empty when HEAD is detached.
        is_unborn: whether that branch has no commit yet.
        remote_default: the branch that origin/HEAD names; may be empty.
        is_online: whether git may fetch what is missing.
        index_file: another index than the repository's own; empty: its own.
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

    def with_index_of_hook(self) -> "Repository":
        """The repository with the index that git gave to the hook which runs planner.

        `git commit -a` and `git commit PATH` build one beside the repository's own.
        """
        return self._replace(index_file=os.environ.get("GIT_INDEX_FILE", ""))

    def command(self, *words: str) -> list[str]:
        """The argument list of a git command, settings included."""
        return ["git", *_SETTINGS, *words]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment that git is started with."""
        index = {"GIT_INDEX_FILE": self.index_file} if self.index_file else {}
        return _environment(is_online=self.is_online) | index | more

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        expect: Sequence[int] = (0,),
        more: Mapping[str, str] | None = None,
    ) -> bytes:
        """What a git command prints.

        Args:
            expect: the exit codes that are answers.
            more: variables besides those that git is always started with.

        Raises:
            GitError: git is missing, or ends with another exit code.
        """
        environment = self.environment(**(more or {}))
        done = _start(self.command(*words), self.root, environment, stdin)
        if done.returncode not in expect:
            raise GitError(f"git {words[0]} stopped: {last_line(os.fsdecode(done.stderr))}")
        return done.stdout


def open_repository(folder: Path, *, is_online: bool = False) -> Repository:
    """The repository that the folder lies in.

    Raises:
        GitError: there is none, it has no work tree, or git does not trust it.
    """
    if not folder.is_dir():
        raise GitError(f"there is no folder {str(folder)!r}", hint="name a repository: --repo DIR")
    words = (
        "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir", "--git-common-dir",
        "--is-shallow-repository", "--symbolic-full-name", "--glob=refs/remotes/origin/HEA[D]",
        "HEAD",
    )  # fmt: skip
    done = _start(["git", *_SETTINGS, *words], folder, _environment(is_online=is_online), b"")
    # Lines end at LF alone: a branch's name may hold what Python also takes for a line's end.
    lines = os.fsdecode(done.stdout).removesuffix("\n").split("\n")
    if len(lines) not in (5, 6) or lines[3] not in ("true", "false"):
        raise _no_repository(folder, last_line(os.fsdecode(done.stderr)))
    head = lines[-1]
    is_unborn = done.returncode != 0
    git_dir = Path(lines[1])
    return Repository(
        root=Path(lines[0]),
        git_dir=git_dir,
        common_dir=Path(lines[2]),
        is_shallow=lines[3] == "true",
        branch=_unborn_branch(git_dir) if is_unborn else head.removeprefix("refs/heads/")
        if head.startswith("refs/heads/") else "",
        is_unborn=is_unborn,
        remote_default=_default_of(lines[4]) if len(lines) == 6 else "",
        is_online=is_online,
    )  # fmt: skip


def oids(command: str, printed: bytes) -> tuple[str, ...]:
    """The ids of objects that a git command printed, one a line.

    Raises:
        GitError: it printed something else.
    """
    if not _OIDS.fullmatch(printed):
        raise GitError(f"git {command} printed something else than ids")
    return tuple(os.fsdecode(printed).split())


def version() -> str:
    """The version of git, such as `2.39.5`; empty when it does not say one.

    Raises:
        GitError: git is missing.
    """
    done = _start(["git", "version"], Path.cwd(), _environment(is_online=False), b"")
    words = os.fsdecode(done.stdout).split()
    return words[2] if len(words) > 2 else ""


def _environment(*, is_online: bool) -> dict[str, str]:
    kept = _KEPT + (_KEPT_ONLINE if is_online else ())
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(kept)
    }
    return environment | _SET | ({} if is_online else _OFFLINE)


def _start(
    command: list[str], folder: Path, environment: dict[str, str], stdin: bytes
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, input=stdin, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise GitError("git is not on PATH", hint="install git 2.38 or newer") from error
    except OSError as error:
        raise GitError(f"cannot start git: {error.strerror}") from error


def _default_of(ref: str) -> str:
    """The branch that origin/HEAD leads to; none where that is a branch called HEAD itself."""
    name = ref.removeprefix("refs/remotes/origin/")
    return "" if name in ("HEAD", ref) else name


def _unborn_branch(git_dir: Path) -> str:
    try:
        head = (git_dir / "HEAD").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    return head.strip().removeprefix("ref: refs/heads/")


def _no_repository(folder: Path, said: str) -> GitError:
    if "dubious ownership" in said or "safe.directory" in said:
        return GitError(
            f"git does not trust the repository at {str(folder)!r}: another user owns it",
            hint=f"git config --global --add safe.directory {folder.resolve()}",
        )
    if "must be run in a work tree" in said:
        return GitError(
            f"the repository at {str(folder)!r} has no work tree", hint="clone it without --bare"
        )
    if "not a git repository" in said or not said:
        return GitError(
            f"there is no git repository at {str(folder)!r}",
            hint="run within a repository, or name one: --repo DIR",
        )
    return GitError(f"git rev-parse stopped: {said}")


def last_line(said: str) -> str:
    """The line in which git says why it stopped."""
    lines = [line for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["it printed nothing"])[0].removeprefix("fatal: ")
