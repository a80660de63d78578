"""The contents of many blobs, read in few processes and without holding them all in memory."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from planner.errors import GitError
from planner.repository.git import Repository

_BATCH_BYTES: Final = 32 * 1024 * 1024
_HEADER: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([a-z]+) ([0-9]+)")


def sizes(repository: Repository, oids: Iterable[str]) -> dict[str, int]:
    """Return the sizes of blobs, in bytes; what is no blob, or not in this clone, is left out.

    Raises:
        GitError: git failed.
    """
    asked = _lines(oids)
    if not asked:
        return {}
    printed = repository.run("cat-file", "--batch-check", "--buffer", stdin=asked)
    found = filter(None, map(_HEADER.fullmatch, printed.split(b"\n")))
    return {match[1].decode(): int(match[3]) for match in found if match[2] == b"blob"}


def contents(repository: Repository, sized: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield the ids and contents of blobs, in order; those not in this clone are left out.

    Args:
        sized: the size of each, by its id.

    Raises:
        GitError: git failed, or its output is incomplete.
    """
    batch: list[str] = []
    left = _BATCH_BYTES
    for oid, size in sized.items():
        if batch and size > left:
            yield from _read(repository, batch)
            batch, left = [], _BATCH_BYTES
        batch.append(oid)
        left -= size
    if batch:
        yield from _read(repository, batch)


def _read(repository: Repository, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    printed = repository.run("cat-file", "--batch", "--buffer", stdin=_lines(oids))
    at = 0
    while at < len(printed):
        end = printed.find(b"\n", at)
        line = printed[at:end]
        at = end + 1
        match = _HEADER.fullmatch(line)
        if match is None:
            if end < 0 or not line.endswith(b" missing"):
                raise GitError(f"git cat-file printed an unknown line: {line[:80]!r}")
            continue
        size = int(match[3])
        if len(printed) <= at + size:
            raise GitError("the output of git cat-file ends within an object")
        yield match[1].decode(), printed[at : at + size]
        at += size + 1


def _lines(oids: Iterable[str]) -> bytes:
    return b"".join(oid.encode() + b"\n" for oid in dict.fromkeys(oids))
