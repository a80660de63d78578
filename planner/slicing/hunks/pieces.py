"""The pieces of changed files: hunks that can go to another slice than the rest of the file."""

import io
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from operator import add
from typing import Final, NamedTuple

from planner.paths import path_text
from planner.repository import contents, lines
from planner.repository.git import Repository
from planner.repository.lines import Hunk
from planner.slicing.change import Change, Item, is_text
from planner.slicing.grouping import shape
from planner.slicing.grouping.traits import Difference, Traits
from planner.slicing.grouping.words import Text
from planner.slicing.hunks.syntax import is_readable
from planner.slicing.hunks.ties import Lines, is_closed, tied, words
from planner.slicing.order.edges import Because

_NEAR: Final = 3  # unchanged lines between two hunks: as many as git shows around each
_MOST_HUNKS: Final = 200  # of a file: one with more is generated, or written anew
_LARGEST: Final = 512 * 1024
_MOST_TEXT: Final = 192 * 1024 * 1024  # of all files together


class Piece(NamedTuple):
    """Hunks of one file that stay together.

    Attributes:
        item: the number of the item that the file is.
        added: the words of the lines that it adds.
        removed: those of the lines that it removes.
        is_fixed: whether it stays with the rest, since it opens a bracket that is closed elsewhere.
    """

    item: int
    hunks: tuple[Hunk, ...]
    added: frozenset[str]
    removed: frozenset[str]
    traits: Traits
    is_fixed: bool

    def has(self, because: Because) -> bool:
        """Whether its lines have the name for which one file comes before another."""
        name = posixpath.splitext(posixpath.basename(because.name))[0]
        return name in (self.removed if because.kind == "removes" else self.added)


class Versions(NamedTuple):
    """A changed file as it was and as it is."""

    old: bytes
    new: bytes

    @property
    def lines(self) -> tuple[list[bytes], list[bytes]]:
        """The lines of both, each with its end."""
        return io.BytesIO(self.old).readlines(), io.BytesIO(self.new).readlines()

    def only(self, hunks: Sequence[Hunk]) -> bytes:
        """Return the file as it was, with some of its hunks."""
        before, after = self.lines
        made: list[bytes] = []
        at = 0
        for hunk in sorted(hunks):
            made += before[at : hunk.old] + after[hunk.new : hunk.new + hunk.added]
            at = hunk.old + hunk.removed
        return b"".join(made + before[at:])


class Pieces:
    """The files of a change that can be divided.

    Attributes:
        of: the pieces of each, by the number of its item; at least two.
    """

    def __init__(
        self, of: Mapping[int, tuple[Piece, ...]], versions: Mapping[bytes, Versions]
    ) -> None:
        self.of = of
        self._versions = versions

    def content(self, path: bytes, hunks: Sequence[Hunk]) -> bytes:
        """Return a file as it was, with some of its hunks."""
        return self._versions[path].only(hunks)

    def is_readable(self, path: bytes, hunks: Sequence[Hunk]) -> bool:
        """Whether a file with some of its hunks can be parsed, if it can as it was and as it is."""
        name, versions = path_text(path), self._versions[path]
        return is_readable(name, versions.only(hunks)) or not (
            is_readable(name, versions.old) and is_readable(name, versions.new)
        )


def below(parts: Sequence[Sequence[Hunk]]) -> list[list[Hunk]]:
    """Return the hunks of a file that each branch of a stack has, but for the last: it has all."""
    return [list(hunks) for hunks in accumulate(map(list, parts), add)][:-1]


NO_PIECES: Final = Pieces({}, {})
"""Of a change in which no file is to be divided."""


def read_pieces(repository: Repository, base: str, head: str, change: Change) -> Pieces:
    """Read the files that can be divided: text that was changed in place, in two hunks or more.

    Hunks that are near each other, or need each other, are one piece.

    Args:
        base: the commit that the change starts from.
        head: the commit that it ends at.

    Raises:
        GitError: git failed.
    """
    items = {number: item for number, item in enumerate(change.items) if _is_divisible(item)}
    small = _small(repository, items)
    names = {path_text(items[number].name): number for number in small}
    found = {
        names[path]: hunks
        for path, hunks in lines.hunks(repository, base, head, names).items()
        if 1 < len(hunks) <= _MOST_HUNKS
    }
    wanted = {oid: size for number in found for oid, size in small[number].items()}
    read = dict(contents.contents(repository, wanted))
    of, texts = {}, {}
    for number, hunks in found.items():
        old, new = (read.get(side.oid) for side in items[number].edits[0][:2])
        if old is None or new is None or not (is_text(old) and is_text(new)):
            continue
        text = Versions(old, new)
        pieces = tuple(_pieces(number, path_text(items[number].name), text, hunks))
        if len(pieces) > 1 and text.only(hunks) == new:
            of[number], texts[items[number].name] = pieces, text
    return Pieces(of, texts)


def _is_divisible(item: Item) -> bool:
    if len(item.edits) != 1 or shape.is_hot(path_text(item.name)):
        return False
    old, new = item.edits[0][:2]
    return old.is_file and old.mode == new.mode and old.path == new.path


def _small(repository: Repository, items: Mapping[int, Item]) -> dict[int, dict[str, int]]:
    """Return the sizes of both sides of files, by id; the smallest first, until it is too much."""
    oids = {number: [side.oid for side in item.edits[0][:2]] for number, item in items.items()}
    known = contents.sizes(repository, [oid for some in oids.values() for oid in some])
    sized = {
        number: {oid: known[oid] for oid in some}
        for number, some in oids.items()
        if all(known.get(oid, _LARGEST + 1) <= _LARGEST for oid in some)
    }
    left = _MOST_TEXT
    found = {}
    for number in sorted(sized, key=lambda one: (sum(sized[one].values()), one)):
        left -= sum(sized[number].values())
        if left < 0:
            break
        found[number] = sized[number]
    return found


class _Lines(NamedTuple):
    """The lines of a file as it was and as it is."""

    old: Sequence[bytes]
    new: Sequence[bytes]

    def of(self, hunks: Sequence[Hunk]) -> Lines:
        added = chain.from_iterable(self.new[one.new : one.new + one.added] for one in hunks)
        removed = chain.from_iterable(self.old[one.old : one.old + one.removed] for one in hunks)
        return Lines(tuple(hunks), _decoded(b"".join(added)), _decoded(b"".join(removed)))


def _pieces(item: int, path: str, text: Versions, hunks: Sequence[Hunk]) -> Iterator[Piece]:
    lines_ = _Lines(*text.lines)
    old, new = map(_decoded, text)
    whole = Text(old)
    near = [lines_.of(some) for some in _near(hunks)]
    for group in tied(path, old, new, near):
        some = lines_.of([hunk for at in group for hunk in near[at].hunks])
        texts = Difference(some.removed, some.added)
        texts.old = texts.new = whole
        added, removed = frozenset(words(some.added)), frozenset(words(some.removed))
        traits = Traits([path], texts)
        yield Piece(item, some.hunks, added, removed, traits, not is_closed(some))


def _near(hunks: Sequence[Hunk]) -> list[list[Hunk]]:
    """Group hunks between which are few lines."""
    groups = [[hunks[0]]]
    for last, hunk in pairwise(hunks):
        if hunk.old - (last.old + last.removed) < _NEAR:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    return groups


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")
