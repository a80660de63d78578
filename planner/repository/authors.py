"""Who wrote commits, and when, as git writes it into a commit, in UTF-8."""

from collections import defaultdict
from typing import Final, NamedTuple

from planner.errors import GitError
from planner.repository.activity import LOG_PATHS, records
from planner.repository.git import Repository
from planner.repository.process import Limit

_LIMIT: Final = Limit(
    size=64 * 1024 * 1024, what="what the commits say of authors and paths", hint="squash them"
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
    form = "--format=%an%x00%ae%x00%ad%n%cn%x00%ce%x00%cd"
    lines = repository.run(*_WORDS, "--max-count=1", form, commit, "--").split(b"\n")
    people = [line.split(b"\0") for line in lines[:2]]
    if len(lines) != 3 or [*map(len, people)] != [3, 3]:
        raise GitError(f"git rev-list did not print the author of {commit[:12]}")
    # Old tools wrote commits without a name or a date, which git does not write again.
    author, committer = (
        b"%b <%b> %b" % (name or b"unknown", address, date or b"0 +0000")
        for name, address, date in people
    )
    return Signature(author, committer)


class CoAuthor(NamedTuple):
    """Somebody who wrote commits: `NAME <EMAIL>`.

    Attributes:
        paths: what these commits changed; of a rename both ends, of a merge nothing.
    """

    person: bytes
    paths: frozenset[bytes]


def co_authors(repository: Repository, base: str, head: str) -> tuple[CoAuthor, ...]:
    """List who else wrote the commits that head has and base lacks, the first of them first.

    These are their authors and those in their lines `Co-authored-by`, each once by the address; the
    author of head is left out.

    Raises:
        GitError: git failed.
    """
    lines = "%(trailers:key=Co-authored-by,valueonly,unfold)"
    printed = repository.run(
        *LOG_PATHS, "--diff-merges=off", "--encoding=UTF-8", "--reverse", "--topo-order",
        f"--format=%x00%an <%ae>%x00{lines}", head, "--not", base, "--", limit=_LIMIT,
    )  # fmt: skip
    own = repository.run(*_WORDS, "--max-count=1", "--format=%ae", head, "--").strip()
    people: dict[bytes, bytes] = {}
    changed: dict[bytes, set[bytes]] = defaultdict(set)
    for author, others, paths in records(printed):
        for line in (author, *others.split(b"\n")):
            name, _, address = line.strip().rpartition(b" <")
            if name and address.endswith(b">"):
                people.setdefault(address[:-1].lower(), line.strip())
                changed[address[:-1].lower()].update(paths)
    people.pop(own.lower(), None)
    return tuple(CoAuthor(one, frozenset(changed[key])) for key, one in people.items())
