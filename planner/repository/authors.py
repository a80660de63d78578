"""Who wrote commits, and when, as git writes it into a commit, in UTF-8."""

from typing import Final, NamedTuple

from planner.errors import GitError
from planner.repository.git import Repository
from planner.repository.process import Limit

_LIMIT: Final = Limit(
    size=16 * 1024 * 1024, what="what the commit messages say of authors", hint="squash them"
)
_WORDS: Final = ("rev-list", "--no-commit-header", "--encoding=UTF-8", "--date=raw")


class Signature(NamedTuple):
    """The author and the committer of a commit: `NAME <EMAIL> SECONDS ZONE`."""

    author: bytes
    committer: bytes


def signature(repository: Repository, commit: str) -> Signature:
    """Return who wrote a commit.

    Raises:
        GitError: git failed.
    """
    words = ("--max-count=1", "--format=%an <%ae> %ad%n%cn <%ce> %cd", commit, "--")
    lines = repository.run(*_WORDS, *words).split(b"\n")
    if len(lines) != 3:
        raise GitError(f"git rev-list did not print the author of {commit[:12]}")
    return Signature(lines[0], lines[1])


def co_authors(repository: Repository, base: str, head: str) -> tuple[bytes, ...]:
    """List who else wrote the commits that head has and base lacks, the first of them first.

    These are their authors and those in their lines `Co-authored-by`, each once by the address; the
    author of head is left out.

    Raises:
        GitError: git failed.
    """
    lines = "%(trailers:key=Co-authored-by,valueonly,unfold)"
    words = ("--reverse", "--topo-order", f"--format=%an <%ae>%n{lines}", head, "--not", base, "--")
    printed = repository.run(*_WORDS, *words, limit=_LIMIT)
    own = repository.run(*_WORDS, "--max-count=1", "--format=%ae", head, "--").strip()
    found: dict[bytes, bytes] = {}
    for line in printed.split(b"\n"):
        name, _, address = line.strip().rpartition(b" <")
        if name and address.endswith(b">"):
            found.setdefault(address[:-1].lower(), line.strip())
    found.pop(own.lower(), None)
    return tuple(found.values())
