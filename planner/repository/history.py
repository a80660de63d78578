"""Branches and commits, made and read with GitPython; the only module that knows it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from git import Actor, Git, Repo
from git.exc import GitCommandError

from planner.errors import GitError
from planner.repository.git import Repository

_AUTHOR: Final = Actor("planner", "planner@localhost")


def create(folder: Path, files: Mapping[str, str], message: str) -> None:
    """Make a repository with one commit of these files on the branch main."""
    with Repo.init(folder, initial_branch="main") as repo:
        _commit(repo, files, message)


def branch(folder: Path, name: str, files: Mapping[str, str], message: str) -> None:
    """Start a branch from main and commit these files on it; it is checked out then."""
    with Repo(folder) as repo:
        repo.heads.main.checkout()
        repo.create_head(name).checkout()
        _commit(repo, files, message)


def commit(folder: Path, files: Mapping[str, str], message: str) -> None:
    """Commit these files on the branch that is checked out."""
    with Repo(folder) as repo:
        _commit(repo, files, message)


def _commit(repo: Repo, files: Mapping[str, str], message: str) -> None:
    root = Path(repo.working_dir)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    repo.index.add(list(files))
    repo.index.commit(message, author=_AUTHOR, committer=_AUTHOR, skip_hooks=True)


class Reference(NamedTuple):
    """A branch: of a remote, or local when `remote` is empty."""

    name: str
    remote: str
    commit: str


def references(repository: Repository) -> tuple[Reference, ...]:
    """All branches, local ones and those of remotes as last fetched, in git's order.

    Raises:
        GitError: git stopped.
    """
    printed = _asked(
        repository,
        "for-each-ref",
        "--format=%(objectname) %(refname)",
        "refs/heads",
        "refs/remotes",
    )
    found = []
    for line in printed.splitlines():
        commit, _, ref = line.partition(" ")
        if ref.startswith("refs/heads/"):
            found.append(Reference(ref.removeprefix("refs/heads/"), "", commit))
        else:
            remote, _, name = ref.removeprefix("refs/remotes/").partition("/")
            if name != "HEAD":
                found.append(Reference(name, remote, commit))
    return tuple(found)


def messages(
    repository: Repository, base: Reference, marks: Sequence[str]
) -> list[tuple[str, str]]:
    """The commits of a branch whose message holds one of the texts, the newest first.

    Each comes as its id and its whole message.
    """
    if not marks:
        return []
    words = [f"--grep={mark}" for mark in dict.fromkeys(marks)]
    printed = _asked(
        repository,
        "log",
        "--encoding=UTF-8",
        "--no-show-signature",
        "--fixed-strings",
        *words,
        "--format=%x00%H%x00%B",
        base.commit,
        "--",
    )
    fields = printed.split("\0")[1:]
    return [(fields[at], fields[at + 1]) for at in range(0, len(fields) - 1, 2)]


def merged(repository: Repository, base: Reference) -> frozenset[str]:
    """The tips of all branches that a branch contains."""
    printed = _asked(
        repository, "for-each-ref", f"--merged={base.commit}", "--format=%(objectname)",
        "refs/heads", "refs/remotes",
    )  # fmt: skip
    return frozenset(printed.split())


def is_on_line(repository: Repository, base: Reference, commit: str) -> bool:
    """Whether a commit stands on the first-parent line of a branch: it was its tip once."""
    parents = _asked(repository, "rev-list", "--parents", "--max-count=1", commit).split()[1:]
    line = _asked(repository, "rev-list", "--first-parent", base.commit, "--not", *parents)
    return commit in line.split()


def _asked(repository: Repository, *words: str) -> str:
    # GitPython adds to the environment and takes nothing away: what a hook has in it is outdone.
    environment = repository.environment(
        GIT_DIR=str(repository.git_dir),
        GIT_COMMON_DIR=str(repository.common_dir),
        GIT_WORK_TREE=str(repository.root),
    )
    try:
        return str(
            Git(repository.root).execute(
                repository.command(*words), env=environment, strip_newline_in_stdout=False
            )
        )
    except GitCommandError as error:
        said = str(error.stderr).strip().splitlines()
        raise GitError(
            f"git {words[0]} stopped: {said[0] if said else 'it printed nothing'}"
        ) from error


def ahead_behind(repository: Repository, base: Reference, head: str) -> tuple[int, int]:
    """How many commits a head has that its base lacks, and the other way round."""
    printed = _asked(repository, "rev-list", "--left-right", "--count", f"{head}...{base.commit}")
    ahead, behind = printed.split()
    return int(ahead), int(behind)
