"""The pieces of changed files: hunks that can go to another slice than the rest of the file."""

import io
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Final, NamedTuple

from planner import graph
from planner.paths import path_text
from planner.repository import contents, lines
from planner.repository.git import Repository
from planner.repository.lines import Hunk
from planner.slicing.change import Change, Item, is_text
from planner.slicing.grouping import shape
from planner.slicing.grouping.traits import Difference, Traits
from planner.slicing.grouping.words import identifiers
from planner.slicing.order.edges import Because
from planner.slicing.order.languages import language_of

_NEAR: Final = 3  # unchanged lines between two hunks: as many as git shows around each
_MOST_HUNKS: Final = 200  # of a file: one with more is generated, or written anew
_LARGEST: Final = 512 * 1024
_PAIRS: Final = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"/*", b"*/"))
_QUOTES: Final = (b'"""', b"'''", b"```")


class Piece(NamedTuple):
    """Hunks of one file that stay together.

    Attributes:
        item: the number of the item that the file is.
        added: the identifiers of the lines that it adds.
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


class Text(NamedTuple):
    """A changed file as it was and as it is."""

    old: bytes
    new: bytes

    def only(self, hunks: Sequence[Hunk]) -> bytes:
        """Return the file as it was, with some of its hunks."""
        before, after = (io.BytesIO(side).readlines() for side in self)
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

    def __init__(self, of: Mapping[int, tuple[Piece, ...]], texts: Mapping[bytes, Text]) -> None:
        self.of = of
        self._texts = texts

    def content(self, path: bytes, hunks: Sequence[Hunk]) -> bytes:
        """Return a file as it was, with some of its hunks."""
        return self._texts[path].only(hunks)


NO_PIECES: Final = Pieces({}, {})
"""Of a change in which no file is to be divided."""


def read_pieces(repository: Repository, base: str, head: str, change: Change) -> Pieces:
    """Read the files that can be divided: text that was changed in place, in two hunks or more.

    Hunks stay together where fewer than three unchanged lines are between them, where both have a
    name that the file did not have, or no longer has, and where one changes the definition of a
    name that the other has.

    Args:
        base: the commit that the change starts from.
        head: the commit that it ends at.

    Raises:
        GitError: git failed.
    """
    items = {number: item for number, item in enumerate(change.items) if _is_divisible(item)}
    names = {path_text(item.name): number for number, item in items.items()}
    found = {
        names[path]: hunks
        for path, hunks in lines.hunks(repository, base, head, names).items()
        if 1 < len(hunks) <= _MOST_HUNKS
    }
    oids = [side.oid for number in found for side in items[number].edits[0][:2]]
    sizes = contents.sizes(repository, oids)
    small = {oid: size for oid, size in sizes.items() if size <= _LARGEST}
    read = dict(contents.contents(repository, small))
    of, texts = {}, {}
    for number, hunks in found.items():
        old, new = (read.get(side.oid) for side in items[number].edits[0][:2])
        if old is None or new is None or not (is_text(old) and is_text(new)):
            continue
        text = Text(old, new)
        pieces = tuple(_pieces(number, path_text(items[number].name), text, hunks))
        if len(pieces) > 1 and text.only(hunks) == new:
            of[number], texts[items[number].name] = pieces, text
    return Pieces(of, texts)


def _is_divisible(item: Item) -> bool:
    if len(item.edits) != 1 or shape.is_hot(path_text(item.name)):
        return False
    old, new = item.edits[0][:2]
    return old.is_file and old.mode == new.mode and old.path == new.path


class _Lines(NamedTuple):
    """Hunks of a file with the lines that they add and remove."""

    hunks: tuple[Hunk, ...]
    added: bytes
    removed: bytes


def _pieces(item: int, path: str, text: Text, hunks: Sequence[Hunk]) -> Iterator[Piece]:
    near = [_lines(text, some) for some in _near(hunks)]
    for group in _tied(path, text, near):
        some = _lines(text, [hunk for at in group for hunk in near[at].hunks])
        texts = Difference(_decoded(text.old), _decoded(text.only(some.hunks)))
        added, removed = _names(some)
        traits = Traits([path], texts)
        yield Piece(item, some.hunks, added, removed, traits, not _is_closed(some))


def _lines(text: Text, hunks: Sequence[Hunk]) -> _Lines:
    before, after = (io.BytesIO(side).readlines() for side in text)
    added = chain.from_iterable(after[hunk.new : hunk.new + hunk.added] for hunk in hunks)
    removed = chain.from_iterable(before[hunk.old : hunk.old + hunk.removed] for hunk in hunks)
    return _Lines(tuple(hunks), b"".join(added), b"".join(removed))


def _near(hunks: Sequence[Hunk]) -> list[list[Hunk]]:
    """Group hunks between which are few lines."""
    groups = [[hunks[0]]]
    for last, hunk in pairwise(hunks):
        if hunk.old - (last.old + last.removed) < _NEAR:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    return groups


def _tied(path: str, text: Text, near: Sequence[_Lines]) -> list[list[int]]:
    """Group what cannot be separated, each group and the groups in order."""
    having: dict[object, list[int]] = {}
    old, new = (frozenset(identifiers(_decoded(side))) for side in text)
    for at, some in enumerate(near):
        added, removed = _names(some)
        for name in added - old:
            having.setdefault(("new", name), []).append(at)
        for name in removed - new:
            having.setdefault(("gone", name), []).append(at)
        for name in _defined(path, text, some):
            having.setdefault(("defined", name), []).append(at)
    for at, some in enumerate(near):
        for name in frozenset.union(*_names(some)):
            if ("defined", name) in having:
                having["defined", name].append(at)
    waits: list[list[int]] = [[] for _ in near]
    for numbers in having.values():
        for first, second in pairwise(numbers):
            waits[first].append(second)
            waits[second].append(first)
    return sorted(sorted(group) for group in graph.components(waits))


def _defined(path: str, text: Text, some: _Lines) -> Iterator[str]:
    """The names whose definition is on a changed line."""
    language = language_of(path)
    if language is None:
        return
    for side, is_new in ((text.old, False), (text.new, True)):
        spans = [_span(hunk, is_new=is_new) for hunk in some.hunks]
        for name, definition in language.definitions(_decoded(side)).items():
            if any(definition.line - 1 in span for span in spans):
                yield name


def _span(hunk: Hunk, *, is_new: bool) -> range:
    start, count = (hunk.new, hunk.added) if is_new else (hunk.old, hunk.removed)
    return range(start, start + count)


def _names(some: _Lines) -> tuple[frozenset[str], frozenset[str]]:
    added, removed = (frozenset(identifiers(_decoded(one))) for one in some[1:])
    return added, removed


def _is_closed(some: _Lines) -> bool:
    """Whether as many brackets and quotes are opened as closed, so that no other piece needs it."""
    change = Counter({mark: some.added.count(mark) for pair in _PAIRS for mark in pair})
    change.subtract({mark: some.removed.count(mark) for pair in _PAIRS for mark in pair})
    quotes = ((some.added + some.removed).count(quote) for quote in _QUOTES)
    return all(change[one] == change[two] for one, two in _PAIRS) and not any(
        number % 2 for number in quotes
    )


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")
