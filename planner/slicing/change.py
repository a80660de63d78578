"""A big change as items: paths that cannot go to different slices, and what is known of each."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from planner import graph
from planner.paths import parents, path_text
from planner.repository import activity, contents
from planner.repository.ahead import Ahead
from planner.repository.edits import Edit
from planner.repository.git import Repository
from planner.repository.lines import Hunk
from planner.slicing.grouping.traits import Difference, Traits
from planner.slicing.grouping.words import Rarity
from planner.slicing.order.edges import Edge, edges, moves
from planner.slicing.order.languages import language_of
from planner.slicing.order.sources import Source, source

_SAMPLE: Final = 300  # files whose words tell how rare a word is
_LARGEST_SAMPLED: Final = 256 * 1024
_LARGEST_TEXT: Final = 512 * 1024  # of one file whose words are read; those of a larger say little
_MOST_TEXT: Final = 192 * 1024 * 1024  # of all files together
_SNIFFED_BYTES: Final = 8000  # as git looks for a NUL
_MOST_COMMITS: Final = 4_000


class Item(NamedTuple):
    """Edits that belong to one slice, whatever else is known.

    Attributes:
        edits: in path order.
        traits: for comparing it with others.
        is_mechanical: whether it only renames, or only changes modes, spaces and line ends.
        hunks: of its only file, where the other hunks are in other items; else empty.
    """

    edits: tuple[Edit, ...]
    traits: Traits
    is_mechanical: bool
    hunks: tuple[Hunk, ...] = ()

    @property
    def paths(self) -> tuple[bytes, ...]:
        """All paths that it touches, in order."""
        return tuple(sorted({path for edit in self.edits for path in edit.paths}))

    @property
    def name(self) -> bytes:
        """The path that stands for it: the first one that is there after the change."""
        return self.edits[0].new.path

    @property
    def extensions(self) -> frozenset[str]:
        """How its paths end: these words say little to people."""
        paths = map(path_text, self.paths)
        return frozenset(posixpath.splitext(path)[1].removeprefix(".") for path in paths)

    @property
    def lines(self) -> int:
        """How many lines it adds and removes."""
        return sum(edit.lines for edit in self.edits)


class Change(NamedTuple):
    """A big change.

    Attributes:
        items: by path.
        edges: what must come before what, between items; `moves` are within one.
        rarity: how rare words are in the repository.
        history: the paths of each of the last commits before it that touched what it touches.
    """

    items: tuple[Item, ...]
    edges: tuple[Edge, ...]
    rarity: Rarity
    history: tuple[Sequence[bytes], ...]


def read_change(repository: Repository, base: str, edited: Sequence[Edit]) -> Change:
    """Read what is needed to slice a change.

    Args:
        base: the commit that it starts from; its history counts.

    Raises:
        GitError: git failed.
    """
    history = Ahead(lambda: list(activity.changed_together(repository, base, _MOST_COMMITS)))
    texts = _texts(repository, edited)
    rarity = Rarity(_sampled(repository, base))
    read = [_read(edit, texts) for edit in edited]
    numbers = [number for number, one in enumerate(read) if one.source]
    sources = [one.source for one in read if one.source]
    found = [
        Edge(numbers[one.before], numbers[one.after], one.because) for one in edges(sources, rarity)
    ]
    moved = [
        Edge(numbers[one.before], numbers[one.after], one.because) for one in moves(sources, rarity)
    ]
    groups = _inseparable(edited, moved)
    item_of = {number: at for at, group in enumerate(groups) for number in group}
    items = tuple(_item([read[number] for number in group], texts) for group in groups)
    own = [
        Edge(item_of[one.before], item_of[one.after], one.because)
        for one in (*found, *moved)
        if item_of[one.before] != item_of[one.after] or one.because.kind == "moves"
    ]
    touched = {path for edit in edited for path in edit.paths}
    known = tuple(paths for paths in history.result() if not touched.isdisjoint(paths))
    return Change(items, tuple(own), rarity, known)


def _texts(repository: Repository, edited: Sequence[Edit]) -> Mapping[str, str]:
    """Read the texts of both sides, by id; the smallest first, until it is too much."""
    oids = [side.oid for edit in edited for side in (edit.old, edit.new) if side.is_file]
    left = _MOST_TEXT
    sized: dict[str, int] = {}
    sizes = contents.sizes(repository, oids)
    for oid, size in sorted(sizes.items(), key=lambda one: (one[1], one[0])):
        left -= size
        if size > _LARGEST_TEXT or left < 0:
            break
        sized[oid] = size
    read = contents.contents(repository, sized)
    return {oid: text for oid, content in read if (text := _text(content)) is not None}


def _text(content: bytes) -> str | None:
    """Return a content as text; None where it is none."""
    return content.decode("utf-8", "replace") if is_text(content) else None


def is_text(content: bytes) -> bool:
    """Whether a content is text, as git tells it: no NUL near its start."""
    return b"\0" not in content[:_SNIFFED_BYTES]


def _sampled(repository: Repository, base: str) -> Iterable[str]:
    """Read some files of a commit: the first by their ids, which are as good as random."""
    printed = repository.run("ls-tree", "-r", "-z", "--full-tree", base)
    entries = (entry.partition(b"\t")[0].split() for entry in printed.split(b"\0")[:-1])
    oids = sorted({oid.decode() for _, kind, oid in entries if kind == b"blob"})
    sized = contents.sizes(repository, oids[: 2 * _SAMPLE])
    small = [(oid, size) for oid, size in sized.items() if size <= _LARGEST_SAMPLED][:_SAMPLE]
    read = contents.contents(repository, dict(small))
    return filter(None, (_text(content) for _, content in read))


class _Read(NamedTuple):
    """What is read of an edit by itself.

    Attributes:
        source: None where planner does not know its language, or neither side is text.
    """

    edit: Edit
    traits: Traits
    source: Source | None


def _read(edit: Edit, texts: Mapping[str, str]) -> _Read:
    difference = _difference([edit], texts)
    traits = Traits(map(path_text, edit.paths), difference)
    return _Read(edit, traits, _source(edit, texts, difference))


def _difference(edited: Sequence[Edit], texts: Mapping[str, str]) -> Difference:
    old, new = (
        "\n".join(texts.get(side.oid, "") for side in sides)
        for sides in ([edit.old for edit in edited], [edit.new for edit in edited])
    )
    return Difference(old, new)


def _source(edit: Edit, texts: Mapping[str, str], difference: Difference) -> Source | None:
    sides = (edit.old, edit.new)
    language = language_of(path_text(edit.new.path))
    if language is None or not any(side.oid in texts for side in sides):
        return None
    old, new = (path_text(side.path) if side.mode else "" for side in sides)
    return source(language, (old, new), difference)


def _item(read: Sequence[_Read], texts: Mapping[str, str]) -> Item:
    edited = tuple(one.edit for one in read)
    traits = read[0].traits
    if len(read) > 1:
        paths = [path_text(path) for edit in edited for path in edit.paths]
        traits = Traits(paths, _difference(edited, texts))
    return Item(edited, traits, all(_is_mechanical(edit, texts) for edit in edited))


def _is_mechanical(edit: Edit, texts: Mapping[str, str]) -> bool:
    """Whether a file was only renamed, or only its mode, its spaces and line ends changed."""
    if not edit.old.mode or not edit.new.mode:
        return False
    if edit.old.oid == edit.new.oid:
        return edit.is_rename or (edit.old.is_file and edit.new.is_file)
    old, new = (texts.get(side.oid) for side in (edit.old, edit.new))
    return old is not None and new is not None and "".join(old.split()) == "".join(new.split())


def _inseparable(edited: Sequence[Edit], moved: Iterable[Edge]) -> list[list[int]]:
    """Group edits that must stay together, each group and the groups by number.

    A path that becomes a folder, or the other way round; two edits that touch one path; a module
    that becomes a package; two files between which a definition moved.
    """
    pairs = [(one.before, one.after) for one in moved]
    by_path: dict[bytes, int] = {}
    for number, edit in enumerate(edited):
        pairs += [(by_path.setdefault(path, number), number) for path in edit.paths]
    for path, number in by_path.items():
        near = [*parents(path)]
        if path.endswith(b"/__init__.py"):
            near.append(path.removesuffix(b"/__init__.py") + b".py")
        pairs += [(by_path[one], number) for one in near if one in by_path]
    return graph.tied(len(edited), pairs)
